package dev.aorta.unet.clinical;

import dev.aorta.io.FormatException;
import dev.aorta.unet.imaging.CineStack;
import dev.aorta.unet.imaging.Contour;
import dev.aorta.unet.imaging.Contour.Point;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Objects;

/**
 * A patient's contours and volumes beside the expert's, at the expert's end-diastole and end-systole.
 *
 * @param patient name or pseudonym
 * @param contours those that the expert drew, and those that are where the expert drew none
 */
public record PatientScores(String patient, List<Scored> contours, LeftVentricle ours, LeftVentricle expert) {
    /** Where along the ventricle a slice lies: in thirds of the slices that the expert drew at end-diastole. */
    enum Level {
        BASE,
        MID,
        APEX
    }

    /** Whose contour is there. */
    enum Found {
        BOTH,
        MISSED,
        SPURIOUS
    }

    /** A contour's score. */
    record Scored(int slice, int phase, Level level, Found found, ContourScore score) {}

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
        List<Integer> baseFirst = BullsEye.baseToApex(drawn, expert.endDiastole());
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
                        scored.add(new Scored(slice, phase, level, Found.SPURIOUS, ContourScore.NONE));
                    }
                } else if (ours == null || curve.isEmpty()) {
                    scored.add(new Scored(slice, phase, level, Found.MISSED, ContourScore.NONE));
                } else {
                    Path file = Objects.requireNonNull(
                            Tracing.contourFile(files, stack.frames().get(slice).get(phase), 'i'));
                    List<Point> theirs =
                            Outline.of(Contour.read(file), stack.rowSpacing(), stack.columnSpacing(), STEP);
                    ContourScore score = ContourScore.of(ContourScore.dice(ours, there), curve, theirs);
                    scored.add(new Scored(slice, phase, level, Found.BOTH, score));
                }
            }
        }
        return new PatientScores(
                patient,
                List.copyOf(scored),
                LeftVentricle.at(found, expert.endDiastole(), expert.endSystole()),
                expert);
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
