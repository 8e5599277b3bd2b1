package dev.aorta.serve;

/** What the holder of a token may do. */
public enum Role {
    /** Ask for predictions and look at models and metrics. */
    INFER,
    /** That, and load, unload and change versions. */
    ADMIN;

    boolean covers(Role wanted) {
        return compareTo(wanted) >= 0;
    }
}
