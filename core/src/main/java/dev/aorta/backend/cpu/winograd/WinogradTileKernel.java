package dev.aorta.backend.cpu.winograd;

import dev.aorta.backend.cpu.machine.Simd;
import dev.aorta.backend.cpu.machine.Species;
import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.VectorSpecies;

/**
 * The product of the transformed tiles and the transformed weight at one of the 36 points, for forward and input gradient:
 * {@code m[t, o] = sum over c of v[c, t] * u[c, o]}. Sums of 8 tiles and two vectors of output channels, or of 16 tiles and one
 * vector, are kept in 32 registers; of half as many tiles in 16. Fewer sums than that would wait for each other.
 *
 * <p>Arguments: m; whether to add to what it holds; v, whose blocks of L channels are vBlock apart and whose tiles within a block
 * are L apart; u, whose channels are 2 L apart.
 *
 * <p>Each sum is a variable of its own, since only local variables stay in registers, so each shape is a method.
 */
final class WinogradTileKernel {
    private static final VectorSpecies<Float> S = Species.S;
    private static final int L = Simd.LANES;
    private static final int TILE = WinogradOutput.TILE;
    private static final int HALF = WinogradOutput.HALF;

    private WinogradTileKernel() {}

    static void tiles8x2(
            float[] m, int mAt, boolean add, float[] v, int vAt, int vBlock, float[] u, int uAt, int channels) {
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
        for (int c = 0; c < channels; c++) {
            int at = vAt + c / L * vBlock + c % L;
            FloatVector a = FloatVector.fromArray(S, u, uAt + c * 2 * L);
            FloatVector b = FloatVector.fromArray(S, u, uAt + c * 2 * L + L);
            FloatVector v0 = FloatVector.broadcast(S, v[at]);
            c0a = v0.fma(a, c0a);
            c0b = v0.fma(b, c0b);
            FloatVector v1 = FloatVector.broadcast(S, v[at + L]);
            c1a = v1.fma(a, c1a);
            c1b = v1.fma(b, c1b);
            FloatVector v2 = FloatVector.broadcast(S, v[at + 2 * L]);
            c2a = v2.fma(a, c2a);
            c2b = v2.fma(b, c2b);
            FloatVector v3 = FloatVector.broadcast(S, v[at + 3 * L]);
            c3a = v3.fma(a, c3a);
            c3b = v3.fma(b, c3b);
            FloatVector v4 = FloatVector.broadcast(S, v[at + 4 * L]);
            c4a = v4.fma(a, c4a);
            c4b = v4.fma(b, c4b);
            FloatVector v5 = FloatVector.broadcast(S, v[at + 5 * L]);
            c5a = v5.fma(a, c5a);
            c5b = v5.fma(b, c5b);
            FloatVector v6 = FloatVector.broadcast(S, v[at + 6 * L]);
            c6a = v6.fma(a, c6a);
            c6b = v6.fma(b, c6b);
            FloatVector v7 = FloatVector.broadcast(S, v[at + 7 * L]);
            c7a = v7.fma(a, c7a);
            c7b = v7.fma(b, c7b);
        }
        if (add) {
            c0a = c0a.add(FloatVector.fromArray(S, m, mAt));
            c0b = c0b.add(FloatVector.fromArray(S, m, mAt + HALF));
            c1a = c1a.add(FloatVector.fromArray(S, m, mAt + TILE));
            c1b = c1b.add(FloatVector.fromArray(S, m, mAt + TILE + HALF));
            c2a = c2a.add(FloatVector.fromArray(S, m, mAt + 2 * TILE));
            c2b = c2b.add(FloatVector.fromArray(S, m, mAt + 2 * TILE + HALF));
            c3a = c3a.add(FloatVector.fromArray(S, m, mAt + 3 * TILE));
            c3b = c3b.add(FloatVector.fromArray(S, m, mAt + 3 * TILE + HALF));
            c4a = c4a.add(FloatVector.fromArray(S, m, mAt + 4 * TILE));
            c4b = c4b.add(FloatVector.fromArray(S, m, mAt + 4 * TILE + HALF));
            c5a = c5a.add(FloatVector.fromArray(S, m, mAt + 5 * TILE));
            c5b = c5b.add(FloatVector.fromArray(S, m, mAt + 5 * TILE + HALF));
            c6a = c6a.add(FloatVector.fromArray(S, m, mAt + 6 * TILE));
            c6b = c6b.add(FloatVector.fromArray(S, m, mAt + 6 * TILE + HALF));
            c7a = c7a.add(FloatVector.fromArray(S, m, mAt + 7 * TILE));
            c7b = c7b.add(FloatVector.fromArray(S, m, mAt + 7 * TILE + HALF));
        }
        c0a.intoArray(m, mAt);
        c0b.intoArray(m, mAt + HALF);
        c1a.intoArray(m, mAt + TILE);
        c1b.intoArray(m, mAt + TILE + HALF);
        c2a.intoArray(m, mAt + 2 * TILE);
        c2b.intoArray(m, mAt + 2 * TILE + HALF);
        c3a.intoArray(m, mAt + 3 * TILE);
        c3b.intoArray(m, mAt + 3 * TILE + HALF);
        c4a.intoArray(m, mAt + 4 * TILE);
        c4b.intoArray(m, mAt + 4 * TILE + HALF);
        c5a.intoArray(m, mAt + 5 * TILE);
        c5b.intoArray(m, mAt + 5 * TILE + HALF);
        c6a.intoArray(m, mAt + 6 * TILE);
        c6b.intoArray(m, mAt + 6 * TILE + HALF);
        c7a.intoArray(m, mAt + 7 * TILE);
        c7b.intoArray(m, mAt + 7 * TILE + HALF);
    }

    static void tiles16x1(
            float[] m, int mAt, boolean add, float[] v, int vAt, int vBlock, float[] u, int uAt, int channels) {
        FloatVector c0a = FloatVector.zero(S);
        FloatVector c1a = FloatVector.zero(S);
        FloatVector c2a = FloatVector.zero(S);
        FloatVector c3a = FloatVector.zero(S);
        FloatVector c4a = FloatVector.zero(S);
        FloatVector c5a = FloatVector.zero(S);
        FloatVector c6a = FloatVector.zero(S);
        FloatVector c7a = FloatVector.zero(S);
        FloatVector c8a = FloatVector.zero(S);
        FloatVector c9a = FloatVector.zero(S);
        FloatVector c10a = FloatVector.zero(S);
        FloatVector c11a = FloatVector.zero(S);
        FloatVector c12a = FloatVector.zero(S);
        FloatVector c13a = FloatVector.zero(S);
        FloatVector c14a = FloatVector.zero(S);
        FloatVector c15a = FloatVector.zero(S);
        for (int c = 0; c < channels; c++) {
            int at = vAt + c / L * vBlock + c % L;
            FloatVector a = FloatVector.fromArray(S, u, uAt + c * 2 * L);
            FloatVector v0 = FloatVector.broadcast(S, v[at]);
            c0a = v0.fma(a, c0a);
            FloatVector v1 = FloatVector.broadcast(S, v[at + L]);
            c1a = v1.fma(a, c1a);
            FloatVector v2 = FloatVector.broadcast(S, v[at + 2 * L]);
            c2a = v2.fma(a, c2a);
            FloatVector v3 = FloatVector.broadcast(S, v[at + 3 * L]);
            c3a = v3.fma(a, c3a);
            FloatVector v4 = FloatVector.broadcast(S, v[at + 4 * L]);
            c4a = v4.fma(a, c4a);
            FloatVector v5 = FloatVector.broadcast(S, v[at + 5 * L]);
            c5a = v5.fma(a, c5a);
            FloatVector v6 = FloatVector.broadcast(S, v[at + 6 * L]);
            c6a = v6.fma(a, c6a);
            FloatVector v7 = FloatVector.broadcast(S, v[at + 7 * L]);
            c7a = v7.fma(a, c7a);
            FloatVector v8 = FloatVector.broadcast(S, v[at + 8 * L]);
            c8a = v8.fma(a, c8a);
            FloatVector v9 = FloatVector.broadcast(S, v[at + 9 * L]);
            c9a = v9.fma(a, c9a);
            FloatVector v10 = FloatVector.broadcast(S, v[at + 10 * L]);
            c10a = v10.fma(a, c10a);
            FloatVector v11 = FloatVector.broadcast(S, v[at + 11 * L]);
            c11a = v11.fma(a, c11a);
            FloatVector v12 = FloatVector.broadcast(S, v[at + 12 * L]);
            c12a = v12.fma(a, c12a);
            FloatVector v13 = FloatVector.broadcast(S, v[at + 13 * L]);
            c13a = v13.fma(a, c13a);
            FloatVector v14 = FloatVector.broadcast(S, v[at + 14 * L]);
            c14a = v14.fma(a, c14a);
            FloatVector v15 = FloatVector.broadcast(S, v[at + 15 * L]);
            c15a = v15.fma(a, c15a);
        }
        if (add) {
            c0a = c0a.add(FloatVector.fromArray(S, m, mAt));
            c1a = c1a.add(FloatVector.fromArray(S, m, mAt + TILE));
            c2a = c2a.add(FloatVector.fromArray(S, m, mAt + 2 * TILE));
            c3a = c3a.add(FloatVector.fromArray(S, m, mAt + 3 * TILE));
            c4a = c4a.add(FloatVector.fromArray(S, m, mAt + 4 * TILE));
            c5a = c5a.add(FloatVector.fromArray(S, m, mAt + 5 * TILE));
            c6a = c6a.add(FloatVector.fromArray(S, m, mAt + 6 * TILE));
            c7a = c7a.add(FloatVector.fromArray(S, m, mAt + 7 * TILE));
            c8a = c8a.add(FloatVector.fromArray(S, m, mAt + 8 * TILE));
            c9a = c9a.add(FloatVector.fromArray(S, m, mAt + 9 * TILE));
            c10a = c10a.add(FloatVector.fromArray(S, m, mAt + 10 * TILE));
            c11a = c11a.add(FloatVector.fromArray(S, m, mAt + 11 * TILE));
            c12a = c12a.add(FloatVector.fromArray(S, m, mAt + 12 * TILE));
            c13a = c13a.add(FloatVector.fromArray(S, m, mAt + 13 * TILE));
            c14a = c14a.add(FloatVector.fromArray(S, m, mAt + 14 * TILE));
            c15a = c15a.add(FloatVector.fromArray(S, m, mAt + 15 * TILE));
        }
        c0a.intoArray(m, mAt);
        c1a.intoArray(m, mAt + TILE);
        c2a.intoArray(m, mAt + 2 * TILE);
        c3a.intoArray(m, mAt + 3 * TILE);
        c4a.intoArray(m, mAt + 4 * TILE);
        c5a.intoArray(m, mAt + 5 * TILE);
        c6a.intoArray(m, mAt + 6 * TILE);
        c7a.intoArray(m, mAt + 7 * TILE);
        c8a.intoArray(m, mAt + 8 * TILE);
        c9a.intoArray(m, mAt + 9 * TILE);
        c10a.intoArray(m, mAt + 10 * TILE);
        c11a.intoArray(m, mAt + 11 * TILE);
        c12a.intoArray(m, mAt + 12 * TILE);
        c13a.intoArray(m, mAt + 13 * TILE);
        c14a.intoArray(m, mAt + 14 * TILE);
        c15a.intoArray(m, mAt + 15 * TILE);
    }

    static void tiles4x2(
            float[] m, int mAt, boolean add, float[] v, int vAt, int vBlock, float[] u, int uAt, int channels) {
        FloatVector c0a = FloatVector.zero(S);
        FloatVector c0b = FloatVector.zero(S);
        FloatVector c1a = FloatVector.zero(S);
        FloatVector c1b = FloatVector.zero(S);
        FloatVector c2a = FloatVector.zero(S);
        FloatVector c2b = FloatVector.zero(S);
        FloatVector c3a = FloatVector.zero(S);
        FloatVector c3b = FloatVector.zero(S);
        for (int c = 0; c < channels; c++) {
            int at = vAt + c / L * vBlock + c % L;
            FloatVector a = FloatVector.fromArray(S, u, uAt + c * 2 * L);
            FloatVector b = FloatVector.fromArray(S, u, uAt + c * 2 * L + L);
            FloatVector v0 = FloatVector.broadcast(S, v[at]);
            c0a = v0.fma(a, c0a);
            c0b = v0.fma(b, c0b);
            FloatVector v1 = FloatVector.broadcast(S, v[at + L]);
            c1a = v1.fma(a, c1a);
            c1b = v1.fma(b, c1b);
            FloatVector v2 = FloatVector.broadcast(S, v[at + 2 * L]);
            c2a = v2.fma(a, c2a);
            c2b = v2.fma(b, c2b);
            FloatVector v3 = FloatVector.broadcast(S, v[at + 3 * L]);
            c3a = v3.fma(a, c3a);
            c3b = v3.fma(b, c3b);
        }
        if (add) {
            c0a = c0a.add(FloatVector.fromArray(S, m, mAt));
            c0b = c0b.add(FloatVector.fromArray(S, m, mAt + HALF));
            c1a = c1a.add(FloatVector.fromArray(S, m, mAt + TILE));
            c1b = c1b.add(FloatVector.fromArray(S, m, mAt + TILE + HALF));
            c2a = c2a.add(FloatVector.fromArray(S, m, mAt + 2 * TILE));
            c2b = c2b.add(FloatVector.fromArray(S, m, mAt + 2 * TILE + HALF));
            c3a = c3a.add(FloatVector.fromArray(S, m, mAt + 3 * TILE));
            c3b = c3b.add(FloatVector.fromArray(S, m, mAt + 3 * TILE + HALF));
        }
        c0a.intoArray(m, mAt);
        c0b.intoArray(m, mAt + HALF);
        c1a.intoArray(m, mAt + TILE);
        c1b.intoArray(m, mAt + TILE + HALF);
        c2a.intoArray(m, mAt + 2 * TILE);
        c2b.intoArray(m, mAt + 2 * TILE + HALF);
        c3a.intoArray(m, mAt + 3 * TILE);
        c3b.intoArray(m, mAt + 3 * TILE + HALF);
    }

    static void tiles8x1(
            float[] m, int mAt, boolean add, float[] v, int vAt, int vBlock, float[] u, int uAt, int channels) {
        FloatVector c0a = FloatVector.zero(S);
        FloatVector c1a = FloatVector.zero(S);
        FloatVector c2a = FloatVector.zero(S);
        FloatVector c3a = FloatVector.zero(S);
        FloatVector c4a = FloatVector.zero(S);
        FloatVector c5a = FloatVector.zero(S);
        FloatVector c6a = FloatVector.zero(S);
        FloatVector c7a = FloatVector.zero(S);
        for (int c = 0; c < channels; c++) {
            int at = vAt + c / L * vBlock + c % L;
            FloatVector a = FloatVector.fromArray(S, u, uAt + c * 2 * L);
            FloatVector v0 = FloatVector.broadcast(S, v[at]);
            c0a = v0.fma(a, c0a);
            FloatVector v1 = FloatVector.broadcast(S, v[at + L]);
            c1a = v1.fma(a, c1a);
            FloatVector v2 = FloatVector.broadcast(S, v[at + 2 * L]);
            c2a = v2.fma(a, c2a);
            FloatVector v3 = FloatVector.broadcast(S, v[at + 3 * L]);
            c3a = v3.fma(a, c3a);
            FloatVector v4 = FloatVector.broadcast(S, v[at + 4 * L]);
            c4a = v4.fma(a, c4a);
            FloatVector v5 = FloatVector.broadcast(S, v[at + 5 * L]);
            c5a = v5.fma(a, c5a);
            FloatVector v6 = FloatVector.broadcast(S, v[at + 6 * L]);
            c6a = v6.fma(a, c6a);
            FloatVector v7 = FloatVector.broadcast(S, v[at + 7 * L]);
            c7a = v7.fma(a, c7a);
        }
        if (add) {
            c0a = c0a.add(FloatVector.fromArray(S, m, mAt));
            c1a = c1a.add(FloatVector.fromArray(S, m, mAt + TILE));
            c2a = c2a.add(FloatVector.fromArray(S, m, mAt + 2 * TILE));
            c3a = c3a.add(FloatVector.fromArray(S, m, mAt + 3 * TILE));
            c4a = c4a.add(FloatVector.fromArray(S, m, mAt + 4 * TILE));
            c5a = c5a.add(FloatVector.fromArray(S, m, mAt + 5 * TILE));
            c6a = c6a.add(FloatVector.fromArray(S, m, mAt + 6 * TILE));
            c7a = c7a.add(FloatVector.fromArray(S, m, mAt + 7 * TILE));
        }
        c0a.intoArray(m, mAt);
        c1a.intoArray(m, mAt + TILE);
        c2a.intoArray(m, mAt + 2 * TILE);
        c3a.intoArray(m, mAt + 3 * TILE);
        c4a.intoArray(m, mAt + 4 * TILE);
        c5a.intoArray(m, mAt + 5 * TILE);
        c6a.intoArray(m, mAt + 6 * TILE);
        c7a.intoArray(m, mAt + 7 * TILE);
    }
}
