package dev.aorta.unet.imaging;

import dev.aorta.data.Example;
import dev.aorta.io.FormatException;
import org.jspecify.annotations.Nullable;

/**
 * What is known of where a slice comes from.
 *
 * @param patient whom it shows, by name or pseudonym; empty where it is not known
 * @param spacing of the pixels, or null where it is not known
 * @param place of the slice along its stack, mm; NaN where it is not known
 * @param phase of the beat, counted from 0; -1 where it is not known
 */
public record SliceOrigin(String patient, @Nullable PixelSpacing spacing, double place, int phase) {
    /** Of nothing but pixels. */
    public static final SliceOrigin UNKNOWN = new SliceOrigin("", null, Double.NaN, -1);

    private static final String PATIENT = "patient";
    private static final String PLACE = "place";
    private static final String PHASE = "phase";

    /** Whether it says where in the ventricle and when in the beat the slice is. */
    public boolean isPlaced() {
        return !Double.isNaN(place) && phase >= 0;
    }

    /** The same of somebody by another name. */
    SliceOrigin of(String name) {
        return new SliceOrigin(name, spacing, place, phase);
    }

    /** The same of pixels of another size, or of one that is not known. */
    SliceOrigin spaced(@Nullable PixelSpacing other) {
        return new SliceOrigin(patient, other, place, phase);
    }

    /** Adds the features of what is known. */
    void write(Example.Builder example) {
        if (!patient.isEmpty()) {
            example.text(PATIENT, patient);
        }
        if (spacing != null) {
            example.floats(SliceRecord.SPACING, (float) spacing.row(), (float) spacing.column());
        }
        if (isPlaced()) {
            example.floats(PLACE, (float) place).ints(PHASE, phase);
        }
    }

    /**
     * What a record says; a patient, place or phase that cannot be read is not known.
     *
     * @throws FormatException if it says a size of pixels that cannot be
     */
    static SliceOrigin of(Example example) throws FormatException {
        float[] place = floats(example, PLACE);
        return new SliceOrigin(
                patient(example),
                SliceRecord.spacing(example),
                place.length == 1 && Float.isFinite(place[0]) ? place[0] : Double.NaN,
                phase(example));
    }

    private static float[] floats(Example example, String name) {
        try {
            return example.names().contains(name) ? example.floats(name) : new float[0];
        } catch (FormatException e) {
            return new float[0];
        }
    }

    private static String patient(Example example) {
        try {
            return example.names().contains(PATIENT) ? example.text(PATIENT) : "";
        } catch (FormatException e) {
            return "";
        }
    }

    private static int phase(Example example) {
        try {
            long[] phase = example.names().contains(PHASE) ? example.ints(PHASE) : new long[0];
            return phase.length == 1 && phase[0] >= 0 && phase[0] < 1 << 16 ? (int) phase[0] : -1;
        } catch (FormatException e) {
            return -1;
        }
    }
}
