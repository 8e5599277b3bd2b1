package dev.aorta.unet.cli;

import static org.assertj.core.api.Assertions.assertThat;

import dev.aorta.io.Json;
import dev.aorta.unet.imaging.Sha256;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class RunsCommandTest {
    @TempDir
    static Path folder;

    private static Path runs;

    @BeforeAll
    static void runs() throws IOException {
        runs = folder.resolve("runs");
        Path first = runs.resolve("first");
        Files.createDirectories(first);
        for (String name : List.of("config.json", "metrics.csv", "timings.csv", "model.safetensors")) {
            Files.copy(Trained.once().run.resolve(name), first.resolve(name));
        }
        Unet.Result r = Unet.train(Trained.once().data, runs.resolve("second"), "--epochs", 1, "--loss", "focal");
        assertThat(r.code()).as(r.err()).isZero();
    }

    @Test
    void aRunSaysWhatMadeIt() throws IOException {
        Trained trained = Trained.once();
        Json config = Json.parse(Files.readAllBytes(trained.run.resolve("config.json")));
        for (String source : List.of("train_images.tfrecords", "val_images.tfrecords", "manifest.json")) {
            assertThat(config.get("data_sha256").get(source).asText())
                    .as(source)
                    .isEqualTo(Sha256.of(trained.data.resolve(source)));
        }
        Json environment = config.get("environment");
        assertThat(environment.get("git").asText()).matches("[0-9a-f]{40}, (clean|\\d+ files changed)|none: .*");
        assertThat(environment.get("code").asText()).matches("sha256 [0-9a-f]{64}");
        assertThat(environment.get("began").asText()).matches("20\\d\\d-.*Z");
        assertThat(Files.readAllLines(trained.run.resolve("timings.csv")))
                .hasSize(3)
                .startsWith("epoch,ended,seconds")
                .last()
                .asString()
                .matches("2,20\\d\\d-.*Z,\\d+\\.\\d{3}");
    }

    @Test
    void theyAreListedWithWhatDiffers() {
        Unet.Result r = Unet.run("runs", runs);
        assertThat(r.code()).as(r.err()).isZero();
        List<String> lines = r.out().lines().toList();
        assertThat(lines).hasSize(3);
        assertThat(lines.getFirst().split(" +"))
                .startsWith("run", "state", "val_dice", "best_epoch", "minutes")
                .contains("epochs", "loss")
                .doesNotContain("seed", "model.depth", "environment.began");
        assertThat(lines.get(1)).contains("first", "ended", "ce+dice");
        assertThat(lines.get(2)).contains("second", "ended", "focal");
    }

    @Test
    void theyAreFilteredAndSorted() {
        assertThat(Unet.run("runs", runs, "--where", "loss=focal").out().lines())
                .hasSize(2)
                .last()
                .asString()
                .contains("second");
        assertThat(Unet.run("runs", runs, "--where", "epochs>=2", "--where", "val_dice<=1")
                        .out())
                .contains("first")
                .doesNotContain("second");
        assertThat(Unet.run("runs", runs, "--sort", "epochs", "--columns", "run,epochs")
                        .out()
                        .lines())
                .element(1)
                .asString()
                .matches(".*first +2");
        Unet.Result unknown = Unet.run("runs", runs, "--where", "colour=blue");
        assertThat(unknown.code()).isEqualTo(1);
        assertThat(unknown.err()).startsWith("unet: no run has 'colour'; there are run, state, val_loss");
        assertThat(Unet.run("runs", runs, "--where", "blue").err()).contains("'blue' is no condition");
        assertThat(Unet.run("runs", folder.resolve("none")).err()).contains("there is no such folder");
    }

    @Test
    void aPageLaysTheCurvesOverEachOther() throws IOException {
        Path page = folder.resolve("runs.html");
        assertThat(Unet.run("runs", runs, "--html", page).code()).isZero();
        assertThat(Files.readString(page))
                .contains("2 trainings", "Validation dice of each run", "<td>focal</td>", "data:image/png;base64,")
                .containsPattern("(?s)background: #0b6e99.*first</span>.*background: #d61fae.*second</span>")
                .doesNotContain("{{", "http");
    }

    @Test
    void whatIsNoRunOfThisVersionIsNamedAndTheOthersAreListed() throws IOException {
        Path odd = Files.createDirectories(folder.resolve("odd/bad"));
        Files.writeString(odd.resolve("config.json"), "{}");
        Path good = Files.createDirectories(folder.resolve("odd/good"));
        Files.copy(Trained.once().run.resolve("config.json"), good.resolve("config.json"));
        Unet.Result r = Unet.run("runs", folder.resolve("odd"));
        assertThat(r.code()).isEqualTo(1);
        assertThat(r.err()).contains(odd + "/config.json: it does not describe a training");
        assertThat(r.out()).contains("good", "0 of 2 epochs");
    }
}
