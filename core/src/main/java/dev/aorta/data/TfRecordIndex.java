package dev.aorta.data;

import static java.nio.file.StandardCopyOption.REPLACE_EXISTING;

import dev.aorta.io.ReadBudget;
import java.io.BufferedInputStream;
import java.io.ByteArrayInputStream;
import java.io.Closeable;
import java.io.EOFException;
import java.io.IOException;
import java.io.InputStream;
import java.io.RandomAccessFile;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * The records of a TFRecord file by number. Opening it reads the lengths, not the data; a record's data are checked when it is
 * read. A compressed file is expanded to a temporary one first. Several threads may read at once.
 */
public final class TfRecordIndex implements Closeable {
    private final Path file;
    private final RandomAccessFile data;
    private final TfRecordReader.Options options;
    /** Where each record begins, and where the last one ends. */
    private final long[] offsets;

    private TfRecordIndex(Path file, RandomAccessFile data, TfRecordReader.Options options, long[] offsets) {
        this.file = file;
        this.data = data;
        this.options = options;
        this.offsets = offsets;
    }

    /**
     * Finds the records of a file with the default limit on their length.
     *
     * @param file without compression
     * @return the index
     * @throws IOException if it cannot be read, or breaks the format
     */
    public static TfRecordIndex open(Path file) throws IOException {
        return open(file, TfRecordReader.DEFAULT_MAX_RECORD_BYTES);
    }

    /**
     * Finds the records of a file, none of them longer than {@code maxRecordBytes}.
     *
     * @param file without compression
     * @param maxRecordBytes the longest record that is taken
     * @return the index
     * @throws IOException if it cannot be read, or breaks the format
     */
    public static TfRecordIndex open(Path file, int maxRecordBytes) throws IOException {
        TfRecordCompression compression = TfRecordCompression.detect(file);
        var options = TfRecordReader.Options.of(TfRecordCompression.NONE).withMaxRecordBytes(maxRecordBytes);
        if (compression == TfRecordCompression.NONE) {
            return open(file, file, options);
        }
        Path expanded = expanded(file, compression);
        try {
            return open(file, expanded, options);
        } finally {
            expanded.toFile().deleteOnExit(); // where an open file cannot be deleted
            expanded.toFile().delete();
        }
    }

    /** The records of {@code data}, called {@code file} in messages. */
    private static TfRecordIndex open(Path file, Path data, TfRecordReader.Options options) throws IOException {
        long[] offsets = scan(file, data, options);
        return new TfRecordIndex(file, new RandomAccessFile(data.toFile(), "r"), options, offsets);
    }

    private static Path expanded(Path file, TfRecordCompression compression) throws IOException {
        Path expanded = Files.createTempFile("aorta-", ".tfrecords");
        try (InputStream raw = new BufferedInputStream(Files.newInputStream(file), TfRecordReader.BUFFER_BYTES);
                InputStream in = compression.decode(raw, ReadBudget.expansionOf(Files.size(file)))) {
            Files.copy(in, expanded, REPLACE_EXISTING);
            return expanded;
        } catch (IOException e) {
            Files.deleteIfExists(expanded);
            throw new TfRecordException(file, 0, 0, TfRecordReader.unreadable(e), e);
        }
    }

    private static long[] scan(Path file, Path data, TfRecordReader.Options options) throws IOException {
        long[] offsets = new long[64];
        int count = 0;
        InputStream in = new BufferedInputStream(Files.newInputStream(data), TfRecordReader.BUFFER_BYTES);
        try (TfRecordReader reader = new TfRecordReader(file, in, Files.size(data), options, 0, 0)) {
            while (reader.skipRecord()) {
                if (++count == offsets.length) {
                    offsets = Arrays.copyOf(offsets, 2 * count);
                }
                offsets[count] = reader.offset();
            }
        }
        return Arrays.copyOf(offsets, count + 1);
    }

    /** {@return the number of records} */
    public int size() {
        return offsets.length - 1;
    }

    /**
     * The data of record {@code index}, from 0.
     *
     * @param index from 0
     * @return a new array
     * @throws IOException if it cannot be read, or has another checksum than it says
     */
    public byte[] read(int index) throws IOException {
        return present(reader(index).next());
    }

    /**
     * Record {@code index}, from 0, as a {@code tf.train.Example}.
     *
     * @param index from 0
     * @return the example
     * @throws IOException if it cannot be read, or is not an example
     */
    public Example readExample(int index) throws IOException {
        return present(reader(index).nextExample());
    }

    private TfRecordReader reader(int index) throws IOException {
        long start = offsets[Objects.checkIndex(index, size())];
        byte[] frame = new byte[(int) (offsets[index + 1] - start)];
        try {
            synchronized (data) {
                data.seek(start);
                data.readFully(frame);
            }
        } catch (EOFException e) {
            throw new TfRecordException(file, index, start, "the file has become shorter since it was opened", e);
        } catch (IOException e) {
            throw new TfRecordException(file, index, start, TfRecordReader.unreadable(e), e);
        }
        return new TfRecordReader(file, new ByteArrayInputStream(frame), offsets[index + 1], options, index, start);
    }

    private static <T> T present(@Nullable T record) {
        return Objects.requireNonNull(record, "an indexed record has a frame");
    }

    @Override
    public void close() throws IOException {
        data.close();
    }
}
