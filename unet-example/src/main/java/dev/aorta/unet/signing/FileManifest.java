package dev.aorta.unet.signing;

import dev.aorta.io.FormatException;
import dev.aorta.unet.imaging.Sha256;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.FileVisitResult;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.SimpleFileVisitor;
import java.nio.file.attribute.BasicFileAttributes;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collection;
import java.util.Collections;
import java.util.Comparator;
import java.util.HexFormat;
import java.util.List;
import java.util.SequencedMap;
import java.util.SortedMap;
import java.util.TreeMap;

/**
 * The files of a folder and their SHA-256.
 *
 * @param digests by path in the folder with slashes, in the order of its Unicode code points
 */
public record FileManifest(SortedMap<String, String> digests) {
    /** That of UTF-8's bytes; beyond the basic plane Java's own order of texts is another. */
    static final Comparator<String> BY_CODE_POINT =
            Comparator.comparing(name -> name.getBytes(StandardCharsets.UTF_8), Arrays::compareUnsigned);

    public FileManifest {
        SortedMap<String, String> sorted = new TreeMap<>(BY_CODE_POINT);
        sorted.putAll(digests);
        digests = Collections.unmodifiableSortedMap(sorted);
    }

    /** Of digests that were written down. */
    public static FileManifest of(SequencedMap<String, String> digests) {
        return new FileManifest(new TreeMap<>(digests));
    }

    /**
     * Reads all files of a folder.
     *
     * @param ignored paths in it that do not count, with all below them
     * @throws FormatException if there is a symbolic link, whose target could be changed unseen
     */
    public static FileManifest of(Path folder, Collection<String> ignored) throws IOException {
        SortedMap<String, String> digests = new TreeMap<>();
        Files.walkFileTree(folder, new SimpleFileVisitor<>() {
            @Override
            public FileVisitResult preVisitDirectory(Path directory, BasicFileAttributes is) {
                return ignored.contains(name(directory)) ? FileVisitResult.SKIP_SUBTREE : FileVisitResult.CONTINUE;
            }

            @Override
            public FileVisitResult visitFile(Path file, BasicFileAttributes is) throws IOException {
                if (!ignored.contains(name(file))) {
                    if (!is.isRegularFile()) {
                        throw new FormatException(file + ": it is a link or a device; only plain files can be signed");
                    }
                    digests.put(name(file), Sha256.of(file));
                }
                return FileVisitResult.CONTINUE;
            }

            private String name(Path file) {
                return folder.relativize(file).toString().replace('\\', '/');
            }
        });
        return new FileManifest(digests);
    }

    /** Those that are not ignored. */
    FileManifest without(Collection<String> ignored) {
        SortedMap<String, String> counted = new TreeMap<>(digests);
        counted.keySet().removeIf(name -> {
            for (int end = name.length(); end > 0; end = name.lastIndexOf('/', end - 1)) {
                if (ignored.contains(name.substring(0, end))) {
                    return true;
                }
            }
            return false;
        });
        return new FileManifest(counted);
    }

    /** One digest for all: SHA-256 of the digests' bytes behind each other, in the order of the names. */
    public String root() {
        ByteArrayOutputStream all = new ByteArrayOutputStream();
        digests.values().forEach(d -> all.writeBytes(HexFormat.of().parseHex(d)));
        return Sha256.of(all.toByteArray());
    }

    /** In what {@code found} is other than this; empty when it is not. */
    public List<String> differences(FileManifest found) {
        List<String> differences = new ArrayList<>();
        digests.forEach((name, digest) -> {
            String now = found.digests.get(name);
            if (now == null) {
                differences.add(name + ": it is missing");
            } else if (!now.equals(digest)) {
                differences.add(name + ": it was altered; its SHA-256 is " + now + " and was " + digest);
            }
        });
        for (String name : found.digests.keySet()) {
            if (!digests.containsKey(name)) {
                differences.add(name + ": it is foreign, nobody has signed it");
            }
        }
        return differences;
    }
}
