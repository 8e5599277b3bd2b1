package dev.aorta.data;

import dev.aorta.io.wire.RecordFrame;
import java.io.BufferedInputStream;
import java.io.DataInputStream;
import java.io.DataOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.nio.ByteBuffer;
import java.nio.channels.Channels;
import java.nio.channels.SeekableByteChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * The records that begin in a piece of a file.
 *
 * @param file number of the file
 * @param begin of the first of them, or {@link #NONE}
 * @param lengths of their frames, header and footer included
 * @param checksums of their data
 * @param failure why there are no more of them, or null when the piece was looked through
 */
record RecordPiece(
        int file,
        long begin,
        int[] lengths,
        int[] checksums,
        @Nullable String failure) {
    private static final long NONE = -1;
    private static final int WINDOW = 1 << 16;
    private static final int FRAME = RecordFrame.HEADER_BYTES + RecordFrame.FOOTER_BYTES;

    /** From the first place on where the header of a record stands, so far as one can tell. */
    static RecordPiece find(int file, Path path, long size, long from, long to) throws IOException {
        long begin = from == 0 ? 0 : header(path, size, from, to);
        return begin == NONE
                ? new RecordPiece(file, NONE, new int[0], new int[0], null)
                : from(file, path, size, begin, to);
    }

    /** From a record on. */
    static RecordPiece from(int file, Path path, long size, long begin, long to) throws IOException {
        int[] lengths = new int[64];
        int[] checksums = new int[64];
        int count = 0;
        String failure = null;
        try (SeekableByteChannel channel = Files.newByteChannel(path)) {
            InputStream in = new BufferedInputStream(Channels.newInputStream(channel.position(begin)), WINDOW);
            var options = TfRecordReader.Options.of(TfRecordCompression.NONE);
            TfRecordReader reader = new TfRecordReader(path, in, size, options, 0, begin);
            for (long at = begin; at < to; at = reader.offset()) {
                if (reader.next() == null) {
                    failure = "the file has become shorter while it was read; let it rest while it is trained on";
                    break;
                }
                if (count == lengths.length) {
                    lengths = Arrays.copyOf(lengths, 2 * count);
                    checksums = Arrays.copyOf(checksums, 2 * count);
                }
                lengths[count] = Math.toIntExact(reader.offset() - at);
                checksums[count++] = reader.checksum();
            }
        } catch (TfRecordException e) {
            failure = e.what();
        }
        return new RecordPiece(file, begin, Arrays.copyOf(lengths, count), Arrays.copyOf(checksums, count), failure);
    }

    private static long header(Path path, long size, long from, long to) throws IOException {
        byte[] window = new byte[(int) Math.min(WINDOW, size - from)];
        ByteBuffer fields = RecordFrame.littleEndian(window);
        try (SeekableByteChannel channel = Files.newByteChannel(path)) {
            for (long at = from; at < to && at + FRAME <= size; ) {
                int filled = fill(channel.position(at), fields.clear().limit((int) Math.min(window.length, size - at)));
                int headers =
                        Math.min(filled - RecordFrame.HEADER_BYTES, (int) Math.min(WINDOW, size - at - FRAME)) + 1;
                for (int i = 0; i < headers && at + i < to; i++) {
                    if (fields.getInt(i + Long.BYTES) == RecordFrame.maskedCrc(window, i, Long.BYTES)
                            && Long.compareUnsigned(fields.getLong(i), size - at - i - FRAME) <= 0) {
                        return at + i;
                    }
                }
                if (headers <= 0) {
                    return NONE;
                }
                at += headers;
            }
            return NONE;
        }
    }

    private static int fill(SeekableByteChannel channel, ByteBuffer window) throws IOException {
        while (window.hasRemaining() && channel.read(window) >= 0) {}
        return window.position();
    }

    int size() {
        return lengths.length;
    }

    long end() {
        return begin + Arrays.stream(lengths).asLongStream().sum();
    }

    /** The table of a file of which these are all pieces. */
    static RecordTable joined(@Nullable RecordPiece[] pieces) {
        RecordPiece[] all = Arrays.stream(pieces).filter(Objects::nonNull).toArray(RecordPiece[]::new);
        int count = Arrays.stream(all).mapToInt(RecordPiece::size).sum();
        long[] offsets = new long[count + 1];
        int[] checksums = new int[count];
        int at = 0;
        for (RecordPiece piece : all) {
            for (int i = 0; i < piece.size(); i++) {
                offsets[at + 1] = offsets[at] + piece.lengths[i];
                checksums[at++] = piece.checksums[i];
            }
        }
        return new RecordTable(offsets, checksums);
    }

    void write(DataOutputStream out) throws IOException {
        out.writeInt(file);
        out.writeLong(begin);
        out.writeUTF(Objects.requireNonNullElse(failure, ""));
        out.writeInt(lengths.length);
        for (int i = 0; i < lengths.length; i++) {
            out.writeInt(lengths[i]);
            out.writeInt(checksums[i]);
        }
    }

    static RecordPiece read(DataInputStream in) throws IOException {
        int file = in.readInt();
        long begin = in.readLong();
        String failure = in.readUTF();
        int count = in.readInt();
        if (count < 0 || count > in.available() / (2 * Integer.BYTES)) {
            throw new IOException(
                    "[data] another process names " + count + " records and sends fewer; let all run the same program");
        }
        int[] lengths = new int[count];
        int[] checksums = new int[count];
        for (int i = 0; i < count; i++) {
            lengths[i] = in.readInt();
            checksums[i] = in.readInt();
        }
        return new RecordPiece(file, begin, lengths, checksums, failure.isEmpty() ? null : failure);
    }
}
