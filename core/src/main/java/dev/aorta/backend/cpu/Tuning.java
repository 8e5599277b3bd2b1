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

    /** Channels on both sides from which Winograd's convolution is taken. */
    static final int WINOGRAD_CHANNELS = 8;
    /** Rows and columns on both sides from which Winograd's convolution is taken. */
    static final int WINOGRAD_SIDE = 4;
    /** Floats of transformed weight up to which tasks share it and divide the tiles. */
    static final int WINOGRAD_WEIGHT = 1 << 20;
    /** Floats of transformed tiles that a task works on at a time. */
    static final int WINOGRAD_GROUP = 96 << 10;
    /** Transformed tiles that tasks share at a time when they divide the channels. */
    static final int WINOGRAD_SPAN = 256;
    /** Pairs of channels up to which the tasks of a weight gradient divide the tiles. */
    static final int WINOGRAD_GRADIENT = 64 * 64;

    private Tuning() {}
}
