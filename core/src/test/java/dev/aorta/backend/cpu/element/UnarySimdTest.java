package dev.aorta.backend.cpu.element;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import dev.aorta.backend.Unary;
import dev.aorta.backend.Unary.Kind;
import dev.aorta.backend.cpu.machine.ForcedWidth;
import dev.aorta.backend.cpu.machine.Parallel;
import java.util.Arrays;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** How near the functions are to their specification in double precision, relative to the value. */
@ExtendWith(ForcedWidth.class)
class UnarySimdTest {
    private static final int STEPS = 200_003;
    private static final float[] EXTREMES = {
        0f,
        -0f,
        1f,
        -1f,
        Float.MIN_VALUE,
        -Float.MIN_VALUE,
        1e-39f,
        Float.MAX_VALUE,
        -Float.MAX_VALUE,
        Float.POSITIVE_INFINITY,
        Float.NEGATIVE_INFINITY,
        Float.NaN,
        0x1p24f,
        -0x1p23f,
        -2.5f,
        89f,
        -104f
    };

    /** A function, the run of x on which its value or its derivative is near, and how near. */
    record Case(Unary f, boolean derivative, double from, double to, double error) {
        static Case value(Kind kind, double from, double to, double error) {
            return new Case(Unary.of(kind), false, from, to, error);
        }

        static Case derivative(Kind kind, double from, double to, double error) {
            return new Case(Unary.of(kind), true, from, to, error);
        }
    }

    static Stream<Case> cases() {
        return Stream.of(
                Case.value(Kind.EXP, -87.3, 88.7, 3e-7),
                Case.value(Kind.LOG, 1e-3, 3, 2e-7),
                Case.value(Kind.LOG, 2, 1e30, 1.5e-7),
                Case.value(Kind.ERF, -4, 4, 4e-7),
                Case.value(Kind.ERF, -1e-3, 1e-3, 2e-7),
                Case.value(Kind.TANH, -10, 10, 5e-7),
                Case.value(Kind.SIGMOID, -80, 20, 5e-7),
                Case.value(Kind.SOFTPLUS, -80, 20, 7e-7),
                Case.value(Kind.SILU, -80, 20, 5e-7),
                Case.value(Kind.GELU, -6, 6, 2e-6),
                Case.value(Kind.GELU_TANH, -4, 6, 2e-6),
                new Case(new Unary(Kind.ELU, 1, 0), false, -20, 1, 5e-7),
                new Case(new Unary(Kind.ELU, 1, 0), false, -1e-3, 1e-3, 5e-7),
                new Case(new Unary(Kind.POWER, 0.37f, 0), false, 1e-30, 1e30, 4e-7),
                new Case(new Unary(Kind.POWER, 25, 0), false, -30, 30, 4e-7),
                new Case(new Unary(Kind.POWER, -1e4f, 0), false, 0.9925, 1.008, 4e-7),
                new Case(new Unary(Kind.POWER, -1.5f, 0), true, 1e-3, 1e3, 5e-7),
                Case.derivative(Kind.LOG, 1e-3, 100, 2e-7),
                Case.derivative(Kind.RECIPROCAL, 1e-3, 100, 4e-7),
                Case.derivative(Kind.ERF, -4, 4, 2e-6),
                Case.derivative(Kind.SOFTPLUS, -80, 20, 5e-7));
    }

    @ParameterizedTest
    @MethodSource("cases")
    void isNear(Case c) {
        try (Parallel p = new Parallel(1)) {
            float[] x = new float[STEPS];
            for (int i = 0; i < STEPS; i++) {
                x[i] = (float) (c.from + (c.to - c.from) * i / (STEPS - 1));
            }
            float[] y = values(p, c.f, x);
            float[] near = c.derivative ? slopes(p, c.f, x, y) : y;
            double worst = 0;
            float worstAt = 0;
            for (int i = 0; i < STEPS; i++) {
                double exact = c.derivative ? c.f.slope(x[i], c.f.value(x[i])) : c.f.value(x[i]);
                double error = Math.abs(near[i] - exact) / Math.max(Math.abs(exact), Float.MIN_NORMAL);
                if (!(error <= worst)) {
                    worst = error;
                    worstAt = x[i];
                }
            }
            assertThat(worst)
                    .as("relative error of %s, largest at %s", c, worstAt)
                    .isLessThan(c.error);
        }
    }

    static Stream<Unary> functions() {
        return Stream.of(Kind.values())
                .flatMap(kind -> kind == Kind.POWER
                        ? Stream.of(3, -3, 2, 0, 0.5, -0.5, 0x1p24, 1 / 3.0)
                                .map(a -> new Unary(kind, a.floatValue(), 0))
                        : Stream.of(new Unary(kind, -0.5f, 2)));
    }

    /** Infinite, NaN and 0 with its sign where the reference is. */
    @ParameterizedTest
    @MethodSource("functions")
    void extremes(Unary f) {
        try (Parallel p = new Parallel(1)) {
            float[] y = values(p, f, EXTREMES);
            float[] slopes = slopes(p, f, EXTREMES, y);
            for (int i = 0; i < EXTREMES.length; i++) {
                requireLike(f + " of " + EXTREMES[i], (float) f.value(EXTREMES[i]), y[i]);
                requireLike("slope of " + f + " at " + EXTREMES[i], (float) f.slope(EXTREMES[i], y[i]), slopes[i]);
            }
        }
    }

    private static void requireLike(String what, float expected, float actual) {
        if (Float.isFinite(expected) && Math.abs(expected) < Float.MAX_VALUE / 2) {
            assertThat((double) actual).as(what).isCloseTo(expected, within(1e-6 + 4e-6 * Math.abs((double) expected)));
        } else {
            assertThat(actual).as(what).isEqualTo(Float.valueOf(expected));
        }
    }

    /** The rest behind whole vectors is computed by the same formula as they are. */
    @Test
    void everyPlaceHasTheSameBits() {
        try (Parallel p = new Parallel(1)) {
            for (Unary f : functions().toList()) {
                float[] x = new float[37];
                Arrays.fill(x, 0.7f);
                float[] y = values(p, f, x);
                float[] slopes = slopes(p, f, x, y);
                for (int i = 0; i < x.length; i++) {
                    assertThat(y[i]).as("%s at %d", f, i).isEqualTo(y[0]);
                    assertThat(slopes[i]).as("slope of %s at %d", f, i).isEqualTo(slopes[0]);
                }
            }
        }
    }

    private static float[] values(Parallel p, Unary f, float[] x) {
        float[] y = new float[x.length];
        Pointwise.unary(p, y, x, f);
        return y;
    }

    private static float[] slopes(Parallel p, Unary f, float[] x, float[] y) {
        float[] dx = new float[x.length];
        float[] dy = new float[x.length];
        Arrays.fill(dy, 1);
        Pointwise.unaryGrad(p, dx, dy, x, y, f);
        return dx;
    }
}
