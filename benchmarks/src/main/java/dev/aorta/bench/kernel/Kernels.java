package dev.aorta.bench.kernel;

import dev.aorta.backend.Backend;
import dev.aorta.backend.Buffer;
import dev.aorta.backend.cpu.CpuBackend;
import java.util.Random;
import java.util.concurrent.TimeUnit;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Fork;
import org.openjdk.jmh.annotations.Measurement;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.State;
import org.openjdk.jmh.annotations.TearDown;
import org.openjdk.jmh.annotations.Warmup;

/** What the suites of kernels share: the CPU with all its threads, buffers with random content, and short measurements. */
@State(Scope.Benchmark)
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.MILLISECONDS)
@Warmup(iterations = 4, time = 600, timeUnit = TimeUnit.MILLISECONDS)
@Measurement(iterations = 5, time = 200, timeUnit = TimeUnit.MILLISECONDS)
@Fork(
        value = 1,
        jvmArgsAppend = {"--add-modules=jdk.incubator.vector", "--enable-native-access=ALL-UNNAMED"})
public abstract class Kernels {
    private static final long SEED = 1;

    /** Where the kernels run. */
    protected final Backend cpu = new CpuBackend();

    private final Random random = new Random(SEED);

    /** A buffer of standard normal values. */
    protected Buffer normal(int size) {
        float[] values = new float[size];
        for (int i = 0; i < size; i++) {
            values[i] = (float) random.nextGaussian();
        }
        Buffer b = cpu.allocate(size);
        cpu.upload(b, values);
        return b;
    }

    /** Stops the threads. */
    @TearDown
    public void close() {
        cpu.close();
    }
}
