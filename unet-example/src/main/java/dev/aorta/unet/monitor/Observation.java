package dev.aorta.unet.monitor;

import java.util.Map;

/**
 * What is kept of an image that is watched: numbers from which neither the picture nor a name follows.
 *
 * @param group images of the same are of one patient, who may differ from others as a whole; never empty
 * @param values what is known of it
 * @param embedding mean over the pixels of each channel at the bottom of the network
 */
public record Observation(String group, Map<Feature, Double> values, float[] embedding) {
    /** A feature, or NaN where it is not known. */
    public double value(Feature feature) {
        return values.getOrDefault(feature, Double.NaN);
    }
}
