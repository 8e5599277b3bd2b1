package dev.aorta.unet.clinical;

import java.util.Arrays;

/**
 * Volume of a stack of slices by the summation of disks, which clinicians call Simpson's rule: V = Σ A·h. A slice is as high as half
 * the way to each neighbour, so that gaps between slices count; the outermost reach as far outwards as inwards.
 */
final class Simpson {
    private Simpson() {}

    /**
     * Heights of slices, mm.
     *
     * @param places of their middles along the stack, mm, ascending
     * @param thickness of a single slice, mm
     */
    static double[] heights(double[] places, double thickness) {
        int n = places.length;
        double[] heights = new double[n];
        Arrays.fill(heights, thickness);
        for (int i = 0; i < n && n > 1; i++) {
            double below = places[Math.max(i, 1)] - places[Math.max(i, 1) - 1];
            double above = places[Math.min(i, n - 2) + 1] - places[Math.min(i, n - 2)];
            heights[i] = (below + above) / 2;
        }
        return heights;
    }

    /**
     * A volume at a phase, ml; slices of unknown area count 0.
     *
     * @param areas [slice][phase], mm²
     */
    static double millilitres(double[][] areas, int phase, double[] heights) {
        double cubicMillimetres = 0;
        for (int slice = 0; slice < heights.length; slice++) {
            cubicMillimetres += Double.isNaN(areas[slice][phase]) ? 0 : areas[slice][phase] * heights[slice];
        }
        return cubicMillimetres / 1000;
    }
}
