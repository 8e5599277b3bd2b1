package dev.aorta.op;

/**
 * A differentiable operation of a user's own, applied by {@link dev.aorta.Tensor#apply}. Unlike the ops of this package it has
 * no facade that checks its operands: what its shapes must be it checks itself where it is made, for kernels trust it.
 *
 * <p>{@link dev.aorta.GradientCheck} compares its derivative with central differences.
 */
public non-sealed interface CustomOp extends Op {}
