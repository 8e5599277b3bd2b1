package dev.aorta.cuda;

import dev.aorta.backend.Buffer;
import dev.aorta.backend.ReduceShape;
import dev.aorta.backend.Reduction;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** Reductions in a fixed order, in two steps where one block an output is not enough; see reduce.cuh. */
final class Reductions {
    private static final Map<Reduction, String> REDUCE = Kernels.names(Reduction.class, "reduce_%s");
    private static final Map<Reduction, String> CHUNKS = Kernels.names(Reduction.class, "reduce_%s_chunks");

    /** Floats that the largest State of reduce.cuh takes. */
    private static final int STATE = 2;

    private static final int ELEMENTS_A_BLOCK = 512;
    private static final int MOST_BLOCKS = 1024;

    private final Launcher launcher;
    private final MemoryPool pool;

    Reductions(Launcher launcher, MemoryPool pool) {
        this.launcher = launcher;
        this.pool = pool;
    }

    /** Blocks for a sum over n elements that leaves one partial sum a block. */
    static int blocks(long n) {
        return Math.clamp((n + ELEMENTS_A_BLOCK - 1) / ELEMENTS_A_BLOCK, 1, MOST_BLOCKS);
    }

    void reduce(Buffer y, Buffer x, Reduction f, ReduceShape s) {
        Lanes lanes = Lanes.of(s);
        try (var scratch = new Scratch(pool)) {
            CudaBuffer parts = lanes.chunks() == 1 ? null : scratch.take(STATE * lanes.chunks() * y.size());
            launcher.kernel(REDUCE.get(f)).buffer(y).buffer(parts).buffer(x);
            launcher.i32(s.outer()).i32(s.length()).i32(s.inner()).i32(lanes.count());
            launcher.run(lanes.blocks(), lanes.chunks(), 1, Launcher.BLOCK, 1);
            if (parts != null) {
                Lanes merging = Lanes.ofChunks(lanes.chunks(), y.size());
                launcher.kernel(CHUNKS.get(f)).buffer(y).buffer(parts);
                launcher.i32(lanes.chunks()).i32(y.size()).i32(s.length()).i32(merging.count());
                launcher.run(merging.blocks(), 1, 1, Launcher.BLOCK, 1);
            }
        }
    }

    /** Adds all elements. */
    void total(Buffer dst, CudaBuffer partial) {
        reduce(dst, partial, Reduction.SUM, ReduceShape.all(partial.size()));
    }

    /** {@code dst (outer, inner) = sum over the chunks of src (outer, chunks, inner)}. */
    void chunks(Buffer dst, Buffer src, int chunks, int inner) {
        reduce(dst, src, Reduction.SUM, new ReduceShape(dst.size() / inner, chunks, inner));
    }

    /**
     * {@code db[c]} is the sum over the rows of dy (rows, channels) where mask is above 0; {@code masked}, where there is one,
     * receives dy with the mask applied.
     */
    void biasGrad(Buffer db, @Nullable Buffer masked, Buffer dy, @Nullable Buffer mask) {
        int channels = db.size();
        int rows = dy.size() / channels;
        Columns columns = Columns.of(rows, channels, 1, Columns.aThread(channels));
        try (var scratch = new Scratch(pool)) {
            CudaBuffer partial = scratch.take(columns.chunks() * channels);
            launcher.kernel("bias_grad")
                    .buffer(partial)
                    .buffer(masked)
                    .buffer(dy)
                    .buffer(mask);
            launcher.i32(rows).i32(channels);
            columns.run(launcher, 1);
            chunks(db, partial, columns.chunks(), channels);
        }
    }
}
