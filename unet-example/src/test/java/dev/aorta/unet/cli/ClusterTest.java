package dev.aorta.unet.cli;

import static org.assertj.core.api.Assertions.assertThat;

import dev.aorta.cluster.Processes;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** Trainings of several processes. */
@Timeout(180)
class ClusterTest {
    @TempDir
    Path folder;

    /** A process with the variables that launchers set, with scalar kernels, which need no compiler of vectors. */
    private Process process(int rank, int size, int port, Object... args) throws IOException {
        List<String> command = new ArrayList<>(List.of(
                Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                "-XX:TieredStopAtLevel=1",
                "-Djava.awt.headless=true",
                "-Daorta.simd=scalar",
                "-Daorta.cluster.wait=60",
                "-cp",
                System.getProperty("java.class.path"),
                Main.class.getName(),
                "train"));
        for (Object arg : args) {
            command.add(arg.toString());
        }
        command.addAll(List.of("--device=cpu", "--threads=1"));
        ProcessBuilder process = new ProcessBuilder(command)
                .redirectError(folder.resolve("errors" + rank + "-" + size).toFile());
        if (size > 1) {
            process.environment().put("RANK", Integer.toString(rank));
            process.environment().put("WORLD_SIZE", Integer.toString(size));
            process.environment().put("MASTER_ADDR", "127.0.0.1");
            process.environment().put("MASTER_PORT", Integer.toString(port));
            process.environment().put("AORTA_SECRET", "secret");
        }
        return process.start();
    }

    /** What process 0 of so many complained of. */
    private String errors(int size) {
        try {
            return Files.readString(folder.resolve("errors0-" + size));
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private static int end(Process process) throws IOException, InterruptedException {
        try (BufferedReader out = process.inputReader(StandardCharsets.UTF_8)) {
            out.lines().forEach(line -> {});
        }
        return process.waitFor();
    }

    @Test
    void twoProcessesOfWhichOneDiesMakeTheBytesOfOne() throws Exception {
        Path data = Unet.data(folder.resolve("data"));
        Path alone = folder.resolve("alone");
        Path run = folder.resolve("run");
        int port = Processes.freePort();
        List<Object> options = List.of(
                "--data=" + data, "--base=2", "--depth=2", "--norm=batch", "--batch=4", "--augment", "--epochs=8");
        Process one = process(0, 1, 0, with(options, "--out=" + alone, "--shards=2"));
        Process first = process(0, 2, port, with(options, "--out=" + run, "--shards=2"));
        Process second = process(1, 2, port, with(options, "--shards=2"));
        try (BufferedReader out = first.inputReader(StandardCharsets.UTF_8)) {
            String line = out.readLine();
            while (line != null && !line.startsWith("epoch 2/8")) {
                line = out.readLine();
            }
            assertThat(line).as(() -> errors(2)).isNotNull();
            second.destroyForcibly().waitFor();
            out.lines().forEach(rest -> {});
        }
        assertThat(first.waitFor()).isEqualTo(1);
        assertThat(errors(2)).contains("[cluster] process 1 (/127.0.0.1:", "go on with unet train --resume " + run);
        assertThat(end(one)).as(() -> errors(1)).isZero();
        assertThat(end(process(0, 1, 0, "--resume=" + run))).as(() -> errors(1)).isZero();
        for (String name : List.of("model.safetensors", "metrics.csv")) {
            assertThat(run.resolve(name)).hasSameBinaryContentAs(alone.resolve(name));
        }
    }

    private static Object[] with(List<Object> options, Object... more) {
        List<Object> all = new ArrayList<>(options);
        all.addAll(List.of(more));
        return all.toArray();
    }
}
