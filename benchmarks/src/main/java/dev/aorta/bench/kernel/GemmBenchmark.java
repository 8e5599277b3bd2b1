package dev.aorta.bench.kernel;

import dev.aorta.backend.Buffer;
import dev.aorta.backend.MatMulShape;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.Param;
import org.openjdk.jmh.annotations.Setup;

/** The product of two square matrices. */
@SuppressWarnings("NullAway.Init") // JMH calls load()
public class GemmBenchmark extends Kernels {
    @Param({"64", "256", "1024"})
    private int size;

    private Buffer a;
    private Buffer b;
    private Buffer c;

    /** Fills the operands. */
    @Setup
    public void load() {
        a = normal(size * size);
        b = normal(size * size);
        c = normal(size * size);
    }

    /** {@code c = a * b}. */
    @Benchmark
    public Buffer product() {
        cpu.matmul(c, a, b, MatMulShape.of(size, size, size, false, false));
        return c;
    }
}
