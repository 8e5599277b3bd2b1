package dev.aorta.dicom.codecs;

import dev.aorta.unet.imaging.DicomHeader;
import dev.aorta.unet.imaging.PixelCodec;
import java.io.IOException;
import java.nio.ByteBuffer;

/**
 * JPEG-LS, lossless and near-lossless, of one component.
 *
 * @see <a href="https://www.itu.int/rec/T-REC-T.87">ITU-T T.87</a>
 */
public final class JpegLs implements PixelCodec {
    private static final int START = 0xFFD8;
    private static final int FRAME = 0xFFF7;
    private static final int PRESETS = 0xFFF8;
    private static final int SCAN = 0xFFDA;

    @Override
    public boolean reads(String transferSyntax) {
        return transferSyntax.equals("1.2.840.10008.1.2.4.80") || transferSyntax.equals("1.2.840.10008.1.2.4.81");
    }

    @Override
    public int[] decode(byte[] frame, DicomHeader header) throws IOException {
        ByteBuffer in = ByteBuffer.wrap(frame);
        int bits = 0;
        int[] presets = new int[5];
        if (unsigned(in, "the start of the picture") != START) {
            throw new IOException("no JPEG-LS picture: the start marker is not there");
        }
        while (true) {
            int marker = unsigned(in, "a marker");
            int length = unsigned(in, "the length of a segment") - 2;
            if (length < 0 || length > in.remaining()) {
                throw new IOException(
                        "segment %04X claims %d bytes, %d are left".formatted(marker, length, in.remaining()));
            }
            ByteBuffer segment = in.slice(in.position(), length);
            in.position(in.position() + length);
            switch (marker) {
                case FRAME -> {
                    require(length >= 6, "a frame's header of " + length + " bytes");
                    bits = segment.get(0);
                    int rows = segment.getShort(1);
                    int columns = segment.getShort(3);
                    require(
                            rows == header.rows() && columns == header.columns(),
                            "a picture of %d rows x %d columns, the header says %d x %d"
                                    .formatted(rows, columns, header.rows(), header.columns()));
                    require(
                            bits >= 2 && bits <= 16 && segment.get(5) == 1,
                            "%d bits and %d components; 2 to 16 and one are read".formatted(bits, segment.get(5)));
                }
                case PRESETS -> {
                    require(length == 11 && segment.get(0) == 1, "presets other than those of the coding");
                    for (int i = 0; i < presets.length; i++) {
                        presets[i] = Short.toUnsignedInt(segment.getShort(1 + 2 * i));
                    }
                }
                case SCAN -> {
                    require(
                            length == 6 && segment.get(0) == 1 && bits > 0,
                            "a scan that is not of the frame's one component");
                    require(
                            segment.get(2) == 0 && segment.get(5) == 0,
                            "mapping tables or point transforms, which are not read");
                    int near = Byte.toUnsignedInt(segment.get(3));
                    ByteBuffer data = in.slice();
                    return new JpegLsScan(
                                    data, JpegLsParameters.of(bits, near, presets), header.rows(), header.columns())
                            .decode();
                }
                default ->
                    require(
                            marker >= 0xFFE0 && marker <= 0xFFEF || marker == 0xFFFE,
                            "marker %04X, which is not read".formatted(marker));
            }
        }
    }

    private static void require(boolean holds, String otherwise) throws IOException {
        if (!holds) {
            throw new IOException(otherwise);
        }
    }

    private static int unsigned(ByteBuffer in, String what) throws IOException {
        if (in.remaining() < 2) {
            throw new IOException("the picture ends where " + what + " should be");
        }
        return Short.toUnsignedInt(in.getShort());
    }
}
