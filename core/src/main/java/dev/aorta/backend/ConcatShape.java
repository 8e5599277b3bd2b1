package dev.aorta.backend;

/**
 * Arrays side by side along one axis: parts (outer, extents[p], inner) to (outer, sum of extents, inner).
 *
 * @param outer product of the axes before
 * @param extents of the parts along the axis
 * @param inner product of the axes behind
 */
public record ConcatShape(int outer, int[] extents, int inner) {
    /** {@return the extent of the whole along the axis} */
    public int extent() {
        int sum = 0;
        for (int e : extents) {
            sum += e;
        }
        return sum;
    }

    /**
     * {@return where a part begins along the axis}
     *
     * @param part from 0
     */
    public int first(int part) {
        int sum = 0;
        for (int p = 0; p < part; p++) {
            sum += extents[p];
        }
        return sum;
    }

    /**
     * {@return the copy of one part to its place in the whole}
     *
     * @param part from 0
     */
    public Strided part(int part) {
        int run = extents[part] * inner;
        return Strided.of(
                new int[] {outer, run}, first(part) * inner, new int[] {extent() * inner, 1}, 0, new int[] {run, 1});
    }
}
