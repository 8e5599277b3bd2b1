package dev.aorta.unet;

import dev.aorta.unet.imaging.SliceFiles;
import dev.aorta.unet.imaging.SliceFolder;
import dev.aorta.unet.imaging.SliceSchema;
import java.io.BufferedReader;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.concurrent.TimeUnit;

/**
 * Trainings that are killed with SIGKILL at random moments and go on each time, beside one that is not disturbed. Augmentation,
 * batch normalisation and a changing number of threads are on.
 */
final class Kills {
    /** A killed process is let live until it has trained for at most so long. */
    private static final int MOST_MILLIS = 300;

    private final Path folder;
    private final Random random;

    Kills(Path folder, long seed) {
        this.folder = folder;
        random = new Random(seed);
    }

    /** What came of it: kills, of them such that left a checkpoint, and trainings that were killed and ended. */
    record Outcome(int kills, int inTraining, int trainings) {}

    /**
     * Kills so often, and then lets the last training end.
     *
     * @throws IllegalStateException when a training does not go on, or ends with other bytes
     */
    Outcome run(int kills) throws IOException, InterruptedException {
        Path data = Files.createDirectories(folder.resolve("data"));
        slices(data.resolve(SliceFolder.TRAIN), 12, 0);
        slices(data.resolve(SliceFolder.VALIDATION), 3, 100);
        Path whole = folder.resolve("whole");
        end(begin(data, whole));
        int done = 0;
        int inTraining = 0;
        int trainings = 0;
        while (done < kills || trainings == 0) {
            Path run = folder.resolve("run" + trainings);
            boolean ended = false;
            while (!ended) {
                Process process = Files.exists(run.resolve("config.json")) ? goOn(run) : begin(data, run);
                if (done < kills) {
                    boolean trained = awaitEpoch(process);
                    ended = process.waitFor(random.nextInt(MOST_MILLIS), TimeUnit.MILLISECONDS);
                    if (!ended) {
                        process.destroyForcibly().waitFor();
                        done++;
                        inTraining += trained ? 1 : 0;
                        requireWhole(run);
                    }
                } else {
                    ended = true;
                }
                if (ended) {
                    end(process);
                }
            }
            trainings++;
            for (String name : List.of("model.safetensors", "metrics.csv")) {
                if (Files.mismatch(whole.resolve(name), run.resolve(name)) >= 0) {
                    throw new IllegalStateException(
                            run.resolve(name) + " is not what it would have been without " + done + " kills");
                }
            }
        }
        return new Outcome(done, inTraining, trainings);
    }

    private static void slices(Path file, int count, int first) throws IOException {
        SliceFolder.writeSlices(file, SliceSchema.B, count, i -> SliceFiles.disk(32, first + i));
    }

    /** In one of four cases at once, otherwise when an epoch has ended. */
    private boolean awaitEpoch(Process process) throws IOException {
        if (random.nextInt(4) == 0) {
            return false;
        }
        BufferedReader out = process.inputReader(StandardCharsets.UTF_8);
        for (String line = out.readLine(); line != null; line = out.readLine()) {
            if (line.startsWith("epoch ")) {
                return true;
            }
        }
        return false;
    }

    private static void requireWhole(Path run) throws IOException {
        for (String name : List.of("config.json", "metrics.csv", "model.safetensors")) {
            if (Files.exists(run.resolve(name)) && Files.size(run.resolve(name)) == 0) {
                throw new IllegalStateException(run.resolve(name) + " is empty");
            }
        }
    }

    private Process begin(Path data, Path run) throws IOException {
        return unet(
                "train",
                "--data=" + data,
                "--out=" + run,
                "--base=2",
                "--depth=2",
                "--norm=batch",
                "--augment",
                "--epochs=20");
    }

    private Process goOn(Path run) throws IOException {
        return unet("train", "--resume=" + run);
    }

    private Process unet(String... args) throws IOException {
        List<String> command = new ArrayList<>(List.of(
                Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                "-XX:TieredStopAtLevel=1",
                "-XX:+UseSerialGC",
                "-Djava.awt.headless=true",
                "-Daorta.simd=scalar",
                "-cp",
                System.getProperty("java.class.path"),
                "dev.aorta.unet.cli.Main"));
        command.addAll(List.of(args));
        command.addAll(List.of("--device=cpu", "--threads=" + (1 + random.nextInt(3))));
        return new ProcessBuilder(command)
                .redirectError(folder.resolve("errors.txt").toFile())
                .start();
    }

    private void end(Process process) throws IOException, InterruptedException {
        try (BufferedReader out = process.inputReader(StandardCharsets.UTF_8)) {
            out.lines().forEach(line -> {});
        }
        int code = process.waitFor();
        if (code != 0) {
            throw new IllegalStateException(
                    "exit code " + code + ": " + Files.readString(folder.resolve("errors.txt")));
        }
    }
}
