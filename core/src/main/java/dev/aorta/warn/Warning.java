package dev.aorta.warn;

import java.util.concurrent.atomic.AtomicBoolean;

/** What is likely a mistake and no error. Each is said once in a process, by the {@link System.Logger} {@code dev.aorta}. */
public enum Warning {
    /** Predictions are recorded, and nobody asks for their gradients. */
    RECORDED_PREDICTIONS,
    /** A scope holds so many tensors that steps or predictions seem to share it. */
    MANY_TENSORS,
    /** All labels of many batches are one class. */
    ONE_CLASS,
    /** Inputs of a weight are far from 1. */
    LARGE_INPUT,
    /** Images look as if their channels came first. */
    CHANNELS_FIRST,
    /** Probabilities are taken for logits. */
    SOFTMAX_TWICE,
    /** Gradients came through a forward pass for inference. */
    INFERENCE_IN_TRAINING,
    /** No gradient reaches parameters of an optimiser. */
    NOT_REACHED,
    /** Gradients reach parameters that no optimiser has. */
    NOT_OWNED,
    /** Two optimisers change one parameter in turns. */
    TWO_OPTIMIZERS,
    /** A step was taken from a loss that is NaN or infinite. */
    NOT_FINITE,
    /** Batch after batch has one loss. */
    CONSTANT_OUTPUT;

    private static final System.Logger LOG = System.getLogger("dev.aorta");

    private final AtomicBoolean said = new AtomicBoolean();

    /**
     * Logs a text behind {@code aorta: }, unless this warning was said before; of several threads one says it.
     *
     * @param text what was seen, and what to do
     */
    public void say(String text) {
        if (said.compareAndSet(false, true)) {
            LOG.log(System.Logger.Level.WARNING, "aorta: {0}", text);
        }
    }

    /** Has it said again, for tests. */
    void forget() {
        said.set(false);
    }
}
