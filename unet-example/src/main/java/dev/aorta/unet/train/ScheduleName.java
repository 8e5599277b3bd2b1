package dev.aorta.unet.train;

import dev.aorta.optim.Schedule;

/** The learning-rate schedules that the command line knows. */
public enum ScheduleName {
    /** The same rate for ever, as in the lab. */
    CONSTANT,
    /** A tenth of the rate after each third of the training. */
    STEP,
    /** Half a cosine down to a hundredth, after a warm-up over a fiftieth of the steps. */
    COSINE,
    /** Down to 0 with power 0.9, after the same warm-up. */
    POLYNOMIAL;

    /**
     * The schedule.
     *
     * @param rate the highest learning rate
     * @param steps of the whole training
     */
    public Schedule schedule(double rate, long steps) {
        long warmUp = Math.max(1, steps / 50);
        long rest = Math.max(1, steps - warmUp);
        return switch (this) {
            case CONSTANT -> Schedule.constant(rate);
            case STEP -> Schedule.step(rate, 0.1, Math.max(1, (steps + 2) / 3));
            case COSINE -> Schedule.warmUp(warmUp, Schedule.cosine(rate, rate / 100, rest));
            case POLYNOMIAL -> Schedule.warmUp(warmUp, Schedule.polynomial(rate, 0, rest, 0.9));
        };
    }
}
