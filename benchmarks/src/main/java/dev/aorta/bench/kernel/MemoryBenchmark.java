package dev.aorta.bench.kernel;

import dev.aorta.backend.Buffer;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.Param;
import org.openjdk.jmh.annotations.Setup;

/** Broadcasting, reductions and permutations beside a plain copy. */
@SuppressWarnings("NullAway.Init") // JMH calls load()
public class MemoryBenchmark extends Kernels {
    @Param
    private Pass pass;

    private Buffer x;
    private Buffer y;
    private Buffer z;

    /** Fills the operands. */
    @Setup
    public void load() {
        x = normal(pass.sizeX());
        y = normal(pass.sizeY());
        z = normal(pass.sizeZ());
    }

    /** One pass. */
    @Benchmark
    public Buffer memory() {
        pass.run(cpu, y, x, z);
        return y;
    }
}
