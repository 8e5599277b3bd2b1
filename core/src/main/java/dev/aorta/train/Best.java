package dev.aorta.train;

/** The best epoch so far, which is the first of equal ones, and never one whose score is NaN. */
final class Best {
    private final Monitor monitor;
    private double lowest = Double.POSITIVE_INFINITY;

    Best(Monitor monitor) {
        this.monitor = monitor;
    }

    /** Whether this epoch is the best so far. */
    boolean offer(EpochScores epoch) {
        double cost = monitor.cost(epoch);
        boolean better = cost < lowest;
        lowest = better ? cost : lowest;
        return better;
    }

    /** The lowest cost. */
    double[] state() {
        return new double[] {lowest};
    }

    void restore(double[] state) {
        lowest = state[0];
    }
}
