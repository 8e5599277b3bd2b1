package dev.aorta.data;

import dev.aorta.io.FormatException;
import dev.aorta.io.ReadBudget;
import dev.aorta.io.wire.RecordFrame;
import java.io.BufferedInputStream;
import java.io.Closeable;
import java.io.IOException;
import java.io.InputStream;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import org.jspecify.annotations.Nullable;

/**
 * Reads the records of a TFRecord file from the first to the last.
 *
 * <p>Both checksums of every record are verified, and the file must end where a record ends. A damaged record is an error; with
 * {@link Options#skippingCorrupt()} it is left out and counted, as long as the checksum of its length is right. If that is wrong
 * nobody knows where the next record begins, so reading always stops there. Not for use by several threads at once.
 *
 * @see <a href="https://www.tensorflow.org/tutorials/load_data/tfrecord#tfrecords_format_details">TFRecords format details</a>
 */
public final class TfRecordReader implements Closeable {
    /** Largest record that is read unless {@link Options} say otherwise: 256 MiB. */
    public static final int DEFAULT_MAX_RECORD_BYTES = 256 << 20;

    static final int BUFFER_BYTES = 1 << 16;

    private final Path file;
    private final InputStream in;
    private final long size;
    private final Options options;
    private long offset;
    private long recordNumber;
    private long recordOffset;
    private long skipped;
    private int checksum;
    private ReadBudget budget = ReadBudget.ofReading();

    /**
     * How to read a file.
     *
     * @param compression of the whole file
     * @param maxRecordBytes a longer record is an error, found before memory is taken for it
     * @param skipCorrupt whether a record is left out whose length is right but whose data do not match their checksum
     */
    public record Options(TfRecordCompression compression, int maxRecordBytes, boolean skipCorrupt) {
        /** Checks the limit. */
        public Options {
            if (maxRecordBytes < 0 || maxRecordBytes > Integer.MAX_VALUE - 64) {
                throw new IllegalArgumentException("maxRecordBytes must be in 0..2^31-65: " + maxRecordBytes);
            }
        }

        /**
         * The default limit, no skipping.
         *
         * @param compression of the file
         * @return the options
         */
        public static Options of(TfRecordCompression compression) {
            return new Options(compression, DEFAULT_MAX_RECORD_BYTES, false);
        }

        /**
         * These options with another limit.
         *
         * @param limit the longest record that is taken, in bytes
         * @return the options
         */
        public Options withMaxRecordBytes(int limit) {
            return new Options(compression, limit, skipCorrupt);
        }

        /** {@return these options, leaving corrupt records out} */
        public Options skippingCorrupt() {
            return new Options(compression, maxRecordBytes, true);
        }
    }

    TfRecordReader(Path file, InputStream in, long size, Options options, long recordNumber, long offset) {
        this.file = file;
        this.in = in;
        this.size = size;
        this.options = options;
        this.recordNumber = recordNumber;
        this.offset = offset;
    }

    /**
     * Opens a file with the compression that its first bytes show.
     *
     * @param file of records
     * @return the reader, to be closed
     * @throws IOException if it cannot be read
     */
    public static TfRecordReader open(Path file) throws IOException {
        return open(file, Options.of(TfRecordCompression.detect(file)));
    }

    /**
     * Opens a file.
     *
     * @param file of records
     * @param options its compression, the limit, and what becomes of corrupt records
     * @return the reader, to be closed
     * @throws IOException if it cannot be read
     */
    public static TfRecordReader open(Path file, Options options) throws IOException {
        boolean sizeKnown = options.compression == TfRecordCompression.NONE && Files.isRegularFile(file);
        long size = sizeKnown ? Files.size(file) : Long.MAX_VALUE;
        InputStream raw = Files.newInputStream(file);
        try {
            InputStream in = options.compression.decode(
                    new BufferedInputStream(raw, BUFFER_BYTES), ReadBudget.expansionOf(Files.size(file)));
            return new TfRecordReader(file, in, size, options, 0, 0);
        } catch (IOException e) {
            raw.close();
            throw new TfRecordException(file, 0, 0, unreadable(e), e);
        }
    }

    /**
     * {@return the data of the next sound record, or null at the end of the file}
     *
     * @throws TfRecordException if a record is corrupt or too long, unless such are skipped
     */
    public byte @Nullable [] next() throws TfRecordException {
        for (int length = header(); length >= 0; length = header()) {
            charge(length);
            byte[] data = read(length);
            byte[] footer = read(RecordFrame.FOOTER_BYTES);
            if (footer.length < RecordFrame.FOOTER_BYTES) {
                throw truncated(length, data.length + footer.length);
            }
            int stored = RecordFrame.littleEndian(footer).getInt();
            int computed = RecordFrame.maskedCrc(data, 0, length);
            checksum = computed;
            if (stored != computed) {
                if (!options.skipCorrupt) {
                    throw error(String.format(
                            "the data's checksum is %08x, but %08x is stored; restore the file from its source",
                            computed, stored));
                }
                skipped++;
            }
            recordNumber++;
            if (stored == computed) {
                return data;
            }
        }
        return null;
    }

    /**
     * {@return the next sound record as a {@code tf.train.Example}, or null at the end of the file}
     *
     * @throws TfRecordException if a record is corrupt or too long, unless such are skipped, or is not an example
     */
    public @Nullable Example nextExample() throws TfRecordException {
        byte[] data = next();
        return data == null ? null : example(data);
    }

    /** {@return the number of corrupt records left out so far} */
    public long skipped() {
        return skipped;
    }

    @Override
    public void close() throws IOException {
        in.close();
    }

    Example example(byte[] data) throws TfRecordException {
        try {
            return Example.parse(data, TfRecordException.position(file, recordNumber - 1, recordOffset), budget);
        } catch (FormatException e) {
            String what = "not a tf.train.Example: " + e.getMessage();
            throw new TfRecordException(file, recordNumber - 1, recordOffset, what, e);
        }
    }

    /**
     * {@return whether a record follows, by its length and the checksum of that; reads no data} Nothing can be read afterwards.
     *
     * @throws TfRecordException if neither a record nor the end of the file follows
     */
    public boolean hasRecord() throws TfRecordException {
        return header() >= 0;
    }

    /** Passes over a record without looking at its data. */
    boolean skipRecord() throws TfRecordException {
        int length = header();
        if (length < 0) {
            return false;
        }
        try {
            in.skipNBytes(length + RecordFrame.FOOTER_BYTES);
        } catch (IOException e) {
            throw new TfRecordException(file, recordNumber, recordOffset, unreadable(e), e);
        }
        offset += length + RecordFrame.FOOTER_BYTES;
        recordNumber++;
        return true;
    }

    /** That of the data of the last record. */
    int checksum() {
        return checksum;
    }

    /** Where the next record begins, in bytes of the uncompressed file. */
    long offset() {
        return offset;
    }

    /** Reads and checks the length of the next record; -1 at the end of the file. */
    private int header() throws TfRecordException {
        recordOffset = offset;
        byte[] header = read(RecordFrame.HEADER_BYTES);
        if (header.length == 0) {
            return -1;
        }
        if (header.length < RecordFrame.HEADER_BYTES) {
            throw error("the file ends " + header.length + " bytes into the record, within its length; copy it again");
        }
        ByteBuffer fields = RecordFrame.littleEndian(header);
        long length = fields.getLong();
        int stored = fields.getInt();
        int computed = RecordFrame.maskedCrc(header, 0, Long.BYTES);
        if (stored != computed) {
            throw error(String.format(
                    "the length's checksum is %08x, but %08x is stored, and so the next record cannot be found either; the file is"
                            + " damaged, or not a TFRecord file with compression %s",
                    computed, stored, options.compression));
        }
        long left = size - offset;
        if (Long.compareUnsigned(length, Math.max(left - RecordFrame.FOOTER_BYTES, 0)) > 0) {
            throw truncated(length, left);
        }
        if (Long.compareUnsigned(length, options.maxRecordBytes) > 0) {
            throw error(Long.toUnsignedString(length) + " bytes long, over the limit of " + options.maxRecordBytes
                    + "; if that is meant, raise Options.maxRecordBytes");
        }
        return (int) length;
    }

    /** Charges a record of a compressed file, whose end is not known, to the budget of its reading: its bytes and their pieces. */
    private void charge(int length) throws TfRecordException {
        budget = ReadBudget.ofReading();
        if (size == Long.MAX_VALUE) {
            try {
                budget.take(2L * length, "the record of " + length + " bytes");
            } catch (FormatException e) {
                throw new TfRecordException(file, recordNumber, recordOffset, String.valueOf(e.getMessage()), e);
            }
        }
    }

    /** Memory grows with the bytes that are really there, not with {@code count}. */
    private byte[] read(int count) throws TfRecordException {
        try {
            byte[] bytes = in.readNBytes(count);
            offset += bytes.length;
            return bytes;
        } catch (IOException e) {
            throw new TfRecordException(file, recordNumber, recordOffset, unreadable(e), e);
        }
    }

    private TfRecordException truncated(long length, long left) {
        return error("the file ends inside the record: " + Long.toUnsignedString(length)
                + " bytes of data and 4 of their checksum must follow its length, but " + left
                + " are left; copy the file again");
    }

    private TfRecordException error(String what) {
        return new TfRecordException(file, recordNumber, recordOffset, what, null);
    }

    static String unreadable(IOException e) {
        String reason = e.getMessage() == null ? e.getClass().getSimpleName() : e.getMessage();
        return "cannot be read: " + reason + "; restore the file from its source, or open it with its true compression";
    }
}
