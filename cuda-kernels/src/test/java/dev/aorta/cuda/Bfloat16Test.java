package dev.aorta.cuda;

import static org.assertj.core.api.Assertions.assertThat;

import dev.aorta.backend.Backend;
import dev.aorta.backend.BackendContract;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;

/** The contract in bfloat16: products within its bound, everything else, of float32, within float32's. */
class Bfloat16Test extends BackendContract {
    private static CudaBackend backend;

    @BeforeAll
    static void open() {
        SoftwareCuda.require();
        backend = CudaTests.open(CudaOptions.Libraries.REQUIRE, CudaOptions.Math.BFLOAT16);
    }

    @AfterAll
    static void leaveNothing() {
        if (backend != null) {
            backend.close();
            assertThat(SoftwareCuda.liveBytes()).isZero();
            assertThat(SoftwareCuda.liveHandles()).isZero();
            assertThat(SoftwareCuda.leaks()).isZero();
        }
    }

    @Override
    public Backend backend() {
        return backend;
    }

    @Override
    public Backend another() {
        return CudaTests.open(CudaOptions.Libraries.REQUIRE, CudaOptions.Math.BFLOAT16);
    }

    /** Two factors and the result, each rounded by at most 2^-8 of itself. */
    @Override
    public double productError() {
        return Math.pow(1 + 0x1p-8, 3) - 1;
    }
}
