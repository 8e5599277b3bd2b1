package dev.aorta.backend.cpu;

/** Sizes and thresholds of the kernels. None depends on the number of threads, so results do not either. */
final class Tuning {
    /** Depth of a packed block: 14 rows of it are 14 KiB and two vectors of columns 32 KiB, together an L1 cache. */
    static final int DEPTH = 256;
    /** Row tiles in a block of A: 112 rows of 256 are 112 KiB of an L2 cache. */
    static final int ROW_TILES = 8;
    /** Tasks that a large product is cut into at least. */
    static final int TASKS = 16;
    /** Floats that the partial sums of one weight gradient may take. */
    static final int PARTIAL_SUMS = 1 << 22;

    /** Panels of columns that a task of a weight gradient takes before the pixels are cut. */
    static final int GRADIENT_PANELS = 16;

    private Tuning() {}
}
