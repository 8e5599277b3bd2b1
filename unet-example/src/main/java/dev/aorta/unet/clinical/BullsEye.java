package dev.aorta.unet.clinical;

import dev.aorta.unet.imaging.CineStack;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.stream.IntStream;

/**
 * Values of the American Heart Association's segments 1 to 16: the slices in which the cavity was traced at end-diastole, in thirds
 * base, middle and apex, by six, six and four directions around the cavity's centre. The base is the end with the larger half. The
 * directions are the patient's axes projected on the slices: anterior is towards the head, lateral to the left; where the right
 * ventricle joins, which the definition goes by, is not known.
 *
 * @param motion by segment − 1: inward motion of the endocardium from end-diastole to end-systole, % of the radius
 * @param thickness by segment − 1: of the wall at end-diastole, mm
 * @see <a href="https://doi.org/10.1161/hc0402.102975">Cerqueira et al. 2002: Standardized myocardial segmentation</a>
 */
public record BullsEye(double[] motion, double[] thickness) {
    /** Segments that short-axis slices show; the seventeenth is the apex itself. */
    public static final int SEGMENTS = 16;

    /** Of segments that begin a level, and one behind the last. */
    private static final int[] FIRST = {0, 6, 12, 16};

    /** The values, NaN where none can be had; all of them where the stack does not say how it lies in the patient. */
    public static BullsEye of(LeftVentricle ventricle) {
        Tracing tracing = ventricle.tracing();
        CineStack stack = tracing.stack();
        int ed = ventricle.endDiastole();
        List<List<Double>> motion = lists();
        List<List<Double>> thickness = lists();
        List<Integer> slices = baseToApex(tracing.cavity(), ed);
        for (int i = 0; i < slices.size() && stack.right().length == 3; i++) {
            int slice = slices.get(i);
            int level = i * 3 / slices.size();
            int count = FIRST[level + 1] - FIRST[level];
            Sectors before = new Sectors(stack, tracing.masks()[slice][ed], count);
            byte[] later = tracing.masks()[slice][ventricle.endSystole()];
            Sectors after = later == null ? null : new Sectors(stack, later, count);
            for (int k = 0; k < count; k++) {
                if (after != null && ventricle.endSystole() != ed) {
                    motion.get(FIRST[level] + k).add(100 * (1 - after.inner(k) / before.inner(k)));
                }
                if (!Double.isNaN(tracing.myocardium()[slice][ed])) {
                    thickness.get(FIRST[level] + k).add(before.outer(k) - before.inner(k));
                }
            }
        }
        return new BullsEye(means(motion), means(thickness));
    }

    /** The slices in which the cavity was traced at a phase, the base first. */
    static List<Integer> baseToApex(double[][] cavity, int phase) {
        List<Integer> slices = new ArrayList<>(IntStream.range(0, cavity.length)
                .filter(s -> cavity[s][phase] > 0)
                .boxed()
                .toList());
        int half = slices.size() / 2;
        double first = slices.subList(0, half).stream()
                .mapToDouble(s -> cavity[s][phase])
                .sum();
        double last = slices.subList(slices.size() - half, slices.size()).stream()
                .mapToDouble(s -> cavity[s][phase])
                .sum();
        if (last > first) {
            Collections.reverse(slices);
        }
        return slices;
    }

    private static List<List<Double>> lists() {
        return IntStream.range(0, SEGMENTS)
                .<List<Double>>mapToObj(i -> new ArrayList<>())
                .toList();
    }

    private static double[] means(List<List<Double>> values) {
        return values.stream()
                .mapToDouble(v -> v.stream()
                        .mapToDouble(d -> d)
                        .filter(Double::isFinite)
                        .average()
                        .orElse(Double.NaN))
                .toArray();
    }

    /** Radii of a slice's cavity and wall by direction: of the part of a disk that has the sector's area. */
    private static final class Sectors {
        private final double[] cavity;
        private final double[] whole;

        Sectors(CineStack stack, byte[] mask, int count) {
            cavity = new double[count];
            whole = new double[count];
            double sx = 0;
            double sy = 0;
            int inside = 0;
            int columns = stack.columns();
            for (int i = 0; i < mask.length; i++) {
                if (mask[i] == Tracing.CAVITY) {
                    int row = i / columns;
                    sx += i % columns;
                    sy += row;
                    inside++;
                }
            }
            double[] lateral = lateral(stack);
            for (int i = 0; i < mask.length; i++) {
                if (mask[i] != 0) {
                    int row = i / columns;
                    double x = (i % columns - sx / inside) * stack.columnSpacing();
                    double y = (row - sy / inside) * stack.rowSpacing();
                    double left = x * lateral[0] + y * lateral[1];
                    double up = x * lateral[2] + y * lateral[3];
                    int sector = sector(Math.atan2(up, left), count);
                    whole[sector] += stack.pixelArea();
                    cavity[sector] += mask[i] == Tracing.CAVITY ? stack.pixelArea() : 0;
                }
            }
        }

        double inner(int sector) {
            return Math.sqrt(2 * cavity[sector] * cavity.length / (2 * Math.PI));
        }

        double outer(int sector) {
            return Math.sqrt(2 * whole[sector] * whole.length / (2 * Math.PI));
        }
    }

    /** Which of {@code count} sectors an angle lies in: the first is anterior, 90°, then septal, 180°, inferior and lateral. */
    static int sector(double angle, int count) {
        double width = 2 * Math.PI / count;
        return Math.floorMod((int) Math.floor((angle - Math.PI / 2) / width + 0.5), count);
    }

    /** Directions in the picture, (right, down) each, of the lateral and of the anterior wall. */
    private static double[] lateral(CineStack stack) {
        double headX = stack.right()[2];
        double headY = stack.down()[2];
        double length = Math.hypot(headX, headY);
        double x = length > 0 ? headX / length : 0;
        double y = length > 0 ? headY / length : -1;
        double left = -y * stack.right()[0] + x * stack.down()[0];
        return left >= 0 ? new double[] {-y, x, x, y} : new double[] {y, -x, x, y};
    }
}
