package dev.aorta.bench.peers;

import static java.util.Objects.requireNonNull;

import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.Map;

/**
 * What an engine computes from given weights and inputs, by name.
 *
 * @param outputs values and losses, which differ from an exact computation by rounding alone
 * @param gradients which differ by more wherever rounding turns a ReLU on or off
 */
record Numbers(Map<String, double[]> outputs, Map<String, double[]> gradients) {
    /** Nothing yet. */
    Numbers() {
        this(new LinkedHashMap<>(), new LinkedHashMap<>());
    }

    /**
     * How far from an exact computation, the largest difference of each tensor relative to its largest magnitude, or to a
     * thousandth of that of all tensors where that is more: some gradients are 0 but for rounding.
     *
     * @param output of the worst output
     * @param gradient of the worst gradient
     * @param worst its name, empty where all are exact
     */
    record Distance(double output, double gradient, String worst) {
        /**
         * Whether this engine is as near as a float32 engine is, given the distance of another one.
         *
         * @param floor of what counts in gradients; in outputs it is a tenth
         */
        boolean isLike(Distance other, double floor) {
            return output < Math.max(floor / 10, 4 * other.output) && gradient < Math.max(floor, 4 * other.gradient);
        }
    }

    Distance from(Numbers exact) {
        Map.Entry<String, Double> gradient = worst(gradients, exact.gradients);
        return new Distance(worst(outputs, exact.outputs).getValue(), gradient.getValue(), gradient.getKey());
    }

    private static Map.Entry<String, Double> worst(Map<String, double[]> all, Map<String, double[]> exact) {
        if (!all.keySet().equals(exact.keySet())) {
            throw new IllegalStateException("one engine gives " + all.keySet() + ", the other " + exact.keySet());
        }
        Map.Entry<String, Double> worst = Map.entry("", 0.0);
        double largest =
                exact.values().stream().mapToDouble(Numbers::magnitude).max().orElse(0);
        for (var values : all.entrySet()) {
            double d = distance(values.getValue(), requireNonNull(exact.get(values.getKey())), largest / 1000);
            if (!(d <= worst.getValue())) {
                worst = Map.entry(values.getKey(), d);
            }
        }
        return worst;
    }

    /** Largest difference relative to the largest magnitude of {@code exact}, or to a least one where that is more. */
    static double distance(double[] a, double[] exact, double least) {
        if (a.length != exact.length) {
            throw new IllegalStateException(
                    "one tensor has " + a.length + " elements in one engine and " + exact.length + " in the other");
        }
        double most = 0;
        for (int i = 0; i < a.length; i++) {
            most = Math.max(most, Math.abs(a[i] - exact[i])); // NaN stays
        }
        return most == 0 ? 0 : most / Math.max(least, magnitude(exact));
    }

    private static double magnitude(double[] values) {
        return Arrays.stream(values).map(Math::abs).max().orElse(0);
    }

    static double[] doubles(float[] values) {
        double[] d = new double[values.length];
        for (int i = 0; i < d.length; i++) {
            d[i] = values[i];
        }
        return d;
    }
}
