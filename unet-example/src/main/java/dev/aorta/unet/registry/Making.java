package dev.aorta.unet.registry;

import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.util.Comparator;
import java.util.stream.Stream;

/**
 * Where a version, or what is said of one, is put together beside its place: first it is written and synced, then the log has it,
 * then it is moved. So what a killed process leaves was either never there, or can be moved.
 */
final class Making {
    static final String PREFIX = ".making-";

    private Making() {}

    /** The place beside {@code target}. */
    static Path of(Path target) {
        return target.resolveSibling(PREFIX + target.getFileName());
    }

    static void sync(Path file) throws IOException {
        try (FileChannel channel = FileChannel.open(file, StandardOpenOption.READ)) {
            channel.force(true);
        }
    }

    static void move(Path target) throws IOException {
        Files.move(of(target), target, StandardCopyOption.ATOMIC_MOVE);
    }

    /** Moves what the log has and is not in its place yet, and deletes what it has as deleted. */
    static void complete(Replay now) throws IOException {
        for (ModelVersion v : now.versions()) {
            moveIfMade(v.folder());
            for (String file : v.files().digests().keySet()) {
                moveIfMade(v.folder().resolve(file));
            }
        }
        for (ModelVersion v : now.deleted()) {
            deleteAll(v.folder());
        }
    }

    private static void moveIfMade(Path target) throws IOException {
        if (Files.exists(of(target)) && !Files.exists(target)) {
            move(target);
        }
    }

    static void deleteAll(Path folder) throws IOException {
        if (Files.exists(folder)) {
            try (Stream<Path> files = Files.walk(folder)) {
                for (Path file : files.sorted(Comparator.reverseOrder()).toList()) {
                    Files.delete(file);
                }
            }
        }
    }
}
