package dev.aorta.io;

import dev.aorta.io.Safetensors.Entry;
import dev.aorta.io.Unpickler.Storage;
import dev.aorta.io.Unpickler.View;
import java.io.EOFException;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.FileSystemException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.SequencedMap;
import java.util.zip.CRC32;
import java.util.zip.ZipEntry;
import java.util.zip.ZipException;
import java.util.zip.ZipFile;

/**
 * A file that {@code torch.save} wrote since PyTorch 1.6: a zip archive of uncompressed entries, {@code data.pkl} that says what
 * there is and {@code data/KEY} for the elements of each storage. It is read without running anything that it holds.
 */
final class TorchArchive {
    /** Under which a training script keeps the state dict, in this order. */
    private static final List<String> WRAPPERS = List.of("state_dict", "model_state_dict", "model");
    /** All tensors together may be larger than the file, for some share a storage; more than this many times is a bomb. */
    private static final int MAX_GROWTH = 4;

    private final ZipFile zip;
    private final long size;
    private final String root;
    private final Map<String, byte[]> storages = new HashMap<>();

    private TorchArchive(ZipFile zip, long size) throws FormatException {
        this.zip = zip;
        this.size = size;
        long total = 0;
        for (ZipEntry e : zip.stream().toList()) {
            if (e.getMethod() != ZipEntry.STORED || e.getSize() != e.getCompressedSize() || e.getSize() < 0) {
                throw new FormatException("entry '" + e.getName() + "' is compressed, which torch.save never does");
            }
            total += e.getSize();
            if (total > size) {
                throw new FormatException("its entries take more than the file's " + size + " bytes");
            }
        }
        root = root(zip);
    }

    /** The folder in which {@code data.pkl} lies, with the slash. */
    private static String root(ZipFile zip) throws FormatException {
        List<String> pickles = zip.stream()
                .map(ZipEntry::getName)
                .filter(name -> name.endsWith("/data.pkl"))
                .toList();
        if (pickles.size() != 1) {
            throw new FormatException(
                    "there are " + pickles.size() + " entries '.../data.pkl' where a file of torch.save has one");
        }
        String pickle = pickles.getFirst();
        return pickle.substring(0, pickle.length() - "data.pkl".length());
    }

    /**
     * The tensors of a state dict, or of the one that a dictionary holds under {@code state_dict}, {@code model_state_dict} or
     * {@code model}.
     *
     * @throws FormatException if it is anything else
     */
    static SequencedMap<String, Entry> read(Path file) throws IOException {
        try (ZipFile zip = new ZipFile(file.toFile())) {
            return new TorchArchive(zip, Files.size(file)).tensors();
        } catch (FormatException | ZipException e) {
            throw new FormatException(file + " is not a sound file of torch.save: " + e.getMessage(), e);
        } catch (EOFException e) {
            throw new FormatException(file + " is not a sound file of torch.save: an entry lies beyond its end", e);
        } catch (FileSystemException e) {
            throw e;
        } catch (IOException e) {
            throw new IOException(file + " cannot be read: " + e.getMessage(), e);
        }
    }

    private SequencedMap<String, Entry> tensors() throws IOException {
        ZipEntry order = zip.getEntry(root + "byteorder");
        if (order != null && !new String(bytes(order), StandardCharsets.US_ASCII).equals("little")) {
            throw new FormatException("it was written on a big-endian machine; load and save it on another");
        }
        ZipEntry pickle = entry("data.pkl");
        if (pickle.getSize() > Unpickler.MAX_BYTES) {
            throw new FormatException(
                    "a pickle of " + pickle.getSize() + " bytes is over the limit of " + Unpickler.MAX_BYTES);
        }
        Map<String, View> views = views(stateDict(Unpickler.read(bytes(pickle))));
        requireBounded(views);
        SequencedMap<String, Entry> tensors = new LinkedHashMap<>();
        for (var view : views.entrySet()) {
            try {
                tensors.put(view.getKey(), tensor(view.getValue()));
            } catch (FormatException e) {
                throw new FormatException("tensor '" + view.getKey() + "': " + e.getMessage(), e);
            }
        }
        return tensors;
    }

    private static Map<?, ?> stateDict(Object value) throws FormatException {
        if (!(value instanceof Map<?, ?> map)) {
            throw new FormatException("it holds no dictionary; in Python, save model.state_dict()");
        }
        if (map.isEmpty() || map.values().stream().anyMatch(View.class::isInstance)) {
            return map;
        }
        for (String wrapper : WRAPPERS) {
            if (map.get(wrapper) instanceof Map<?, ?> inner) {
                return inner;
            }
        }
        throw new FormatException(
                "its dictionary holds no tensors, nor another one under " + WRAPPERS + ", only " + map.keySet());
    }

    private static Map<String, View> views(Map<?, ?> stateDict) throws FormatException {
        Map<String, View> views = new LinkedHashMap<>();
        for (var member : stateDict.entrySet()) {
            if (!(member.getKey() instanceof String name) || !(member.getValue() instanceof View view)) {
                throw new FormatException("'" + member.getKey()
                        + "' in the state dict is no tensor with a name; in Python, save the tensors alone");
            }
            views.put(name, view);
        }
        return views;
    }

    private void requireBounded(Map<String, View> views) throws FormatException {
        long total = 0;
        for (View v : views.values()) {
            total += Safetensors.byteCount(v.storage().dtype(), v.shape());
            if (total > MAX_GROWTH * size) {
                throw new FormatException("its tensors share storages so often that they take more than " + MAX_GROWTH
                        + " times the file");
            }
        }
    }

    private Entry tensor(View v) throws IOException {
        Storage s = v.storage();
        ZipEntry entry = entry("data/" + s.key());
        int width = s.dtype().bytes();
        if (entry.getSize() % width != 0 || entry.getSize() / width != s.count()) {
            throw new FormatException("entry '" + entry.getName() + "' has " + entry.getSize() + " bytes where "
                    + s.count() + " elements of " + s.dtype() + " must be");
        }
        byte[] all = storages.get(s.key());
        if (all == null) {
            all = bytes(entry);
            storages.put(s.key(), all);
        }
        boolean whole = v.offset() == 0
                && Safetensors.byteCount(s.dtype(), v.shape()) == all.length
                && Arrays.equals(v.steps(), Strides.contiguous(v.shape()));
        byte[] data = whole ? all : Strides.gather(all, width, v.offset(), v.shape(), v.steps());
        return Entry.of(s.dtype(), data, v.shape());
    }

    private ZipEntry entry(String name) throws FormatException {
        ZipEntry entry = zip.getEntry(root + name);
        if (entry == null) {
            throw new FormatException("there is no entry '" + root + name + "'; the file may be cut off");
        }
        return entry;
    }

    private byte[] bytes(ZipEntry entry) throws IOException {
        if (entry.getSize() > Integer.MAX_VALUE - 8) {
            throw new FormatException("entry '" + entry.getName() + "' is larger than a Java array; split the tensor");
        }
        byte[] data;
        try (InputStream in = zip.getInputStream(entry)) {
            data = in.readNBytes((int) entry.getSize());
        }
        CRC32 crc = new CRC32();
        crc.update(data);
        if (data.length != entry.getSize() || crc.getValue() != entry.getCrc()) {
            throw new FormatException("entry '" + entry.getName()
                    + "' does not have the checksum that the archive states; it is damaged, or PyTorch was told not to"
                    + " compute checksums when it was saved");
        }
        return data;
    }
}
