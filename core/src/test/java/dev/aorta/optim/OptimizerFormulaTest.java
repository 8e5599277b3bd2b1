package dev.aorta.optim;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.data.Offset.offset;

import dev.aorta.Device;
import dev.aorta.Parameter;
import dev.aorta.Scope;
import dev.aorta.Shape;
import dev.aorta.Tensor;
import java.util.Collection;
import java.util.List;
import java.util.Random;
import java.util.function.Function;
import java.util.function.Supplier;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** Several steps of each optimiser beside its published formula in doubles. */
class OptimizerFormulaTest {
    private static final long SEED = 8;
    private static final int SIZE = 5;
    private static final int STEPS = 6;
    private static final double RATE = 0.05;
    private static final double DECAY = 0.1;

    /** One step in doubles: changes w by its gradient; t counts from 1. */
    private interface Formula {
        void step(double[] w, double[] g, int t);
    }

    private record Row(String name, Function<Collection<Parameter>, Optimizer> optimizer, Supplier<Formula> formula) {
        @Override
        public String toString() {
            return name;
        }
    }

    static List<Row> rows() {
        Schedule rate = Schedule.constant(RATE);
        return List.of(
                new Row("sgd", p -> new Sgd(p, rate).momentum(0.9).weightDecay(DECAY), () -> sgd(false)),
                new Row("nesterov", p -> new Sgd(p, rate).nesterov(0.9).weightDecay(DECAY), () -> sgd(true)),
                new Row("adamw", p -> new Adam(p, rate).weightDecay(DECAY), OptimizerFormulaTest::adamW),
                new Row(
                        "rmsprop",
                        p -> new RmsProp(p, rate).smoothing(0.9).epsilon(1e-3).weightDecay(DECAY),
                        () -> rmsProp(0)),
                new Row(
                        "rmsprop momentum",
                        p -> new RmsProp(p, rate)
                                .smoothing(0.9)
                                .epsilon(1e-3)
                                .momentum(0.8)
                                .weightDecay(DECAY),
                        () -> rmsProp(0.8)),
                new Row("adagrad", p -> new Adagrad(p, rate).weightDecay(DECAY), OptimizerFormulaTest::adagrad),
                new Row("lamb", p -> new Lamb(p, rate).weightDecay(DECAY), OptimizerFormulaTest::lamb),
                new Row("lion", p -> new Lion(p, rate).weightDecay(DECAY), OptimizerFormulaTest::lion));
    }

    @ParameterizedTest
    @MethodSource("rows")
    void severalStepsAreThoseOfTheFormula(Row row) {
        try (Device reference = Device.reference()) {
            assertSteps(row, reference, 1e-6);
        }
        assertSteps(row, Device.cpu(), 1e-5);
    }

    /** The loss is {@code sum of c w^2 / 2 + d w}, and its gradient {@code c w + d}. */
    private static void assertSteps(Row row, Device device, double bound) {
        Random random = new Random(SEED);
        float[] start = random(random);
        float[] c = random(random);
        float[] d = random(random);
        d[0] = 0;
        double[] w = doubles(start);
        Formula formula = row.formula.get();
        try (Scope model = Scope.open()) {
            Parameter p = new Parameter("p", device, Shape.of(SIZE), start, true);
            Parameter zero = new Parameter("zero", device, Shape.of(2), new float[2], true);
            Optimizer optimizer = row.optimizer.apply(List.of(p, zero));
            for (int t = 1; t <= STEPS; t++) {
                double[] g = new double[SIZE];
                for (int i = 0; i < SIZE; i++) {
                    g[i] = c[i] * w[i] + d[i];
                }
                formula.step(w, g, t);
                try (Scope step = Scope.open()) {
                    Tensor curved = p.square().mul(Tensor.of(device, c, SIZE)).mul(0.5f);
                    Tensor loss = curved.add(p.mul(Tensor.of(device, d, SIZE))).sum();
                    optimizer.step(loss.add(zero.mul(0).sum()).backward());
                }
                for (int i = 0; i < SIZE; i++) {
                    assertThat((double) p.toArray()[i])
                            .as("%s, step %d, element %d, seed %d", device, t, i, SEED)
                            .isCloseTo(w[i], offset(bound));
                }
                assertThat(zero.toArray()).as("without gradient and length").containsOnly(0);
            }
        }
    }

    private static Formula sgd(boolean nesterov) {
        double[] v = new double[SIZE];
        return (w, g, t) -> {
            for (int i = 0; i < SIZE; i++) {
                double d = g[i] + DECAY * w[i];
                v[i] = 0.9 * v[i] + d;
                w[i] -= RATE * (nesterov ? d + 0.9 * v[i] : v[i]);
            }
        };
    }

    private static Formula adamW() {
        double[] m = new double[SIZE];
        double[] v = new double[SIZE];
        return (w, g, t) -> {
            for (int i = 0; i < SIZE; i++) {
                m[i] = 0.9 * m[i] + 0.1 * g[i];
                v[i] = 0.999 * v[i] + 0.001 * g[i] * g[i];
                double step = m[i] / (1 - Math.pow(0.9, t)) / (Math.sqrt(v[i] / (1 - Math.pow(0.999, t))) + 1e-8);
                w[i] -= RATE * (step + DECAY * w[i]);
            }
        };
    }

    private static Formula rmsProp(double momentum) {
        double[] v = new double[SIZE];
        double[] b = new double[SIZE];
        return (w, g, t) -> {
            for (int i = 0; i < SIZE; i++) {
                double d = g[i] + DECAY * w[i];
                v[i] = 0.9 * v[i] + 0.1 * d * d;
                b[i] = momentum * b[i] + d / (Math.sqrt(v[i]) + 1e-3);
                w[i] -= RATE * b[i];
            }
        };
    }

    private static Formula adagrad() {
        double[] s = new double[SIZE];
        return (w, g, t) -> {
            for (int i = 0; i < SIZE; i++) {
                double d = g[i] + DECAY * w[i];
                s[i] += d * d;
                w[i] -= RATE * d / (Math.sqrt(s[i]) + 1e-10);
            }
        };
    }

    private static Formula lamb() {
        double[] m = new double[SIZE];
        double[] v = new double[SIZE];
        return (w, g, t) -> {
            double[] u = new double[SIZE];
            double lengthW = 0;
            double lengthU = 0;
            for (int i = 0; i < SIZE; i++) {
                m[i] = 0.9 * m[i] + 0.1 * g[i];
                v[i] = 0.999 * v[i] + 0.001 * g[i] * g[i];
                double step = m[i] / (1 - Math.pow(0.9, t)) / (Math.sqrt(v[i] / (1 - Math.pow(0.999, t))) + 1e-6);
                u[i] = step + DECAY * w[i];
                lengthW += w[i] * w[i];
                lengthU += u[i] * u[i];
            }
            for (int i = 0; i < SIZE; i++) {
                w[i] -= RATE * Math.sqrt(lengthW / lengthU) * u[i];
            }
        };
    }

    private static Formula lion() {
        double[] m = new double[SIZE];
        return (w, g, t) -> {
            for (int i = 0; i < SIZE; i++) {
                w[i] -= RATE * (Math.signum(0.9 * m[i] + 0.1 * g[i]) + DECAY * w[i]);
                m[i] = 0.99 * m[i] + 0.01 * g[i];
            }
        };
    }

    private static float[] random(Random random) {
        float[] values = new float[SIZE];
        for (int i = 0; i < SIZE; i++) {
            values[i] = (float) random.nextGaussian();
        }
        return values;
    }

    private static double[] doubles(float[] values) {
        double[] all = new double[values.length];
        for (int i = 0; i < all.length; i++) {
            all[i] = values[i];
        }
        return all;
    }
}
