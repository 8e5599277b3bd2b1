package dev.aorta.cuda;

import dev.aorta.backend.Buffer;
import dev.aorta.backend.ConvShape;
import org.jspecify.annotations.Nullable;

/** Convolution by Aorta's own kernels, conv.cu. */
final class OwnConvolutions implements Convolutions {
    /** Rows and columns of a block's result, {@code TILE} in tile.cuh. */
    static final int TILE = 64;

    private static final int LEAST_PIXELS_A_PART = 512;
    private static final int ENOUGH_BLOCKS = 512;
    private static final long MOST_PART_ELEMENTS = 1 << 26;

    private final Launcher launcher;
    private final MemoryPool pool;

    OwnConvolutions(Launcher launcher, MemoryPool pool) {
        this.launcher = launcher;
        this.pool = pool;
    }

    @Override
    public void forward(Buffer y, Buffer x, Buffer w, @Nullable Buffer bias, boolean relu, ConvShape s) {
        launcher.kernel("conv2d")
                .buffer(y)
                .buffer(x)
                .buffer(w)
                .buffer(bias)
                .flag(relu)
                .geometry(s, 1);
        tiles(s.batch() * s.outH() * s.outW(), s.outC() / s.groups(), s.groups());
    }

    @Override
    public void gradInput(Buffer dx, Buffer dy, @Nullable Buffer mask, Buffer w, @Nullable Buffer bias, ConvShape s) {
        launcher.kernel("conv2d_grad_input")
                .buffer(dx)
                .buffer(dy)
                .buffer(mask)
                .buffer(w)
                .buffer(bias)
                .geometry(s, 1);
        tiles(s.batch() * s.inH() * s.inW(), s.inC() / s.groups(), s.groups());
    }

    @Override
    public void gradWeight(Buffer dw, Buffer dy, @Nullable Buffer mask, Buffer x, ConvShape s) {
        int columns = s.kH() * s.kW() * (s.inC() / s.groups());
        int splits = splits(s, columns);
        CudaBuffer parts = splits == 1 ? CudaBuffer.of(dw) : pool.take(splits * dw.size());
        launcher.kernel("conv2d_grad_weight")
                .buffer(parts)
                .buffer(dy)
                .buffer(mask)
                .buffer(x)
                .geometry(s, splits);
        tiles(s.outC() / s.groups(), columns, s.groups() * splits);
        if (splits > 1) {
            int n = dw.size();
            launcher.kernel("sum_middle")
                    .buffer(dw)
                    .buffer(parts)
                    .i32(splits)
                    .i32(n)
                    .i32(n)
                    .run(n);
            pool.give(parts);
        }
    }

    /** Into how many parts the sum over the pixels is split, so that a small weight still fills the GPU. */
    private static int splits(ConvShape s, int columns) {
        int pixels = s.batch() * s.outH() * s.outW();
        int tiles = Launcher.ceilDiv(s.outC() / s.groups(), TILE) * Launcher.ceilDiv(columns, TILE) * s.groups();
        long fitting = MOST_PART_ELEMENTS / Math.max(1, (long) s.outC() * columns);
        long wanted = Math.min(ENOUGH_BLOCKS / tiles, pixels / LEAST_PIXELS_A_PART);
        return (int) Math.max(1, Math.min(wanted, fitting));
    }

    private void tiles(int rows, int columns, int layers) {
        launcher.run(Launcher.ceilDiv(rows, TILE), Launcher.ceilDiv(columns, TILE), layers, Launcher.BLOCK, 1);
    }

    @Override
    public void close() {}
}
