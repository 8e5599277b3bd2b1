package dev.aorta.cuda;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;

/** Tests that open backends on the software device: after each, nothing may be alive on it. */
abstract class CudaTests {
    @BeforeAll
    static void device() {
        SoftwareCuda.require();
    }

    static CudaBackend open(CudaOptions.Libraries libraries, CudaOptions.Math math) {
        return new CudaBackend(0, new CudaOptions(libraries, math, CudaOptions.Algorithms.DETERMINISTIC, true));
    }

    static CudaBackend open(CudaOptions.Libraries libraries) {
        return open(libraries, CudaOptions.Math.FP32);
    }

    static CudaBackend open() {
        return open(CudaOptions.Libraries.REQUIRE);
    }

    @AfterEach
    void nothingIsLeft() {
        assertThat(SoftwareCuda.liveBytes()).as("bytes alive on the device").isZero();
        assertThat(SoftwareCuda.liveHandles()).as("handles alive on the device").isZero();
        assertThat(SoftwareCuda.leaks()).as("handles that died with a context").isZero();
        for (String library : new String[] {"cublas", "cudnn"}) {
            assertThat(SoftwareCuda.calls(library + "Destroy"))
                    .as(library + " handles")
                    .isEqualTo(SoftwareCuda.calls(library + "Create"));
        }
        assertThat(SoftwareCuda.calls("cudnnDestroyDescriptor")).isEqualTo(SoftwareCuda.calls("cudnnCreateDescriptor"));
    }
}
