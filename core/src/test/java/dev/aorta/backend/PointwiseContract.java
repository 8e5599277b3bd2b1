package dev.aorta.backend;

import static org.assertj.core.api.Assertions.assertThat;

import dev.aorta.Shape;
import java.util.ArrayList;
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

    /** Values at which functions do something special, above all of those below half of the size. */
    private static void addSpecial(float[] x) {
        float[] special = {
            0f,
            -0f,
            1e-8f,
            -1e-8f,
            3f,
            -3f,
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
        System.arraycopy(special, 0, x, 0, Math.min(x.length / 2, special.length));
    }

    /** Each function, once where it has constants with two of them. */
    private static List<Unary> functions() {
        return Arrays.stream(Unary.Kind.values())
                .flatMap(kind -> switch (kind) {
                    case AFFINE -> Stream.of(Unary.affine(-1.7f, 0.3f), Unary.affine(2, 0), Unary.affine(1, 0));
                    case CLAMP -> Stream.of(new Unary(kind, -0.5f, 1.5f));
                    case POWER -> Stream.of(new Unary(kind, 3, 0), new Unary(kind, 0.5f, 0), new Unary(kind, -1.5f, 0));
                    case LEAKY_RELU, ELU -> Stream.of(new Unary(kind, 0.1f, 0));
                    case HARD_SIGMOID -> Stream.of(new Unary(kind, 1f / 6, 0.5f));
                    default -> Stream.of(Unary.of(kind));
                })
                .toList();
    }

    @TestFactory
    default Stream<DynamicTest> unary() {
        return KernelContract.each(functions(), f -> {
            for (int n : SIZES) {
                Samples r = Samples.of(f + " " + n);
                float[] x = r.normal(n, 0, 4);
                addSpecial(x);
                unary(f, n + "", r, x);
                if (n > 1000) {
                    unary(f, n + ", near 0", r, r.normal(n, 0, 0.1));
                    unary(f, n + ", positive", r, r.uniform(n, 0.01, 30));
                }
            }
        });
    }

    private void unary(Unary f, String what, Samples r, float[] x) {
        double scale = Math.max(1, Math.abs(f.a()));
        check("unary", f + " " + what, r)
                .out(x.length)
                .signed(x)
                .ownScale(scale)
                .run((k, a) -> k.unary(a[0], a[1], f));
        check("unary", f + " " + what + ", in place", r)
                .update(x)
                .ownScale(scale)
                .run((k, a) -> k.unary(a[0], a[0], f));
    }

    @TestFactory
    default Stream<DynamicTest> unaryGrad() {
        return KernelContract.each(functions(), f -> {
            for (int n : SIZES) {
                Samples r = Samples.of(f + " gradient " + n);
                float[] dy = r.normal(n);
                float[] x = r.normal(n, 0, 4);
                boolean positive = List.of(Unary.Kind.LOG, Unary.Kind.SQRT, Unary.Kind.POWER, Unary.Kind.RECIPROCAL)
                        .contains(f.kind());
                float[] y = new float[n];
                for (int i = 0; i < n; i++) {
                    x[i] = positive ? Math.abs(x[i]) + 0.1f : x[i];
                    y[i] = (float) f.value(x[i]);
                }
                check("unaryGrad", f + " " + n, r)
                        .out(n)
                        .signed(dy)
                        .signed(x)
                        .signed(y)
                        .ownScale(4)
                        .run((k, a) -> k.unaryGrad(a[0], a[1], a[2], a[3], f));
                check("unaryGrad", f + " " + n + ", dx is dy", r)
                        .update(dy)
                        .signed(x)
                        .signed(y)
                        .ownScale(4)
                        .run((k, a) -> k.unaryGrad(a[0], a[0], a[1], a[2], f));
            }
        });
    }

    /** Shapes that are brought together in every way: alike, along the first axis, the last, in the middle, both at once. */
    private static List<Broadcast> broadcasts() {
        record Two(Shape a, Shape b) {}
        List<Two> pairs = new ArrayList<>();
        for (int n : SIZES) {
            pairs.add(new Two(Shape.of(n), Shape.of(n)));
            pairs.add(new Two(Shape.of(n), Shape.SCALAR));
            pairs.add(new Two(Shape.of(1), Shape.of(n)));
        }
        for (List<Integer> m : MATRICES) {
            int rows = m.getFirst();
            int channels = m.getLast();
            pairs.add(new Two(Shape.of(rows, channels), Shape.of(channels)));
            pairs.add(new Two(Shape.of(rows, 1), Shape.of(rows, channels)));
            pairs.add(new Two(Shape.of(rows, 1), Shape.of(channels)));
        }
        pairs.add(new Two(Shape.of(2, 5, 3), Shape.of(2, 1, 3)));
        pairs.add(new Two(Shape.of(2, 1, 3), Shape.of(1, 40, 1)));
        pairs.add(new Two(Shape.of(3, 1, 4, 1, 17), Shape.of(5, 1, 6, 1)));
        pairs.add(new Two(Shape.of(2, 9, 1, 33), Shape.of(1, 1, 7, 33)));
        return pairs.stream().map(p -> Broadcast.of("test", p.a, p.b)).toList();
    }

    /** All functions on small tensors, which have every kind of broadcasting; three of them on the others. */
    private static List<Binary> functions(Broadcast s) {
        return s.size() <= 300 ? List.of(Binary.values()) : List.of(Binary.SUB, Binary.DIV, Binary.LESS);
    }

    @TestFactory
    default Stream<DynamicTest> binary() {
        return KernelContract.each(broadcasts(), s -> {
            for (Binary f : functions(s)) {
                Samples r = Samples.of(f + " " + s);
                float[] p = operand(f, r, s.sizeA());
                float[] q = second(f, r, s.sizeB());
                check("binary", f + " " + s, r)
                        .out(s.size())
                        .signed(p)
                        .signed(q)
                        .ownScale(f == Binary.POW ? 20 : 1)
                        .run((k, a) -> k.binary(a[0], a[1], a[2], f, s));
                if (s.wholeA()) {
                    check("binary", f + " " + s + ", y is a", r)
                            .update(p)
                            .signed(q)
                            .ownScale(f == Binary.POW ? 20 : 1)
                            .run((k, a) -> k.binary(a[0], a[0], a[1], f, s));
                }
                if (s.wholeB()) {
                    check("binary", f + " " + s + ", y is b", r)
                            .update(q)
                            .signed(p)
                            .ownScale(f == Binary.POW ? 20 : 1)
                            .run((k, a) -> k.binary(a[0], a[1], a[0], f, s));
                }
            }
        });
    }

    @TestFactory
    default Stream<DynamicTest> binaryGrad() {
        return KernelContract.each(broadcasts(), s -> {
            for (Binary f : functions(s)) {
                for (boolean second : new boolean[] {false, true}) {
                    Samples r = Samples.of(f + " gradient " + s + second);
                    float[] p = operand(f, r, s.sizeA());
                    float[] q = second(f, r, s.sizeB());
                    float[] dy = r.normal(s.size());
                    check("binaryGrad", f + " " + s + (second ? ", for b" : ", for a"), r)
                            .out(s.size())
                            .signed(dy)
                            .signed(p)
                            .signed(q)
                            .ownScale(20)
                            .run((k, a) -> k.binaryGrad(a[0], a[1], a[2], a[3], second, f, s));
                    check("binaryGrad", f + " " + s + ", in place" + (second ? ", for b" : ", for a"), r)
                            .update(dy)
                            .signed(p)
                            .signed(q)
                            .ownScale(20)
                            .run((k, a) -> k.binaryGrad(a[0], a[0], a[1], a[2], second, f, s));
                }
            }
        });
    }

    /** Values with ties and, where the function says what becomes of them, NaN and infinities. */
    private static float[] operand(Binary f, Samples r, int n) {
        if (f == Binary.POW) {
            return r.uniform(n, 0.1, 3);
        }
        float[] x = r.normal(n);
        for (int i = 0; i < n; i++) {
            x[i] = i % 7 == 3 ? Math.round(x[i]) : i % 11 == 5 && f != Binary.DIV ? Float.NaN : x[i];
        }
        return x;
    }

    private static float[] second(Binary f, Samples r, int n) {
        if (f == Binary.DIV) {
            return r.uniform(n, 0.5, 2);
        }
        float[] x = r.normal(n);
        for (int i = 0; i < n; i++) {
            x[i] = i % 3 == 1 ? Math.round(x[i]) : x[i];
        }
        return x;
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
