package dev.aorta.backend.cpu;

import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.VectorMask;
import jdk.incubator.vector.VectorOperators;
import jdk.incubator.vector.VectorShuffle;
import jdk.incubator.vector.VectorSpecies;
import org.jspecify.annotations.Nullable;

/** The whole vectors of {@link TwoClasses}: lanes 2 r and 2 r + 1 hold the two logits of a row and both compute its loss. */
final class TwoClassesSimd {
    private static final VectorSpecies<Float> S = Species.S;
    private static final int L = Simd.LANES;

    private static final VectorShuffle<Float> OTHER = VectorShuffle.fromOp(S, i -> i ^ 1);
    private static final VectorShuffle<Float> LOWER_TWICE = VectorShuffle.fromOp(S, i -> i / 2);
    private static final VectorShuffle<Float> UPPER_TWICE = VectorShuffle.fromOp(S, i -> (L + i) / 2);
    /** Lanes of the second class. */
    private static final VectorMask<Float> SECOND = VectorMask.fromLong(S, 0xaaaaL);

    private TwoClassesSimd() {}

    /** As {@link TwoClasses#crossEntropy}, for a number of rows that is a multiple of L. */
    static double crossEntropy(
            float @Nullable [] grad,
            float[] logits,
            float[] labels,
            float weight0,
            float weight1,
            float share,
            int from,
            int to) {
        double loss = 0;
        for (int r = from; r < to; r += L) {
            loss += rows(grad, logits, labels, weight0, weight1, share, r);
        }
        return loss;
    }

    /** L rows from r. It is called often and has no loop, so that it is compiled early. */
    private static float rows(
            float @Nullable [] grad, float[] logits, float[] labels, float weight0, float weight1, float share, int r) {
        FloatVector label = FloatVector.fromArray(S, labels, r);
        FloatVector lower = half(grad, logits, label.rearrange(LOWER_TWICE), weight0, weight1, share, 2 * r);
        FloatVector upper = half(grad, logits, label.rearrange(UPPER_TWICE), weight0, weight1, share, 2 * r + L);
        return LanesSimd.sum(lower.add(upper)) / 2;
    }

    private static FloatVector half(
            float @Nullable [] grad,
            float[] logits,
            FloatVector label,
            float weight0,
            float weight1,
            float share,
            int at) {
        FloatVector zero = FloatVector.zero(S);
        FloatVector one = FloatVector.broadcast(S, 1);
        FloatVector x = FloatVector.fromArray(S, logits, at);
        FloatVector lead = x.sub(x.rearrange(OTHER));
        VectorMask<Float> second = label.compare(VectorOperators.NE, zero);
        VectorMask<Float> right = second.eq(SECOND);
        FloatVector wrong = lead.lanewise(VectorOperators.NEG, right);
        FloatVector e = ExpSimd.exp(wrong.abs().neg());
        FloatVector weight = FloatVector.broadcast(S, weight0).blend(weight1, second);
        if (grad != null) {
            e.blend(one, wrong.compare(VectorOperators.GT, zero))
                    .div(e.add(one))
                    .mul(weight)
                    .mul(share)
                    .lanewise(VectorOperators.NEG, right)
                    .intoArray(grad, at);
        }
        return wrong.max(zero).add(ExpSimd.log1p(e)).mul(weight);
    }
}
