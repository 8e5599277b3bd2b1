package dev.aorta.backend.cpu.element;

import dev.aorta.backend.cpu.machine.Exp;
import dev.aorta.backend.cpu.machine.ExpSimd;
import dev.aorta.backend.cpu.machine.Scratch;
import dev.aorta.backend.cpu.machine.Scratch.Slot;
import dev.aorta.backend.cpu.machine.Simd;
import dev.aorta.backend.cpu.machine.Species;
import java.util.Arrays;
import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.IntVector;
import jdk.incubator.vector.VectorMask;
import jdk.incubator.vector.VectorOperators;
import jdk.incubator.vector.VectorSpecies;

/**
 * {@code x^y = e^(y ln |x|)} with the sign and the exceptions of {@link Math#pow}, to a few units in the last place: the
 * logarithm and its product with y are sums of two floats. In stages that hand over arrays, as {@link TwoClassesSimd}.
 */
final class PowerSimd {
    /** Elements that go through one stage after another. */
    static final int BLOCK = 512;

    private static final VectorSpecies<Float> S = Species.S;
    private static final int L = Simd.LANES;
    /** The product exceeds it only where the power is 0, infinite or NaN. */
    private static final float FAR = 128;

    private PowerSimd() {}

    /** A block of one exponent, for a {@code yStep} of 0; in {@link Slot#TASK_C}. */
    static float[] constant(float y) {
        float[] block = Scratch.floats(Slot.TASK_C, BLOCK);
        Arrays.fill(block, 0, BLOCK, y);
        return block;
    }

    /**
     * {@code z = x^y} for n elements, whole vectors; z may be x or y.
     *
     * @param yStep 1, or 0 where y has one block that serves all
     */
    static void run(float[] z, int zAt, float[] x, int xAt, float[] y, int yAt, int yStep, int n) {
        float[] scratch = Scratch.floats(Slot.TASK_E, 2 * BLOCK);
        for (int i = 0; i < n; i += BLOCK) {
            int m = Math.min(BLOCK, n - i);
            logarithms(scratch, x, xAt + i, m);
            products(scratch, y, yAt + i * yStep, m);
            exponentials(scratch, m);
            finish(z, zAt + i, scratch, x, xAt + i, y, yAt + i * yStep, m);
        }
    }

    /** {@code ln |x|}, and what it lacks, a block behind: {@code n ln 2 + 2 artanh s} with {@code s = (m - 1) / (m + 1)}. */
    private static void logarithms(float[] scratch, float[] x, int at, int n) {
        for (int i = 0; i < n; i += L) {
            FloatVector v = FloatVector.fromArray(S, x, at + i).abs();
            VectorMask<Float> small = v.compare(VectorOperators.LT, Float.MIN_NORMAL);
            IntVector bits = v.blend(v.mul(0x1p24f), small).reinterpretAsInts();
            IntVector power = bits.sub(ExpSimd.ROOT_HALF_BITS).lanewise(VectorOperators.ASHR, 23);
            FloatVector count = power.add(Exp.ROUND_BITS).reinterpretAsFloats().sub(Exp.ROUND);
            count = count.blend(count.sub(24), small);
            FloatVector m = bits.sub(power.lanewise(VectorOperators.LSHL, 23)).reinterpretAsFloats();
            FloatVector above = m.sub(1);
            FloatVector sum = m.add(1);
            FloatVector s = above.div(sum);
            FloatVector minus = s.neg();
            FloatVector missing =
                    minus.fma(m.sub(sum.sub(1)), minus.fma(sum, above)).div(sum);
            FloatVector square = s.mul(s);
            FloatVector series =
                    square.mul(0.298709095f).add(0.399775743f).mul(square).add(0.666667759f);
            FloatVector twice = s.add(s);
            FloatVector whole = count.mul(Exp.LN2_HIGH);
            FloatVector high = whole.add(twice);
            FloatVector low = twice.sub(high.sub(whole))
                    .add(series.mul(square).mul(s))
                    .add(missing.add(missing))
                    .add(count.mul(Exp.LN2_LOW));
            VectorMask<Float> finite = v.compare(VectorOperators.LT, Float.POSITIVE_INFINITY);
            VectorMask<Float> zero = v.compare(VectorOperators.EQ, 0f);
            v.blend(high, finite).blend(Float.NEGATIVE_INFINITY, zero).intoArray(scratch, i);
            low.blend(0, finite.not().or(zero)).intoArray(scratch, BLOCK + i);
        }
    }

    private static void products(float[] scratch, float[] y, int at, int n) {
        for (int i = 0; i < n; i += L) {
            FloatVector v = FloatVector.fromArray(S, y, at + i);
            FloatVector log = FloatVector.fromArray(S, scratch, i);
            FloatVector high = v.mul(log);
            FloatVector low = v.fma(log, high.neg()).add(v.mul(FloatVector.fromArray(S, scratch, BLOCK + i)));
            high.intoArray(scratch, i);
            low.blend(0, high.abs().compare(VectorOperators.GT, FAR)).intoArray(scratch, BLOCK + i);
        }
    }

    private static void exponentials(float[] scratch, int n) {
        for (int i = 0; i < n; i += L) {
            ExpSimd.exp(FloatVector.fromArray(S, scratch, i), FloatVector.fromArray(S, scratch, BLOCK + i))
                    .intoArray(scratch, i);
        }
    }

    private static void finish(float[] z, int zAt, float[] scratch, float[] x, int xAt, float[] y, int yAt, int n) {
        for (int i = 0; i < n; i += L) {
            FloatVector base = FloatVector.fromArray(S, x, xAt + i);
            FloatVector exponent = FloatVector.fromArray(S, y, yAt + i);
            // a float from 2^23 is whole, and one below loses its fraction when 2^23 is added
            FloatVector size = exponent.abs();
            VectorMask<Float> whole = size.add(0x1p23f)
                    .sub(0x1p23f)
                    .compare(VectorOperators.EQ, size)
                    .or(size.compare(VectorOperators.GE, 0x1p23f));
            FloatVector half = size.mul(0.5f);
            VectorMask<Float> even = half.add(0x1p23f)
                    .sub(0x1p23f)
                    .compare(VectorOperators.EQ, half)
                    .or(half.compare(VectorOperators.GE, 0x1p23f));
            VectorMask<Float> signed =
                    base.reinterpretAsInts().compare(VectorOperators.LT, 0).cast(S);
            FloatVector power = FloatVector.fromArray(S, scratch, i);
            power = power.lanewise(VectorOperators.NEG, signed.and(whole.andNot(even)));
            VectorMask<Float> undefined = base.compare(VectorOperators.LT, 0f)
                    .and(base.compare(VectorOperators.GT, Float.NEGATIVE_INFINITY))
                    .andNot(whole);
            power.blend(Float.NaN, undefined)
                    .blend(1, size.compare(VectorOperators.EQ, 0f))
                    .intoArray(z, zAt + i);
        }
    }
}
