package dev.aorta.cluster;

/** Another process of the group is gone, stalled or out of step. What was trained since the last checkpoint is lost. */
public final class ClusterException extends RuntimeException {
    private static final long serialVersionUID = 1;

    ClusterException(String message) {
        super("[cluster] " + message);
    }

    ClusterException(String message, Throwable cause) {
        super("[cluster] " + message, cause);
    }
}
