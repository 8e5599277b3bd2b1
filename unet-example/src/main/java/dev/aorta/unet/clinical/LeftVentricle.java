package dev.aorta.unet.clinical;

import dev.aorta.io.FormatException;
import dev.aorta.unet.imaging.CineStack;
import java.util.Arrays;

/**
 * The left ventricle's volumes over a beat, with end-diastole and end-systole as a {@link VolumeCurve} has them.
 *
 * @param tracing that was measured
 * @param heights of the slices, mm
 * @param curve volume at each phase, ml; NaN where it was not traced
 * @param endDiastole phase
 * @param endSystole phase
 * @param edv end-diastolic volume, ml
 * @param esv end-systolic volume, ml
 * @param stroke volume EDV − ESV, ml
 * @param ejection fraction 100 · stroke / EDV, %
 * @param mass of the wall at end-diastole, g; NaN where the wall was not traced
 */
public record LeftVentricle(
        Tracing tracing,
        double[] heights,
        double[] curve,
        int endDiastole,
        int endSystole,
        Measure edv,
        Measure esv,
        Measure stroke,
        Measure ejection,
        double mass) {
    /** Density of muscle, g/ml. */
    static final double DENSITY = 1.05;

    /** How the deviations come about, for reports. */
    public static final String DEVIATIONS =
            "One standard deviation. Counting pixels from the network's probability 0.25 gives a larger volume and from 0.75 a"
                    + " smaller one; they are taken as the quartiles of a normal distribution, whose deviation is their distance"
                    + " over 1.349. Contours err together in all slices of a phase, and end-diastole and end-systole"
                    + " independently. What a wrong choice of slices at the base, or a network that is sure and wrong, adds is"
                    + " not in it.";

    /** Distance between the quartiles of a normal distribution in standard deviations. */
    private static final double QUARTILES = 1.349;

    /**
     * A number and its standard deviation, NaN where it is not known.
     *
     * @param value NaN where only one phase was traced
     */
    public record Measure(double value, double deviation) {}

    /**
     * Measures what was traced.
     *
     * @throws FormatException if there is no ventricle in it
     */
    public static LeftVentricle of(Tracing tracing) throws FormatException {
        CineStack stack = tracing.stack();
        VolumeCurve curve = VolumeCurve.of(tracing.cavity(), stack.places(), stack.thickness());
        int ed = curve.endDiastole();
        if (ed < 0 || curve.volumes()[ed] == 0) {
            throw new FormatException(stack.source() + ": there is no left ventricle in any slice");
        }
        return of(tracing, curve.heights(), curve.volumes(), ed, curve.endSystole());
    }

    /** The volumes at two phases that somebody else chose; where nothing was found they are 0, and the fraction is not defined. */
    static LeftVentricle at(Tracing tracing, int ed, int es) {
        CineStack stack = tracing.stack();
        double[] heights = Simpson.heights(stack.places(), stack.thickness());
        double[] curve = new double[stack.phases()];
        for (int phase = 0; phase < curve.length; phase++) {
            curve[phase] = Simpson.millilitres(tracing.cavity(), phase, heights);
        }
        return of(tracing, heights, curve, ed, es);
    }

    /** Its volumes alone. */
    Volumes volumes() {
        return new Volumes(edv.value(), esv.value());
    }

    private static LeftVentricle of(Tracing tracing, double[] heights, double[] curve, int ed, int es) {
        Measure edv = new Measure(curve[ed], deviation(tracing, ed, heights));
        Measure esv = ed == es
                ? new Measure(Double.NaN, Double.NaN)
                : new Measure(curve[es], deviation(tracing, es, heights));
        double ratio = esv.value() / edv.value();
        return new LeftVentricle(
                tracing,
                heights,
                curve,
                ed,
                es,
                edv,
                esv,
                new Measure(edv.value() - esv.value(), Math.hypot(edv.deviation(), esv.deviation())),
                new Measure(
                        100 * (1 - ratio), 100 / edv.value() * Math.hypot(esv.deviation(), ratio * edv.deviation())),
                mass(tracing, ed, heights));
    }

    private static double deviation(Tracing tracing, int phase, double[] heights) {
        double[][][] areas = tracing.quartiles();
        return areas.length == 0
                ? Double.NaN
                : (Simpson.millilitres(areas[0], phase, heights) - Simpson.millilitres(areas[1], phase, heights))
                        / QUARTILES;
    }

    private static double mass(Tracing tracing, int ed, double[] heights) {
        boolean wall = Arrays.stream(tracing.myocardium()).anyMatch(slice -> !Double.isNaN(slice[ed]));
        return wall ? DENSITY * Simpson.millilitres(tracing.myocardium(), ed, heights) : Double.NaN;
    }
}
