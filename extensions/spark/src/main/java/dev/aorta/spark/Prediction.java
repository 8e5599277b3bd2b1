package dev.aorta.spark;

import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * What a network says of one image, or of the images in a folder.
 *
 * @param mask bytes of a PNG file, or of another one of which {@link AortaTransformer#files(String, String)} knows the extension; null where
 *     there is none
 * @param areaMm2 of what the mask covers, mm², or null where the image does not say how large its pixels are
 * @param more values of the columns that {@link AortaTransformer#columns} names, in their order
 */
public record Prediction(byte @Nullable [] mask, @Nullable Double areaMm2, List<? extends @Nullable Object> more) {
    /**
     * A mask without further columns.
     *
     * @param mask bytes of a PNG file
     * @param areaMm2 of what it covers, mm², or null where the image does not say how large its pixels are
     */
    public Prediction(byte[] mask, @Nullable Double areaMm2) {
        this(mask, areaMm2, List.of());
    }
}
