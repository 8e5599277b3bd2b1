package dev.aorta.unet.signing;

import dev.aorta.io.AtomicFile;
import dev.aorta.io.FormatException;
import dev.aorta.unet.imaging.Pseudonyms;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermission;
import java.security.GeneralSecurityException;
import java.security.KeyFactory;
import java.security.KeyPair;
import java.security.KeyPairGenerator;
import java.security.Signature;
import java.security.interfaces.ECPrivateKey;
import java.security.spec.ECGenParameterSpec;
import java.security.spec.PKCS8EncodedKeySpec;
import java.util.EnumSet;
import java.util.Set;

/**
 * A private key that signs, in a PEM file (PKCS #8) for its owner alone, with its public key in the file of the same name and
 * {@code .pub}. Nothing prints it.
 */
public final class SigningKey {
    private static final String BEGIN = "-----BEGIN PRIVATE KEY-----";
    private static final String END = "-----END PRIVATE KEY-----";
    private static final Set<PosixFilePermission> OTHERS = EnumSet.of(
            PosixFilePermission.GROUP_READ,
            PosixFilePermission.GROUP_WRITE,
            PosixFilePermission.OTHERS_READ,
            PosixFilePermission.OTHERS_WRITE);

    private final ECPrivateKey key;
    private final PublicKeyFile publicKey;

    private SigningKey(ECPrivateKey key, PublicKeyFile publicKey) {
        this.key = key;
        this.publicKey = publicKey;
    }

    /** Where the public key of a private one is. */
    public static Path publicFile(Path file) {
        return file.resolveSibling(file.getFileName() + ".pub");
    }

    /**
     * Makes a key of curve P-256 and its two files, of which the private one has mode 600.
     *
     * @throws FormatException if one of them is there already
     */
    public static SigningKey create(Path file) throws IOException {
        for (Path there : new Path[] {file, publicFile(file)}) {
            if (Files.exists(there)) {
                throw new FormatException(there + ": it is there already and is not replaced; name another file");
            }
        }
        try {
            KeyPairGenerator generator = KeyPairGenerator.getInstance("EC");
            generator.initialize(new ECGenParameterSpec("secp256r1"));
            KeyPair pair = generator.generateKeyPair();
            SigningKey made = new SigningKey((ECPrivateKey) pair.getPrivate(), PublicKeyFile.of(pair.getPublic()));
            Pseudonyms.createForOwner(file);
            write(file, PublicKeyFile.pem(BEGIN, pair.getPrivate().getEncoded(), END));
            write(publicFile(file), made.publicKey.pem());
            return made;
        } catch (GeneralSecurityException e) {
            throw new IllegalStateException(e); // every Java has the curve
        }
    }

    private static void write(Path file, String text) throws IOException {
        AtomicFile.write(file, out -> out.write(text.getBytes(StandardCharsets.US_ASCII)));
    }

    /**
     * Reads a key and its public one.
     *
     * @throws FormatException if others may read it, it is no such key, or the two do not belong together
     */
    public static SigningKey read(Path file) throws IOException {
        if (file.getFileSystem().supportedFileAttributeViews().contains("posix")) {
            Set<PosixFilePermission> granted = EnumSet.noneOf(PosixFilePermission.class);
            granted.addAll(Files.getPosixFilePermissions(file));
            granted.retainAll(OTHERS);
            if (!granted.isEmpty()) {
                throw new FormatException(file + ": others than its owner may use this private key; first: chmod 600 "
                        + file + ", or make a new one");
            }
        }
        PublicKeyFile publicKey = PublicKeyFile.read(publicFile(file));
        try {
            byte[] der = PublicKeyFile.pem(file, BEGIN, END);
            ECPrivateKey key =
                    (ECPrivateKey) KeyFactory.getInstance("EC").generatePrivate(new PKCS8EncodedKeySpec(der));
            SigningKey read = new SigningKey(key, publicKey);
            byte[] probe = {1};
            if (!publicKey.verifies(probe, read.sign(probe))) {
                throw new FormatException(file + ": " + publicFile(file) + " is not the public key of it");
            }
            return read;
        } catch (GeneralSecurityException | ClassCastException e) {
            throw new FormatException(file + ": there is no private key of an elliptic curve in it", e);
        }
    }

    /** Its public key. */
    public PublicKeyFile publicKey() {
        return publicKey;
    }

    /** ECDSA in DER over the hash of {@code message} that belongs to the curve. */
    byte[] sign(byte[] message) {
        try {
            int bits = key.getParams().getCurve().getField().getFieldSize();
            Signature ecdsa = Signature.getInstance(PublicKeyFile.algorithm(bits));
            ecdsa.initSign(key);
            ecdsa.update(message);
            return ecdsa.sign();
        } catch (GeneralSecurityException e) {
            throw new IllegalStateException(e); // every Java has these
        }
    }
}
