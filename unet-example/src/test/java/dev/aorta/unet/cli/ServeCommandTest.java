package dev.aorta.unet.cli;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;
import static org.junit.jupiter.api.Assumptions.abort;

import dev.aorta.io.Json;
import dev.aorta.unet.imaging.DicomJudge;
import dev.aorta.unet.imaging.Png;
import dev.aorta.unet.imaging.RealPatients;
import dev.aorta.unet.imaging.Sha256;
import dev.aorta.unet.imaging.SliceFiles;
import dev.aorta.unet.serve.Form;
import dev.aorta.unet.signing.PublicKeyFile;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.openqa.selenium.Keys;
import org.openqa.selenium.WebElement;

/** The command as it is used: models of a signed registry, its log, and a patient's series, whose volumes are those of {@code volumes}. */
class ServeCommandTest {
    private static final double[] RADII = {8, 6.5, 5.5, 7};
    private static final Pattern ADDRESS = Pattern.compile("serving (.*) at (http:\\S+);");

    @TempDir
    static Path folder;

    static Path run;
    static Path registry;
    static Path key;
    static Path pseudonyms;
    static Path cine;
    static Thread server;
    static URI address;
    static HttpClient client;

    @BeforeAll
    static void serve() throws Exception {
        run = folder.resolve("run");
        registry = folder.resolve("registry");
        key = folder.resolve("signer");
        pseudonyms = folder.resolve("pseudonyms");
        cine = folder.resolve("SCD0000101");
        SliceFiles.writeCine(cine, 3, RADII.length, Unet.SIDE, (slice, phase) -> RADII[phase]);
        client = HttpClient.newHttpClient();
        ok("key", key);
        Unet.Result trained = Unet.train(
                Unet.data(folder.resolve("data")), run, "--base", 4, "--epochs", 25, "--lr", 0.01, "--norm", "batch");
        assertThat(trained.code()).as(trained.err()).isZero();
        register(run, "--alias", "champion");
        register(Trained.once().run, "--alias", "challenger");
        register(run);
        CompletableFuture<Matcher> serving = new CompletableFuture<>();
        server = serve(
                serving,
                "serve",
                "--model",
                "models:/lv@champion",
                "--registry",
                registry,
                "--public-key",
                folder.resolve("signer.pub"),
                "--audit",
                registry,
                "--audit-key",
                key,
                "--key",
                pseudonyms,
                "--port",
                0,
                "--device",
                "cpu");
        Matcher m = serving.get(60, TimeUnit.SECONDS);
        assertThat(m.group(1)).isEqualTo("lv");
        address = URI.create(m.group(2));
    }

    static Thread serve(CompletableFuture<Matcher> serving, Object... args) {
        return Thread.ofPlatform().start(() -> {
            StringBuilder printed = new StringBuilder();
            Unet.Result result = Unet.run(
                    text -> {
                        Matcher m = ADDRESS.matcher(printed.append(text));
                        if (m.find()) {
                            serving.complete(m);
                        }
                    },
                    args);
            serving.completeExceptionally(new IOException(result.err()));
        });
    }

    @AfterAll
    static void end() throws InterruptedException {
        server.interrupt();
        server.join();
        client.close();
    }

    private static String ok(Object... args) {
        Unet.Result r = Unet.run(args);
        assertThat(r.code()).as(r.err() + r.out()).isZero();
        return r.out();
    }

    private static void register(Path what, Object... more) {
        List<Object> args =
                new ArrayList<>(List.of("register", what, "--name", "lv", "--registry", registry, "--key", key));
        args.addAll(List.of(more));
        ok(args.toArray());
    }

    private static HttpResponse<String> post(String path, String body) throws Exception {
        return client.send(
                HttpRequest.newBuilder(address.resolve(path))
                        .POST(HttpRequest.BodyPublishers.ofString(body))
                        .build(),
                HttpResponse.BodyHandlers.ofString());
    }

    private static HttpResponse<String> load(String parameters) throws Exception {
        return post("/v2/repository/models/lv/load", "{\"parameters\": {" + parameters + "}}");
    }

    private static double metric(String name) throws Exception {
        String text = client.send(
                        HttpRequest.newBuilder(address.resolve("/metrics")).build(),
                        HttpResponse.BodyHandlers.ofString())
                .body();
        return text.lines()
                .filter(line -> line.startsWith(name))
                .mapToDouble(line -> Double.parseDouble(line.substring(line.lastIndexOf(' ') + 1)))
                .sum();
    }

    /** Files of circles as the disks are, at phases 0 and 2. */
    private static Path withContours(Path to) throws IOException {
        for (int slice = 0; slice < 3; slice++) {
            for (int phase = 0; phase < RADII.length; phase += 2) {
                StringBuilder circle = new StringBuilder();
                for (int i = 0; i < 90; i++) {
                    double angle = Math.toRadians(4 * i);
                    circle.append(String.format(
                            Locale.ROOT,
                            "%.3f %.3f%n",
                            16 + RADII[phase] * Math.cos(angle),
                            16 + RADII[phase] * Math.sin(angle)));
                }
                Files.writeString(
                        to.resolve("IM-0001-%04d-icontour-manual.txt".formatted(slice * RADII.length + phase + 1)),
                        circle);
            }
        }
        return to;
    }

    @Test
    void aSeriesIsMeasuredAsVolumesMeasuresIt() throws Exception {
        Json volumes = Json.parse(ok(
                        "volumes",
                        cine,
                        "--model",
                        run,
                        "--key",
                        pseudonyms,
                        "--device",
                        "cpu",
                        "--out",
                        folder.resolve("volumes")))
                .get("series")
                .asList()
                .getFirst();
        Path contours = withContours(Files.createDirectory(folder.resolve("contours")));
        Form form = new Form().addAll("image", cine).addAll("../x", contours);
        HttpResponse<byte[]> answer =
                form.post(address.resolve("?pictures=true&uncertainty=true&explain=gradcam"), "application/json");
        assertThat(answer.statusCode())
                .as(new String(answer.body(), StandardCharsets.UTF_8))
                .isEqualTo(200);
        Json json = Json.parse(answer.body());
        Map<String, Json> series = new LinkedHashMap<>(json.get("series").asObject());
        Json expert = Objects.requireNonNull(series.remove("expert"));
        assertThat(Json.of(series).compact()).isEqualTo(volumes.compact());
        assertThat(expert.get("ef_percent").get("value").asDouble())
                .isCloseTo(100 * (1 - 5.5 * 5.5 / (8 * 8)), within(0.5));
        List<Json> slices = json.get("slices").asList();
        assertThat(slices).hasSize(3 * RADII.length);
        for (Json slice : slices) {
            int phase = slice.get("phase").asInt();
            boolean shown = phase == 0 || phase == 2;
            for (String member : List.of("expert", "overlay", "uncertainty", "explanation", "uncertain_pixels")) {
                assertThat(slice.asObject().containsKey(member))
                        .as("%s at phase %d", member, phase)
                        .isEqualTo(shown);
            }
            if (shown) {
                assertThat(slice.get("expert").get("dice").asDouble()).isBetween(0.85, 1.0);
            }
        }
        Form withWall = new Form()
                .addAll("image", cine)
                .addAll("expert", contours)
                .add(
                        "expert",
                        "IM-0001-0001-ocontour-manual.txt",
                        "2 2\n29 2\n29 29\n2 29\n".getBytes(StandardCharsets.UTF_8));
        assertThat(Json.parse(withWall.post(address.resolve("?pictures=true"), "*/*")
                                .body())
                        .get("slices")
                        .asList()
                        .getFirst()
                        .get("overlay"))
                .as("the cavity's contour, whatever wall the expert drew")
                .isEqualTo(slices.getFirst().get("overlay"));
        Path seg = Files.write(
                folder.resolve("served.seg.dcm"),
                form.post(address, "application/dicom").body());
        DicomJudge.accepts(seg);
        String report = new String(form.post(address, "text/html").body(), StandardCharsets.UTF_8);
        assertThat(report)
                .contains("ejection fraction", "called by a pseudonym")
                .doesNotContain("{{");
        for (byte[] said : List.of(answer.body(), Files.readAllBytes(seg), report.getBytes(StandardCharsets.UTF_8))) {
            assertThat(new String(said, StandardCharsets.ISO_8859_1))
                    .doesNotContain("P1^", "SCD0000101", "1.2.3.4.", "1.2.3.1", "/aorta-upload");
        }
        String log =
                ok("models", "--registry", registry, "log").lines().toList().getLast();
        Path first = cine.resolve("%08x.dcm".formatted(0x9E3779B1));
        assertThat(log)
                .contains(
                        "\"command\":\"serve\"",
                        "\"caller\":\"local\"",
                        Sha256.of(first),
                        Sha256.of(run.resolve("model.safetensors")));
        ok("verify", registry, "--public-key", folder.resolve("signer.pub"));
    }

    @Test
    void filesThatAreNoSeriesAreSegmentedOneByOne() throws Exception {
        Path other = folder.resolve("other");
        SliceFiles.writeCine(other, 2, 1, Unet.SIDE, (slice, phase) -> 7);
        byte[] small = Files.readAllBytes(SliceFiles.writeDicom(folder.resolve("small.dcm"), 16, 16));
        Json json = Json.parse(new Form()
                .add("image", "a", Files.readAllBytes(cine.resolve("%08x.dcm".formatted(0x9E3779B1))))
                .add("image", "b", small)
                .post(address.resolve("?uncertainty=false"), "*/*")
                .body());
        assertThat(json.get("slices").asList()).hasSize(2);
        assertThat(json.get("series")).isEqualTo(new Json.Null());
        assertThat(json.get("series_problem").asText()).contains("no series is a stack");
        HttpResponse<byte[]> two = new Form().addAll("image", other).post(address, "*/*");
        assertThat(Json.parse(two.body()).get("series").get("esv_ml").compact()).isNotEmpty();
        assertThat(new Form()
                        .add("image", "x", new byte[] {1})
                        .post(address, "*/*")
                        .statusCode())
                .isEqualTo(422);
    }

    @Test
    void versionsOfTheRegistryFollowTheirAliases() throws Exception {
        byte[] image = Files.readAllBytes(cine.resolve("%08x.dcm".formatted(0x9E3779B1)));
        assertThat(load("\"alias\": \"challenger\", \"shadow\": true").body())
                .contains("\"version\":\"2\"", "\"shadow\":true");
        new Form().add("image", "a", image).post(address.resolve("?uncertainty=false"), "*/*");
        for (int i = 0; i < 1000 && metric("aorta_shadow_pixels_total") == 0; i++) {
            Thread.sleep(50);
        }
        assertThat(metric("aorta_shadow_pixels_total")).isPositive();
        assertThat(metric("aorta_shadow_mean_absolute_difference")).isPositive();
        ok("models", "--registry", registry, "--key", key, "alias", "lv", 3, "champion");
        assertThat(load("\"alias\": \"champion\"").statusCode()).isEqualTo(200);
        assertThat(Json.parse(new Form()
                                .add("image", "a", image)
                                .post(address, "*/*")
                                .body())
                        .get("version")
                        .asText())
                .isEqualTo("3");
        assertThat(load("\"version\": \"9\"").statusCode()).isEqualTo(404);
        assertThat(load("\"alias\": \"nobody\"").statusCode()).isEqualTo(404);
        assertThat(load("\"alias\": \"champion\", \"version\": \"1\"").statusCode())
                .isEqualTo(400);
        assertThat(load("\"version\": \"../3\"").statusCode()).isEqualTo(404);
        assertThat(load("\"version\": \"1\"").statusCode()).isEqualTo(200);
    }

    /** On copies: what is altered or not signed is not loaded, and a use that cannot be written down computes nothing. */
    @Test
    void whatIsNotAsItWasLeftIsRefused() throws Exception {
        Path copy = folder.resolve("copy");
        Path own = folder.resolve("unsigned");
        ok("register", run, "--name", "lv", "--registry", own);
        PublicKeyFile signer = PublicKeyFile.read(folder.resolve("signer.pub"));
        copy(registry, copy);
        ServedFiles sound = new ServedFiles(List.of("models:/lv/1"), "heart", copy, signer);
        assertThat(sound.first()).containsExactly(Map.entry("lv", "1"));
        assertThat(sound.file("lv", "2")).isNotNull();
        Files.write(copy.resolve("models/lv/2/model.safetensors"), new byte[] {0}, StandardOpenOption.APPEND);
        assertThatThrownBy(() -> sound.file("lv", "2")).hasMessageContaining("lv/2 is not as it was left");
        assertThat(sound.file("lv", "1")).as("another version").isNotNull();
        assertThat(new ServedFiles(List.of("models:/lv/1"), "heart", own, null).file("lv", "1"))
                .isNotNull();
        Unet.Result unsigned = Unet.run(
                "serve",
                "--model",
                "models:/lv/1",
                "--registry",
                own,
                "--public-key",
                folder.resolve("signer.pub"),
                "--key",
                pseudonyms,
                "--port",
                0,
                "--device",
                "cpu");
        assertThat(unsigned.code()).isEqualTo(1);
        assertThat(unsigned.err()).contains("lv/1 is not as it was left, and is not used", "it is not signed");
        for (List<String> wrong :
                List.of(List.of("models:/lv/1", "models:/lv/2"), List.of("heart/1=a"), List.of("a b=c"))) {
            assertThatThrownBy(() -> new ServedFiles(wrong, "heart", copy, signer))
                    .isInstanceOf(IllegalArgumentException.class);
        }
        double batches = metric("aorta_batches_total");
        Path log = registry.resolve("log.jsonl");
        byte[] before = Files.readAllBytes(log);
        Files.writeString(log, "x", StandardOpenOption.APPEND);
        HttpResponse<byte[]> refused = new Form()
                .add("image", "a", Files.readAllBytes(cine.resolve("%08x.dcm".formatted(0x9E3779B1))))
                .post(address, "*/*");
        Files.write(log, before);
        assertThat(refused.statusCode()).isEqualTo(503);
        assertThat(new String(refused.body(), StandardCharsets.UTF_8)).contains("cannot be written down");
        assertThat(metric("aorta_batches_total")).isEqualTo(batches);
    }

    /** The page in a real browser: by keyboard, with names for a screen reader, and without a script of others. */
    @Test
    void aPersonUsesThePage() throws Exception {
        Path downloads = Files.createDirectory(folder.resolve("downloads"));
        Path contours = withContours(Files.createDirectory(folder.resolve("drawn")));
        Path hostile = folder.resolve("<img src=x onerror=alert(1)>.png");
        Files.write(hostile, Png.grey8(Unet.SIDE, Unet.SIDE, new int[Unet.SIDE * Unet.SIDE]));
        try (Browser browser = Browser.start(downloads)) {
            browser.open(address.toString());
            browser.find("#folder").sendKeys(cine.toString());
            browser.find("#expert").sendKeys(String.join("\n", paths(contours)));
            assertThat(browser.find("#status").getText()).isEqualTo("12 images and 6 contours chosen.");
            browser.script("document.getElementById('explain').focus()");
            browser.focused().sendKeys(Keys.SPACE, Keys.TAB);
            assertThat(browser.focused().getText()).isEqualTo("Segment");
            browser.focused().sendKeys(Keys.ENTER);
            assertThat(browser.awaitStatus("Done")).isEqualTo("Done.");
            assertThat(browser.find("h2").getText()).startsWith("Patient P-");
            assertThat(browser.find(".numbers").getText())
                    .contains("Ejection fraction", " ml", " %", "expert: 52.", "End-diastolic volume");
            assertThat(browser.find("svg").getAttribute("aria-label")).startsWith("Volume over the beat: ");
            assertThat(browser.all(".pictures img")).hasSize(3).allSatisfy(image -> {
                assertThat(image.getAttribute("alt")).startsWith("slice 2 of 3, end-diastole");
                assertThat(image.getDomProperty("naturalWidth")).isEqualTo("64");
            });
            browser.find("#slice").sendKeys(Keys.ARROW_RIGHT);
            browser.find("#end-diastole").sendKeys(Keys.ARROW_RIGHT);
            assertThat(browser.find("#slice").getDomAttribute("aria-valuetext")).isEqualTo("slice 3 of 3, end-systole");
            assertThat(browser.find("dl").getText()).contains("Dice\n0.", "Area\n", "Uncertain\n");
            for (WebElement control : browser.all("input, select, button")) {
                if (control.isDisplayed()) {
                    assertThat(control.getAccessibleName())
                            .as(control.getDomAttribute("id"))
                            .isNotEmpty();
                }
            }
            for (String file : List.of("segmentation.dcm", "report.html")) {
                browser.all("button.second").get(file.startsWith("seg") ? 0 : 1).sendKeys(Keys.ENTER);
                assertThat(browser.awaitStatus(file)).isEqualTo(file + " is made.");
                for (int i = 0; i < 100 && !Files.exists(downloads.resolve(file)); i++) {
                    Thread.sleep(50);
                }
            }
            DicomJudge.accepts(downloads.resolve("segmentation.dcm"));
            assertThat(downloads.resolve("report.html")).content().contains("ejection fraction");
            browser.open(address.toString());
            browser.find("#file").sendKeys(hostile.toString());
            browser.find("#go").sendKeys(Keys.ENTER);
            assertThat(browser.awaitStatus("Done")).isEqualTo("Done.");
            assertThat(browser.find(".choice b").getText()).isEqualTo("<img src=x onerror=alert(1)>.png");
            assertThat(browser.complaints()).isEmpty();
            browser.script(
                    "const s = document.createElement('script'); s.textContent = 'window.bad = 1'; document.body.append(s)");
            assertThat(browser.script("return window.bad")).as("the policy").isNull();
        }
    }

    /** A real patient by a network that was trained: run by hand, with a folder and a model that these properties name. */
    @Test
    void thePicturesOfTheDocumentation() throws Exception {
        String model = System.getProperty("aorta.page.model");
        if (System.getProperty("aorta.screenshots") == null || model == null) {
            abort("skipped: aorta.screenshots and aorta.page.model are not set, so that no pictures are made");
        }
        Path patient = RealPatients.folder().resolve("SCD_IMAGES_01/SCD0000101");
        Path contours = RealPatients.folder().resolve("SCD_ManualContours/SC-HF-I-01/contours-manual/IRCCI-expert");
        CompletableFuture<Matcher> serving = new CompletableFuture<>();
        Thread other = serve(serving, "serve", "--model", model, "--key", pseudonyms, "--port", 0, "--device", "cpu");
        try (Browser browser = Browser.start(folder)) {
            browser.open(serving.get(60, TimeUnit.SECONDS).group(2));
            browser.find("#folder").sendKeys(patient.toString());
            browser.find("#expert").sendKeys(String.join("\n", paths(contours)));
            browser.find("#explain").click();
            browser.find("#go").click();
            assertThat(browser.awaitStatus("Done")).isEqualTo("Done.");
            browser.picture("serve.png");
        } finally {
            other.interrupt();
            other.join();
        }
    }

    private static List<String> paths(Path folder) throws IOException {
        return Unet.names(folder).stream()
                .map(name -> folder.resolve(name).toString())
                .toList();
    }

    private static void copy(Path from, Path to) throws IOException {
        try (var all = Files.walk(from)) {
            for (Path file : all.toList()) {
                Path target = to.resolve(from.relativize(file).toString());
                if (Files.isDirectory(file)) {
                    Files.createDirectories(target);
                } else {
                    Files.copy(file, target);
                }
            }
        }
    }
}
