package dev.aorta.cuda;

import dev.aorta.backend.Buffer;
import dev.aorta.backend.ConcatShape;
import dev.aorta.backend.GatherShape;
import dev.aorta.backend.Strided;
import dev.aorta.backend.UpsampleShape;
import org.jspecify.annotations.Nullable;

/** Moves elements; see layout.cu. */
final class Layout {
    private static final int TILE = 32;
    private static final int WARPS = Launcher.BLOCK / 32;
    private static final int ENOUGH_BLOCKS = 512;
    private static final int LEAST_INDICES_A_PART = 1024;

    private final Launcher launcher;
    private final MemoryPool pool;
    private final Reductions reductions;

    Layout(Launcher launcher, MemoryPool pool, Reductions reductions) {
        this.launcher = launcher;
        this.pool = pool;
        this.reductions = reductions;
    }

    void copy(Buffer dst, Buffer src, Strided s) {
        Buffer to = CudaBuffer.like(dst, src);
        Axes walk = Axes.of(s);
        Axes tiled = walk.transposed();
        if (tiled == null) {
            walk.forEach(part -> {
                launcher.kernel("copy").buffer(to).buffer(src).geometry(part);
                launcher.i32(part.size()).run(part);
            });
        } else {
            tiled.forEach(part -> {
                int last = part.extents().length - 1;
                int plane = part.extents()[last] * part.extents()[last - 1];
                int tiles =
                        Launcher.ceilDiv(part.extents()[last], TILE) * Launcher.ceilDiv(part.extents()[last - 1], TILE);
                launcher.kernel("transpose").buffer(to).buffer(src).geometry(part);
                launcher.run(part.size() / plane * tiles, 1, 1, TILE, Launcher.BLOCK / TILE);
            });
        }
    }

    void concat(Buffer y, Buffer[] x, ConcatShape s) {
        Buffer whole = CudaBuffer.like(y, x);
        for (int p = 0; p < x.length; p++) {
            copy(whole, x[p], s.part(p));
        }
    }

    void split(@Nullable Buffer[] dx, Buffer dy, ConcatShape s) {
        for (int p = 0; p < dx.length; p++) {
            if (dx[p] instanceof Buffer part) {
                copy(part, dy, s.part(p).inverse());
            }
        }
    }

    void gather(Buffer y, Buffer x, Buffer index, GatherShape s) {
        int n = y.size();
        launcher.kernel("gather").buffer(CudaBuffer.like(y, x)).buffer(x).buffer(index);
        launcher.i32(s.length()).i32(s.count()).i32(s.inner()).i32(n);
        launcher.run(s.inner() % 8 == 0 ? n / 8 : n);
    }

    /** Few slices leave room for looking for them in several parts of the indices at once. */
    void gatherGrad(Buffer dx, Buffer dy, Buffer index, GatherShape s) {
        int columns = s.outer() * (s.inner() % 8 == 0 ? s.inner() / 8 : s.inner());
        int blocks = Launcher.ceilDiv(s.length(), WARPS) * Launcher.ceilDiv(columns, 32);
        int parts = Math.clamp(Math.min(ENOUGH_BLOCKS / blocks, s.count() / LEAST_INDICES_A_PART), 1, ENOUGH_BLOCKS);
        try (var scratch = new Scratch(pool)) {
            Buffer result = CudaBuffer.like(dx, dy);
            Buffer to = parts == 1 ? result : scratch.take(parts * dx.size());
            launcher.kernel("gather_grad").buffer(to).buffer(dy).buffer(index);
            launcher.i32(s.outer()).i32(s.length()).i32(s.count()).i32(s.inner());
            launcher.run(blocks, parts, 1, Launcher.BLOCK, 1);
            if (parts > 1) {
                reductions.chunks(result, to, parts, dx.size());
            }
        }
    }

    void upsample(Buffer y, Buffer x, UpsampleShape s) {
        launcher.kernel(s.bilinear() ? "upsample_bilinear" : "upsample_nearest")
                .buffer(CudaBuffer.like(y, x))
                .buffer(x);
        launcher.geometry(s).i32(y.size()).run(y.size());
    }

    void upsampleGrad(Buffer dx, Buffer dy, UpsampleShape s) {
        launcher.kernel(s.bilinear() ? "upsample_bilinear_grad" : "upsample_nearest_grad")
                .buffer(CudaBuffer.like(dx, dy))
                .buffer(dy);
        launcher.geometry(s).i32(dx.size()).run(dx.size());
    }
}
