package dev.aorta.backend.cpu;

import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.VectorSpecies;

/**
 * The product of the transformed tiles and the transformed weight at one of the 36 points, for forward and input gradient:
 * {@code m[t, o] = sum over c of v[c, t] * u[c, o]}, with 8 or 4 tiles and one or two vectors of output channels in registers.
 * 8 x 2
 * keeps 19 registers busy, 4 x 2 11 of 16.
 *
 * <p>Arguments: m; v, whose blocks of L channels are vBlock apart and whose tiles within a block
 * are L apart; u, whose channels are 2 L apart.
 */
final class WinogradTileKernel {
    private static final VectorSpecies<Float> S = Species.S;
    private static final int L = Simd.LANES;
    private static final int TILE = WinogradOutput.TILE;

    private WinogradTileKernel() {}

    static void tiles8x2(float[] m, int mAt, float[] v, int vAt, int vBlock, float[] u, int uAt, int channels) {
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
        for (int c = 0; c < channels; c++, uAt += 2 * L) {
            int at = vAt + c / L * vBlock + c % L;
            FloatVector a = FloatVector.fromArray(S, u, uAt);
            FloatVector b = FloatVector.fromArray(S, u, uAt + L);
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
        c0a.intoArray(m, mAt);
        c0b.intoArray(m, mAt + L);
        c1a.intoArray(m, mAt + TILE);
        c1b.intoArray(m, mAt + TILE + L);
        c2a.intoArray(m, mAt + 2 * TILE);
        c2b.intoArray(m, mAt + 2 * TILE + L);
        c3a.intoArray(m, mAt + 3 * TILE);
        c3b.intoArray(m, mAt + 3 * TILE + L);
        c4a.intoArray(m, mAt + 4 * TILE);
        c4b.intoArray(m, mAt + 4 * TILE + L);
        c5a.intoArray(m, mAt + 5 * TILE);
        c5b.intoArray(m, mAt + 5 * TILE + L);
        c6a.intoArray(m, mAt + 6 * TILE);
        c6b.intoArray(m, mAt + 6 * TILE + L);
        c7a.intoArray(m, mAt + 7 * TILE);
        c7b.intoArray(m, mAt + 7 * TILE + L);
    }

    static void tiles8x1(float[] m, int mAt, float[] v, int vAt, int vBlock, float[] u, int uAt, int channels) {
        FloatVector c0a = FloatVector.zero(S);
        FloatVector c1a = FloatVector.zero(S);
        FloatVector c2a = FloatVector.zero(S);
        FloatVector c3a = FloatVector.zero(S);
        FloatVector c4a = FloatVector.zero(S);
        FloatVector c5a = FloatVector.zero(S);
        FloatVector c6a = FloatVector.zero(S);
        FloatVector c7a = FloatVector.zero(S);
        for (int c = 0; c < channels; c++, uAt += 2 * L) {
            int at = vAt + c / L * vBlock + c % L;
            FloatVector a = FloatVector.fromArray(S, u, uAt);
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
        c0a.intoArray(m, mAt);
        c1a.intoArray(m, mAt + TILE);
        c2a.intoArray(m, mAt + 2 * TILE);
        c3a.intoArray(m, mAt + 3 * TILE);
        c4a.intoArray(m, mAt + 4 * TILE);
        c5a.intoArray(m, mAt + 5 * TILE);
        c6a.intoArray(m, mAt + 6 * TILE);
        c7a.intoArray(m, mAt + 7 * TILE);
    }

    static void tiles4x2(float[] m, int mAt, float[] v, int vAt, int vBlock, float[] u, int uAt, int channels) {
        FloatVector c0a = FloatVector.zero(S);
        FloatVector c0b = FloatVector.zero(S);
        FloatVector c1a = FloatVector.zero(S);
        FloatVector c1b = FloatVector.zero(S);
        FloatVector c2a = FloatVector.zero(S);
        FloatVector c2b = FloatVector.zero(S);
        FloatVector c3a = FloatVector.zero(S);
        FloatVector c3b = FloatVector.zero(S);
        for (int c = 0; c < channels; c++, uAt += 2 * L) {
            int at = vAt + c / L * vBlock + c % L;
            FloatVector a = FloatVector.fromArray(S, u, uAt);
            FloatVector b = FloatVector.fromArray(S, u, uAt + L);
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
        c0a.intoArray(m, mAt);
        c0b.intoArray(m, mAt + L);
        c1a.intoArray(m, mAt + TILE);
        c1b.intoArray(m, mAt + TILE + L);
        c2a.intoArray(m, mAt + 2 * TILE);
        c2b.intoArray(m, mAt + 2 * TILE + L);
        c3a.intoArray(m, mAt + 3 * TILE);
        c3b.intoArray(m, mAt + 3 * TILE + L);
    }

    static void tiles4x1(float[] m, int mAt, float[] v, int vAt, int vBlock, float[] u, int uAt, int channels) {
        FloatVector c0a = FloatVector.zero(S);
        FloatVector c1a = FloatVector.zero(S);
        FloatVector c2a = FloatVector.zero(S);
        FloatVector c3a = FloatVector.zero(S);
        for (int c = 0; c < channels; c++, uAt += 2 * L) {
            int at = vAt + c / L * vBlock + c % L;
            FloatVector a = FloatVector.fromArray(S, u, uAt);
            FloatVector v0 = FloatVector.broadcast(S, v[at]);
            c0a = v0.fma(a, c0a);
            FloatVector v1 = FloatVector.broadcast(S, v[at + L]);
            c1a = v1.fma(a, c1a);
            FloatVector v2 = FloatVector.broadcast(S, v[at + 2 * L]);
            c2a = v2.fma(a, c2a);
            FloatVector v3 = FloatVector.broadcast(S, v[at + 3 * L]);
            c3a = v3.fma(a, c3a);
        }
        c0a.intoArray(m, mAt);
        c1a.intoArray(m, mAt + TILE);
        c2a.intoArray(m, mAt + 2 * TILE);
        c3a.intoArray(m, mAt + 3 * TILE);
    }
}
