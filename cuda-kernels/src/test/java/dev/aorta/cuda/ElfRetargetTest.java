package dev.aorta.cuda;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.io.InputStream;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

/** That the result loads and computes is shown by {@link ProbeTest}. */
class ElfRetargetTest {
    private static byte[] jcublas() throws IOException {
        try (InputStream in = ElfRetargetTest.class.getResourceAsStream("/lib/" + Natives.CUBLAS)) {
            return in.readAllBytes();
        }
    }

    @Test
    void theNameAndItsHashChangeAndNothingElse() throws IOException {
        byte[] before = jcublas();
        byte[] after = ElfRetarget.retarget(before, "libcublas.so.12", "libcublas.so.13");
        assertThat(after).hasSameSizeAs(before);
        int[] changed = IntStream.range(0, before.length)
                .filter(i -> before[i] != after[i])
                .toArray();
        assertThat(changed).hasSize(2);
        assertThat(ElfRetarget.retarget(after, "libcublas.so.13", "libcublas.so.12"))
                .isEqualTo(before);
    }

    @Test
    void theHashIsThatOfTheSystemVAbi() {
        assertThat(ElfRetarget.hash("GLIBC_2.2.5")).isEqualTo(0x09691a75); // as in every ELF file linked with glibc
    }

    @Test
    void whatDoesNotFitIsRefused() throws IOException {
        byte[] library = jcublas();
        assertThatThrownBy(() -> ElfRetarget.retarget(library, "libcublas.so.12", "libcublas.so.9"))
                .hasMessageContaining("as long as");
        assertThatThrownBy(() -> ElfRetarget.retarget(library, "libcudart.so.12", "libcudart.so.13"))
                .hasMessageContaining("does not need 'libcudart.so.12'");
        assertThatThrownBy(() -> ElfRetarget.retarget(new byte[100], "a", "b"))
                .hasMessageContaining("not a little-endian ELF64 library");
    }
}
