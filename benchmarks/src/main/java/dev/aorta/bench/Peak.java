package dev.aorta.bench;

import java.util.List;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.stream.IntStream;
import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.VectorSpecies;

/** The float32 peak of the machine: fused multiply-adds that touch nothing but vector registers. */
public final class Peak {
    private static final VectorSpecies<Float> SPECIES = FloatVector.SPECIES_PREFERRED;
    private static final int ACCUMULATORS = 12;
    private static final int LOOPS = 2_000_000;

    private Peak() {}

    /** GFLOP/s of so many threads, the best of {@code rounds} measurements of some 10 ms each. */
    public static double gigaflops(int threads, int rounds) {
        double best = 0;
        try (var pool = Executors.newFixedThreadPool(threads)) {
            for (int r = 0; r < rounds; r++) {
                long start = System.nanoTime();
                List<Future<Float>> running = IntStream.range(0, threads)
                        .mapToObj(t -> pool.submit(() -> multiplyAdd(LOOPS, 1e-3f)))
                        .toList();
                for (Future<Float> f : running) {
                    if (!Float.isFinite(f.get())) {
                        throw new IllegalStateException("the peak loop overflowed");
                    }
                }
                double flop = 2.0 * threads * LOOPS * ACCUMULATORS * SPECIES.length();
                best = Math.max(best, flop / (System.nanoTime() - start));
            }
        } catch (InterruptedException | ExecutionException e) {
            throw new IllegalStateException("the peak loop did not finish", e);
        }
        return best;
    }

    /** Twelve chains hide the latency of two units that start an operation each cycle and take four. */
    private static float multiplyAdd(int loops, float factor) {
        FloatVector m = FloatVector.broadcast(SPECIES, factor);
        FloatVector a0 = m, a1 = m, a2 = m, a3 = m, a4 = m, a5 = m, a6 = m, a7 = m, a8 = m, a9 = m, a10 = m, a11 = m;
        for (int i = 0; i < loops; i++) {
            a0 = a0.fma(m, m);
            a1 = a1.fma(m, m);
            a2 = a2.fma(m, m);
            a3 = a3.fma(m, m);
            a4 = a4.fma(m, m);
            a5 = a5.fma(m, m);
            a6 = a6.fma(m, m);
            a7 = a7.fma(m, m);
            a8 = a8.fma(m, m);
            a9 = a9.fma(m, m);
            a10 = a10.fma(m, m);
            a11 = a11.fma(m, m);
        }
        FloatVector even = a0.add(a2).add(a4).add(a6).add(a8).add(a10);
        FloatVector odd = a1.add(a3).add(a5).add(a7).add(a9).add(a11);
        return even.add(odd).lane(0);
    }
}
