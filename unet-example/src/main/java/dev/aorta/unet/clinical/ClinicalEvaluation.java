package dev.aorta.unet.clinical;

import dev.aorta.io.Json;
import dev.aorta.unet.clinical.PatientScores.Found;
import dev.aorta.unet.clinical.PatientScores.Level;
import dev.aorta.unet.clinical.PatientScores.Scored;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.SequencedMap;
import java.util.function.Predicate;
import java.util.function.ToDoubleFunction;
import java.util.stream.DoubleStream;
import org.jspecify.annotations.Nullable;

/**
 * The scores of the 2009 MICCAI challenge and those that came after, over patients. A contour that is missed, or is where the expert
 * drew none, counts 0 in every Dice; a distance it has not, so that it is counted beside the mean distances and is never good.
 *
 * @see <a href="http://hdl.handle.net/10380/3070">Radau et al. 2009</a>
 */
public final class ClinicalEvaluation {
    /** Largest average perpendicular distances of good contours, mm: the challenge's program's, and that of the literature. */
    private static final double[] GOOD = {4, 5};

    private static final double HUNDRED = 100;

    private final List<PatientScores> patients;
    private final long seed;

    /** The evaluation of patients, with the seed of the confidence intervals. */
    public ClinicalEvaluation(List<PatientScores> patients, long seed) {
        this.patients = List.copyOf(patients);
        this.seed = seed;
    }

    /** All scores as JSON; what is not defined is null. */
    public Json json() {
        SequencedMap<String, Object> m = new LinkedHashMap<>();
        m.put("patients", patients.size());
        m.putAll(contours(s -> true, true));
        SequencedMap<String, Object> levels = new LinkedHashMap<>();
        for (Level level : Level.values()) {
            levels.put(level.text(), contours(s -> s.level() == level, false));
        }
        m.put("levels", levels);
        SequencedMap<String, Object> volumes = new LinkedHashMap<>();
        volumes.put("edv_ml", agreement(Volumes::edv));
        volumes.put("esv_ml", agreement(Volumes::esv));
        volumes.put("sv_ml", agreement(Volumes::stroke));
        volumes.put("ef_percent", agreement(Volumes::ejection));
        m.put("volumes", volumes);
        m.put("by_patient", patients.stream().map(this::patient).toList());
        m.put("intervals", "95 %%, of %d draws of patients".formatted(Bootstrap.DRAWS));
        return Json.of(m);
    }

    /** Of each patient. */
    public List<PatientScores> patients() {
        return patients;
    }

    /** Contours of the expert's for which there is none. */
    public int missed() {
        return count(patients, s -> true, Found.MISSED);
    }

    /** Contours where the expert drew none. */
    public int spurious() {
        return count(patients, s -> true, Found.SPURIOUS);
    }

    /** Mean of a score over the contours for which it is defined; not a number where there is none. */
    public double mean(ToDoubleFunction<ContourScore> score) {
        return mean(patients, s -> true, s -> score.applyAsDouble(s.score()));
    }

    /** Mean of a score over the contours of a level. */
    public double mean(Level level, ToDoubleFunction<ContourScore> score) {
        return mean(patients, s -> s.level() == level, s -> score.applyAsDouble(s.score()));
    }

    /** Percentage of the expert's contours for which there is one with an average perpendicular distance below 5 mm. */
    public double good() {
        return good(patients, s -> true, GOOD[1]);
    }

    /** The first patient whose ejection fraction by the expert cannot be told from the slices, or null. */
    public @Nullable String withoutVolumes() {
        return patients.stream()
                .filter(p -> !Double.isFinite(p.expert().ejection()))
                .map(PatientScores::patient)
                .findFirst()
                .orElse(null);
    }

    /**
     * Absolute difference of a number from the expert's for each patient.
     *
     * @param undefined difference where the network's is not defined
     */
    public DoubleStream errors(ToDoubleFunction<Volumes> number, double undefined) {
        return patients.stream()
                .mapToDouble(p -> Math.abs(number.applyAsDouble(p.ours()) - number.applyAsDouble(p.expert())))
                .map(e -> Double.isFinite(e) ? e : undefined);
    }

    private SequencedMap<String, Object> contours(Predicate<Scored> which, boolean intervals) {
        SequencedMap<String, Object> m = new LinkedHashMap<>();
        m.put("contours", count(patients, which, Found.BOTH) + count(patients, which, Found.MISSED));
        m.put("missed", count(patients, which, Found.MISSED));
        m.put("spurious", count(patients, which, Found.SPURIOUS));
        put(m, "dice", intervals, all -> mean(all, which, s -> s.score().dice()));
        put(
                m,
                "dice_of_good",
                intervals,
                all -> mean(
                        all, which.and(s -> isGood(s, GOOD[1])), s -> s.score().dice()));
        for (double limit : GOOD) {
            put(m, "good_%.0fmm_percent".formatted(limit), intervals, all -> good(all, which, limit));
        }
        put(m, "apd_mm", intervals, all -> mean(all, which, s -> s.score().perpendicular()));
        put(m, "hausdorff_mm", intervals, all -> mean(all, which, s -> s.score().hausdorff()));
        put(m, "hd95_mm", intervals, all -> mean(all, which, s -> s.score().hausdorff95()));
        put(m, "assd_mm", intervals, all -> mean(all, which, s -> s.score().surface()));
        put(
                m,
                "surface_dice_%.0fmm".formatted(ContourScore.TOLERANCE),
                intervals,
                all -> mean(all, which, s -> s.score().surfaceDice()));
        return m;
    }

    private void put(
            SequencedMap<String, Object> m,
            String name,
            boolean interval,
            ToDoubleFunction<List<PatientScores>> statistic) {
        double value = statistic.applyAsDouble(patients);
        if (!interval) {
            m.put(name, rounded(value));
            return;
        }
        double[] bounds = Bootstrap.interval(patients, seed, statistic);
        SequencedMap<String, Object> with = new LinkedHashMap<>();
        with.put("value", rounded(value));
        with.put("low", rounded(bounds[0]));
        with.put("high", rounded(bounds[1]));
        m.put(name, with);
    }

    private static boolean isGood(Scored s, double limit) {
        return s.score().perpendicular() < limit;
    }

    /** Percentage of the expert's contours for which there is a good one. */
    private static double good(List<PatientScores> patients, Predicate<Scored> which, double limit) {
        long good = stream(patients, which.and(s -> isGood(s, limit))).size();
        return HUNDRED * good / (count(patients, which, Found.BOTH) + count(patients, which, Found.MISSED));
    }

    private static int count(List<PatientScores> patients, Predicate<Scored> which, Found found) {
        return stream(patients, which.and(s -> s.found() == found)).size();
    }

    /** Mean over the contours of all patients for which it is defined. */
    private static double mean(List<PatientScores> patients, Predicate<Scored> which, ToDoubleFunction<Scored> score) {
        return stream(patients, which).stream()
                .mapToDouble(score)
                .filter(d -> !Double.isNaN(d))
                .average()
                .orElse(Double.NaN);
    }

    private static List<Scored> stream(List<PatientScores> patients, Predicate<Scored> which) {
        return patients.stream()
                .flatMap(p -> p.contours().stream())
                .filter(which)
                .toList();
    }

    /** Over the patients in whom it is defined, and how many they are not; of those whose expert's is known. */
    private SequencedMap<String, Object> agreement(ToDoubleFunction<Volumes> number) {
        List<PatientScores> known = patients.stream()
                .filter(p -> Double.isFinite(number.applyAsDouble(p.expert())))
                .toList();
        List<PatientScores> defined = known.stream()
                .filter(p -> Double.isFinite(number.applyAsDouble(p.ours())))
                .toList();
        SequencedMap<String, Object> m = new LinkedHashMap<>();
        m.put("patients", defined.size());
        m.put("undefined", known.size() - defined.size());
        if (!defined.isEmpty()) {
            Agreement a = agreement(defined, number);
            m.put("bias", rounded(a.bias()));
            m.put("limits_low", rounded(a.bias() - Agreement.LIMITS * a.deviation()));
            m.put("limits_high", rounded(a.bias() + Agreement.LIMITS * a.deviation()));
            m.put("correlation", rounded(a.correlation()));
            put(
                    m,
                    "mean_error",
                    true,
                    all -> agreement(all.stream().filter(defined::contains).toList(), number)
                            .error());
        }
        return m;
    }

    private static Agreement agreement(List<PatientScores> patients, ToDoubleFunction<Volumes> number) {
        return Agreement.of(
                patients.stream()
                        .mapToDouble(p -> number.applyAsDouble(p.ours()))
                        .toArray(),
                patients.stream()
                        .mapToDouble(p -> number.applyAsDouble(p.expert()))
                        .toArray());
    }

    private SequencedMap<String, Object> patient(PatientScores p) {
        SequencedMap<String, Object> m = new LinkedHashMap<>();
        List<PatientScores> one = new ArrayList<>(List.of(p));
        m.put("patient", p.patient());
        m.put("contours", count(one, s -> true, Found.BOTH) + count(one, s -> true, Found.MISSED));
        m.put("missed", count(one, s -> true, Found.MISSED));
        m.put("spurious", count(one, s -> true, Found.SPURIOUS));
        m.put("dice", rounded(mean(one, s -> true, s -> s.score().dice())));
        m.put("apd_mm", rounded(mean(one, s -> true, s -> s.score().perpendicular())));
        both(m, "edv_ml", p, Volumes::edv);
        both(m, "esv_ml", p, Volumes::esv);
        both(m, "sv_ml", p, Volumes::stroke);
        both(m, "ef_percent", p, Volumes::ejection);
        return m;
    }

    private static void both(
            SequencedMap<String, Object> m, String name, PatientScores p, ToDoubleFunction<Volumes> number) {
        m.put(name, rounded(number.applyAsDouble(p.ours())));
        m.put("expert_" + name, rounded(number.applyAsDouble(p.expert())));
    }

    private static @Nullable Double rounded(double value) {
        return Double.isFinite(value) ? Math.round(value * 1e4) / 1e4 : null;
    }
}
