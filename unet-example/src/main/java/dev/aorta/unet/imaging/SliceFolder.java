package dev.aorta.unet.imaging;

import dev.aorta.data.TfRecordCompression;
import dev.aorta.data.TfRecordWriter;
import dev.aorta.io.AtomicFile;
import dev.aorta.io.FormatException;
import dev.aorta.io.Json;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.SequencedMap;

/** A folder of training data: two TFRecord files of labelled slices, and a manifest that says where they came from. */
public final class SliceFolder {
    public static final String TRAIN = "train_images.tfrecords";
    public static final String VALIDATION = "val_images.tfrecords";
    public static final String MANIFEST = "manifest.json";

    private SliceFolder() {}

    /** Slices that are made when they are asked for. */
    @FunctionalInterface
    public interface Source {
        /** Slice number {@code index}, counted from 0. */
        LabelledSlice slice(int index) throws IOException;
    }

    /** What takes slices. */
    @FunctionalInterface
    interface Sink {
        /** Takes one slice. */
        void accept(LabelledSlice slice) throws IOException;
    }

    /** What gives slices, as many as it has. */
    @FunctionalInterface
    interface Content {
        /** Gives all of them. */
        void writeTo(Sink sink) throws IOException;
    }

    /** Writes all slices of {@code content} to {@code file}, whole or not at all. */
    static void writeAll(Path file, SliceSchema schema, Content content) throws IOException {
        TfRecordWriter.write(
                file, TfRecordCompression.NONE, writer -> content.writeTo(slice -> writer.write(schema.encode(slice))));
    }

    /** Writes {@code count} slices to {@code file}, whole or not at all. */
    public static void writeSlices(Path file, SliceSchema schema, int count, Source source) throws IOException {
        writeAll(file, schema, sink -> {
            for (int i = 0; i < count; i++) {
                sink.accept(source.slice(i));
            }
        });
    }

    /** Writes the manifest of {@code folder}: {@code contents} after the name and version of this program. */
    public static void writeManifest(Path folder, SequencedMap<String, Object> contents) throws IOException {
        contents.putFirst("tool", "aorta " + version());
        byte[] json = Json.of(contents).pretty().getBytes(StandardCharsets.UTF_8);
        AtomicFile.write(folder.resolve(MANIFEST), out -> out.write(json));
    }

    /** How many classes the labels of {@code folder} have, the background included: what its manifest says, or else 2. */
    public static int classes(Path folder) throws IOException {
        Path manifest = folder.resolve(MANIFEST);
        if (!Files.isRegularFile(manifest)) {
            return 2;
        }
        try {
            Json classes = Json.parse(Files.readAllBytes(manifest)).asObject().get("classes");
            return classes == null ? 2 : classes.asList().size();
        } catch (FormatException e) {
            return 2; // data of others; a label that is no such class is an error of its own
        }
    }

    /** Makes the files of {@code folder}, still empty, so that nobody but their owner may read what is written to them. */
    static void keepForOwner(Path folder) throws IOException {
        for (String name : List.of(TRAIN, VALIDATION, MANIFEST)) {
            Pseudonyms.createForOwner(folder.resolve(name));
        }
    }

    /** Makes {@code folder} where it is not there yet. */
    public static void create(Path folder) throws IOException {
        try {
            Files.createDirectories(folder);
        } catch (FileAlreadyExistsException e) {
            throw new IOException("%s: a file stands where the folder should be; name another".formatted(folder), e);
        }
    }

    private static String version() {
        String version = SliceFolder.class.getPackage().getImplementationVersion();
        return version == null ? "development build" : version;
    }
}
