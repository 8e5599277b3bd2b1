package dev.aorta.io;

import static java.nio.charset.StandardCharsets.UTF_8;
import static java.util.Objects.requireNonNull;

import dev.aorta.io.wire.RecordFrame;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.zip.CRC32;
import java.util.zip.ZipEntry;
import java.util.zip.ZipOutputStream;

/** Writes what {@code torch.save} writes: a pickle of protocol 2, and the storages, in an archive of stored entries. */
final class TorchFile {
    private final ByteArrayOutputStream pickle = new ByteArrayOutputStream();
    private final Map<String, byte[]> entries = new LinkedHashMap<>();
    private int method = ZipEntry.STORED;

    /** A pickle that begins with the protocol. */
    static TorchFile begin() {
        return new TorchFile().opcode(0x80).opcode(2);
    }

    /** An OrderedDict of float tensors, each with a storage of its own. */
    static TorchFile stateDict(Map<String, float[]> values, Map<String, int[]> shapes) {
        TorchFile file = begin();
        file.beginDict();
        values.forEach((name, v) ->
                file.text(name).tensor("FloatStorage", floats(v), v.length, 0, requireNonNull(shapes.get(name))));
        return file.endDict().opcode('.');
    }

    static byte[] floats(float... values) {
        byte[] bytes = new byte[4 * values.length];
        RecordFrame.littleEndian(bytes).asFloatBuffer().put(values);
        return bytes;
    }

    TorchFile opcode(int opcode) {
        pickle.write(opcode);
        return this;
    }

    TorchFile bytes(byte[] raw) {
        pickle.writeBytes(raw);
        return this;
    }

    TorchFile global(String module, String name) {
        return bytes(("c" + module + "\n" + name + "\n").getBytes(UTF_8));
    }

    TorchFile text(String text) {
        byte[] utf8 = text.getBytes(UTF_8);
        return opcode('X').int32(utf8.length).bytes(utf8);
    }

    TorchFile number(long value) {
        byte[] bytes = new byte[Long.BYTES];
        RecordFrame.littleEndian(bytes).putLong(value);
        return value == (int) value
                ? opcode('J').int32((int) value)
                : opcode(0x8a).opcode(Long.BYTES).bytes(bytes);
    }

    private TorchFile int32(int value) {
        byte[] bytes = new byte[Integer.BYTES];
        RecordFrame.littleEndian(bytes).putInt(value);
        return bytes(bytes);
    }

    TorchFile tuple(long... numbers) {
        opcode('(');
        for (long n : numbers) {
            number(n);
        }
        return opcode('t');
    }

    TorchFile beginDict() {
        return global("collections", "OrderedDict").opcode(')').opcode('R').opcode('(');
    }

    /** Ends a dictionary, which has metadata as an attribute. */
    TorchFile endDict() {
        opcode('u').opcode('}').text("_metadata");
        return beginDict().text("").opcode('}').opcode('u').opcode('s').opcode('b');
    }

    /** A contiguous tensor. */
    TorchFile tensor(String storage, byte[] data, long count, long offset, int... shape) {
        long[] extents = Arrays.stream(shape).asLongStream().toArray();
        return tensor(storage, data, count, offset, extents, Strides.contiguous(shape));
    }

    /** A tensor with a new storage. */
    TorchFile tensor(String storage, byte[] data, long count, long offset, long[] shape, long[] strides) {
        String key = "" + entries.size();
        entries.put(key, data);
        return tensorOf(storage, key, count, offset, shape, strides);
    }

    /** A tensor of floats in a storage whose description has a sixth part, none. */
    TorchFile legacyTensor(String key, byte[] data, long offset, long[] shape, long[] strides) {
        entries.put(key, data);
        return beginTensor("FloatStorage", key, data.length / 4).opcode('N').endTensor(offset, shape, strides);
    }

    /** A tensor in a storage that another one uses. */
    TorchFile tensorOf(String storage, String key, long count, long offset, long[] shape, long[] strides) {
        return beginTensor(storage, key, count).endTensor(offset, shape, strides);
    }

    private TorchFile beginTensor(String storage, String key, long count) {
        global("torch._utils", "_rebuild_tensor_v2").opcode('(').opcode('(');
        return text("storage").global("torch", storage).text(key).text("cpu").number(count);
    }

    private TorchFile endTensor(long offset, long[] shape, long[] strides) {
        opcode('t').opcode('Q').number(offset).tuple(shape).tuple(strides).opcode(0x89);
        global("collections", "OrderedDict").opcode(')').opcode('R');
        return opcode('t').opcode('R');
    }

    /** Another entry beside the pickle. */
    TorchFile entry(String name, byte[] data) {
        entries.put(name, data);
        return this;
    }

    TorchFile compressed() {
        method = ZipEntry.DEFLATED;
        return this;
    }

    byte[] pickle() {
        return pickle.toByteArray();
    }

    Path write(Path file) throws IOException {
        return Files.write(file, archive());
    }

    byte[] archive() throws IOException {
        ByteArrayOutputStream out = new ByteArrayOutputStream();
        try (ZipOutputStream zip = new ZipOutputStream(out)) {
            put(zip, "archive/data.pkl", pickle());
            put(zip, "archive/byteorder", entries.getOrDefault("byteorder", "little".getBytes(UTF_8)));
            for (var entry : entries.entrySet()) {
                if (!entry.getKey().equals("byteorder")) {
                    put(zip, "archive/data/" + entry.getKey(), entry.getValue());
                }
            }
            put(zip, "archive/version", "3\n".getBytes(UTF_8));
        }
        return out.toByteArray();
    }

    /** The same as PyTorch wrote it before 1.6, with float storages. */
    byte[] legacy() {
        ByteArrayOutputStream out = new ByteArrayOutputStream();
        out.writeBytes(HexFormat.of().parseHex("80028a0a6cfc9c46f9206aa850192e80024de9032e"));
        TorchFile machine =
                begin().opcode('}').opcode('(').text("protocol_version").number(1001);
        machine.text("little_endian")
                .opcode(0x88)
                .text("type_sizes")
                .opcode('}')
                .text("int")
                .number(4)
                .opcode('s');
        out.writeBytes(machine.opcode('u').opcode('.').pickle());
        out.writeBytes(pickle());
        TorchFile keys = begin().opcode(']').opcode('(');
        entries.keySet().forEach(keys::text);
        out.writeBytes(keys.opcode('e').opcode('.').pickle());
        entries.values().forEach(data -> {
            byte[] count = new byte[Long.BYTES];
            RecordFrame.littleEndian(count).putLong(data.length / 4);
            out.writeBytes(count);
            out.writeBytes(data);
        });
        return out.toByteArray();
    }

    private void put(ZipOutputStream zip, String name, byte[] data) throws IOException {
        ZipEntry entry = new ZipEntry(name);
        entry.setTime(0);
        entry.setMethod(method);
        entry.setSize(data.length);
        CRC32 crc = new CRC32();
        crc.update(data);
        entry.setCrc(crc.getValue());
        zip.putNextEntry(entry);
        zip.write(data);
        zip.closeEntry();
    }
}
