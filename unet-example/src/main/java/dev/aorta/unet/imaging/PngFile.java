package dev.aorta.unet.imaging;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.zip.CRC32;

/**
 * The chunks of a PNG file, all with their checksums, of which only those that make the picture are kept: texts, profiles and
 * transparency would cost time and memory for nothing.
 *
 * @see <a href="https://www.w3.org/TR/png-3/#5Chunk-layout">PNG, 5.3: chunk layout</a>
 */
final class PngFile {
    static final long SIGNATURE = 0x89504E470D0A1A0AL;

    private static final int IHDR = 0x49484452;
    private static final int PLTE = 0x504C5445;
    private static final int IDAT = 0x49444154;
    private static final int IEND = 0x49454E44;
    private static final int AROUND = 12;

    private PngFile() {}

    /** The picture's chunks of {@code file} as a PNG file. */
    static byte[] picture(byte[] file) throws IOException {
        ByteBuffer in = ByteBuffer.wrap(file);
        ByteBuffer out = ByteBuffer.allocate(file.length);
        if (file.length < Long.BYTES || in.getLong() != SIGNATURE) {
            throw new IOException("the signature of a PNG file is not there");
        }
        out.putLong(SIGNATURE);
        int type = 0;
        for (boolean first = true; type != IEND; first = false) {
            if (in.remaining() < AROUND) {
                throw new IOException("it ends before its last chunk");
            }
            int start = in.position();
            int length = in.getInt();
            type = in.getInt();
            if (length < 0 || length > in.remaining() - Integer.BYTES) {
                throw new IOException("chunk %s at byte %d claims %d bytes, %d are left"
                        .formatted(name(type), start, Integer.toUnsignedLong(length), in.remaining()));
            }
            if (first != (type == IHDR)) {
                throw new IOException(first ? "it does not begin with its header" : "it has two headers");
            }
            CRC32 crc = new CRC32();
            crc.update(file, start + Integer.BYTES, Integer.BYTES + length);
            in.position(in.position() + length);
            if (in.getInt() != (int) crc.getValue()) {
                throw new IOException("chunk %s at byte %d does not match its checksum".formatted(name(type), start));
            }
            if (type == IHDR || type == PLTE || type == IDAT || type == IEND) {
                out.put(file, start, AROUND + length);
            }
        }
        byte[] picture = new byte[out.position()];
        out.get(0, picture);
        return picture;
    }

    private static String name(int type) {
        String name = new String(ByteBuffer.allocate(4).putInt(type).array(), StandardCharsets.ISO_8859_1);
        return name.matches("[A-Za-z]{4}") ? name : "0x%08X".formatted(type);
    }
}
