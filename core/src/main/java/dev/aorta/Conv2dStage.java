package dev.aorta;

import dev.aorta.backend.Unary;
import org.jspecify.annotations.Nullable;

/**
 * One convolution of a chain, {@code then(conv2d(x * scale) + added)}.
 *
 * @param weight (out, kH, kW, C / groups)
 * @param bias (out), or null for none
 * @param options stride, padding, dilation, groups
 * @param scale (N, 1, 1, C), which the image is multiplied by, or null for nothing
 * @param added (N, outH, outW, out), or null for nothing
 * @param then a function of each element, or null for none
 */
public record Conv2dStage(
        Tensor weight,
        @Nullable Tensor bias,
        Conv2dOptions options,
        @Nullable Tensor scale,
        @Nullable Tensor added,
        @Nullable Unary then) {}
