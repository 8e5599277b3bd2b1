package dev.aorta.unet.cli;

import static dev.aorta.unet.cli.CommandLineTest.failed;
import static org.assertj.core.api.Assertions.assertThat;

import dev.aorta.unet.imaging.SliceFiles;
import dev.aorta.unet.imaging.SliceFolder;
import dev.aorta.unet.imaging.SliceSchema;
import java.io.IOException;
import java.io.RandomAccessFile;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What keeps a report from being written does not make a failure of a training, and the report can be written later. */
class ReportCommandTest {
    @TempDir
    Path folder;

    private Path data;
    private Path run;

    @BeforeEach
    void prepare() throws IOException {
        data = Unet.data(folder.resolve("data"));
        run = folder.resolve("run");
    }

    private String page() throws IOException {
        return Files.readString(run.resolve("report.html"));
    }

    /** The page without the minute in which it was written. */
    private String timeless() throws IOException {
        return page().replaceFirst("report of [^<]*", "");
    }

    @Test
    void dataThatAreGoneCostTheReportOnlyUntilTheyAreBack() throws IOException {
        Path away = folder.resolve("away");
        Unet.Result r = Unet.train(
                data,
                run,
                line -> {
                    if (line.startsWith("epoch 1/2")) {
                        Files.move(data, away);
                    }
                },
                "--epochs",
                2);
        assertThat(r.code()).isZero();
        assertThat(r.err().lines())
                .satisfiesExactly(
                        reference -> assertThat(reference)
                                .startsWith("unet: warning: the training is complete, but not its reference")
                                .endsWith("unet monitor --model " + run + " --reference " + data),
                        report -> assertThat(report)
                                .isEqualTo(
                                        "unet: warning: the training is complete, but its report could not be written ("
                                                + data.resolve(SliceFolder.TRAIN)
                                                + ": there is no such file; name the folder of the data with --data); when the cause is"
                                                + " mended, make it with: unet report " + run));
        assertThat(Unet.names(run)).contains("model.safetensors", "metrics.csv").doesNotContain("report.html");
        Files.move(away, data);
        Unet.Result later = Unet.run("report", run);
        assertThat(later.code()).as(later.err()).isZero();
        assertThat(later.out()).isEqualToIgnoringNewLines("report  " + run.resolve("report.html"));
        assertThat(page()).contains("of 2</span>", "disk-100");
    }

    @Test
    void itIsTheSamePageAtTheEndAndLater() throws IOException {
        assertThat(Unet.train(data, run, "--epochs", 3).code()).isZero();
        String atTheEnd = timeless();
        assertThat(Unet.run("report", run, "--device", "cpu").code()).isZero(); // another device rounds otherwise
        assertThat(timeless()).isEqualTo(atTheEnd);
        assertThat(atTheEnd).contains("unet train --data " + data);
    }

    @Test
    void aTrainingUnderWayCanBeReported() throws IOException {
        Unet.Result[] early = new Unet.Result[1];
        String[] page = new String[1];
        Unet.Result r = Unet.train(
                data,
                run,
                line -> {
                    if (line.startsWith("epoch 2/3")) {
                        early[0] = Unet.run("report", run);
                        page[0] = page();
                    }
                },
                "--epochs",
                3);
        assertThat(r.code()).as(r.err()).isZero();
        assertThat(early[0].code()).as(early[0].err()).isZero();
        assertThat(page[0]).contains("of 2</span>").doesNotContain("{{");
        assertThat(page()).contains("of 3</span>");
    }

    @Test
    void beforeTheFirstEpochThereIsNothingToReport() throws IOException {
        assertThat(Unet.train(data, run).code()).isZero();
        Files.delete(run.resolve("metrics.csv"));
        failed(run + ": there is nothing to report yet: no epoch was trained to its end", Unet.run("report", run));
        Files.writeString(run.resolve("metrics.csv"), "epoch,learning_rate,train_loss\n1,much,0.5\n");
        Unet.Result r = Unet.run("report", run);
        assertThat(r.err())
                .startsWith("unet: " + run.resolve("metrics.csv") + ": line 2 is not of the table of a training");
    }

    @Test
    void aManifestThatCannotBeReadIsSaidOnThePage() throws IOException {
        Path manifest = data.resolve(SliceFolder.MANIFEST);
        Files.writeString(manifest, "{\"source\": \"x\",}");
        assertThat(Unet.train(data, run).code()).isZero();
        assertThat(page()).contains("cannot be read: JSON at line 1, column 16");
        try (RandomAccessFile large = new RandomAccessFile(manifest.toFile(), "rw")) {
            large.setLength(120 << 20);
        }
        assertThat(Unet.run("report", run).code()).isZero();
        assertThat(page()).contains("not shown, it has 125,829,120 bytes");
    }

    /** All slices stood in memory at once: a validation set larger than the heap lost the report of a finished training. */
    @Test
    void validationDataMayBeLargerThanTheHeap() throws Exception {
        int side = 128;
        SliceFolder.writeSlices(data.resolve(SliceFolder.TRAIN), SliceSchema.B, 1, i -> SliceFiles.disk(side, i));
        SliceFolder.writeSlices(
                data.resolve(SliceFolder.VALIDATION), SliceSchema.B, 240, i -> SliceFiles.disk(side, i));
        assertThat(Unet.train(data, run, "--base", 1, "--depth", 1).code()).isZero();
        Files.delete(run.resolve("report.html"));
        Process small = new ProcessBuilder(
                        Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                        "-Xmx20m", // the slices and masks take 22
                        "-XX:+UseSerialGC",
                        "-XX:TieredStopAtLevel=1",
                        "-Djava.awt.headless=true",
                        "-Daorta.simd=scalar",
                        "-cp",
                        System.getProperty("java.class.path"),
                        Main.class.getName(),
                        "report",
                        run.toString(),
                        "--device=cpu")
                .redirectOutput(ProcessBuilder.Redirect.DISCARD)
                .start();
        String err = new String(small.getErrorStream().readAllBytes(), StandardCharsets.UTF_8);
        assertThat(small.waitFor()).as(err).isZero();
        assertThat(page()).contains("1 + 240", "disk-239");
    }
}
