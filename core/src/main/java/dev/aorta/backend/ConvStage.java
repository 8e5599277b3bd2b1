package dev.aorta.backend;

import org.jspecify.annotations.Nullable;

/**
 * A convolution of {@link Backend#conv2dChain}.
 *
 * @param w (outC, kH, kW, inC / groups)
 * @param bias (outC), or null for none
 * @param added of the shape of its result, or null for nothing
 * @param then a function of each element, or null for none
 * @param shape the geometry
 */
public record ConvStage(
        Buffer w,
        @Nullable Buffer bias,
        @Nullable Buffer added,
        @Nullable Unary then,
        ConvShape shape) {}
