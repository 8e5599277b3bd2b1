package dev.aorta.backend;

import java.util.List;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestFactory;

/** Several steps of each optimiser, the state carried from one to the next. */
interface OptimizerContract extends KernelContract {
    /** Steps of each test. */
    int STEPS = 4;

    @TestFactory
    default Stream<DynamicTest> clipFactor() {
        return KernelContract.each(
                List.of(0f, 1e-20f, 3.9f, 4f, 4.1f, 1e20f, Float.POSITIVE_INFINITY, Float.NaN), v -> {
                    Samples r = Samples.of("clipFactor " + v);
                    check("clipFactor", v, r).out(1).in(v).run((k, a) -> k.clipFactor(a[0], a[1], 2));
                    check("clipFactor", v + ", in place", r)
                            .update(new float[] {v})
                            .run((k, a) -> k.clipFactor(a[0], a[0], 2));
                });
    }

    @TestFactory
    default Stream<DynamicTest> sgd() {
        return KernelContract.each(PointwiseContract.SIZES, n -> {
            Samples r = Samples.of("sgd " + n);
            for (float decay : new float[] {0f, 0.05f}) {
                gradients(check("sgd", n + ", decay " + decay, r).update(r.normal(n), 4), r, n)
                        .run((k, a) -> {
                            for (int step = 1; step <= STEPS; step++) {
                                k.sgd(a[0], null, a[step], new SgdStep(0.1f, 0, false, decay));
                            }
                        });
                for (boolean nesterov : new boolean[] {false, true}) {
                    String what = n + ", momentum, decay " + decay + (nesterov ? ", Nesterov" : "");
                    gradients(check("sgd", what, r).update(r.normal(n), 4), r, n)
                            .update(new float[n], 10)
                            .run((k, a) -> {
                                for (int step = 1; step <= STEPS; step++) {
                                    k.sgd(a[0], a[STEPS + 1], a[step], new SgdStep(0.1f, 0.9f, nesterov, decay));
                                }
                            });
                }
            }
        });
    }

    @TestFactory
    default Stream<DynamicTest> adam() {
        return KernelContract.each(PointwiseContract.SIZES, n -> {
            Samples r = Samples.of("adam " + n);
            for (float decay : new float[] {0f, 0.05f}) {
                for (long before : new long[] {0, 1_000_000}) {
                    gradients(
                                    check("adam", n + ", decay " + decay + ", after step " + before, r)
                                            .update(r.normal(n), 4),
                                    r,
                                    n)
                            .update(new float[n], 4)
                            .update(new float[n], 1)
                            .run((k, a) -> adamSteps(k, a, decay, before));
                }
            }
        });
    }

    /** Gradients whose squares are subnormal or zero in float32 give no NaN or infinity, and with an epsilon of 1e-7 hardly a step. */
    @TestFactory
    default Stream<DynamicTest> adamOfTinyGradients() {
        return KernelContract.each(List.of(1e-18f, 1e-19f, 1e-20f, 1e-21f, 1e-22f, 1e-23f, 1e-30f, 1e-44f), size -> {
            for (int n : PointwiseContract.SIZES) {
                Samples r = Samples.of("adam " + size + ", " + n);
                KernelCheck check =
                        check("adam", "gradients of " + size + ", " + n, r).update(r.normal(n), 4);
                for (int step = 1; step <= STEPS; step++) {
                    float[] g = r.normal(n);
                    for (int i = 0; i < n; i++) {
                        g[i] *= size;
                    }
                    check.in(g);
                }
                check.sums(STEPS)
                        .update(new float[n], 4)
                        .update(new float[n], 1)
                        .run((k, a) -> adamSteps(k, a, 0, 0));
            }
        });
    }

    /** More parameters than one launch takes, of many sizes. */
    @Test
    default void adamOfManyParameters() {
        Samples r = Samples.of("adam of many");
        int count = 150;
        KernelCheck check = check("adam", count + " parameters", r);
        for (int i = 0; i < count; i++) {
            int n = r.between(1, 40);
            check.update(r.normal(n), 4)
                    .update(new float[n], 4)
                    .update(new float[n], 1)
                    .in(r.normal(n));
        }
        check.sums(1).run((k, a) -> {
            Buffer[][] of = new Buffer[4][count];
            for (int i = 0; i < 4 * count; i++) {
                of[i % 4][i / 4] = a[i];
            }
            k.adam(of[0], of[1], of[2], of[3], new AdamStep(0.05f, 0.9f, 0.999f, 1e-7f, 0.05f, 3));
        });
    }

    private static void adamSteps(Backend k, @Nullable Buffer[] a, float decay, long before) {
        for (int step = 1; step <= STEPS; step++) {
            k.adam(
                    new Buffer[] {a[0]},
                    new Buffer[] {a[STEPS + 1]},
                    new Buffer[] {a[STEPS + 2]},
                    new Buffer[] {a[step]},
                    new AdamStep(0.05f, 0.9f, 0.999f, 1e-7f, decay, before + step));
        }
    }

    /** Adds the gradients of all steps: numbers of ordinary size, and zeros, where Adam divides 0 by epsilon. */
    private static KernelCheck gradients(KernelCheck check, Samples r, int n) {
        for (int step = 1; step <= STEPS; step++) {
            float[] g = r.normal(n);
            for (int i = 4; i < n; i += 5) {
                g[i] = 0;
            }
            check.in(g);
        }
        return check.sums(STEPS);
    }
}
