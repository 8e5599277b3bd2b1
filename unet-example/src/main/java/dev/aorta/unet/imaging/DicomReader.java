package dev.aorta.unet.imaging;

import dev.aorta.unet.imaging.DicomElements.Element;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;

/**
 * Reads single-frame, grey-level, uncompressed little-endian DICOM files, Explicit or Implicit VR, of 8 or 16 bits; refuses
 * every other kind by its name.
 *
 * @see <a href="https://dicom.nema.org/medical/dicom/current/output/chtml/part10/chapter_7.html">DICOM PS3.10, chapter 7</a>
 */
public final class DicomReader {
    static final int PIXEL_DATA = 0x7FE00010;

    private static final int TRANSFER_SYNTAX = 0x00020010;
    private static final int MODALITY = 0x00080060;
    private static final int PATIENT_ID = 0x00100020;
    private static final int SLICE_THICKNESS = 0x00180050;
    private static final int SPACING_BETWEEN_SLICES = 0x00180088;
    private static final int SERIES_UID = 0x0020000E;
    private static final int SERIES_NUMBER = 0x00200011;
    private static final int INSTANCE_NUMBER = 0x00200013;
    private static final int SAMPLES_PER_PIXEL = 0x00280002;
    private static final int PHOTOMETRIC_INTERPRETATION = 0x00280004;
    private static final int NUMBER_OF_FRAMES = 0x00280008;
    private static final int ROWS = 0x00280010;
    private static final int COLUMNS = 0x00280011;
    private static final int PIXEL_SPACING = 0x00280030;
    private static final int BITS_ALLOCATED = 0x00280100;
    private static final int BITS_STORED = 0x00280101;
    private static final int HIGH_BIT = 0x00280102;
    private static final int PIXEL_REPRESENTATION = 0x00280103;
    private static final int RESCALE_INTERCEPT = 0x00281052;
    private static final int RESCALE_SLOPE = 0x00281053;

    private static final int PREAMBLE = 128;
    private static final int MAX_SIDE = 4096;
    private static final long MAX_BYTES = 128L << 20;

    private final String source;
    private final byte[] bytes;
    private final DicomValues values;

    private DicomReader(String source, byte[] bytes) {
        this.source = source;
        this.bytes = bytes;
        this.values = new DicomValues(source, bytes);
    }

    /**
     * The image in {@code file}.
     *
     * @throws DicomException if the file is damaged or of a kind that is not read
     * @throws IOException if it cannot be read at all
     */
    public static DicomImage read(Path file) throws IOException {
        long size = Files.size(file);
        if (size > MAX_BYTES) {
            throw new DicomException(
                    file.toString(), 0, "%d bytes; files over %d are not read".formatted(size, MAX_BYTES));
        }
        return parse(file.toString(), Files.readAllBytes(file));
    }

    /** The image in {@code bytes}, a whole DICOM file called {@code source} in messages. */
    public static DicomImage parse(String source, byte[] bytes) throws DicomException {
        DicomReader reader = new DicomReader(source, bytes);
        reader.readElements();
        return reader.image();
    }

    private void readElements() throws DicomException {
        int start = PREAMBLE + 4;
        if (bytes.length < start || !new String(bytes, PREAMBLE, 4, StandardCharsets.ISO_8859_1).equals("DICM")) {
            throw new DicomException(source, PREAMBLE, "not a DICOM file: the letters DICM are not there");
        }
        DicomElements elements = new DicomElements(source, bytes, start);
        while (elements.hasNext() && elements.nextGroup() == 0x0002) {
            values.add(elements.next());
        }
        elements.useExplicit(isExplicit());
        long last = -1;
        while (elements.hasNext() && last != PIXEL_DATA) {
            int offset = elements.offset();
            Element element = elements.next();
            long tag = Integer.toUnsignedLong(element.tag());
            if (tag <= last) {
                throw new DicomException(source, offset, element.name() + " is out of order: tags must increase");
            }
            last = tag;
            values.add(element);
        }
    }

    private boolean isExplicit() throws DicomException {
        values.require(TRANSFER_SYNTAX, "transfer syntax");
        String uid = values.text(TRANSFER_SYNTAX);
        return switch (uid) {
            case TransferSyntax.EXPLICIT_LITTLE_ENDIAN -> true;
            case TransferSyntax.IMPLICIT_LITTLE_ENDIAN -> false;
            default ->
                throw values.problem(
                        TRANSFER_SYNTAX,
                        "transfer syntax %s (%s) is not read; convert the file to uncompressed Explicit VR Little Endian"
                                .formatted(uid, TransferSyntax.nameOf(uid)));
        };
    }

    private DicomImage image() throws DicomException {
        refuseOtherKinds();
        int rows = side(ROWS, "rows");
        int columns = side(COLUMNS, "columns");
        return new DicomImage(
                source,
                rows,
                columns,
                pixels(rows, columns),
                values.decimal(RESCALE_SLOPE, 0, 1).orElse(1),
                values.decimal(RESCALE_INTERCEPT, 0, 1).orElse(0),
                values.decimal(PIXEL_SPACING, 0, 2),
                values.decimal(PIXEL_SPACING, 1, 2),
                values.decimal(SLICE_THICKNESS, 0, 1),
                values.decimal(SPACING_BETWEEN_SLICES, 0, 1),
                values.integer(INSTANCE_NUMBER),
                values.integer(SERIES_NUMBER),
                values.text(SERIES_UID),
                values.text(PATIENT_ID),
                values.text(MODALITY));
    }

    private void refuseOtherKinds() throws DicomException {
        int samples = values.unsignedShort(SAMPLES_PER_PIXEL, "samples per pixel");
        if (samples != 1) {
            throw values.problem(
                    SAMPLES_PER_PIXEL,
                    "a colour image of %d samples per pixel; only grey levels are read".formatted(samples));
        }
        values.require(PHOTOMETRIC_INTERPRETATION, "photometric interpretation");
        String photometric = values.text(PHOTOMETRIC_INTERPRETATION);
        if (!photometric.equals("MONOCHROME2")) {
            throw values.problem(
                    PHOTOMETRIC_INTERPRETATION,
                    "photometric interpretation %s is not read; only MONOCHROME2 is".formatted(photometric));
        }
        int frames = values.integer(NUMBER_OF_FRAMES).orElse(1);
        if (frames != 1) {
            throw values.problem(
                    NUMBER_OF_FRAMES,
                    "a multi-frame image of %d frames; only single frames are read".formatted(frames));
        }
    }

    private int side(int tag, String name) throws DicomException {
        int size = values.unsignedShort(tag, name);
        if (size < 1 || size > MAX_SIDE) {
            throw values.problem(tag, "%d %s; 1 to %d are read".formatted(size, name, MAX_SIDE));
        }
        return size;
    }

    private int[] pixels(int rows, int columns) throws DicomException {
        int allocated = values.unsignedShort(BITS_ALLOCATED, "bits allocated");
        if (allocated != 8 && allocated != 16) {
            throw values.problem(BITS_ALLOCATED, "%d bits allocated per pixel; 8 and 16 are read".formatted(allocated));
        }
        int stored = values.unsignedShort(BITS_STORED, "bits stored");
        if (stored < 1 || stored > allocated) {
            throw values.problem(BITS_STORED, "%d bits stored in %d".formatted(stored, allocated));
        }
        int highBit = values.unsignedShort(HIGH_BIT, "high bit");
        if (highBit != stored - 1) {
            throw values.problem(
                    HIGH_BIT,
                    "high bit %d with %d bits stored; only %d is read".formatted(highBit, stored, stored - 1));
        }
        int signed = values.unsignedShort(PIXEL_REPRESENTATION, "pixel representation");
        if (signed > 1) {
            throw values.problem(PIXEL_REPRESENTATION, "pixel representation %d is neither 0 nor 1".formatted(signed));
        }
        Element data = values.require(PIXEL_DATA, "pixel data");
        if (data.length() == DicomElements.UNDEFINED) {
            throw values.problem(PIXEL_DATA, "compressed pixel data; only uncompressed pixels are read");
        }
        int width = allocated / 8;
        int length = rows * columns * width;
        if (data.length() != length + length % 2) {
            throw values.problem(
                    PIXEL_DATA,
                    "%d bytes of pixels, but %d rows x %d columns x %d bytes are %d"
                            .formatted(data.length(), rows, columns, width, length));
        }
        return decode(data.offset(), rows * columns, width, stored, signed == 1);
    }

    private int[] decode(int offset, int count, int width, int stored, boolean signed) {
        int unused = Integer.SIZE - stored;
        int[] pixels = new int[count];
        for (int i = 0; i < count; i++) {
            int at = offset + i * width;
            int raw = width == 1 ? bytes[at] : bytes[at] & 0xFF | bytes[at + 1] << 8;
            pixels[i] = signed ? raw << unused >> unused : raw << unused >>> unused;
        }
        return pixels;
    }
}
