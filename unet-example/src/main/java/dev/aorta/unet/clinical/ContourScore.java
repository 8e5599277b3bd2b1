package dev.aorta.unet.clinical;

import dev.aorta.io.FormatException;
import dev.aorta.io.Json;
import dev.aorta.unet.imaging.Contour.Point;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.SequencedMap;
import org.apache.commons.math3.stat.descriptive.rank.Percentile;
import org.apache.commons.math3.stat.descriptive.rank.Percentile.EstimationType;

/**
 * How well one contour agrees with the expert's.
 *
 * @param dice 2·|A∩B| / (|A| + |B|) of the pixels
 * @param perpendicular average perpendicular distance, mm; with the other distances NaN where one of both is not there
 * @param hausdorff largest distance of a point of one from the other, mm
 * @param hausdorff95 the larger of both directions' 95th percentiles, mm
 * @param surface mean distance over the points of both, mm
 * @param surfaceDice share of the points of both that lie within {@link #TOLERANCE} of the other
 */
public record ContourScore(
        double dice, double perpendicular, double hausdorff, double hausdorff95, double surface, double surfaceDice) {
    /** Of the surface Dice, mm. */
    static final double TOLERANCE = 2;

    /** The score of what is not there, or is where nothing should be. */
    static final ContourScore NONE = new ContourScore(0, Double.NaN, Double.NaN, Double.NaN, Double.NaN, 0);

    /** The score of two curves, in mm, that have the given Dice. */
    static ContourScore of(double dice, List<Point> contour, List<Point> expert) {
        double[] there = distances(contour, expert);
        double[] back = distances(expert, contour);
        double sum = 0;
        double most = 0;
        int near = 0;
        for (double[] direction : new double[][] {there, back}) {
            for (double d : direction) {
                sum += d;
                most = Math.max(most, d);
                near += d <= TOLERANCE ? 1 : 0;
            }
        }
        int count = there.length + back.length;
        return new ContourScore(
                dice,
                PerpendicularDistance.mean(contour, expert),
                most,
                Math.max(percentile95(there), percentile95(back)),
                sum / count,
                (double) near / count);
    }

    Json toJson() {
        SequencedMap<String, Object> m = new LinkedHashMap<>();
        m.put("dice", dice);
        m.put("apd_mm", perpendicular);
        m.put("hausdorff_mm", hausdorff);
        m.put("hd95_mm", hausdorff95);
        m.put("assd_mm", surface);
        m.put("surface_dice", surfaceDice);
        return Json.of(m);
    }

    /** What {@link #toJson} gives. */
    static ContourScore of(Json json) throws FormatException {
        return new ContourScore(
                json.get("dice").asDouble(),
                json.get("apd_mm").asDouble(),
                json.get("hausdorff_mm").asDouble(),
                json.get("hd95_mm").asDouble(),
                json.get("assd_mm").asDouble(),
                json.get("surface_dice").asDouble());
    }

    /** Linear between the order statistics, as numpy's. */
    private static double percentile95(double[] values) {
        return new Percentile().withEstimationType(EstimationType.R_7).evaluate(values, 95);
    }

    private static double[] distances(List<Point> from, List<Point> to) {
        return from.stream().mapToDouble(p -> Outline.distance(p, to)).toArray();
    }

    /** Dice of the cavities of two masks. */
    public static double dice(byte[] a, byte[] b) {
        int both = 0;
        int sum = 0;
        for (int i = 0; i < a.length; i++) {
            both += a[i] == Tracing.CAVITY && b[i] == Tracing.CAVITY ? 1 : 0;
            sum += (a[i] == Tracing.CAVITY ? 1 : 0) + (b[i] == Tracing.CAVITY ? 1 : 0);
        }
        return 2.0 * both / sum;
    }
}
