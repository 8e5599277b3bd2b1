package dev.aorta.train;

/** The best epoch so far: the first, and then the first of each that is better than all before. */
final class Best {
    private final Monitor monitor;
    private boolean any;
    private double lowest;

    Best(Monitor monitor) {
        this.monitor = monitor;
    }

    /** Whether this epoch is the best so far. */
    boolean offer(EpochScores epoch) {
        double cost = monitor.cost(epoch);
        if (any && !(cost < lowest)) {
            return false;
        }
        any = true;
        lowest = cost;
        return true;
    }
}
