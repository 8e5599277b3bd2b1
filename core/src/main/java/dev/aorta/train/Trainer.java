package dev.aorta.train;

import dev.aorta.Device;
import dev.aorta.Scope;
import dev.aorta.Tensor;
import dev.aorta.data.Batch;
import dev.aorta.data.DataLoader;
import dev.aorta.data.Epoch;
import dev.aorta.loss.Loss;
import dev.aorta.metric.Meter;
import dev.aorta.metric.Meters;
import dev.aorta.metric.Scores;
import dev.aorta.nn.Layer;
import dev.aorta.nn.Pass;
import dev.aorta.optim.Optimizer;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * Trains a network, and scores it after each epoch. Not thread-safe.
 *
 * <pre>{@code
 * History history = new Trainer(network, device, Loss.crossEntropy(), adam)
 *         .meter(() -> new ClassificationMeter(10))
 *         .callbacks(new EarlyStopping(Monitor.highest("accuracy"), 5))
 *         .fit(training, validation, 100);
 * }</pre>
 */
public final class Trainer {
    private static final System.Logger LOG = System.getLogger(Trainer.class.getName());

    private final DataParallel parallel;
    private final Loss loss;
    private final Optimizer optimizer;
    private final List<Callback> callbacks = new ArrayList<>();
    private Supplier<? extends Meter> meter = Meters::of;
    private Forward forward = Forward.ofOneInput();
    private NanGuard guard = NanGuard.FAIL;
    private double clip;
    private long seed;
    private int epochs;

    /**
     * Makes a trainer.
     *
     * @param optimizer of the network's parameters
     */
    public Trainer(Layer network, Device device, Loss loss, Optimizer optimizer) {
        this(new DataParallel(device, network), loss, optimizer);
    }

    /**
     * Makes a trainer that uses several devices; it scores the network on the first.
     *
     * @param parallel closed by the caller
     * @param optimizer of the parameters of {@link DataParallel#network()}
     */
    public Trainer(DataParallel parallel, Loss loss, Optimizer optimizer) {
        this.parallel = parallel;
        this.loss = loss;
        this.optimizer = optimizer;
    }

    /** What is measured beside the loss: a new meter for each pass over data. Without it nothing is. Returns this. */
    public Trainer meter(Supplier<? extends Meter> fresh) {
        meter = fresh;
        return this;
    }

    /** How the network takes the inputs of a batch; without it one input as a layer takes it. Returns this. */
    public Trainer forward(Forward how) {
        forward = how;
        return this;
    }

    /**
     * Clips gradients. Returns this.
     *
     * @param norm the highest of all gradients together, or 0 for no clipping, as without this
     */
    public Trainer clip(double norm) {
        if (!(norm >= 0)) {
            throw new IllegalArgumentException("[train] the norm to clip at must not be negative, got " + norm);
        }
        clip = norm;
        return this;
    }

    /** Seeds dropout; without it the seed is 0. Returns this. */
    public Trainer seed(long ofDropout) {
        seed = ofDropout;
        return this;
    }

    /** What happens when the loss is NaN or infinite; without it {@link NanGuard#FAIL}. Returns this. */
    public Trainer nanGuard(NanGuard what) {
        guard = what;
        return this;
    }

    /** Adds callbacks behind those there are. Returns this. */
    public Trainer callbacks(Callback... more) {
        callbacks.addAll(List.of(more));
        return this;
    }

    /**
     * Goes on where another training ended: the next epoch has the order and the number that it would have had. Returns this.
     *
     * @param trained epochs, as {@link TrainingState#restore} returns them
     */
    public Trainer resumeAfter(int trained) {
        if (trained < 0) {
            throw new IllegalArgumentException("[train] epochs trained must not be negative, got " + trained);
        }
        epochs = trained;
        return this;
    }

    /**
     * Trains for some epochs; called again, it goes on.
     *
     * @param validation scored after each epoch, or null for nothing
     * @param more epochs to train, at least 1
     * @throws TrainingException when a loss is not finite, unless the guard skips such steps
     * @throws java.io.UncheckedIOException when data cannot be read, or a callback cannot write
     */
    public History fit(DataLoader training, @Nullable DataLoader validation, int more) {
        if (more < 1) {
            throw new IllegalArgumentException("[train] epochs to train must be at least 1, got " + more);
        }
        Evaluator evaluator = new Evaluator(parallel.network(), parallel.device(), loss, forward);
        Fit fit = new Fit(
                parallel.network(),
                optimizer,
                List.copyOf(callbacks),
                new Tally(meter.get()),
                epochs,
                Math.addExact(epochs, more),
                training.size());
        try (Ending ending = fit::end) {
            fit.begin();
            while (epochs < fit.epochs() && fit.stoppedBecause() == null) {
                Scores trained = train(training, fit);
                double rate = optimizer.rate();
                Scores validated = validation == null ? null : evaluator.evaluate(validation, meter.get());
                epochs++;
                fit.endEpoch(new EpochScores(epochs, rate, trained, validated));
            }
        }
        return new History(fit.history(), fit.stoppedBecause());
    }

    private interface Ending extends AutoCloseable {
        @Override
        void close();
    }

    private Scores train(DataLoader training, Fit fit) {
        Tally tally = new Tally(meter.get());
        fit.beginEpoch(tally);
        try (Epoch batches = training.epoch(epochs)) {
            while (batches.hasNext()) {
                step(batches.next(), tally);
                fit.endBatch();
            }
        }
        return tally.scores();
    }

    private void step(Batch batch, Tally tally) {
        try (Scope step = Scope.open()) {
            var result = parallel.backward(
                    batch.size(), (network, device, from, to) -> loss(network, device, batch, from, to, tally));
            if (!Double.isFinite(result.loss())) {
                refuse(result.loss(), batch);
                tally.skip(batch, result.loss());
                return;
            }
            if (clip > 0) {
                result.gradients().clipByNorm(clip);
            }
            optimizer.step(result.gradients());
            parallel.broadcast();
            tally.add(batch, result.loss());
        }
    }

    /** Runs on the thread of each device. */
    private Tensor loss(Layer network, Device device, Batch batch, int from, int to, Tally tally) {
        Batch part = batch.rows(from, to);
        Tensor output = forward.of(network, part.inputs(device), Pass.training(seed + from, optimizer.steps()));
        tally.read(output, from, batch);
        return loss.of(output, part.labels(device));
    }

    private void refuse(double value, Batch batch) {
        String what = "the loss is " + value + " in epoch " + (epochs + 1) + ", step " + optimizer.steps() + " ("
                + batch + ")";
        if (guard == NanGuard.FAIL) {
            throw new TrainingException(
                    "[train] " + what + ": lower the learning rate, clip the gradients, or look for NaN in the input");
        }
        LOG.log(System.Logger.Level.WARNING, "aorta: {0}: the step is left out", what);
    }
}
