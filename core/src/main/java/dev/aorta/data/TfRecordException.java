package dev.aorta.data;

import dev.aorta.io.FormatException;
import java.nio.file.Path;
import org.jspecify.annotations.Nullable;

/** A TFRecord file that cannot be read on: which file, which record, at which byte, why, and what to do. */
public final class TfRecordException extends FormatException {
    private static final long serialVersionUID = 1L;

    private final String file;
    private final long recordNumber;
    private final long offset;
    private final String what;

    TfRecordException(Path file, long recordNumber, long offset, String what, @Nullable Throwable cause) {
        super(position(file, recordNumber, offset) + ": " + what, cause);
        this.file = file.toString();
        this.recordNumber = recordNumber;
        this.offset = offset;
        this.what = what;
    }

    static String position(Path file, long recordNumber, long offset) {
        return file + ": record " + recordNumber + " at byte " + offset;
    }

    /** The message without the place. */
    String what() {
        return what;
    }

    /** {@return the name of the file} */
    public String file() {
        return file;
    }

    /** {@return the number of the record in the file, from 0; skipped records count} */
    public long recordNumber() {
        return recordNumber;
    }

    /** {@return where the record's frame begins, in bytes of the uncompressed file} */
    public long offset() {
        return offset;
    }
}
