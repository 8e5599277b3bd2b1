package dev.aorta.backend.cpu.winograd;

import dev.aorta.backend.cpu.machine.Simd;
import dev.aorta.backend.cpu.machine.Species;
import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.VectorSpecies;

/**
 * The product of the transformed tiles of dy and x at one of the 36 points, for the weight gradient: {@code p[o, i] = sum over
 * t of d[t, o] * v[t, i]}, with 8 or 4 rows o and one or two vectors of i in registers.
 *
 * <p>Arguments: p, whose rows are pStep apart and whose vectors are 36 L apart; whether to add to what p holds; d and v, whose
 * tiles are L apart and whose rows are neighbours; vNext, the way to the second vector of v. Each shape is a method, as in {@link
 * WinogradTileKernel}.
 */
final class WinogradRowKernel {
    private static final VectorSpecies<Float> S = Species.S;
    private static final int L = Simd.LANES;
    private static final int NEXT = Winograd.POINTS * L;

    private WinogradRowKernel() {}

    static void rows8x2(
            float[] p, int pAt, int pStep, boolean add, float[] d, int dAt, float[] v, int vAt, int vNext, int tiles) {
        FloatVector c0a = FloatVector.zero(S);
        FloatVector c0b = FloatVector.zero(S);
        FloatVector c1a = FloatVector.zero(S);
        FloatVector c1b = FloatVector.zero(S);
        FloatVector c2a = FloatVector.zero(S);
        FloatVector c2b = FloatVector.zero(S);
        FloatVector c3a = FloatVector.zero(S);
        FloatVector c3b = FloatVector.zero(S);
        FloatVector c4a = FloatVector.zero(S);
        FloatVector c4b = FloatVector.zero(S);
        FloatVector c5a = FloatVector.zero(S);
        FloatVector c5b = FloatVector.zero(S);
        FloatVector c6a = FloatVector.zero(S);
        FloatVector c6b = FloatVector.zero(S);
        FloatVector c7a = FloatVector.zero(S);
        FloatVector c7b = FloatVector.zero(S);
        for (int t = 0; t < tiles; t++, dAt += L, vAt += L) {
            FloatVector a = FloatVector.fromArray(S, v, vAt);
            FloatVector b = FloatVector.fromArray(S, v, vAt + vNext);
            FloatVector d0 = FloatVector.broadcast(S, d[dAt]);
            c0a = d0.fma(a, c0a);
            c0b = d0.fma(b, c0b);
            FloatVector d1 = FloatVector.broadcast(S, d[dAt + 1]);
            c1a = d1.fma(a, c1a);
            c1b = d1.fma(b, c1b);
            FloatVector d2 = FloatVector.broadcast(S, d[dAt + 2]);
            c2a = d2.fma(a, c2a);
            c2b = d2.fma(b, c2b);
            FloatVector d3 = FloatVector.broadcast(S, d[dAt + 3]);
            c3a = d3.fma(a, c3a);
            c3b = d3.fma(b, c3b);
            FloatVector d4 = FloatVector.broadcast(S, d[dAt + 4]);
            c4a = d4.fma(a, c4a);
            c4b = d4.fma(b, c4b);
            FloatVector d5 = FloatVector.broadcast(S, d[dAt + 5]);
            c5a = d5.fma(a, c5a);
            c5b = d5.fma(b, c5b);
            FloatVector d6 = FloatVector.broadcast(S, d[dAt + 6]);
            c6a = d6.fma(a, c6a);
            c6b = d6.fma(b, c6b);
            FloatVector d7 = FloatVector.broadcast(S, d[dAt + 7]);
            c7a = d7.fma(a, c7a);
            c7b = d7.fma(b, c7b);
        }
        if (add) {
            c0a = c0a.add(FloatVector.fromArray(S, p, pAt));
            c0b = c0b.add(FloatVector.fromArray(S, p, pAt + NEXT));
            c1a = c1a.add(FloatVector.fromArray(S, p, pAt + pStep));
            c1b = c1b.add(FloatVector.fromArray(S, p, pAt + pStep + NEXT));
            c2a = c2a.add(FloatVector.fromArray(S, p, pAt + 2 * pStep));
            c2b = c2b.add(FloatVector.fromArray(S, p, pAt + 2 * pStep + NEXT));
            c3a = c3a.add(FloatVector.fromArray(S, p, pAt + 3 * pStep));
            c3b = c3b.add(FloatVector.fromArray(S, p, pAt + 3 * pStep + NEXT));
            c4a = c4a.add(FloatVector.fromArray(S, p, pAt + 4 * pStep));
            c4b = c4b.add(FloatVector.fromArray(S, p, pAt + 4 * pStep + NEXT));
            c5a = c5a.add(FloatVector.fromArray(S, p, pAt + 5 * pStep));
            c5b = c5b.add(FloatVector.fromArray(S, p, pAt + 5 * pStep + NEXT));
            c6a = c6a.add(FloatVector.fromArray(S, p, pAt + 6 * pStep));
            c6b = c6b.add(FloatVector.fromArray(S, p, pAt + 6 * pStep + NEXT));
            c7a = c7a.add(FloatVector.fromArray(S, p, pAt + 7 * pStep));
            c7b = c7b.add(FloatVector.fromArray(S, p, pAt + 7 * pStep + NEXT));
        }
        c0a.intoArray(p, pAt);
        c0b.intoArray(p, pAt + NEXT);
        c1a.intoArray(p, pAt + pStep);
        c1b.intoArray(p, pAt + pStep + NEXT);
        c2a.intoArray(p, pAt + 2 * pStep);
        c2b.intoArray(p, pAt + 2 * pStep + NEXT);
        c3a.intoArray(p, pAt + 3 * pStep);
        c3b.intoArray(p, pAt + 3 * pStep + NEXT);
        c4a.intoArray(p, pAt + 4 * pStep);
        c4b.intoArray(p, pAt + 4 * pStep + NEXT);
        c5a.intoArray(p, pAt + 5 * pStep);
        c5b.intoArray(p, pAt + 5 * pStep + NEXT);
        c6a.intoArray(p, pAt + 6 * pStep);
        c6b.intoArray(p, pAt + 6 * pStep + NEXT);
        c7a.intoArray(p, pAt + 7 * pStep);
        c7b.intoArray(p, pAt + 7 * pStep + NEXT);
    }

    static void rows8x1(float[] p, int pAt, int pStep, boolean add, float[] d, int dAt, float[] v, int vAt, int tiles) {
        FloatVector c0a = FloatVector.zero(S);
        FloatVector c1a = FloatVector.zero(S);
        FloatVector c2a = FloatVector.zero(S);
        FloatVector c3a = FloatVector.zero(S);
        FloatVector c4a = FloatVector.zero(S);
        FloatVector c5a = FloatVector.zero(S);
        FloatVector c6a = FloatVector.zero(S);
        FloatVector c7a = FloatVector.zero(S);
        for (int t = 0; t < tiles; t++, dAt += L, vAt += L) {
            FloatVector a = FloatVector.fromArray(S, v, vAt);
            FloatVector d0 = FloatVector.broadcast(S, d[dAt]);
            c0a = d0.fma(a, c0a);
            FloatVector d1 = FloatVector.broadcast(S, d[dAt + 1]);
            c1a = d1.fma(a, c1a);
            FloatVector d2 = FloatVector.broadcast(S, d[dAt + 2]);
            c2a = d2.fma(a, c2a);
            FloatVector d3 = FloatVector.broadcast(S, d[dAt + 3]);
            c3a = d3.fma(a, c3a);
            FloatVector d4 = FloatVector.broadcast(S, d[dAt + 4]);
            c4a = d4.fma(a, c4a);
            FloatVector d5 = FloatVector.broadcast(S, d[dAt + 5]);
            c5a = d5.fma(a, c5a);
            FloatVector d6 = FloatVector.broadcast(S, d[dAt + 6]);
            c6a = d6.fma(a, c6a);
            FloatVector d7 = FloatVector.broadcast(S, d[dAt + 7]);
            c7a = d7.fma(a, c7a);
        }
        if (add) {
            c0a = c0a.add(FloatVector.fromArray(S, p, pAt));
            c1a = c1a.add(FloatVector.fromArray(S, p, pAt + pStep));
            c2a = c2a.add(FloatVector.fromArray(S, p, pAt + 2 * pStep));
            c3a = c3a.add(FloatVector.fromArray(S, p, pAt + 3 * pStep));
            c4a = c4a.add(FloatVector.fromArray(S, p, pAt + 4 * pStep));
            c5a = c5a.add(FloatVector.fromArray(S, p, pAt + 5 * pStep));
            c6a = c6a.add(FloatVector.fromArray(S, p, pAt + 6 * pStep));
            c7a = c7a.add(FloatVector.fromArray(S, p, pAt + 7 * pStep));
        }
        c0a.intoArray(p, pAt);
        c1a.intoArray(p, pAt + pStep);
        c2a.intoArray(p, pAt + 2 * pStep);
        c3a.intoArray(p, pAt + 3 * pStep);
        c4a.intoArray(p, pAt + 4 * pStep);
        c5a.intoArray(p, pAt + 5 * pStep);
        c6a.intoArray(p, pAt + 6 * pStep);
        c7a.intoArray(p, pAt + 7 * pStep);
    }

    static void rows4x2(
            float[] p, int pAt, int pStep, boolean add, float[] d, int dAt, float[] v, int vAt, int vNext, int tiles) {
        FloatVector c0a = FloatVector.zero(S);
        FloatVector c0b = FloatVector.zero(S);
        FloatVector c1a = FloatVector.zero(S);
        FloatVector c1b = FloatVector.zero(S);
        FloatVector c2a = FloatVector.zero(S);
        FloatVector c2b = FloatVector.zero(S);
        FloatVector c3a = FloatVector.zero(S);
        FloatVector c3b = FloatVector.zero(S);
        for (int t = 0; t < tiles; t++, dAt += L, vAt += L) {
            FloatVector a = FloatVector.fromArray(S, v, vAt);
            FloatVector b = FloatVector.fromArray(S, v, vAt + vNext);
            FloatVector d0 = FloatVector.broadcast(S, d[dAt]);
            c0a = d0.fma(a, c0a);
            c0b = d0.fma(b, c0b);
            FloatVector d1 = FloatVector.broadcast(S, d[dAt + 1]);
            c1a = d1.fma(a, c1a);
            c1b = d1.fma(b, c1b);
            FloatVector d2 = FloatVector.broadcast(S, d[dAt + 2]);
            c2a = d2.fma(a, c2a);
            c2b = d2.fma(b, c2b);
            FloatVector d3 = FloatVector.broadcast(S, d[dAt + 3]);
            c3a = d3.fma(a, c3a);
            c3b = d3.fma(b, c3b);
        }
        if (add) {
            c0a = c0a.add(FloatVector.fromArray(S, p, pAt));
            c0b = c0b.add(FloatVector.fromArray(S, p, pAt + NEXT));
            c1a = c1a.add(FloatVector.fromArray(S, p, pAt + pStep));
            c1b = c1b.add(FloatVector.fromArray(S, p, pAt + pStep + NEXT));
            c2a = c2a.add(FloatVector.fromArray(S, p, pAt + 2 * pStep));
            c2b = c2b.add(FloatVector.fromArray(S, p, pAt + 2 * pStep + NEXT));
            c3a = c3a.add(FloatVector.fromArray(S, p, pAt + 3 * pStep));
            c3b = c3b.add(FloatVector.fromArray(S, p, pAt + 3 * pStep + NEXT));
        }
        c0a.intoArray(p, pAt);
        c0b.intoArray(p, pAt + NEXT);
        c1a.intoArray(p, pAt + pStep);
        c1b.intoArray(p, pAt + pStep + NEXT);
        c2a.intoArray(p, pAt + 2 * pStep);
        c2b.intoArray(p, pAt + 2 * pStep + NEXT);
        c3a.intoArray(p, pAt + 3 * pStep);
        c3b.intoArray(p, pAt + 3 * pStep + NEXT);
    }

    static void rows4x1(float[] p, int pAt, int pStep, boolean add, float[] d, int dAt, float[] v, int vAt, int tiles) {
        FloatVector c0a = FloatVector.zero(S);
        FloatVector c1a = FloatVector.zero(S);
        FloatVector c2a = FloatVector.zero(S);
        FloatVector c3a = FloatVector.zero(S);
        for (int t = 0; t < tiles; t++, dAt += L, vAt += L) {
            FloatVector a = FloatVector.fromArray(S, v, vAt);
            FloatVector d0 = FloatVector.broadcast(S, d[dAt]);
            c0a = d0.fma(a, c0a);
            FloatVector d1 = FloatVector.broadcast(S, d[dAt + 1]);
            c1a = d1.fma(a, c1a);
            FloatVector d2 = FloatVector.broadcast(S, d[dAt + 2]);
            c2a = d2.fma(a, c2a);
            FloatVector d3 = FloatVector.broadcast(S, d[dAt + 3]);
            c3a = d3.fma(a, c3a);
        }
        if (add) {
            c0a = c0a.add(FloatVector.fromArray(S, p, pAt));
            c1a = c1a.add(FloatVector.fromArray(S, p, pAt + pStep));
            c2a = c2a.add(FloatVector.fromArray(S, p, pAt + 2 * pStep));
            c3a = c3a.add(FloatVector.fromArray(S, p, pAt + 3 * pStep));
        }
        c0a.intoArray(p, pAt);
        c1a.intoArray(p, pAt + pStep);
        c2a.intoArray(p, pAt + 2 * pStep);
        c3a.intoArray(p, pAt + 3 * pStep);
    }
}
