package dev.aorta.backend;

import org.jspecify.annotations.Nullable;

/**
 * A convolution for inference, {@code then(conv(x * scale, w) + bias + added)}.
 *
 * @param w (outC, kH, kW, inC / groups)
 * @param bias (outC), or null for none
 * @param scale (N, inC), which all pixels of an image are multiplied by, or null for nothing
 * @param added of the shape of its result, or null for nothing
 * @param then a function of each element, or null for none
 * @param shape the geometry
 */
public record ConvStage(
        Buffer w,
        @Nullable Buffer bias,
        @Nullable Buffer scale,
        @Nullable Buffer added,
        @Nullable Unary then,
        ConvShape shape) {
    /**
     * The same of an image that is multiplied already.
     *
     * @return this without its scale
     */
    public ConvStage withoutScale() {
        return new ConvStage(w, bias, null, added, then, shape);
    }
}
