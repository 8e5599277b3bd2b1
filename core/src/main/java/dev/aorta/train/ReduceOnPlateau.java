package dev.aorta.train;

import dev.aorta.optim.PlateauSchedule;

/** Shows a score of each epoch to a schedule that lowers the learning rate where the score gets no better. */
public final class ReduceOnPlateau implements Callback {
    private final Monitor monitor;
    private final PlateauSchedule schedule;

    /**
     * Makes the callback.
     *
     * @param monitor the score by which epochs are compared
     * @param schedule of the trainer's optimiser
     */
    public ReduceOnPlateau(Monitor monitor, PlateauSchedule schedule) {
        this.monitor = monitor;
        this.schedule = schedule;
    }

    @Override
    public double[] state() {
        return schedule.state();
    }

    @Override
    public void restore(double[] state) {
        schedule.restore(state);
    }

    @Override
    public void epochEnds(Fit fit, EpochScores epoch) {
        schedule.observe(monitor.cost(epoch));
    }
}
