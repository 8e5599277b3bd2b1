package dev.aorta.io;

import dev.aorta.io.wire.RecordFrame;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.nio.file.FileSystemException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.DigestOutputStream;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.Arrays;
import java.util.Collections;
import java.util.Comparator;
import java.util.EnumSet;
import java.util.HexFormat;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.SequencedMap;
import java.util.TreeMap;

/**
 * A safetensors file: named tensors and a few strings about them. The layout is the header's length as a little-endian uint64, the
 * header as JSON, the tensors' bytes.
 *
 * <p>Equal contents in the same order give equal bytes. Tensors of wider elements stand first, otherwise in the map's order, so that
 * each is aligned to its elements.
 *
 * @param metadata what {@code __metadata__} says
 * @param tensors in the order of the file
 * @see <a href="https://huggingface.co/docs/safetensors/index#format">Safetensors: format</a>
 */
public record Safetensors(Map<String, String> metadata, SequencedMap<String, Entry> tensors) {
    static final String METADATA = "__metadata__";
    static final String DIGEST = "aorta.sha256";

    /**
     * Makes the content of a file; the maps are copied, the metadata sorted by name.
     *
     * @throws IllegalArgumentException if a tensor is called {@code __metadata__}
     */
    public Safetensors {
        metadata = Collections.unmodifiableMap(new TreeMap<>(metadata));
        tensors = Collections.unmodifiableSequencedMap(new LinkedHashMap<>(tensors));
        if (tensors.containsKey(METADATA)) {
            throw new IllegalArgumentException("a tensor must not be called " + METADATA);
        }
    }

    /**
     * One tensor by its name.
     *
     * @param name in the file
     * @return the tensor
     * @throws FormatException if there is none of that name
     */
    public Entry tensor(String name) throws FormatException {
        Entry entry = tensors.get(name);
        if (entry == null) {
            throw new FormatException("there is no tensor '" + name + "', only " + tensors.keySet());
        }
        return entry;
    }

    /** Types of elements, all that the format has. */
    public enum DType {
        /** Float of 4 bits, two in a byte. */
        F4(4),
        /** Float of 6 bits, 2 of exponent and 3 of mantissa, four in three bytes. */
        F6_E2M3(6),
        /** Float of 6 bits, 3 of exponent and 2 of mantissa, four in three bytes. */
        F6_E3M2(6),
        /** Truth value in a byte, 0 or 1. */
        BOOL(8),
        /** Whole number of 8 bits without sign. */
        U8(8),
        /** Whole number of 8 bits with sign. */
        I8(8),
        /** Float of 8 bits, 4 of exponent and 3 of mantissa; NaN and no infinities. */
        F8_E4M3(8),
        /** Float of 8 bits, 5 of exponent and 2 of mantissa; NaN and infinities. */
        F8_E5M2(8),
        /** Power of two in 8 bits of exponent, without sign; the scale of a block. */
        F8_E8M0(8),
        /** Float of 8 bits, 4 of exponent and 3 of mantissa; one NaN, no infinities and no negative zero. */
        F8_E4M3FNUZ(8),
        /** Float of 8 bits, 5 of exponent and 2 of mantissa; one NaN, no infinities and no negative zero. */
        F8_E5M2FNUZ(8),
        /** Whole number of 16 bits without sign. */
        U16(16),
        /** Whole number of 16 bits with sign. */
        I16(16),
        /** Float16 of IEEE 754, 5 bits of exponent and 10 of mantissa. */
        F16(16),
        /** Bfloat16, the upper half of a float32. */
        BF16(16),
        /** Whole number of 32 bits without sign. */
        U32(32),
        /** Whole number of 32 bits with sign. */
        I32(32),
        /** Float32 of IEEE 754, which Aorta computes in. */
        F32(32),
        /** Whole number of 64 bits without sign. */
        U64(64),
        /** Whole number of 64 bits with sign. */
        I64(64),
        /** Float64 of IEEE 754. */
        F64(64),
        /** Complex number, two float32: the real part and the imaginary part. */
        C64(64);

        private final int bits;

        DType(int bits) {
            this.bits = bits;
        }

        /** {@return size of an element in bits; those of less than 8 are packed} */
        public int bits() {
            return bits;
        }

        /** {@return size of an element in whole bytes, 0 for packed ones} */
        public int bytes() {
            return bits / Byte.SIZE;
        }
    }

    /** One tensor: type, shape, and its elements in row-major order, little-endian. */
    public static final class Entry {
        private final DType dtype;
        private final int[] shape;
        private final byte[] data;

        private Entry(DType dtype, int[] shape, byte[] data) {
            this.dtype = dtype;
            this.shape = shape.clone();
            this.data = data;
            if (Arrays.stream(shape).anyMatch(dim -> dim < 0) || byteCount(dtype, shape) != data.length) {
                throw new IllegalArgumentException(
                        data.length + " bytes do not fill shape " + Arrays.toString(shape) + " of " + dtype);
            }
        }

        /**
         * A float32 tensor; the values are copied.
         *
         * @param values in row-major order
         * @param shape dimensions, outermost first; none make a scalar
         * @return the tensor
         * @throws IllegalArgumentException if the values do not fill the shape
         */
        public static Entry of(float[] values, int... shape) {
            byte[] data = new byte[Math.multiplyExact(values.length, Float.BYTES)];
            RecordFrame.littleEndian(data).asFloatBuffer().put(values);
            return new Entry(DType.F32, shape, data);
        }

        /**
         * A tensor of any type from the bytes of its elements, which are not copied.
         *
         * @param dtype type of the elements
         * @param data elements in row-major order, little-endian
         * @param shape dimensions, outermost first; none make a scalar
         * @return the tensor, which sees later changes of the bytes
         * @throws IllegalArgumentException if the bytes do not fill the shape
         */
        public static Entry of(DType dtype, byte[] data, int... shape) {
            return new Entry(dtype, shape, data);
        }

        /** {@return type of the elements} */
        public DType dtype() {
            return dtype;
        }

        /** {@return dimensions, outermost first, as a copy; none for a scalar} */
        public int[] shape() {
            return shape.clone();
        }

        /** Whether {@link #floats()} can read it. */
        boolean isFloat() {
            return EnumSet.of(DType.F16, DType.BF16, DType.F32, DType.F64).contains(dtype);
        }

        /** The axes in another order: axis i of the result is axis {@code order[i]} of this. */
        Entry permuted(int... order) {
            long[] steps = Strides.contiguous(shape);
            int[] extents = new int[order.length];
            long[] taken = new long[order.length];
            for (int i = 0; i < order.length; i++) {
                extents[i] = shape[order[i]];
                taken[i] = steps[order[i]];
            }
            return new Entry(dtype, extents, Strides.gather(data, dtype.bytes(), 0, extents, taken));
        }

        /** The same elements under another shape of as many. */
        Entry reshaped(int... other) {
            return new Entry(dtype, other, data);
        }

        /** {@return the elements as they are, little-endian; not writable and not copied} */
        public ByteBuffer bytes() {
            return ByteBuffer.wrap(data).asReadOnlyBuffer().order(ByteOrder.LITTLE_ENDIAN);
        }

        /**
         * {@return the elements as float32, in row-major order; float16 and bfloat16 are widened, which is exact, float64
         * is rounded to the nearest}
         *
         * @throws FormatException if they are of another type
         */
        public float[] floats() throws FormatException {
            if (!isFloat()) {
                throw new FormatException("a tensor of " + dtype + " cannot be read as float32; convert it first");
            }
            float[] values = new float[data.length / dtype.bytes()];
            ByteBuffer elements = bytes();
            switch (dtype) {
                case F32 -> elements.asFloatBuffer().get(values);
                case F16 -> {
                    for (int i = 0; i < values.length; i++) {
                        values[i] = Float.float16ToFloat(elements.getShort());
                    }
                }
                case BF16 -> {
                    for (int i = 0; i < values.length; i++) {
                        values[i] = Float.intBitsToFloat(elements.getShort() << 16);
                    }
                }
                default -> {
                    for (int i = 0; i < values.length; i++) {
                        values[i] = (float) elements.getDouble();
                    }
                }
            }
            return values;
        }
    }

    /** Bytes of a tensor; -1 when they are not whole. */
    static long byteCount(DType dtype, int[] shape) throws ArithmeticException {
        long bits = dtype.bits;
        for (int dim : shape) {
            bits = Math.multiplyExact(bits, (long) dim);
        }
        return bits % 8 == 0 ? bits / 8 : -1;
    }

    /**
     * Reads a file. Everything the format promises is checked before memory is taken for the tensors: the header's length (at most
     * 100,000,000 bytes), its JSON, and that the tensors fill the file exactly, without holes and without overlap; then its digest,
     * where it has one.
     *
     * @param file left as it is
     * @return its tensors in the order of their bytes, and its metadata
     * @throws FormatException if a promise is broken, or reading the header takes more than {@link ReadBudget#ofReading()}
     * @throws IOException if the file cannot be read
     */
    public static Safetensors read(Path file) throws IOException {
        try (InputStream in = Files.newInputStream(file)) {
            return read(in, Files.size(file));
        } catch (FormatException e) {
            throw new FormatException(file + " is not a sound safetensors file: " + e.getMessage(), e);
        } catch (FileSystemException e) {
            throw e;
        } catch (IOException e) {
            throw new IOException(file + " cannot be read: " + e.getMessage(), e);
        }
    }

    static Safetensors read(InputStream in, long size) throws IOException {
        SafetensorsHeader header = SafetensorsHeader.read(in, size);
        SequencedMap<String, Entry> tensors = new LinkedHashMap<>();
        for (SafetensorsHeader.Info info : header.tensors()) {
            byte[] data = in.readNBytes((int) (info.end() - info.begin()));
            if (data.length < info.end() - info.begin()) {
                throw new FormatException("it became shorter while it was read");
            }
            tensors.put(info.name(), new Entry(info.dtype(), info.shape(), data));
        }
        Safetensors read = new Safetensors(header.metadata(), tensors);
        if (read.isDigested() && !read.digest().equals(read.metadata.get(DIGEST))) {
            throw new FormatException("its content has another SHA-256 than it had when it was written (metadata '"
                    + DIGEST + "'): it was damaged or changed; take a copy that was not");
        }
        return read;
    }

    /**
     * The same with a digest of all of it in the metadata, which {@link #read} checks.
     *
     * @return a copy that shares the tensors
     * @see #isDigested
     */
    public Safetensors digested() {
        Map<String, String> more = new TreeMap<>(metadata);
        more.put(DIGEST, digest());
        return new Safetensors(more, tensors);
    }

    /** {@return whether the metadata hold a digest; of what was read it was right} */
    public boolean isDigested() {
        return metadata.containsKey(DIGEST);
    }

    /** SHA-256 of the file without the digest. */
    private String digest() {
        Map<String, String> rest = new TreeMap<>(metadata);
        rest.remove(DIGEST);
        try {
            MessageDigest sha = MessageDigest.getInstance("SHA-256");
            new Safetensors(rest, tensors).writeTo(new DigestOutputStream(OutputStream.nullOutputStream(), sha));
            return HexFormat.of().formatHex(sha.digest());
        } catch (NoSuchAlgorithmException | IOException e) {
            throw new IllegalStateException(e); // every Java has it, and nothing is written
        }
    }

    /**
     * Writes a file, whole or not at all.
     *
     * @param file replaced or created
     * @throws IOException if it cannot be written; then nothing was changed
     */
    public void write(Path file) throws IOException {
        AtomicFile.write(file, this::writeTo);
    }

    private void writeTo(OutputStream out) throws IOException {
        List<Map.Entry<String, Entry>> ordered = tensors.entrySet().stream()
                .sorted(Comparator.comparing(tensor -> -tensor.getValue().dtype.bits))
                .toList();
        byte[] header = header(ordered);
        byte[] length = new byte[Long.BYTES];
        RecordFrame.littleEndian(length).putLong(header.length);
        out.write(length);
        out.write(header);
        for (var tensor : ordered) {
            out.write(tensor.getValue().data);
        }
    }

    /** The JSON, padded with spaces to a multiple of 8 bytes. */
    private byte[] header(List<Map.Entry<String, Entry>> ordered) {
        SequencedMap<String, Object> members = new LinkedHashMap<>();
        if (!metadata.isEmpty()) {
            members.put(METADATA, metadata);
        }
        long begin = 0;
        for (var tensor : ordered) {
            Entry entry = tensor.getValue();
            SequencedMap<String, Object> info = new LinkedHashMap<>();
            info.put("dtype", entry.dtype.name());
            info.put("shape", Arrays.stream(entry.shape).boxed().toList());
            info.put("data_offsets", List.of(begin, begin + entry.data.length));
            begin += entry.data.length;
            members.put(tensor.getKey(), info);
        }
        byte[] json = Json.of(members).compact().getBytes(StandardCharsets.UTF_8);
        int length = Math.ceilDiv(json.length, Long.BYTES) * Long.BYTES;
        if (length > SafetensorsHeader.MAX_BYTES) {
            throw new IllegalArgumentException("a safetensors header of " + length + " bytes is over the limit of "
                    + SafetensorsHeader.MAX_BYTES + "; shorten the metadata");
        }
        byte[] padded = Arrays.copyOf(json, length);
        Arrays.fill(padded, json.length, length, (byte) ' ');
        return padded;
    }
}
