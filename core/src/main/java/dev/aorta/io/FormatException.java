package dev.aorta.io;

import java.io.IOException;
import org.jspecify.annotations.Nullable;

/** Bytes that break the rules of their format. The message says where, what was expected, and what to do. */
public class FormatException extends IOException {
    private static final long serialVersionUID = 1L;

    /**
     * Says what is wrong.
     *
     * @param message where, what was expected, and what to do
     */
    public FormatException(String message) {
        super(message);
    }

    /**
     * Says what is wrong and what it follows from.
     *
     * @param message where, what was expected, and what to do
     * @param cause what it follows from, or null
     */
    public FormatException(String message, @Nullable Throwable cause) {
        super(message, cause);
    }
}
