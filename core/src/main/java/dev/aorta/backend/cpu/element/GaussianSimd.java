package dev.aorta.backend.cpu.element;

import dev.aorta.backend.cpu.machine.ExpSimd;
import dev.aorta.backend.cpu.machine.Scratch;
import dev.aorta.backend.cpu.machine.Scratch.Slot;
import dev.aorta.backend.cpu.machine.Simd;
import dev.aorta.backend.cpu.machine.Species;
import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.VectorOperators;
import jdk.incubator.vector.VectorSpecies;

/** The functions of {@link UnarySimd} that are made of a Gaussian and the error function, in stages that hand over arrays. */
final class GaussianSimd {
    private static final VectorSpecies<Float> S = Species.S;
    private static final int L = Simd.LANES;
    private static final int BLOCK = PowerSimd.BLOCK;

    private static final float ROOT_HALF = 0.70710678f;
    private static final float TWO_OVER_ROOT_PI = 1.1283792f;
    private static final float ONE_OVER_ROOT_TWO_PI = 0.39894228f;

    private GaussianSimd() {}

    static void erf(float[] y, float[] x, int from, int to, float a, float b) {
        float[] e = Scratch.floats(Slot.TASK_D, BLOCK);
        for (int i = from; i < to; i += BLOCK) {
            int n = Math.min(BLOCK, to - i);
            gaussian(e, x, i, n, -1);
            erf(y, x, e, i, n);
        }
    }

    /** {@code e = exp(factor * x^2)}, for functions that together with it are more than the compiler inlines into one loop. */
    private static void gaussian(float[] e, float[] x, int at, int n, float factor) {
        for (int i = 0; i < n; i += L) {
            FloatVector v = FloatVector.fromArray(S, x, at + i);
            ExpSimd.expToInfinity(v.mul(v).mul(factor)).intoArray(e, i);
        }
    }

    /** By a polynomial of our own up to 1, and from the complement beyond. */
    private static void erf(float[] y, float[] x, float[] e, int at, int n) {
        for (int i = 0; i < n; i += L) {
            FloatVector v = FloatVector.fromArray(S, x, at + i);
            FloatVector size = v.abs();
            FloatVector square = v.mul(v);
            FloatVector far = ExpSimd.scaledErfc(size)
                    .mul(FloatVector.fromArray(S, e, i))
                    .neg()
                    .add(1);
            far = far.lanewise(VectorOperators.NEG, v.compare(VectorOperators.LT, 0f));
            FloatVector near = FloatVector.broadcast(S, -0.000563137466f);
            near = near.mul(square).add(0.00491754059f);
            near = near.mul(square).add(-0.0267113037f);
            near = near.mul(square).add(0.112801798f);
            near = near.mul(square).add(-0.37612325f);
            near = near.mul(square).add(1.12837911f).mul(v);
            near.blend(far, size.compare(VectorOperators.GT, 1f)).intoArray(y, at + i);
        }
    }

    static void erfGrad(float[] dx, float[] dy, float[] x, float[] y, int from, int to, float a, float b) {
        for (int i = from; i < to; i += L) {
            FloatVector v = FloatVector.fromArray(S, x, i);
            ExpSimd.expToInfinity(v.mul(v).neg())
                    .mul(TWO_OVER_ROOT_PI)
                    .mul(FloatVector.fromArray(S, dy, i))
                    .intoArray(dx, i);
        }
    }

    static void gelu(float[] y, float[] x, int from, int to, float a, float b) {
        float[] e = Scratch.floats(Slot.TASK_D, BLOCK);
        for (int i = from; i < to; i += BLOCK) {
            int n = Math.min(BLOCK, to - i);
            gaussian(e, x, i, n, -0.5f);
            gelu(y, x, e, i, n);
        }
    }

    private static void gelu(float[] y, float[] x, float[] e, int at, int n) {
        for (int i = 0; i < n; i += L) {
            FloatVector v = FloatVector.fromArray(S, x, at + i);
            FloatVector tail = ExpSimd.scaledErfc(v.abs().mul(ROOT_HALF))
                    .mul(FloatVector.fromArray(S, e, i))
                    .mul(0.5f);
            FloatVector phi = tail.blend(tail.neg().add(1), v.compare(VectorOperators.GT, 0f));
            v.mul(phi).intoArray(y, at + i);
        }
    }

    static void geluGrad(float[] dx, float[] dy, float[] x, float[] y, int from, int to, float a, float b) {
        float[] e = Scratch.floats(Slot.TASK_D, BLOCK);
        for (int i = from; i < to; i += BLOCK) {
            int n = Math.min(BLOCK, to - i);
            gaussian(e, x, i, n, -0.5f);
            geluGrad(dx, dy, x, e, i, n);
        }
    }

    private static void geluGrad(float[] dx, float[] dy, float[] x, float[] e, int at, int n) {
        for (int i = 0; i < n; i += L) {
            FloatVector v = FloatVector.fromArray(S, x, at + i);
            FloatVector density = FloatVector.fromArray(S, e, i);
            FloatVector tail =
                    ExpSimd.scaledErfc(v.abs().mul(ROOT_HALF)).mul(density).mul(0.5f);
            FloatVector phi = tail.blend(tail.neg().add(1), v.compare(VectorOperators.GT, 0f));
            v.mul(density)
                    .mul(ONE_OVER_ROOT_TWO_PI)
                    .add(phi)
                    .mul(FloatVector.fromArray(S, dy, at + i))
                    .intoArray(dx, at + i);
        }
    }
}
