package dev.aorta.train;

import dev.aorta.Device;
import dev.aorta.Scope;
import dev.aorta.Shape;
import dev.aorta.Tensor;
import dev.aorta.data.Batch;
import dev.aorta.data.DataLoader;
import dev.aorta.data.Epoch;
import dev.aorta.loss.Loss;
import dev.aorta.metric.SegmentationMeter;
import dev.aorta.metric.SegmentationScores;
import dev.aorta.nn.Layer;
import dev.aorta.nn.Pass;
import dev.aorta.optim.Optimizer;
import java.util.Arrays;

/** Trains and evaluates a network that maps images (N, H, W, C) to logits (N, H, W, classes). Not thread-safe. */
public final class Trainer {
    private final DataParallel parallel;
    private final Loss loss;
    private final Optimizer optimizer;
    private final int classes;
    private final double clip;
    private final long seed;
    private float[] predicted = {};

    /**
     * Makes a trainer.
     *
     * @param classes of the labels, background included
     * @param clip the norm at which gradients are clipped, or 0 for never
     * @param seed of dropout
     */
    public Trainer(Layer network, Loss loss, Optimizer optimizer, Device device, int classes, double clip, long seed) {
        this(new DataParallel(device, network), loss, optimizer, classes, clip, seed);
    }

    /**
     * Makes a trainer that uses several devices; it scores the network on the first.
     *
     * @param parallel closed by the caller
     * @param optimizer of the parameters of {@link DataParallel#network()}
     * @param classes of the labels, background included
     * @param clip the norm at which gradients are clipped, or 0 for never
     * @param seed of dropout
     */
    public Trainer(DataParallel parallel, Loss loss, Optimizer optimizer, int classes, double clip, long seed) {
        if (!(clip >= 0)) {
            throw new IllegalArgumentException("[train] the norm to clip at must not be negative, got " + clip);
        }
        this.parallel = parallel;
        this.loss = loss;
        this.optimizer = optimizer;
        this.classes = classes;
        this.clip = clip;
        this.seed = seed;
    }

    /** What happened in one step, for progress displays. */
    @FunctionalInterface
    public interface Listener {
        /** Nobody listens. */
        Listener NONE = (done, of, loss, dice) -> {};

        /**
         * Called after each batch.
         *
         * @param done images of this epoch so far
         * @param of images of the epoch
         * @param loss of the batch
         * @param dice mean over the batch
         */
        void batch(int done, int of, double loss, double dice);
    }

    /**
     * One epoch of training; the scores are those of the network as it changed.
     *
     * @param epoch counted from 0
     * @throws TrainingException when a loss is not finite
     */
    public SegmentationScores train(DataLoader loader, long epoch, Listener listener) {
        SegmentationMeter meter = new SegmentationMeter(classes);
        int done = 0;
        try (Epoch batches = loader.epoch(epoch)) {
            while (batches.hasNext()) {
                Batch batch = batches.next();
                try (Scope step = Scope.open()) {
                    makeRoom(batch);
                    var result = parallel.backward(
                            batch.size(), (network, device, from, to) -> loss(network, device, batch, from, to));
                    double value = finite(result.loss(), epoch, batch);
                    if (clip > 0) {
                        result.gradients().clipByNorm(clip);
                    }
                    optimizer.step(result.gradients());
                    parallel.broadcast();
                    done += batch.size();
                    double dice = meter.add(predicted, batch.labels(), batch.size(), value);
                    listener.batch(done, loader.size(), value, dice);
                }
            }
        }
        return meter.scores();
    }

    /** Scores of the network as it is, in inference. */
    public SegmentationScores evaluate(DataLoader loader, Listener listener) {
        SegmentationMeter meter = new SegmentationMeter(classes);
        int done = 0;
        try (Epoch batches = loader.epoch(0)) {
            while (batches.hasNext()) {
                Batch batch = batches.next();
                makeRoom(batch);
                try (Scope step = Scope.noGrad()) {
                    Device device = parallel.device();
                    Tensor logits = parallel.network().forward(batch.inputs(device), Pass.INFERENCE);
                    double value = loss.of(logits, batch.labels(device)).item();
                    predict(logits, 0);
                    done += batch.size();
                    double dice = meter.add(predicted, batch.labels(), batch.size(), value);
                    listener.batch(done, loader.size(), value, dice);
                }
            }
        }
        return meter.scores();
    }

    /** Runs on the thread of each device. */
    private Tensor loss(Layer network, Device device, Batch batch, int from, int to) {
        Batch part = part(batch, from, to);
        Tensor logits = network.forward(part.inputs(device), Pass.training(seed + from, optimizer.steps()));
        predict(logits, from * (predicted.length / batch.size()));
        return loss.of(logits, part.labels(device));
    }

    private static Batch part(Batch whole, int from, int to) {
        return from == 0 && to == whole.size()
                ? whole
                : new Batch(
                        rows(whole.inputs(), whole.size(), from, to),
                        rows(whole.labels(), whole.size(), from, to),
                        Arrays.copyOfRange(whole.indices(), from, to),
                        shape(whole.inputShape(), to - from),
                        shape(whole.labelShape(), to - from));
    }

    private static float[] rows(float[] values, int count, int from, int to) {
        int one = values.length / count;
        return Arrays.copyOfRange(values, from * one, to * one);
    }

    private static Shape shape(Shape whole, int count) {
        int[] dims = whole.dims().clone();
        dims[0] = count;
        return Shape.of(dims);
    }

    /** Makes {@link #predicted} fit the batch; batches of one size share it. */
    private void makeRoom(Batch batch) {
        if (predicted.length != batch.labels().length) {
            predicted = new float[batch.labels().length];
        }
    }

    /** Copies the most likely class of each pixel to {@link #predicted}, from element {@code at} on. */
    private void predict(Tensor logits, int at) {
        Tensor classOf = logits.argmax();
        if (classOf.shape().size() == predicted.length) {
            classOf.copyTo(predicted);
        } else {
            System.arraycopy(
                    classOf.toArray(), 0, predicted, at, classOf.shape().size());
        }
    }

    private double finite(double value, long epoch, Batch batch) {
        if (!Double.isFinite(value)) {
            throw new TrainingException("[train] the loss is " + value + " in epoch " + (epoch + 1) + ", step "
                    + optimizer.steps() + " (" + batch
                    + "): lower the learning rate, clip the gradients, or look for NaN in"
                    + " the input");
        }
        return value;
    }
}
