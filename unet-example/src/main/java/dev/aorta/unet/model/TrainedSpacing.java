package dev.aorta.unet.model;

import dev.aorta.io.FormatException;
import dev.aorta.io.Json;
import dev.aorta.unet.imaging.PixelSpacing;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.SequencedMap;
import java.util.stream.DoubleStream;

/**
 * How large the pixels of the slices were that a network was trained on.
 *
 * @param median of the distances between rows, and of those between columns
 * @param least of all these distances, mm
 * @param most of all these distances, mm
 */
public record TrainedSpacing(PixelSpacing median, double least, double most) {
    /** Pixels by this factor smaller or larger than any of the training are others. */
    private static final double FAR = 1.25;

    /** That of slices, at least one. */
    public static TrainedSpacing of(List<PixelSpacing> slices) {
        return new TrainedSpacing(
                new PixelSpacing(
                        median(slices.stream().mapToDouble(PixelSpacing::row)),
                        median(slices.stream().mapToDouble(PixelSpacing::column))),
                slices.stream()
                        .mapToDouble(s -> Math.min(s.row(), s.column()))
                        .min()
                        .orElseThrow(),
                slices.stream()
                        .mapToDouble(s -> Math.max(s.row(), s.column()))
                        .max()
                        .orElseThrow());
    }

    /** That of the slices of several trainings, at least one: the median of their medians. */
    static TrainedSpacing around(List<TrainedSpacing> trainings) {
        return new TrainedSpacing(
                of(trainings.stream().map(TrainedSpacing::median).toList()).median,
                trainings.stream().mapToDouble(TrainedSpacing::least).min().orElseThrow(),
                trainings.stream().mapToDouble(TrainedSpacing::most).max().orElseThrow());
    }

    private static double median(DoubleStream values) {
        double[] sorted = values.sorted().toArray();
        return sorted[sorted.length / 2];
    }

    /** Whether pixels are smaller or larger than those of the training by more than a quarter. */
    public boolean isFar(PixelSpacing other) {
        return Math.min(other.row(), other.column()) * FAR < least
                || Math.max(other.row(), other.column()) > most * FAR;
    }

    /** As JSON. */
    Json toJson() {
        SequencedMap<String, Object> m = new LinkedHashMap<>();
        m.put("row", median.row());
        m.put("column", median.column());
        m.put("least", least);
        m.put("most", most);
        return Json.of(m);
    }

    /**
     * What {@link #toJson} gives.
     *
     * @throws FormatException if a member is missing or no number
     * @throws IllegalArgumentException if a number is no length
     */
    static TrainedSpacing of(Json json) throws FormatException {
        double[] mm = new double[4];
        String[] names = {"row", "column", "least", "most"};
        for (int i = 0; i < mm.length; i++) {
            mm[i] = json.get(names[i]).asDouble();
        }
        if (Arrays.stream(mm).anyMatch(v -> v < mm[2] || v > mm[3])) {
            throw new IllegalArgumentException("a spacing of " + json.compact() + " cannot be");
        }
        return new TrainedSpacing(new PixelSpacing(mm[0], mm[1]), mm[2], mm[3]);
    }

    /** Such as 1.37 x 1.37 mm (1.17 to 1.56). */
    @Override
    public String toString() {
        return least == most ? median.toString() : "%s (%s to %s)".formatted(median, least, most);
    }
}
