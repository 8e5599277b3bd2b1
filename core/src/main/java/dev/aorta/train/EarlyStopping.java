package dev.aorta.train;

/** Stops a training that gets no better. */
public final class EarlyStopping implements Callback {
    private final Monitor monitor;
    private final int patience;
    private Best best;
    private int waited;

    /**
     * Makes the callback.
     *
     * @param monitor the score by which epochs are compared
     * @param patience epochs in a row that are not the best so far, after which it stops, at least 1
     * @throws IllegalArgumentException when the patience is below 1
     */
    public EarlyStopping(Monitor monitor, int patience) {
        if (patience < 1) {
            throw new IllegalArgumentException("[train] patience must be at least 1 epoch, got " + patience);
        }
        this.monitor = monitor;
        this.patience = patience;
        best = new Best(monitor);
    }

    @Override
    public void fitBegins(Fit fit) {
        best = new Best(monitor);
        waited = 0;
    }

    /** The lowest cost, and the epochs since. */
    @Override
    public double[] state() {
        return new double[] {best.state()[0], waited};
    }

    @Override
    public void restore(double[] state) {
        best.restore(state);
        waited = (int) state[1];
    }

    @Override
    public void epochEnds(Fit fit, EpochScores epoch) {
        waited = best.offer(epoch) ? 0 : waited + 1;
        if (waited >= patience) {
            fit.stop(monitor.score() + " has not been better for " + waited + " epochs");
        }
    }
}
