package dev.aorta.jmhgate;

import java.util.Locale;

/**
 * When a difference fails the gate.
 *
 * @param threshold slowdown that is let pass, for example 0.05
 * @param alpha the most that the one-sided p-value of a failure may be, which bounds the rate of false alarms of a benchmark
 */
record Rules(double threshold, double alpha) {
    /** The least that a heap object takes. */
    private static final double OBJECT_BYTES = 8;

    private static final double HIGHEST_ALPHA = 0.25;

    /**
     * Makes rules.
     *
     * @throws IllegalArgumentException for a threshold under 0, or a level outside 0.0001 to 0.25
     */
    Rules {
        if (!(threshold >= 0)) {
            throw new IllegalArgumentException("threshold " + 100 * threshold + " %: give 0 or more");
        }
        if (!(alpha >= 1e-4 && alpha <= HIGHEST_ALPHA)) {
            throw new IllegalArgumentException("alpha " + alpha + ": give 0.0001 to 0.25, for example 0.02");
        }
    }

    /**
     * The rules of a first look, by which a benchmark is not failed but measured again: five times the level, half the threshold. What
     * fails by these rules is then judged by the first ones on all that was measured of it, so that false alarms stay under their level.
     */
    Rules screening() {
        return new Rules(threshold / 2, Math.min(HIGHEST_ALPHA, 5 * alpha));
    }

    /** True for a shift of the logarithm of time that is a slowdown over the threshold, and not chance. */
    boolean slower(Shift time) {
        return time.above() <= alpha && time.estimate() > Math.log1p(threshold);
    }

    /** The same, the other way round. */
    boolean faster(Shift time) {
        return time.below() <= alpha && time.estimate() < -Math.log1p(threshold);
    }

    /** True for a growth of the bytes an operation by an object or more, and not chance. */
    boolean allocatesMore(Shift bytes) {
        return bytes.above() <= alpha && bytes.estimate() >= OBJECT_BYTES;
    }

    /** The least number of forks on each side with which a difference can be significant at all. */
    int fewestForks() {
        int forks = 1;
        while (RankSum.leastP(forks, forks) > alpha) {
            forks++;
        }
        return forks;
    }

    /**
     * Checks that a difference could be significant.
     *
     * @throws IllegalArgumentException when it could not
     */
    void requireForks(String what, int base, int head) {
        double least = RankSum.leastP(base, head);
        if (Math.min(base, head) == 0 || least > alpha) {
            throw new IllegalArgumentException(String.format(
                    Locale.ROOT,
                    "%s: with %d forks of the base and %d of the head no p can be under %.3f, and %s is asked for;"
                            + " measure %d forks a side",
                    what,
                    base,
                    head,
                    Math.min(base, head) == 0 ? 1 : least,
                    alpha,
                    fewestForks()));
        }
    }
}
