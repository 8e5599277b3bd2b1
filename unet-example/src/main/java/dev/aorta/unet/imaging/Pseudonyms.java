package dev.aorta.unet.imaging;

import static java.nio.file.StandardOpenOption.CREATE_NEW;
import static java.nio.file.StandardOpenOption.WRITE;

import java.io.IOException;
import java.math.BigInteger;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.FileAttribute;
import java.nio.file.attribute.PosixFilePermission;
import java.nio.file.attribute.PosixFilePermissions;
import java.security.GeneralSecurityException;
import java.security.SecureRandom;
import java.util.Arrays;
import java.util.Comparator;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.UnaryOperator;
import javax.crypto.Mac;
import javax.crypto.spec.SecretKeySpec;
import org.jspecify.annotations.Nullable;

/**
 * Names that take the place of patients' own: the first 12 hexadecimal digits of HMAC-SHA256 under a secret key. With the key the
 * same patient gets the same name again; without it nobody can try out who a name may be.
 */
public final class Pseudonyms {
    private static final int KEY_BYTES = 32;
    private static final int DIGITS = 12;
    private static final Set<PosixFilePermission> OWNER = PosixFilePermissions.fromString("rw-------");
    private static final Set<PosixFilePermission> FOLDER_OF_OWNER = PosixFilePermissions.fromString("rwx------");

    private final byte @Nullable [] key;

    private Pseudonyms(byte @Nullable [] key) {
        this.key = key;
    }

    /** Every patient keeps the own name. */
    public static Pseudonyms none() {
        return new Pseudonyms(null);
    }

    /** Names under a key of at least 16 bytes. */
    public static Pseudonyms of(byte[] key) {
        if (key.length < KEY_BYTES / 2) {
            throw new IllegalArgumentException(
                    "a key of %d bytes; at least %d are needed".formatted(key.length, KEY_BYTES / 2));
        }
        return new Pseudonyms(key.clone());
    }

    /** Names under the key in a file of hexadecimal digits, which is made, for its owner alone, where it is not there. */
    public static Pseudonyms of(Path file) throws IOException {
        if (!Files.exists(file)) {
            byte[] key = new byte[KEY_BYTES];
            new SecureRandom().nextBytes(key);
            create(file, HexFormat.of().formatHex(key) + "\n");
        }
        String text = Files.size(file) <= 1024
                ? Files.readString(file, StandardCharsets.ISO_8859_1).strip()
                : "";
        if (!text.matches("([0-9a-fA-F]{2}){16,512}")) {
            throw new IOException(file + ": not a key: at least 32 hexadecimal digits were expected");
        }
        return of(HexFormat.of().parseHex(text));
    }

    private static void create(Path file, String text) throws IOException {
        Path folder = file.toAbsolutePath().getParent();
        try {
            if (folder != null) {
                Files.createDirectories(folder);
            }
            try (FileChannel channel = FileChannel.open(file, Set.of(CREATE_NEW, WRITE), only(OWNER, file))) {
                channel.write(ByteBuffer.wrap(text.getBytes(StandardCharsets.US_ASCII)));
                channel.force(true);
            }
        } catch (IOException e) {
            if (e instanceof FileAlreadyExistsException && Files.isRegularFile(file)) {
                return; // another process has made it in this moment
            }
            throw new IOException(
                    file
                            + ": the key of the pseudonyms cannot be written here; name another file with --key, or keep the"
                            + " patients' names with --keep-ids",
                    e);
        }
    }

    private static FileAttribute<?>[] only(Set<PosixFilePermission> permissions, Path file) {
        boolean posix = file.getFileSystem().supportedFileAttributeViews().contains("posix");
        return posix
                ? new FileAttribute<?>[] {PosixFilePermissions.asFileAttribute(permissions)}
                : new FileAttribute<?>[0];
    }

    /** Makes a folder, where it is not there yet, that nobody but its owner may enter. */
    public static void createFolderForOwner(Path folder) throws IOException {
        Files.createDirectories(folder, only(FOLDER_OF_OWNER, folder));
    }

    /**
     * Makes an empty file that nobody but its owner may read; what is then written to it with {@code AtomicFile} keeps that.
     *
     * @throws IOException if it is there already or cannot be made
     */
    public static void createForOwner(Path file) throws IOException {
        Files.createFile(file, only(OWNER, file));
    }

    /** The file of the key unless another is named: {@code aorta/pseudonyms.key} in {@code XDG_CONFIG_HOME}, or in {@code ~/.config}. */
    public static Path defaultKey(UnaryOperator<@Nullable String> environment) {
        String configuration = environment.apply("XDG_CONFIG_HOME");
        Path folder = configuration != null && !configuration.isBlank()
                ? Path.of(configuration)
                : Path.of(System.getProperty("user.home", "."), ".config");
        return folder.resolve("aorta").resolve("pseudonyms.key");
    }

    /** Whether patients keep their own names. */
    public boolean keepsNames() {
        return key == null;
    }

    /** For manifests. */
    public String description() {
        return key == null ? "kept as in the source" : "pseudonyms, HMAC-SHA256 under a key that is kept apart";
    }

    /** The name that takes the place of {@code id}. */
    public String of(String id) {
        return key == null
                ? id
                : "P-" + HexFormat.of().formatHex(digest(key, id)).substring(0, DIGITS);
    }

    /** The identifier that takes the place of a DICOM UID: of the form that UUIDs have there, or empty for none. */
    public String uid(String uid) {
        if (key == null || uid.isEmpty()) {
            return uid;
        }
        byte[] uuid = Arrays.copyOf(digest(key, uid), 16);
        uuid[6] = (byte) (uuid[6] & 0x0F | 0x80); // version 8, of one's own making
        uuid[8] = (byte) (uuid[8] & 0x3F | 0x80);
        return "2.25." + new BigInteger(1, uuid);
    }

    private static byte[] digest(byte[] key, String id) {
        try {
            Mac mac = Mac.getInstance("HmacSHA256");
            mac.init(new SecretKeySpec(key, "HmacSHA256"));
            return mac.doFinal(id.getBytes(StandardCharsets.UTF_8));
        } catch (GeneralSecurityException e) {
            throw new IllegalStateException("every Java platform has HmacSHA256", e);
        }
    }

    /**
     * A text in which names of patients are replaced, the longer first.
     *
     * @param patients by each of their names
     */
    public String hide(String text, Map<String, String> patients) {
        if (key == null) {
            return text;
        }
        String hidden = text;
        List<String> longest = patients.keySet().stream()
                .sorted(Comparator.comparing(String::length).reversed().thenComparing(Comparator.naturalOrder()))
                .toList();
        for (String id : longest) {
            hidden = hidden.replace(id, of(patients.getOrDefault(id, id)));
        }
        return hidden;
    }
}
