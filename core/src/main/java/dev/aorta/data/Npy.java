package dev.aorta.data;

import dev.aorta.Shape;
import dev.aorta.io.AtomicFile;
import dev.aorta.io.FormatException;
import dev.aorta.io.ReadBudget;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.Locale;
import java.util.SequencedMap;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.zip.ZipEntry;
import java.util.zip.ZipInputStream;

/**
 * Arrays of NumPy: {@code .npy} files, and {@code .npz} archives of them. Numbers of any type become floats.
 *
 * @see <a href="https://numpy.org/doc/stable/reference/generated/numpy.lib.format.html">the format</a>
 */
public final class Npy {
    private static final byte[] MAGIC = {(byte) 0x93, 'N', 'U', 'M', 'P', 'Y'};
    private static final Pattern HEADER = Pattern.compile(
            "\\{\\s*'descr':\\s*'([<>|=])([fiub])(\\d)',\\s*'fortran_order':\\s*(True|False),\\s*'shape':\\s*\\(([\\d, ]*)\\)"
                    + ",?\\s*\\}\\s*");

    private Npy() {}

    /**
     * Reads a {@code .npy} file.
     *
     * @param file of real numbers
     * @return the numbers in the file's shape
     * @throws IOException if it cannot be read
     * @throws FormatException if it breaks its format, or holds anything but real numbers
     */
    public static Values read(Path file) throws IOException {
        return parse(file.toString(), Files.readAllBytes(file));
    }

    /**
     * Reads all arrays of a {@code .npz} archive.
     *
     * @param file of {@code numpy.savez}
     * @return the arrays by their names without {@code .npy}, in the order of the file
     * @throws FormatException if it breaks its format
     * @throws IOException if it cannot be read
     */
    public static SequencedMap<String, Values> readArchive(Path file) throws IOException {
        SequencedMap<String, Values> arrays = new LinkedHashMap<>();
        long left = ReadBudget.expansionOf(Files.size(file));
        try (ZipInputStream zip = new ZipInputStream(Files.newInputStream(file))) {
            for (ZipEntry entry = zip.getNextEntry(); entry != null; entry = zip.getNextEntry()) {
                String name = entry.getName();
                byte[] bytes = zip.readNBytes((int) Math.min(left + 1, Integer.MAX_VALUE - 8));
                left -= bytes.length;
                if (left < 0) {
                    throw new FormatException(file + ": expands so far that it may be a trap; unpack it first");
                }
                arrays.put(
                        name.endsWith(".npy") ? name.substring(0, name.length() - 4) : name,
                        parse(file + ", " + name, bytes));
            }
        }
        if (arrays.isEmpty()) {
            throw new FormatException(file + ": is no .npz archive, or one without arrays");
        }
        return arrays;
    }

    /**
     * Writes a {@code .npy} file of float32, whole or not at all.
     *
     * @param file to write
     * @param values and their shape
     * @throws IOException if it cannot be written
     */
    public static void write(Path file, Values values) throws IOException {
        int[] dims = values.shape().dims();
        String shape = Arrays.toString(dims).replace("[", "(").replace("]", dims.length == 1 ? ",)" : ")");
        String header = "{'descr': '<f4', 'fortran_order': False, 'shape': " + shape + ", }";
        int begin = MAGIC.length + 4;
        String padded = header + " ".repeat(63 - (begin + header.length()) % 64) + "\n";
        ByteBuffer bytes = ByteBuffer.allocate(begin + padded.length()).order(ByteOrder.LITTLE_ENDIAN);
        bytes.put(MAGIC).put((byte) 1).put((byte) 0).putShort((short) padded.length());
        bytes.put(padded.getBytes(StandardCharsets.ISO_8859_1));
        AtomicFile.write(file, out -> {
            out.write(bytes.array());
            ByteBuffer chunk = ByteBuffer.allocate(1 << 16).order(ByteOrder.LITTLE_ENDIAN);
            float[] x = values.array();
            for (int i = 0; i < x.length; i += chunk.capacity() / Float.BYTES) {
                int count = Math.min(chunk.capacity() / Float.BYTES, x.length - i);
                chunk.asFloatBuffer().put(x, i, count);
                out.write(chunk.array(), 0, count * Float.BYTES);
            }
        });
    }

    private static Values parse(String source, byte[] bytes) throws FormatException {
        if (bytes.length < 12 || !Arrays.equals(bytes, 0, MAGIC.length, MAGIC, 0, MAGIC.length)) {
            throw new FormatException(source + ": does not begin as a .npy file does");
        }
        ByteBuffer in = ByteBuffer.wrap(bytes).order(ByteOrder.LITTLE_ENDIAN);
        boolean wide = bytes[MAGIC.length] > 1;
        long length = wide ? Integer.toUnsignedLong(in.getInt(8)) : Short.toUnsignedInt(in.getShort(8));
        int begin = wide ? 12 : 10;
        if (length > bytes.length - begin) {
            throw new FormatException(source + ": a header of " + length + " bytes does not fit; the file is cut off");
        }
        String header = new String(bytes, begin, (int) length, StandardCharsets.UTF_8);
        Matcher m = HEADER.matcher(header);
        if (!m.matches()) {
            throw new FormatException(source + ": the header " + header.strip()
                    + " does not describe an array of real numbers; save it with numpy.save of .astype('float32')");
        }
        Shape shape = shape(source, m.group(5));
        String type = m.group(2) + m.group(3);
        int size = m.group(3).charAt(0) - '0';
        int data = begin + (int) length;
        if ((long) shape.size() * size != bytes.length - data) {
            throw new FormatException(
                    source + ": " + shape + " of type " + type + " takes " + (long) shape.size() * size + " bytes, and "
                            + (bytes.length - data) + " follow the header at offset " + data);
        }
        in.order(m.group(1).equals(">") ? ByteOrder.BIG_ENDIAN : ByteOrder.LITTLE_ENDIAN);
        Numbers numbers = numbers(source, type, in);
        float[] values = new float[shape.size()];
        for (int i = 0; i < values.length; i++) {
            values[i] = numbers.at(data + i * size);
        }
        return m.group(4).equals("True") ? rowMajor(values, shape) : new Values(values, shape);
    }

    private static Shape shape(String source, String text) throws FormatException {
        String[] parts = text.isBlank() ? new String[0] : text.split(",");
        try {
            return Shape.of(Arrays.stream(parts)
                    .map(String::strip)
                    .filter(p -> !p.isEmpty())
                    .mapToInt(Integer::parseInt)
                    .toArray());
        } catch (IllegalArgumentException e) {
            throw new FormatException(source + ": the shape (" + text + ") cannot be: " + e.getMessage(), e);
        }
    }

    private interface Numbers {
        float at(int offset);
    }

    private static Numbers numbers(String source, String type, ByteBuffer in) throws FormatException {
        return switch (type) {
            case "f2" -> at -> Float.float16ToFloat(in.getShort(at));
            case "f4" -> in::getFloat;
            case "f8" -> at -> (float) in.getDouble(at);
            case "i1" -> in::get;
            case "i2" -> in::getShort;
            case "i4" -> in::getInt;
            case "i8" -> in::getLong;
            case "u1", "b1" -> at -> Byte.toUnsignedInt(in.get(at));
            case "u2" -> at -> Short.toUnsignedInt(in.getShort(at));
            case "u4" -> at -> Integer.toUnsignedLong(in.getInt(at));
            default ->
                throw new FormatException(String.format(
                        Locale.ROOT, "%s: type %s is not read; save it with .astype('float32')", source, type));
        };
    }

    private static Values rowMajor(float[] columnMajor, Shape shape) {
        float[] values = new float[columnMajor.length];
        int[] dims = shape.dims();
        int[] index = new int[dims.length];
        for (int i = 0; i < values.length; i++) {
            int from = 0;
            for (int axis = dims.length - 1; axis >= 0; axis--) {
                from = from * dims[axis] + index[axis];
            }
            values[i] = columnMajor[from];
            for (int axis = dims.length - 1; axis >= 0 && ++index[axis] == dims[axis]; axis--) {
                index[axis] = 0;
            }
        }
        return new Values(values, shape);
    }
}
