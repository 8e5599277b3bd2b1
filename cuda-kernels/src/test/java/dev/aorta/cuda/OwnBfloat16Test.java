package dev.aorta.cuda;

import static org.assertj.core.api.Assertions.assertThat;

import dev.aorta.backend.Backend;
import dev.aorta.backend.Buffer;
import dev.aorta.backend.ProductContract;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

/** Own kernels on tensor cores: within the bound of bfloat16, and no better than it. */
class OwnBfloat16Test extends ProductContract {
    private static CudaBackend backend;

    @BeforeAll
    static void open() {
        SoftwareCuda.require();
        backend = new CudaBackend(0, new CudaOptions(CudaOptions.Libraries.NONE, CudaOptions.Math.BFLOAT16, true));
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

    /** Two factors and the result, each rounded by at most 2^-8 of itself. */
    @Override
    public double productError() {
        return Math.pow(1 + 0x1p-8, 3) - 1;
    }

    @Test
    void factorsAreRoundedToSevenBits() {
        float[] c = {0};
        Buffer a = backend.allocate(1);
        Buffer result = backend.allocate(1);
        backend.upload(a, new float[] {1 + 0x1p-7f + 0x1p-9f});
        backend.gemm(result, a, false, a, false, 1, 1, 1);
        backend.download(c, result);
        assertThat(c[0]).isEqualTo((1 + 0x1p-7f) * (1 + 0x1p-7f));
        backend.release(a);
        backend.release(result);
    }
}
