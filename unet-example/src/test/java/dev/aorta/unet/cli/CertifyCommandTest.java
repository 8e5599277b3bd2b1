package dev.aorta.unet.cli;

import static org.assertj.core.api.Assertions.assertThat;

import dev.aorta.unet.imaging.Sha256;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class CertifyCommandTest {
    @TempDir
    static Path folder;

    private static final Path RUN = Trained.once().run;
    private static final Path DATA = Trained.once().data;
    private static Path key;
    private static Path certificate;
    private static Path registry;

    @BeforeAll
    static void certify() throws IOException {
        key = folder.resolve("key");
        assertThat(Unet.run("key", key).code()).isZero();
        registry = folder.resolve("registry");
        Unet.Result kept = Unet.run("register", RUN, "--name", "lv", "--registry", registry, "--alias", "best");
        assertThat(kept.code()).as(kept.err()).isZero();
        Path requirements = folder.resolve("r.yaml");
        Files.writeString(requirements, """
                name: tiny
                requirements:
                - {id: F1, measure: dice, min: 0}
                - {id: F2, measure: worst_patient_dice, min: 0}
                - {id: F3, measure: calibration_error, max: 1}
                - {id: R1, measure: dice, under: noise, strength: 0.2, min: 0}
                - {id: R2, measure: dice, under: pgd, strength: 0.02, min: 0}
                - {id: L1, measure: latency_p99_ms, max: 60000}
                - {id: L2, measure: throughput_per_s, min: 0.01}
                """);
        certificate = folder.resolve("certificate");
        Unet.Result r = Unet.run(
                "certify",
                "models:/lv@best",
                "--registry",
                registry,
                "--data",
                DATA,
                "--pixels",
                "int64",
                "--requirements",
                requirements,
                "--key",
                key,
                "--out",
                certificate,
                "--device",
                "cpu");
        assertThat(r.code()).as(r.err()).isZero();
        assertThat(r.out()).contains("passed R2    dice                 pgd 0.02 ", "all requirements are met");
        assertThat(Files.readString(certificate.resolve("certificate.json"))).containsPattern("\"pixels\": ?\"int64\"");
    }

    private static Unet.Result recheck(Path report) {
        return Unet.run("certify", "--recheck", report, "--public-key", folder.resolve("key.pub"));
    }

    @Test
    void aReportIsComputedAgainFromItsEvidence() throws IOException {
        Path report = certificate.resolve("certificate.json");
        Unet.Result again = recheck(report);
        assertThat(again.code()).as(again.err()).isZero();
        assertThat(again.out()).contains("all requirements are met");
        assertThat(Files.readString(certificate.resolve("certificate.html")))
                .contains("<td>F1</td><td>dice</td><td>none</td><td>at least 0.0</td>", "<h3>pgd 0.02</h3>", "disk-100")
                .doesNotContain("http");
        String text = Files.readString(report);
        for (Map.Entry<String, String> change : Map.of(
                        text.replaceFirst("\"measured\": [\\d.E-]+", "\"measured\": 0.99"), "F1 does not follow",
                        text.replaceFirst("\"expert\": \\d+,\\s+\"network\": \\d+", "\"expert\": 1, \"network\": 1"),
                                "it is not the report that was signed",
                        text.replaceFirst("\"dice\": [\\d.E-]+", "\"dice\": 0.123"),
                                "does not follow from the evidence",
                        text.replaceFirst("\"passed\": true", "\"passed\": false"), "F1 does not follow")
                .entrySet()) {
            Path forged = Files.createDirectories(folder.resolve("forged")).resolve("certificate.json");
            Files.writeString(forged, change.getKey());
            Files.copy(
                    certificate.resolve("certificate.sig"),
                    forged.resolveSibling("certificate.sig"),
                    java.nio.file.StandardCopyOption.REPLACE_EXISTING);
            Unet.Result r = recheck(forged);
            assertThat(r.code()).as(change.getValue()).isEqualTo(1);
            assertThat(r.err()).startsWith("unet: " + forged + ": ").contains(change.getValue());
        }
    }

    @Test
    void whatIsNotMetFails() {
        Unet.Result r = Unet.run(
                "certify",
                RUN,
                "--data",
                DATA,
                "--requirements",
                "requirements/impossible.yaml",
                "--out",
                folder.resolve("failed"),
                "--device",
                "cpu");
        assertThat(r.code()).isEqualTo(1);
        assertThat(r.out()).contains("FAILED F2 ", "FAILED L1 ", "not all requirements are met");
        assertThat(recheckWithoutKey(folder.resolve("failed/certificate.json")).code())
                .isEqualTo(1);
    }

    private static Unet.Result recheckWithoutKey(Path report) {
        return Unet.run("certify", "--recheck", report);
    }

    @Test
    void everyUseCanBeWrittenDown() throws IOException {
        Path input = DATA.resolve("val_images.tfrecords");
        Unet.Result r = Unet.run(
                "predict",
                input,
                "--model",
                RUN,
                "--out",
                folder.resolve("masks"),
                "--audit",
                registry,
                "--device",
                "cpu");
        assertThat(r.code()).as(r.err()).isZero();
        String log = Unet.run("models", "--registry", registry, "log").out();
        assertThat(log.lines().toList().getLast())
                .contains(
                        " access ",
                        "{\"command\":\"predict\",\"model_sha256\":\"" + Sha256.of(RUN.resolve("model.safetensors"))
                                + "\",\"input_sha256\":[\"" + Sha256.of(input) + "\"]}")
                .doesNotContain("val_images");
        assertThat(Unet.run("verify", registry).code()).isZero();
        Path masks = folder.resolve("none");
        Unet.Result refused = Unet.run(
                "predict",
                input,
                "--model",
                RUN,
                "--out",
                masks,
                "--audit",
                folder.resolve("nowhere"),
                "--device",
                "cpu");
        assertThat(refused.code()).isEqualTo(1);
        assertThat(refused.err()).contains("there is no registry");
        assertThat(masks).doesNotExist();
    }
}
