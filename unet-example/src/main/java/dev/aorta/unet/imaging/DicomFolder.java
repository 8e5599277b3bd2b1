package dev.aorta.unet.imaging;

import dev.aorta.io.FormatException;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.stream.Stream;

/**
 * The DICOM files of a folder, sorted into series, each into slices and each of these into phases: by what the files say of place
 * and time, never by their names.
 *
 * @param series by number and identifier
 * @param notes files that are no DICOM images, and phases that stand there twice
 */
public record DicomFolder(List<Series> series, List<String> notes) {
    private static final int MAX_DEPTH = 8;
    private static final int MAX_FILES = 100_000;
    /** Slices nearer than this are one, mm. */
    private static final double SAME_PLACE = 0.05;

    /**
     * A series.
     *
     * @param header of its first picture
     * @param slices from one end of the stack to the other
     */
    public record Series(DicomHeader header, List<Slice> slices) {}

    /**
     * A slice at all its moments.
     *
     * @param place along the normal of its plane, mm; 0 where the files do not say it
     * @param phases by trigger time, and by instance number where that is equal or unknown
     */
    public record Slice(double place, List<DicomHeader> phases) {}

    /**
     * Looks through a folder and those in it.
     *
     * @throws IOException if it cannot be read, or holds no DICOM image
     */
    public static DicomFolder survey(Path folder) throws IOException {
        SortedMap<String, List<DicomHeader>> bySeries = new TreeMap<>();
        List<String> notes = new ArrayList<>();
        List<Path> files;
        try (Stream<Path> all = Files.walk(folder, MAX_DEPTH)) {
            files = all.filter(Files::isRegularFile)
                    .limit(MAX_FILES + 1L)
                    .sorted()
                    .toList();
        }
        if (files.size() > MAX_FILES) {
            throw new FormatException(
                    "%s: more than %,d files; name the folder of a study".formatted(folder, MAX_FILES));
        }
        for (Path file : files) {
            try {
                if (FileKind.of(file) == FileKind.DICOM) {
                    DicomReader reader = DicomReader.open(file);
                    DicomHeader header = reader.header();
                    List<DicomHeader> pictures = reader.pictures();
                    String key = "%010d %s".formatted(header.seriesNumber().orElse(0), header.seriesUid());
                    bySeries.computeIfAbsent(key, k -> new ArrayList<>()).addAll(pictures);
                }
            } catch (DicomException | FormatException e) {
                notes.add(String.valueOf(e.getMessage()));
            }
        }
        if (bySeries.isEmpty()) {
            throw new FormatException(folder + ": there is no DICOM image in it"
                    + (notes.isEmpty() ? "" : " that can be read; " + notes.getFirst()));
        }
        List<Series> series = new ArrayList<>();
        for (List<DicomHeader> pictures : bySeries.values()) {
            series.add(sorted(pictures, notes));
        }
        return new DicomFolder(List.copyOf(series), List.copyOf(notes));
    }

    private static Series sorted(List<DicomHeader> pictures, List<String> notes) {
        List<DicomHeader> byPlace = new ArrayList<>(pictures);
        byPlace.sort(Comparator.comparingDouble(DicomHeader::place));
        List<Slice> slices = new ArrayList<>();
        List<DicomHeader> here = new ArrayList<>();
        for (DicomHeader picture : byPlace) {
            if (!here.isEmpty() && picture.place() - here.getFirst().place() > SAME_PLACE) {
                slices.add(phases(here, notes));
                here = new ArrayList<>();
            }
            here.add(picture);
        }
        slices.add(phases(here, notes));
        return new Series(slices.getFirst().phases().getFirst(), List.copyOf(slices));
    }

    private static Slice phases(List<DicomHeader> here, List<String> notes) {
        here.sort(Comparator.comparingDouble((DicomHeader h) -> h.triggerTime().orElse(0))
                .thenComparingInt(h -> h.moment().orElse(0))
                .thenComparingInt(h -> h.instanceNumber().orElse(0))
                .thenComparing(DicomHeader::source)
                .thenComparingInt(h -> h.frame().orElse(0)));
        Map<String, DicomHeader> moments = new TreeMap<>();
        for (DicomHeader h : here) {
            boolean known = h.triggerTime().isPresent()
                    || (h.frame().isPresent() ? h.moment() : h.instanceNumber()).isPresent();
            DicomHeader other =
                    known ? moments.put(h.triggerTime() + " " + h.moment() + " " + h.instanceNumber(), h) : null;
            if (other != null) {
                notes.add("%s and %s are the same slice at the same time, instance %s"
                        .formatted(
                                other.picture(),
                                h.picture(),
                                h.instanceNumber().isPresent()
                                        ? h.instanceNumber().getAsInt()
                                        : "unknown"));
            }
        }
        return new Slice(here.getFirst().place(), List.copyOf(here));
    }
}
