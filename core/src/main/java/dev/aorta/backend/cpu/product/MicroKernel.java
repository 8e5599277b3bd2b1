package dev.aorta.backend.cpu.product;

import dev.aorta.backend.cpu.machine.Simd;
import dev.aorta.backend.cpu.machine.Tuning;
import java.util.stream.IntStream;

/**
 * The innermost product: a tile of C from a packed block of A, {@code a[m * rowStride + k * depthStride]}, and a packed panel of
 * B, {@code b[k * columns + n]}. Its accumulators stay in registers for the whole depth, so a tile is as large as the machine
 * has registers for.
 */
public abstract class MicroKernel {
    /** Floats between rows of A where it is packed by rows: a block's depth and 8 more, so that rows differ in cache sets. */
    static final int ROW_STRIDE = Tuning.DEPTH + 8;

    /** Rows of a tile. */
    public final int rows;
    /** Columns of a narrow tile, one vector; a wide tile has two. */
    public final int lanes;
    /** Floats between two rows of A. */
    final int rowStride;
    /** Floats between two columns of A. */
    final int depthStride;

    private final int[] narrowRows;
    private final int[] wideRows;
    /** A row of zeros to start from. */
    private final float[] nothing;

    MicroKernel(int rows, int lanes, int rowStride, int depthStride) {
        this.rows = rows;
        this.lanes = lanes;
        this.rowStride = rowStride;
        this.depthStride = depthStride;
        narrowRows = rows(lanes);
        wideRows = rows(2 * lanes);
        nothing = new float[2 * lanes];
    }

    /** Where the rows of a tile begin that lie {@code step} apart. */
    final int[] rows(int step) {
        return IntStream.range(0, rows).map(m -> m * step).toArray();
    }

    /** The kernel for the vectors of this machine that reads A by rows of {@link #ROW_STRIDE}. */
    static MicroKernel byRows() {
        return switch (Simd.BITS) {
            case 512 -> new RowKernel14();
            case 256, 128 -> new MicroKernel6(ROW_STRIDE, 1);
            default -> new MicroKernelScalar(ROW_STRIDE, 1);
        };
    }

    /** The kernel for the vectors of this machine that reads A by columns as high as a tile. */
    public static MicroKernel byColumns() {
        return switch (Simd.BITS) {
            case 512 -> new ColumnKernel14();
            case 256, 128 -> new MicroKernel6(1, 6);
            default -> new MicroKernelScalar(1, 4);
        };
    }

    /** {@code sums = a * b}, or added to them, where a tile of sums lies row after row; {@code lanes} columns, one or two vectors. */
    public final void sum(
            float[] sums, int at, int lanes, float[] a, int aAt, float[] b, int bAt, int depth, boolean accumulate) {
        int[] places = lanes == this.lanes ? narrowRows : wideRows;
        float[] base = accumulate ? sums : nothing;
        int baseAt = accumulate ? at : 0;
        float low = Float.NEGATIVE_INFINITY;
        run(a, aAt, b, bAt, depth, sums, places, 0, at, lanes, base, baseAt, accumulate, low);
    }

    /** {@link #wide} or {@link #narrow} for {@code lanes} columns, with a base laid out as C to accumulate and else a row. */
    final void run(
            float[] a,
            int aAt,
            float[] b,
            int bAt,
            int depth,
            float[] c,
            int[] row,
            int rowAt,
            int column,
            int lanes,
            float[] base,
            int baseAt,
            boolean accumulate,
            float low) {
        int mask = accumulate ? -1 : 0;
        if (lanes == this.lanes) {
            narrow(a, aAt, b, bAt, depth, c, row, rowAt, column, base, baseAt, mask, low);
        } else {
            wide(a, aAt, b, bAt, depth, c, row, rowAt, column, base, baseAt, mask, low);
        }
    }

    /**
     * {@code c[row[rowAt + m] + column + n] = max(low, base[baseAt + (row[rowAt + m] & baseMask) + n] + sum over k of a * b)}
     * for two vectors of columns. The mask is 0 for a base that is one row, as a bias, and -1 for one laid out as C.
     *
     * @param low 0 for a ReLU, else negative infinity
     */
    abstract void wide(
            float[] a,
            int aAt,
            float[] b,
            int bAt,
            int depth,
            float[] c,
            int[] row,
            int rowAt,
            int column,
            float[] base,
            int baseAt,
            int baseMask,
            float low);

    /** As {@link #wide} for one vector of columns. */
    abstract void narrow(
            float[] a,
            int aAt,
            float[] b,
            int bAt,
            int depth,
            float[] c,
            int[] row,
            int rowAt,
            int column,
            float[] base,
            int baseAt,
            int baseMask,
            float low);
}
