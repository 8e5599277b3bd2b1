package dev.aorta.cuda;

import dev.aorta.backend.Buffer;

/** Group normalisation, of which batch normalisation is the case of one image with one group for each channel; see norm.cu. */
final class Normalisation {
    private final Launcher launcher;
    private final MemoryPool pool;
    private final Reductions reductions;

    Normalisation(Launcher launcher, MemoryPool pool, Reductions reductions) {
        this.launcher = launcher;
        this.pool = pool;
        this.reductions = reductions;
    }

    void forward(
            Buffer y,
            Buffer mean,
            Buffer invStd,
            Buffer x,
            Buffer gamma,
            Buffer beta,
            int batch,
            int pixels,
            int channels,
            int groups,
            float epsilon) {
        Columns columns = Columns.of(pixels, channels, batch, Columns.aThread(channels));
        CudaBuffer partial = pool.take(batch * columns.chunks() * channels);
        CudaBuffer sums = pool.take(batch * channels);
        for (boolean invert : new boolean[] {false, true}) {
            launcher.kernel("norm_sums").buffer(partial).buffer(x).buffer(invert ? mean : null);
            launcher.i32(pixels).i32(channels).i32(groups);
            columns.run(launcher, batch);
            reductions.chunks(sums, partial, columns.chunks(), channels);
            launcher.kernel("norm_statistic")
                    .buffer(invert ? invStd : mean)
                    .buffer(sums)
                    .flag(invert)
                    .f32(epsilon);
            launcher.f32((float) pixels * channelsOf(channels, groups));
            launcher.i32(channels).i32(groups).i32(batch * groups).run(batch * groups);
        }
        pool.give(sums);
        pool.give(partial);
        launcher.kernel("norm_apply")
                .buffer(CudaBuffer.like(y, x))
                .buffer(x)
                .buffer(mean)
                .buffer(invStd)
                .buffer(gamma)
                .buffer(beta);
        launcher.i32(pixels).i32(channels).i32(groups).i32(y.size()).runByEights(y.size());
    }

    void backward(
            Buffer dx,
            Buffer dgamma,
            Buffer dbeta,
            Buffer dy,
            Buffer x,
            Buffer mean,
            Buffer invStd,
            Buffer gamma,
            int batch,
            int pixels,
            int channels,
            int groups) {
        Columns columns = Columns.of(pixels, channels, batch, Columns.aThread(channels));
        CudaBuffer partial = pool.take(batch * columns.chunks() * 2 * channels);
        CudaBuffer sums = pool.take(batch * 2 * channels);
        CudaBuffer groupSums = pool.take(batch * groups * 2);
        launcher.kernel("norm_grad_sums")
                .buffer(partial)
                .buffer(dy)
                .buffer(x)
                .buffer(mean)
                .buffer(invStd);
        launcher.i32(pixels).i32(channels).i32(groups);
        columns.run(launcher, batch);
        reductions.chunks(sums, partial, columns.chunks(), 2 * channels);
        launcher.kernel("norm_grad_affine").buffer(dgamma).buffer(dbeta).buffer(sums);
        launcher.i32(batch).i32(channels).run(channels);
        launcher.kernel("norm_grad_groups").buffer(groupSums).buffer(sums).buffer(gamma);
        launcher.i32(channels).i32(groups).i32(batch * groups).run(batch * groups);
        launcher.kernel("norm_grad_input")
                .buffer(CudaBuffer.like(dx, dy))
                .buffer(dy)
                .buffer(x)
                .buffer(mean)
                .buffer(invStd)
                .buffer(gamma);
        launcher.buffer(groupSums).f32((float) pixels * channelsOf(channels, groups));
        launcher.i32(pixels).i32(channels).i32(groups).i32(dx.size()).runByEights(dx.size());
        pool.give(groupSums);
        pool.give(sums);
        pool.give(partial);
    }

    private static int channelsOf(int channels, int groups) {
        return channels / groups;
    }
}
