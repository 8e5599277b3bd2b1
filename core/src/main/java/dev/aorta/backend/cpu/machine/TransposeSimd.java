package dev.aorta.backend.cpu.machine;

import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.VectorMask;
import jdk.incubator.vector.VectorShuffle;
import jdk.incubator.vector.VectorSpecies;

/**
 * Transposes blocks of L x L floats. For d = 1, 2, 4, … rows r and r + d swap those lanes whose number has bit d: two such steps
 * at a time in registers, four rows in and four out.
 */
final class TransposeSimd {
    private static final VectorSpecies<Float> S = Species.S;
    private static final int L = Simd.LANES;

    private static final VectorShuffle<Float> SWAP_1 = swap(1);
    private static final VectorShuffle<Float> SWAP_2 = swap(2);
    private static final VectorShuffle<Float> SWAP_4 = swap(4);
    private static final VectorShuffle<Float> SWAP_8 = swap(8);
    private static final VectorMask<Float> WITHOUT_1 = without(1);
    private static final VectorMask<Float> WITHOUT_2 = without(2);
    private static final VectorMask<Float> WITHOUT_4 = without(4);
    private static final VectorMask<Float> WITHOUT_8 = without(8);

    private TransposeSimd() {}

    private static VectorShuffle<Float> swap(int bit) {
        return VectorShuffle.fromOp(S, i -> (i ^ bit) % L);
    }

    /** Lanes whose number has not that bit. */
    private static VectorMask<Float> without(int bit) {
        boolean[] lanes = new boolean[L];
        for (int i = 0; i < L; i++) {
            lanes[i] = (i & bit) == 0;
        }
        return VectorMask.fromArray(S, lanes, 0);
    }

    /** Floats that a block needs beside. */
    static final int BESIDE = L * L;

    /**
     * {@code y[yAt + c * yStep + r] = x[xAt + r * xStep + c]} for r and c below L. The first two steps go to a small array, since
     * rows of y that are a power of two apart push each other out of the cache.
     */
    static void block(float[] y, int yAt, int yStep, float[] x, int xAt, int xStep, float[] beside) {
        if (L == 16) {
            four(beside, 0, L, x, xAt, xStep, 1, SWAP_1, WITHOUT_1, SWAP_2, WITHOUT_2);
            four(y, yAt, yStep, beside, 0, L, 4, SWAP_4, WITHOUT_4, SWAP_8, WITHOUT_8);
        } else if (L == 8) {
            four(beside, 0, L, x, xAt, xStep, 1, SWAP_1, WITHOUT_1, SWAP_2, WITHOUT_2);
            two(y, yAt, yStep, beside, 4, SWAP_4, WITHOUT_4);
        } else {
            four(y, yAt, yStep, x, xAt, xStep, 1, SWAP_1, WITHOUT_1, SWAP_2, WITHOUT_2);
        }
    }

    private static void four(
            float[] y,
            int yAt,
            int yStep,
            float[] x,
            int xAt,
            int xStep,
            int d,
            VectorShuffle<Float> swap,
            VectorMask<Float> without,
            VectorShuffle<Float> swap2,
            VectorMask<Float> without2) {
        for (int i = 0; i < L; i += 4 * d) {
            for (int r = i; r < i + d; r++) {
                FloatVector x0 = FloatVector.fromArray(S, x, xAt + r * xStep);
                FloatVector x1 = FloatVector.fromArray(S, x, xAt + (r + d) * xStep);
                FloatVector x2 = FloatVector.fromArray(S, x, xAt + (r + 2 * d) * xStep);
                FloatVector x3 = FloatVector.fromArray(S, x, xAt + (r + 3 * d) * xStep);
                FloatVector s0 = x1.rearrange(swap).blend(x0, without);
                FloatVector s1 = x1.blend(x0.rearrange(swap), without);
                FloatVector s2 = x3.rearrange(swap).blend(x2, without);
                FloatVector s3 = x3.blend(x2.rearrange(swap), without);
                s2.rearrange(swap2).blend(s0, without2).intoArray(y, yAt + r * yStep);
                s3.rearrange(swap2).blend(s1, without2).intoArray(y, yAt + (r + d) * yStep);
                s2.blend(s0.rearrange(swap2), without2).intoArray(y, yAt + (r + 2 * d) * yStep);
                s3.blend(s1.rearrange(swap2), without2).intoArray(y, yAt + (r + 3 * d) * yStep);
            }
        }
    }

    private static void two(
            float[] y, int yAt, int yStep, float[] x, int d, VectorShuffle<Float> swap, VectorMask<Float> without) {
        for (int i = 0; i < L; i += 2 * d) {
            for (int r = i; r < i + d; r++) {
                FloatVector x0 = FloatVector.fromArray(S, x, r * L);
                FloatVector x1 = FloatVector.fromArray(S, x, (r + d) * L);
                x1.rearrange(swap).blend(x0, without).intoArray(y, yAt + r * yStep);
                x1.blend(x0.rearrange(swap), without).intoArray(y, yAt + (r + d) * yStep);
            }
        }
    }
}
