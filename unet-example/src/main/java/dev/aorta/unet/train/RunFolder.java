package dev.aorta.unet.train;

import dev.aorta.io.FolderLock;
import dev.aorta.io.FormatException;
import java.io.Closeable;
import java.io.IOException;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * The folder that a command leaves behind. Each file in it is written whole or not at all, and while a command works in it no
 * other does, so that what was stopped leaves a folder that can be used.
 */
public final class RunFolder implements Closeable {
    private final Path folder;
    private final @Nullable FolderLock lock;

    private RunFolder(Path folder, @Nullable FolderLock lock) {
        this.folder = folder;
        this.lock = lock;
    }

    /**
     * Makes an empty folder, for this command alone until it is closed.
     *
     * @throws FormatException if it is there already with something in it
     */
    public static RunFolder create(Path folder) throws IOException {
        Files.createDirectories(folder);
        requireEmpty(folder); // leaves no trace in a folder of others
        RunFolder run = new RunFolder(folder, FolderLock.take(folder));
        try {
            requireEmpty(folder);
            return run;
        } catch (IOException | RuntimeException e) {
            run.close();
            throw e;
        }
    }

    private static void requireEmpty(Path folder) throws IOException {
        try (Stream<Path> content = Files.list(folder)) {
            // locks, and what killed commands left, begin with a dot
            if (content.anyMatch(f -> !f.getFileName().toString().startsWith("."))) {
                throw new FormatException(folder + ": the folder is not empty; name another one with --out");
            }
        }
    }

    /** As {@link #create}, of a name that nobody has: the one given, or with a number behind it. */
    public static RunFolder createUnused(Path wanted) throws IOException {
        Files.createDirectories(wanted.toAbsolutePath().getParent());
        for (int i = 1; ; i++) {
            Path folder = i == 1 ? wanted : wanted.resolveSibling(wanted.getFileName() + "-" + i);
            try {
                Files.createDirectory(folder);
            } catch (FileAlreadyExistsException e) {
                continue;
            }
            return create(folder);
        }
    }

    /** The folder of a training to go on with, for this command alone until it is closed. */
    public static RunFolder reopen(Path folder) throws IOException {
        at(folder);
        return new RunFolder(folder, FolderLock.take(folder));
    }

    /**
     * The folder of a training to look at, which may be going on.
     *
     * @throws FormatException if there is none
     */
    public static RunFolder at(Path folder) throws FormatException {
        RunFolder run = new RunFolder(folder, null);
        if (!Files.isRegularFile(run.config())) {
            throw new FormatException(run.config() + ": there is no such file; name the run folder of a 'unet train'");
        }
        return run;
    }

    /**
     * The model file of a run folder, or of a model file itself.
     *
     * @throws FormatException if there is none
     */
    public static Path modelOf(Path runOrFile) throws FormatException {
        Path file = Files.isDirectory(runOrFile) ? new RunFolder(runOrFile, null).model() : runOrFile;
        if (!Files.isRegularFile(file)) {
            throw new FormatException(
                    file + ": there is no such model; name a run folder of 'unet train' with --model");
        }
        return file;
    }

    /** Where it is. */
    public Path folder() {
        return folder;
    }

    /** What decides how the training goes: a {@link RunRecord}. */
    public Path config() {
        return folder.resolve("config.json");
    }

    /** The weights of the best epoch. */
    public Path model() {
        return folder.resolve("model.safetensors");
    }

    /** What the validation images look like to the model, against which later ones are watched. */
    public Path reference() {
        return folder.resolve("reference.safetensors");
    }

    /** The page that shows the run. */
    public Path report() {
        return folder.resolve("report.html");
    }

    /** The curves as a table. */
    public Path metrics() {
        return folder.resolve("metrics.csv");
    }

    /** How long the epochs took, as a table. */
    public Path timings() {
        return folder.resolve("timings.csv");
    }

    /** How long all its epochs took together, seconds; 0 where nothing says it. */
    public double seconds() throws IOException {
        return Timings.total(timings());
    }

    /** What the training goes on from. */
    public Path checkpoints() {
        return folder.resolve("checkpoints");
    }

    @Override
    public void close() throws IOException {
        if (lock != null) {
            lock.close();
        }
    }
}
