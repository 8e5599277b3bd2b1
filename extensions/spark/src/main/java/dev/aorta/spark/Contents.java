package dev.aorta.spark;

import java.io.IOException;
import java.io.InputStream;
import java.util.SortedMap;
import java.util.TreeMap;
import org.apache.hadoop.fs.FileStatus;
import org.apache.hadoop.fs.FileSystem;
import org.apache.hadoop.fs.Path;

/** What a row's path stands for, read into memory, of which it may take so much. */
final class Contents {
    /** What a file takes beside its bytes. */
    private static final int ENTRY_BYTES = 1 << 10;

    private final FileSystem files;
    private final Path path;
    private final long limit;

    /** The files that were found, by their paths in the folder. */
    private final SortedMap<String, FileStatus> found = new TreeMap<>();

    private long bytes;

    Contents(FileSystem files, Path path, long limit) {
        this.files = files;
        this.path = path;
        this.limit = limit;
    }

    /** The bytes of a file. */
    byte[] file(FileStatus file) throws IOException {
        take("", file);
        return read(file);
    }

    /** The bytes of all files in a folder, by their paths in it; none is read before it is sure that all fit. */
    SortedMap<String, byte[]> folder() throws IOException {
        collect(path, "");
        SortedMap<String, byte[]> contents = new TreeMap<>();
        for (var each : found.entrySet()) {
            contents.put(each.getKey(), read(each.getValue()));
        }
        return contents;
    }

    private void collect(Path folder, String prefix) throws IOException {
        for (FileStatus inside : files.listStatus(folder)) {
            String name = prefix + inside.getPath().getName();
            if (inside.isDirectory()) {
                collect(inside.getPath(), name + "/");
            } else {
                take(name, inside);
            }
        }
    }

    private void take(String name, FileStatus file) throws IOException {
        found.put(name, file);
        bytes += file.getLen() + ENTRY_BYTES;
        if (bytes > limit || file.getLen() > Integer.MAX_VALUE - ENTRY_BYTES) {
            throw new IOException(
                    "%s: its files would take at least %,d bytes of memory (%,d of them, up to %s), and one row may take %,d; raise AortaTransformer.limit if that is meant, or name less"
                            .formatted(path, bytes, found.size(), file.getPath().getName(), limit));
        }
    }

    private byte[] read(FileStatus file) throws IOException {
        int length = Math.toIntExact(file.getLen());
        try (InputStream in = files.open(file.getPath())) {
            byte[] content = in.readNBytes(length);
            if (content.length < length || in.read() >= 0) {
                throw new IOException(
                        "%s: it has changed while it was read; it had %,d bytes".formatted(file.getPath(), length));
            }
            return content;
        }
    }
}
