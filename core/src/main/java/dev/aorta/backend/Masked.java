package dev.aorta.backend;

import org.jspecify.annotations.Nullable;

/**
 * The gradient of an output that a fused ReLU may have cut.
 *
 * @param dy gradient of the output
 * @param output null, or the output of the ReLU: dy counts as 0 where it is not above 0 (a NaN is not)
 */
public record Masked(Buffer dy, @Nullable Buffer output) {}
