package dev.aorta.io;

import dev.aorta.io.Safetensors.Entry;
import dev.aorta.io.Unpickler.Storage;
import java.io.EOFException;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.FileSystemException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashMap;
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
        return TorchTensors.of(Unpickler.read(bytes(pickle)), size, this::bytes);
    }

    private byte[] bytes(Storage s) throws IOException {
        ZipEntry entry = entry("data/" + s.key());
        if (!s.isOf(entry.getSize())) {
            throw new FormatException("entry '" + entry.getName() + "' has " + entry.getSize() + " bytes where "
                    + s.count() + " elements of " + s.dtype() + " must be");
        }
        byte[] data = storages.get(s.key());
        if (data == null) {
            data = bytes(entry);
            storages.put(s.key(), data);
        }
        return data;
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
