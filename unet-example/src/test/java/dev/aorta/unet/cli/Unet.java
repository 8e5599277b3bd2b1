package dev.aorta.unet.cli;

import dev.aorta.unet.imaging.LabelledSlice;
import dev.aorta.unet.imaging.SliceFiles;
import dev.aorta.unet.imaging.SliceFolder;
import dev.aorta.unet.imaging.SliceSchema;
import java.io.IOException;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;

/** The program as a user sees it: a command line, an exit code, and what was printed. */
final class Unet {
    static final int SIDE = 32;

    private Unet() {}

    record Result(int code, String out, String err) {}

    static Result run(Object... args) {
        return run(line -> {}, args);
    }

    static Result run(Listener listener, Object... args) {
        StringWriter out = new StringWriter() {
            @Override
            public void write(String text, int from, int length) {
                super.write(text, from, length);
                try {
                    listener.printed(text.substring(from, from + length));
                } catch (IOException e) {
                    throw new UncheckedIOException(e);
                }
            }
        };
        StringWriter err = new StringWriter();
        String[] texts = Stream.of(args).map(Object::toString).toArray(String[]::new);
        int code = Main.run(new PrintWriter(out, true), new PrintWriter(err, true), texts);
        return new Result(code, out.toString(), err.toString());
    }

    /** Something that happens when a line was printed. */
    interface Listener {
        void printed(String line) throws IOException;
    }

    /** A training of a tiny U-Net in a second, with further options or other values of these. */
    static Result train(Path data, Path run, Object... more) {
        return train(data, run, line -> {}, more);
    }

    /** The same, with somebody who hears each line on the thread that trains. */
    static Result train(Path data, Path run, Listener listener, Object... more) {
        List<Object> options = List.of(more);
        List<Object> args = new ArrayList<>(List.of("train", "--data", data, "--out", run, "--device", "cpu"));
        Map.of("--base", 2, "--depth", 2, "--epochs", 1).forEach((option, value) -> {
            if (!options.contains(option)) {
                args.addAll(List.of(option, value));
            }
        });
        args.addAll(options);
        return run(listener, args.toArray());
    }

    /** Deletes a folder and what is in it. */
    static void delete(Path folder) throws IOException {
        try (Stream<Path> files = Files.walk(folder)) {
            for (Path file : files.sorted(Comparator.reverseOrder()).toList()) {
                Files.delete(file);
            }
        }
    }

    /** A folder of 6 slices to train on and 3 to validate. */
    static Path data(Path folder) throws IOException {
        return data(folder, SIDE, SIDE);
    }

    static Path data(Path folder, int trainSide, int validationSide) throws IOException {
        Files.createDirectories(folder);
        records(folder.resolve(SliceFolder.TRAIN), 6, trainSide, 0);
        records(folder.resolve(SliceFolder.VALIDATION), 3, validationSide, 100);
        return folder;
    }

    /** A TFRecord file of disks. */
    static Path records(Path file, int count, int side, int first) throws IOException {
        SliceFolder.writeSlices(file, SliceSchema.B, count, i -> SliceFiles.disk(side, first + i));
        return file;
    }

    /** One slice with {@code label} in row 3, column 5. */
    static int[] whole(float[] image) {
        int[] whole = new int[image.length];
        for (int i = 0; i < whole.length; i++) {
            whole[i] = (int) image[i];
        }
        return whole;
    }

    static LabelledSlice labelled(int label) {
        LabelledSlice slice = SliceFiles.disk(SIDE, 1);
        slice.label()[3 * SIDE + 5] = (byte) label;
        return slice;
    }

    static List<String> names(Path folder) throws IOException {
        try (Stream<Path> files = Files.list(folder)) {
            return files.map(f -> f.getFileName().toString()).sorted().toList();
        }
    }
}
