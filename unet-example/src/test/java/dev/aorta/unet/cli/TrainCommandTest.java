package dev.aorta.unet.cli;

import static dev.aorta.unet.cli.CommandLineTest.failed;
import static org.assertj.core.api.Assertions.assertThat;

import dev.aorta.data.TfRecordReader;
import dev.aorta.io.Json;
import dev.aorta.unet.imaging.SliceFiles;
import dev.aorta.unet.imaging.SliceFolder;
import dev.aorta.unet.imaging.SliceSchema;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class TrainCommandTest {
    @TempDir
    Path folder;

    private Path data;
    private Path run;

    @BeforeEach
    void prepare() throws IOException {
        data = Unet.data(folder.resolve("data"));
        run = folder.resolve("run");
    }

    @Test
    void theRunFolderHoldsEverything() throws IOException {
        Unet.Result r =
                Unet.train(data, run, "--epochs", 2, "--loss", "focal", "--norm", "group", "--schedule", "step");
        assertThat(r.code()).as(r.err()).isZero();
        assertThat(r.out())
                .contains("device cpu", "epoch 1/2", "epoch 2/2", "images/s")
                .contains("model   " + run.resolve("model.safetensors"), "report  " + run.resolve("report.html"));
        assertThat(Unet.names(run))
                .contains("checkpoints", "config.json", "metrics.csv", "model.safetensors", "report.html")
                .anyMatch(name -> name.startsWith("events.out.tfevents."))
                .noneMatch(name -> name.endsWith(".tmp"));
        List<String> metrics = Files.readAllLines(run.resolve("metrics.csv"));
        assertThat(metrics)
                .hasSize(3)
                .startsWith(
                        "epoch,learning_rate,train_loss,train_dice,val_loss,val_dice,val_iou,val_accuracy,val_precision,val_recall,val_f1");
        Json config = Json.parse(Files.readString(run.resolve("config.json")));
        assertThat(config.get("loss").asText()).isEqualTo("focal");
        assertThat(config.get("model").get("norm").asText()).isEqualTo("group");
    }

    @Test
    void theReportIsOnePageThatNeedsNoOther() throws IOException {
        Path odd = folder.resolve("a <b> & 'c'");
        assertThat(Unet.train(data, odd).code()).isZero();
        String page = Files.readString(odd.resolve("report.html"));
        assertThat(page).doesNotContain("{{").contains("</html>");
        assertThat(Pattern.compile("(src|href)=\"(?!data:image/png;base64,|#)")
                        .matcher(page)
                        .find())
                .isFalse();
        assertThat(page).doesNotContain("<b> & 'c'").contains("a &lt;b&gt; &amp; &#39;c&#39;");
        assertThat(Pattern.compile("<figure>").matcher(page).results()).hasSize(3);
        assertThat(page)
                .contains("disk-100", "disk-101", "disk-102", "For research only", "<dt>model.depth</dt><dd>2</dd>");
    }

    @Test
    void slicesWithoutANameAreFoundByTheirRecord() throws IOException {
        SliceFolder.writeSlices(
                data.resolve(SliceFolder.VALIDATION), SliceSchema.A, 3, i -> SliceFiles.disk(Unet.SIDE, i));
        assertThat(Unet.train(data, run).code()).isZero();
        assertThat(Files.readString(run.resolve("report.html")))
                .contains("<td>record 0</td>", "<td>record 1</td>", "<td>record 2</td>");
    }

    @Test
    void withoutFontsOnlyTheChartsAreMissing() throws Exception {
        Assumptions.assumeTrue(System.getProperty("os.name").equals("Linux"), "fonts are hidden through fontconfig");
        Path noFonts = Files.writeString(
                folder.resolve("fonts.conf"), "<!DOCTYPE fontconfig SYSTEM 'fonts.dtd'><fontconfig></fontconfig>");
        ProcessBuilder bare = new ProcessBuilder(
                Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                "-XX:-UsePerfData",
                "-Djava.awt.headless=true",
                "-Duser.home=" + folder,
                "-cp",
                System.getProperty("java.class.path"),
                Main.class.getName(),
                "train",
                "--data=" + data,
                "--out=" + run,
                "--device=cpu",
                "--base=2",
                "--depth=2",
                "--epochs=1");
        bare.environment().put("FONTCONFIG_FILE", noFonts.toString());
        Process process = bare.redirectOutput(ProcessBuilder.Redirect.DISCARD).start();
        String err = new String(process.getErrorStream().readAllBytes(), StandardCharsets.UTF_8);
        assertThat(process.waitFor()).as(err).isZero();
        String cure = "'apt-get install fontconfig fonts-dejavu-core'";
        assertThat(err).contains("unet: warning: report.html will have no charts", cure);
        assertThat(Unet.names(run)).contains("model.safetensors", "metrics.csv", "report.html");
        String page = Files.readString(run.resolve("report.html"));
        assertThat(page)
                .contains("no chart. Java finds no fonts", cure.replace("'", "&#39;"), "<figure>")
                .doesNotContain("{{");
    }

    @Test
    void tensorBoardGetsCurvesAndPictures() throws IOException {
        assertThat(Unet.train(data, run).code()).isZero();
        StringBuilder events = new StringBuilder();
        for (String name : Unet.names(run)) {
            if (name.startsWith("events.out.")) {
                try (TfRecordReader reader = TfRecordReader.open(run.resolve(name))) {
                    for (byte[] e = reader.next(); e != null; e = reader.next()) {
                        events.append(new String(e, StandardCharsets.ISO_8859_1));
                    }
                }
            }
        }
        assertThat(events).contains("loss/validation", "dice/train", "validation/best/0", "validation/worst/0", "PNG");
    }

    @Test
    void theSameSeedGivesTheSameBytesWithOneThreadAndWithTwo() throws IOException {
        Path first = train(42, 1, "a");
        for (Path other : List.of(train(42, 1, "b"), train(42, 2, "c"), train(42, 2, "d"))) {
            for (String file : List.of("metrics.csv", "model.safetensors")) {
                assertThat(other.resolve(file)).as(file).hasSameBinaryContentAs(first.resolve(file));
            }
        }
        assertThat(Files.mismatch(train(43, 2, "e").resolve("metrics.csv"), first.resolve("metrics.csv")))
                .as("another seed")
                .isNotNegative();
    }

    private Path train(int seed, int threads, String name) {
        Path out = folder.resolve(name);
        Unet.Result r = Unet.train(
                data, out, "--epochs", 2, "--augment", "--norm", "batch", "--seed", seed, "--threads", threads);
        assertThat(r.code()).as(r.err()).isZero();
        return out;
    }

    @Test
    void anEmptyDataSetIsRefused() throws IOException {
        Path file = data.resolve(SliceFolder.TRAIN);
        Files.write(file, new byte[0]);
        failed(
                file + ": the data set is empty, it holds no record; make one with 'unet prepare'",
                Unet.train(data, run));
        assertThat(run).doesNotExist();
    }

    @Test
    void aLabelThatIsNoClassIsNamed() throws IOException {
        Path file = data.resolve(SliceFolder.TRAIN);
        SliceFolder.writeSlices(file, SliceSchema.B, 1, i -> Unet.labelled(7));
        failed(file + ": record 0: label 7 at row 3, column 5 is not a class; expected 0 to 1", Unet.train(data, run));
        assertThat(Unet.names(run)).doesNotContain("model.safetensors", "report.html");
    }

    @Test
    void slicesOfTwoSizesAreRefused() throws IOException {
        Path other = Unet.data(folder.resolve("other"), 32, 48);
        failed(
                other.resolve(SliceFolder.VALIDATION) + ": slices are 48 x 48 pixels, but 32 x 32 in the other file",
                Unet.train(other, run));
    }

    /** Before the run folder is made, so that the corrected command can have it. */
    @Test
    void aSizeThatTheNetworkCannotHalveIsRefused() throws IOException {
        Path other = Unet.data(folder.resolve("other"), 30, 30);
        failed(
                "the images are 30 x 30 pixels, and the network needs multiples of 4 (2^depth); crop or pad them, or use a smaller"
                        + " --depth",
                Unet.train(other, run));
        failed(
                "the images are 32 x 32 pixels, and the network needs multiples of 128 (2^depth); crop or pad them, or use a smaller"
                        + " --depth",
                Unet.train(data, run, "--depth", 7));
        failed(
                "the images are 30 x 30 pixels, and the network needs multiples of 16; crop or pad them",
                Unet.run("train", "--device", "cpu", "--model", "lab", "--data", other, "--out", run));
        failed(
                "--norm batch sees one value a channel at the bottom of the network, which leaves nothing of it; use a larger"
                        + " --batch or a smaller --depth",
                Unet.train(data, run, "--depth", 5, "--norm", "batch", "--batch", 1));
        assertThat(run).doesNotExist();
    }

    /** Weights that blew up in the last step of an epoch were the best model, with exit code 0. */
    @Test
    void aLossThatIsNotANumberStopsTheTraining() throws IOException {
        for (int epochs : new int[] {1, 3}) {
            Path out = folder.resolve("run" + epochs);
            Unet.Result r = Unet.train(data, out, "--lr", 1e30, "--epochs", epochs);
            assertThat(r.code()).isEqualTo(1);
            assertThat(r.err().lines()).hasSize(1);
            assertThat(r.err())
                    .startsWith("unet: [")
                    .contains("] the loss is ")
                    .containsAnyOf("lower the learning rate", "the weights are of a training that failed");
            assertThat(Unet.names(out))
                    .doesNotContain("report.html", "model.safetensors")
                    .noneMatch(name -> name.endsWith(".tmp"));
        }
    }
}
