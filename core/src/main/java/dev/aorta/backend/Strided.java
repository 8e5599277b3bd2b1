package dev.aorta.backend;

import java.util.Arrays;

/**
 * Elements at equal steps in two arrays: element (i_0, .., i_r) is {@code dst[dstAt + sum of i_j * dstSteps[j]]} and {@code
 * src[srcAt + sum of i_j * srcSteps[j]]}. Steps may be negative; a step of 0 in src repeats, in dst it must not occur.
 *
 * <p>{@link #of} merges axes that both sides walk through alike, so that a kernel sees few and long ones.
 *
 * @param extents of the axes, at least one
 * @param dstAt element of dst at which all indices are 0
 * @param dstSteps steps of dst along the axes
 * @param srcAt element of src at which all indices are 0
 * @param srcSteps steps of src along the axes
 */
public record Strided(int[] extents, int dstAt, int[] dstSteps, int srcAt, int[] srcSteps) {
    /**
     * The same copy with as few axes as possible: none of extent 1, and none that goes on where the next one ends.
     *
     * @return the copy
     */
    public static Strided of(int[] extents, int dstAt, int[] dstSteps, int srcAt, int[] srcSteps) {
        int[] e = new int[Math.max(1, extents.length)];
        int[] d = new int[e.length];
        int[] s = new int[e.length];
        int last = -1;
        for (int i = 0; i < extents.length; i++) {
            if (extents[i] == 1) {
                continue;
            }
            boolean goesOn = last >= 0 && d[last] == dstSteps[i] * extents[i] && s[last] == srcSteps[i] * extents[i];
            if (goesOn) {
                e[last] *= extents[i];
            } else {
                e[++last] = extents[i];
            }
            d[last] = dstSteps[i];
            s[last] = srcSteps[i];
        }
        if (last < 0) {
            return new Strided(new int[] {1}, dstAt, new int[] {1}, srcAt, new int[] {1});
        }
        return new Strided(
                Arrays.copyOf(e, last + 1), dstAt, Arrays.copyOf(d, last + 1), srcAt, Arrays.copyOf(s, last + 1));
    }

    /**
     * A copy of whole arrays.
     *
     * @param size number of elements
     * @return the copy
     */
    public static Strided whole(int size) {
        return new Strided(new int[] {size}, 0, new int[] {1}, 0, new int[] {1});
    }

    /**
     * {@return the steps of a contiguous array of these extents}
     *
     * @param extents of the axes
     */
    public static int[] contiguous(int... extents) {
        int[] steps = new int[extents.length];
        int step = 1;
        for (int i = extents.length - 1; i >= 0; i--) {
            steps[i] = step;
            step *= extents[i];
        }
        return steps;
    }

    /** {@return the copy from dst to src} */
    public Strided inverse() {
        return new Strided(extents, srcAt, srcSteps, dstAt, dstSteps);
    }

    /** {@return the number of elements copied} */
    public int size() {
        int size = 1;
        for (int extent : extents) {
            size *= extent;
        }
        return size;
    }

    @Override
    public String toString() {
        return Arrays.toString(extents) + " to " + dstAt + " by " + Arrays.toString(dstSteps) + " from " + srcAt
                + " by " + Arrays.toString(srcSteps);
    }
}
