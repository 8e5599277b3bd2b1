package dev.aorta.train;

import dev.aorta.Device;
import dev.aorta.Gradients;
import dev.aorta.Scope;
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

/** Trains and evaluates a network that maps images (N, H, W, C) to logits (N, H, W, classes). Not thread-safe. */
public final class Trainer {
    private final Layer network;
    private final Loss loss;
    private final Optimizer optimizer;
    private final Device device;
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
        this.network = network;
        this.loss = loss;
        this.optimizer = optimizer;
        this.device = device;
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
                    Tensor logits = network.forward(batch.inputs(device), Pass.training(seed, optimizer.steps()));
                    predict(logits);
                    Tensor batchLoss = loss.of(logits, batch.labels(device));
                    double value = finite(batchLoss.item(), epoch, batch);
                    Gradients gradients = batchLoss.backward();
                    if (clip > 0) {
                        gradients.clipByNorm(clip);
                    }
                    optimizer.step(gradients);
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
                try (Scope step = Scope.noGrad()) {
                    Tensor logits = network.forward(batch.inputs(device), Pass.INFERENCE);
                    double value = loss.of(logits, batch.labels(device)).item();
                    predict(logits);
                    done += batch.size();
                    double dice = meter.add(predicted, batch.labels(), batch.size(), value);
                    listener.batch(done, loader.size(), value, dice);
                }
            }
        }
        return meter.scores();
    }

    /** Copies the most likely class of each pixel to {@link #predicted}, which batches of one size share. */
    private void predict(Tensor logits) {
        Tensor classOf = logits.argmax();
        if (predicted.length != classOf.shape().size()) {
            predicted = new float[classOf.shape().size()];
        }
        classOf.copyTo(predicted);
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
