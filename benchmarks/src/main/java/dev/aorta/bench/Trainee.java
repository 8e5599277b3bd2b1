package dev.aorta.bench;

import java.util.Map;

/** One network in one engine, with fixed weights and one fixed batch, ready to be trained and run. */
public interface Trainee extends AutoCloseable {
    /**
     * Learning rate of what is timed, at which some thousand steps on one batch hardly change the loss: with 1e-3 it goes to nearly 0,
     * and libtorch computes its backward pass with subnormal numbers, five times as long on an Intel processor.
     */
    double RATE = 1e-5;

    /** Name of the engine for tables, for example {@code libtorch NCHW}. */
    String engine();

    /** One whole training step: forward, softmax cross-entropy, backward, Adam. Returns the loss before the step. */
    double step();

    /** The logits of the batch without anything kept for a backward pass; the work of one inference. */
    void infer();

    /** The logits of the batch, (N, H, W, classes), or (N, classes) of a classifier. */
    float[] logits();

    /** The gradient of the loss by parameter name, at the present weights, in the layout of Aorta. */
    Map<String, float[]> gradients();

    @Override
    void close();
}
