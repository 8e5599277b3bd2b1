package dev.aorta.spark;

/** A training on Spark failed for good: its work is at fault, or it was tried as often as was asked for. */
public final class SparkTrainingException extends RuntimeException {
    private static final long serialVersionUID = 1;

    SparkTrainingException(String message) {
        super("[spark] " + message);
    }

    SparkTrainingException(String message, Throwable cause) {
        super("[spark] " + message, cause);
    }
}
