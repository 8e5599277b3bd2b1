package dev.aorta.unet.serve;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import dev.aorta.Device;
import dev.aorta.Scope;
import dev.aorta.io.Json;
import dev.aorta.nn.Layer;
import dev.aorta.serve.Batching;
import dev.aorta.serve.ModelServer;
import dev.aorta.serve.ServerOptions;
import dev.aorta.unet.imaging.DicomJudge;
import dev.aorta.unet.imaging.Fit;
import dev.aorta.unet.imaging.InputSlice;
import dev.aorta.unet.imaging.NiftiTest;
import dev.aorta.unet.imaging.Png;
import dev.aorta.unet.imaging.Pseudonyms;
import dev.aorta.unet.imaging.SliceFiles;
import dev.aorta.unet.model.InputScaling;
import dev.aorta.unet.model.ModelConfig;
import dev.aorta.unet.model.Norm;
import dev.aorta.unet.model.Views;
import dev.aorta.unet.train.Segmenter;
import java.io.IOException;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** One server with an untrained network, whose masks are compared with those of {@link Segmenter}. */
class SegmentServerTest {
    private static final int SIDE = 32;

    @TempDir
    private static Path folder;

    private static Device device;
    private static Path model;
    private static Path dicom;
    private static ModelServer server;
    private static HttpClient client;

    @BeforeAll
    static void serve() throws IOException {
        device = Device.cpu();
        model = folder.resolve("model.safetensors");
        ModelConfig config = new ModelConfig(
                ModelConfig.Kind.UNET, 4, 2, Norm.GROUP, 2, SIDE, SIDE, InputScaling.STANDARD, 0, Views.ONE, true);
        try (Scope scope = Scope.noGrad()) {
            Layer network = config.build(device, 3);
            config.save(model, network, Map.of());
        }
        dicom = SliceFiles.writeDicom(folder.resolve("a.dcm"), SIDE, SIDE);
        Map<String, Path> files = Map.of("heart/1", model, "heart/damaged", dicom);
        server = SegmentServer.start(
                ServerOptions.loopback(0),
                new SegmentModels((name, version) -> files.get(name + "/" + version), device, null, Batching.DEFAULT),
                new SegmentOptions(
                        new LinkedHashMap<>(Map.of("heart", "1")),
                        Fit.RESAMPLE,
                        null,
                        null,
                        Pseudonyms.of(new byte[32]),
                        "test"),
                (caller, used, inputs) -> {});
        client = HttpClient.newHttpClient();
    }

    @AfterAll
    static void end() {
        client.close();
        server.close();
        device.close();
    }

    private static HttpResponse<byte[]> post(String path, byte[] body, String accept) throws Exception {
        return client.send(
                HttpRequest.newBuilder(server.uri().resolve(path))
                        .header("Accept", accept)
                        .POST(HttpRequest.BodyPublishers.ofByteArray(body))
                        .build(),
                HttpResponse.BodyHandlers.ofByteArray());
    }

    private static Json json(String path, byte[] body) throws Exception {
        HttpResponse<byte[]> answer = post(path, body, "application/json");
        assertThat(answer.statusCode())
                .as(new String(answer.body(), StandardCharsets.UTF_8))
                .isEqualTo(200);
        return Json.parse(answer.body());
    }

    private static String error(byte[] body, int status) throws Exception {
        HttpResponse<byte[]> answer = post("/v1/segment", body, "*/*");
        assertThat(answer.statusCode()).isEqualTo(status);
        return Json.parse(answer.body()).get("error").asText();
    }

    private static byte[] mask() throws IOException {
        byte[][] mask = new byte[1][];
        try (Segmenter segmenter = Segmenter.load(model, device, null)) {
            InputSlice.read(dicom, null, s -> mask[0] = segmenter.segment("a", s.rows(), s.columns(), s.grey()));
        }
        return mask[0];
    }

    @Test
    void theMaskIsThatOfTheNetworkAndItsContoursEncloseIt() throws Exception {
        byte[] mask = mask();
        int pixels = 0;
        for (byte c : mask) {
            pixels += c;
        }
        assertThat(pixels).as("an untrained network that marks something").isBetween(10, SIDE * SIDE - 10);
        Json answer = json("/v1/segment", Files.readAllBytes(dicom));
        Json slice = answer.get("slices").asList().getFirst();
        Json structure = slice.get("structures").asList().getFirst();
        assertThat(structure.get("pixels").asInt()).isEqualTo(pixels);
        assertThat(structure.get("area_mm2").asDouble()).isCloseTo(pixels * 1.25 * 1.5, within(1e-9));
        double enclosed = 0;
        for (Json contour : structure.get("contours").asList()) {
            List<Json> points = contour.asList();
            for (int i = 0; i < points.size(); i++) {
                double[] a = points.get(i).asDoubles();
                double[] b = points.get((i + 1) % points.size()).asDoubles();
                enclosed += (a[0] * b[1] - b[0] * a[1]) / 2;
                assertThat(a[0] == b[0] || a[1] == b[1]).isTrue();
            }
        }
        assertThat(enclosed).isEqualTo(pixels);
        assertThat(slice.get("uncertain_pixels").asInt()).isBetween(1, SIDE * SIDE);
        byte[] png = post("/v1/segment", Files.readAllBytes(dicom), "image/png").body();
        assertThat(png).isEqualTo(Png.mask(SIDE, SIDE, mask, 2));
    }

    @Test
    void volumesAndPicturesOfOtherSizesHaveTheirOwnPixels() throws Exception {
        Json volume = json("/v1/segment?uncertainty=false", NiftiTest.volume(20, 24, 3, 1));
        assertThat(volume.get("slices").asList()).hasSize(3).allSatisfy(s -> {
            assertThat(s.get("rows").asInt()).isEqualTo(24);
            assertThat(s.asObject()).doesNotContainKeys("overlay", "uncertain_pixels");
        });
        Json picture = json(
                        "/v1/segment?pictures=true",
                        Png.grey8(40, 48, new Random(1).ints(40 * 48, 0, 255).toArray()))
                .get("slices")
                .asList()
                .getFirst();
        assertThat(picture.get("uncertain_area_mm2")).isEqualTo(new Json.Null());
        assertThat(picture.get("overlay").asText()).startsWith("data:image/png;base64,");
        assertThat(picture.get("uncertainty").asText()).startsWith("data:image/png;base64,");
        assertThat(post("/v1/segment", NiftiTest.volume(20, 24, 3, 1), "image/png")
                        .statusCode())
                .isEqualTo(406);
        assertThat(error(NiftiTest.volume(4, 4, 65, 1), 422)).contains("more than 64 slices");
    }

    /** Seeded damage to a DICOM file: an answer or an error of the caller's, never of the server's, and no file is left. */
    @Test
    void whatIsNoImageIsTheCallersError() throws Exception {
        Path temporary = Path.of(System.getProperty("java.io.tmpdir"));
        assertThat(error(new byte[0], 422)).startsWith("the image: ");
        assertThat(Json.parse(new Form()
                                .add("image", "a.dcm", Files.readAllBytes(dicom))
                                .add("expert", "a.txt", "1 1\n2 x\n".getBytes(StandardCharsets.UTF_8))
                                .post(server.uri(), "*/*")
                                .body())
                        .get("error")
                        .asText())
                .isEqualTo("00000: line 2: '2 x' is not a point (x y)");
        assertThat(error(Files.readAllBytes(model), 415)).contains("a DICOM, NIfTI or PNG file is wanted");
        long seed = 99;
        Random random = new Random(seed);
        byte[] whole = Files.readAllBytes(dicom);
        for (int i = 0; i < 200; i++) {
            byte[] damaged = Arrays.copyOf(whole, random.nextInt(4) == 0 ? random.nextInt(whole.length) : whole.length);
            for (int k = 0; k < 8 && damaged.length > 0; k++) {
                damaged[random.nextInt(Math.min(damaged.length, 600))] = (byte) random.nextInt();
            }
            HttpResponse<byte[]> answer = post("/v1/segment?uncertainty=false", damaged, "*/*");
            assertThat(answer.statusCode())
                    .as("seed %d, file %d: %s", seed, i, new String(answer.body(), StandardCharsets.UTF_8))
                    .isIn(200, 415, 422);
            assertThat(new String(answer.body(), StandardCharsets.UTF_8))
                    .doesNotContain(temporary.toString() + "/aorta-");
        }
        try (var left = Files.list(temporary)) {
            assertThat(left.filter(f -> f.getFileName().toString().startsWith("aorta-upload-")))
                    .isEmpty();
        }
    }

    /** An expert's mask beside a picture, what the network looked at, and the DICOM segmentation of one image. */
    @Test
    void oneImageIsComparedAndExplained() throws Exception {
        byte[] mask = mask();
        int inside = 0;
        for (byte c : mask) {
            inside += c;
        }
        byte[] left = mask.clone();
        for (int i = 0; i < left.length; i++) {
            left[i] = i % SIDE < SIDE / 2 ? left[i] : 0;
        }
        int drawn = 0;
        for (byte c : left) {
            drawn += c;
        }
        Json slice = Json.parse(new Form()
                        .add("image", "a.dcm", Files.readAllBytes(dicom))
                        .add("expert", "mask.png", Png.mask(SIDE, SIDE, left, 2))
                        .post(server.uri().resolve("?explain=gradcam&pictures=true"), "application/json")
                        .body())
                .get("slices")
                .asList()
                .getFirst();
        assertThat(slice.get("expert").get("dice").asDouble()).isCloseTo(2.0 * drawn / (inside + drawn), within(1e-12));
        assertThat(slice.get("explanation").asText()).startsWith("data:image/png;base64,");
        assertThat(json("/v1/segment?explain=gradcam&uncertainty=false&pictures=true", Files.readAllBytes(dicom))
                        .get("slices")
                        .asList()
                        .getFirst()
                        .get("explanation")
                        .asText())
                .isEqualTo(slice.get("explanation").asText());
        assertThat(post("/v1/segment", Files.readAllBytes(dicom), "application/dicom")
                        .statusCode())
                .as("it does not say where it lies")
                .isEqualTo(422);
        SliceFiles.writeCine(folder.resolve("one"), 1, 1, SIDE, (s, p) -> 8);
        Path placed = folder.resolve("one").resolve("%08x.dcm".formatted(0x9E3779B1));
        HttpResponse<byte[]> seg = post("/v1/segment", Files.readAllBytes(placed), "application/dicom");
        assertThat(seg.statusCode()).isEqualTo(200);
        DicomJudge.accepts(Files.write(folder.resolve("seg.dcm"), seg.body()));
        assertThat(post("/v1/segment?model=lung", seg.body(), "*/*").statusCode())
                .isEqualTo(404);
        assertThat(post("/v1/segment?pictures=true", Png.mask(4096, 4096, new byte[4096 * 4096], 2), "*/*")
                        .statusCode())
                .as("pictures of a gigabyte, of a small file")
                .isEqualTo(413);
        assertThat(post("/v1/segment?explain=magic", seg.body(), "*/*").statusCode())
                .isEqualTo(400);
        assertThat(post("/v1/segment", seg.body(), "text/html").statusCode()).isEqualTo(422);
        assertThat(post("/v1/segment", seg.body(), "image/gif").statusCode()).isEqualTo(406);
    }

    @Test
    void thePageIsClosedToScriptsOfOthersAndTheDescriptionIsTrue() throws Exception {
        for (String path : List.of("/", "/page.js", "/page.css", "/openapi.json")) {
            HttpResponse<String> page = client.send(
                    HttpRequest.newBuilder(server.uri().resolve(path)).build(), HttpResponse.BodyHandlers.ofString());
            assertThat(page.statusCode()).isEqualTo(200);
            assertThat(page.headers().firstValue("Content-Security-Policy").orElseThrow())
                    .startsWith("default-src 'none'");
            if (path.equals("/")) {
                assertThat(page.body())
                        .doesNotContain("<style", "onclick", "style=")
                        .containsOnlyOnce("<script");
            }
            if (path.equals("/page.js")) {
                assertThat(page.body().replace("http://www.w3.org/2000/svg", ""))
                        .doesNotContain("innerHTML", "eval(", "http");
            }
            if (path.equals("/openapi.json")) {
                Json api = Json.parse(page.body());
                Json slice = api.get("components").get("schemas").get("Slice");
                Json answer = json("/v1/segment?pictures=true&explain=gradcam", Files.readAllBytes(dicom))
                        .get("slices")
                        .asList()
                        .getFirst();
                assertThat(slice.get("properties").asObject().keySet())
                        .containsAll(answer.asObject().keySet());
                assertThat(answer.asObject().keySet())
                        .contains(
                                "slice", "rows", "columns", "structures", "uncertain_pixels", "overlay", "explanation");
            }
        }
    }

    @Test
    void aVersionThatCannotBeLoadedChangesNothing() throws Exception {
        assertThatThrownBy(() -> server.models().load("heart", "damaged", 100))
                .hasMessageContaining("cannot be loaded");
        assertThatThrownBy(() -> server.models().load("heart", "3", 100)).hasMessageContaining("there is no version 3");
        assertThat(json("/v1/segment", Files.readAllBytes(dicom)).get("version").asText())
                .isEqualTo("1");
    }
}
