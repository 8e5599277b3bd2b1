package dev.aorta.unet.train;

import static java.nio.file.StandardOpenOption.CREATE_NEW;
import static java.nio.file.StandardOpenOption.WRITE;

import dev.aorta.io.FormatException;
import dev.aorta.io.Json;
import java.io.IOException;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.stream.Stream;

/**
 * The folder that a training leaves behind. Its model, table and page are written whole or not at all, so that a run that was
 * stopped leaves a folder that can be used.
 *
 * @param folder where it is
 */
public record RunFolder(Path folder) {
    /**
     * Makes an empty folder.
     *
     * @throws FormatException if it is there already with something in it
     */
    public static RunFolder create(Path folder) throws IOException {
        if (Files.isDirectory(folder)) {
            try (Stream<Path> content = Files.list(folder)) {
                if (content.findAny().isPresent()) {
                    throw new FormatException(folder + ": the folder is not empty; name another one with --out");
                }
            }
        }
        Files.createDirectories(folder);
        return new RunFolder(folder);
    }

    /**
     * The model file of a run folder, or of a model file itself.
     *
     * @throws FormatException if there is none
     */
    public static Path modelOf(Path runOrFile) throws FormatException {
        Path file = Files.isDirectory(runOrFile) ? new RunFolder(runOrFile).model() : runOrFile;
        if (!Files.isRegularFile(file)) {
            throw new FormatException(
                    file + ": there is no such model; name a run folder of 'unet train' with --model");
        }
        return file;
    }

    /** The weights of the best epoch. */
    public Path model() {
        return folder.resolve("model.safetensors");
    }

    /** The page that shows the run. */
    public Path report() {
        return folder.resolve("report.html");
    }

    /** The curves as a table. */
    public Path metrics() {
        return folder.resolve("metrics.csv");
    }

    /**
     * Writes {@code config.json}, the first file of a training, which makes the folder its own.
     *
     * @throws FormatException if it is there already, of a training that began at the same time
     */
    public void writeConfig(Json config) throws IOException {
        try {
            Files.writeString(folder.resolve("config.json"), config.pretty(), CREATE_NEW, WRITE);
        } catch (FileAlreadyExistsException e) {
            throw new FormatException(
                    folder + ": another training has begun in the folder; name another one with --out", e);
        }
    }
}
