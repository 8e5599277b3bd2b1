package dev.aorta.train;

/** Training that cannot go on, for example because the loss is not a number; the message says where and what to try. */
public final class TrainingException extends RuntimeException {
    private static final long serialVersionUID = 1L;

    /**
     * Says what went wrong.
     *
     * @param message what happened, where, and what to do
     */
    public TrainingException(String message) {
        super(message);
    }

    /**
     * Says what went wrong and what it follows from.
     *
     * @param message what happened, where, and what to do
     * @param cause what it follows from
     */
    TrainingException(String message, Throwable cause) {
        super(message, cause);
    }
}
