package dev.aorta.cuda;

import dev.aorta.backend.Buffer;
import dev.aorta.backend.RowShape;
import org.jspecify.annotations.Nullable;

/** Softmax and the losses on it; see loss.cu. */
final class Losses {
    /** Up to so many classes one thread works on a row, above a warp. */
    private static final int CLASSES_FOR_ONE_THREAD = 8;

    private final Launcher launcher;
    private final MemoryPool pool;
    private final Pointwise pointwise;
    private final Reductions reductions;

    Losses(Launcher launcher, MemoryPool pool, Pointwise pointwise, Reductions reductions) {
        this.launcher = launcher;
        this.pool = pool;
        this.pointwise = pointwise;
        this.reductions = reductions;
    }

    private static int lanes(RowShape s) {
        return s.classes() <= CLASSES_FOR_ONE_THREAD ? 1 : 32;
    }

    private static int threads(RowShape s) {
        return (int) Math.min((long) s.rows() * lanes(s), Integer.MAX_VALUE);
    }

    void softmax(Buffer y, Buffer x, RowShape s) {
        launcher.kernel("softmax").buffer(y).buffer(x);
        launcher.i32(s.rows()).i32(s.classes()).i32(lanes(s)).run(threads(s));
    }

    void softmaxGrad(Buffer dx, Buffer dy, Buffer y, RowShape s) {
        launcher.kernel("softmax_grad").buffer(dx).buffer(dy).buffer(y);
        launcher.i32(s.rows()).i32(s.classes()).i32(lanes(s)).run(threads(s));
    }

    void focal(
            Buffer loss,
            @Nullable Buffer grad,
            Buffer logits,
            Buffer labels,
            @Nullable Buffer weights,
            float focus,
            RowShape s) {
        try (var scratch = new Scratch(pool)) {
            CudaBuffer total = scratch.take(1);
            if (weights == null) {
                pointwise.fill(total, s.rows());
            } else {
                CudaBuffer partial = scratch.take(Reductions.blocks(s.rows()));
                launcher.kernel("label_weights").buffer(partial).buffer(labels).buffer(weights);
                launcher.i32(s.classes()).i32(s.rows());
                launcher.run(partial.size(), 1, 1, Launcher.BLOCK, 1);
                reductions.total(total, partial);
            }
            CudaBuffer partial = scratch.take(Reductions.blocks((long) s.rows() * lanes(s)));
            launcher.kernel("focal_loss")
                    .buffer(partial)
                    .buffer(grad)
                    .buffer(logits)
                    .buffer(labels);
            launcher.buffer(weights)
                    .buffer(total)
                    .f32(focus)
                    .i32(s.rows())
                    .i32(s.classes())
                    .i32(lanes(s));
            launcher.run(partial.size(), 1, 1, Launcher.BLOCK, 1);
            launcher.kernel("mean_loss")
                    .buffer(loss)
                    .buffer(partial)
                    .buffer(total)
                    .i32(partial.size());
            launcher.run(1, 1, 1, Launcher.BLOCK, 1);
        }
    }

    void dice(Buffer loss, @Nullable Buffer grad, Buffer logits, Buffer labels, float smooth, int batch, RowShape s) {
        int pixels = s.rows() / batch;
        int classes = s.classes();
        Columns columns = Columns.of(pixels, classes, batch, 1);
        try (var scratch = new Scratch(pool)) {
            Buffer p = grad == null ? scratch.take(logits.size()) : grad;
            CudaBuffer partial = scratch.take(batch * columns.chunks() * 3 * classes);
            CudaBuffer sums = scratch.take(batch * 3 * classes);
            softmax(p, logits, s);
            launcher.kernel("dice_sums").buffer(partial).buffer(p).buffer(labels);
            launcher.i32(pixels).i32(classes);
            columns.run(launcher, batch);
            reductions.chunks(sums, partial, columns.chunks(), 3 * classes);
            launcher.kernel("dice_loss").buffer(loss).buffer(sums).f32(smooth);
            launcher.i32(batch).i32(classes).run(1, 1, 1, Launcher.BLOCK, 1);
            if (grad != null) {
                launcher.kernel("dice_grad")
                        .buffer(grad)
                        .buffer(labels)
                        .buffer(sums)
                        .f32(smooth);
                launcher.i32(batch).i32(pixels).i32(classes).run(s.rows());
            }
        }
    }
}
