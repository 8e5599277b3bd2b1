package dev.aorta.train;

import dev.aorta.Tensor;
import dev.aorta.data.Batch;
import dev.aorta.metric.Meter;
import dev.aorta.metric.Output;
import dev.aorta.metric.Scores;

/** What a pass over a data set has come to: the mean loss, and whatever a meter measures. */
final class Tally {
    private final Meter meter;
    private final Output output;
    private int done;
    private long counted;
    private double loss;
    private double lastLoss;

    Tally(Meter meter) {
        this.meter = meter;
        output = new Output(meter);
    }

    /** Reads a part of a batch's output; parts may come from several threads at once. */
    void read(Tensor part, int from, Batch batch) {
        output.read(part, from, batch.size());
    }

    /** Adds the batch whose output was read. */
    void add(Batch batch, double batchLoss) {
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

    Scores scores() {
        return Scores.of(counted, loss / counted, meter);
    }
}
