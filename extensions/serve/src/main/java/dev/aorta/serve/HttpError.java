package dev.aorta.serve;

import java.util.Map;

/** A request that is answered with an error: a status, and one line for the caller. */
public final class HttpError extends Exception {
    private static final long serialVersionUID = 1;

    private final int status;
    private final transient Map<String, String> headers;

    /**
     * An error.
     *
     * @param status of HTTP, 400 to 599
     * @param message for the caller, without anything that is not the caller's to know
     */
    public HttpError(int status, String message) {
        this(status, message, Map.of());
    }

    /** One whose cause is for the server's log alone. */
    HttpError(int status, String message, Throwable cause) {
        this(status, message);
        initCause(cause);
    }

    HttpError(int status, String message, Map<String, String> headers) {
        super(message);
        this.status = status;
        this.headers = Map.copyOf(headers);
    }

    /** {@return the status of HTTP} */
    public int status() {
        return status;
    }

    Map<String, String> headers() {
        return headers;
    }
}
