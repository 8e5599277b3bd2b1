package dev.aorta.unet.cli;

import dev.aorta.unet.train.RunFolder;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Stream;

/** A folder that a command makes and fills, or leaves as it was. */
final class OutputFolder {
    private OutputFolder() {}

    /** What is written to a folder. */
    interface Content {
        /** Writes everything. */
        void write() throws IOException;
    }

    /** Makes {@code folder}, which may be there and empty, and fills it; after a failure what was written is taken away again. */
    static void fill(Path folder, Content content) throws IOException {
        boolean there = Files.isDirectory(folder);
        try (RunFolder alone = RunFolder.create(folder)) {
            fill(folder, there, content);
        }
    }

    private static void fill(Path folder, boolean there, Content content) throws IOException {
        try {
            content.write();
        } catch (Throwable failure) {
            try {
                clear(folder, there);
            } catch (IOException e) {
                failure.addSuppressed(e);
            }
            throw failure;
        }
    }

    private static void clear(Path folder, boolean keep) throws IOException {
        List<Path> files;
        try (Stream<Path> content = Files.list(folder)) {
            files = content.toList();
        }
        for (Path file : files) {
            Files.deleteIfExists(file);
        }
        if (!keep) {
            Files.deleteIfExists(folder);
        }
    }
}
