package dev.aorta.cuda;

import dev.aorta.backend.Buffer;
import org.jspecify.annotations.Nullable;

/** Softmax and the losses on it; see loss.cu. */
final class Losses {
    /** Up to so many classes one thread works on a row, above a warp. */
    private static final int CLASSES_FOR_ONE_THREAD = 8;

    private final Launcher launcher;
    private final MemoryPool pool;
    private final Reductions reductions;

    Losses(Launcher launcher, MemoryPool pool, Reductions reductions) {
        this.launcher = launcher;
        this.pool = pool;
        this.reductions = reductions;
    }

    private static int lanes(int classes) {
        return classes <= CLASSES_FOR_ONE_THREAD ? 1 : 32;
    }

    private static int threads(int rows, int classes) {
        return (int) Math.min((long) rows * lanes(classes), Integer.MAX_VALUE);
    }

    void softmax(Buffer y, Buffer x, int rows, int classes) {
        launcher.kernel("softmax").buffer(y).buffer(x).i32(rows).i32(classes).i32(lanes(classes));
        launcher.run(threads(rows, classes));
    }

    void softmaxGrad(Buffer dx, Buffer dy, Buffer y, int rows, int classes) {
        launcher.kernel("softmax_grad")
                .buffer(dx)
                .buffer(dy)
                .buffer(y)
                .i32(rows)
                .i32(classes)
                .i32(lanes(classes));
        launcher.run(threads(rows, classes));
    }

    /** Focal loss; with focus 0 the softmax cross-entropy. */
    void focal(
            Buffer loss,
            @Nullable Buffer grad,
            Buffer logits,
            Buffer labels,
            @Nullable Buffer weights,
            float focus,
            int rows,
            int classes) {
        CudaBuffer total = pool.take(1);
        if (weights == null) {
            launcher.kernel("fill").buffer(total).f32(rows).i32(1).run(1);
        } else {
            CudaBuffer partial = pool.take(Reductions.blocks(rows));
            launcher.kernel("label_weights")
                    .buffer(partial)
                    .buffer(labels)
                    .buffer(weights)
                    .i32(classes)
                    .i32(rows);
            launcher.run(partial.size(), 1, 1, Launcher.BLOCK, 1);
            reductions.total(total, partial);
            pool.give(partial);
        }
        CudaBuffer partial = pool.take(Reductions.blocks((long) rows * lanes(classes)));
        launcher.kernel("focal_loss")
                .buffer(partial)
                .buffer(grad)
                .buffer(logits)
                .buffer(labels)
                .buffer(weights);
        launcher.buffer(total).f32(focus).i32(rows).i32(classes).i32(lanes(classes));
        launcher.run(partial.size(), 1, 1, Launcher.BLOCK, 1);
        launcher.kernel("mean_loss").buffer(loss).buffer(partial).buffer(total).i32(partial.size());
        launcher.run(1, 1, 1, Launcher.BLOCK, 1);
        pool.give(partial);
        pool.give(total);
    }

    void dice(
            Buffer loss,
            @Nullable Buffer grad,
            Buffer logits,
            Buffer labels,
            float smooth,
            int batch,
            int pixels,
            int classes) {
        Columns columns = Columns.of(pixels, classes, batch, 1);
        CudaBuffer p = grad == null ? pool.take(logits.size()) : CudaBuffer.of(grad);
        CudaBuffer partial = pool.take(batch * columns.chunks() * 3 * classes);
        CudaBuffer sums = pool.take(batch * 3 * classes);
        softmax(p, logits, batch * pixels, classes);
        launcher.kernel("dice_sums")
                .buffer(partial)
                .buffer(p)
                .buffer(labels)
                .i32(pixels)
                .i32(classes);
        columns.run(launcher, batch);
        reductions.chunks(sums, partial, columns.chunks(), 3 * classes);
        launcher.kernel("dice_loss")
                .buffer(loss)
                .buffer(sums)
                .f32(smooth)
                .i32(batch)
                .i32(classes);
        launcher.run(1, 1, 1, Launcher.BLOCK, 1);
        if (grad == null) {
            pool.give(p);
        } else {
            launcher.kernel("dice_grad").buffer(p).buffer(labels).buffer(sums).f32(smooth);
            launcher.i32(batch).i32(pixels).i32(classes).run(batch * pixels);
        }
        pool.give(sums);
        pool.give(partial);
    }
}
