package dev.aorta.data;

import dev.aorta.io.AtomicFile;
import dev.aorta.io.wire.RecordFrame;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.file.Path;

/**
 * Writes a TFRecord file, whole or not at all:
 *
 * <pre>{@code
 * TfRecordWriter.write(file, TfRecordCompression.NONE, writer -> {
 *     for (Example example : examples) {
 *         writer.write(example);
 *     }
 * });
 * }</pre>
 */
public final class TfRecordWriter {
    private final OutputStream out;

    private TfRecordWriter(OutputStream out) {
        this.out = out;
    }

    /** What a file shall hold. */
    @FunctionalInterface
    public interface Records {
        /** Gives {@code writer} every record. */
        void writeTo(TfRecordWriter writer) throws IOException;
    }

    /**
     * Creates or replaces {@code file}.
     *
     * @throws IOException if it cannot be written; and whatever {@code records} throws. Then nothing was changed.
     */
    public static void write(Path file, TfRecordCompression compression, Records records) throws IOException {
        AtomicFile.write(file, out -> {
            try (OutputStream encoded = compression.encode(out)) {
                records.writeTo(new TfRecordWriter(encoded));
            }
        });
    }

    /** Appends a record. */
    public void write(byte[] record) throws IOException {
        RecordFrame.write(out, record);
    }

    /** Appends a record that holds {@code example}. */
    public void write(Example example) throws IOException {
        write(example.toByteArray());
    }
}
