package dev.aorta.backend.cpu.element;

import dev.aorta.backend.cpu.machine.ExpSimd;
import dev.aorta.backend.cpu.machine.LanesSimd;
import dev.aorta.backend.cpu.machine.Simd;
import dev.aorta.backend.cpu.machine.Species;
import dev.aorta.backend.cpu.machine.Vanishing;
import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.VectorMask;
import jdk.incubator.vector.VectorOperators;
import jdk.incubator.vector.VectorShuffle;
import jdk.incubator.vector.VectorSpecies;

/**
 * The stages of {@link TwoClasses} for {@code n} rows from {@code r}, a multiple of the lanes. Together they are more than the
 * compiler inlines into one method, and then it would put the vectors between them on the heap; so they hand over arrays.
 *
 * <p>The scratch holds, a block each: by how much the wrong class leads the right one; e^-|that|; ln(1 + e^-|that|); and the
 * probability of the wrong class to the power of the focus.
 */
final class TwoClassesSimd {
    private static final VectorSpecies<Float> S = Species.S;
    private static final int L = Simd.LANES;
    static final int E = TwoClasses.BLOCK;
    private static final int LOG = 2 * TwoClasses.BLOCK;
    static final int POWER = 3 * TwoClasses.BLOCK;

    private static final VectorShuffle<Float> EVEN = VectorShuffle.fromOp(S, i -> 2 * i % L);
    private static final VectorShuffle<Float> ODD = VectorShuffle.fromOp(S, i -> (2 * i + 1) % L);
    private static final VectorShuffle<Float> LOWER_TWICE = VectorShuffle.fromOp(S, i -> i / 2);
    private static final VectorShuffle<Float> UPPER_TWICE = VectorShuffle.fromOp(S, i -> (L + i) / 2);
    private static final VectorMask<Float> UPPER = VectorMask.fromLong(S, -1L << L / 2);
    /** Lanes of the first class where the two logits of a row are neighbours. */
    private static final VectorMask<Float> FIRST = VectorMask.fromLong(S, 0x5555L);

    private TwoClassesSimd() {}

    static void leads(float[] scratch, float[] logits, float[] labels, int r, int n) {
        for (int i = 0; i < n; i += L) {
            FloatVector lower = FloatVector.fromArray(S, logits, 2 * (r + i));
            FloatVector upper = FloatVector.fromArray(S, logits, 2 * (r + i) + L);
            FloatVector lead = pick(lower, upper, ODD).sub(pick(lower, upper, EVEN));
            FloatVector wrong = lead.lanewise(VectorOperators.NEG, second(labels, r + i));
            wrong.intoArray(scratch, i);
            wrong.abs().neg().intoArray(scratch, E + i);
        }
    }

    /** {@code e^x} in place. */
    static void exp(float[] x, int at, int n) {
        for (int i = at; i < at + n; i += L) {
            ExpSimd.exp(FloatVector.fromArray(S, x, i)).intoArray(x, i);
        }
    }

    static void logarithms(float[] scratch, int n) {
        for (int i = 0; i < n; i += L) {
            ExpSimd.log1p(FloatVector.fromArray(S, scratch, E + i)).intoArray(scratch, LOG + i);
        }
    }

    static void powers(float[] scratch, float focus, int n) {
        for (int i = 0; i < n; i += L) {
            FloatVector log =
                    FloatVector.fromArray(S, scratch, i).min(0).sub(FloatVector.fromArray(S, scratch, LOG + i));
            log.mul(focus).intoArray(scratch, POWER + i);
        }
    }

    static double focal(float[] scratch, float[] labels, float weight0, float weight1, float focus, int r, int n) {
        FloatVector sum = FloatVector.zero(S);
        for (int i = 0; i < n; i += L) {
            sum = weight(scratch, labels, weight0, weight1, focus, r, i)
                    .mul(surprise(scratch, i))
                    .add(sum);
        }
        return LanesSimd.sum(sum);
    }

    static void focalGrad(
            float[] grad, float[] scratch, float[] labels, float weight0, float weight1, float focus, int r, int n) {
        for (int i = 0; i < n; i += L) {
            FloatVector e = FloatVector.fromArray(S, scratch, E + i);
            FloatVector larger = FloatVector.broadcast(S, 1).div(e.add(1));
            FloatVector smaller = e.mul(larger);
            VectorMask<Float> isWrong = FloatVector.fromArray(S, scratch, i).compare(VectorOperators.GT, 0f);
            FloatVector slope = smaller.blend(larger, isWrong);
            if (focus != 0) {
                slope = larger.blend(smaller, isWrong)
                        .mul(focus)
                        .mul(surprise(scratch, i))
                        .add(slope);
            }
            slope = slope.mul(weight(scratch, labels, weight0, weight1, focus, r, i));
            put(grad, r + i, slope.lanewise(VectorOperators.NEG, second(labels, r + i)));
        }
    }

    static void diceSums(double[] sums, int out, float[] scratch, float[] labels, int r, int n) {
        FloatVector both = FloatVector.zero(S);
        FloatVector predicted = FloatVector.zero(S);
        FloatVector labelled = FloatVector.zero(S);
        FloatVector one = FloatVector.broadcast(S, 1);
        for (int i = 0; i < n; i += L) {
            FloatVector e = FloatVector.fromArray(S, scratch, E + i);
            FloatVector lead =
                    FloatVector.fromArray(S, scratch, i).lanewise(VectorOperators.NEG, second(labels, r + i));
            FloatVector p = e.blend(one, lead.compare(VectorOperators.GT, 0f)).div(e.add(1));
            FloatVector g = FloatVector.fromArray(S, labels, r + i);
            both = p.mul(g).add(both);
            predicted = p.add(predicted);
            labelled = g.add(labelled);
        }
        sums[out] += LanesSimd.sum(both);
        sums[out + 1] += LanesSimd.sum(predicted);
        sums[out + 2] += LanesSimd.sum(labelled);
    }

    static void diceGrad(float[] grad, float[] scratch, float[] labels, float onLabel, float everywhere, int r, int n) {
        for (int i = 0; i < n; i += L) {
            FloatVector e = FloatVector.fromArray(S, scratch, E + i);
            FloatVector larger = FloatVector.broadcast(S, 1).div(e.add(1));
            FloatVector slope =
                    FloatVector.fromArray(S, labels, r + i).mul(onLabel).add(everywhere);
            put(grad, r + i, e.mul(larger).mul(larger).mul(slope));
        }
    }

    /** Rows that are labelled as the second class. */
    private static VectorMask<Float> second(float[] labels, int r) {
        return FloatVector.fromArray(S, labels, r).compare(VectorOperators.NE, 0f);
    }

    /** {@code -ln} of the probability of the right class. */
    private static FloatVector surprise(float[] scratch, int i) {
        return FloatVector.fromArray(S, scratch, i).max(0).add(FloatVector.fromArray(S, scratch, LOG + i));
    }

    private static FloatVector weight(
            float[] scratch, float[] labels, float weight0, float weight1, float focus, int r, int i) {
        FloatVector weight = FloatVector.broadcast(S, weight0).blend(weight1, second(labels, r + i));
        return focus == 0 ? weight : weight.mul(FloatVector.fromArray(S, scratch, POWER + i));
    }

    private static FloatVector pick(FloatVector lower, FloatVector upper, VectorShuffle<Float> which) {
        return Species.exact(lower).rearrange(which).blend(Species.exact(upper).rearrange(which), UPPER);
    }

    private static void put(float[] grad, int r, FloatVector ofSecond) {
        FloatVector v = Species.exact(ofSecond).add(Vanishing.FLUSH).sub(Vanishing.FLUSH);
        v.rearrange(LOWER_TWICE).lanewise(VectorOperators.NEG, FIRST).intoArray(grad, 2 * r);
        v.rearrange(UPPER_TWICE).lanewise(VectorOperators.NEG, FIRST).intoArray(grad, 2 * r + L);
    }
}
