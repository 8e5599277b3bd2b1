package dev.aorta.backend;

/**
 * Picking slices along one axis: x (outer, length, inner) to y (outer, count, inner).
 *
 * @param outer product of the axes before
 * @param length slices of x
 * @param count slices of y
 * @param inner product of the axes behind
 */
public record GatherShape(int outer, int length, int count, int inner) {}
