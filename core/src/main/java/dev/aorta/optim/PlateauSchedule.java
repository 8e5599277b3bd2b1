package dev.aorta.optim;

/** A learning rate that is lowered whenever a cost, such as the loss of the validation, gets no lower. */
public final class PlateauSchedule implements Schedule {
    private final double factor;
    private final int patience;
    private final double last;
    private double rate;
    private double lowest = Double.POSITIVE_INFINITY;
    private int waited;

    /**
     * Makes a schedule.
     *
     * @param rate at first
     * @param factor by which the rate is lowered, between 0 and 1
     * @param patience costs in a row, none of them the lowest so far, after which it is lowered, at least 1
     * @param last the lowest rate
     */
    public PlateauSchedule(double rate, double factor, int patience, double last) {
        if (!(factor > 0 && factor < 1) || patience < 1) {
            throw new IllegalArgumentException("[schedule] factor must be between 0 and 1 and patience at least 1, got "
                    + factor + " and " + patience);
        }
        this.rate = rate;
        this.factor = factor;
        this.patience = patience;
        this.last = last;
    }

    /**
     * Takes notice of a cost, where less is better; NaN is not better.
     *
     * @param cost for example a validation loss
     */
    public void observe(double cost) {
        if (cost < lowest) {
            lowest = cost;
            waited = 0;
        } else if (++waited >= patience) {
            rate = Math.max(last, rate * factor);
            waited = 0;
        }
    }

    /** {@return what it remembers: the rate, the lowest cost, and the costs since} */
    public double[] state() {
        return new double[] {rate, lowest, waited};
    }

    /**
     * Goes on from what {@link #state} gave.
     *
     * @param state as {@link #state} gave it
     * @throws IllegalArgumentException when it is not of such a schedule
     */
    public void restore(double[] state) {
        if (state.length != 3) {
            throw new IllegalArgumentException("[schedule] a state of 3 numbers was expected, got " + state.length);
        }
        rate = state[0];
        lowest = state[1];
        waited = (int) state[2];
    }

    @Override
    public double rate(long step) {
        return rate;
    }
}
