package dev.aorta.backend.cpu.machine;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;

@ExtendWith(ForcedWidth.class)
class SimdTest {
    @Test
    void takesTheWidthThatWasAskedFor() {
        String wanted = System.getProperty("aorta.simd", "auto");
        switch (wanted) {
            case "auto" ->
                assertThat(Simd.BITS > 0).isEqualTo(VectorUnit.unusableBecause().isEmpty());
            case "scalar" -> assertThat(Simd.BITS).isZero();
            default -> assertThat(Simd.BITS).isEqualTo(Integer.parseInt(wanted));
        }
        assertThat(Simd.LANES).isEqualTo(Math.max(1, Simd.BITS / 32));
        assertThat(Simd.describe(2))
                .endsWith(", 2 threads")
                .startsWith(Simd.BITS == 0 ? "scalar" : Simd.BITS + "-bit SIMD, FMA");
    }

    @Test
    void vectorsHaveThatWidth() {
        if (Simd.BITS > 0) {
            assertThat(Species.S.vectorBitSize()).isEqualTo(Simd.BITS);
        }
    }

    @Test
    void testsOfWidthsThatTheMachineLacksAreSkipped() {
        assertThat(ForcedWidth.reasonToSkip("auto")).isEmpty();
        assertThat(ForcedWidth.reasonToSkip("scalar")).isEmpty();
        assertThat(ForcedWidth.reasonToSkip("4096")).startsWith("aorta.simd=4096, but this machine has");
    }
}
