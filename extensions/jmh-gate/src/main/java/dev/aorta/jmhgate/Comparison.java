package dev.aorta.jmhgate;

import java.util.Locale;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * One benchmark in both builds.
 *
 * @param key benchmark, parameters and mode
 * @param time shift of the logarithm of the time an operation; above 0 the head is slower
 * @param allocation shift of the bytes an operation; empty when one side has no data
 * @param slower a slowdown that fails the gate
 * @param faster the same, the other way round
 * @param allocatesMore a growth of allocation that fails the gate
 * @param unconfirmed it looked worse, and with all that was measured of it then it does not
 */
record Comparison(
        String key,
        Measurement base,
        Measurement head,
        Shift time,
        Optional<Shift> allocation,
        boolean slower,
        boolean faster,
        boolean allocatesMore,
        boolean unconfirmed) {

    /**
     * Compares two measurements of a benchmark.
     *
     * @throws IllegalArgumentException when the units differ, or a side has too few forks to show anything
     */
    static Comparison of(String key, Measurement base, Measurement head, Rules rules) {
        if (!base.unit().equals(head.unit())) {
            throw new IllegalArgumentException(
                    key + ": base is in " + base.unit() + ", head in " + head.unit() + "; measure both in one unit");
        }
        rules.requireForks(key, base.scores().length, head.scores().length);
        Shift time = Shift.between(base.logTimes(), head.logTimes(), rules.alpha());
        boolean both = base.allocations().length > 0 && head.allocations().length > 0;
        Optional<Shift> allocation = both
                ? Optional.of(Shift.between(base.allocations(), head.allocations(), rules.alpha()))
                : Optional.empty();
        return new Comparison(
                key,
                base,
                head,
                time,
                allocation,
                rules.slower(time),
                rules.faster(time),
                allocation.filter(rules::allocatesMore).isPresent(),
                false);
    }

    /** This comparison by other rules; of one that failed, which was measured again, with those forks too. */
    Comparison decidedBy(Rules decisive, @Nullable Measurement moreOfBase, @Nullable Measurement moreOfHead) {
        if (!fails()) {
            return of(key, base, head, decisive);
        }
        Comparison all = of(
                key,
                moreOfBase == null ? base : base.and(moreOfBase),
                moreOfHead == null ? head : head.and(moreOfHead),
                decisive);
        return new Comparison(
                key,
                all.base,
                all.head,
                all.time,
                all.allocation,
                all.slower,
                all.faster,
                all.allocatesMore,
                !all.fails());
    }

    /** True when the gate must not pass. */
    boolean fails() {
        return slower || allocatesMore;
    }

    /** Time of the head in times that of the base. */
    double ratio() {
        return Math.exp(time.estimate());
    }

    /** The p-value in the direction of the estimate. */
    double p() {
        return Math.min(time.above(), time.below());
    }

    /** The full name of the benchmark's method, without parameters and mode. */
    String benchmark() {
        return key.split(" ", 2)[0];
    }

    /** A word or two for a table; capital letters fail. */
    String verdict() {
        String words = (slower ? "SLOWER " : faster ? "faster " : "")
                + (allocatesMore ? "ALLOCATES " : "")
                + (unconfirmed ? "unconfirmed" : "");
        return words.strip();
    }

    /** What is worse, in a sentence of numbers. */
    String reason() {
        String reason = "";
        if (slower) {
            reason += String.format(
                    Locale.ROOT,
                    "%.1f %% slower (%.4g to %.4g %s, p %.4f)",
                    100 * (ratio() - 1),
                    base.median(),
                    head.median(),
                    head.unit(),
                    time.above());
        }
        if (allocatesMore) {
            reason += String.format(
                    Locale.ROOT,
                    "%s%+.0f bytes/op",
                    slower ? ", " : "",
                    allocation.orElseThrow().estimate());
        }
        return reason + ", " + base.scores().length + " and " + head.scores().length + " forks";
    }
}
