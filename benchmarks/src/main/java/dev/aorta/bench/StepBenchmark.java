package dev.aorta.bench;

import java.util.concurrent.TimeUnit;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Fork;
import org.openjdk.jmh.annotations.Level;
import org.openjdk.jmh.annotations.Measurement;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Param;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;
import org.openjdk.jmh.annotations.TearDown;
import org.openjdk.jmh.annotations.Warmup;

/** Whole networks, as users train and run them. */
@State(Scope.Benchmark)
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.MILLISECONDS)
@Warmup(iterations = 3, time = 4) // a step of base 64 takes 0.4 s, and some kernels are called once in it
@Measurement(iterations = 5, time = 1)
@Fork(
        value = 1,
        jvmArgsAppend = {"--add-modules=jdk.incubator.vector", "--enable-native-access=ALL-UNNAMED"})
@SuppressWarnings("NullAway.Init") // JMH calls load()
public class StepBenchmark {
    @Param({"unet-16x1", "unet-32x1", "unet-32x4", "unet-64x1", "labx1"})
    private String network;

    private Aorta aorta;

    /** Makes the network. */
    @Setup(Level.Trial)
    public void load() {
        Case c = Case.of(network);
        int threads = Integer.getInteger("aorta.threads", Runtime.getRuntime().availableProcessors());
        aorta = new Aorta(c.network(), Batch.random(c.batch(), 2), threads);
    }

    /** Frees it. */
    @TearDown
    public void close() {
        aorta.close();
    }

    /** One training step: forward, loss, backward, Adam. */
    @Benchmark
    public double step() {
        return aorta.step();
    }

    /** One inference. */
    @Benchmark
    public void infer() {
        aorta.infer();
    }
}
