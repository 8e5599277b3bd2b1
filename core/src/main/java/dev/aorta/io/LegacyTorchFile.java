package dev.aorta.io;

import dev.aorta.io.Safetensors.Entry;
import dev.aorta.io.Unpickler.Storage;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.HashMap;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.SequencedMap;
import org.jspecify.annotations.Nullable;

/**
 * A file that {@code torch.save} wrote before PyTorch 1.6, as many published weights are: five pickles (a magic number, a
 * version, the machine's sizes, what there is, the keys of the storages), and for each key the number of elements and the
 * elements.
 */
final class LegacyTorchFile {
    /** The pickle of 0x1950a86a20f9469cfc6c. */
    private static final byte[] MAGIC = HexFormat.of().parseHex("80028a0a6cfc9c46f9206aa850192e");

    private static final Long VERSION = 1001L;

    private final ByteBuffer in;
    private final Map<String, Storage> storages = new HashMap<>();

    private LegacyTorchFile(byte[] file) {
        in = ByteBuffer.wrap(file);
    }

    /** @throws FormatException if it holds anything but tensors */
    static SequencedMap<String, Entry> read(Path file) throws IOException {
        try {
            if (Files.size(file) > Integer.MAX_VALUE - 8) {
                throw new FormatException("it is larger than a Java array; load and save it with a newer PyTorch");
            }
            return new LegacyTorchFile(Files.readAllBytes(file)).tensors();
        } catch (FormatException e) {
            throw new FormatException(file + " is not a sound file of torch.save: " + e.getMessage(), e);
        }
    }

    private SequencedMap<String, Entry> tensors() throws IOException {
        byte[] magic = new byte[Math.min(MAGIC.length, in.remaining())];
        in.get(magic);
        if (!Arrays.equals(magic, MAGIC)) {
            throw new FormatException("it is a pickle of something else; in Python, torch.save(state_dict, file)");
        }
        Object version = Unpickler.read(in, storages);
        Object machine = Unpickler.read(in, storages);
        boolean little = machine instanceof Map<?, ?> m && Boolean.TRUE.equals(m.get("little_endian"));
        if (!version.equals(VERSION) || !little) {
            throw new FormatException("it is not of version " + VERSION + ", or of a big-endian machine");
        }
        Object pickled = Unpickler.read(in, storages);
        if (!(Unpickler.read(in, new HashMap<>()) instanceof List<?> keys)) {
            throw new FormatException("there is no list of storages");
        }
        Map<String, ByteBuffer> elements = new HashMap<>();
        for (Object key : keys) {
            elements.put(String.valueOf(key), elements(storages.get(key)));
        }
        return TorchTensors.of(pickled, in.capacity(), storage -> copy(storage, elements.get(storage.key())));
    }

    /** The elements of the next storage. */
    private ByteBuffer elements(@Nullable Storage s) throws FormatException {
        int at = in.position();
        if (s == null || in.remaining() < Long.BYTES) {
            throw new FormatException("at byte " + at + " it ends, or goes on with a storage that no tensor uses");
        }
        long count = in.getLong();
        if (count != s.count() || count > in.remaining() / s.dtype().bytes()) {
            throw new FormatException("at byte " + at + " a storage of " + count + " elements begins where " + s.count()
                    + " must be; " + in.remaining() + " bytes are left");
        }
        int bytes = (int) count * s.dtype().bytes();
        ByteBuffer slice = in.slice(in.position(), bytes);
        in.position(in.position() + bytes);
        return slice;
    }

    private static byte[] copy(Storage s, @Nullable ByteBuffer elements) throws FormatException {
        if (elements == null || !s.isOf(elements.capacity())) {
            throw new FormatException("there is no storage '" + s.key() + "' of " + s.count() + " elements");
        }
        byte[] bytes = new byte[elements.capacity()];
        elements.get(0, bytes);
        return bytes;
    }
}
