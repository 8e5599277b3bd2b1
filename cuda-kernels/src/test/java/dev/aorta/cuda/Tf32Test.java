package dev.aorta.cuda;

import static org.assertj.core.api.Assertions.assertThat;

import dev.aorta.backend.Backend;
import dev.aorta.backend.Buffer;
import dev.aorta.backend.ProductContract;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

/** Own kernels on tensor cores: within the bound of TF32, and no better than it. */
class Tf32Test extends ProductContract {
    private static CudaBackend backend;

    @BeforeAll
    static void open() {
        SoftwareCuda.require();
        backend = new CudaBackend(0, new CudaOptions(CudaOptions.Libraries.NONE, CudaOptions.Math.TF32, true));
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

    /** Two factors, each rounded by at most 2^-11 of itself. */
    @Override
    public double productError() {
        return Math.pow(1 + 0x1p-11, 2) - 1;
    }

    @Test
    void factorsAreRoundedToTenBits() {
        float[] c = {0};
        Buffer a = backend.allocate(1);
        Buffer result = backend.allocate(1);
        backend.upload(a, new float[] {1 + 0x1p-10f + 0x1p-12f});
        backend.gemm(result, a, false, a, false, 1, 1, 1);
        backend.download(c, result);
        assertThat(c[0]).isEqualTo((1 + 0x1p-10f) * (1 + 0x1p-10f));
        backend.release(a);
        backend.release(result);
    }
}
