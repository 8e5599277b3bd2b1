package dev.aorta.backend;

/**
 * Where a block of pixels and channels lies in an image tensor (N, h, w, c).
 *
 * @param h rows of the whole tensor
 * @param w columns of the whole tensor
 * @param c channels of the whole tensor
 * @param top first row of the block
 * @param left first column of the block
 * @param channel first channel of the block
 */
public record Placement(int h, int w, int c, int top, int left, int channel) {}
