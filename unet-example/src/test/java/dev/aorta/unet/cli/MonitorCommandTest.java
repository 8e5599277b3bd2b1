package dev.aorta.unet.cli;

import static org.assertj.core.api.Assertions.assertThat;

import dev.aorta.Device;
import dev.aorta.io.Json;
import dev.aorta.serve.Batching;
import dev.aorta.serve.ModelServer;
import dev.aorta.serve.ServerOptions;
import dev.aorta.unet.imaging.Fit;
import dev.aorta.unet.imaging.InputSlice;
import dev.aorta.unet.imaging.LabelledSlice;
import dev.aorta.unet.imaging.Png;
import dev.aorta.unet.imaging.Pseudonyms;
import dev.aorta.unet.imaging.Sha256;
import dev.aorta.unet.imaging.SliceFiles;
import dev.aorta.unet.imaging.SliceFolder;
import dev.aorta.unet.imaging.SliceSchema;
import dev.aorta.unet.monitor.Feature;
import dev.aorta.unet.monitor.FeatureExtractor;
import dev.aorta.unet.monitor.LiveMonitor;
import dev.aorta.unet.monitor.Monitor;
import dev.aorta.unet.monitor.Observation;
import dev.aorta.unet.monitor.ObservationLog;
import dev.aorta.unet.monitor.Reference;
import dev.aorta.unet.serve.SegmentModels;
import dev.aorta.unet.serve.SegmentOptions;
import dev.aorta.unet.serve.SegmentServer;
import dev.aorta.unet.train.Segmenter;
import java.io.IOException;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.time.Instant;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class MonitorCommandTest {
    @TempDir
    static Path folder;

    private static Path model;
    private static Path same;
    private static Path brighter;

    @BeforeAll
    static void prepare() throws IOException {
        Path run = Trained.once().run;
        assertThat(Reference.of(run.resolve("model.safetensors")).images())
                .as("written at the end of a training")
                .hasSize(3);
        model = Files.copy(run.resolve("model.safetensors"), folder.resolve("model.safetensors"));
        Path validation = records("val.tfrecords", 1000, 60, 1);
        Unet.Result made = monitor("--reference", validation);
        assertThat(made.code()).as(made.err()).isZero();
        assertThat(made.out()).contains("reference of 60 images");
        same = records("same.tfrecords", 2000, 45, 1);
        brighter = records("brighter.tfrecords", 2000, 45, 2);
    }

    private static Path records(String name, int first, int count, int gain) throws IOException {
        Path file = folder.resolve(name);
        SliceFolder.writeSlices(file, SliceSchema.B, count, i -> disk(first + i, gain));
        return file;
    }

    /** Neighbouring seeds of java.util.Random begin alike, and these numbers are none. */
    private static LabelledSlice disk(int number, int gain) {
        LabelledSlice slice = SliceFiles.disk(Unet.SIDE, number * 0x9E3779B1);
        int[] grey = Unet.whole(slice.image());
        for (int i = 0; i < grey.length; i++) {
            grey[i] *= gain;
        }
        return new LabelledSlice(slice.name(), slice.rows(), slice.columns(), grey, slice.label());
    }

    private static Unet.Result monitor(Object... more) {
        List<Object> words = new ArrayList<>(List.of("monitor", "--model", model, "--device", "cpu"));
        words.addAll(List.of(more));
        return Unet.run(words.toArray());
    }

    @Test
    void imagesOfTheSameKindAreFine() throws IOException {
        Path json = folder.resolve("fine.json");
        Unet.Result r = monitor(same, "--json", json);
        assertThat(r.code()).as(r.err() + r.out()).isZero();
        assertThat(r.out()).startsWith("window 1: fine; 45 images of 45 patients; Dice estimated 0.");
        Json written = Json.parse(Files.readAllBytes(json));
        assertThat(written.get("verdict").asText()).isEqualTo("fine");
        Json window = written.get("windows").asList().getFirst();
        assertThat(window.get("tests").asList()).hasSize(4 * 9 + 1); // all features but the spacing, and the embedding
        assertThat(window.get("means").get("dice").get("reference").asDouble()).isBetween(0.0, 1.0);
    }

    @Test
    void aShiftIsSaidInEveryForm() throws IOException {
        Path page = folder.resolve("page.html");
        Path gauges = folder.resolve("unet.prom");
        Path ran = folder.resolve("ran");
        Unet.Result r = monitor(
                same,
                brighter,
                "--window",
                45,
                "--html",
                page,
                "--prometheus",
                gauges,
                "--retrain-when",
                "watch",
                "--run",
                "echo \"$AORTA_VERDICT: $AORTA_REASONS\" > " + ran);
        assertThat(r.code()).as(r.err() + r.out()).isIn(3, 4);
        assertThat(r.out()).contains("window 1: fine;", "window 2: ", "  mean: mean ");
        String verdict = r.code() == 3 ? "watch" : "retrain";
        assertThat(Files.readString(ran)).startsWith(verdict + ": ").contains("mean: mean ");
        assertThat(Files.readString(page))
                .contains("<strong>" + verdict + "</strong>", "mean: mean ", "data:image/png");
        String sha = Sha256.of(model).substring(0, 12);
        assertThat(Files.readString(gauges).lines())
                .contains(
                        "# TYPE aorta_monitor_verdict gauge",
                        "aorta_monitor_verdict{model_sha256=\"" + sha + "\"} " + (r.code() - 2),
                        "aorta_monitor_window_images{model_sha256=\"" + sha + "\"} 45")
                .anyMatch(line -> line.startsWith(
                        "aorta_monitor_p_value{model_sha256=\"" + sha + "\",feature=\"mean\",test=\"ks\"} 0.00"));
        Unet.Result failed = monitor(brighter, "--retrain-when", "watch", "--run", "exit 7");
        assertThat(failed.code()).isEqualTo(1);
        assertThat(failed.err()).contains("ended with exit code 7");
    }

    @Test
    void servedImagesAreReadFromTheirLog() throws IOException {
        Path log = folder.resolve("served.jsonl");
        double temperature = Reference.of(model).temperature();
        String sha = Sha256.of(model);
        try (Device device = Device.cpu(1);
                Segmenter segmenter = Segmenter.load(model, device, null)) {
            FeatureExtractor extractor = FeatureExtractor.of(segmenter, Fit.RESAMPLE);
            for (int i = 0; i < 30; i++) {
                if (i == 20) {
                    Files.writeString(log, "{\"time\":\"half a line", StandardOpenOption.APPEND);
                }
                try (ObservationLog open = ObservationLog.append(log)) {
                    InputSlice slice = disk(3000 + i, 1).toSegment("a disk");
                    Observation seen = extractor.observe(slice, "g" + i, temperature);
                    open.add(sha, seen, Instant.EPOCH);
                    open.add("f".repeat(64), seen, Instant.EPOCH);
                    Observation read = ObservationLog.read(log, sha).getLast();
                    assertThat(read.values()).isEqualTo(seen.values());
                    assertThat(read.embedding()).isEqualTo(seen.embedding());
                    assertThat(seen.value(Feature.DICE)).isBetween(0.0, 1.0);
                }
            }
        }
        Unet.Result r = monitor(log);
        assertThat(r.out()).startsWith("window 1: fine; 30 images of 30 patients");
        assertThat(Files.readString(log)).doesNotContain("disk");
        Path broken = Files.writeString(folder.resolve("broken.jsonl"), Files.readString(log) + "{}\n");
        CommandLineTest.failed(broken + ", line 61: JSON object has no 'model_sha256', only []", monitor(broken));
    }

    @Test
    void aServerWatchesWhatItAnswers() throws Exception {
        Path log = folder.resolve("live.jsonl");
        try (Device device = Device.cpu(1)) {
            SegmentModels models = new SegmentModels((name, version) -> model, device, null, Batching.DEFAULT);
            SegmentOptions options = new SegmentOptions(
                    new LinkedHashMap<>(Map.of("heart", "1")),
                    Fit.RESAMPLE,
                    null,
                    null,
                    Pseudonyms.of(new byte[32]),
                    "test");
            try (ModelServer server = SegmentServer.start(
                            ServerOptions.loopback(0), models, options, (caller, used, inputs) -> {});
                    LiveMonitor live = new LiveMonitor(
                            ObservationLog.append(log), 20, r -> Monitor.of(r, 1), server.metrics(), Fit.RESAMPLE);
                    HttpClient client = HttpClient.newHttpClient()) {
                models.watchedBy(live);
                for (int i = 0; i < 20; i++) {
                    LabelledSlice slice = disk(4000 + i, 2);
                    byte[] png = Png.grey8(Unet.SIDE, Unet.SIDE, grey8(slice));
                    HttpRequest request = HttpRequest.newBuilder(server.uri().resolve("/v1/segment?uncertainty=false"))
                            .POST(HttpRequest.BodyPublishers.ofByteArray(png))
                            .build();
                    assertThat(client.send(request, HttpResponse.BodyHandlers.ofString())
                                    .statusCode())
                            .isEqualTo(200);
                }
                live.close(); // all that was answered is observed
                assertThat(server.metrics().text())
                        .contains("aorta_monitor_images_total 20", "aorta_monitor_window_images{model_sha256=\"")
                        .doesNotContain("aorta_monitor_skipped_total")
                        .containsPattern("aorta_monitor_verdict\\{model_sha256=\"[0-9a-f]{12}\"} [12]\n");
            }
        }
        assertThat(ObservationLog.read(log, Sha256.of(model))).hasSize(20);
        assertThat(monitor(log).code()).as("the same images read again").isIn(3, 4);
    }

    private static int[] grey8(LabelledSlice slice) {
        int[] grey = Unet.whole(slice.image());
        for (int i = 0; i < grey.length; i++) {
            grey[i] = Math.min(255, grey[i] / 8);
        }
        return grey;
    }

    @Test
    void whatCannotBeComparedIsRefused() throws IOException {
        Path other = Files.createDirectories(folder.resolve("other"));
        Path alone = Files.copy(model, other.resolve("model.safetensors"));
        Unet.Result none = Unet.run("monitor", "--model", alone, same);
        assertThat(none.code()).isEqualTo(1);
        assertThat(none.err()).contains("the model has no reference; make one with 'unet monitor --reference DATA'");
        Files.copy(Trained.once().run.resolve("reference.safetensors"), other.resolve("reference.safetensors"));
        Unet.Result few =
                Unet.run("monitor", "--model", alone, Trained.once().data.resolve("val_images.tfrecords"));
        assertThat(few.code()).isEqualTo(1);
        assertThat(few.err())
                .contains("3 images in the window and 3 in the reference")
                .contains("can show no shift");
        Path moved = Files.createDirectories(folder.resolve("moved"));
        Files.writeString(moved.resolve("model.safetensors"), "another");
        Files.copy(folder.resolve("reference.safetensors"), moved.resolve("reference.safetensors"));
        assertThat(Unet.run("monitor", "--model", moved, same).err()).contains("it is the reference of another model");
        Files.writeString(other.resolve("model.sig"), "{}");
        assertThat(Unet.run("monitor", "--model", alone, "--reference", same).err())
                .contains("the folder is signed, and a new file would break the signature");
        assertThat(monitor().code()).isEqualTo(2);
        assertThat(monitor(same, "--retrain-when", "fine").code()).isEqualTo(2);
        assertThat(monitor(same, "--window", 46).err()).contains("45 images: a window of 46 was expected");
    }
}
