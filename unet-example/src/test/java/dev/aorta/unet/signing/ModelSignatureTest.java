package dev.aorta.unet.signing;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.junit.jupiter.api.Assumptions.abort;

import com.networknt.schema.InputFormat;
import com.networknt.schema.Schema;
import com.networknt.schema.SchemaRegistry;
import com.networknt.schema.SpecificationVersion;
import dev.aorta.io.FormatException;
import dev.aorta.io.Json;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.security.GeneralSecurityException;
import java.security.cert.CertificateFactory;
import java.util.Base64;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Signatures against the specification's own schemas and test vectors, which property {@code aorta.oms} names. */
class ModelSignatureTest {
    @TempDir
    Path folder;

    private Path model;
    private SigningKey key;

    @BeforeEach
    void make() throws IOException {
        model = Files.createDirectories(folder.resolve("model"));
        Files.createDirectories(model.resolve("a"));
        Files.writeString(model.resolve("weights"), "1 2 3");
        Files.writeString(model.resolve("a/b"), "");
        Files.writeString(model.resolve("a.txt"), "notes");
        key = SigningKey.create(folder.resolve("key"));
    }

    private static Path vectors() {
        Path oms = Path.of(System.getProperty("aorta.oms", "../../shared/data/oms"))
                .normalize();
        String reason = "skipped: no test vectors of OpenSSF Model Signing at %s; set aorta.oms".formatted(oms);
        if (!Files.isDirectory(oms)) {
            System.out.println(reason);
            abort(reason);
        }
        return oms;
    }

    /** The public key of the vectors is that of the first certificate of one of them. */
    private static PublicKeyFile vectorKey(Path vectors) throws IOException, GeneralSecurityException {
        Json chain = Json.parse(Files.readAllBytes(vectors.resolve("valid/certificate.bundle.json")))
                .get("verificationMaterial")
                .get("x509CertificateChain")
                .get("certificates");
        byte[] der = Base64.getDecoder()
                .decode(chain.asList().getFirst().get("rawBytes").asText());
        return PublicKeyFile.of(CertificateFactory.getInstance("X.509")
                .generateCertificate(new ByteArrayInputStream(der))
                .getPublicKey());
    }

    @Test
    void theSpecificationsOwnSignatureIsVerified() throws Exception {
        Path vectors = vectors().resolve("test-vectors/v1.0");
        PublicKeyFile theirs = vectorKey(vectors);
        Path valid = vectors.resolve("valid/key.bundle.json");
        Bundle bundle = Bundle.verify(valid, theirs);
        assertThat(ModelSignature.manifest(valid, bundle).digests())
                .containsOnlyKeys("signme-1", "signme-2")
                .containsEntry("signme-1", "bc9a717db6064a32cbe9eae6fc40651dd6d36ef1757183f590eff2b1765d7ebc");
        for (String invalid : List.of(
                "invalid/empty",
                "invalid/missing-envelope",
                "invalid/missing-tlog-entries",
                "invalid/missing-verification-material",
                "invalid-payload/wrong-predicate")) {
            Path file = vectors.resolve(invalid + ".bundle.json");
            assertThatThrownBy(() -> ModelSignature.manifest(file, Bundle.verify(file, theirs)))
                    .as(invalid)
                    .isInstanceOf(FormatException.class)
                    .hasMessageStartingWith(file + ": ");
        }
        for (String other : List.of("certificate", "sigstore")) {
            Path file = vectors.resolve("valid/" + other + ".bundle.json");
            assertThatThrownBy(() -> Bundle.verify(file, theirs)).hasMessageContaining("only key can be checked here");
        }
        assertThatThrownBy(() -> Bundle.verify(valid, key.publicKey())).hasMessageContaining("was signed by the key");
    }

    @Test
    void oursPassesTheSpecificationsSchemas() throws IOException {
        Path schemas = vectors().resolve("schemas/v1.0");
        Map<String, String> byId = new HashMap<>();
        for (String name : List.of("bundle", "envelope", "statement", "predicate")) {
            byId.put(
                    "https://model_signing/" + name + "/v1.0/schema",
                    Files.readString(schemas.resolve(name + ".schema.json")));
        }
        SchemaRegistry registry =
                SchemaRegistry.withDefaultDialect(SpecificationVersion.DRAFT_2020_12, builder -> builder.schemas(byId));
        String bundle = Files.readString(ModelSignature.sign(model, key));
        Json payload = Json.parse(bundle).get("dsseEnvelope").get("payload");
        String statement = new String(Base64.getDecoder().decode(payload.asText()), StandardCharsets.UTF_8);
        for (var part : Map.of("bundle", bundle, "statement", statement).entrySet()) {
            Schema schema = registry.getSchema(byId.get("https://model_signing/" + part.getKey() + "/v1.0/schema"));
            assertThat(schema.validate(part.getValue(), InputFormat.JSON))
                    .as(part.getKey())
                    .isEmpty();
            String broken = part.getValue().replace("\"payload\"", "\"load\"").replace("\"resources\"", "\"files\"");
            assertThat(schema.validate(broken, InputFormat.JSON)).as("broken").isNotEmpty();
        }
    }

    /** The specification: "sorted lexicographically by the name field using Unicode code point ordering". */
    @Test
    void namesBeyondTheBasicPlaneComeLast() throws IOException {
        String ligature = "\uFB01.txt"; // of two bytes in UTF-16, the first of which is larger than a surrogate's
        String heart = "\uD83E\uDEC0.txt";
        String digest = "0".repeat(63);
        FileManifest files = new FileManifest(new TreeMap<>(Map.of(heart, digest + "1", ligature, digest + "2")));
        assertThat(files.digests().keySet()).containsExactly(ligature, heart);
        Path signed = folder.resolve("signed");
        Json predicate = ModelSignature.predicate(files);
        String type = "https://model_signing/signature/v1.0";
        Bundle.write(signed, Bundle.statement("model", files.root(), type, predicate), key);
        assertThat(ModelSignature.manifest(signed, Bundle.verify(signed, key.publicKey())))
                .isEqualTo(files);
        Map<String, Json> members = new TreeMap<>(predicate.asObject());
        members.put("resources", Json.of(predicate.get("resources").asList().reversed()));
        Bundle.write(signed, Bundle.statement("model", files.root(), type, Json.of(members)), key);
        assertThatThrownBy(() -> ModelSignature.manifest(signed, Bundle.verify(signed, key.publicKey())))
                .hasMessageContaining("its files are not in their order at '" + ligature + "'");
    }

    @Test
    void whatWasChangedIsNamed() throws IOException {
        ModelSignature.sign(model, key);
        PublicKeyFile open = PublicKeyFile.read(SigningKey.publicFile(folder.resolve("key")));
        assertThat(ModelSignature.verify(model, open)).isEmpty();
        Files.writeString(model.resolve("weights"), "1 2 4");
        Files.delete(model.resolve("a/b"));
        Files.writeString(model.resolve("new"), "");
        assertThat(ModelSignature.verify(model, open))
                .satisfiesExactly(
                        f -> assertThat(f).isEqualTo("a/b: it is missing"),
                        f -> assertThat(f).startsWith("weights: it was altered; its SHA-256 is "),
                        f -> assertThat(f).isEqualTo("new: it is foreign, nobody has signed it"));
        Files.createSymbolicLink(model.resolve("link"), model.resolve("new"));
        assertThatThrownBy(() -> ModelSignature.sign(model, key)).hasMessageContaining("it is a link");
    }

    @Test
    void aKeyIsItsOwnersAlone() throws IOException {
        Path file = folder.resolve("key");
        assertThat(PosixFilePermissions.toString(Files.getPosixFilePermissions(file)))
                .isEqualTo("rw-------");
        assertThat(SigningKey.read(file).publicKey().fingerprint())
                .isEqualTo(key.publicKey().fingerprint());
        assertThatThrownBy(() -> SigningKey.create(file)).hasMessageContaining("it is there already");
        Files.setPosixFilePermissions(file, PosixFilePermissions.fromString("rw-r-----"));
        assertThatThrownBy(() -> SigningKey.read(file)).hasMessageContaining("chmod 600");
        Files.setPosixFilePermissions(file, PosixFilePermissions.fromString("rw-------"));
        SigningKey.create(folder.resolve("other"));
        Files.copy(
                folder.resolve("other.pub"),
                folder.resolve("key.pub"),
                java.nio.file.StandardCopyOption.REPLACE_EXISTING);
        assertThatThrownBy(() -> SigningKey.read(file)).hasMessageContaining("is not the public key of it");
        try (Stream<Path> files = Files.list(folder)) {
            assertThat(files.map(f -> f.getFileName().toString())).allMatch(n -> n.matches("model|(key|other)(.pub)?"));
        }
    }
}
