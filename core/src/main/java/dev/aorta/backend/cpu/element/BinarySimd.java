package dev.aorta.backend.cpu.element;

import dev.aorta.backend.Binary;
import dev.aorta.backend.cpu.machine.ExpSimd;
import dev.aorta.backend.cpu.machine.Scratch;
import dev.aorta.backend.cpu.machine.Scratch.Slot;
import dev.aorta.backend.cpu.machine.Simd;
import dev.aorta.backend.cpu.machine.Species;
import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.VectorMask;
import jdk.incubator.vector.VectorOperators;
import jdk.incubator.vector.VectorSpecies;

/**
 * The functions of {@link Binary} on vectors, the one place of the CPU for each: loops over n elements, whole vectors, for the
 * value and for dy times the two derivatives. One hot loop is one method, because the compiler keeps vectors in registers within
 * a method only.
 */
final class BinarySimd {
    private static final VectorSpecies<Float> S = Species.S;
    private static final int L = Simd.LANES;

    private BinarySimd() {}

    /** {@code y = f(a, b)}. */
    interface Value {
        void run(float[] y, int yAt, float[] a, int aAt, float[] b, int bAt, int n);
    }

    /** {@code d = dy * df/da} or {@code df/db}, d and dy at one index. */
    interface Gradient {
        void run(float[] d, float[] dy, int at, float[] a, int aAt, float[] b, int bAt, int n);
    }

    static Value value(Binary f) {
        return switch (f) {
            case ADD -> BinarySimd::add;
            case SUB -> BinarySimd::sub;
            case MUL -> BinarySimd::mul;
            case DIV -> BinarySimd::div;
            case MIN -> BinarySimd::min;
            case MAX -> BinarySimd::max;
            case POW -> BinarySimd::pow;
            case EQUAL -> BinarySimd::equal;
            case NOT_EQUAL -> BinarySimd::notEqual;
            case LESS -> BinarySimd::less;
            case LESS_EQUAL -> BinarySimd::lessEqual;
            case GREATER -> (y, yAt, a, aAt, b, bAt, n) -> less(y, yAt, b, bAt, a, aAt, n);
            case GREATER_EQUAL -> (y, yAt, a, aAt, b, bAt, n) -> lessEqual(y, yAt, b, bAt, a, aAt, n);
            case WHERE -> BinarySimd::where;
            case WHERE_NOT -> BinarySimd::whereNot;
        };
    }

    static Gradient gradient(Binary f, boolean second) {
        return switch (f) {
            case ADD -> BinarySimd::same;
            case SUB -> second ? BinarySimd::negative : BinarySimd::same;
            case MUL -> second ? BinarySimd::timesA : BinarySimd::timesB;
            case DIV -> second ? BinarySimd::divSecond : BinarySimd::divFirst;
            case MIN -> second ? BinarySimd::ofLarger : BinarySimd::ofSmaller;
            case MAX -> second ? BinarySimd::ofSmaller : BinarySimd::ofLarger;
            case POW -> second ? BinarySimd::powSecond : BinarySimd::powFirst;
            case WHERE -> second ? BinarySimd::none : BinarySimd::whereFirst;
            case WHERE_NOT -> second ? BinarySimd::none : BinarySimd::whereNotFirst;
            case EQUAL, NOT_EQUAL, LESS, LESS_EQUAL, GREATER, GREATER_EQUAL -> BinarySimd::none;
        };
    }

    /** Any n: what is no whole vector goes through one beside. */
    static void run(Value loop, float[] y, int yAt, float[] a, int aAt, float[] b, int bAt, int n) {
        int whole = n - n % L;
        loop.run(y, yAt, a, aAt, b, bAt, whole);
        if (whole < n) {
            float[] left = padded(Slot.TASK_C, a, aAt + whole, n - whole);
            float[] right = padded(Slot.TASK_D, b, bAt + whole, n - whole);
            loop.run(left, 0, left, 0, right, 0, L);
            System.arraycopy(left, 0, y, yAt + whole, n - whole);
        }
    }

    /** Any n. */
    static void run(Gradient loop, float[] d, float[] dy, int at, float[] a, int aAt, float[] b, int bAt, int n) {
        int whole = n - n % L;
        loop.run(d, dy, at, a, aAt, b, bAt, whole);
        if (whole < n) {
            float[] left = padded(Slot.TASK_C, a, aAt + whole, n - whole);
            float[] right = padded(Slot.TASK_D, b, bAt + whole, n - whole);
            float[] gradient = padded(Slot.TASK_F, dy, at + whole, n - whole);
            loop.run(gradient, gradient, 0, left, 0, right, 0, L);
            System.arraycopy(gradient, 0, d, at + whole, n - whole);
        }
    }

    private static float[] padded(Slot slot, float[] x, int from, int n) {
        float[] vector = Scratch.floats(slot, L);
        System.arraycopy(x, from, vector, 0, n);
        return vector;
    }

    static void add(float[] y, int yAt, float[] a, int aAt, float[] b, int bAt, int n) {
        for (int i = 0; i < n; i += L) {
            FloatVector.fromArray(S, a, aAt + i)
                    .add(FloatVector.fromArray(S, b, bAt + i))
                    .intoArray(y, yAt + i);
        }
    }

    static void sub(float[] y, int yAt, float[] a, int aAt, float[] b, int bAt, int n) {
        for (int i = 0; i < n; i += L) {
            FloatVector.fromArray(S, a, aAt + i)
                    .sub(FloatVector.fromArray(S, b, bAt + i))
                    .intoArray(y, yAt + i);
        }
    }

    static void mul(float[] y, int yAt, float[] a, int aAt, float[] b, int bAt, int n) {
        for (int i = 0; i < n; i += L) {
            FloatVector.fromArray(S, a, aAt + i)
                    .mul(FloatVector.fromArray(S, b, bAt + i))
                    .intoArray(y, yAt + i);
        }
    }

    static void div(float[] y, int yAt, float[] a, int aAt, float[] b, int bAt, int n) {
        for (int i = 0; i < n; i += L) {
            FloatVector.fromArray(S, a, aAt + i)
                    .div(FloatVector.fromArray(S, b, bAt + i))
                    .intoArray(y, yAt + i);
        }
    }

    static void min(float[] y, int yAt, float[] a, int aAt, float[] b, int bAt, int n) {
        for (int i = 0; i < n; i += L) {
            FloatVector.fromArray(S, a, aAt + i)
                    .min(FloatVector.fromArray(S, b, bAt + i))
                    .intoArray(y, yAt + i);
        }
    }

    static void max(float[] y, int yAt, float[] a, int aAt, float[] b, int bAt, int n) {
        for (int i = 0; i < n; i += L) {
            FloatVector.fromArray(S, a, aAt + i)
                    .max(FloatVector.fromArray(S, b, bAt + i))
                    .intoArray(y, yAt + i);
        }
    }

    static void pow(float[] y, int yAt, float[] a, int aAt, float[] b, int bAt, int n) {
        PowerSimd.run(y, yAt, a, aAt, b, bAt, 1, n);
    }

    static void equal(float[] y, int yAt, float[] a, int aAt, float[] b, int bAt, int n) {
        for (int i = 0; i < n; i += L) {
            VectorMask<Float> on = FloatVector.fromArray(S, a, aAt + i)
                    .compare(VectorOperators.EQ, FloatVector.fromArray(S, b, bAt + i));
            FloatVector.zero(S).blend(1, on).intoArray(y, yAt + i);
        }
    }

    static void notEqual(float[] y, int yAt, float[] a, int aAt, float[] b, int bAt, int n) {
        for (int i = 0; i < n; i += L) {
            VectorMask<Float> on = FloatVector.fromArray(S, a, aAt + i)
                    .compare(VectorOperators.NE, FloatVector.fromArray(S, b, bAt + i));
            FloatVector.zero(S).blend(1, on).intoArray(y, yAt + i);
        }
    }

    static void less(float[] y, int yAt, float[] a, int aAt, float[] b, int bAt, int n) {
        for (int i = 0; i < n; i += L) {
            VectorMask<Float> on = FloatVector.fromArray(S, a, aAt + i)
                    .compare(VectorOperators.LT, FloatVector.fromArray(S, b, bAt + i));
            FloatVector.zero(S).blend(1, on).intoArray(y, yAt + i);
        }
    }

    static void lessEqual(float[] y, int yAt, float[] a, int aAt, float[] b, int bAt, int n) {
        for (int i = 0; i < n; i += L) {
            VectorMask<Float> on = FloatVector.fromArray(S, a, aAt + i)
                    .compare(VectorOperators.LE, FloatVector.fromArray(S, b, bAt + i));
            FloatVector.zero(S).blend(1, on).intoArray(y, yAt + i);
        }
    }

    static void where(float[] y, int yAt, float[] a, int aAt, float[] b, int bAt, int n) {
        for (int i = 0; i < n; i += L) {
            VectorMask<Float> on = FloatVector.fromArray(S, b, bAt + i).compare(VectorOperators.NE, 0f);
            FloatVector.zero(S).blend(FloatVector.fromArray(S, a, aAt + i), on).intoArray(y, yAt + i);
        }
    }

    static void whereNot(float[] y, int yAt, float[] a, int aAt, float[] b, int bAt, int n) {
        for (int i = 0; i < n; i += L) {
            VectorMask<Float> on = FloatVector.fromArray(S, b, bAt + i).compare(VectorOperators.EQ, 0f);
            FloatVector.zero(S).blend(FloatVector.fromArray(S, a, aAt + i), on).intoArray(y, yAt + i);
        }
    }

    static void same(float[] d, float[] dy, int at, float[] a, int aAt, float[] b, int bAt, int n) {
        if (d != dy) {
            System.arraycopy(dy, at, d, at, n);
        }
    }

    static void negative(float[] d, float[] dy, int at, float[] a, int aAt, float[] b, int bAt, int n) {
        for (int i = 0; i < n; i += L) {
            FloatVector.fromArray(S, dy, at + i).neg().intoArray(d, at + i);
        }
    }

    static void none(float[] d, float[] dy, int at, float[] a, int aAt, float[] b, int bAt, int n) {
        for (int i = 0; i < n; i += L) {
            FloatVector.fromArray(S, dy, at + i).mul(0).intoArray(d, at + i);
        }
    }

    static void timesA(float[] d, float[] dy, int at, float[] a, int aAt, float[] b, int bAt, int n) {
        for (int i = 0; i < n; i += L) {
            FloatVector.fromArray(S, dy, at + i)
                    .mul(FloatVector.fromArray(S, a, aAt + i))
                    .intoArray(d, at + i);
        }
    }

    static void timesB(float[] d, float[] dy, int at, float[] a, int aAt, float[] b, int bAt, int n) {
        for (int i = 0; i < n; i += L) {
            FloatVector.fromArray(S, dy, at + i)
                    .mul(FloatVector.fromArray(S, b, bAt + i))
                    .intoArray(d, at + i);
        }
    }

    static void divFirst(float[] d, float[] dy, int at, float[] a, int aAt, float[] b, int bAt, int n) {
        for (int i = 0; i < n; i += L) {
            FloatVector.fromArray(S, dy, at + i)
                    .div(FloatVector.fromArray(S, b, bAt + i))
                    .intoArray(d, at + i);
        }
    }

    static void divSecond(float[] d, float[] dy, int at, float[] a, int aAt, float[] b, int bAt, int n) {
        for (int i = 0; i < n; i += L) {
            FloatVector divisor = FloatVector.fromArray(S, b, bAt + i);
            FloatVector slope = FloatVector.fromArray(S, a, aAt + i)
                    .div(divisor)
                    .div(divisor)
                    .neg();
            FloatVector.fromArray(S, dy, at + i).mul(slope).intoArray(d, at + i);
        }
    }

    static void ofSmaller(float[] d, float[] dy, int at, float[] a, int aAt, float[] b, int bAt, int n) {
        for (int i = 0; i < n; i += L) {
            FloatVector left = FloatVector.fromArray(S, a, aAt + i);
            FloatVector right = FloatVector.fromArray(S, b, bAt + i);
            FloatVector slope = FloatVector.broadcast(S, 0.5f)
                    .blend(1, left.compare(VectorOperators.LT, right))
                    .blend(0, left.compare(VectorOperators.GT, right));
            FloatVector.fromArray(S, dy, at + i).mul(slope).intoArray(d, at + i);
        }
    }

    static void ofLarger(float[] d, float[] dy, int at, float[] a, int aAt, float[] b, int bAt, int n) {
        for (int i = 0; i < n; i += L) {
            FloatVector left = FloatVector.fromArray(S, a, aAt + i);
            FloatVector right = FloatVector.fromArray(S, b, bAt + i);
            FloatVector slope = FloatVector.broadcast(S, 0.5f)
                    .blend(1, left.compare(VectorOperators.GT, right))
                    .blend(0, left.compare(VectorOperators.LT, right));
            FloatVector.fromArray(S, dy, at + i).mul(slope).intoArray(d, at + i);
        }
    }

    static void powFirst(float[] d, float[] dy, int at, float[] a, int aAt, float[] b, int bAt, int n) {
        float[] power = Scratch.floats(Slot.TASK_G, n);
        minusOne(power, b, bAt, n);
        PowerSimd.run(power, 0, a, aAt, power, 0, 1, n);
        timesExponent(d, dy, at, power, b, bAt, n);
    }

    private static void minusOne(float[] y, float[] b, int bAt, int n) {
        for (int i = 0; i < n; i += L) {
            FloatVector.fromArray(S, b, bAt + i).sub(1).intoArray(y, i);
        }
    }

    private static void timesExponent(float[] d, float[] dy, int at, float[] power, float[] b, int bAt, int n) {
        for (int i = 0; i < n; i += L) {
            FloatVector exponent = FloatVector.fromArray(S, b, bAt + i);
            FloatVector slope =
                    FloatVector.fromArray(S, power, i).mul(exponent).blend(0, exponent.compare(VectorOperators.EQ, 0f));
            FloatVector.fromArray(S, dy, at + i).mul(slope).intoArray(d, at + i);
        }
    }

    static void powSecond(float[] d, float[] dy, int at, float[] a, int aAt, float[] b, int bAt, int n) {
        float[] power = Scratch.floats(Slot.TASK_G, n);
        PowerSimd.run(power, 0, a, aAt, b, bAt, 1, n);
        timesLogarithm(d, dy, at, power, a, aAt, b, bAt, n);
    }

    private static void timesLogarithm(
            float[] d, float[] dy, int at, float[] power, float[] a, int aAt, float[] b, int bAt, int n) {
        for (int i = 0; i < n; i += L) {
            FloatVector base = FloatVector.fromArray(S, a, aAt + i);
            VectorMask<Float> flat = base.compare(VectorOperators.EQ, 0f)
                    .and(FloatVector.fromArray(S, b, bAt + i).compare(VectorOperators.GE, 0f));
            FloatVector slope =
                    ExpSimd.log(base).mul(FloatVector.fromArray(S, power, i)).blend(0, flat);
            FloatVector.fromArray(S, dy, at + i).mul(slope).intoArray(d, at + i);
        }
    }

    static void whereFirst(float[] d, float[] dy, int at, float[] a, int aAt, float[] b, int bAt, int n) {
        for (int i = 0; i < n; i += L) {
            VectorMask<Float> on = FloatVector.fromArray(S, b, bAt + i).compare(VectorOperators.NE, 0f);
            FloatVector.fromArray(S, dy, at + i)
                    .mul(FloatVector.zero(S).blend(1, on))
                    .intoArray(d, at + i);
        }
    }

    static void whereNotFirst(float[] d, float[] dy, int at, float[] a, int aAt, float[] b, int bAt, int n) {
        for (int i = 0; i < n; i += L) {
            VectorMask<Float> on = FloatVector.fromArray(S, b, bAt + i).compare(VectorOperators.EQ, 0f);
            FloatVector.fromArray(S, dy, at + i)
                    .mul(FloatVector.zero(S).blend(1, on))
                    .intoArray(d, at + i);
        }
    }
}
