package dev.aorta.data;

import java.io.ByteArrayInputStream;
import java.io.Closeable;
import java.io.EOFException;
import java.io.IOException;
import java.io.RandomAccessFile;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * The records of an uncompressed TFRecord file by number. Opening it reads the lengths, not the data; a record's data are checked
 * when it is read. Several threads may read at once.
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

    /** Finds the records of a file with the default limit on their length. */
    public static TfRecordIndex open(Path file) throws IOException {
        return open(file, TfRecordReader.DEFAULT_MAX_RECORD_BYTES);
    }

    /** Finds the records of a file, none of them longer than {@code maxRecordBytes}. */
    public static TfRecordIndex open(Path file, int maxRecordBytes) throws IOException {
        TfRecordCompression compression = TfRecordCompression.detect(file);
        if (compression != TfRecordCompression.NONE) {
            String what = "the file is compressed (" + compression
                    + ") and has no random access; decompress it, or read it in" + " order with TfRecordReader";
            throw new TfRecordException(file, 0, 0, what, null);
        }
        var options = TfRecordReader.Options.of(TfRecordCompression.NONE).withMaxRecordBytes(maxRecordBytes);
        long[] offsets = scan(file, options);
        return new TfRecordIndex(file, new RandomAccessFile(file.toFile(), "r"), options, offsets);
    }

    private static long[] scan(Path file, TfRecordReader.Options options) throws IOException {
        long[] offsets = new long[64];
        int count = 0;
        try (TfRecordReader reader = TfRecordReader.open(file, options)) {
            while (reader.skipRecord()) {
                if (++count == offsets.length) {
                    offsets = Arrays.copyOf(offsets, 2 * count);
                }
                offsets[count] = reader.offset();
            }
        }
        return Arrays.copyOf(offsets, count + 1);
    }

    /** Number of records. */
    public int size() {
        return offsets.length - 1;
    }

    /** The data of record {@code index}, from 0. */
    public byte[] read(int index) throws IOException {
        return present(reader(index).next());
    }

    /** Record {@code index}, from 0, as a {@code tf.train.Example}. */
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
