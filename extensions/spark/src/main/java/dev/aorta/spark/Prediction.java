package dev.aorta.spark;

import org.jspecify.annotations.Nullable;

/**
 * What a network says of one image.
 *
 * @param mask bytes of a PNG file
 * @param areaMm2 of what the mask covers, mm², or null where the image does not say how large its pixels are
 */
public record Prediction(byte[] mask, @Nullable Double areaMm2) {}
