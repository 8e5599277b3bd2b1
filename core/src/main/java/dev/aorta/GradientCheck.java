package dev.aorta;

import dev.aorta.backend.CounterRandom;
import dev.aorta.backend.reference.ReferenceBackend;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.function.Function;
import java.util.stream.Collectors;

/**
 * The gradients of a function of tensors beside central differences {@code (f(x + h) - f(x - h)) / 2h}, in double precision on
 * the {@linkplain Device#reference() reference device}.
 *
 * <pre>{@code
 * try (Device device = Device.reference();
 *         Scope scope = Scope.open()) {
 *     Tensor x = Tensor.of(device, new float[] {0.3f, -1.2f, 2}, 3).requireGradient();
 *     GradientCheck.of(t -> t[0].sigmoid(), x).requirePassed();
 * }
 * }</pre>
 *
 * <p>An output that is no scalar counts as the sum of its elements with random weights between 0.5 and 1.5. Where a
 * function has a kink, as ReLU has at 0, inputs must keep a distance of more than h from it.
 */
public final class GradientCheck {
    private static final double STEP = 1e-5;
    private static final double ABSOLUTE = 1e-7;
    private static final double RELATIVE = 1e-6;
    private static final long SEED = 1;
    private static final int SHOWN = 10;

    /**
     * The derivative for one element of one input.
     *
     * @param input position in the function's arguments, from 0
     * @param element row-major position in that input, from 0
     * @param analytic what the backward pass gives
     * @param numeric the central difference
     */
    public record Entry(int input, int element, double analytic, double numeric) {
        /**
         * {@return whether the two differ by at most {@code absolute + relative * |numeric|}; a NaN differs from everything}
         *
         * @param absolute allowed of any size
         * @param relative allowed of the numeric derivative
         */
        public boolean agrees(double absolute, double relative) {
            return Math.abs(analytic - numeric) <= absolute + relative * Math.abs(numeric);
        }

        @Override
        public String toString() {
            return String.format(
                    Locale.ROOT,
                    "input %d, element %d: analytic %.10g, numeric %.10g",
                    input,
                    element,
                    analytic,
                    numeric);
        }
    }

    private final List<Entry> entries;

    private GradientCheck(List<Entry> entries) {
        this.entries = List.copyOf(entries);
    }

    /**
     * Computes both derivatives for every element of every input that has a gradient; inputs keep their values.
     *
     * @param f the same function of its arguments each time it is called
     * @param inputs its arguments, leaves on a reference device, of which at least one has a gradient
     * @return the comparison
     * @throws IllegalArgumentException when an input is elsewhere, none has a gradient, the result does not depend on one of
     * them, or f gives different results for the same arguments
     */
    public static GradientCheck of(Function<Tensor[], Tensor> f, Tensor... inputs) {
        if (Arrays.stream(inputs).noneMatch(Tensor::hasGradient)) {
            throw new IllegalArgumentException(
                    "[gradient check] no input has a gradient: call requireGradient() on those to check");
        }
        for (Tensor input : inputs) {
            if (!(input.device().backend() instanceof ReferenceBackend)) {
                throw new IllegalArgumentException("[gradient check] " + input.describe()
                        + " is not on a Device.reference(), which has the precision that this needs");
            }
        }
        try (Scope scope = Scope.open()) {
            Tensor result = scalar(f, inputs);
            double first = result.item();
            double second = value(f, inputs);
            if (Double.compare(first, second) != 0) {
                throw new IllegalArgumentException("[gradient check] the function gave " + first + " and then " + second
                        + " for the same inputs: fix its seed");
            }
            Gradients gradients = result.backward();
            List<Entry> entries = new ArrayList<>();
            for (int i = 0; i < inputs.length; i++) {
                if (inputs[i].hasGradient()) {
                    compare(
                            f,
                            inputs,
                            i,
                            ReferenceBackend.values(gradients.of(inputs[i]).buffer()),
                            entries);
                }
            }
            return new GradientCheck(entries);
        }
    }

    /** {@return all that was compared} */
    public List<Entry> entries() {
        return entries;
    }

    /**
     * {@return what differs by more than {@code absolute + relative * |numeric|}}
     *
     * @param absolute allowed of any size
     * @param relative allowed of the numeric derivative
     */
    public List<Entry> mismatches(double absolute, double relative) {
        return entries.stream().filter(e -> !e.agrees(absolute, relative)).toList();
    }

    /**
     * Requires that nothing differs by more than {@code 1e-7 + 1e-6 * |numeric|}.
     *
     * @throws AssertionError when something does, naming input, element and both derivatives
     */
    public void requirePassed() {
        List<Entry> wrong = mismatches(ABSOLUTE, RELATIVE);
        if (!wrong.isEmpty()) {
            throw new AssertionError(wrong.stream()
                    .limit(SHOWN)
                    .map(Entry::toString)
                    .collect(Collectors.joining(
                            System.lineSeparator() + "    ",
                            "[gradient check] " + wrong.size() + " of " + entries.size()
                                    + " derivatives are not those of central differences:" + System.lineSeparator()
                                    + "    ",
                            wrong.size() > SHOWN ? System.lineSeparator() + "    ..." : "")));
        }
    }

    private static void compare(
            Function<Tensor[], Tensor> f, Tensor[] inputs, int which, double[] analytic, List<Entry> entries) {
        double[] x = ReferenceBackend.values(inputs[which].buffer());
        for (int k = 0; k < x.length; k++) {
            double middle = x[k];
            try {
                x[k] = middle + STEP;
                double above = value(f, inputs);
                x[k] = middle - STEP;
                double below = value(f, inputs);
                entries.add(new Entry(which, k, analytic[k], (above - below) / (2 * STEP)));
            } finally {
                x[k] = middle;
            }
        }
    }

    private static double value(Function<Tensor[], Tensor> f, Tensor[] inputs) {
        try (Scope scope = Scope.noGrad()) {
            return scalar(f, inputs).item();
        }
    }

    private static Tensor scalar(Function<Tensor[], Tensor> f, Tensor[] inputs) {
        Tensor y = f.apply(inputs.clone());
        float[] weights = new float[y.shape().size()];
        for (int i = 0; i < weights.length; i++) {
            weights[i] = 0.5f + CounterRandom.uniform(SEED, i);
        }
        return y.mul(Tensor.of(y.device(), weights, y.shape().dims())).sum();
    }
}
