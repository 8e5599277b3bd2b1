package dev.aorta.train;

import dev.aorta.Device;
import dev.aorta.Parameter;
import dev.aorta.Scope;
import dev.aorta.Tensor;
import dev.aorta.cluster.ProcessGroup;
import dev.aorta.data.Batch;
import dev.aorta.data.DataLoader;
import dev.aorta.data.Epoch;
import dev.aorta.loss.Loss;
import dev.aorta.metric.Meter;
import dev.aorta.metric.Meters;
import dev.aorta.metric.Scores;
import dev.aorta.nn.Layer;
import dev.aorta.nn.Pass;
import dev.aorta.nn.Shard;
import dev.aorta.optim.Optimizer;
import dev.aorta.optim.WeightAverage;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * Trains a network, and scores it after each epoch. Not thread-safe.
 *
 * <pre>{@code
 * History history = new Trainer(network, device, Loss.crossEntropy(), adam)
 *         .meter(() -> new ClassificationMeter(10))
 *         .callbacks(new EarlyStopping(Monitor.highest("accuracy"), 5))
 *         .checkpoints(Path.of("runs/digits")).resume() // called again, it goes on where it was
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
    private @Nullable WeightAverage average;
    private @Nullable Checkpoints checkpoints;
    private boolean resume;
    private Shards shards = new Shards(1, ProcessGroup.alone());
    private boolean synchronised;

    /**
     * Makes a trainer.
     *
     * @param network its parameters are changed
     * @param device of the network; closed by the caller
     * @param loss what is minimised; a mean over the samples of a batch
     * @param optimizer of the network's parameters
     */
    public Trainer(Layer network, Device device, Loss loss, Optimizer optimizer) {
        this(new DataParallel(device, network), loss, optimizer);
    }

    /**
     * Makes a trainer that uses several devices; it scores the network on the first.
     *
     * @param parallel closed by the caller
     * @param loss what is minimised; a mean over the samples of a batch
     * @param optimizer of the parameters of {@link DataParallel#network()}
     */
    public Trainer(DataParallel parallel, Loss loss, Optimizer optimizer) {
        this.parallel = parallel;
        this.loss = loss;
        this.optimizer = optimizer;
    }

    /**
     * What is measured beside the loss; without it nothing is.
     *
     * @param fresh makes a new meter for each pass over data
     * @return this
     */
    public Trainer meter(Supplier<? extends Meter> fresh) {
        meter = fresh;
        return this;
    }

    /**
     * How the network takes the inputs of a batch; without it one input as a layer takes it.
     *
     * @param how used for training and validation
     * @return this
     */
    public Trainer forward(Forward how) {
        forward = how;
        return this;
    }

    /**
     * Clips gradients.
     *
     * @param norm the highest of all gradients together, or 0 for no clipping, as without this
     * @return this
     * @throws IllegalArgumentException when the norm is negative or NaN
     */
    public Trainer clip(double norm) {
        if (!(norm >= 0)) {
            throw new IllegalArgumentException("[train] the norm to clip at must not be negative, got " + norm);
        }
        clip = norm;
        return this;
    }

    /**
     * Seeds dropout; without it the seed is 0.
     *
     * @param ofDropout any number
     * @return this
     */
    public Trainer seed(long ofDropout) {
        seed = ofDropout;
        return this;
    }

    /**
     * What happens when the loss of a training step is NaN or infinite; without it {@link NanGuard#FAIL}.
     *
     * @param what to do
     * @return this
     */
    public Trainer nanGuard(NanGuard what) {
        guard = what;
        return this;
    }

    /**
     * Adds callbacks behind those there are.
     *
     * @param more called in this order
     * @return this
     */
    public Trainer callbacks(Callback... more) {
        callbacks.addAll(List.of(more));
        return this;
    }

    /**
     * Takes the parameters into averages after each step; the averages are scored, and are what callbacks see at the end of
     * an epoch.
     *
     * @param of averages of this network's parameters
     * @return this
     */
    public Trainer average(WeightAverage of) {
        average = of;
        return this;
    }

    /**
     * Cuts each batch into shards, which the processes of a group share. The result depends on the number of shards and not on that of
     * the processes: to the bit, {@code shards(8, ProcessGroup.alone())} on one machine is {@code shards(8, group)} on eight, given
     * vectors of one width. Each process reads and computes the samples of its shards; process 0 alone saves, and tells the others what it
     * goes on from. Batch normalisation takes the statistics of each shard, and the running ones are the mean over shards, unless {@link
     * #synchronised} is called. Of several devices in a process each computes a shard at the same time, with the same result. The meter
     * sees the labels and the output of whole batches in every process, and zeros as inputs that others have read.
     *
     * @param count a power of two, at least the number of processes; 1 without this
     * @param group of which this process is one, closed by the caller
     * @return this
     * @throws IllegalArgumentException when the count is no such number
     * @throws IllegalStateException when the trainer has so many devices that one would have no shard
     */
    public Trainer shards(int count, ProcessGroup group) {
        Shards all = new Shards(count, group);
        if (count > 1 && parallel.devices() > all.own()) {
            throw new IllegalStateException(
                    "[train] each process has %d of %d shards for its %d devices; give as many shards"
                            .formatted(all.own(), count, parallel.devices()));
        }
        shards = all;
        return this;
    }

    /**
     * Has {@link dev.aorta.nn.BatchNormLayer} take the statistics of all shards of a batch together, as if it were whole: for batches of
     * which a shard has few samples. Every such layer then waits for the other shards, forward and backward; each process holds what all
     * of its shards have computed until the backward pass, and no sum begins before that has ended. A layer of one's own that calls
     * {@code Tensor.batchNorm} is refused.
     *
     * @return this
     */
    public Trainer synchronised() {
        synchronised = true;
        return this;
    }

    /**
     * Saves the next {@link #fit} in a folder, as {@link Checkpoints#in} says.
     *
     * @param folder made if it is not there
     * @return this
     */
    public Trainer checkpoints(Path folder) {
        return checkpoints(Checkpoints.in(folder));
    }

    /**
     * Saves the next {@link #fit}, also when the process is told to end while it trains.
     *
     * @param where folder and settings
     * @return this
     */
    public Trainer checkpoints(Checkpoints where) {
        checkpoints = where;
        return this;
    }

    /**
     * Goes on from the last good checkpoint, or begins where there is none.
     *
     * <p>The same program, called again, then computes to the bit what it would have computed without the break, with
     * whatever number of threads, if what is random in its data is a function of epoch and sample, as in a {@link
     * DataLoader}.
     *
     * @return this
     */
    public Trainer resume() {
        resume = true;
        return this;
    }

    /**
     * Trains for some epochs; called again, it goes on.
     *
     * @param training read once an epoch, by the number of the epoch, from 0
     * @param validation scored after each epoch, or null for nothing
     * @param more epochs to train, at least 1; those that a checkpoint has already are among them
     * @return what it came to; after {@link Fit#interrupt} without the epoch under way
     * @throws IllegalArgumentException when fewer than 1 epochs are to be trained
     * @throws IllegalStateException when it shall resume and {@link #checkpoints(Checkpoints)} was not called for this fit
     * @throws TrainingException when a loss is not finite: one of the training unless the guard skips such steps, or one of the
     *     validation
     * @throws UncheckedIOException when data or checkpoints cannot be read, or a file cannot be written
     */
    public History fit(DataLoader training, @Nullable DataLoader validation, int more) {
        if (more < 1) {
            throw new IllegalArgumentException("[train] epochs to train must be at least 1, got " + more);
        }
        Fit fit = new Fit(
                parallel.network(),
                optimizer,
                List.copyOf(callbacks),
                new Tally(meter.get()),
                epochs,
                Math.addExact(epochs, more),
                training.size());
        try (Saving saving = saving(fit, training);
                Ending ending = fit::end;
                ShardedStep sharded =
                        shards.isOne() ? null : new ShardedStep(shards, parallel.replicas(), synchronised)) {
            int batches = saving == null ? 0 : saving.resume();
            parallel.broadcast();
            fit.begin();
            shards.newFit();
            while (fit.trained() < fit.epochs() && !ended(fit)) {
                batches = epoch(fit, batches, training, validation, saving, sharded);
                if (saving != null) {
                    saving.save(batches);
                }
            }
            if (shards.ended()) {
                fit.interrupt("another process of the group was told to end");
            }
        } catch (IOException e) {
            throw new UncheckedIOException(e.getMessage(), e);
        } finally {
            epochs = fit.trained();
        }
        return new History(fit.history(), fit.endedBecause());
    }

    /** Whether all processes know that the training ends before its time. */
    private boolean ended(Fit fit) {
        return shards.isOne() ? fit.endedBecause() != null : shards.ended() || fit.stoppedBecause() != null;
    }

    private interface Ending extends AutoCloseable {
        @Override
        void close();
    }

    private @Nullable Saving saving(Fit fit, DataLoader training) throws IOException {
        Checkpoints where = checkpoints;
        if (where == null) {
            if (resume) {
                throw new IllegalStateException(
                        "[train] say with checkpoints(..) where this training is saved, each fit in"
                                + " a folder of its own");
            }
            return null;
        }
        checkpoints = null;
        List<Parameter> tensors = new ArrayList<>(parallel.network().parameters());
        tensors.addAll(optimizer.state().values());
        if (average != null) {
            tensors.addAll(average.state().values());
        }
        Map<String, String> facts = new HashMap<>(where.facts());
        facts.put("optimizer", optimizer.getClass().getSimpleName());
        facts.put("seed of dropout", Long.toString(seed));
        facts.put("clipping", Double.toString(clip));
        facts.put("samples in an epoch", Integer.toString(training.size()));
        facts.put("batches in an epoch", Integer.toString(training.batches()));
        if (!shards.isOne()) {
            facts.put("shards", Integer.toString(shards.count()));
            if (synchronised) {
                facts.put("batch normalisation", "of all shards together");
            }
        }
        return new Saving(where, resume, fit, new Snapshot(fit, parallel.device(), tensors, facts), shards.group());
    }

    /**
     * Trains one epoch from a batch on.
     *
     * @return the batches behind it when it was interrupted, 0 when it is through
     */
    private int epoch(
            Fit fit,
            int from,
            DataLoader training,
            @Nullable DataLoader validation,
            @Nullable Saving saving,
            @Nullable ShardedStep sharded)
            throws IOException {
        Tally tally = from > 0 ? fit.tally() : new Tally(meter.get());
        fit.beginEpoch(tally);
        int done = from;
        try (Epoch batches = shards.own(training).epoch(fit.trained(), from)) {
            while (batches.hasNext()) {
                step(batches.next(), fit, tally, sharded);
                done++;
                fit.endBatch();
                if (shards.isOne() ? fit.interrupted() : shards.ended()) {
                    return done;
                }
                if (saving != null) {
                    saving.batchEnded(done);
                }
            }
        }
        double rate = optimizer.rate();
        try (WeightAverage.Swap swapped = average == null ? () -> {} : average.swap()) {
            Scores validated = null;
            if (validation != null) {
                validated = new Evaluator(parallel.network(), parallel.device(), loss, forward)
                        .evaluate(validation, meter.get(), fit::interrupted, shards);
                if (validated == null) {
                    return done;
                }
            }
            fit.endEpoch(new EpochScores(fit.trained() + 1, rate, tally.scores(), validated));
        }
        return 0;
    }

    private void step(Batch batch, Fit fit, Tally tally, @Nullable ShardedStep sharded) {
        try (Scope step = Scope.open()) {
            DataParallel.Part part = (network, device, from, to) ->
                    loss(network, device, batch, from, to, tally, sharded == null ? null : sharded.shard(from));
            DataParallel.Result result = sharded == null
                    ? parallel.backward(batch.size(), part)
                    : sharded.backward(batch.size(), fit.interrupted(), part);
            if (sharded != null) {
                tally.gather(shards, batch);
            }
            if (!Double.isFinite(result.loss())) {
                refuse(result.loss(), fit, batch);
                tally.skip(batch, result.loss());
                return;
            }
            if (clip > 0) {
                result.gradients().clipByNorm(clip);
            }
            optimizer.step(result.gradients());
            parallel.broadcast();
            if (average != null) {
                average.update();
            }
            tally.add(batch, result.loss());
        }
    }

    /** Runs on the thread of each device. */
    private Tensor loss(
            Layer network, Device device, Batch batch, int from, int to, Tally tally, @Nullable Shard shard) {
        Batch part = batch.rows(from, to);
        Tensor output = forward.of(
                network,
                part.inputs(device),
                Pass.training(seed + from, optimizer.steps()).in(shard));
        tally.read(output, from, batch);
        return loss.of(output, part.labels(device));
    }

    private void refuse(double value, Fit fit, Batch batch) {
        String what = "the loss is " + value + " in epoch " + fit.epoch() + ", step " + optimizer.steps() + " (" + batch
                + ")";
        if (guard == NanGuard.FAIL) {
            throw new TrainingException(
                    "[train] " + what + ": lower the learning rate, clip the gradients, or look for NaN in the input");
        }
        LOG.log(System.Logger.Level.WARNING, "aorta: {0}: the step is left out", what);
    }
}
