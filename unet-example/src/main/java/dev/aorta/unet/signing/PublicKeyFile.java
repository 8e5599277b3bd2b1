package dev.aorta.unet.signing;

import dev.aorta.io.FormatException;
import dev.aorta.unet.imaging.Sha256;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.security.KeyFactory;
import java.security.PublicKey;
import java.security.Signature;
import java.security.interfaces.ECPublicKey;
import java.security.spec.X509EncodedKeySpec;
import java.util.Base64;

/** A public key of an elliptic curve: P-256, P-384 or P-521, which sign with SHA-256, SHA-384 and SHA-512. */
public final class PublicKeyFile {
    private static final String BEGIN = "-----BEGIN PUBLIC KEY-----";
    private static final String END = "-----END PUBLIC KEY-----";
    private static final int MOST_BYTES = 1 << 16;

    private final ECPublicKey key;

    private PublicKeyFile(ECPublicKey key) {
        this.key = key;
    }

    /**
     * Reads a PEM file.
     *
     * @throws FormatException if it holds no public key of such a curve
     */
    public static PublicKeyFile read(Path file) throws IOException {
        try {
            return of(KeyFactory.getInstance("EC").generatePublic(new X509EncodedKeySpec(pem(file, BEGIN, END))));
        } catch (GeneralSecurityException | IllegalArgumentException e) {
            throw new FormatException(file + ": there is no public key of a curve P-256, P-384 or P-521 in it", e);
        }
    }

    /**
     * A key as Java has it.
     *
     * @throws IllegalArgumentException if it is of another kind
     */
    public static PublicKeyFile of(PublicKey key) {
        if (key instanceof ECPublicKey ec) {
            algorithm(ec.getParams().getCurve().getField().getFieldSize());
            return new PublicKeyFile(ec);
        }
        throw new IllegalArgumentException("a key of " + key.getAlgorithm() + ", and not of an elliptic curve");
    }

    /** The bytes of a PEM file between two lines. */
    static byte[] pem(Path file, String begin, String end) throws IOException {
        if (Files.size(file) > MOST_BYTES) {
            throw new FormatException(file + ": it is too large for a key");
        }
        String text = Files.readString(file, StandardCharsets.ISO_8859_1);
        int from = text.indexOf(begin);
        int to = text.indexOf(end);
        if (from < 0 || to < from) {
            throw new FormatException(file + ": there is no line '" + begin + "'; name a key of 'unet key'");
        }
        return Base64.getMimeDecoder().decode(text.substring(from + begin.length(), to));
    }

    /** A PEM text. */
    static String pem(String begin, byte[] der, String end) {
        String body = Base64.getMimeEncoder(64, new byte[] {'\n'}).encodeToString(der);
        return begin + "\n" + body + "\n" + end + "\n";
    }

    /** The key as a PEM text. */
    public String pem() {
        return pem(BEGIN, key.getEncoded(), END);
    }

    /** SHA-256 of the PEM text in hexadecimal digits, by which signatures name their key. */
    public String fingerprint() {
        return Sha256.of(pem().getBytes(StandardCharsets.US_ASCII));
    }

    static String algorithm(int bits) {
        return switch (bits) {
            case 256 -> "SHA256withECDSA";
            case 384 -> "SHA384withECDSA";
            case 521 -> "SHA512withECDSA";
            default -> throw new IllegalArgumentException("a curve of " + bits + " bits; expected 256, 384 or 521");
        };
    }

    /** Whether a signature, in DER, is this key's of {@code message}. */
    boolean verifies(byte[] message, byte[] signature) {
        try {
            Signature ecdsa = Signature.getInstance(
                    algorithm(key.getParams().getCurve().getField().getFieldSize()));
            ecdsa.initVerify(key);
            ecdsa.update(message);
            return ecdsa.verify(signature);
        } catch (GeneralSecurityException e) {
            return false; // it is no encoding of a signature
        }
    }
}
