package dev.aorta.io.wire;

import java.io.IOException;
import java.io.OutputStream;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.zip.CRC32C;

/**
 * The frame of one record in a TFRecord or TensorBoard event file, little-endian: {@code uint64 length, uint32 crc(length),
 * data, uint32 crc(data)}.
 *
 * @see <a href="https://www.tensorflow.org/tutorials/load_data/tfrecord#tfrecords_format_details">TFRecords format details</a>
 */
public final class RecordFrame {
    /** Bytes of the length and its checksum. */
    public static final int HEADER_BYTES = 12;
    /** Bytes of the data's checksum. */
    public static final int FOOTER_BYTES = 4;

    private RecordFrame() {}

    /** CRC-32C of a range, rotated right by 15 bits plus a constant, so that a checksum of data holding checksums stays useful. */
    public static int maskedCrc(byte[] bytes, int offset, int length) {
        CRC32C crc = new CRC32C();
        crc.update(bytes, offset, length);
        return Integer.rotateRight((int) crc.getValue(), 15) + 0xa282ead8;
    }

    /** Writes {@code data} in its frame. */
    public static void write(OutputStream out, byte[] data) throws IOException {
        byte[] header = new byte[HEADER_BYTES];
        ByteBuffer fields = littleEndian(header).putLong(data.length);
        fields.putInt(maskedCrc(header, 0, Long.BYTES));
        out.write(header);
        out.write(data);
        byte[] footer = new byte[FOOTER_BYTES];
        littleEndian(footer).putInt(maskedCrc(data, 0, data.length));
        out.write(footer);
    }

    /** View for reading and writing integers. */
    public static ByteBuffer littleEndian(byte[] bytes) {
        return ByteBuffer.wrap(bytes).order(ByteOrder.LITTLE_ENDIAN);
    }
}
