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
        /**
         * Gives {@code writer} every record.
         *
         * @param writer open until this returns
         * @throws IOException if it cannot be written; then there is no file
         */
        void writeTo(TfRecordWriter writer) throws IOException;
    }

    /**
     * Creates or replaces {@code file}.
     *
     * @param file in a folder that exists
     * @param compression of the whole file
     * @param records which gives them
     * @throws IOException if it cannot be written; and whatever {@code records} throws. Then nothing was changed.
     */
    public static void write(Path file, TfRecordCompression compression, Records records) throws IOException {
        AtomicFile.write(file, out -> {
            try (OutputStream encoded = compression.encode(out)) {
                records.writeTo(new TfRecordWriter(encoded));
            }
        });
    }

    /**
     * Appends a record.
     *
     * @param record its data
     * @throws IOException if it cannot be written
     */
    public void write(byte[] record) throws IOException {
        RecordFrame.write(out, record);
    }

    /**
     * Appends a record that holds {@code example}.
     *
     * @param example to write
     * @throws IOException if it cannot be written
     */
    public void write(Example example) throws IOException {
        write(example.toByteArray());
    }
}
