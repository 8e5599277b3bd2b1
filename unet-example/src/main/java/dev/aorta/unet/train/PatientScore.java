package dev.aorta.unet.train;

import dev.aorta.io.FormatException;
import dev.aorta.io.Json;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.SequencedMap;
import java.util.SortedMap;
import java.util.TreeMap;

/**
 * How good a network is on the slices of a patient.
 *
 * @param patient whose slices they are
 * @param images how many
 * @param dice mean over the images of the hard Dice of class 1, smooth 1
 * @param worst lowest of them
 * @param missed images with a label in which the network marked nothing; their Dice is nearly 0
 */
public record PatientScore(String patient, int images, double dice, double worst, int missed) {
    /** The patients of slices, by name. */
    public static List<PatientScore> of(List<SliceScore> slices, PatientFolds patients) throws FormatException {
        SortedMap<String, List<SliceScore>> byPatient = new TreeMap<>();
        for (SliceScore slice : slices) {
            byPatient
                    .computeIfAbsent(patients.patientOf(slice.name()), p -> new ArrayList<>())
                    .add(slice);
        }
        List<PatientScore> scores = new ArrayList<>();
        byPatient.forEach((patient, of) -> scores.add(new PatientScore(
                patient,
                of.size(),
                of.stream().mapToDouble(SliceScore::dice).average().orElseThrow(),
                of.stream().mapToDouble(SliceScore::dice).min().orElseThrow(),
                (int) of.stream()
                        .filter(s -> s.expert() > 0 && s.network() == 0)
                        .count())));
        return scores;
    }

    /** Mean over all images. */
    public static double mean(List<PatientScore> scores) {
        double sum = 0;
        int images = 0;
        for (PatientScore score : scores) {
            sum += score.dice * score.images;
            images += score.images;
        }
        return sum / images;
    }

    /** The patient of the lowest dice. */
    public static PatientScore worst(List<PatientScore> scores) {
        return scores.stream()
                .min(Comparator.comparingDouble(PatientScore::dice))
                .orElseThrow();
    }

    /** This score as JSON. */
    public Json toJson() {
        SequencedMap<String, Object> m = new LinkedHashMap<>();
        m.put("patient", patient);
        m.put("images", images);
        m.put("dice", dice);
        m.put("worst_image", worst);
        m.put("missed", missed);
        return Json.of(m);
    }

    /** The score that {@link #toJson} gives. */
    public static PatientScore of(Json json) throws FormatException {
        return new PatientScore(
                json.get("patient").asText(),
                json.get("images").asInt(),
                json.get("dice").asDouble(),
                json.get("worst_image").asDouble(),
                json.get("missed").asInt());
    }
}
