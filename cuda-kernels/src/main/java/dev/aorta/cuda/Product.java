package dev.aorta.cuda;

/** How Aorta's own convolutions and matrix products multiply: which kernels, and the tile that one of their blocks computes. */
enum Product {
    /** {@code Float32} in tile.cuh. */
    FLOAT32("", 64, 64),
    /** {@code TensorCores<Tf32>} in tensor.cuh. */
    TF32("_tf32", 128, 64),
    /** {@code TensorCores<Bf16>} in tensor.cuh. */
    BFLOAT16("_bf16", 128, 64);

    private final String suffix;
    private final int rows;
    private final int columns;

    Product(String suffix, int rows, int columns) {
        this.suffix = suffix;
        this.rows = rows;
        this.columns = columns;
    }

    static Product of(CudaOptions.Math math) {
        return switch (math) {
            case FP32 -> FLOAT32;
            case TF32 -> TF32;
            case BFLOAT16 -> BFLOAT16;
        };
    }

    /** Whether a kernel is one of those in tensor.cu. */
    static boolean isTensorKernel(String kernel) {
        return kernel.endsWith(TF32.suffix) || kernel.endsWith(BFLOAT16.suffix);
    }

    /** Begins the launch of this kind of a kernel. */
    Launcher kernel(Launcher launcher, String name) {
        return launcher.kernel(name + suffix);
    }

    /** Launches for results of {@code m} rows and {@code n} columns, in {@code layers} products. */
    void run(Launcher launcher, int m, int n, int layers) {
        launcher.run(Launcher.ceilDiv(m, rows), Launcher.ceilDiv(n, columns), layers, Launcher.BLOCK, 1);
    }

    /** Blocks that {@link #run} launches. */
    int blocks(int m, int n, int layers) {
        return Launcher.ceilDiv(m, rows) * Launcher.ceilDiv(n, columns) * layers;
    }
}
