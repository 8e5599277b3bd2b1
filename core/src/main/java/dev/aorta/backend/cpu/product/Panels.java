package dev.aorta.backend.cpu.product;

/**
 * How the columns of a product are cut into panels of one or two vectors. Columns come in segments of equal width that lie
 * anywhere in the result; a panel holds columns of one segment.
 */
public final class Panels {
    /** Number of panels. */
    public final int count;
    /** Vectors of all panels, times lanes: the width of the packed operand. */
    public final int width;
    /** For each panel, its first column in the packed operand. */
    public final int[] at;
    /** For each panel, its columns with padding. */
    public final int[] lanes;
    /** For each panel, its columns without padding. */
    public final int[] columns;
    /** For each panel, its first column in its segment. */
    public final int[] first;
    /** For each panel, its segment. */
    final int[] segment;

    public Panels(int segments, int columnsPerSegment, int vector) {
        int each = Math.ceilDiv(columnsPerSegment, 2 * vector);
        count = segments * each;
        at = new int[count];
        lanes = new int[count];
        columns = new int[count];
        first = new int[count];
        segment = new int[count];
        int next = 0;
        for (int p = 0; p < count; p++) {
            segment[p] = p / each;
            first[p] = p % each * 2 * vector;
            columns[p] = Math.min(2 * vector, columnsPerSegment - first[p]);
            lanes[p] = columns[p] > vector ? 2 * vector : vector;
            at[p] = next;
            next += lanes[p];
        }
        width = next;
    }
}
