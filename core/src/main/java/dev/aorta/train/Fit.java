package dev.aorta.train;

import dev.aorta.metric.Scores;
import dev.aorta.nn.Layer;
import dev.aorta.optim.Optimizer;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Map;
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
    private int trained;
    private @Nullable String stoppedBecause;
    private volatile @Nullable String interruption;
    private @Nullable Path savedIn;
    private @Nullable Path resumedFrom;
    private Map<Callback, double[]> states = Map.of(); // to be restored

    Fit(Layer network, Optimizer optimizer, List<Callback> callbacks, Tally none, int before, int epochs, int samples) {
        this.network = network;
        this.optimizer = optimizer;
        this.callbacks = callbacks;
        this.tally = none;
        this.epoch = before;
        trained = before;
        this.epochs = epochs;
        this.samples = samples;
    }

    /** {@return the network, on the first device where there are several} */
    public Layer network() {
        return network;
    }

    /** {@return the optimiser} */
    public Optimizer optimizer() {
        return optimizer;
    }

    /**
     * {@return the epoch that is trained now, counted from 1; before the first the number of those that were trained
     * earlier}
     */
    public int epoch() {
        return epoch;
    }

    /** {@return the number of the last epoch, if nobody stops before} */
    public int epochs() {
        return epochs;
    }

    /** {@return training samples in an epoch} */
    public int samples() {
        return samples;
    }

    /** {@return training samples of this epoch so far, those of batches that were left out among them} */
    public int done() {
        return tally.done();
    }

    /** {@return loss of the last batch of this epoch; 0 before the first} */
    public double loss() {
        return tally.lastLoss();
    }

    /** {@return scores of this epoch's training so far; the loss is NaN before the first batch} */
    public Scores scores() {
        return tally.scores();
    }

    /**
     * {@return the epochs so far, those of an earlier process that it goes on from among them; not modifiable, and grows}
     */
    public List<EpochScores> history() {
        return Collections.unmodifiableList(history);
    }

    /**
     * Ends the training after this epoch; of several reasons the first counts.
     *
     * @param reason for {@link History#stoppedBecause()}
     */
    public void stop(String reason) {
        if (stoppedBecause == null) {
            stoppedBecause = reason;
        }
    }

    /**
     * Ends the training after the batch under way, with a checkpoint in the middle of the epoch where there are checkpoints; of
     * several reasons the first counts. It may be called by any thread.
     *
     * @param reason for {@link History#stoppedBecause()}; goes before that of {@link #stop}
     */
    public void interrupt(String reason) {
        if (interruption == null) {
            interruption = reason;
        }
    }

    /** {@return whether the training ends, or has ended, before its time because of {@link #interrupt}} */
    public boolean interrupted() {
        return interruption != null;
    }

    /** {@return the last checkpoint of this training that this process saved, or null} */
    public @Nullable Path savedIn() {
        return savedIn;
    }

    /** {@return the checkpoint of an earlier process that the training goes on from, or null} */
    public @Nullable Path resumedFrom() {
        return resumedFrom;
    }

    /** Why the training ends before its time. */
    @Nullable
    String endedBecause() {
        return interruption != null ? interruption : stoppedBecause;
    }

    List<Callback> callbacks() {
        return callbacks;
    }

    Tally tally() {
        return tally;
    }

    int trained() {
        return trained;
    }

    void saved(Path file) {
        savedIn = file;
    }

    /** Goes on where an earlier process was. */
    void resume(
            Path file,
            int epochs,
            List<EpochScores> past,
            @Nullable String stopped,
            Map<Callback, double[]> statesOfCallbacks) {
        resumedFrom = file;
        states = statesOfCallbacks;
        trained = epochs;
        epoch = epochs;
        history.addAll(past);
        stoppedBecause = stopped;
    }

    @Nullable
    String stoppedBecause() {
        return stoppedBecause;
    }

    void begin() {
        each(c -> c.fitBegins(this));
        states.forEach(Callback::restore);
    }

    void beginEpoch(Tally training) {
        epoch = trained + 1;
        tally = training;
        each(c -> c.epochBegins(this));
    }

    void endBatch() {
        each(c -> c.batchEnds(this));
    }

    void endEpoch(EpochScores scores) {
        history.add(scores);
        trained++;
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
