package dev.aorta.spark;

import java.io.IOException;
import java.io.OutputStream;
import java.util.EnumSet;
import org.apache.hadoop.conf.Configuration;
import org.apache.hadoop.fs.CreateFlag;
import org.apache.hadoop.fs.FileContext;
import org.apache.hadoop.fs.Options;
import org.apache.hadoop.fs.Path;
import org.apache.hadoop.fs.local.RawLocalFs;

/** Masks as files of a folder, named after what they are masks of, so that whoever repeats a task writes the same files. */
final class MaskFiles {
    private final Path folder;
    private final FileContext files;
    private final long task;

    /**
     * Makes the folder where there is none.
     *
     * @param task which no other task has, whatever attempt it is
     */
    MaskFiles(String folder, Configuration hadoop, long task) throws IOException {
        Configuration plain = new Configuration(hadoop);
        plain.setClass(
                "fs.AbstractFileSystem.file.impl", RawLocalFs.class, Object.class); // else there are files of checksums
        Path given = new Path(folder);
        files = FileContext.getFileContext(
                given.getFileSystem(plain).makeQualified(given).toUri(), plain);
        this.folder = files.makeQualified(given);
        this.task = task;
        files.mkdir(this.folder, FileContext.DIR_DEFAULT_PERM, true);
    }

    /** Writes the mask of a file, whole or not at all, and says where. */
    String write(String path, byte[] mask) throws IOException {
        String name = Sha256.of(path) + ".png";
        Path file = new Path(folder, name);
        Path part = new Path(folder, "." + name + "." + task);
        try (OutputStream out = files.create(part, EnumSet.of(CreateFlag.CREATE, CreateFlag.OVERWRITE))) {
            out.write(mask);
        }
        files.rename(part, file, Options.Rename.OVERWRITE);
        return file.toString();
    }
}
