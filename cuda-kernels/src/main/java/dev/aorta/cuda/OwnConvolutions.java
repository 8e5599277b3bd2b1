package dev.aorta.cuda;

import dev.aorta.backend.Buffer;
import dev.aorta.backend.ConvShape;
import org.jspecify.annotations.Nullable;

/** Convolution by Aorta's own kernels, conv.cuh. */
final class OwnConvolutions implements Convolutions {
    private static final int LEAST_PIXELS_A_PART = 512;
    private static final int ENOUGH_BLOCKS = 512;
    private static final long MOST_PART_ELEMENTS = 1 << 26;

    private final Launcher launcher;
    private final MemoryPool pool;
    private final Reductions reductions;
    private final Product product;

    OwnConvolutions(Launcher launcher, MemoryPool pool, Reductions reductions, Product product) {
        this.launcher = launcher;
        this.pool = pool;
        this.reductions = reductions;
        this.product = product;
    }

    @Override
    public void forward(Buffer y, Buffer x, Buffer w, @Nullable Buffer bias, boolean relu, ConvShape s) {
        product.kernel(launcher, "conv2d")
                .buffer(y)
                .buffer(x)
                .buffer(w)
                .buffer(bias)
                .flag(relu)
                .geometry(s, 1);
        product.run(launcher, s.batch() * s.outH() * s.outW(), s.outC() / s.groups(), s.groups());
    }

    @Override
    public void gradInput(Buffer dx, Buffer dy, Buffer w, @Nullable Buffer bias, ConvShape s) {
        product.kernel(launcher, "conv2d_grad_input")
                .buffer(dx)
                .buffer(dy)
                .buffer(w)
                .buffer(bias)
                .geometry(s, 1);
        product.run(launcher, s.batch() * s.inH() * s.inW(), s.inC() / s.groups(), s.groups());
    }

    @Override
    public void gradWeight(Buffer dw, Buffer dy, Buffer x, ConvShape s) {
        int taps = s.kH() * s.kW() * (s.inC() / s.groups());
        int splits = splits(s, taps);
        try (var scratch = new Scratch(pool)) {
            Buffer parts = splits == 1 ? dw : scratch.take(splits * dw.size());
            product.kernel(launcher, "conv2d_grad_weight")
                    .buffer(parts)
                    .buffer(dy)
                    .buffer(x)
                    .geometry(s, splits);
            product.run(launcher, taps, s.outC() / s.groups(), s.groups() * splits);
            if (splits > 1) {
                reductions.chunks(dw, parts, splits, dw.size());
            }
        }
    }

    /** Into how many parts the sum over the pixels is split, so that a small weight still fills the GPU. */
    private int splits(ConvShape s, int taps) {
        int pixels = s.batch() * s.outH() * s.outW();
        int blocks = product.blocks(taps, s.outC() / s.groups(), s.groups());
        long fitting = MOST_PART_ELEMENTS / Math.max(1, (long) s.outC() * taps);
        long wanted = Math.min(ENOUGH_BLOCKS / blocks, pixels / LEAST_PIXELS_A_PART);
        return (int) Math.max(1, Math.min(wanted, fitting));
    }
}
