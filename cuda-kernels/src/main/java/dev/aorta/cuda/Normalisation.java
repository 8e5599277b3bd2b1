package dev.aorta.cuda;

import dev.aorta.backend.Buffer;
import dev.aorta.backend.NormShape;
import org.jspecify.annotations.Nullable;

/** Normalisation over groups of channels; see norm.cu. */
final class Normalisation {
    private final Launcher launcher;
    private final MemoryPool pool;
    private final Reductions reductions;

    Normalisation(Launcher launcher, MemoryPool pool, Reductions reductions) {
        this.launcher = launcher;
        this.pool = pool;
        this.reductions = reductions;
    }

    private static Columns columns(NormShape s) {
        return Columns.of(s.pixels(), s.channels(), s.batch(), Columns.aThread(s.channels()));
    }

    void forward(Buffer y, Buffer mean, Buffer invStd, Buffer x, Buffer gamma, Buffer beta, NormShape s) {
        Columns columns = columns(s);
        try (var scratch = new Scratch(pool)) {
            CudaBuffer partial = scratch.take(s.batch() * columns.chunks() * s.channels());
            CudaBuffer sums = scratch.take(s.batch() * s.channels());
            for (boolean invert : new boolean[] {false, true}) {
                launcher.kernel("norm_sums").buffer(partial).buffer(x).buffer(invert ? mean : null);
                launcher.i32(s.pixels()).i32(s.channels()).i32(s.groups());
                columns.run(launcher, s.batch());
                reductions.chunks(sums, partial, columns.chunks(), s.channels());
                launcher.kernel("norm_statistic").buffer(invert ? invStd : mean).buffer(sums);
                launcher.flag(invert).f32(s.epsilon()).f32(s.shared());
                launcher.i32(s.channels()).i32(s.groups()).i32(s.statistics()).run(s.statistics());
            }
        }
        launcher.kernel("norm_apply").buffer(CudaBuffer.like(y, x)).buffer(x).buffer(mean);
        launcher.buffer(invStd).buffer(gamma).buffer(beta);
        launcher.i32(s.pixels()).i32(s.channels()).i32(s.groups()).i32(s.size()).runByEights(s.size());
    }

    void backward(
            @Nullable Buffer dx,
            @Nullable Buffer dgamma,
            @Nullable Buffer dbeta,
            Buffer dy,
            Buffer x,
            Buffer mean,
            Buffer invStd,
            Buffer gamma,
            NormShape s) {
        Columns columns = columns(s);
        try (var scratch = new Scratch(pool)) {
            CudaBuffer partial = scratch.take(s.batch() * columns.chunks() * 2 * s.channels());
            CudaBuffer sums = scratch.take(s.batch() * 2 * s.channels());
            launcher.kernel("norm_grad_sums")
                    .buffer(partial)
                    .buffer(dy)
                    .buffer(x)
                    .buffer(mean);
            launcher.buffer(invStd).i32(s.pixels()).i32(s.channels()).i32(s.groups());
            columns.run(launcher, s.batch());
            reductions.chunks(sums, partial, columns.chunks(), 2 * s.channels());
            if (dgamma != null || dbeta != null) {
                launcher.kernel("norm_grad_affine").buffer(dgamma).buffer(dbeta).buffer(sums);
                launcher.i32(s.batch()).i32(s.channels()).run(s.channels());
            }
            if (dx != null) {
                CudaBuffer groupSums = scratch.take(2 * s.statistics());
                launcher.kernel("norm_grad_groups")
                        .buffer(groupSums)
                        .buffer(sums)
                        .buffer(gamma);
                launcher.i32(s.channels()).i32(s.groups()).i32(s.statistics()).run(s.statistics());
                launcher.kernel("norm_grad_input")
                        .buffer(CudaBuffer.like(dx, dy))
                        .buffer(dy)
                        .buffer(x);
                launcher.buffer(mean)
                        .buffer(invStd)
                        .buffer(gamma)
                        .buffer(groupSums)
                        .f32(s.shared());
                launcher.i32(s.pixels())
                        .i32(s.channels())
                        .i32(s.groups())
                        .i32(s.size())
                        .runByEights(s.size());
            }
        }
    }

    void updateRunning(Buffer runMean, Buffer runVar, Buffer mean, Buffer invStd, float momentum, NormShape s) {
        launcher.kernel("update_running")
                .buffer(runMean)
                .buffer(runVar)
                .buffer(mean)
                .buffer(invStd);
        launcher.f32(momentum).f32(s.epsilon()).f32((float) s.shared() / Math.max(s.shared() - 1, 1));
        launcher.i32(s.channels()).run(s.channels());
    }

    void inference(Buffer y, Buffer x, Buffer mean, Buffer variance, Buffer gamma, Buffer beta, NormShape s) {
        launcher.kernel("norm_inference")
                .buffer(CudaBuffer.like(y, x))
                .buffer(x)
                .buffer(mean);
        launcher.buffer(variance).buffer(gamma).buffer(beta);
        launcher.f32(s.epsilon()).i32(s.channels()).i32(s.size()).runByEights(s.size());
    }
}
