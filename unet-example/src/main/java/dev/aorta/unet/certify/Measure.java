package dev.aorta.unet.certify;

import dev.aorta.unet.train.Evaluation;
import java.util.Locale;
import java.util.function.ToDoubleFunction;
import org.jspecify.annotations.Nullable;

/** What can be required. */
enum Measure {
    /** Mean Dice over the slices. */
    DICE(Evaluation::dice, null),
    /** Mean Dice of the patient for whom it is lowest. */
    WORST_PATIENT_DICE(e -> e.worstPatient().getValue(), null),
    /** Dice of the slice for which it is lowest. */
    WORST_SLICE_DICE(e -> e.worst().dice(), null),
    /** Expected calibration error of the pixels around the heart. */
    CALIBRATION_ERROR(e -> e.calibrationError(), null),
    /** Milliseconds for a slice, the middle one. */
    LATENCY_P50_MS(null, l -> l.percentile(50)),
    /** Milliseconds for a slice, which one of 100 exceeds. */
    LATENCY_P99_MS(null, l -> l.percentile(99)),
    /** Milliseconds to load the model and get the first mask, in a process that runs. */
    COLD_START_MS(null, Latency::coldStart),
    /** Highest use of Java's heap over the slices, MiB. */
    PEAK_MEMORY_MB(null, Latency::peakMemory),
    /** Slices in a second, one after the other. */
    THROUGHPUT_PER_S(null, Latency::throughput);

    private final @Nullable ToDoubleFunction<Evaluation> ofMasks;
    private final @Nullable ToDoubleFunction<Latency> ofTimes;

    Measure(@Nullable ToDoubleFunction<Evaluation> ofMasks, @Nullable ToDoubleFunction<Latency> ofTimes) {
        this.ofMasks = ofMasks;
        this.ofTimes = ofTimes;
    }

    String text() {
        return name().toLowerCase(Locale.ROOT);
    }

    /** Whether it is of masks, and not of times. */
    boolean functional() {
        return ofMasks != null;
    }

    /** Its value, from the evidence that it needs. */
    double of(@Nullable Evaluation evaluation, @Nullable Latency latency) {
        if (ofMasks != null && evaluation != null) {
            return ofMasks.applyAsDouble(evaluation);
        }
        if (ofTimes != null && latency != null) {
            return ofTimes.applyAsDouble(latency);
        }
        throw new IllegalArgumentException("there is no evidence of " + text());
    }
}
