package dev.aorta.cuda;

import dev.aorta.backend.Buffer;
import dev.aorta.backend.PoolShape;

/** Largest and mean pixels of windows; see pool.cu. */
final class Pooling {
    private final Launcher launcher;

    Pooling(Launcher launcher) {
        this.launcher = launcher;
    }

    void max(Buffer y, Buffer x, PoolShape s) {
        launcher.kernel("max_pool").buffer(CudaBuffer.like(y, x)).buffer(x);
        launcher.geometry(s).i32(y.size()).runByEights(y.size());
    }

    void maxGrad(Buffer dx, Buffer dy, Buffer x, PoolShape s) {
        launcher.kernel("max_pool_grad")
                .buffer(CudaBuffer.like(dx, dy))
                .buffer(dy)
                .buffer(x);
        launcher.geometry(s).i32(dx.size()).runByEights(dx.size());
    }

    void average(Buffer y, Buffer x, PoolShape s) {
        launcher.kernel("avg_pool").buffer(CudaBuffer.like(y, x)).buffer(x);
        launcher.geometry(s).i32(y.size()).run(y.size());
    }

    void averageGrad(Buffer dx, Buffer dy, PoolShape s) {
        launcher.kernel("avg_pool_grad").buffer(CudaBuffer.like(dx, dy)).buffer(dy);
        launcher.geometry(s).i32(dx.size()).run(dx.size());
    }
}
