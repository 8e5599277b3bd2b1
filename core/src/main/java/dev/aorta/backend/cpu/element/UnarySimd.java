package dev.aorta.backend.cpu.element;

import dev.aorta.backend.Unary;
import dev.aorta.backend.cpu.machine.Chunks;
import dev.aorta.backend.cpu.machine.Exp;
import dev.aorta.backend.cpu.machine.ExpSimd;
import dev.aorta.backend.cpu.machine.Parallel;
import dev.aorta.backend.cpu.machine.Scratch;
import dev.aorta.backend.cpu.machine.Scratch.Slot;
import dev.aorta.backend.cpu.machine.Simd;
import dev.aorta.backend.cpu.machine.Species;
import java.util.Arrays;
import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.VectorMask;
import jdk.incubator.vector.VectorOperators;
import jdk.incubator.vector.VectorSpecies;

/**
 * The functions of {@link Unary} on vectors, the one place of the CPU for each. A function has two loops, for its value and for
 * dy times its derivative, over elements {@code from} to {@code to - 1}, whole vectors; one hot loop is one method, because the
 * compiler keeps vectors in registers within a method only.
 */
final class UnarySimd {
    private static final VectorSpecies<Float> S = Species.S;
    private static final int L = Simd.LANES;
    private static final int BLOCK = PowerSimd.BLOCK;

    private static final float ROOT_TWO_OVER_PI = 0.79788456f;
    private static final float CUBIC = 0.044715f;

    private UnarySimd() {}

    interface Value {
        void run(float[] y, float[] x, int from, int to, float a, float b);
    }

    private interface Gradient {
        void run(float[] dx, float[] dy, float[] x, float[] y, int from, int to, float a, float b);
    }

    private record Function(Value value, Gradient gradient) {}

    private static Function function(Unary.Kind kind) {
        return switch (kind) {
            case AFFINE -> new Function(UnarySimd::affine, UnarySimd::affineGrad);
            case ABS -> new Function(UnarySimd::abs, UnarySimd::absGrad);
            case SIGN -> new Function(UnarySimd::sign, UnarySimd::signGrad);
            case EXP -> new Function(UnarySimd::exp, UnarySimd::expGrad);
            case LOG -> new Function(UnarySimd::log, UnarySimd::logGrad);
            case SQRT -> new Function(UnarySimd::sqrt, UnarySimd::sqrtGrad);
            case RECIPROCAL -> new Function(UnarySimd::reciprocal, UnarySimd::reciprocalGrad);
            case SQUARE -> new Function(UnarySimd::square, UnarySimd::squareGrad);
            case POWER -> new Function(UnarySimd::power, UnarySimd::powerGrad);
            case CLAMP -> new Function(UnarySimd::clamp, UnarySimd::clampGrad);
            case ERF -> new Function(GaussianSimd::erf, GaussianSimd::erfGrad);
            case RELU -> new Function(UnarySimd::relu, UnarySimd::reluGrad);
            case LEAKY_RELU -> new Function(UnarySimd::leakyRelu, UnarySimd::leakyReluGrad);
            case ELU -> new Function(UnarySimd::elu, UnarySimd::eluGrad);
            case GELU -> new Function(GaussianSimd::gelu, GaussianSimd::geluGrad);
            case GELU_TANH -> new Function(UnarySimd::geluTanh, UnarySimd::geluTanhGrad);
            case SILU -> new Function(UnarySimd::silu, UnarySimd::siluGrad);
            case HARD_SWISH -> new Function(UnarySimd::hardSwish, UnarySimd::hardSwishGrad);
            case HARD_SIGMOID -> new Function(UnarySimd::hardSigmoid, UnarySimd::hardSigmoidGrad);
            case SOFTPLUS -> new Function(UnarySimd::softplus, UnarySimd::softplusGrad);
            case SIGMOID -> new Function(UnarySimd::sigmoid, UnarySimd::sigmoidGrad);
            case SINH -> new Function(UnarySimd::sinh, UnarySimd::sinhGrad);
            case TANH -> new Function(UnarySimd::tanh, UnarySimd::tanhGrad);
        };
    }

    /** {@code y = f(x)}; what is no whole vector goes through one beside. */
    static void run(Parallel p, float[] y, float[] x, Unary f) {
        Value loop = value(f);
        Chunks.run(p, y.length, (from, to) -> run(loop, y, x, from, to, f));
    }

    static Value value(Unary f) {
        return function(f.kind()).value;
    }

    /** As above for elements {@code from} to {@code to - 1}, with the loop of f. */
    static void run(Value loop, float[] y, float[] x, int from, int to, Unary f) {
        int rest = (to - from) % L;
        loop.run(y, x, from, to - rest, f.a(), f.b());
        if (rest > 0) {
            float[] vector = padded(Slot.TASK_A, x, to - rest, rest);
            loop.run(vector, vector, 0, L, f.a(), f.b());
            System.arraycopy(vector, 0, y, to - rest, rest);
        }
    }

    /** {@code dx = dy * f'(x)}, likewise. */
    static void gradient(Parallel p, float[] dx, float[] dy, float[] x, float[] y, Unary f) {
        Gradient loop = function(f.kind()).gradient;
        Chunks.run(p, dx.length, (from, to) -> {
            int rest = (to - from) % L;
            loop.run(dx, dy, x, y, from, to - rest, f.a(), f.b());
            if (rest > 0) {
                float[] vector = padded(Slot.TASK_A, dy, to - rest, rest);
                float[] ofX = padded(Slot.TASK_B, x, to - rest, rest);
                float[] ofY = padded(Slot.TASK_C, y, to - rest, rest);
                loop.run(vector, vector, ofX, ofY, 0, L, f.a(), f.b());
                System.arraycopy(vector, 0, dx, to - rest, rest);
            }
        });
    }

    private static float[] padded(Slot slot, float[] x, int from, int n) {
        float[] vector = Scratch.floats(slot, L);
        System.arraycopy(x, from, vector, 0, n);
        return vector;
    }

    static void affine(float[] y, float[] x, int from, int to, float a, float b) {
        for (int i = from; i < to; i += L) {
            FloatVector.fromArray(S, x, i).mul(a).add(b).intoArray(y, i);
        }
    }

    static void affineGrad(float[] dx, float[] dy, float[] x, float[] y, int from, int to, float a, float b) {
        for (int i = from; i < to; i += L) {
            FloatVector.fromArray(S, dy, i).mul(a).intoArray(dx, i);
        }
    }

    static void abs(float[] y, float[] x, int from, int to, float a, float b) {
        for (int i = from; i < to; i += L) {
            FloatVector.fromArray(S, x, i).abs().intoArray(y, i);
        }
    }

    static void absGrad(float[] dx, float[] dy, float[] x, float[] y, int from, int to, float a, float b) {
        for (int i = from; i < to; i += L) {
            FloatVector v = FloatVector.fromArray(S, x, i);
            FloatVector sign =
                    v.blend(1, v.compare(VectorOperators.GT, 0f)).blend(-1, v.compare(VectorOperators.LT, 0f));
            FloatVector.fromArray(S, dy, i).mul(sign).intoArray(dx, i);
        }
    }

    static void sign(float[] y, float[] x, int from, int to, float a, float b) {
        for (int i = from; i < to; i += L) {
            FloatVector v = FloatVector.fromArray(S, x, i);
            v.blend(1, v.compare(VectorOperators.GT, 0f))
                    .blend(-1, v.compare(VectorOperators.LT, 0f))
                    .intoArray(y, i);
        }
    }

    static void signGrad(float[] dx, float[] dy, float[] x, float[] y, int from, int to, float a, float b) {
        for (int i = from; i < to; i += L) {
            FloatVector.fromArray(S, dy, i).mul(0).intoArray(dx, i);
        }
    }

    static void exp(float[] y, float[] x, int from, int to, float a, float b) {
        for (int i = from; i < to; i += L) {
            ExpSimd.expToInfinity(FloatVector.fromArray(S, x, i)).intoArray(y, i);
        }
    }

    static void expGrad(float[] dx, float[] dy, float[] x, float[] y, int from, int to, float a, float b) {
        for (int i = from; i < to; i += L) {
            FloatVector.fromArray(S, dy, i).mul(FloatVector.fromArray(S, y, i)).intoArray(dx, i);
        }
    }

    static void log(float[] y, float[] x, int from, int to, float a, float b) {
        for (int i = from; i < to; i += L) {
            ExpSimd.log(FloatVector.fromArray(S, x, i)).intoArray(y, i);
        }
    }

    static void logGrad(float[] dx, float[] dy, float[] x, float[] y, int from, int to, float a, float b) {
        for (int i = from; i < to; i += L) {
            FloatVector.fromArray(S, dy, i).div(FloatVector.fromArray(S, x, i)).intoArray(dx, i);
        }
    }

    static void sqrt(float[] y, float[] x, int from, int to, float a, float b) {
        for (int i = from; i < to; i += L) {
            FloatVector.fromArray(S, x, i).sqrt().intoArray(y, i);
        }
    }

    static void sqrtGrad(float[] dx, float[] dy, float[] x, float[] y, int from, int to, float a, float b) {
        for (int i = from; i < to; i += L) {
            FloatVector.fromArray(S, dy, i)
                    .mul(FloatVector.broadcast(S, 0.5f).div(FloatVector.fromArray(S, y, i)))
                    .intoArray(dx, i);
        }
    }

    static void reciprocal(float[] y, float[] x, int from, int to, float a, float b) {
        for (int i = from; i < to; i += L) {
            FloatVector.broadcast(S, 1).div(FloatVector.fromArray(S, x, i)).intoArray(y, i);
        }
    }

    static void reciprocalGrad(float[] dx, float[] dy, float[] x, float[] y, int from, int to, float a, float b) {
        for (int i = from; i < to; i += L) {
            FloatVector v = FloatVector.fromArray(S, y, i);
            FloatVector.fromArray(S, dy, i).mul(v).mul(v.neg()).intoArray(dx, i);
        }
    }

    static void square(float[] y, float[] x, int from, int to, float a, float b) {
        for (int i = from; i < to; i += L) {
            FloatVector v = FloatVector.fromArray(S, x, i);
            v.mul(v).intoArray(y, i);
        }
    }

    static void squareGrad(float[] dx, float[] dy, float[] x, float[] y, int from, int to, float a, float b) {
        for (int i = from; i < to; i += L) {
            FloatVector.fromArray(S, dy, i)
                    .mul(FloatVector.fromArray(S, x, i).mul(2))
                    .intoArray(dx, i);
        }
    }

    static void power(float[] y, float[] x, int from, int to, float a, float b) {
        PowerSimd.run(y, from, x, from, PowerSimd.constant(a), 0, 0, to - from);
    }

    static void powerGrad(float[] dx, float[] dy, float[] x, float[] y, int from, int to, float a, float b) {
        float[] power = Scratch.floats(Slot.TASK_D, BLOCK);
        for (int i = from; i < to; i += BLOCK) {
            int n = Math.min(BLOCK, to - i);
            if (a != 0) {
                PowerSimd.run(power, 0, x, i, PowerSimd.constant(a - 1), 0, 0, n);
            } else {
                Arrays.fill(power, 0, n, 0);
            }
            scaled(dx, dy, power, a, i, n);
        }
    }

    private static void scaled(float[] dx, float[] dy, float[] power, float a, int at, int n) {
        for (int i = 0; i < n; i += L) {
            FloatVector.fromArray(S, power, i)
                    .mul(a)
                    .mul(FloatVector.fromArray(S, dy, at + i))
                    .intoArray(dx, at + i);
        }
    }

    static void clamp(float[] y, float[] x, int from, int to, float a, float b) {
        for (int i = from; i < to; i += L) {
            FloatVector.fromArray(S, x, i).max(a).min(b).intoArray(y, i);
        }
    }

    static void clampGrad(float[] dx, float[] dy, float[] x, float[] y, int from, int to, float a, float b) {
        for (int i = from; i < to; i += L) {
            FloatVector v = FloatVector.fromArray(S, x, i);
            VectorMask<Float> inside = v.compare(VectorOperators.GE, a).and(v.compare(VectorOperators.LE, b));
            FloatVector.fromArray(S, dy, i)
                    .mul(FloatVector.zero(S).blend(1, inside))
                    .intoArray(dx, i);
        }
    }

    static void relu(float[] y, float[] x, int from, int to, float a, float b) {
        for (int i = from; i < to; i += L) {
            FloatVector.fromArray(S, x, i).max(0).intoArray(y, i);
        }
    }

    static void reluGrad(float[] dx, float[] dy, float[] x, float[] y, int from, int to, float a, float b) {
        for (int i = from; i < to; i += L) {
            VectorMask<Float> on = FloatVector.fromArray(S, y, i).compare(VectorOperators.GT, 0f);
            FloatVector.fromArray(S, dy, i)
                    .mul(FloatVector.zero(S).blend(1, on))
                    .intoArray(dx, i);
        }
    }

    static void leakyRelu(float[] y, float[] x, int from, int to, float a, float b) {
        for (int i = from; i < to; i += L) {
            FloatVector v = FloatVector.fromArray(S, x, i);
            v.mul(a).blend(v, v.compare(VectorOperators.GT, 0f)).intoArray(y, i);
        }
    }

    static void leakyReluGrad(float[] dx, float[] dy, float[] x, float[] y, int from, int to, float a, float b) {
        for (int i = from; i < to; i += L) {
            VectorMask<Float> on = FloatVector.fromArray(S, x, i).compare(VectorOperators.GT, 0f);
            FloatVector.fromArray(S, dy, i)
                    .mul(FloatVector.broadcast(S, a).blend(1, on))
                    .intoArray(dx, i);
        }
    }

    static void elu(float[] y, float[] x, int from, int to, float a, float b) {
        for (int i = from; i < to; i += L) {
            FloatVector v = FloatVector.fromArray(S, x, i);
            ExpSimd.expm1OfNegative(v.min(0))
                    .mul(a)
                    .blend(v, v.compare(VectorOperators.GT, 0f))
                    .intoArray(y, i);
        }
    }

    static void eluGrad(float[] dx, float[] dy, float[] x, float[] y, int from, int to, float a, float b) {
        for (int i = from; i < to; i += L) {
            VectorMask<Float> on = FloatVector.fromArray(S, x, i).compare(VectorOperators.GT, 0f);
            FloatVector.fromArray(S, dy, i)
                    .mul(FloatVector.fromArray(S, y, i).add(a).blend(1, on))
                    .intoArray(dx, i);
        }
    }

    static void geluTanh(float[] y, float[] x, int from, int to, float a, float b) {
        for (int i = from; i < to; i += L) {
            FloatVector v = FloatVector.fromArray(S, x, i);
            FloatVector twice = v.mul(v).mul(CUBIC).add(1).mul(v).mul(2 * ROOT_TWO_OVER_PI);
            v.div(ExpSimd.onePlusExpOfMinus(twice)).intoArray(y, i);
        }
    }

    static void geluTanhGrad(float[] dx, float[] dy, float[] x, float[] y, int from, int to, float a, float b) {
        for (int i = from; i < to; i += L) {
            FloatVector v = FloatVector.fromArray(S, x, i);
            FloatVector square = v.mul(v).min(1e30f);
            FloatVector twice = square.mul(CUBIC).add(1).mul(v).mul(2 * ROOT_TWO_OVER_PI);
            FloatVector one = FloatVector.broadcast(S, 1);
            FloatVector s = one.div(ExpSimd.onePlusExpOfMinus(twice));
            FloatVector slope =
                    v.mul(s.mul(one.sub(s))).mul(square.mul(3 * CUBIC).add(1)).mul(2 * ROOT_TWO_OVER_PI);
            slope.add(s).mul(FloatVector.fromArray(S, dy, i)).intoArray(dx, i);
        }
    }

    static void silu(float[] y, float[] x, int from, int to, float a, float b) {
        for (int i = from; i < to; i += L) {
            FloatVector v = FloatVector.fromArray(S, x, i);
            v.div(ExpSimd.onePlusExpOfMinus(v)).intoArray(y, i);
        }
    }

    static void siluGrad(float[] dx, float[] dy, float[] x, float[] y, int from, int to, float a, float b) {
        for (int i = from; i < to; i += L) {
            FloatVector v = FloatVector.fromArray(S, x, i);
            FloatVector one = FloatVector.broadcast(S, 1);
            FloatVector s = one.div(ExpSimd.onePlusExpOfMinus(v));
            v.mul(one.sub(s)).add(1).mul(s).mul(FloatVector.fromArray(S, dy, i)).intoArray(dx, i);
        }
    }

    static void hardSwish(float[] y, float[] x, int from, int to, float a, float b) {
        for (int i = from; i < to; i += L) {
            FloatVector v = FloatVector.fromArray(S, x, i);
            v.mul(v.mul(1 / 6f).add(0.5f).max(0).min(1)).intoArray(y, i);
        }
    }

    static void hardSwishGrad(float[] dx, float[] dy, float[] x, float[] y, int from, int to, float a, float b) {
        for (int i = from; i < to; i += L) {
            FloatVector v = FloatVector.fromArray(S, x, i);
            FloatVector slope = v.mul(1 / 3f)
                    .add(0.5f)
                    .blend(0, v.compare(VectorOperators.LE, -3f))
                    .blend(1, v.compare(VectorOperators.GE, 3f));
            FloatVector.fromArray(S, dy, i).mul(slope).intoArray(dx, i);
        }
    }

    static void hardSigmoid(float[] y, float[] x, int from, int to, float a, float b) {
        for (int i = from; i < to; i += L) {
            FloatVector.fromArray(S, x, i).mul(a).add(b).max(0).min(1).intoArray(y, i);
        }
    }

    static void hardSigmoidGrad(float[] dx, float[] dy, float[] x, float[] y, int from, int to, float a, float b) {
        for (int i = from; i < to; i += L) {
            FloatVector v = FloatVector.fromArray(S, y, i);
            VectorMask<Float> inside = v.compare(VectorOperators.GT, 0f).and(v.compare(VectorOperators.LT, 1f));
            FloatVector.fromArray(S, dy, i)
                    .mul(FloatVector.zero(S).blend(a, inside))
                    .intoArray(dx, i);
        }
    }

    static void softplus(float[] y, float[] x, int from, int to, float a, float b) {
        for (int i = from; i < to; i += L) {
            FloatVector v = FloatVector.fromArray(S, x, i);
            ExpSimd.log1p(ExpSimd.exp(v.abs().neg())).add(v.max(0)).intoArray(y, i);
        }
    }

    static void softplusGrad(float[] dx, float[] dy, float[] x, float[] y, int from, int to, float a, float b) {
        for (int i = from; i < to; i += L) {
            FloatVector e = ExpSimd.exp(FloatVector.fromArray(S, x, i).neg());
            FloatVector.fromArray(S, dy, i).div(e.add(1)).intoArray(dx, i);
        }
    }

    static void sigmoid(float[] y, float[] x, int from, int to, float a, float b) {
        for (int i = from; i < to; i += L) {
            FloatVector e = ExpSimd.exp(FloatVector.fromArray(S, x, i).neg());
            FloatVector.broadcast(S, 1).div(e.add(1)).intoArray(y, i);
        }
    }

    static void sigmoidGrad(float[] dx, float[] dy, float[] x, float[] y, int from, int to, float a, float b) {
        for (int i = from; i < to; i += L) {
            FloatVector v = FloatVector.fromArray(S, y, i);
            FloatVector.fromArray(S, dy, i)
                    .mul(v)
                    .mul(FloatVector.broadcast(S, 1).sub(v))
                    .intoArray(dx, i);
        }
    }

    /** With {@code h = e^|x| / 2} it is {@code h - 1 / (4 h)}, and near 0, where that would cancel, of {@code u = e^-|x| - 1}. */
    static void sinh(float[] y, float[] x, int from, int to, float a, float b) {
        float[] halves = Scratch.floats(Slot.TASK_D, BLOCK);
        for (int i = from; i < to; i += BLOCK) {
            int n = Math.min(BLOCK, to - i);
            halves(halves, x, i, n);
            sinh(y, x, halves, i, n);
        }
    }

    /** {@code e^|x| / 2}, apart because with what follows it is more than the compiler inlines into one loop. */
    private static void halves(float[] halves, float[] x, int at, int n) {
        FloatVector low = FloatVector.broadcast(S, -Exp.LN2_LOW);
        for (int i = 0; i < n; i += L) {
            FloatVector v = FloatVector.fromArray(S, x, at + i);
            ExpSimd.exp(v.abs().sub(Exp.LN2_HIGH), low).intoArray(halves, i);
        }
    }

    private static void sinh(float[] y, float[] x, float[] halves, int at, int n) {
        for (int i = 0; i < n; i += L) {
            FloatVector v = FloatVector.fromArray(S, x, at + i);
            FloatVector half = FloatVector.fromArray(S, halves, i);
            FloatVector u = ExpSimd.expm1OfNegative(v.abs().neg());
            FloatVector near = u.neg().mul(u.add(2)).div(u.add(1)).mul(0.5f);
            FloatVector size = half.sub(FloatVector.broadcast(S, 0.25f).div(half))
                    .blend(near, v.abs().compare(VectorOperators.LT, 1f));
            size.blend(size.neg(), v.compare(VectorOperators.LT, 0f)).intoArray(y, at + i);
        }
    }

    static void sinhGrad(float[] dx, float[] dy, float[] x, float[] y, int from, int to, float a, float b) {
        FloatVector low = FloatVector.broadcast(S, -Exp.LN2_LOW);
        for (int i = from; i < to; i += L) {
            FloatVector half = ExpSimd.exp(FloatVector.fromArray(S, x, i).abs().sub(Exp.LN2_HIGH), low);
            FloatVector cosh = half.add(FloatVector.broadcast(S, 0.25f).div(half));
            FloatVector.fromArray(S, dy, i).mul(cosh).intoArray(dx, i);
        }
    }

    static void tanh(float[] y, float[] x, int from, int to, float a, float b) {
        for (int i = from; i < to; i += L) {
            ExpSimd.tanh(FloatVector.fromArray(S, x, i)).intoArray(y, i);
        }
    }

    static void tanhGrad(float[] dx, float[] dy, float[] x, float[] y, int from, int to, float a, float b) {
        for (int i = from; i < to; i += L) {
            FloatVector v = FloatVector.fromArray(S, y, i);
            FloatVector.fromArray(S, dy, i)
                    .mul(FloatVector.broadcast(S, 1).sub(v.mul(v)))
                    .intoArray(dx, i);
        }
    }
}
