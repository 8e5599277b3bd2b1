package dev.aorta.onnx.operators;

import java.util.Arrays;

/**
 * Resizing along one axis, as the standard's reference computes it: where each new pixel lies among the old ones, and with which
 * weights their values are mixed.
 *
 * @see <a href="https://onnx.ai/onnx/operators/onnx__Resize.html">ONNX: Resize</a>
 */
final class ResizeAxis {
    /**
     * How it is resized, in the standard's words.
     *
     * @param mode nearest, linear or cubic
     * @param transformation of coordinates
     * @param rounding of the nearest
     * @param a constant of the cubic
     * @param excludes whether weights outside the image are dropped and the others scaled up
     * @param antialias whether a reduction widens the filter
     */
    record Rule(String mode, String transformation, String rounding, float a, boolean excludes, boolean antialias) {
        boolean crops() {
            return transformation.equals("tf_crop_and_resize");
        }
    }

    private final Call c;
    private final Rule rule;
    private final int in;
    private final int out;
    private final double scale;
    private final double from;
    private final double to;

    /**
     * @param scale out / in, but for rounding
     * @param from begin of the region to crop, as a part of the axis
     * @param to its end
     */
    ResizeAxis(Call c, Rule rule, int in, int out, double scale, double from, double to) {
        this.c = c;
        this.rule = rule;
        this.in = in;
        this.out = out;
        this.scale = scale;
        this.from = from;
        this.to = to;
    }

    /** Whether nothing changes. */
    boolean isIdentity() {
        return in == out && scale == 1 && !rule.crops();
    }

    private double place(int x) {
        double length = scale * in;
        return switch (rule.transformation()) {
            case "half_pixel" -> (x + 0.5) / scale - 0.5;
            case "pytorch_half_pixel" -> length == 1 ? -0.5 : (x + 0.5) / scale - 0.5;
            case "half_pixel_symmetric" -> in / 2.0 * (1 - out / length) + (x + 0.5) / scale - 0.5;
            case "align_corners" -> length == 1 ? 0 : x * (in - 1) / (length - 1);
            case "asymmetric" -> x / scale;
            case "tf_half_pixel_for_nn" -> (x + 0.5) / scale;
            case "tf_crop_and_resize" ->
                from * (in - 1)
                        + (length == 1 ? (to - from) * (in - 1) / 2 : x * (to - from) * (in - 1) / (length - 1));
            default -> throw c.invalid("coordinate_transformation_mode is '" + rule.transformation() + "'");
        };
    }

    /** 1 for each new pixel that lies in the image, else 0. */
    double[] inside() {
        double[] inside = new double[out];
        Arrays.setAll(inside, x -> !rule.crops() || place(x) >= 0 && place(x) <= in - 1 ? 1 : 0);
        return inside;
    }

    /** The old pixel of each new one. */
    int[] nearest() {
        int[] index = new int[out];
        for (int x = 0; x < out; x++) {
            double at = place(x);
            double floor = Math.floor(at);
            double part = at - floor;
            boolean up = switch (rule.rounding()) {
                case "round_prefer_floor" -> part > 0.5;
                case "round_prefer_ceil" -> part >= 0.5;
                case "floor" -> false;
                case "ceil" -> part > 0;
                default -> throw c.invalid("nearest_mode is '" + rule.rounding() + "'");
            };
            index[x] = (int) Math.clamp(floor + (up ? 1 : 0), 0.0, in - 1.0);
        }
        return index;
    }

    /** The weights, (out, in). */
    float[] matrix() {
        c.limited(out, in);
        float[] matrix = new float[out * in];
        for (int x = 0; x < out; x++) {
            double at = place(x);
            double base = Math.floor(at);
            double[] weights = weights(at - base);
            int first = (int) base + 1 - weights.length / 2;
            double sum = 0;
            for (int k = 0; k < weights.length; k++) {
                boolean excluded = rule.excludes() && (first + k < 0 || first + k >= in);
                weights[k] = excluded ? 0 : weights[k];
                sum += weights[k];
            }
            for (int k = 0; k < weights.length; k++) {
                int pixel = Math.clamp((long) first + k, 0, in - 1);
                matrix[x * in + pixel] += (float) (weights[k] / (rule.excludes() || rule.antialias() ? sum : 1));
            }
        }
        return matrix;
    }

    /** Weights of the pixels around one that lies {@code part} behind another: the middle two are those beside it. */
    private double[] weights(double part) {
        boolean cubic = rule.mode().equals("cubic");
        if (!cubic && !rule.mode().equals("linear")) {
            throw c.invalid("mode is '" + rule.mode() + "'");
        }
        double shrink = rule.antialias() ? Math.min(scale, 1) : 1;
        int half = (int) -Math.floor(-(cubic ? 2 : 1) / shrink);
        c.limited(out, 2L * half);
        double[] weights = new double[2 * half];
        for (int k = 0; k < weights.length; k++) {
            double distance = Math.abs((k + 1 - half - part) * shrink);
            weights[k] = cubic ? cubic(distance) : Math.max(0, 1 - distance);
        }
        return weights;
    }

    private double cubic(double d) {
        double a = rule.a();
        return d <= 1 ? ((a + 2) * d - (a + 3)) * d * d + 1 : d < 2 ? ((a * d - 5 * a) * d + 8 * a) * d - 4 * a : 0;
    }
}
