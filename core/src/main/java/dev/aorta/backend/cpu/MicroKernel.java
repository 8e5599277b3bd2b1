package dev.aorta.backend.cpu;

/**
 * The innermost product: a tile of C from a packed panel of A, {@code a[k * rows + m]}, and one of B, {@code b[k * columns +
 * n]}. Its accumulators stay in registers for the whole depth, so {@code rows x columns} is as large as the machine has
 * registers for.
 */
abstract class MicroKernel {
    /** Rows of a tile. */
    final int rows;
    /** Columns of a narrow tile, one vector; a wide tile has two. */
    final int lanes;

    MicroKernel(int rows, int lanes) {
        this.rows = rows;
        this.lanes = lanes;
    }

    /** The kernel for the vectors of this machine. */
    static final MicroKernel BEST = switch (Simd.BITS) {
        case 512 -> new MicroKernel14();
        case 256, 128 -> new MicroKernel6();
        default -> new MicroKernelScalar();
    };

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
