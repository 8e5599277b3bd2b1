package dev.aorta.backend.cpu.element;

import dev.aorta.backend.Unary;
import dev.aorta.backend.cpu.machine.Lanes;
import dev.aorta.backend.cpu.machine.Simd;
import dev.aorta.backend.cpu.machine.WayOut;
import org.jspecify.annotations.Nullable;

/** The ways out of a convolution that pointwise kernels are part of. */
public final class Finish {
    private Finish() {}

    /** {@code y = f(y + added)}, with the bits of the two operations one after the other. */
    public static WayOut of(float @Nullable [] added, @Nullable Unary f) {
        if (added == null) {
            if (f == null) {
                return WayOut.PLAIN;
            }
            switch (f.kind()) {
                case RELU -> {
                    return WayOut.RELU;
                }
                case CLAMP -> {
                    return new WayOut(f.a(), f.b(), null);
                }
                default -> {}
            }
        }
        return new WayOut(Float.NEGATIVE_INFINITY, Float.POSITIVE_INFINITY, rest(added, f));
    }

    private static WayOut.Rest rest(float @Nullable [] added, @Nullable Unary f) {
        UnarySimd.Value loop = f == null || Simd.BITS == 0 ? null : UnarySimd.value(f);
        return (y, at, width) -> {
            if (added != null) {
                Lanes.add(y, at, y, at, added, at, width);
            }
            if (loop != null && f != null) {
                UnarySimd.run(loop, y, y, at, at + width, f);
            } else if (f != null) {
                for (int i = at; i < at + width; i++) {
                    y[i] = (float) f.value(y[i]);
                }
            }
        };
    }
}
