package dev.aorta.train;

/** What happens to a training step whose loss is NaN or infinite. */
public enum NanGuard {
    /** It ends the training with a {@link TrainingException}, before parameters change. */
    FAIL,
    /** It is left out, with a warning in the log; parameters and scores do not see it, running statistics have. */
    SKIP
}
