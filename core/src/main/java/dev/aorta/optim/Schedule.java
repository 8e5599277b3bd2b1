package dev.aorta.optim;

/**
 * The learning rate as a function of the step, which is counted from 0. Usual rates are 1e-3 for Adam and 0.01 to 0.1 for SGD with
 * momentum; one that is negative or NaN is refused.
 */
@FunctionalInterface
public interface Schedule {
    /**
     * Learning rate of a step.
     *
     * @param step counted from 0
     * @return the rate
     */
    double rate(long step);

    /**
     * The same rate for ever.
     *
     * @param rate of every step
     * @return the schedule
     */
    static Schedule constant(double rate) {
        requireRate(rate);
        return step -> rate;
    }

    /**
     * {@code rate * factor^floor(step / every)}.
     *
     * @param rate of the first steps
     * @param factor by which it changes, below 1 to fall
     * @param every steps between two changes
     * @return the schedule
     */
    static Schedule step(double rate, double factor, long every) {
        requireRate(rate);
        require(every > 0, "every must be above 0, got " + every);
        return step -> rate * Math.pow(factor, Math.floorDiv(step, every));
    }

    /**
     * {@code last + (rate - last) * (1 + cos(pi * step / steps)) / 2}, and {@code last} from then on.
     *
     * @param rate of the first step
     * @param last of the last one
     * @param steps of the descent
     * @return the schedule
     * @see <a href="https://arxiv.org/abs/1608.03983">Loshchilov and Hutter 2017</a>
     */
    static Schedule cosine(double rate, double last, long steps) {
        requireRate(rate);
        requireRate(last);
        require(steps > 0, "steps must be above 0, got " + steps);
        return step -> halfCosine(rate, last, Math.min(step, steps) / (double) steps);
    }

    /**
     * {@code last + (rate - last) * (1 - step / steps)^power}, and {@code last} from then on.
     *
     * @param rate of the first step
     * @param last of the last one
     * @param steps of the descent
     * @param power 1 is a straight line
     * @return the schedule
     */
    static Schedule polynomial(double rate, double last, long steps, double power) {
        requireRate(rate);
        requireRate(last);
        require(steps > 0, "steps must be above 0, got " + steps);
        return step -> last + (rate - last) * Math.pow(1 - Math.min(step, steps) / (double) steps, power);
    }

    /**
     * One cycle: from {@code most / 25} up to most over the first three tenths of the steps, and down to {@code most / 250,000},
     * each along half a cosine; the last from then on. PyTorch's {@code OneCycleLR} with its constants.
     *
     * @param most the highest rate
     * @param steps at least 4
     * @return the schedule
     * @see <a href="https://arxiv.org/abs/1708.07120">Smith and Topin 2018: Super-convergence</a>
     */
    static Schedule oneCycle(double most, long steps) {
        requireRate(most);
        require(steps >= 4, "steps must be at least 4, got " + steps);
        double first = most / 25;
        double top = 0.3 * steps - 1;
        return step -> step <= top
                ? halfCosine(first, most, step / top)
                : halfCosine(most, first / 1e4, Math.min((step - top) / (steps - 1 - top), 1));
    }

    private static double halfCosine(double from, double to, double part) {
        return to + (from - to) * (1 + Math.cos(Math.PI * part)) / 2;
    }

    /**
     * A linear rise over {@code steps} steps to {@code then}, which is followed from its own step 0 on.
     *
     * @param steps of the rise
     * @param then gives the rate to rise to, its first
     * @return the schedule
     */
    static Schedule warmUp(long steps, Schedule then) {
        require(steps > 0, "steps must be above 0, got " + steps);
        return step -> step < steps ? then.rate(0) * (step + 1) / (steps + 1) : then.rate(step - steps);
    }

    private static void requireRate(double rate) {
        require(
                rate >= 0 && rate < Double.POSITIVE_INFINITY,
                "a learning rate must be a number that is not negative, got " + rate);
    }

    private static void require(boolean holds, String rule) {
        if (!holds) {
            throw new IllegalArgumentException("[schedule] " + rule);
        }
    }
}
