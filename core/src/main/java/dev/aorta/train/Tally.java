package dev.aorta.train;

import dev.aorta.Tensor;
import dev.aorta.data.Batch;
import dev.aorta.metric.Meter;
import dev.aorta.metric.Output;
import dev.aorta.metric.Scores;
import dev.aorta.warn.Warning;
import java.util.Arrays;
import java.util.Locale;
import org.jspecify.annotations.Nullable;

/** What a pass over a data set has come to: the mean loss, and whatever a meter measures. */
final class Tally {
    /** Batches in a row of one loss from which that is no chance. */
    private static final int ALIKE = 20;

    private final Meter meter;
    private final Output output;
    private int done;
    private long counted;
    private double loss;
    private double lastLoss;
    private int alike;

    Tally(Meter meter) {
        this.meter = meter;
        output = new Output(meter);
    }

    /** Reads a part of a batch's output; parts may come from several threads at once. */
    void read(Tensor part, int from, Batch batch) {
        output.read(part, from, batch.size());
    }

    /** Gives all processes what each has of the batch: labels, and what was read of the output. */
    void gather(Shards shards, Batch batch) {
        int size = batch.size();
        output.gather(shards.from(size), shards.to(size), batch, shards.group());
    }

    /** Adds the batch whose output was read. */
    void add(Batch batch, double batchLoss) {
        alike = batchLoss == lastLoss && batchLoss > 0 ? alike + 1 : 1;
        if (alike == ALIKE) {
            Warning.CONSTANT_OUTPUT.say(String.format(
                    Locale.ROOT,
                    "the loss is %g in %d batches in a row, so the output depends on no input any more, and no step will"
                            + " change that: begin again with a lower learning rate or another seed, and let no ReLU follow"
                            + " the last layer",
                    batchLoss,
                    alike));
        }
        meter.add(batch, output, batchLoss);
        counted += batch.size();
        loss += batchLoss * batch.size();
        skip(batch, batchLoss);
    }

    /** Passes by a batch that does not count. */
    void skip(Batch batch, double batchLoss) {
        done += batch.size();
        lastLoss = batchLoss;
    }

    int done() {
        return done;
    }

    double lastLoss() {
        return lastLoss;
    }

    /** All of it, or null when the meter cannot be saved. */
    double @Nullable [] state() {
        double[] measured = meter.state();
        if (measured == null) {
            return null;
        }
        double[] state = new double[4 + measured.length];
        state[0] = done;
        state[1] = counted;
        state[2] = loss;
        state[3] = lastLoss;
        System.arraycopy(measured, 0, state, 4, measured.length);
        return state;
    }

    void restore(double[] state) {
        done = (int) state[0];
        counted = (long) state[1];
        loss = state[2];
        lastLoss = state[3];
        meter.restore(Arrays.copyOfRange(state, 4, state.length));
    }

    Scores scores() {
        return Scores.of(counted, loss / counted, meter);
    }
}
