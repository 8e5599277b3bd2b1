package dev.aorta.cuda;

import static org.assertj.core.api.Assertions.assertThat;

import dev.aorta.backend.Backend;
import dev.aorta.backend.ProductContract;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;

/** The contract of products with own kernels for them; what else there is does not depend on the libraries. */
class OwnKernelsContractTest extends ProductContract {
    private static CudaBackend backend;

    @BeforeAll
    static void open() {
        SoftwareCuda.require();
        backend = opened();
    }

    private static CudaBackend opened() {
        return new CudaBackend(
                0,
                new CudaOptions(
                        CudaOptions.Libraries.NONE, CudaOptions.Math.FP32, CudaOptions.Algorithms.DETERMINISTIC, true));
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
        return opened();
    }
}
