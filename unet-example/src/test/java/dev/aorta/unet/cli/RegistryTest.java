package dev.aorta.unet.cli;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.aorta.io.Json;
import dev.aorta.unet.registry.ModelVersion;
import dev.aorta.unet.registry.Rebuild;
import dev.aorta.unet.registry.Registry;
import dev.aorta.unet.signing.PublicKeyFile;
import dev.aorta.unet.signing.SigningKey;
import dev.aorta.unet.train.RunFolder;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.Set;
import java.util.TreeSet;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.cyclonedx.Version;
import org.cyclonedx.parsers.JsonParser;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class RegistryTest {
    private static final long SEED = 20261128;
    private static final int ALTERATIONS = 1000;
    private static final int COPIES = 4;

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
        SigningKey forger = SigningKey.create(folder.resolve("forger"));
        List<String> missed = IntStream.range(0, COPIES)
                .parallel()
                .mapToObj(copy -> {
                    try {
                        return missed(copy, signer, forger);
                    } catch (IOException e) {
                        throw new UncheckedIOException(e);
                    }
                })
                .flatMap(List::stream)
                .toList();
        assertThat(missed).isEmpty();
    }

    /** What was not found of this copy's share of the alterations. */
    private static List<String> missed(int number, PublicKeyFile signer, SigningKey forger) throws IOException {
        Path copy = folder.resolve("copy-" + number);
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
        Alterations alterations = new Alterations(copy, files, forger);
        List<String> missed = new ArrayList<>();
        for (int i = number; i < ALTERATIONS; i += COPIES) {
            try (Alterations.Undo undo = alterations.alter(new Random(SEED + i))) {
                List<String> findings = kept.findings(signer);
                if (findings.stream().noneMatch(f -> f.contains(undo.names()))) {
                    missed.add("%d: %s gave %s".formatted(SEED + i, undo.what(), findings));
                }
            }
        }
        assertThat(kept.findings(signer)).isEmpty();
        return missed;
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

    private static ModelVersion register(Registry registry, String file, @Nullable SigningKey signer)
            throws IOException {
        return registry.register(
                "m",
                Map.of(),
                Map.of(),
                (folder, version) -> Files.writeString(folder.resolve(file), "version " + version),
                signer);
    }

    /** What a process that is killed at any moment leaves is named by verify, and ended by the next command. */
    @Test
    void whatAKilledProcessBeganIsEnded() throws IOException {
        Path own = folder.resolve("killed");
        Registry kept = Registry.create(own);
        register(kept, "model", null);
        assertThatThrownBy(() -> kept.register(
                        "m",
                        Map.of(),
                        Map.of(),
                        (folder, version) -> {
                            Files.writeString(folder.resolve("half"), "");
                            throw new IOException("disk full");
                        },
                        null))
                .hasMessage("disk full");
        assertThat(Unet.names(own.resolve("models/m"))).containsExactly("1");
        assertThat(kept.findings(null)).isEmpty();

        Path making = own.resolve("models/m/.making-2"); // before the log knew it
        Files.writeString(Files.createDirectories(making).resolve("half"), "");
        assertThat(kept.findings(null)).singleElement().asString().contains("half: it is foreign", "was stopped");
        assertThat(register(kept, "model", null).number()).isEqualTo(2);
        assertThat(kept.findings(null)).isEmpty();

        Files.move(own.resolve("models/m/2"), making); // after the log knew it
        assertThat(kept.findings(null)).anySatisfy(f -> assertThat(f).contains("version m/2 is missing"));
        kept.alias("m", 2, "best", null);
        assertThat(kept.findings(null)).isEmpty();

        Path attestation = Files.writeString(folder.resolve("said.json"), "{}");
        kept.attest("m", 2, attestation, null);
        Path said = own.resolve("models/m/2/attestations/said.json");
        Files.move(said, said.resolveSibling(".making-said.json"));
        Path first = folder.resolve("first");
        Files.createDirectory(first);
        Files.copy(own.resolve("models/m/1/model"), first.resolve("model"));
        kept.delete("m", 1, "old", null);
        Files.move(first, own.resolve("models/m/1"));
        assertThat(kept.findings(null)).isNotEmpty();
        kept.tag("m", 2, "a", "b", null);
        assertThat(kept.findings(null)).isEmpty();
        assertThat(own.resolve("models/m/1")).doesNotExist();
        assertThat(said).exists();
    }

    @Test
    void severalRegisterAtOnce() throws Exception {
        Path own = folder.resolve("several");
        SigningKey signer = SigningKey.read(key);
        try (ExecutorService threads = Executors.newFixedThreadPool(4)) {
            List<Future<ModelVersion>> made = new ArrayList<>();
            for (int i = 0; i < 8; i++) {
                made.add(threads.submit(() -> register(Registry.create(own), "model", signer)));
            }
            Set<Integer> numbers = new TreeSet<>();
            for (Future<ModelVersion> version : made) {
                numbers.add(version.get().number());
            }
            assertThat(numbers).containsExactly(1, 2, 3, 4, 5, 6, 7, 8);
        }
        assertThat(Registry.open(own).findings(PublicKeyFile.read(open))).isEmpty();
    }

    @Test
    void aLogHasOneKey() throws IOException {
        Path own = folder.resolve("keys");
        Registry kept = Registry.create(own);
        SigningKey signer = SigningKey.read(key);
        register(kept, "model", signer);
        byte[] before = Files.readAllBytes(own.resolve("head.json"));
        SigningKey other = SigningKey.create(folder.resolve("other"));
        assertThatThrownBy(() -> kept.alias("m", 1, "best", other))
                .hasMessageContaining(
                        "it was signed by the key " + signer.publicKey().fingerprint());
        assertThatThrownBy(() -> register(kept, "model", other)).hasMessageContaining("it was signed by the key ");
        assertThatThrownBy(() -> kept.access("predict", key, List.of(), null)).hasMessageContaining("--key");
        assertThat(Unet.run("models", "--registry", own, "--key", folder.resolve("none"), "alias", "m", 1, "best")
                        .err())
                .contains(folder.resolve("none").toString())
                .doesNotContain("Exception in");
        assertThat(own.resolve("head.json")).hasBinaryContent(before);
        assertThatThrownBy(() -> kept.alias("m", 1, "latest", signer)).hasMessageContaining("can be no alias");
        assertThat(kept.findings(PublicKeyFile.read(open))).isEmpty();
    }

    /** Adding reads the end alone; everything is checked by verify, and before a model is taken by its alias. */
    @Test
    void anEntryInTheMiddleThatWasAltered() throws IOException {
        Path own = folder.resolve("middle");
        Registry kept = Registry.create(own);
        register(kept, "model", null);
        register(kept, "model", null);
        kept.alias("m", 1, "best", null);
        kept.alias("m", 2, "best", null);
        kept.access("predict", key, List.of(), null);
        Path log = own.resolve("log.jsonl");
        List<String> lines = Files.readAllLines(log);
        lines.set(3, lines.get(3).replace("\"best\"", "\"rest\""));
        Files.write(log, lines);
        kept.access("predict", key, List.of(), null);
        assertThat(kept.findings(null)).anySatisfy(f -> assertThat(f).contains("line 4: this entry was altered"));
        assertThatThrownBy(() -> kept.resolve("models:/m@best"))
                .hasMessageContaining("line 4: this entry was altered; nothing is taken from a log that is not sound");
        assertThatThrownBy(() -> register(kept, "model", null)).hasMessageContaining("line 4: this entry was altered");
    }

    private static String headOf(byte[] log) throws IOException {
        String[] lines = new String(log, StandardCharsets.UTF_8).split("\n");
        return Json.parse(lines[lines.length - 1]).pretty();
    }

    @Test
    void rebuildsByOthersAreCounted() throws IOException {
        Path run = run(folder.resolve("rebuilt"));
        Path again = folder.resolve("again");
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
            if (name.equals("ann")) {
                assertThat(ok("reproduce", run, "--key", builder, "--out", again, "--device", "cpu"))
                        .contains("attested  ");
            } else { // the same bytes, which are not made once more
                RunFolder of = RunFolder.at(run);
                Rebuild.attest(of, RunFolder.at(again), of, SigningKey.read(builder));
            }
        }
        Object[] verify = {"verify", run, "--rebuilds", 2, "--builder", builders.get(0), "--builder", builders.get(1)};
        assertThat(ok(verify)).contains("rebuilt, equal: ", "all is as it was left");
        Files.write(run.resolve("model.safetensors"), new byte[] {0}, StandardOpenOption.APPEND);
        Unet.Result other = Unet.run(verify);
        assertThat(other.code()).isEqualTo(1);
        assertThat(other.err()).contains("it is of another model");
    }
}
