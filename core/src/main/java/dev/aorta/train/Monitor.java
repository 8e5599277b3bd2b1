package dev.aorta.train;

/**
 * The score by which epochs are compared: of the validation, or of the training where there is none. NaN is worse than any number.
 *
 * @param score its name
 * @param higher whether more of it is better
 */
public record Monitor(String score, boolean higher) {
    /**
     * A score of which more is better, such as the accuracy.
     *
     * @param score its name
     * @return the monitor
     */
    public static Monitor highest(String score) {
        return new Monitor(score, true);
    }

    /**
     * A score of which less is better, such as the loss.
     *
     * @param score its name
     * @return the monitor
     */
    public static Monitor lowest(String score) {
        return new Monitor(score, false);
    }

    /**
     * The score of an epoch.
     *
     * @param epoch that was scored
     * @return the score, which may be NaN
     * @throws IllegalArgumentException when there is none of that name
     */
    public double of(EpochScores epoch) {
        return epoch.judged().get(score);
    }

    /** The score turned so that less is better. */
    double cost(EpochScores epoch) {
        double value = of(epoch);
        return Double.isNaN(value) ? Double.POSITIVE_INFINITY : higher ? -value : value;
    }
}
