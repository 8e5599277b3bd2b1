package dev.aorta.unet.signing;

import dev.aorta.io.AtomicFile;
import dev.aorta.io.FormatException;
import dev.aorta.io.Json;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.Base64;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.SequencedMap;

/**
 * A signed in-toto Statement v1 in a DSSE envelope in a Sigstore bundle, signed with a key: what OpenSSF Model Signing 1.0 calls
 * the method {@code key}. The signature is over {@code "DSSEv1" SP LEN(type) SP type SP LEN(payload) SP payload}, lengths in bytes.
 *
 * @param statement the payload
 * @param fingerprint of the key that signed, as the bundle claims
 * @see <a href="https://github.com/secure-systems-lab/dsse/blob/master/protocol.md">DSSE</a>
 */
public record Bundle(Json statement, String fingerprint) {
    private static final String MEDIA_TYPE = "application/vnd.dev.sigstore.bundle.v0.3+json";
    private static final String PAYLOAD_TYPE = "application/vnd.in-toto+json";
    private static final String STATEMENT_TYPE = "https://in-toto.io/Statement/v1";
    private static final int MOST_BYTES = 64 << 20;

    /** The statement that {@code predicate} holds for what has the digest {@code sha256}. */
    public static Json statement(String name, String sha256, String predicateType, Json predicate) {
        SequencedMap<String, Object> m = new LinkedHashMap<>();
        m.put("_type", STATEMENT_TYPE);
        m.put("subject", List.of(ordered("name", name, "digest", Map.of("sha256", sha256))));
        m.put("predicateType", predicateType);
        m.put("predicate", predicate);
        return Json.of(m);
    }

    private static SequencedMap<String, Object> ordered(String a, Object x, String b, Object y) {
        SequencedMap<String, Object> m = new LinkedHashMap<>();
        m.put(a, x);
        m.put(b, y);
        return m;
    }

    /** Signs a statement and gives the bundle as text. */
    public static String sign(Json statement, SigningKey key) {
        byte[] payload = statement.compact().getBytes(StandardCharsets.UTF_8);
        return text(payload, key.sign(encoded(payload)), key.publicKey().fingerprint());
    }

    private static String text(byte[] payload, byte[] signature, String fingerprint) {
        Base64.Encoder base64 = Base64.getEncoder();
        SequencedMap<String, Object> envelope =
                ordered("payload", base64.encodeToString(payload), "payloadType", PAYLOAD_TYPE);
        envelope.put("signatures", List.of(Map.of("sig", base64.encodeToString(signature))));
        SequencedMap<String, Object> material =
                ordered("publicKey", Map.of("hint", fingerprint), "tlogEntries", List.of());
        SequencedMap<String, Object> bundle = ordered("mediaType", MEDIA_TYPE, "verificationMaterial", material);
        bundle.put("dsseEnvelope", envelope);
        return Json.of(bundle).pretty();
    }

    /**
     * As {@link #verify}, of a bundle that was written here: beyond what is signed, no letter of it may be another either.
     */
    public static Bundle verifyOwn(Path file, byte[] text, PublicKeyFile key) throws FormatException {
        Bundle bundle = verify(file, text, key);
        Json envelope = Json.parse(text).get("dsseEnvelope");
        byte[] payload = decoded(envelope.get("payload"));
        byte[] signature =
                decoded(envelope.get("signatures").asList().getFirst().get("sig"));
        if (!Arrays.equals(text, text(payload, signature, bundle.fingerprint).getBytes(StandardCharsets.UTF_8))) {
            throw new FormatException(file + ": it was altered beside what is signed");
        }
        return bundle;
    }

    /** Signs a statement into a file, whole or not at all. */
    public static void write(Path file, Json statement, SigningKey key) throws IOException {
        byte[] bundle = sign(statement, key).getBytes(StandardCharsets.UTF_8);
        AtomicFile.write(file, out -> out.write(bundle));
    }

    private static byte[] encoded(byte[] payload) {
        ByteArrayOutputStream pae = new ByteArrayOutputStream();
        String head = "DSSEv1 %d %s %d ".formatted(PAYLOAD_TYPE.length(), PAYLOAD_TYPE, payload.length);
        pae.writeBytes(head.getBytes(StandardCharsets.US_ASCII));
        pae.writeBytes(payload);
        return pae.toByteArray();
    }

    /**
     * Reads a bundle and checks its signature.
     *
     * @param file for messages
     * @throws FormatException if it is no such bundle, was signed by another key, or was changed since
     */
    public static Bundle verify(Path file, byte[] text, PublicKeyFile key) throws FormatException {
        try {
            Json json = Json.parse(text);
            String type = json.get("mediaType").asText();
            if (!type.equals(MEDIA_TYPE)) {
                throw new FormatException("its media type is '" + type + "'; expected " + MEDIA_TYPE);
            }
            String fingerprint = fingerprint(json.get("verificationMaterial"), key);
            Json envelope = json.get("dsseEnvelope");
            if (!envelope.get("payloadType").asText().equals(PAYLOAD_TYPE)) {
                throw new FormatException("its payload is no in-toto statement");
            }
            byte[] payload = decoded(envelope.get("payload"));
            List<Json> signatures = envelope.get("signatures").asList();
            if (signatures.size() != 1) {
                throw new FormatException("it has " + signatures.size() + " signatures; expected 1");
            }
            if (!key.verifies(encoded(payload), decoded(signatures.getFirst().get("sig")))) {
                throw new FormatException(
                        "the signature is not that of key " + key.fingerprint() + "; the bundle was changed or forged");
            }
            Json statement = Json.parse(payload);
            if (!statement.get("_type").asText().equals(STATEMENT_TYPE)) {
                throw new FormatException("its payload is no in-toto Statement v1");
            }
            if (statement.get("subject").asList().size() != 1) {
                throw new FormatException("it has not one subject");
            }
            return new Bundle(statement, fingerprint);
        } catch (FormatException e) {
            throw new FormatException(file + ": " + e.getMessage(), e);
        }
    }

    /** Reads a bundle of which nothing is checked, for those who only want to see what it says. */
    public static Bundle unverified(byte[] text) throws FormatException {
        Json json = Json.parse(text);
        String hint =
                json.get("verificationMaterial").get("publicKey").get("hint").asText();
        return new Bundle(Json.parse(decoded(json.get("dsseEnvelope").get("payload"))), hint);
    }

    /** As above, of a file. */
    public static Bundle verify(Path file, PublicKeyFile key) throws IOException {
        if (Files.size(file) > MOST_BYTES) {
            throw new FormatException(file + ": it is too large for a signature");
        }
        return verify(file, Files.readAllBytes(file), key);
    }

    private static String fingerprint(Json material, PublicKeyFile key) throws FormatException {
        Json named = material.asObject().get("publicKey");
        if (named == null) {
            throw new FormatException(
                    "it was signed by the method certificate or sigstore; only key can be checked here");
        }
        String hint = named.get("hint").asText();
        if (!hint.equals(key.fingerprint())) {
            throw new FormatException("it was signed by the key " + hint + ", and not by " + key.fingerprint());
        }
        return hint;
    }

    private static byte[] decoded(Json base64) throws FormatException {
        try {
            return Base64.getDecoder().decode(base64.asText());
        } catch (IllegalArgumentException e) {
            throw new FormatException("its base64 is broken: " + e.getMessage(), e);
        }
    }

    /** What the statement says. */
    public Json predicate() throws FormatException {
        return statement.get("predicate");
    }

    /** The SHA-256 of what it is about. */
    public String subject() throws FormatException {
        return statement
                .get("subject")
                .asList()
                .getFirst()
                .get("digest")
                .get("sha256")
                .asText();
    }

    /**
     * Checks what kind of statement it is.
     *
     * @throws FormatException if it is another
     */
    public void requireType(Path file, String type) throws FormatException {
        String found = statement.get("predicateType").asText();
        if (!found.equals(type)) {
            throw new FormatException(file + ": it says something of type " + found + "; expected " + type);
        }
    }
}
