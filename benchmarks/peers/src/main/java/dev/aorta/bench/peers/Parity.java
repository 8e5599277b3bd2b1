package dev.aorta.bench.peers;

import static java.util.Objects.requireNonNull;

import dev.aorta.bench.Trainee;
import java.util.LinkedHashMap;
import java.util.Locale;
import java.util.Map;

/**
 * What an engine computes from given weights and images: the logits, every gradient, and the losses of ten Adam steps.
 *
 * @param logits (N, H, W, classes)
 * @param gradients by parameter
 * @param losses before each step
 */
@SuppressWarnings("ArrayRecordComponent") // read-only values, never compared as a record
record Parity(float[] logits, Map<String, float[]> gradients, double[] losses) {
    private static final int STEPS = 10;
    /** Of the largest gradient in float64, what is below which is rounding. */
    private static final double NOTHING = 1e-9;

    /** Runs an engine; it has made ten steps afterwards. */
    static Parity of(Trainee trainee) {
        float[] logits = trainee.logits();
        Map<String, float[]> gradients = trainee.gradients();
        double[] losses = new double[STEPS];
        for (int i = 0; i < STEPS; i++) {
            losses[i] = trainee.step();
        }
        return new Parity(logits, gradients, losses);
    }

    /**
     * How far an engine is from another, the largest difference of each tensor relative to its largest magnitude; of a gradient that
     * is 0 but for rounding, as that of a shift before batch normalisation, relative to a thousandth of the largest one of all. Gradients and
     * losses differ by more than rounding wherever rounding turns a ReLU on or off.
     *
     * @param logits of the logits
     * @param gradient of the worst gradient
     * @param worst its parameter
     * @param losses of the worst loss
     */
    record Distance(double logits, double gradient, String worst, double losses) {
        /** Whether this engine is as near as float32 engines are, given the distance of another one. */
        boolean isLike(Distance other) {
            return logits < Math.max(1e-5, 4 * other.logits)
                    && gradient < Math.max(1e-3, 4 * other.gradient)
                    && losses < Math.max(1e-3, 4 * other.losses);
        }

        /** The figures, for a JSON file. */
        Map<String, Object> json() {
            Map<String, Object> json = new LinkedHashMap<>();
            json.put("logits", logits);
            json.put("gradients", gradient);
            json.put("worstGradient", worst);
            json.put("lossesOfTenSteps", losses);
            return json;
        }

        @Override
        public String toString() {
            return String.format(Locale.ROOT, "%9.1e %9.1e %9.1e  %s", logits, gradient, losses, worst);
        }
    }

    /** How far this is from an exact computation. */
    Distance from(Parity exact) {
        double largest = exact.gradients.values().stream()
                .mapToDouble(Parity::largest)
                .max()
                .orElse(0);
        double gradient = 0;
        String worst = "";
        for (var g : gradients.entrySet()) {
            float[] gradientOf = requireNonNull(exact.gradients.get(g.getKey()), g.getKey());
            boolean isNothing = largest(gradientOf) < NOTHING * largest;
            double d = distance(g.getValue(), gradientOf, isNothing ? 1e-3 * largest : 0);
            if (!(d <= gradient)) {
                gradient = d;
                worst = g.getKey();
            }
        }
        double loss = 0;
        for (int i = 0; i < STEPS; i++) {
            loss = Math.max(loss, Math.abs(losses[i] / exact.losses[i] - 1));
        }
        return new Distance(distance(logits, exact.logits, 0), gradient, worst, loss);
    }

    private static double distance(float[] a, float[] b, double least) {
        if (a.length != b.length) {
            throw new IllegalStateException(
                    "one tensor has " + a.length + " elements in one engine and " + b.length + " in the other");
        }
        double most = 0;
        for (int i = 0; i < a.length; i++) {
            most = Math.max(most, Math.abs(a[i] - b[i]));
        }
        return most / Math.max(least, largest(b));
    }

    private static double largest(float[] values) {
        double largest = 0;
        for (float value : values) {
            largest = Math.max(largest, Math.abs(value));
        }
        return largest;
    }
}
