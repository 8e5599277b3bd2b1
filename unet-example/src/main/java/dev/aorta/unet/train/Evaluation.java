package dev.aorta.unet.train;

import dev.aorta.explain.Calibration;
import dev.aorta.io.FormatException;
import dev.aorta.io.Json;
import dev.aorta.unet.imaging.LabelledSlice;
import java.io.IOException;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.SequencedMap;
import java.util.stream.Collectors;

/**
 * How good a network is on a data set, slice by slice: the evidence from which all its means follow.
 *
 * @param slices in the order of the file
 * @param calibration of the pixels in the box around the network's and the expert's mask, wider by 8 pixels on each side: far
 *     from them there is nothing to be unsure of. Where both are empty it is the whole slice
 */
public record Evaluation(List<SliceScore> slices, List<Calibration.Point> calibration) {
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

    /** Runs a network over all slices; in memory is one at a time. */
    public static Evaluation of(Segmenter segmenter, SliceDataset data, Change change) throws IOException {
        Calibration calibration = new Calibration(15);
        List<SliceScore> scores = new ArrayList<>();
        for (int i = 0; i < data.size(); i++) {
            LabelledSlice slice = change.of(data.slice(i), i);
            Segmenter.Prediction p = segmenter.predict(
                    data.file() + ", record " + i, slice.rows(), slice.columns(), SliceResult.grey(slice));
            calibration.add(p.probabilities(), labelsAround(slice, p.mask()));
            scores.add(new SliceScore(
                    i,
                    SliceResult.name(slice, i),
                    SliceResult.dice(p.mask(), slice.label()),
                    SliceResult.area(slice.label()),
                    SliceResult.area(p.mask())));
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
        return slices.stream().mapToDouble(SliceScore::dice).average().orElse(Double.NaN);
    }

    /** The slice of the lowest Dice. */
    public SliceScore worst() {
        return slices.stream().min(Comparator.comparingDouble(SliceScore::dice)).orElseThrow();
    }

    /** Mean Dice of each patient: what stands before the first slash of a slice's name, or the whole of it. */
    public SequencedMap<String, Double> patients() {
        return slices.stream()
                .collect(Collectors.groupingBy(
                        s -> s.name().split("/", 2)[0],
                        LinkedHashMap::new,
                        Collectors.averagingDouble(SliceScore::dice)));
    }

    /** The patient of the lowest Dice. */
    public Map.Entry<String, Double> worstPatient() {
        return patients().entrySet().stream().min(Map.Entry.comparingByValue()).orElseThrow();
    }

    /** Everything, as JSON. */
    public Json toJson() {
        List<Object> rows = new ArrayList<>();
        for (SliceScore s : slices) {
            SequencedMap<String, Object> row = new LinkedHashMap<>();
            row.put("name", s.name());
            row.put("dice", s.dice());
            row.put("expert", s.expert());
            row.put("network", s.network());
            rows.add(row);
        }
        SequencedMap<String, Object> m = new LinkedHashMap<>();
        m.put("slices", rows);
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
        List<SliceScore> scores = new ArrayList<>();
        for (Json row : json.get("slices").asList()) {
            scores.add(new SliceScore(
                    scores.size(),
                    row.get("name").asText(),
                    row.get("dice").asDouble(),
                    row.get("expert").asInt(),
                    row.get("network").asInt()));
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
