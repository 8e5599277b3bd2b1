package dev.aorta.unet.imaging;

import dev.aorta.io.FormatException;
import dev.aorta.unet.imaging.CineStack.Frame;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.OptionalDouble;
import java.util.OptionalInt;
import java.util.TreeMap;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;

/** Finds the {@link CineStack} in a folder of DICOM files: the series of several slices, or several series of one slice each. */
final class CineFolder {
    private static final String ENHANCED_MR = "1.2.840.10008.5.1.4.1.1.4.1";
    /** Least cosine between the normals of parallel planes: 1°. */
    private static final double PARALLEL = Math.cos(Math.toRadians(1));
    /** Distances over this many times the usual one are noted. */
    private static final double WIDE = 1.5;

    private final Path folder;
    private final List<String> notes;
    private @Nullable DicomReader last;

    private CineFolder(Path folder, List<String> notes) {
        this.folder = folder;
        this.notes = new ArrayList<>(notes);
    }

    static CineStack read(Path folder, OptionalInt series) throws IOException {
        DicomFolder survey = DicomFolder.survey(folder);
        CineFolder found = new CineFolder(folder, survey.notes());
        return found.stack(found.choose(survey.series(), series));
    }

    /** The slices of the one stack, in order. */
    private List<DicomFolder.Slice> choose(List<DicomFolder.Series> all, OptionalInt number) throws IOException {
        List<DicomFolder.Series> candidates = all.stream()
                .filter(s -> number.isEmpty() || s.header().seriesNumber().equals(number))
                .toList();
        List<List<DicomFolder.Slice>> stacks = new ArrayList<>();
        for (DicomFolder.Series s : candidates) {
            if (s.slices().size() > 1 && isParallel(s.slices()) || candidates.size() == 1) {
                stacks.add(s.slices());
            }
        }
        if (stacks.isEmpty()) {
            stacks.addAll(merged(candidates));
        }
        if (stacks.size() != 1) {
            String list = all.stream().map(CineFolder::describe).collect(Collectors.joining("; "));
            throw new FormatException("%s: %s; name one with --series. There are %s"
                    .formatted(
                            folder,
                            stacks.isEmpty()
                                    ? "no series is a stack of parallel slices"
                                    : stacks.size() + " series are stacks of parallel slices",
                            list));
        }
        return stacks.getFirst();
    }

    private static String describe(DicomFolder.Series s) {
        return "series %s of %d slices, %d x %d pixels"
                .formatted(
                        s.header().seriesNumber().isPresent()
                                ? s.header().seriesNumber().getAsInt()
                                : "without number",
                        s.slices().size(),
                        s.header().rows(),
                        s.header().columns());
    }

    /** Stacks of series that hold one slice each, as some scanners store them. */
    private static List<List<DicomFolder.Slice>> merged(List<DicomFolder.Series> all) {
        List<List<DicomFolder.Slice>> stacks = new ArrayList<>();
        for (DicomFolder.Series s : all) {
            List<DicomFolder.Slice> fitting = stacks.stream()
                    .filter(stack ->
                            isParallel(List.of(stack.getFirst(), s.slices().getFirst())))
                    .findFirst()
                    .orElseGet(() -> {
                        stacks.add(new ArrayList<>());
                        return stacks.getLast();
                    });
            fitting.addAll(s.slices());
        }
        stacks.removeIf(stack -> stack.size() < 2);
        stacks.forEach(stack -> stack.sort(Comparator.comparingDouble(DicomFolder.Slice::place)));
        return stacks;
    }

    private static boolean isParallel(List<DicomFolder.Slice> slices) {
        DicomHeader first = slices.getFirst().phases().getFirst();
        return slices.stream().flatMap(s -> s.phases().stream()).allMatch(h -> {
            if (!h.isPlaced() || !first.isPlaced()) {
                return false;
            }
            double cosine = 0;
            for (int axis = 0; axis < 3; axis++) {
                cosine += h.normal()[axis] * first.normal()[axis];
            }
            return cosine > PARALLEL;
        });
    }

    private CineStack stack(List<DicomFolder.Slice> slices) throws IOException {
        List<List<Frame>> frames = new ArrayList<>();
        for (DicomFolder.Slice slice : slices) {
            frames.add(frames(slice));
        }
        List<Frame> all = CineStack.all(frames);
        int rows = CineStack.common(all, "rows", DicomHeader::rows);
        int columns = CineStack.common(all, "columns", DicomHeader::columns);
        OptionalDouble rowSpacing = CineStack.common(all, "row spacing", DicomHeader::rowSpacing);
        OptionalDouble columnSpacing = CineStack.common(all, "column spacing", DicomHeader::columnSpacing);
        String patient = CineStack.common(all, "patient", DicomHeader::patientId);
        CineStack.common(all, "study", h -> h.reference().study());
        DicomHeader first = all.getFirst().header();
        if (rowSpacing.isEmpty() || columnSpacing.isEmpty()) {
            throw new FormatException(first.source() + ": it does not say how large its pixels are; volumes need it");
        }
        List<List<Frame>> even = even(frames);
        double[] places = slices.stream().mapToDouble(DicomFolder.Slice::place).toArray();
        noteGaps(places);
        return new CineStack(
                folder.toString(),
                patient.isEmpty() ? String.valueOf(folder.toAbsolutePath().getFileName()) : patient,
                rows,
                columns,
                rowSpacing.getAsDouble(),
                columnSpacing.getAsDouble(),
                places,
                thickness(first, places),
                even.getFirst().size(),
                times(even),
                direction(first, 0),
                direction(first, 3),
                even,
                List.copyOf(notes),
                (slice, phase) -> grey(even.get(slice).get(phase)));
    }

    private static List<Frame> frames(DicomFolder.Slice slice) throws IOException {
        List<Frame> frames = new ArrayList<>();
        for (DicomHeader h : slice.phases()) {
            if (!h.modality().isEmpty() && !h.modality().equals("MR")) {
                throw new FormatException("%s: an image of modality %s; only magnetic resonance, MR, is measured"
                        .formatted(h.source(), h.modality()));
            }
            if (h.frame().isPresent()) {
                if (!h.isPlaced()) {
                    throw new FormatException(
                            h.picture() + ": its functional groups do not say where it lies and how it is turned");
                }
                frames.add(new Frame(h, h.frame().getAsInt()));
                continue;
            }
            if (h.frames() > 1
                    && (h.reference().sopClass().equals(ENHANCED_MR)
                            || slice.phases().size() > 1)) {
                throw new FormatException(h.source()
                        + ": an image of several frames without functional groups (5200,9230) that say where each lies;"
                        + " store it as classic MR images");
            }
            for (int frame = 0; frame < h.frames(); frame++) {
                frames.add(new Frame(h, frame));
            }
        }
        return frames;
    }

    /** Every slice at as many phases as most have; what has others gives those that are nearest in time. */
    private List<List<Frame>> even(List<List<Frame>> frames) throws IOException {
        Map<Integer, Long> counts =
                frames.stream().collect(Collectors.groupingBy(List::size, TreeMap::new, Collectors.counting()));
        long most = counts.values().stream().mapToLong(c -> c).max().orElse(0);
        int usual = counts.entrySet().stream()
                .filter(e -> e.getValue() == most)
                .mapToInt(Map.Entry::getKey)
                .max()
                .orElse(0);
        double[] times = times(frames.stream().filter(f -> f.size() == usual).toList());
        List<List<Frame>> even = new ArrayList<>();
        for (List<Frame> slice : frames) {
            if (slice.size() == usual) {
                even.add(slice);
                continue;
            }
            double[] own = times(List.of(slice));
            String source = slice.getFirst().header().source();
            if (own.length == 0 || times.length == 0) {
                throw new FormatException("%s: its slice has %d phases and most have %d, and no trigger times say which"
                        .formatted(source, slice.size(), usual));
            }
            notes.add("%s: its slice has %d phases and most have %d; those nearest in time were taken"
                    .formatted(source, slice.size(), usual));
            even.add(Arrays.stream(times)
                    .mapToObj(t -> slice.get(IntStream.range(0, own.length)
                            .boxed()
                            .min(Comparator.comparingDouble(i -> Math.abs(own[i] - t)))
                            .orElse(0)))
                    .toList());
        }
        return even;
    }

    /** Mean time of each phase over the slices, ms; empty where a picture does not say it. */
    private static double[] times(List<List<Frame>> frames) {
        boolean known = CineStack.all(frames).stream()
                .allMatch(f -> f.header().triggerTime().isPresent()
                        && (f.header().frames() == 1 || f.header().frame().isPresent()));
        return IntStream.range(0, known ? frames.getFirst().size() : 0)
                .mapToDouble(phase -> frames.stream()
                        .mapToDouble(
                                slice -> slice.get(phase).header().triggerTime().orElse(0))
                        .average()
                        .orElse(0))
                .toArray();
    }

    private void noteGaps(double[] places) {
        double[] gaps = IntStream.range(1, places.length)
                .mapToDouble(i -> places[i] - places[i - 1])
                .toArray();
        double usual = gaps.length == 0 ? 0 : Arrays.stream(gaps).sorted().toArray()[gaps.length / 2];
        for (int i = 0; i < gaps.length; i++) {
            if (gaps[i] > WIDE * usual) {
                notes.add("slices %d and %d are %.1f mm apart, most %.1f mm; what lies between counts half to each"
                        .formatted(i, i + 1, gaps[i], usual));
            }
        }
    }

    private static double thickness(DicomHeader h, double[] places) throws FormatException {
        OptionalDouble said = h.spacingBetweenSlices().isPresent() ? h.spacingBetweenSlices() : h.sliceThickness();
        if (said.isEmpty() && places.length == 1) {
            throw new FormatException(h.source() + ": a single slice that does not say how thick it is");
        }
        return said.orElse(places.length == 1 ? 0 : places[1] - places[0]);
    }

    private static double[] direction(DicomHeader h, int from) {
        return h.isPlaced()
                ? h.orientation().subList(from, from + 3).stream()
                        .mapToDouble(d -> d)
                        .toArray()
                : new double[0];
    }

    /** Grey levels of a picture; the file it lies in is kept, for the next one often lies there too. */
    private synchronized float[] grey(Frame frame) throws IOException {
        String source = frame.header().source();
        DicomReader reader = last;
        if (reader == null || !reader.header().source().equals(source)) {
            reader = DicomReader.open(Path.of(source));
            last = frame.header().frames() > 1 ? reader : null;
        }
        int[] pixels = reader.frame(frame.index()).pixels();
        float[] grey = new float[pixels.length];
        for (int i = 0; i < grey.length; i++) {
            grey[i] = pixels[i];
        }
        return grey;
    }
}
