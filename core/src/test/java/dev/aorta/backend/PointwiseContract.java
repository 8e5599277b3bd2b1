package dev.aorta.backend;

import static org.assertj.core.api.Assertions.assertThat;

import dev.aorta.Activation;
import java.util.Arrays;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.TestFactory;

/** Element by element: sizes around vector widths and above the share of one thread, and in place where that is allowed. */
interface PointwiseContract extends KernelContract {
    /** Sizes of flat buffers. */
    List<Integer> SIZES = List.of(1, 2, 3, 7, 8, 9, 15, 16, 17, 31, 33, 64, 1000, 70_001);
    /** Rows and channels of matrices. */
    List<List<Integer>> MATRICES = List.of(
            List.of(1, 1),
            List.of(5, 1),
            List.of(1, 5),
            List.of(3, 7),
            List.of(4, 8),
            List.of(5, 9),
            List.of(7, 16),
            List.of(6, 17),
            List.of(2, 31),
            List.of(9, 33),
            List.of(130, 64),
            List.of(3001, 3),
            List.of(777, 40));

    @TestFactory
    default Stream<DynamicTest> fill() {
        return KernelContract.each(
                SIZES,
                n -> check("fill", n, Samples.of("fill " + n)).out(n).exact().run((k, a) -> k.fill(a[0], -0.3f)));
    }

    @TestFactory
    default Stream<DynamicTest> copy() {
        return KernelContract.each(SIZES, n -> {
            Samples r = Samples.of("copy " + n);
            check("copy", n, r).out(n).in(r.normal(n)).exact().run((k, a) -> k.copy(a[0], a[1]));
        });
    }

    @TestFactory
    default Stream<DynamicTest> add() {
        return KernelContract.each(SIZES, n -> {
            Samples r = Samples.of("add " + n);
            float[] p = r.normal(n);
            float[] q = r.normal(n);
            check("add", n, r).out(n).in(p).in(q).run((k, a) -> k.add(a[0], a[1], a[2]));
            check("add", n + ", dst is a", r).update(p).in(q).run((k, a) -> k.add(a[0], a[0], a[1]));
            check("add", n + ", dst is b", r).update(q).in(p).run((k, a) -> k.add(a[0], a[1], a[0]));
            check("add", n + ", dst is both", r).update(p).run((k, a) -> k.add(a[0], a[0], a[0]));
        });
    }

    @TestFactory
    default Stream<DynamicTest> mul() {
        return KernelContract.each(SIZES, n -> {
            Samples r = Samples.of("mul " + n);
            float[] p = r.normal(n);
            float[] q = r.normal(n);
            check("mul", n, r).out(n).in(p).in(q).run((k, a) -> k.mul(a[0], a[1], a[2]));
            check("mul", n + ", dst is a", r).update(p).in(q).run((k, a) -> k.mul(a[0], a[0], a[1]));
            check("mul", n + ", dst is b", r).update(q).in(p).run((k, a) -> k.mul(a[0], a[1], a[0]));
            check("mul", n + ", dst is both", r).update(p).run((k, a) -> k.mul(a[0], a[0], a[0]));
        });
    }

    @TestFactory
    default Stream<DynamicTest> scale() {
        return KernelContract.each(SIZES, n -> {
            Samples r = Samples.of("scale " + n);
            float[] x = r.normal(n);
            check("scale", n, r).out(n).in(x).run((k, a) -> k.scale(a[0], a[1], -1.7f));
            check("scale", n + ", in place", r).update(x).run((k, a) -> k.scale(a[0], a[0], 0.3f));
        });
    }

    @TestFactory
    default Stream<DynamicTest> axpby() {
        return KernelContract.each(SIZES, n -> {
            Samples r = Samples.of("axpby " + n);
            check("axpby", n, r)
                    .update(r.normal(n))
                    .in(r.normal(n))
                    .scaledBy((k, a) -> k.axpby(a[0], 0.9f, a[1], 1.3f))
                    .run((k, a) -> k.axpby(a[0], 0.9f, a[1], -1.3f));
        });
    }

    @TestFactory
    default Stream<DynamicTest> scaleBy() {
        return KernelContract.each(SIZES, n -> {
            Samples r = Samples.of("scaleBy " + n);
            float[] x = r.normal(n);
            check("scaleBy", n, r).out(n).in(x).in(-2.3f).run((k, a) -> k.scaleBy(a[0], a[1], a[2]));
            check("scaleBy", n + ", in place", r).update(x).in(0.7f).run((k, a) -> k.scaleBy(a[0], a[0], a[1]));
        });
    }

    @TestFactory
    default Stream<DynamicTest> broadcast() {
        return KernelContract.each(
                SIZES,
                n -> check("broadcast", n, Samples.of("broadcast " + n))
                        .out(n)
                        .in(3.1f)
                        .run((k, a) -> k.broadcast(a[0], a[1], -0.7f)));
    }

    @TestFactory
    default Stream<DynamicTest> activation() {
        return KernelContract.each(SIZES, n -> {
            for (Activation f : Activation.values()) {
                Samples r = Samples.of(f + " " + n);
                float[] x = r.normal(n, 0, 4);
                float[] special = {
                    0f,
                    -0f,
                    1e-8f,
                    -1e-8f,
                    20f,
                    -20f,
                    88.5f,
                    -88.5f,
                    200f,
                    -200f,
                    Float.MAX_VALUE,
                    -Float.MAX_VALUE,
                    Float.POSITIVE_INFINITY,
                    Float.NEGATIVE_INFINITY,
                    Float.NaN
                };
                System.arraycopy(special, 0, x, 0, Math.min(n / 2, special.length));
                check("activation", f + " " + n, r).out(n).in(x).run((k, a) -> k.activation(a[0], a[1], f, 0.1f));
                check("activation", f + " " + n + ", in place", r)
                        .update(x)
                        .run((k, a) -> k.activation(a[0], a[0], f, 0.1f));
            }
        });
    }

    @TestFactory
    default Stream<DynamicTest> activationGrad() {
        return KernelContract.each(SIZES, n -> {
            for (Activation f : Activation.values()) {
                Samples r = Samples.of(f + " gradient " + n);
                float[] dy = r.normal(n);
                float[] y = switch (f) {
                    case RELU -> r.reluOutput(n);
                    case LEAKY_RELU -> r.normal(n);
                    case SIGMOID -> r.uniform(n, 0, 1);
                    case TANH -> r.uniform(n, -1, 1);
                };
                check("activationGrad", f + " " + n, r)
                        .out(n)
                        .in(dy)
                        .signed(y)
                        .run((k, a) -> k.activationGrad(a[0], a[1], a[2], f, 0.1f));
                check("activationGrad", f + " " + n + ", dx is dy", r)
                        .update(dy)
                        .signed(y)
                        .run((k, a) -> k.activationGrad(a[0], a[0], a[1], f, 0.1f));
            }
        });
    }

    @TestFactory
    default Stream<DynamicTest> biasAdd() {
        return KernelContract.each(MATRICES, m -> {
            int rows = m.getFirst();
            int channels = m.getLast();
            Samples r = Samples.of("biasAdd " + m);
            float[] x = r.normal(rows * channels);
            float[] bias = r.normal(channels);
            check("biasAdd", m, r)
                    .out(rows * channels)
                    .in(x)
                    .in(bias)
                    .run((k, a) -> k.biasAdd(a[0], a[1], a[2], rows, channels));
            check("biasAdd", m + ", in place", r)
                    .update(x)
                    .in(bias)
                    .run((k, a) -> k.biasAdd(a[0], a[0], a[1], rows, channels));
        });
    }

    @TestFactory
    default Stream<DynamicTest> biasGrad() {
        return KernelContract.each(MATRICES, m -> {
            int rows = m.getFirst();
            int channels = m.getLast();
            Samples r = Samples.of("biasGrad " + m);
            float[] dy = r.normal(rows * channels);
            for (float[] mask : new float[][] {null, r.reluOutput(rows * channels)}) {
                check("biasGrad", m + (mask == null ? "" : ", mask"), r)
                        .out(channels)
                        .in(dy)
                        .optionalSigned(mask)
                        .sums(rows)
                        .run((k, a) -> k.biasGrad(a[0], a[1], a[2], rows, channels));
            }
        });
    }

    @TestFactory
    default Stream<DynamicTest> dropout() {
        return KernelContract.each(SIZES, n -> {
            for (float rate : new float[] {0f, 0.1f, 0.5f, 0.9f}) {
                Samples r = Samples.of("dropout " + n + " " + rate);
                float[] x = r.uniform(n, 1, 2);
                long seed = r.seed;
                check("dropout", n + ", rate " + rate, r).out(n).in(x).run((k, a) -> k.dropout(a[0], a[1], rate, seed));
                check("dropout", n + ", in place, rate " + rate, r)
                        .update(x)
                        .run((k, a) -> k.dropout(a[0], a[0], rate, seed));
                float[] nan = new float[n];
                Arrays.fill(nan, Float.NaN);
                Buffer buffer = backend().allocate(n);
                backend().upload(buffer, nan);
                backend().dropout(buffer, buffer, rate, seed);
                backend().download(nan, buffer);
                backend().release(buffer);
                for (int i = 0; i < n; i++) {
                    boolean kept = CounterRandom.uniform(seed, i) >= rate;
                    assertThat(Float.isNaN(nan[i]))
                            .as("dropout of %d at rate %s with seed %d keeps element %d", n, rate, seed, i)
                            .isEqualTo(kept);
                }
            }
        });
    }
}
