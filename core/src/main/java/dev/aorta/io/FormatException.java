package dev.aorta.io;

import java.io.IOException;
import org.jspecify.annotations.Nullable;

/** Bytes that break the rules of their format. The message says where, what was expected, and what to do. */
public class FormatException extends IOException {
    private static final long serialVersionUID = 1L;

    public FormatException(String message) {
        super(message);
    }

    public FormatException(String message, @Nullable Throwable cause) {
        super(message, cause);
    }
}
