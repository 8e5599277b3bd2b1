package dev.aorta.unet.serve;

import dev.aorta.unet.clinical.Tracing;
import dev.aorta.unet.imaging.Fit;
import dev.aorta.unet.imaging.Pseudonyms;
import java.util.SequencedMap;
import org.jspecify.annotations.Nullable;

/**
 * What is served, and how slices are taken.
 *
 * @param models versions that are loaded first, by the model's name; the first model answers who names none
 * @param fit what becomes of slices of another size than the network takes
 * @param cavity class of the left ventricle's cavity, or null: 1 of a model of two classes
 * @param myocardium class of its wall, or null
 * @param names that patients get in what is made of their images
 * @param program its version
 */
public record SegmentOptions(
        SequencedMap<String, String> models,
        Fit fit,
        @Nullable Integer cavity,
        @Nullable Integer myocardium,
        Pseudonyms names,
        String program) {
    /**
     * Which classes of a network are what.
     *
     * @throws IllegalArgumentException when nothing says it
     */
    Tracing.Classes classes(int count) {
        return Tracing.Classes.of(count, cavity, myocardium);
    }
}
