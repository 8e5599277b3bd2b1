package dev.aorta.spark;

import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.security.DigestOutputStream;
import java.security.MessageDigest;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;
import org.apache.hadoop.fs.FileSystem;
import org.apache.hadoop.fs.LocatedFileStatus;
import org.apache.hadoop.fs.RemoteIterator;
import org.apache.spark.SparkFiles;

/**
 * What a machine has of a file or folder.
 *
 * @param path where it is
 * @param own whether it is a copy
 */
record LocalCopy(Path path, boolean own) {
    /**
     * The copy of this executor, made where there is none.
     *
     * @throws IOException when it cannot be read
     */
    static LocalCopy of(FileSystem files, org.apache.hadoop.fs.Path source) throws IOException {
        return new LocalCopy(fetched(files, source), true);
    }

    /** One thread of the executor copies, the others find it. */
    private static synchronized Path fetched(FileSystem files, org.apache.hadoop.fs.Path source) throws IOException {
        Path folder = Path.of(SparkFiles.getRootDirectory(), "aorta-data", version(files, source));
        Path copy = folder.resolve(source.getName());
        if (!Files.exists(copy)) {
            Files.createDirectories(folder);
            Path part = Files.createTempDirectory(folder, ".part-").resolve(source.getName());
            files.copyToLocalFile(false, source, new org.apache.hadoop.fs.Path(part.toUri()), true);
            Files.move(part, copy, StandardCopyOption.ATOMIC_MOVE);
            Files.delete(part.getParent());
        }
        return copy;
    }

    /** A name for what is there now: other content has another one. */
    private static String version(FileSystem files, org.apache.hadoop.fs.Path source) throws IOException {
        List<String> found = new ArrayList<>();
        for (RemoteIterator<LocatedFileStatus> each = files.listFiles(source, true); each.hasNext(); ) {
            LocatedFileStatus file = each.next();
            found.add(file.getPath() + " " + file.getLen() + " " + file.getModificationTime());
        }
        found.sort(null);
        return Sha256.of(source + "\n" + String.join("\n", found));
    }

    /** {@return the SHA-256 of the content, and of the names in a folder, in hexadecimal digits} */
    String digest() throws IOException {
        MessageDigest sha = Sha256.begin();
        try (Stream<Path> walk = Files.walk(path);
                OutputStream to = new DigestOutputStream(OutputStream.nullOutputStream(), sha)) {
            for (Path file : walk.filter(Files::isRegularFile).sorted().toList()) {
                sha.update(Sha256.utf8(path.relativize(file) + " " + Files.size(file) + "\n"));
                try (InputStream in = Files.newInputStream(file)) {
                    in.transferTo(to);
                }
            }
        }
        return Sha256.end(sha);
    }

    /** Has the next attempt copy again. */
    void discard() throws IOException {
        if (own) {
            try (Stream<Path> walk = Files.walk(path)) {
                for (Path file : walk.sorted((a, b) -> b.compareTo(a)).toList()) {
                    Files.deleteIfExists(file);
                }
            }
        }
    }
}
