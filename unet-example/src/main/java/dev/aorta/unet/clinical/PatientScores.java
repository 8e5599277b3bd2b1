package dev.aorta.unet.clinical;

import dev.aorta.io.FormatException;
import dev.aorta.unet.clinical.EvaluatedSlice.InMillimetres;
import dev.aorta.unet.imaging.CineStack;
import dev.aorta.unet.imaging.Contour;
import dev.aorta.unet.imaging.Contour.Point;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * A patient's contours and volumes beside the expert's, at the expert's end-diastole and end-systole.
 *
 * @param patient name or pseudonym
 * @param contours those that the expert drew, and those that are where the expert drew none
 */
public record PatientScores(String patient, List<Scored> contours, Volumes ours, Volumes expert) {
    /** Where along the ventricle a slice lies: in thirds of the slices that the expert drew at end-diastole. */
    public enum Level {
        BASE,
        MID,
        APEX;

        /** How it is called in files. */
        public String text() {
            return name().toLowerCase(Locale.ROOT);
        }
    }

    /** Whose contour is there. */
    enum Found {
        BOTH,
        MISSED,
        SPURIOUS
    }

    /**
     * A contour's score.
     *
     * @param level null where it is not known
     */
    record Scored(@Nullable Level level, Found found, ContourScore score) {}

    /** Distance of the points of an expert's curve, mm. */
    private static final double STEP = 0.5;

    /**
     * Scores what a network finds in every slice at the two phases; a slice in which the expert drew nothing at such a phase is one
     * where nothing should be.
     *
     * @param contours folder of the expert's contours
     */
    public static PatientScores of(
            String patient, CineStack stack, Path contours, Tracing.Classes classes, int depth, Tracing.Network network)
            throws IOException {
        Tracing drawn = Tracing.ofContours(stack, contours);
        LeftVentricle expert = LeftVentricle.of(drawn);
        if (expert.endDiastole() == expert.endSystole()) {
            throw new FormatException(contours + ": contours of one phase; end-diastole and end-systole are needed");
        }
        List<Integer> phases = List.of(expert.endDiastole(), expert.endSystole());
        Tracing found = Tracing.of(stack, classes, depth, phases, network);
        Map<String, Path> files = Tracing.contourFiles(contours);
        List<Integer> baseFirst = BullsEye.baseToApex(drawn.cavity(), expert.endDiastole());
        List<Scored> scored = new ArrayList<>();
        for (int slice = 0; slice < stack.slices(); slice++) {
            for (int phase : phases) {
                byte[] there = drawn.masks()[slice][phase];
                byte[] ours = found.masks()[slice][phase];
                List<Point> curve = ours == null
                        ? List.of()
                        : Outline.of(ours, stack.rows(), stack.columns(), stack.rowSpacing(), stack.columnSpacing());
                Level level = level(slice, baseFirst);
                if (there == null) {
                    if (!curve.isEmpty()) {
                        scored.add(new Scored(level, Found.SPURIOUS, ContourScore.NONE));
                    }
                } else if (ours == null || curve.isEmpty()) {
                    scored.add(new Scored(level, Found.MISSED, ContourScore.NONE));
                } else {
                    Path file = Objects.requireNonNull(
                            Tracing.contourFile(files, stack.frames().get(slice).get(phase), 'i'));
                    List<Point> theirs =
                            Outline.of(Contour.read(file), stack.rowSpacing(), stack.columnSpacing(), STEP);
                    ContourScore score = ContourScore.of(ContourScore.dice(ours, there), curve, theirs);
                    scored.add(new Scored(level, Found.BOTH, score));
                }
            }
        }
        return new PatientScores(
                patient,
                List.copyOf(scored),
                LeftVentricle.at(found, expert.endDiastole(), expert.endSystole())
                        .volumes(),
                expert.volumes());
    }

    /**
     * Scores slices that were measured in mm. Where all say their place and phase, levels and volumes are known too: end-diastole and
     * end-systole are the expert's, and a slice that is not there counts on neither side.
     */
    static PatientScores of(String patient, List<EvaluatedSlice> slices) {
        List<InMillimetres> measured = slices.stream()
                .map(s -> Objects.requireNonNull(s.inMillimetres()))
                .toList();
        List<Double> places =
                measured.stream().map(InMillimetres::place).distinct().sorted().toList();
        List<Integer> phases =
                measured.stream().map(InMillimetres::phase).distinct().sorted().toList();
        double[][] theirs = new double[places.size()][phases.size()];
        double[][] found = new double[places.size()][phases.size()];
        for (int i = 0; i < theirs.length; i++) {
            Arrays.fill(theirs[i], Double.NaN);
            Arrays.fill(found[i], Double.NaN);
        }
        for (InMillimetres m : measured) {
            theirs[places.indexOf(m.place())][phases.indexOf(m.phase())] = m.expertArea();
            found[places.indexOf(m.place())][phases.indexOf(m.phase())] = m.networkArea();
        }
        boolean placed = measured.stream().allMatch(InMillimetres::isPlaced);
        double[] along = places.stream().mapToDouble(p -> p).toArray();
        VolumeCurve curve = VolumeCurve.of(theirs, along, Double.NaN);
        List<Integer> baseFirst = placed ? BullsEye.baseToApex(theirs, curve.endDiastole()) : List.of();
        List<Scored> scored = new ArrayList<>();
        for (InMillimetres m : measured) {
            if (m.expertArea() > 0 || m.networkArea() > 0) {
                Found who = m.networkArea() == 0 ? Found.MISSED : m.expertArea() == 0 ? Found.SPURIOUS : Found.BOTH;
                Level level = baseFirst.isEmpty() ? null : level(places.indexOf(m.place()), baseFirst);
                scored.add(new Scored(level, who, m.contour()));
            }
        }
        return new PatientScores(
                patient,
                List.copyOf(scored),
                placed ? volumes(found, curve) : Volumes.UNKNOWN,
                placed ? volumes(theirs, curve) : Volumes.UNKNOWN);
    }

    private static Volumes volumes(double[][] areas, VolumeCurve curve) {
        int ed = curve.endDiastole();
        int es = curve.endSystole();
        return new Volumes(
                Simpson.millilitres(areas, ed, curve.heights()),
                ed == es ? Double.NaN : Simpson.millilitres(areas, es, curve.heights()));
    }

    /** The third of a slice; what lies beyond those that the expert drew belongs to the nearer end. */
    private static Level level(int slice, List<Integer> baseFirst) {
        int nearest = 0;
        for (int i = 1; i < baseFirst.size(); i++) {
            nearest = Math.abs(baseFirst.get(i) - slice) < Math.abs(baseFirst.get(nearest) - slice) ? i : nearest;
        }
        return Level.values()[nearest * 3 / baseFirst.size()];
    }
}
