package dev.aorta.spark;

import dev.aorta.io.AtomicFile;
import java.io.IOException;
import java.io.OutputStream;
import java.io.Serializable;
import java.nio.file.Files;
import java.util.EnumSet;
import org.apache.hadoop.conf.Configuration;
import org.apache.hadoop.fs.CreateFlag;
import org.apache.hadoop.fs.FileContext;
import org.apache.hadoop.fs.Options;
import org.apache.hadoop.fs.Path;
import org.jspecify.annotations.Nullable;

/** Masks as files of a folder, named after what they are masks of, so that whoever repeats a task writes the same files. */
final class MaskFiles {
    /**
     * Where they go.
     *
     * @param uri of the folder
     * @param extension of their names
     */
    record Place(String uri, String extension) implements Serializable {}

    private final Path folder;
    private final String extension;
    private final @Nullable FileContext files; // null where they are local: Hadoop runs programs for each file there
    private final long task;

    /**
     * Makes the folder where there is none.
     *
     * @param task which no other task has, whatever attempt it is
     */
    MaskFiles(Place place, Configuration hadoop, long task) throws IOException {
        Path given = new Path(place.uri);
        extension = place.extension;
        this.folder = given.getFileSystem(hadoop).makeQualified(given);
        this.task = task;
        if (this.folder.toUri().getScheme().equals("file")) {
            files = null;
            Files.createDirectories(local(this.folder));
        } else {
            files = FileContext.getFileContext(this.folder.toUri(), hadoop);
            files.mkdir(this.folder, FileContext.DIR_DEFAULT_PERM, true);
        }
    }

    private static java.nio.file.Path local(Path path) {
        return java.nio.file.Path.of(path.toUri().getPath());
    }

    /** Writes the mask of a file, whole or not at all, and says where. */
    String write(String path, byte[] mask) throws IOException {
        String name = Sha256.of(path) + extension;
        Path file = new Path(folder, name);
        if (files == null) {
            AtomicFile.write(local(file), out -> out.write(mask));
        } else {
            Path part = new Path(folder, "." + name + "." + task);
            try (OutputStream out = files.create(part, EnumSet.of(CreateFlag.CREATE, CreateFlag.OVERWRITE))) {
                out.write(mask);
            }
            files.rename(part, file, Options.Rename.OVERWRITE);
        }
        return file.toString();
    }
}
