package dev.aorta.unet.certify;

import dev.aorta.io.FormatException;
import dev.aorta.unet.clinical.ClinicalEvaluation;
import dev.aorta.unet.clinical.ContourScore;
import dev.aorta.unet.clinical.Evaluation;
import dev.aorta.unet.clinical.PatientScores.Level;
import dev.aorta.unet.clinical.Volumes;
import java.util.Locale;
import org.jspecify.annotations.Nullable;

/** What can be required. */
enum Measure {
    /** Mean Dice over the slices. */
    DICE((Masks) Evaluation::dice),
    /** Mean Dice of the patient for whom it is lowest. */
    WORST_PATIENT_DICE((Masks) e -> e.worstPatient().getValue()),
    /** Dice of the slice for which it is lowest. */
    WORST_SLICE_DICE((Masks) e -> e.worst().dice()),
    /** Expected calibration error of the pixels around the heart. */
    CALIBRATION_ERROR((Masks) Evaluation::calibrationError),
    /** Slices with a heart of which nothing was found. */
    MISSED((Masks) Evaluation::missed),
    /** Slices without a heart where one was found. */
    SPURIOUS((Masks) Evaluation::spurious),

    /** Average perpendicular distance, mm. */
    APD_MM((Contours) c -> c.mean(ContourScore::perpendicular)),
    /** The larger of both directions' 95th percentiles of the distances, mm. */
    HD95_MM((Contours) c -> c.mean(ContourScore::hausdorff95)),
    /** Share of both outlines within 2 mm of the other. */
    SURFACE_DICE((Contours) c -> c.mean(ContourScore::surfaceDice)),
    /** Contours with an average perpendicular distance below 5 mm, %. */
    GOOD_CONTOURS_PERCENT((Contours) ClinicalEvaluation::good),

    /** Dice of the contours at the base, a third of the slices. */
    DICE_BASE((Ventricles) c -> c.mean(Level.BASE, ContourScore::dice)),
    /** Dice of the contours in the middle. */
    DICE_MID((Ventricles) c -> c.mean(Level.MID, ContourScore::dice)),
    /** Dice of the contours at the apex. */
    DICE_APEX((Ventricles) c -> c.mean(Level.APEX, ContourScore::dice)),
    /** Mean absolute difference of the ejection fraction from the expert's, points; 100 where it is not defined. */
    EF_ERROR((Ventricles) c -> c.errors(Volumes::ejection, 100).average().orElse(Double.NaN)),
    /** The same of the patient for whom it is largest. */
    WORST_PATIENT_EF_ERROR(
            (Ventricles) c -> c.errors(Volumes::ejection, 100).max().orElse(Double.NaN)),
    /** Mean absolute difference of the end-diastolic volume from the expert's, ml. */
    EDV_ERROR_ML((Ventricles) c -> c.errors(Volumes::edv, Double.NaN).average().orElse(Double.NaN)),
    /** Mean absolute difference of the end-systolic volume from the expert's, ml. */
    ESV_ERROR_ML((Ventricles) c -> c.errors(Volumes::esv, Double.NaN).average().orElse(Double.NaN)),

    /** Milliseconds for a slice, the middle one. */
    LATENCY_P50_MS((Times) l -> l.percentile(50)),
    /** Milliseconds for a slice, which one of 100 exceeds. */
    LATENCY_P99_MS((Times) l -> l.percentile(99)),
    /** Milliseconds to load the model and get the first mask, in a process that runs. */
    COLD_START_MS((Times) Latency::coldStart),
    /** Highest use of Java's heap over the slices, MiB. */
    PEAK_MEMORY_MB((Times) Latency::peakMemory),
    /** Slices in a second, one after the other. */
    THROUGHPUT_PER_S((Times) Latency::throughput);

    private sealed interface Source {}

    private non-sealed interface Masks extends Source {
        double of(Evaluation evaluation);
    }

    private non-sealed interface Contours extends Source {
        double of(ClinicalEvaluation evaluation);
    }

    private non-sealed interface Ventricles extends Source {
        double of(ClinicalEvaluation evaluation);
    }

    private non-sealed interface Times extends Source {
        double of(Latency latency);
    }

    private final Source source;

    Measure(Source source) {
        this.source = source;
    }

    String text() {
        return name().toLowerCase(Locale.ROOT);
    }

    /** Whether it is of masks, and not of times. */
    boolean functional() {
        return !(source instanceof Times);
    }

    /**
     * Its value, from the evidence that it needs.
     *
     * @return not a number where the network found nothing that could be measured
     * @throws FormatException if the slices do not say what it needs
     */
    double of(@Nullable Evaluation evaluation, @Nullable Latency latency) throws FormatException {
        if (source instanceof Times times && latency != null) {
            return times.of(latency);
        }
        if (evaluation == null) {
            throw new FormatException("there is no evidence of " + text());
        }
        try {
            return switch (source) {
                case Masks masks -> masks.of(evaluation);
                case Contours contours -> contours.of(evaluation.clinical(0));
                case Ventricles ventricles -> ventricles.of(placed(evaluation.clinical(0)));
                case Times times -> throw new FormatException("there is no evidence of it");
            };
        } catch (FormatException e) {
            throw new FormatException(text() + ": " + e.getMessage(), e);
        }
    }

    private static ClinicalEvaluation placed(ClinicalEvaluation evaluation) throws FormatException {
        String patient = evaluation.withoutVolumes();
        if (patient != null) {
            throw new FormatException("the slices of '" + patient
                    + "' do not say their place in the ventricle at two phases of the beat; prepare the data from a"
                    + " DICOM cine with this version");
        }
        return evaluation;
    }
}
