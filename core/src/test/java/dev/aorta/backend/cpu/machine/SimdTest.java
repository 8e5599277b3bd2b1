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
    void aWidthThatCannotBeHadIsRefused() {
        Simd.requireUsable();
        assertThat(Simd.refusal("auto")).isEmpty();
        assertThat(Simd.refusal("scalar")).isEmpty();
        assertThat(Simd.refusal("bogus")).isEqualTo("aorta.simd must be auto, 512, 256, 128 or scalar and is 'bogus'");
        for (String wanted : new String[] {"512", "256", "128"}) {
            String lacks = VectorUnit.lacksBecause(Integer.parseInt(wanted));
            assertThat(Simd.refusal(wanted))
                    .isEqualTo(lacks.isEmpty() ? "" : "aorta.simd=" + wanted + " is not possible: " + lacks);
        }
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
