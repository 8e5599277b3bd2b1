package dev.aorta.backend.cpu.machine;

/**
 * Sizes and thresholds of the products. None depends on the number of threads, and where the division of the work does, what is
 * summed and in which order does not, so results do not either. GFLOP/s of one core (Zen 5, 512 bits, registers only: 250).
 */
public final class Tuning {
    /**
     * Most columns of A in a packed block; 14 rows of it are 28 KiB of the L1 cache. On 5x5 stride 2, 100 to 200 channels: 193 at
     * 256, 195 at 384, 201 at 512.
     */
    public static final int DEPTH = 512;
    /** Most row tiles in a task. */
    public static final int ROW_TILES = 8;
    /**
     * Depth up to which all rows of a task are packed at once, and not each tile just before its use: a tile so small would be
     * read before its stores have left the pipeline. 3x3 on one channel, 256x256 to 16: 0.8 ms at once, 1.3 ms not.
     */
    public static final int SHALLOW = 64;
    /** Tasks that a product is cut into, where it is large enough, so that a few threads end together. */
    public static final int TASKS = 16;
    /** Most panels in a task: 512 columns of a block are 1 MiB of packed B. 1024x1024x1024: 206 at 16, 202 at 8. */
    public static final int PANELS = 16;
    /** Panels of columns that a task of a weight gradient takes before the pixels are cut. */
    public static final int GRADIENT_PANELS = 16;
    /** Tiles of channels of dy that it takes at most. */
    public static final int GRADIENT_TILES = 24;
    /**
     * Pixels that it packs at a time: with as many tiles and panels as it may take 850 KiB, for a level-2 cache. 28x28, 128 to 512
     * channels, 8 images: 3.9 ms at 512, 3.4 at 256.
     */
    public static final int GRADIENT_DEPTH = 256;
    /** Rows up to which a product does not pack its right operand. 1x1024x1024: 0.77 ms packed. */
    public static final int FEW_ROWS = 4;
    /** Multiplications from which the products of a small batch are taken one after another, each by all threads. */
    public static final int SHARED_PRODUCT = 1 << 20;
    /** Multiplications that a task of a batch has at least, where a product has fewer: 20 microseconds. */
    public static final int BATCH_TASK = 1 << 20;
    /** Floats that the partial sums of one weight gradient may take, 16 MiB. */
    public static final int PARTIAL_SUMS = 1 << 22;

    /**
     * Channels on one side from which Winograd's convolution is taken, whatever the other has; the rest of a vector is worked on in
     * vain. On 64 x 64 pixels a packed product takes 0.29, 0.08 and 0.06 ms for 32 to 4, 7 to 4 and 2 to 2 channels, Winograd's 0.06,
     * 0.05 and 0.05.
     */
    public static final int WINOGRAD_CHANNELS = 4;
    /** Rows and columns on both sides from which Winograd's convolution is taken: one whole tile. */
    public static final int WINOGRAD_SIDE = 4;
    /**
     * Tiles below which a weight of {@link #WINOGRAD_LARGE} floats or more is not transformed, for that takes longer than it saves: 7 x
     * 7 x 512 to 512 channels took 4.6 ms, a packed product 2.8; at 14 x 14 it is 6.7 to 7.0.
     */
    public static final int WINOGRAD_TILES = 8;
    /** Floats of a weight that no level-2 cache holds when it is transformed. */
    public static final int WINOGRAD_LARGE = 1 << 20;
    /**
     * Floats of transformed weight up to which tasks share it and divide the tiles. On two threads, 32 x 32 x 64 to 128 channels
     * ran 1.04 to 1.15 times the direct peak with 1 << 20, 2.05 with this; 128 x 128 x 64 fell from 2.40 to 1.89 with 50 << 10.
     */
    public static final int WINOGRAD_WEIGHT = 200 << 10;
    /**
     * Tiles for each thread from which tasks divide them for a larger weight too, and each transforms it for itself: what another core
     * has just written comes at 9 GB/s, slower than it is computed. On two threads of a Xeon, 32 x 32 x 128 to 128 channels took 0.60 ms
     * divided by channels, 0.46 by tiles, 64 x 64 x 128 to 64 1.34 and 1.02, 24 x 24 x 128 to 128 0.41 both.
     */
    public static final int WINOGRAD_SHARE = 24;
    /**
     * Pairs of channels up to which they do so with a weight that is kept transformed, all of which each thread then reads: 32 x 32 x 256 to
     * 128 channels took 0.81 ms from the caches by tiles, 1.04 by channels, and 1.27 from memory either way; 512 to 256 4.6 and 4.3.
     */
    public static final int WINOGRAD_KEPT = 256 * 128;
    /** Floats of transformed tiles that such a task works on; 20 << 10 took 25 % off 256 x 256 x 32 and 24 % off 64 x 64 x 128. */
    public static final int WINOGRAD_GROUP = 256 << 10;
    /**
     * Least tasks when they divide the channels: with fewer blocks of channels they divide the tiles as well. 64 x 64 x 200 to 32
     * channels, which is one block: 0.78 ms with one task, 0.56 with four.
     */
    public static final int WINOGRAD_TASKS = 4;
    /** Transformed tiles that tasks share at a time when they divide the channels: their products stay in an L2 cache. */
    public static final int WINOGRAD_SPAN = 128;
    /** Channels of the source whose weight is transformed at a time then; 64 took 7 % off 16 x 16 x 256. */
    public static final int WINOGRAD_DEPTH = 128;
    /**
     * Floats of transformed tiles that a task of a weight gradient sums over. On a Xeon, 256 x 256 x 32 to 16 channels took 1.84 ms with
     * 768 << 10, 1.60 with 256 << 10, 1.42 with this, 1.64 with 128 << 10.
     */
    public static final int WINOGRAD_SUM = 192 << 10;
    /** Tiles of such a task at least, where there are as many: with 16 64 x 64 x 64 channels took 0.81 ms, with this 0.60. */
    public static final int WINOGRAD_SUMMED = 64;
    /**
     * Pairs of channels up to which the tasks of a weight gradient divide the tiles. 64 x 64 x 128 to 64 took 1.50 ms divided by channels,
     * 1.20 by tiles, 64 x 64 x 128 to 128 2.29 and 2.47.
     */
    public static final int WINOGRAD_GRADIENT = 64 * 128;

    /** Inputs that an output sees up to which they are broadcast from the image and not gathered for a product. */
    public static final int FEW_TAPS = 64;

    /** Inputs that an output sees up to which they are broadcast from the image forward. */
    public static final int DIRECT_TAPS = 256;
    /** The same where a row of windows fills the registers: 3x3/2, 64 to 128 channels at 56x56 took 1.07 ms packed, 0.88 direct. */
    public static final int DIRECT_LONG_ROWS = 1152;
    /** Inputs from which they are too, where there are few pixels whose rows fill the registers; 1440 inputs took 0.16 ms packed, 0.19. */
    public static final int DIRECT_MANY = 2048;
    /** Pixels of y up to which each task of a product gathers them all: 3x3, 512 to 512 channels at 7x7, 1.2 ms packed, 1.0 direct. */
    public static final int DIRECT_PIXELS = 112;
    /** Floats of x that a direct or depthwise convolution reads or copies at a time, so that they stay in a level-2 cache. */
    public static final int DIRECT_INPUTS = 64 << 10;

    /** Multiplications of a task of a depthwise convolution, where there are as many. */
    public static final int DEPTHWISE_TASK = 64 << 10;

    /** Channels of y up to which a 1x1 convolution is computed one output at a time. */
    public static final int FEW_OUTPUTS = 4;
    /** Floats of a weight gradient of patches up to which tasks divide the rows of the image and not its columns. */
    public static final int PATCH_SUMS = 40 << 10;
    /**
     * Multiplications from which a weight gradient of patches is a packed product: 2x2, 32 x 32 x 256 to 512 channels took 1.23 ms packed,
     * 1.85 not, four images of 64 x 64 x 128 to 256 4.9 and 15.7. Below that a network would compile one more kernel for a tenth of a
     * millisecond.
     */
    public static final int PATCHES_PACKED = 1 << 27;
    /** Pixels of y up to which it is too, whatever its channels; 1x1 on one pixel, 240 to 10 channels took 0.2 ms packed. */
    public static final int FEW_PIXELS = 32;
    /** Floats of a row of a window from which a convolution to few channels is summed run by run. */
    public static final int WINDOW_RUN = 32;
    /** Channels of a group up to which all groups are convolved at once, and not one after the other. */
    public static final int GROUP_CHANNELS = 8;
    /** Rows of a tile of a grouped convolution, whose width is twice that: 3x3 on a block of 16 channels is 38 KiB. */
    public static final int GROUP_TILE = 16;
    /** Pixels that such a tile may see, where a window does not see more. */
    public static final int GROUP_PIXELS = 4096;

    private Tuning() {}
}
