package dev.aorta.train;

import dev.aorta.metric.Scores;
import dev.aorta.nn.Layer;
import dev.aorta.optim.Optimizer;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** A training under way, as its callbacks see it. */
public final class Fit {
    private final Layer network;
    private final Optimizer optimizer;
    private final List<Callback> callbacks;
    private final int epochs;
    private final int samples;
    private final List<EpochScores> history = new ArrayList<>();
    private Tally tally;
    private int epoch;
    private @Nullable String stoppedBecause;

    Fit(Layer network, Optimizer optimizer, List<Callback> callbacks, Tally none, int before, int epochs, int samples) {
        this.network = network;
        this.optimizer = optimizer;
        this.callbacks = callbacks;
        this.tally = none;
        this.epoch = before;
        this.epochs = epochs;
        this.samples = samples;
    }

    /** The network, on the first device where there are several. */
    public Layer network() {
        return network;
    }

    /** The optimiser. */
    public Optimizer optimizer() {
        return optimizer;
    }

    /** The epoch that is trained now, counted from 1; before the first the number of those that were trained earlier. */
    public int epoch() {
        return epoch;
    }

    /** The number of the last epoch, if nobody stops before. */
    public int epochs() {
        return epochs;
    }

    /** Training samples in an epoch. */
    public int samples() {
        return samples;
    }

    /** Training samples of this epoch so far. */
    public int done() {
        return tally.done();
    }

    /** Loss of the last batch. */
    public double loss() {
        return tally.lastLoss();
    }

    /** Scores of this epoch's training so far. */
    public Scores scores() {
        return tally.scores();
    }

    /** The epochs so far. */
    public List<EpochScores> history() {
        return Collections.unmodifiableList(history);
    }

    /** Ends the training after this epoch; of several reasons the first counts. */
    public void stop(String reason) {
        if (stoppedBecause == null) {
            stoppedBecause = reason;
        }
    }

    @Nullable
    String stoppedBecause() {
        return stoppedBecause;
    }

    void begin() {
        each(c -> c.fitBegins(this));
    }

    void beginEpoch(Tally training) {
        epoch++;
        tally = training;
        each(c -> c.epochBegins(this));
    }

    void endBatch() {
        each(c -> c.batchEnds(this));
    }

    void endEpoch(EpochScores scores) {
        history.add(scores);
        each(c -> c.epochEnds(this, scores));
    }

    /** Lets all callbacks end, also when one fails. */
    void end() {
        RuntimeException failure = null;
        for (Callback callback : callbacks) {
            try {
                call(callback, c -> c.fitEnds(this));
            } catch (RuntimeException e) {
                if (failure == null) {
                    failure = e;
                } else {
                    failure.addSuppressed(e);
                }
            }
        }
        if (failure != null) {
            throw failure;
        }
    }

    private interface Call {
        void on(Callback callback) throws IOException;
    }

    private void each(Call call) {
        callbacks.forEach(c -> call(c, call));
    }

    private static void call(Callback callback, Call call) {
        try {
            call.on(callback);
        } catch (IOException e) {
            throw new UncheckedIOException(e.getMessage(), e);
        }
    }
}
