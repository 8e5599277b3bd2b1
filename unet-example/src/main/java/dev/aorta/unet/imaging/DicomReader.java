package dev.aorta.unet.imaging;

import dev.aorta.io.ReadBudget;
import dev.aorta.unet.imaging.DicomElements.Element;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.OptionalDouble;
import java.util.OptionalInt;
import java.util.zip.DataFormatException;
import java.util.zip.Inflater;

/**
 * Reads grey-level DICOM files of 8 or 16 bits a pixel, of one frame or several: Implicit and Explicit VR, little and big endian,
 * deflated, RLE, and what a {@link PixelCodec} on the class path decompresses; with or without preamble and meta information. It
 * refuses every other kind by its name.
 *
 * @see <a href="https://dicom.nema.org/medical/dicom/current/output/chtml/part10/chapter_7.html">DICOM PS3.10, chapter 7</a>
 */
public final class DicomReader {
    static final int PIXEL_DATA = 0x7FE00010;
    static final int PREAMBLE = 128;

    private static final int MEDIA_STORAGE_CLASS = 0x00020002;
    private static final int TRANSFER_SYNTAX = 0x00020010;
    private static final int SOP_CLASS = 0x00080016;
    private static final int SOP_INSTANCE = 0x00080018;
    private static final int MODALITY = 0x00080060;
    private static final int PATIENT_ID = 0x00100020;
    static final int SLICE_THICKNESS = 0x00180050;
    static final int SPACING_BETWEEN_SLICES = 0x00180088;
    private static final int TRIGGER_TIME = 0x00181060;
    private static final int STUDY_UID = 0x0020000D;
    private static final int SERIES_UID = 0x0020000E;
    private static final int FRAME_OF_REFERENCE = 0x00200052;
    private static final int SERIES_NUMBER = 0x00200011;
    private static final int INSTANCE_NUMBER = 0x00200013;
    static final int POSITION = 0x00200032;
    private static final int SAMPLES_PER_PIXEL = 0x00280002;
    private static final int PHOTOMETRIC_INTERPRETATION = 0x00280004;
    private static final int NUMBER_OF_FRAMES = 0x00280008;
    private static final int ROWS = 0x00280010;
    private static final int COLUMNS = 0x00280011;
    static final int PIXEL_SPACING = 0x00280030;
    private static final int BITS_ALLOCATED = 0x00280100;
    private static final int BITS_STORED = 0x00280101;
    private static final int HIGH_BIT = 0x00280102;
    private static final int PIXEL_REPRESENTATION = 0x00280103;
    static final int RESCALE_INTERCEPT = 0x00281052;
    static final int RESCALE_SLOPE = 0x00281053;
    static final int ORIENTATION = 0x00200037;
    private static final String DICOMDIR = "1.2.840.10008.1.3.10";

    private static final int MAX_SIDE = 4096;
    private static final long MAX_BYTES = 512L << 20;

    private final String source;
    private final DicomValues values;
    private final String syntax;
    private final boolean explicit;
    private final DicomHeader header;

    private DicomReader(String source, byte[] file) throws DicomException {
        this.source = source;
        int start = start(source, file);
        DicomValues meta = new DicomValues(source, DicomElements.view(file, 0, ByteOrder.LITTLE_ENDIAN));
        ByteBuffer bytes = DicomElements.view(file, start, ByteOrder.LITTLE_ENDIAN);
        DicomElements elements = new DicomElements(source, bytes, DicomElements.isExplicit(bytes, start));
        while (elements.hasNext() && elements.nextGroup() == 0x0002) {
            meta.add(elements.next());
        }
        String named = meta.text(TRANSFER_SYNTAX);
        if (meta.text(MEDIA_STORAGE_CLASS).equals(DICOMDIR)) {
            throw new DicomException(
                    source, 0, "a DICOMDIR, the table of contents of a medium; name the images it lists");
        }
        int offset = bytes.position();
        byte[] data = file;
        if (named.equals(TransferSyntax.DEFLATED)) {
            data = inflated(file, offset);
            offset = 0;
        }
        ByteOrder order =
                named.equals(TransferSyntax.EXPLICIT_BIG_ENDIAN) ? ByteOrder.BIG_ENDIAN : ByteOrder.LITTLE_ENDIAN;
        bytes = DicomElements.view(data, offset, order);
        explicit = DicomElements.isExplicit(bytes, offset); // by the first element, for some files say it wrongly
        syntax = named.isEmpty()
                ? explicit ? TransferSyntax.EXPLICIT_LITTLE_ENDIAN : TransferSyntax.IMPLICIT_LITTLE_ENDIAN
                : named;
        values = new DicomValues(source, bytes);
        readElements(new DicomElements(source, bytes, explicit));
        header = readHeader();
    }

    /**
     * Opens a file.
     *
     * @throws DicomException if the file is damaged or holds no grey-level image
     * @throws IOException if it cannot be read at all
     */
    public static DicomReader open(Path file) throws IOException {
        long size = Files.size(file);
        if (size > MAX_BYTES) {
            throw new DicomException(
                    file.toString(), 0, "%d bytes; files over %d are not read".formatted(size, MAX_BYTES));
        }
        return new DicomReader(file.toString(), Files.readAllBytes(file));
    }

    /** Opens {@code bytes}, a whole DICOM file called {@code source} in messages. */
    static DicomReader of(String source, byte[] bytes) throws DicomException {
        return new DicomReader(source, bytes);
    }

    /**
     * Reads a file that holds one picture.
     *
     * @throws IOException as {@link #open} and {@link #frame}, and if there are several
     */
    public static DicomImage read(Path file) throws IOException {
        return open(file).single();
    }

    /** The one picture in {@code bytes}, a whole DICOM file called {@code source} in messages. */
    public static DicomImage parse(String source, byte[] bytes) throws IOException {
        return of(source, bytes).single();
    }

    private DicomImage single() throws IOException {
        if (header.frames() != 1) {
            throw values.problem(
                    NUMBER_OF_FRAMES,
                    "a multi-frame image of %d frames; one frame is wanted here".formatted(header.frames()));
        }
        return frame(0);
    }

    /** Whether the first bytes of a file are those of a DICOM file, be it one without preamble. */
    static boolean isDicom(byte[] head) {
        return start(head) >= 0;
    }

    /** Where the first element is: behind the letters DICM, or at the beginning, or behind the preamble; -1 if nowhere. */
    private static int start(byte[] bytes) {
        return marked(bytes, PREAMBLE)
                ? PREAMBLE + 4
                : marked(bytes, 0) ? 4 : isFirst(bytes, 0) ? 0 : isFirst(bytes, PREAMBLE) ? PREAMBLE : -1;
    }

    private static boolean marked(byte[] bytes, int offset) {
        return bytes.length >= offset + 4 && new String(bytes, offset, 4, StandardCharsets.ISO_8859_1).equals("DICM");
    }

    /** Whether an element that may be the first of a file stands at {@code offset}. */
    private static boolean isFirst(byte[] bytes, int offset) {
        if (bytes.length < offset + 12) {
            return false;
        }
        ByteBuffer in = DicomElements.view(bytes, 0, ByteOrder.LITTLE_ENDIAN);
        int group = Short.toUnsignedInt(in.getShort(offset));
        int element = Short.toUnsignedInt(in.getShort(offset + 2));
        long length = Integer.toUnsignedLong(in.getInt(offset + 4));
        boolean explicit = DicomElements.isExplicit(in, offset);
        boolean meta = group == 0x0002 && element <= 0x0010 && explicit;
        boolean data = group == 0x0008 && (explicit || element <= 0x0070 && length >= 1 && length <= 64);
        return meta || data && offset == 0;
    }

    private static int start(String source, byte[] bytes) throws DicomException {
        int start = start(bytes);
        if (start < 0) {
            throw new DicomException(source, PREAMBLE, "not a DICOM file: the letters DICM are not there");
        }
        return start;
    }

    private byte[] inflated(byte[] file, int offset) throws DicomException {
        Inflater inflater = new Inflater(true);
        try {
            inflater.setInput(file, offset, file.length - offset);
            byte[] out = new byte[Math.max(1 << 16, file.length - offset)];
            int length = 0;
            while (!inflater.finished()) {
                if (length == out.length) {
                    ReadBudget.ofReading().take(2L * length, "the inflated data set");
                    out = Arrays.copyOf(out, 2 * length);
                }
                int count = inflater.inflate(out, length, out.length - length);
                if (count == 0 && (inflater.needsInput() || inflater.needsDictionary())) {
                    throw new DicomException(source, file.length, "the deflated data set is cut off or damaged");
                }
                length += count;
            }
            return Arrays.copyOf(out, length);
        } catch (DataFormatException e) {
            throw new DicomException(source, offset, "the deflated data set is damaged: " + e.getMessage());
        } catch (DicomException e) {
            throw e;
        } catch (IOException e) {
            throw new DicomException(source, offset, String.valueOf(e.getMessage()));
        } finally {
            inflater.end();
        }
    }

    private void readElements(DicomElements elements) throws DicomException {
        while (elements.hasNext()) {
            Element element;
            try {
                element = elements.next();
            } catch (DicomException e) {
                if (values.has(PIXEL_DATA)) {
                    return; // rubbish behind the picture
                }
                throw e;
            }
            values.add(element);
            if (element.tag() == PIXEL_DATA && element.length() == DicomElements.UNDEFINED) {
                return; // its pieces are read when they are wanted
            }
        }
    }

    /** What the file says of its pictures. */
    public DicomHeader header() {
        return header;
    }

    /**
     * What the file says of each frame of an enhanced image; of another file {@link #header} alone.
     *
     * @throws DicomException if it has functional groups for more or fewer frames than there are
     */
    public List<DicomHeader> pictures() throws DicomException {
        return DicomFrames.of(header, values, explicit);
    }

    private DicomHeader readHeader() throws DicomException {
        String modality = values.text(MODALITY);
        if (!values.has(ROWS) && !values.has(PIXEL_DATA)) {
            throw new DicomException(
                    source, 0, "holds no image" + (modality.isEmpty() ? "" : " (modality " + modality + ")"));
        }
        int samples = values.unsigned(SAMPLES_PER_PIXEL, "samples per pixel", 1);
        if (samples != 1) {
            throw values.problem(
                    SAMPLES_PER_PIXEL,
                    "a colour image of %d samples per pixel; only grey levels are read".formatted(samples));
        }
        String photometric = values.text(PHOTOMETRIC_INTERPRETATION);
        if (!photometric.equals("MONOCHROME1") && !photometric.equals("MONOCHROME2")) {
            throw values.problem(
                    PHOTOMETRIC_INTERPRETATION,
                    "photometric interpretation '%s' is not read; only MONOCHROME1 and MONOCHROME2 are"
                            .formatted(photometric));
        }
        int allocated = values.unsigned(BITS_ALLOCATED, "bits allocated");
        if (allocated != 8 && allocated != 16) {
            throw values.problem(BITS_ALLOCATED, "%d bits allocated per pixel; 8 and 16 are read".formatted(allocated));
        }
        int stored = values.unsigned(BITS_STORED, "bits stored");
        if (stored < 1 || stored > allocated) {
            throw values.problem(BITS_STORED, "%d bits stored in %d".formatted(stored, allocated));
        }
        int highBit = values.unsigned(HIGH_BIT, "high bit", stored - 1);
        if (highBit < stored - 1 || highBit >= allocated) {
            throw values.problem(
                    HIGH_BIT, "high bit %d with %d bits stored in %d".formatted(highBit, stored, allocated));
        }
        int signed = values.unsigned(PIXEL_REPRESENTATION, "pixel representation");
        if (signed > 1) {
            throw values.problem(PIXEL_REPRESENTATION, "pixel representation %d is neither 0 nor 1".formatted(signed));
        }
        int frames =
                Math.max(1, values.integer(NUMBER_OF_FRAMES, "number of frames").orElse(1));
        double[] spacing = measures(PIXEL_SPACING, "pixel spacing", 2);
        return new DicomHeader(
                source,
                "%s (%s)".formatted(TransferSyntax.nameOf(syntax), syntax),
                side(ROWS, "rows"),
                side(COLUMNS, "columns"),
                frames,
                photometric,
                allocated,
                stored,
                highBit,
                signed == 1,
                values.decimal(RESCALE_SLOPE, "rescale slope").orElse(1),
                values.decimal(RESCALE_INTERCEPT, "rescale intercept").orElse(0),
                optional(spacing, 0),
                optional(spacing, 1),
                optional(measures(SLICE_THICKNESS, "slice thickness", 1), 0),
                optional(measures(SPACING_BETWEEN_SLICES, "spacing between slices", 1), 0),
                values.integer(INSTANCE_NUMBER, "instance number"),
                values.integer(SERIES_NUMBER, "series number"),
                values.text(SERIES_UID),
                values.text(PATIENT_ID),
                modality,
                placed(POSITION, DicomFrames.PLANE_POSITION, "position", 3),
                placed(ORIENTATION, DicomFrames.PLANE_ORIENTATION, "orientation", 6),
                values.decimal(TRIGGER_TIME, "trigger time"),
                OptionalInt.empty(),
                OptionalInt.empty(),
                new DicomHeader.Reference(
                        values.text(SOP_CLASS),
                        values.text(SOP_INSTANCE),
                        values.text(STUDY_UID),
                        values.text(FRAME_OF_REFERENCE)),
                values.notes());
    }

    private static OptionalDouble optional(double[] values, int index) {
        return index < values.length ? OptionalDouble.of(values[index]) : OptionalDouble.empty();
    }

    /** Lengths of the data set, or else of the functional groups of an enhanced image: the shared ones, or the first frame's. */
    private double[] measures(int tag, String name, int count) throws DicomException {
        DicomValues measured = values.has(tag) ? values : group(DicomFrames.PIXEL_MEASURES);
        return measured.lengths(tag, name, count);
    }

    private List<Double> placed(int tag, int sequence, String name, int count) throws DicomException {
        DicomValues placed = values.has(tag) ? values : group(sequence);
        return Arrays.stream(placed.decimals(tag, name, count)).boxed().toList();
    }

    private DicomValues group(int sequence) throws DicomException {
        for (int groups : new int[] {DicomFrames.SHARED_GROUPS, DicomFrames.FRAME_GROUPS}) {
            for (DicomValues item : first(values, groups)) {
                for (DicomValues inner : first(item, sequence)) {
                    return inner;
                }
            }
        }
        return values.within();
    }

    private List<DicomValues> first(DicomValues outer, int sequence) throws DicomException {
        Element element = outer.element(sequence);
        return element == null ? List.of() : DicomElements.items(outer, element, explicit, 1);
    }

    private int side(int tag, String name) throws DicomException {
        int size = values.unsigned(tag, name);
        if (size < 1 || size > MAX_SIDE) {
            throw values.problem(tag, "%d %s; 1 to %d are read".formatted(size, name, MAX_SIDE));
        }
        return size;
    }

    /**
     * One picture.
     *
     * @param index from 0
     * @throws DicomException if its pixels are damaged or compressed in a way that is not read
     */
    public DicomImage frame(int index) throws IOException {
        Element data = values.require(PIXEL_DATA, "pixel data");
        return new DicomImage(header, new DicomPixels(header, syntax, values, data).frame(index));
    }
}
