package dev.aorta.unet.cli;

import static org.assertj.core.api.Assertions.assertThat;

import dev.aorta.io.Json;
import dev.aorta.unet.registry.Registry;
import dev.aorta.unet.signing.PublicKeyFile;
import dev.aorta.unet.signing.SigningKey;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Random;
import java.util.stream.Stream;
import org.cyclonedx.Version;
import org.cyclonedx.parsers.JsonParser;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class RegistryTest {
    private static final long SEED = 20261128;
    private static final int ALTERATIONS = 1000;

    @TempDir
    static Path folder;

    private static Path registry;
    private static Path key;
    private static Path open;

    @BeforeAll
    static void register() throws IOException {
        registry = folder.resolve("registry");
        key = folder.resolve("signer");
        open = folder.resolve("signer.pub");
        Unet.Result made = Unet.run("key", key);
        assertThat(made.code()).as(made.err()).isZero();
        String secret = Files.readAllLines(key).get(1);
        assertThat(made.out()).contains("sha256   ").doesNotContain(secret.substring(0, 20));
        Path run = run(folder.resolve("run"));
        ok("sign", run, "--key", key);
        ok("verify", run, "--public-key", open);
        ok(
                "register",
                run,
                "--name",
                "lv",
                "--registry",
                registry,
                "--key",
                key,
                "--alias",
                "champion",
                "--tag",
                "site=lab");
        ok("register", run, "--name", "lv", "--registry", registry, "--key", key);
        ok("register", run, "--name", "lv", "--registry", registry, "--key", key);
        ok("models", "--registry", registry, "--key", key, "alias", "lv", 2, "champion");
        ok("models", "--registry", registry, "--key", key, "tag", "lv", 2, "reviewed", "yes");
        ok("models", "--registry", registry, "--key", key, "delete", "lv", 3, "--reason", "a test");
    }

    /** The shared run without its page, which is large. */
    private static Path run(Path to) throws IOException {
        Files.createDirectories(to);
        for (String name : List.of("config.json", "metrics.csv", "timings.csv", "model.safetensors")) {
            Files.copy(Trained.once().run.resolve(name), to.resolve(name));
        }
        return to;
    }

    private static String ok(Object... args) {
        Unet.Result r = Unet.run(args);
        assertThat(r.code()).as(r.err() + r.out()).isZero();
        return r.out();
    }

    @Test
    void modelsAreListedAndFoundByTheirAlias() throws IOException {
        String list = ok("models", "--registry", registry);
        assertThat(list.lines()).hasSize(2);
        assertThat(list.lines().toList().get(0)).contains("lv/1", "{site=lab}", "from " + folder.resolve("run"));
        assertThat(list.lines().toList().get(1)).contains("lv/2", "champion", "{reviewed=yes}");
        assertThat(ok("models", "--registry", registry, "log").lines())
                .hasSize(7)
                .last()
                .asString()
                .contains("delete", "a test");
        String scores =
                ok("evaluate", "--model", "models:/lv@champion", "--registry", registry, "--data", Trained.once().data);
        assertThat(scores).contains("\"dice\"");
        assertThat(Unet.run("evaluate", "--model", "models:/lv/3", "--registry", registry, "--data", folder)
                        .err())
                .contains("there is no models:/lv/3");
        assertThat(Unet.run("models", "--registry", registry, "--key", key, "delete", "lv", 2, "--reason", "x")
                        .err())
                .contains("lv/2 is champion");
        assertThat(Unet.run("models", "--registry", registry, "tag", "lv", 2, "a", "b")
                        .err())
                .contains("this log is signed; name the key with --key");
        assertThat(ok("verify", registry, "--public-key", open)).isEqualToIgnoringNewLines("all is as it was left");
    }

    @Test
    void aVersionHasACardAndABillOfMaterials() throws Exception {
        Path version = registry.resolve("models/lv/1");
        assertThat(Files.readString(version.resolve("README.md")))
                .startsWith("---\nlibrary_name: aorta\npipeline_tag: image-segmentation\n")
                .contains("not a medical device", "| disk-100 | ", "Expected calibration error", "## Known failures");
        assertThat(Files.readString(version.resolve("card.html")))
                .contains("<td>disk-100</td>", "For research only")
                .doesNotContain("http");
        Path bom = version.resolve("bom.cdx.json");
        assertThat(new JsonParser().validate(bom.toFile(), Version.VERSION_16)).isEmpty();
        Json model = Json.parse(Files.readAllBytes(bom)).get("metadata").get("component");
        assertThat(model.get("type").asText()).isEqualTo("machine-learning-model");
        Path broken = folder.resolve("broken.json");
        Files.writeString(broken, Files.readString(bom).replace("machine-learning-model", "magic"));
        assertThat(new JsonParser().validate(broken.toFile(), Version.VERSION_16))
                .isNotEmpty();
    }

    @Test
    void everyAlterationIsFound() throws IOException {
        System.out.println("seed " + SEED);
        PublicKeyFile signer = PublicKeyFile.read(open);
        Path copy = folder.resolve("copy");
        List<Path> files = new ArrayList<>();
        try (Stream<Path> all = Files.walk(registry)) {
            for (Path file : all.toList()) {
                Path to = copy.resolve(registry.relativize(file).toString());
                if (Files.isDirectory(file)) {
                    Files.createDirectories(to);
                } else {
                    Files.copy(file, to);
                    files.add(to);
                }
            }
        }
        Collections.sort(files);
        Registry kept = Registry.open(copy);
        assertThat(kept.findings(signer)).isEmpty();
        Alterations alterations = new Alterations(copy, files, SigningKey.create(folder.resolve("forger")));
        int found = 0;
        List<String> missed = new ArrayList<>();
        for (int i = 0; i < ALTERATIONS; i++) {
            Random random = new Random(SEED + i);
            try (Alterations.Undo undo = alterations.alter(random)) {
                List<String> findings = kept.findings(signer);
                boolean named = findings.stream().anyMatch(f -> f.contains(undo.names()));
                found += named ? 1 : 0;
                if (!named) {
                    missed.add("%d: %s gave %s".formatted(SEED + i, undo.what(), findings));
                }
            }
        }
        assertThat(missed).isEmpty();
        assertThat(found).isEqualTo(ALTERATIONS);
        assertThat(kept.findings(signer)).isEmpty();
    }

    @Test
    void anEntryThatAKilledProcessPromisedIsWritten() throws IOException {
        Path own = folder.resolve("own");
        Path run = folder.resolve("run");
        ok("register", run, "--name", "lv", "--registry", own);
        Path log = own.resolve("log.jsonl");
        byte[] first = Files.readAllBytes(log);
        ok("models", "--registry", own, "alias", "lv", 1, "best");
        byte[] both = Files.readAllBytes(log);
        for (int cut : new int[] {first.length, first.length + 40}) {
            Files.write(log, java.util.Arrays.copyOf(both, cut), StandardOpenOption.TRUNCATE_EXISTING);
            Unet.Result r = Unet.run("verify", own);
            assertThat(r.code()).isEqualTo(1);
            assertThat(r.out()).contains("entry 2 is missing");
            ok("models", "--registry", own, "tag", "lv", 1, "cut", cut);
            assertThat(ok("models", "--registry", own, "log").lines()).hasSize(3);
            ok("verify", own);
            Files.write(log, both, StandardOpenOption.TRUNCATE_EXISTING);
            Files.writeString(own.resolve("head.json"), headOf(both));
        }
        Files.writeString(log, new String(both, StandardCharsets.UTF_8).replace("best", "rest"));
        assertThat(Unet.run("models", "--registry", own, "tag", "lv", 1, "a", "b")
                        .err())
                .contains("nothing is added to a log that is not sound", "line 2: this entry was altered");
    }

    private static String headOf(byte[] log) throws IOException {
        String[] lines = new String(log, StandardCharsets.UTF_8).split("\n");
        return Json.parse(lines[lines.length - 1]).pretty();
    }

    @Test
    void rebuildsByOthersAreCounted() throws IOException {
        Path run = run(folder.resolve("rebuilt"));
        List<Path> builders = new ArrayList<>();
        for (String name : List.of("ann", "bob")) {
            Path builder = folder.resolve(name);
            ok("key", builder);
            builders.add(folder.resolve(name + ".pub"));
            if (name.equals("bob")) {
                Unet.Result one = Unet.run(
                        "verify", run, "--rebuilds", 2, "--builder", builders.get(0), "--builder", builders.get(1));
                assertThat(one.code()).isEqualTo(1);
                assertThat(one.out()).contains("1 of 2 rebuilds");
            }
            String out =
                    ok("reproduce", run, "--key", builder, "--out", folder.resolve(name + "-again"), "--device", "cpu");
            assertThat(out).contains("attested  ");
        }
        Object[] verify = {"verify", run, "--rebuilds", 2, "--builder", builders.get(0), "--builder", builders.get(1)};
        assertThat(ok(verify)).contains("rebuilt, equal: ", "all is as it was left");
        Files.write(run.resolve("model.safetensors"), new byte[] {0}, StandardOpenOption.APPEND);
        Unet.Result other = Unet.run(verify);
        assertThat(other.code()).isEqualTo(1);
        assertThat(other.err()).contains("it is of another model");
    }
}
