package dev.aorta.backend;

import java.util.Locale;

/** What many numbers become one by, in {@link Backend#reduce}. */
public enum Reduction {
    /** The sum. */
    SUM,
    /** The sum divided by the number of elements. */
    MEAN,
    /** The largest; NaN wins. */
    MAX,
    /** The smallest; NaN wins. */
    MIN,
    /** The sum of squares. */
    SUM_OF_SQUARES,
    /** {@code m + ln(sum of exp(x - m))} with m the largest; -infinity where all are, NaN where one is. */
    LOG_SUM_EXP,
    /** The index of the largest, the first of equals; a NaN counts as larger than numbers. */
    ARGMAX,
    /** The index of the smallest, the first of equals; a NaN counts as smaller than numbers. */
    ARGMIN;

    /** {@return the name in messages, for example {@code logSumExp}} */
    public String label() {
        return switch (this) {
            case SUM_OF_SQUARES -> "sumOfSquares";
            case LOG_SUM_EXP -> "logSumExp";
            default -> name().toLowerCase(Locale.ROOT);
        };
    }
}
