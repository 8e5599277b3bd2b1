package dev.aorta.unet.clinical;

import java.util.Arrays;

/**
 * Volumes over a beat. End-diastole is the phase of the largest volume and end-systole that of the smallest, among the phases that
 * were traced: those that have at least half as many traced slices as the one with the most.
 *
 * @param heights of the slices, mm
 * @param volumes at each phase, ml; NaN where it was not traced
 * @param endDiastole phase; -1 where nothing was traced
 * @param endSystole phase; -1 where nothing was traced
 */
record VolumeCurve(double[] heights, double[] volumes, int endDiastole, int endSystole) {
    /**
     * The curve of areas.
     *
     * @param areas [slice][phase], mm²; NaN where nobody looked
     * @param places of the slices along the stack, mm, ascending
     * @param thickness of a single slice, mm
     */
    static VolumeCurve of(double[][] areas, double[] places, double thickness) {
        double[] heights = Simpson.heights(places, thickness);
        int[] traced = new int[areas[0].length];
        for (double[] slice : areas) {
            for (int phase = 0; phase < traced.length; phase++) {
                traced[phase] += Double.isNaN(slice[phase]) ? 0 : 1;
            }
        }
        int most = Arrays.stream(traced).max().orElse(0);
        double[] volumes = new double[traced.length];
        int ed = -1;
        int es = -1;
        for (int phase = 0; phase < volumes.length; phase++) {
            boolean counts = most > 0 && 2 * traced[phase] >= most;
            volumes[phase] = counts ? Simpson.millilitres(areas, phase, heights) : Double.NaN;
            ed = counts && (ed < 0 || volumes[phase] > volumes[ed]) ? phase : ed;
            es = counts && (es < 0 || volumes[phase] < volumes[es]) ? phase : es;
        }
        return new VolumeCurve(heights, volumes, ed, es);
    }
}
