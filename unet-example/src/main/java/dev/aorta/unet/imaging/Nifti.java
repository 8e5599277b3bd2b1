package dev.aorta.unet.imaging;

import dev.aorta.io.AtomicFile;
import dev.aorta.io.FormatException;
import dev.aorta.io.ReadBudget;
import java.io.BufferedInputStream;
import java.io.EOFException;
import java.io.IOException;
import java.io.InputStream;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.OptionalDouble;
import java.util.zip.GZIPInputStream;
import java.util.zip.GZIPOutputStream;
import java.util.zip.ZipException;

/**
 * Volumes in NIfTI-1 and NIfTI-2 files, plain or compressed with gzip, one slice after another: of the data's axes (i, j, k, t) j
 * is the row and i the column of a slice, k its place in the stack and t its time.
 *
 * @see <a href="https://nifti.nimh.nih.gov/nifti-1">NIfTI-1</a>
 * @see <a href="https://nifti.nimh.nih.gov/nifti-2">NIfTI-2</a>
 */
public final class Nifti {
    private static final int HEADER_1 = 348;
    private static final int HEADER_2 = 540;
    private static final int MAX_SIDE = 4096;
    private static final int MAX_OFFSET = 1 << 20;
    private static final int UINT8 = 2;

    private final ByteBuffer header;
    private final boolean second;
    private final int[] extents;
    private final PixelType type;
    private final float[] values;

    private Nifti(ByteBuffer header, boolean second, int[] extents, PixelType type, float[] values) {
        this.header = header;
        this.second = second;
        this.extents = extents;
        this.type = type;
        this.values = values;
    }

    /** Whether bytes begin as a NIfTI file in one piece does. */
    static boolean isNifti(byte[] head) {
        return magic(head, 344).equals("n+1")
                || magic(head, 4).equals("n+2")
                || magic(head, 344).equals("ni1");
    }

    private static String magic(byte[] head, int offset) {
        return head.length < offset + 3 ? "" : new String(head, offset, 3, StandardCharsets.ISO_8859_1);
    }

    /**
     * Reads a volume. Where the file gives a slope, values are slope · stored + intercept.
     *
     * @throws FormatException if it is damaged, larger than the budget of a reading, or holds numbers of another kind than grey levels
     */
    public static Nifti read(Path file) throws IOException {
        try (InputStream raw = new BufferedInputStream(Files.newInputStream(file))) {
            raw.mark(2);
            boolean gzip = raw.read() == 0x1F && raw.read() == 0x8B;
            raw.reset();
            return read(gzip ? new GZIPInputStream(raw, 1 << 16) : raw);
        } catch (FormatException e) {
            throw new FormatException(file + ": " + e.getMessage(), e);
        } catch (EOFException | ZipException e) {
            throw new FormatException(file + ": the compressed file is cut off or damaged: " + e.getMessage(), e);
        }
    }

    private static Nifti read(InputStream in) throws IOException {
        byte[] head = in.readNBytes(HEADER_1);
        boolean second = magic(head, 4).equals("n+2");
        if (magic(head, 344).equals("ni1")) {
            throw new FormatException("the header of a NIfTI file in two pieces; store it as one, .nii");
        }
        if (second) {
            byte[] rest = in.readNBytes(HEADER_2 - HEADER_1);
            byte[] whole = new byte[head.length + rest.length];
            System.arraycopy(head, 0, whole, 0, head.length);
            System.arraycopy(rest, 0, whole, head.length, rest.length);
            head = whole;
        }
        if (head.length < (second ? HEADER_2 : HEADER_1)) {
            throw new FormatException("it ends within its header, after %d bytes".formatted(head.length));
        }
        ByteBuffer header = ByteBuffer.wrap(head).order(ByteOrder.LITTLE_ENDIAN);
        int length = second ? HEADER_2 : HEADER_1;
        if (header.getInt(0) != length) {
            header.order(ByteOrder.BIG_ENDIAN);
        }
        if (header.getInt(0) != length) {
            throw new FormatException(
                    "its header does not give its own length, %d, in either byte order".formatted(length));
        }
        int[] extents = extents(header, second);
        PixelType type = type(header.getShort(second ? 12 : 70));
        double offset = second ? header.getLong(168) : header.getFloat(108);
        if (!(offset >= head.length && offset <= MAX_OFFSET)) {
            throw new FormatException("the data begin at byte %s; after the header and before %d was expected"
                    .formatted(offset, MAX_OFFSET));
        }
        long count = 1;
        for (int extent : extents) {
            count = Math.multiplyExact(count, (long) extent);
            ReadBudget.ofReading().take(count * (type.bytes() + Float.BYTES), "a volume of %d voxels".formatted(count));
        }
        in.skipNBytes((long) offset - head.length);
        byte[] data = in.readNBytes((int) count * type.bytes());
        if (data.length < count * type.bytes()) {
            throw new FormatException(
                    "it ends after %d of %d bytes of data".formatted(data.length, count * type.bytes()));
        }
        return new Nifti(header, second, extents, type, values(header, second, data, type));
    }

    private static int[] extents(ByteBuffer header, boolean second) throws FormatException {
        long rank = second ? header.getLong(16) : header.getShort(40);
        if (rank < 2 || rank > 7) {
            throw new FormatException("%d axes; a volume has 2 to 4".formatted(rank));
        }
        int[] extents = {1, 1, 1, 1};
        for (int axis = 0; axis < rank; axis++) {
            long extent = second ? header.getLong(24 + 8 * axis) : header.getShort(42 + 2 * axis);
            boolean most = axis < 4 ? extent >= 1 && extent <= MAX_SIDE : extent == 1;
            if (!most) {
                throw new FormatException("axis %d has %d voxels; %s"
                        .formatted(
                                axis + 1,
                                extent,
                                axis < 4 ? "1 to " + MAX_SIDE + " are read" : "beyond the fourth one is read"));
            }
            if (axis < 4) {
                extents[axis] = (int) extent;
            }
        }
        return extents;
    }

    private static PixelType type(int code) throws FormatException {
        return switch (code) {
            case UINT8 -> PixelType.UINT8;
            case 256 -> PixelType.INT8;
            case 4 -> PixelType.INT16;
            case 512 -> PixelType.UINT16;
            case 8 -> PixelType.INT32;
            case 768 -> PixelType.UINT32;
            case 1024 -> PixelType.INT64;
            case 16 -> PixelType.FLOAT32;
            case 64 -> PixelType.FLOAT64;
            default ->
                throw new FormatException(
                        "numbers of NIfTI's type %d are not read; integers of 8 to 64 bits and floats of 32 and 64 are"
                                .formatted(code));
        };
    }

    private static float[] values(ByteBuffer header, boolean second, byte[] data, PixelType type)
            throws FormatException {
        double slope = second ? header.getDouble(176) : header.getFloat(112);
        double intercept = second ? header.getDouble(184) : header.getFloat(116);
        boolean scaled = slope != 0 && Double.isFinite(slope) && Double.isFinite(intercept);
        ByteBuffer in = ByteBuffer.wrap(data).order(header.order());
        float[] values = new float[data.length / type.bytes()];
        for (int i = 0; i < values.length; i++) {
            double stored = type.read(in);
            values[i] = (float) (scaled ? slope * stored + intercept : stored);
            if (!Float.isFinite(values[i])) {
                throw new FormatException("voxel %d is %s, which is no grey level".formatted(i, values[i]));
            }
        }
        return values;
    }

    /** Height of a slice: voxels along the second axis. */
    public int rows() {
        return extents[1];
    }

    /** Width of a slice: voxels along the first axis. */
    public int columns() {
        return extents[0];
    }

    /** Slices of the stack: voxels along the third axis. */
    public int slices() {
        return extents[2];
    }

    /** Moments: voxels along the fourth axis. */
    public int times() {
        return extents[3];
    }

    /** How numbers stand in the file. */
    public String stored() {
        return "%s, NIfTI-%d, %s"
                .formatted(
                        type,
                        second ? 2 : 1,
                        header.order() == ByteOrder.LITTLE_ENDIAN ? "little-endian" : "big-endian");
    }

    /** Grey levels of a slice, [rows, columns]. */
    public float[] slice(int slice, int time) {
        int size = rows() * columns();
        float[] grey = new float[size];
        System.arraycopy(values, (time * slices() + slice) * size, grey, 0, size);
        return grey;
    }

    /** Distance of neighbouring voxels along an axis, from 0, in mm; empty where the file gives none that can be. */
    public OptionalDouble spacing(int axis) {
        double spacing = Math.abs(second ? header.getDouble(112 + 8 * axis) : header.getFloat(80 + 4 * axis));
        int units = (second ? header.getInt(500) : header.get(123)) & 7;
        double millimetres = spacing * (units == 1 ? 1000 : units == 3 ? 1e-3 : 1);
        return DicomValues.isLength(millimetres) ? OptionalDouble.of(millimetres) : OptionalDouble.empty();
    }

    /**
     * Where the axes point, such as LPS: i to the patient's left, j to the back, k to the head; from the file's sform, or else its
     * qform; "unknown" where it has neither.
     */
    public String orientation() {
        boolean affine = (second ? header.getInt(348) : header.getShort(254)) > 0;
        boolean quaternion = (second ? header.getInt(344) : header.getShort(252)) > 0;
        if (!affine && !quaternion) {
            return "unknown";
        }
        double[][] matrix = matrix();
        StringBuilder letters = new StringBuilder();
        for (int axis = 0; axis < 3; axis++) {
            int largest = 0;
            for (int row = 1; row < 3; row++) {
                largest = Math.abs(matrix[row][axis]) > Math.abs(matrix[largest][axis]) ? row : largest;
            }
            letters.append((matrix[largest][axis] < 0 ? "LPI" : "RAS").charAt(largest));
        }
        return letters.toString();
    }

    /** Where an axis, from 0, points in the patient (left, back, head), of length 1; empty where the file does not say it. */
    public double[] direction(int axis) {
        if (orientation().equals("unknown")) {
            return new double[0];
        }
        double[][] matrix = matrix();
        double length = Math.hypot(Math.hypot(matrix[0][axis], matrix[1][axis]), matrix[2][axis]);
        return new double[] {-matrix[0][axis] / length, -matrix[1][axis] / length, matrix[2][axis] / length};
    }

    private double[][] matrix() {
        boolean affine = (second ? header.getInt(348) : header.getShort(254)) > 0;
        return affine ? sform() : qform();
    }

    private double[][] sform() {
        double[][] matrix = new double[3][3];
        for (int row = 0; row < 3; row++) {
            for (int axis = 0; axis < 3; axis++) {
                matrix[row][axis] = second
                        ? header.getDouble(400 + 32 * row + 8 * axis)
                        : header.getFloat(280 + 16 * row + 4 * axis);
            }
        }
        return matrix;
    }

    /** The rotation of a unit quaternion (a, b, c, d), of which the file has b, c and d, and the sign of the third axis. */
    private double[][] qform() {
        double b = second ? header.getDouble(352) : header.getFloat(256);
        double c = second ? header.getDouble(360) : header.getFloat(260);
        double d = second ? header.getDouble(368) : header.getFloat(264);
        double a = Math.sqrt(Math.max(0, 1 - b * b - c * c - d * d));
        double sign = (second ? header.getDouble(104) : header.getFloat(76)) < 0 ? -1 : 1;
        return new double[][] {
            {a * a + b * b - c * c - d * d, 2 * (b * c - a * d), sign * 2 * (b * d + a * c)},
            {2 * (b * c + a * d), a * a + c * c - b * b - d * d, sign * 2 * (c * d - a * b)},
            {2 * (b * d - a * c), 2 * (c * d + a * b), sign * (a * a + d * d - b * b - c * c)}
        };
    }

    /**
     * Writes classes of a stack's pixels to a compressed NIfTI-1 file, placed as the stack is.
     *
     * @param classes (phases, slices, rows, columns)
     */
    public static void writeMask(Path file, CineStack stack, byte[] classes) throws IOException {
        double apart = stack.slices() == 1
                ? stack.thickness()
                : (stack.places()[stack.slices() - 1] - stack.places()[0]) / (stack.slices() - 1);
        ByteBuffer h = ByteBuffer.allocate(HEADER_1).order(ByteOrder.LITTLE_ENDIAN);
        h.putInt(0, HEADER_1)
                .putShort(40, (short) 4)
                .putShort(70, (short) UINT8)
                .putShort(72, (short) 8);
        int[] extents = {stack.columns(), stack.rows(), stack.slices(), stack.phases(), 1, 1, 1};
        double[] spacing = {stack.columnSpacing(), stack.rowSpacing(), apart, 1};
        h.putFloat(76, 1);
        for (int axis = 0; axis < extents.length; axis++) {
            h.putShort(42 + 2 * axis, (short) extents[axis]);
            h.putFloat(80 + 4 * axis, axis < spacing.length ? (float) spacing[axis] : 1);
        }
        h.put(123, (byte) 2); // millimetres
        if (stack.isPlacedDicom()) {
            h.putShort(254, (short) 1);
            DicomHeader first = stack.frames().getFirst().getFirst().header();
            double[][] axes = {stack.right(), stack.down(), first.normal()};
            for (int row = 0; row < 3; row++) {
                int sign = row < 2 ? -1 : 1; // left and back of DICOM are right and front here
                for (int axis = 0; axis < 3; axis++) {
                    h.putFloat(280 + 16 * row + 4 * axis, (float) (sign * axes[axis][row] * spacing[axis]));
                }
                h.putFloat(292 + 16 * row, (float) (sign * first.position().get(row)));
            }
        }
        h.position(344);
        h.put("n+1\0".getBytes(StandardCharsets.ISO_8859_1));
        new Nifti(h, false, extents, PixelType.UINT8, new float[0]).writeMask(file, classes);
    }

    /**
     * Writes classes of this volume's voxels to a compressed file with this one's axes, spacing and orientation.
     *
     * @param classes in the order of this volume's voxels, (times, slices, rows, columns)
     */
    public void writeMask(Path file, byte[] classes) throws IOException {
        ByteBuffer copy = ByteBuffer.allocate(header.capacity())
                .order(header.order())
                .put(header.duplicate().rewind());
        int start = header.capacity() + 4;
        copy.putShort(second ? 12 : 70, (short) UINT8).putShort(second ? 14 : 72, (short) 8);
        if (second) {
            copy.putLong(168, start)
                    .putDouble(176, 1)
                    .putDouble(184, 0)
                    .putDouble(192, 0)
                    .putDouble(200, 0);
        } else {
            copy.putFloat(108, start)
                    .putFloat(112, 1)
                    .putFloat(116, 0)
                    .putFloat(124, 0)
                    .putFloat(128, 0);
        }
        AtomicFile.write(file, out -> {
            GZIPOutputStream gzip = new GZIPOutputStream(out);
            gzip.write(copy.array());
            gzip.write(new byte[4]); // no extension follows
            gzip.write(classes);
            gzip.finish();
        });
    }
}
