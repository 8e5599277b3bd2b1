package dev.aorta.bench.kernel;

import dev.aorta.backend.Buffer;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.Param;
import org.openjdk.jmh.annotations.Setup;

/**
 * Broadcasting, reductions and permutations beside a plain copy. Each call takes the next of several operands, which together are
 * larger than a cache, so that all is read from memory and written to it.
 */
@SuppressWarnings("NullAway.Init") // JMH calls load()
public class MemoryBenchmark extends Kernels {
    private static final int OPERANDS = 8;

    @Param
    private Pass pass;

    private Buffer[] x;
    private Buffer[] y;
    private Buffer z;
    private int next;

    /** Fills the operands. */
    @Setup
    public void load() {
        x = new Buffer[OPERANDS];
        y = new Buffer[OPERANDS];
        for (int i = 0; i < OPERANDS; i++) {
            x[i] = normal(pass.sizeX());
            y[i] = normal(pass.sizeY());
        }
        z = normal(pass.sizeZ());
    }

    /** One pass. */
    @Benchmark
    public Buffer memory() {
        next = (next + 1) % OPERANDS;
        pass.run(cpu, y[next], x[next], z);
        return y[next];
    }
}
