package dev.aorta.unet.imaging;

import dev.aorta.unet.imaging.DicomElements.Element;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.Arrays;
import java.util.List;
import java.util.Objects;
import java.util.ServiceLoader;

/** The pixels of a DICOM file: as they are, in run lengths, or decompressed by a {@link PixelCodec}. */
final class DicomPixels {
    private static final int RLE_HEADER = 64;

    private final DicomHeader header;
    private final String syntax;
    private final DicomValues values;
    private final Element data;
    private final int count;
    private final int width;

    DicomPixels(DicomHeader header, String syntax, DicomValues values, Element data) {
        this.header = header;
        this.syntax = syntax;
        this.values = values;
        this.data = data;
        this.count = header.rows() * header.columns();
        this.width = header.bitsAllocated() / 8;
    }

    /** The values of a frame, counted from 0. */
    int[] frame(int index) throws IOException {
        Objects.checkIndex(index, header.frames());
        if (TransferSyntax.isNative(syntax)) {
            return values(asTheyAre(index));
        }
        if (data.length() != DicomElements.UNDEFINED) {
            throw problem(
                    "the pixels should be compressed (%s) and are not in pieces".formatted(header.transferSyntax()));
        }
        if (syntax.equals(TransferSyntax.RLE)) {
            return values(runLengths(compressed(index)));
        }
        for (PixelCodec codec : ServiceLoader.load(PixelCodec.class, PixelCodec.class.getClassLoader())) {
            if (codec.reads(syntax)) {
                return values(decoded(codec, index));
            }
        }
        throw problem(
                ("the pixels are compressed as %s, which is not read; put dev.aorta:aorta-dicom-codecs on the class path for"
                                + " JPEG Lossless, JPEG-LS and JPEG 2000, or convert the file to Explicit VR Little Endian")
                        .formatted(header.transferSyntax()));
    }

    private int[] decoded(PixelCodec codec, int index) throws IOException {
        int[] samples;
        try {
            samples = codec.decode(compressed(index), header);
        } catch (IOException | RuntimeException e) {
            throw problem("the compressed pixels cannot be read: " + e.getMessage());
        }
        if (samples.length != count) {
            throw problem("the compressed pixels are %d, but %d rows x %d columns are %d"
                    .formatted(samples.length, header.rows(), header.columns(), count));
        }
        return samples;
    }

    /** Samples that stand in the file uncompressed; what follows the last is padding. */
    private int[] asTheyAre(int index) throws DicomException {
        long frame = (long) count * width;
        long needed = frame * header.frames();
        long there = data.length() == DicomElements.UNDEFINED ? values.bytes().limit() - data.offset() : data.length();
        if (there < needed) {
            throw problem("%d bytes of pixels, but %s%d rows x %d columns x %d bytes are %d"
                    .formatted(
                            there,
                            header.frames() == 1 ? "" : header.frames() + " frames x ",
                            header.rows(),
                            header.columns(),
                            width,
                            needed));
        }
        int[] samples = new int[count];
        int offset = (int) (data.offset() + index * frame);
        for (int i = 0; i < count; i++) {
            samples[i] =
                    width == 1 ? values.bytes().get(offset + i) : values.bytes().getShort(offset + 2 * i);
        }
        return samples;
    }

    /** The bytes of a compressed frame, its pieces joined. */
    private byte[] compressed(int index) throws DicomException {
        ByteBuffer all = values.bytes();
        ByteBuffer inside = all.duplicate().order(all.order()).position(data.offset());
        List<Element> pieces = new DicomElements(values.source(), inside, true).fragments();
        if (pieces.size() < 2) {
            throw problem("there are no compressed pixels");
        }
        List<Element> fragments = pieces.subList(1, pieces.size());
        int first = 0;
        int end = fragments.size();
        if (header.frames() > 1) {
            int[] starts = starts(pieces.getFirst(), fragments);
            first = starts[index];
            end = index + 1 < starts.length ? starts[index + 1] : end;
        }
        int length =
                fragments.subList(first, end).stream().mapToInt(Element::length).sum();
        byte[] frame = new byte[length];
        int filled = 0;
        for (Element fragment : fragments.subList(first, end)) {
            all.get(fragment.offset(), frame, filled, fragment.length());
            filled += fragment.length();
        }
        return frame;
    }

    /** The number of each frame's first fragment: one each, or as the table of offsets says. */
    private int[] starts(Element table, List<Element> fragments) throws DicomException {
        if (fragments.size() < header.frames()) {
            throw problem("%d pieces of compressed pixels for %d frames".formatted(fragments.size(), header.frames()));
        }
        int[] starts = new int[header.frames()];
        if (fragments.size() == starts.length) {
            Arrays.setAll(starts, i -> i);
            return starts;
        }
        if (table.length() != Integer.BYTES * starts.length) {
            throw problem("%d pieces hold %d compressed frames, and no table says which is whose"
                    .formatted(fragments.size(), starts.length));
        }
        int origin = fragments.getFirst().offset();
        for (int frame = 0, piece = 0; frame < starts.length; frame++) {
            long wanted =
                    origin + Integer.toUnsignedLong(values.bytes().getInt(table.offset() + Integer.BYTES * frame));
            while (piece < fragments.size() && fragments.get(piece).offset() < wanted) {
                piece++;
            }
            if (piece == fragments.size() || fragments.get(piece).offset() != wanted) {
                throw problem("the table of offsets names no piece for frame " + frame);
            }
            starts[frame] = piece;
        }
        return starts;
    }

    /** Samples in run lengths, a segment for each of their bytes, the highest first (PS3.5, annex G). */
    private int[] runLengths(byte[] frame) throws DicomException {
        if (frame.length < RLE_HEADER) {
            throw problem("%d bytes of run lengths are no header of %d".formatted(frame.length, RLE_HEADER));
        }
        ByteBuffer in = ByteBuffer.wrap(frame).order(ByteOrder.LITTLE_ENDIAN);
        if (in.getInt(0) != width) {
            throw problem("%d segments of run lengths, but a pixel has %d bytes".formatted(in.getInt(0), width));
        }
        int[] samples = new int[count];
        byte[] plane = new byte[count];
        for (int segment = 0; segment < width; segment++) {
            int start = in.getInt(4 + 4 * segment);
            int end = segment + 1 < width ? in.getInt(8 + 4 * segment) : frame.length;
            if (start < RLE_HEADER || end < start || end > frame.length) {
                throw problem("segment %d of the run lengths lies outside them".formatted(segment));
            }
            unpack(frame, start, end, plane);
            for (int i = 0; i < count; i++) {
                samples[i] = samples[i] << 8 | plane[i] & 0xFF;
            }
        }
        return samples;
    }

    private void unpack(byte[] in, int start, int end, byte[] out) throws DicomException {
        int filled = 0;
        for (int at = start; filled < out.length; ) {
            int code = at < end ? in[at++] : -1;
            int length = code >= 0 ? code + 1 : 1 - code;
            int needed = code >= 0 ? length : 1;
            if (at + needed > end) {
                throw problem("the run lengths end after %d of %d pixels".formatted(filled, out.length));
            }
            if (code == -128) {
                continue;
            }
            length = Math.min(length, out.length - filled);
            if (code >= 0) {
                System.arraycopy(in, at, out, filled, length);
            } else {
                Arrays.fill(out, filled, filled + length, in[at]);
            }
            at += needed;
            filled += length;
        }
    }

    /** The stored bits of samples as numbers, in place; MONOCHROME1 is inverted. */
    private int[] values(int[] samples) {
        int stored = header.bitsStored();
        int above = Integer.SIZE - 1 - header.highBit();
        int unused = Integer.SIZE - stored;
        boolean inverted = header.photometric().equals("MONOCHROME1");
        for (int i = 0; i < count; i++) {
            int raw = samples[i] << above;
            int value = header.signed() ? raw >> unused : raw >>> unused;
            samples[i] = !inverted ? value : header.signed() ? ~value : (1 << stored) - 1 - value;
        }
        return samples;
    }

    private DicomException problem(String what) {
        return values.problem(DicomReader.PIXEL_DATA, what);
    }
}
