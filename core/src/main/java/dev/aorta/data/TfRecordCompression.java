package dev.aorta.data;

import dev.aorta.io.wire.RecordFrame;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.nio.ByteBuffer;
import java.nio.file.FileSystemException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.zip.DeflaterOutputStream;
import java.util.zip.GZIPOutputStream;

/** How a whole TFRecord file is compressed; the names are those of TensorFlow's {@code TFRecordOptions}. */
public enum TfRecordCompression {
    /** Records as they are. */
    NONE,
    /** One gzip stream. */
    GZIP,
    /** One zlib stream. */
    ZLIB;

    /**
     * Tells from the first bytes of a file: {@link #NONE} if they are a record's length with its right checksum, otherwise what
     * their magic number says, otherwise {@link #NONE}.
     *
     * @param file that is there
     * @return the compression
     * @throws IOException if it cannot be read
     */
    public static TfRecordCompression detect(Path file) throws IOException {
        byte[] head;
        try (InputStream in = Files.newInputStream(file)) {
            head = in.readNBytes(RecordFrame.HEADER_BYTES);
        } catch (FileSystemException e) {
            throw e;
        } catch (IOException e) {
            throw new TfRecordException(file, 0, 0, TfRecordReader.unreadable(e), e);
        }
        ByteBuffer fields = RecordFrame.littleEndian(head);
        boolean record = head.length == RecordFrame.HEADER_BYTES
                && fields.getInt(Long.BYTES) == RecordFrame.maskedCrc(head, 0, Long.BYTES);
        if (record || head.length < 2) {
            return NONE;
        }
        if (Short.toUnsignedInt(fields.getShort(0)) == InflatedInput.GZIP_MAGIC) {
            return GZIP;
        }
        boolean deflate = (head[0] & 0x0f) == 8 && (head[0] & 0xf0) <= 0x70;
        int check = Byte.toUnsignedInt(head[0]) << 8 | Byte.toUnsignedInt(head[1]);
        return deflate && check % 31 == 0 ? ZLIB : NONE;
    }

    /** The uncompressed bytes, of which at most {@code limit} are read. */
    InputStream decode(InputStream in, long limit) throws IOException {
        return this == NONE ? in : new InflatedInput(in, this == GZIP, limit);
    }

    OutputStream encode(OutputStream out) throws IOException {
        return switch (this) {
            case NONE -> out;
            case GZIP -> new GZIPOutputStream(out);
            case ZLIB -> new DeflaterOutputStream(out);
        };
    }
}
