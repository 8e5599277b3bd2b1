package dev.aorta.cuda;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.Arrays;
import jcuda.driver.JCudaDriver;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** Uploads beside the kernels: they overlap, and both waits that keep their order are needed. */
class StagingTest extends CudaTests {
    /** Of a block, so that each upload needs another one. */
    private static final int N = Staging.BLOCK_FLOATS;

    private CudaDevice device;
    private MemoryPool pool;
    private Kernels kernels;
    private Launcher launcher;

    @BeforeEach
    void openParts() {
        CudaLibraries.load();
        device = new CudaDevice(0);
        pool = new MemoryPool(device, false);
        kernels = new Kernels(device);
        launcher = new Launcher(device, kernels);
    }

    @AfterEach
    void closeParts() {
        launcher.close();
        kernels.close();
        pool.close();
        device.close();
    }

    private static float[] filled(float value) {
        float[] values = new float[N];
        Arrays.fill(values, value);
        return values;
    }

    private void finishCopies(Staging staging) {
        Cuda.check(JCudaDriver.cuStreamSynchronize(staging.copies), "the copies");
    }

    private static float[] downloaded(Staging staging, CudaBuffer b) {
        float[] values = new float[b.size()];
        staging.download(values, b);
        return values;
    }

    @Test
    void theNextBatchIsCopiedWhileKernelsAreStillToRun() {
        try (var staging = new Staging(device, pool, 2)) {
            CudaBuffer x = pool.take(N);
            staging.upload(x, filled(8));
            staging.upload(x, filled(1)); // now there are both blocks
            assertThat(downloaded(staging, x)).containsOnly(1);
            long before = SoftwareCuda.launches();
            launcher.kernel("unary_affine")
                    .buffer(x)
                    .buffer(x)
                    .f32(10)
                    .f32(0)
                    .i32(N)
                    .run(N);
            staging.upload(x, filled(2));
            finishCopies(staging);
            assertThat(SoftwareCuda.launches())
                    .as("no kernel had to run for the copy")
                    .isEqualTo(before);
            launcher.kernel("unary_affine")
                    .buffer(x)
                    .buffer(x)
                    .f32(100)
                    .f32(0)
                    .i32(N)
                    .run(N);
            assertThat(downloaded(staging, x)).containsOnly(200);
        }
    }

    @Test
    void aBlockIsTakenOverAfterItWasFilled() {
        try (var staging = new Staging(device, pool, 1)) {
            CudaBuffer x = pool.take(N);
            staging.upload(x, filled(1));
            assertThat(downloaded(staging, x)).containsOnly(1);
            SoftwareCuda.lose("cuStreamWaitEvent", 2);
            staging.upload(x, filled(2));
            assertThat(downloaded(staging, x))
                    .as("without the wait the old content shows")
                    .containsOnly(1);
        }
    }

    @Test
    void aBlockIsFilledAgainAfterItWasTakenOver() {
        for (boolean lost : new boolean[] {false, true}) {
            try (var staging = new Staging(device, pool, 1)) {
                CudaBuffer x = pool.take(N);
                CudaBuffer y = pool.take(N);
                staging.upload(x, filled(1));
                if (lost) {
                    SoftwareCuda.lose("cuStreamWaitEvent", 1);
                }
                staging.upload(y, filled(2));
                finishCopies(staging); // as a device may that is slow at kernels
                assertThat(downloaded(staging, x)).as("wait lost: %s", lost).containsOnly(lost ? 2 : 1);
                assertThat(downloaded(staging, y)).containsOnly(2);
            }
        }
    }

    /** Small uploads share a block: it is not filled again before it is full. */
    @Test
    void smallUploadsLieSideBySide() {
        try (var staging = new Staging(device, pool, 1)) {
            CudaBuffer[] all = new CudaBuffer[5];
            for (int i = 0; i < all.length; i++) {
                all[i] = pool.take(3);
                staging.upload(all[i], new float[] {i, 10 * i, 100 * i});
            }
            long copied = SoftwareCuda.calls("cuEventSynchronize");
            finishCopies(staging);
            for (int i = 0; i < all.length; i++) {
                assertThat(downloaded(staging, all[i])).containsExactly(i, 10 * i, 100 * i);
            }
            assertThat(SoftwareCuda.calls("cuEventSynchronize")).isEqualTo(copied);
        }
    }

    /** An upload that is larger than all blocks together goes through them in turns. */
    @Test
    void blocksAreUsedInTurn() {
        try (var staging = new Staging(device, pool, 2)) {
            float[] values = new float[1_000_000];
            for (int i = 0; i < values.length; i++) {
                values[i] = i;
            }
            CudaBuffer x = pool.take(values.length);
            staging.upload(x, values);
            assertThat(downloaded(staging, x)).isEqualTo(values);
        }
    }
}
