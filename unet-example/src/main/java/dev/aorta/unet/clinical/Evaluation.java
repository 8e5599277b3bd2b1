package dev.aorta.unet.clinical;

import dev.aorta.explain.Calibration;
import dev.aorta.io.FormatException;
import dev.aorta.io.Json;
import dev.aorta.unet.imaging.LabelledSlice;
import dev.aorta.unet.train.Segmenter;
import dev.aorta.unet.train.SliceDataset;
import dev.aorta.unet.train.SliceResult;
import java.io.IOException;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.SequencedMap;
import java.util.function.Predicate;
import java.util.stream.Collectors;

/**
 * How good a network is on a data set, slice by slice: the evidence from which all its means follow.
 *
 * @param slices in the order of the file
 * @param calibration of the pixels in the box around the network's and the expert's mask, wider by 8 pixels on each side: far
 *     from them there is nothing to be unsure of. Where both are empty it is the whole slice
 */
public record Evaluation(List<EvaluatedSlice> slices, List<Calibration.Point> calibration) {
    private static final int MARGIN = 8;

    public Evaluation {
        slices = List.copyOf(slices);
        calibration = List.copyOf(calibration);
    }

    /** What is done to a slice before the network sees it. */
    @FunctionalInterface
    public interface Change {
        /** The slice that takes the place of {@code slice}, which is record {@code index} of its file. */
        LabelledSlice of(LabelledSlice slice, int index) throws IOException;
    }

    /**
     * Runs a network over all slices; in memory is one at a time.
     *
     * @param cavity class of the left ventricle's cavity, for what is measured in mm
     */
    public static Evaluation of(Segmenter segmenter, SliceDataset data, int cavity, Change change) throws IOException {
        Calibration calibration = new Calibration(15);
        List<EvaluatedSlice> scores = new ArrayList<>();
        for (int i = 0; i < data.size(); i++) {
            LabelledSlice slice = change.of(data.slice(i), i);
            Segmenter.Prediction p = segmenter.predict(
                    data.file() + ", record " + i, slice.rows(), slice.columns(), SliceResult.grey(slice));
            calibration.add(p.probabilities(), labelsAround(slice, p.mask()));
            String name = SliceResult.name(slice, i);
            String patient = slice.patient();
            scores.add(new EvaluatedSlice(
                    name,
                    patient.isEmpty() ? name : patient,
                    SliceResult.dice(p.mask(), slice.label()),
                    SliceResult.area(slice.label()),
                    SliceResult.area(p.mask()),
                    EvaluatedSlice.InMillimetres.of(slice, p.mask(), cavity)));
        }
        return new Evaluation(scores, calibration.curve());
    }

    /** The expert's classes in the box around both masks, -1 elsewhere. */
    private static int[] labelsAround(LabelledSlice slice, byte[] mask) {
        int columns = slice.columns();
        int top = slice.rows();
        int bottom = -1;
        int left = columns;
        int right = -1;
        for (int i = 0; i < mask.length; i++) {
            if (slice.label()[i] != 0 || mask[i] != 0) {
                top = Math.min(top, i / columns);
                bottom = Math.max(bottom, i / columns);
                left = Math.min(left, i % columns);
                right = Math.max(right, i % columns);
            }
        }
        int[] labels = new int[mask.length];
        for (int i = 0; i < labels.length; i++) {
            boolean beyondRows = i / columns < top - MARGIN || i / columns > bottom + MARGIN;
            boolean beyondColumns = i % columns < left - MARGIN || i % columns > right + MARGIN;
            labels[i] = bottom >= 0 && (beyondRows || beyondColumns) ? -1 : slice.label()[i];
        }
        return labels;
    }

    /** Expected calibration error. */
    public double calibrationError() {
        return Calibration.error(calibration);
    }

    /** Mean Dice over the slices. */
    public double dice() {
        return slices.stream().mapToDouble(EvaluatedSlice::dice).average().orElse(Double.NaN);
    }

    /** The slice of the lowest Dice. */
    public EvaluatedSlice worst() {
        return slices.stream()
                .min(Comparator.comparingDouble(EvaluatedSlice::dice))
                .orElseThrow();
    }

    /** Slices in which the expert marked something and the network nothing. */
    public int missed() {
        return count(s -> s.expert() > 0 && s.network() == 0);
    }

    /** Slices in which the network marked something and the expert nothing. */
    public int spurious() {
        return count(s -> s.expert() == 0 && s.network() > 0);
    }

    private int count(Predicate<EvaluatedSlice> which) {
        return (int) slices.stream().filter(which).count();
    }

    /** Whether all slices say how large their pixels are. */
    public boolean isScaled() {
        return slices.stream().allMatch(s -> s.inMillimetres() != null);
    }

    /**
     * The contours and volumes of the patients.
     *
     * @param seed of the confidence intervals
     * @throws FormatException if a slice does not say how large its pixels are
     */
    public ClinicalEvaluation clinical(long seed) throws FormatException {
        SequencedMap<String, List<EvaluatedSlice>> patients = new LinkedHashMap<>();
        for (EvaluatedSlice slice : slices) {
            if (slice.inMillimetres() == null) {
                throw new FormatException("the slice '" + slice.name()
                        + "' does not say how large its pixels are, which distances in mm need; prepare the data from DICOM or"
                        + " NIfTI files with this version");
            }
            patients.computeIfAbsent(slice.patient(), p -> new ArrayList<>()).add(slice);
        }
        List<PatientScores> scores = new ArrayList<>();
        patients.forEach((patient, of) -> scores.add(PatientScores.of(patient, of)));
        return new ClinicalEvaluation(scores, seed);
    }

    /** Mean Dice of each patient. */
    public SequencedMap<String, Double> patients() {
        return slices.stream()
                .collect(Collectors.groupingBy(
                        EvaluatedSlice::patient, LinkedHashMap::new, Collectors.averagingDouble(EvaluatedSlice::dice)));
    }

    /** The patient of the lowest Dice. */
    public Map.Entry<String, Double> worstPatient() {
        return patients().entrySet().stream().min(Map.Entry.comparingByValue()).orElseThrow();
    }

    /** Everything, as JSON. */
    public Json toJson() {
        SequencedMap<String, Object> m = new LinkedHashMap<>();
        m.put("slices", slices.stream().map(EvaluatedSlice::toJson).toList());
        List<Object> points = new ArrayList<>();
        for (Calibration.Point p : calibration) {
            SequencedMap<String, Object> point = new LinkedHashMap<>();
            point.put("pixels", p.count());
            point.put("confidence", p.confidence());
            point.put("accuracy", p.accuracy());
            points.add(point);
        }
        m.put("calibration", points);
        return Json.of(m);
    }

    /** What {@link #toJson} gives. */
    public static Evaluation of(Json json) throws FormatException {
        List<EvaluatedSlice> scores = new ArrayList<>();
        for (Json row : json.get("slices").asList()) {
            scores.add(EvaluatedSlice.of(row));
        }
        List<Calibration.Point> calibration = new ArrayList<>();
        for (Json point : json.get("calibration").asList()) {
            calibration.add(new Calibration.Point(
                    point.get("pixels").asLong(),
                    point.get("confidence").asDouble(),
                    point.get("accuracy").asDouble()));
        }
        return new Evaluation(scores, calibration);
    }
}
