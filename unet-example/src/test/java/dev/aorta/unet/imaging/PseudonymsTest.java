package dev.aorta.unet.imaging;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.Arrays;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class PseudonymsTest {
    @TempDir
    Path folder;

    /** RFC 4231, test case 1. */
    @Test
    void isHmacSha256() {
        byte[] key = new byte[20];
        Arrays.fill(key, (byte) 0x0b);
        assertThat(Pseudonyms.of(key).of("Hi There")).isEqualTo("P-b0344c61d8db");
        assertThat(Pseudonyms.none().of("Hi There")).isEqualTo("Hi There");
        assertThatThrownBy(() -> Pseudonyms.of(new byte[8])).hasMessageContaining("a key of 8 bytes");
    }

    @Test
    void theKeyIsMadeOnceForItsOwnerAlone() throws Exception {
        Path key = folder.resolve("new").resolve("key");
        String name = Pseudonyms.of(key).of("P1");
        assertThat(Pseudonyms.of(key).of("P1")).isEqualTo(name);
        assertThat(PosixFilePermissions.toString(Files.getPosixFilePermissions(key)))
                .isEqualTo("rw-------");
        assertThat(Pseudonyms.of(folder.resolve("another")).of("P1")).isNotEqualTo(name);
        Path text = Files.writeString(folder.resolve("text"), "secret");
        assertThatThrownBy(() -> Pseudonyms.of(text)).hasMessageContaining("not a key");
        Path blocked = Files.writeString(folder.resolve("file"), "").resolve("key");
        assertThatThrownBy(() -> Pseudonyms.of(blocked))
                .hasMessageContaining("--key")
                .hasMessageContaining("--keep-ids");
    }

    @Test
    void everyNameOfAPatientBecomesTheSame() {
        Pseudonyms pseudonyms = Pseudonyms.of(new byte[32]);
        Map<String, String> names = Map.of("SCD1", "SCD1", "SC-HF-I-10", "SCD1", "SC-HF-I-1", "SCD2", "SCD2", "SCD2");
        String first = pseudonyms.of("SCD1");
        assertThat(pseudonyms.hide("SCD1/SC-HF-I-10 and SC-HF-I-1", names))
                .isEqualTo(first + "/" + first + " and " + pseudonyms.of("SCD2"));
    }
}
