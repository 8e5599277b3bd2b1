package dev.aorta.data;

import dev.aorta.io.wire.RecordFrame;
import java.io.BufferedInputStream;
import java.io.ByteArrayInputStream;
import java.io.Closeable;
import java.io.EOFException;
import java.io.IOException;
import java.io.InputStream;
import java.io.RandomAccessFile;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.FileSystems;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/** The records of one file by number. */
final class IndexedRecords implements Closeable {
    /** Reads by position, by several threads at once. */
    private interface Bytes extends Closeable {
        void readFully(long position, byte[] to) throws IOException;
    }

    private final Path file;
    private final Bytes bytes;
    private final TfRecordReader.Options options;
    /** Where each record begins, and where the last one ends. */
    private final long[] offsets;
    /** What has the checksums that data must have, where they are known. */
    private final @Nullable RecordTable table;

    private IndexedRecords(Path file, Bytes bytes, int maxRecordBytes, long[] offsets, @Nullable RecordTable table) {
        this.file = file;
        this.bytes = bytes;
        options = options(maxRecordBytes);
        this.offsets = offsets;
        this.table = table;
    }

    /** The records of {@code data}, called {@code file} in messages. */
    static IndexedRecords of(Path file, Path data, int maxRecordBytes) throws IOException {
        long[] offsets = scan(file, data, options(maxRecordBytes));
        return new IndexedRecords(file, bytes(data), maxRecordBytes, offsets, null);
    }

    /** The records of a file whose table is known. */
    static IndexedRecords of(Path file, RecordTable table, int maxRecordBytes) throws IOException {
        return new IndexedRecords(file, bytes(file), maxRecordBytes, table.offsets(), table);
    }

    private static TfRecordReader.Options options(int maxRecordBytes) {
        return TfRecordReader.Options.of(TfRecordCompression.NONE).withMaxRecordBytes(maxRecordBytes);
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

    private static Bytes bytes(Path data) throws IOException {
        return data.getFileSystem() == FileSystems.getDefault() ? local(data) : far(data);
    }

    /** Not by a channel, which closes when a thread that reads is interrupted. */
    private static Bytes local(Path data) throws IOException {
        RandomAccessFile open = new RandomAccessFile(data.toFile(), "r");
        return new Bytes() {
            @Override
            public synchronized void readFully(long position, byte[] to) throws IOException {
                open.seek(position);
                open.readFully(to);
            }

            @Override
            public void close() throws IOException {
                open.close();
            }
        };
    }

    private static Bytes far(Path data) throws IOException {
        FileChannel open = FileChannel.open(data);
        return new Bytes() {
            @Override
            public void readFully(long position, byte[] to) throws IOException {
                ByteBuffer rest = ByteBuffer.wrap(to);
                while (rest.hasRemaining()) {
                    if (open.read(rest, position + rest.position()) < 0) {
                        throw new EOFException();
                    }
                }
            }

            @Override
            public void close() throws IOException {
                open.close();
            }
        };
    }

    Path file() {
        return file;
    }

    int size() {
        return offsets.length - 1;
    }

    byte[] read(int index) throws IOException {
        return present(reader(index).next());
    }

    Example readExample(int index) throws IOException {
        return present(reader(index).nextExample());
    }

    private TfRecordReader reader(int index) throws IOException {
        long start = offsets[index];
        byte[] frame = new byte[(int) (offsets[index + 1] - start)];
        try {
            bytes.readFully(start, frame);
        } catch (EOFException e) {
            throw new TfRecordException(file, index, start, "the file has become shorter since it was opened", e);
        } catch (IOException e) {
            throw new TfRecordException(file, index, start, TfRecordReader.unreadable(e), e);
        }
        if (table != null) {
            int stored = RecordFrame.littleEndian(frame).getInt(frame.length - RecordFrame.FOOTER_BYTES);
            if (stored != table.checksum(index)) {
                throw new TfRecordException(
                        file,
                        index,
                        start,
                        "the file has changed since it was first read: the record's checksum is %08x and was %08x; let it rest while it is used, and begin again"
                                .formatted(stored, table.checksum(index)),
                        null);
            }
        }
        return new TfRecordReader(file, new ByteArrayInputStream(frame), offsets[index + 1], options, index, start);
    }

    private static <T> T present(@Nullable T record) {
        return Objects.requireNonNull(record, "an indexed record has a frame");
    }

    @Override
    public void close() throws IOException {
        bytes.close();
    }
}
