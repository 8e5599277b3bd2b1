package dev.aorta.backend.cpu.element;

import dev.aorta.backend.NormShape;
import dev.aorta.backend.Unary;
import org.jspecify.annotations.Nullable;

/**
 * A function behind a normalisation that is two bounds, and so needs no pass of its own: {@code y = min(max(h, low), high)}, whose
 * gradient passes where {@code least <= h <= high}.
 */
public record NormBounds(float low, float high, float least) {
    /** No function. */
    static final NormBounds NONE =
            new NormBounds(Float.NEGATIVE_INFINITY, Float.POSITIVE_INFINITY, Float.NEGATIVE_INFINITY);

    /** The bounds of a function, or null for one that has others, or where {@link LayerNorm} normalises. */
    public static @Nullable NormBounds of(Unary f, NormShape s) {
        if (s.pixels() == 1) {
            return null;
        }
        return switch (f.kind()) {
            case RELU -> new NormBounds(0, Float.POSITIVE_INFINITY, Float.MIN_VALUE);
            case CLAMP -> new NormBounds(f.a(), f.b(), f.a());
            default -> null;
        };
    }
}
