package dev.aorta.cuda;

import dev.aorta.backend.Buffer;
import org.jspecify.annotations.Nullable;

/** Sums in a fixed order, in two steps where one block is not enough; see reduce.cu. */
final class Reductions {
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

    /** {@code dst[0] = sum of src[i]}, or of {@code src[i]^2}. */
    void sum(Buffer dst, Buffer src, boolean squared) {
        int blocks = blocks(src.size());
        CudaBuffer partial = pool.take(blocks);
        launcher.kernel("sum").buffer(partial).buffer(src).flag(squared).i32(src.size());
        launcher.run(blocks, 1, 1, Launcher.BLOCK, 1);
        total(dst, partial);
        pool.give(partial);
    }

    /** Adds partial sums by one block. */
    void total(Buffer dst, CudaBuffer partial) {
        launcher.kernel("sum").buffer(dst).buffer(partial).flag(false).i32(partial.size());
        launcher.run(1, 1, 1, Launcher.BLOCK, 1);
    }

    /** {@code dst (outer, inner) = sum over the chunks of src (outer, chunks, inner)}. */
    void chunks(Buffer dst, Buffer src, int chunks, int inner) {
        launcher.kernel("sum_middle").buffer(dst).buffer(src).i32(chunks).i32(inner);
        Columns.inOneChunk(chunks, inner).run(launcher, dst.size() / inner);
    }

    /** {@link dev.aorta.backend.Backend#biasGrad}; {@code masked}, where there is one, receives dy with the mask applied. */
    void biasGrad(Buffer db, @Nullable Buffer masked, Buffer dy, @Nullable Buffer mask, int rows, int channels) {
        Columns columns = Columns.of(rows, channels, 1, Columns.aThread(channels));
        CudaBuffer partial = pool.take(columns.chunks() * channels);
        launcher.kernel("bias_grad")
                .buffer(partial)
                .buffer(masked)
                .buffer(dy)
                .buffer(mask)
                .i32(rows)
                .i32(channels);
        columns.run(launcher, 1);
        chunks(db, partial, columns.chunks(), channels);
        pool.give(partial);
    }
}
