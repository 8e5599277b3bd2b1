package dev.aorta.unet.cli;

import static dev.aorta.unet.cli.CommandLineTest.failed;
import static org.assertj.core.api.Assertions.assertThat;

import dev.aorta.io.Json;
import dev.aorta.unet.imaging.SliceFolder;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Trainings that are stopped and go on, and trainings that are done again. */
class ResumeCommandTest {
    @TempDir
    Path folder;

    private Path data;
    private Path run;

    @BeforeEach
    void prepare() throws IOException {
        data = Unet.data(folder.resolve("data"));
        run = folder.resolve("run");
    }

    /** The program in a process of its own, with scalar kernels, which need no compiler of vectors. */
    private static Process process(Object... args) throws IOException {
        List<String> command = new ArrayList<>(List.of(
                Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                "-XX:TieredStopAtLevel=1",
                "-Djava.awt.headless=true",
                "-Daorta.simd=scalar",
                "-cp",
                System.getProperty("java.class.path"),
                Main.class.getName()));
        Stream.of(args).map(Object::toString).forEach(command::add);
        return new ProcessBuilder(command).start();
    }

    private static String rest(InputStream in) throws IOException {
        return new String(in.readAllBytes(), StandardCharsets.UTF_8);
    }

    @Test
    void sigtermSavesAndSaysHowToGoOnAndReproduceMakesTheSameBytes() throws Exception {
        Object[] options = {"--base", 2, "--depth", 2, "--epochs", 30, "--augment", "--norm", "batch", "--device", "cpu"
        };
        Process training = process(Stream.concat(Stream.of("train", "--data", data, "--out", run), Stream.of(options))
                .toArray());
        String line;
        var out = training.inputReader(StandardCharsets.UTF_8);
        do {
            line = out.readLine();
        } while (line != null && !line.startsWith("epoch 3/"));
        training.toHandle().destroy(); // unlike Process.destroy it leaves the output open
        String end = String.join("\n", out.lines().toList());
        assertThat(training.waitFor()).isEqualTo(143);
        assertThat(end)
                .containsPattern("stopped in epoch \\d+ of 30 after \\d of 6 images; saved in " + run
                        + "/checkpoints/epoch-\\d+(-batch-\\d)?.safetensors\ngo on with: unet train --resume " + run);
        assertThat(run.resolve("report.html")).doesNotExist();

        Process more = process("train", "--resume", run, "--threads", 2);
        String err = rest(more.getErrorStream());
        String told = rest(more.getInputStream());
        assertThat(more.waitFor()).as(err).isZero();
        assertThat(told).contains("going on from " + run, "epoch 30/30", "report  ");
        assertThat(err).doesNotContain("unet:");
        assertThat(Json.parse(Files.readString(run.resolve("config.json")))
                        .get("simd")
                        .asText())
                .isEqualTo("scalar");

        Process again = process("reproduce", run);
        told = rest(again.getInputStream());
        assertThat(again.waitFor()).as(told).isZero();
        assertThat(told)
                .containsPattern("model.safetensors +the same bytes  sha256 [0-9a-f]{64}")
                .containsPattern("metrics.csv +the same bytes");
        assertThat(Unet.run("report", run).code()).isZero();
    }

    @Test
    void reproduceTrainsAtTheVectorWidthOfTheTraining() throws Exception {
        Process training = process(
                "train", "--data", data, "--out", run, "--base", 2, "--depth", 1, "--epochs", 1, "--device", "cpu");
        assertThat(training.waitFor()).as(rest(training.getErrorStream())).isZero();
        Process again = new ProcessBuilder(
                        Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                        "-XX:TieredStopAtLevel=1",
                        "--add-modules=jdk.incubator.vector",
                        "-cp",
                        System.getProperty("java.class.path"),
                        Main.class.getName(),
                        "reproduce",
                        run.toString())
                .start();
        String told = rest(again.getInputStream());
        assertThat(again.waitFor()).as(told + rest(again.getErrorStream())).isZero();
        assertThat(told).contains("vector width scalar, as then", "the same bytes");
    }

    @Test
    void whatDiffersIsSaid() throws IOException {
        assertThat(Unet.train(data, run).code()).isZero();
        Path metrics = run.resolve("metrics.csv");
        Files.writeString(metrics, Files.readString(metrics).replace("0.", "1."));
        Unet.Result r = Unet.run("reproduce", run, "--out", folder.resolve("again"));
        assertThat(r.code()).isEqualTo(1);
        assertThat(r.out()).containsPattern("model.safetensors +the same").containsPattern("metrics.csv +DIFFERENT");
        Files.write(data.resolve(SliceFolder.TRAIN), new byte[1], java.nio.file.StandardOpenOption.APPEND);
        Unet.Result other = Unet.run("reproduce", run);
        assertThat(other.code()).isEqualTo(1);
        assertThat(other.err())
                .startsWith("unet: " + data.resolve(SliceFolder.TRAIN)
                        + ": these are not the data of the training: their SHA-256 is ");
        assertThat(Unet.run("train", "--resume", run).err()).isEqualTo(other.err());
    }

    @Test
    void aTrainingThatIsOverIsOnlyReported() throws IOException {
        assertThat(Unet.train(data, run, "--epochs", 2).code()).isZero();
        byte[] model = Files.readAllBytes(run.resolve("model.safetensors"));
        Files.delete(run.resolve("report.html"));
        Unet.Result r = Unet.run("train", "--resume", run);
        assertThat(r.code()).as(r.err()).isZero();
        assertThat(r.out()).contains("going on from", "best validation dice").doesNotContain("epoch 2/2");
        assertThat(run.resolve("report.html")).exists();
        assertThat(run.resolve("model.safetensors")).hasBinaryContent(model);
    }

    @Test
    void theDataMayHaveMoved() throws IOException {
        assertThat(Unet.train(data, run, "--epochs", 1).code()).isZero();
        Path moved = Files.move(data, folder.resolve("moved"));
        failed(
                data.resolve(SliceFolder.TRAIN) + ": there is no such file; name the folder of the data with --data",
                Unet.run("train", "--resume", run));
        assertThat(Unet.run("train", "--resume", run, "--data", moved).code()).isZero();
        assertThat(Unet.run("report", run, "--data", moved).code()).isZero();
    }

    @Test
    void settingsAreThoseOfTheTraining() throws IOException {
        Unet.Result r = Unet.run("train", "--resume", run, "--lr", 0.1);
        assertThat(r.code()).isEqualTo(2);
        assertThat(r.err())
                .startsWith("--lr cannot be given with --resume, which goes on with the settings of "
                        + run.resolve("config.json"));
        failed(
                run.resolve("config.json") + ": there is no such file; name the run folder of a 'unet train'",
                Unet.run("train", "--resume", run));
        Files.createDirectories(run);
        Files.writeString(run.resolve("config.json"), "{\"data\": 1}");
        Unet.Result broken = Unet.run("train", "--resume", run);
        assertThat(broken.err())
                .startsWith(
                        "unet: " + run.resolve("config.json") + ": it does not describe a training of this version");
    }

    /** A full disk, or whatever else a file cannot be written for: what was trained is there, and the way on is said. */
    @Test
    void aFileThatCannotBeWrittenLosesNothing() throws IOException {
        Path whole = folder.resolve("whole");
        assertThat(Unet.train(data, whole, "--epochs", 3).code()).isZero();
        Path inTheWay = run.resolve("metrics.csv");
        Unet.Result r = Unet.train(
                data,
                run,
                line -> {
                    if (line.startsWith("epoch 1/3")) {
                        Files.delete(inTheWay);
                        Files.createDirectory(inTheWay);
                    }
                },
                "--epochs",
                3);
        assertThat(r.code()).isEqualTo(1);
        assertThat(r.err().lines())
                .containsExactly(
                        "unet: what was trained is saved; when the cause is mended, go on with unet train --resume "
                                + run,
                        "unet: cannot write " + inTheWay + ": it is a directory; name a file in it");
        Files.delete(inTheWay);
        assertThat(Unet.run("train", "--resume", run).code()).isZero();
        for (String name : List.of("metrics.csv", "model.safetensors")) {
            assertThat(run.resolve(name)).hasSameBinaryContentAs(whole.resolve(name));
        }
    }

    @Test
    void aFolderThatIsRemovedIsOneError() {
        Unet.Result r = Unet.train(
                data,
                run,
                line -> {
                    if (line.startsWith("epoch 1/3")) {
                        Unet.delete(run);
                    }
                },
                "--epochs",
                3);
        assertThat(r.code()).isEqualTo(1);
        assertThat(r.err().lines()).hasSize(1);
        assertThat(r.err()).contains(run.toString());
    }
}
