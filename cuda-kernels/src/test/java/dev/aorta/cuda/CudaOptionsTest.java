package dev.aorta.cuda;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.Map;
import org.junit.jupiter.api.Test;

class CudaOptionsTest {
    @Test
    void nothingAskedForIsLibrariesWhereFoundAndTf32() {
        assertThat(CudaOptions.from(name -> null))
                .isEqualTo(new CudaOptions(
                        CudaOptions.Libraries.AUTO, CudaOptions.Math.TF32, CudaOptions.Algorithms.TIMED, false));
    }

    @Test
    void propertiesChoose() {
        var properties =
                Map.of("aorta.cuda.libraries", "require", "aorta.cuda.math", "FP32", "aorta.cuda.poison", "true");
        assertThat(CudaOptions.from(properties::get))
                .isEqualTo(new CudaOptions(
                        CudaOptions.Libraries.REQUIRE, CudaOptions.Math.FP32, CudaOptions.Algorithms.TIMED, true));
    }

    @Test
    void anUnknownWordIsRefusedWithTheKnownOnes() {
        assertThatThrownBy(() -> CudaOptions.from(Map.of("aorta.cuda.math", "fast")::get))
                .hasMessage("system property aorta.cuda.math is 'fast'; it must be one of [tf32, fp32, bfloat16]");
    }
}
