package dev.aorta.bench.gate;

import java.util.Arrays;
import java.util.Optional;

/**
 * One benchmark in both builds.
 *
 * @param key benchmark, parameters and mode
 * @param time shift of the logarithm of the time an operation; above 0 the head is slower
 * @param allocation shift of the bytes an operation; empty when one side has no data
 * @param slower a significant slowdown above the threshold
 * @param faster the same, the other way round
 * @param allocatesMore a significant growth of at least one object an operation
 */
record Comparison(
        String key,
        Measurement base,
        Measurement head,
        Shift time,
        Optional<Shift> allocation,
        boolean slower,
        boolean faster,
        boolean allocatesMore) {
    /** The least that a heap object takes. */
    private static final double OBJECT_BYTES = 8;

    /**
     * Compares two measurements of a benchmark.
     *
     * @param threshold slowdown that is let pass, for example 0.05
     * @param alpha level of the tests, for example 0.05
     * @throws IllegalArgumentException when the units differ or a side has fewer than {@link Shift#FEWEST} forks
     */
    static Comparison of(String key, Measurement base, Measurement head, double threshold, double alpha) {
        if (!base.unit().equals(head.unit())) {
            throw new IllegalArgumentException(
                    key + ": base is in " + base.unit() + ", head in " + head.unit() + "; measure both in one unit");
        }
        int forks = Math.min(base.scores().length, head.scores().length);
        if (forks < Shift.FEWEST) {
            throw new IllegalArgumentException(key + ": " + forks + " forks, but under " + Shift.FEWEST
                    + " no difference can be significant; run JMH with -f 5");
        }
        Shift time = Shift.between(logTimes(base), logTimes(head), alpha);
        boolean measured = base.allocations().length >= Shift.FEWEST && head.allocations().length >= Shift.FEWEST;
        Optional<Shift> allocation =
                measured ? Optional.of(Shift.between(base.allocations(), head.allocations(), alpha)) : Optional.empty();
        boolean changed = time.p() < alpha && Math.abs(time.estimate()) > Math.log1p(threshold);
        return new Comparison(
                key,
                base,
                head,
                time,
                allocation,
                changed && time.estimate() > 0,
                changed && time.estimate() < 0,
                allocation
                        .filter(a -> a.p() < alpha && a.estimate() >= OBJECT_BYTES)
                        .isPresent());
    }

    /** True when the gate must not pass. */
    boolean fails() {
        return slower || allocatesMore;
    }

    /** Time of the head in times that of the base. */
    double ratio() {
        return Math.exp(time.estimate());
    }

    private static double[] logTimes(Measurement m) {
        double sign = m.higherIsBetter() ? -1 : 1;
        return Arrays.stream(m.scores()).map(s -> sign * Math.log(s)).toArray();
    }
}
