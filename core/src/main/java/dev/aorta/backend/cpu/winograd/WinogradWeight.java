package dev.aorta.backend.cpu.winograd;

import dev.aorta.backend.cpu.machine.Aligned;
import dev.aorta.backend.cpu.machine.Lanes;
import dev.aorta.backend.cpu.machine.Scratch;
import dev.aorta.backend.cpu.machine.Simd;
import dev.aorta.backend.cpu.machine.Species;
import java.util.Arrays;
import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.VectorSpecies;

/**
 * The weight's ways: in, {@code u = G g G^T} for the 3 x 3 taps g of a pair of channels, and back, {@code dg = G^T p G}.
 *
 * <p>A block of u holds two vectors of the channels that are produced, (36, channels summed over, 2 L); those beyond the last
 * are zero. Unrolled, since only local variables stay in registers.
 */
final class WinogradWeight {
    private static final VectorSpecies<Float> S = Species.S;
    private static final int L = Simd.LANES;
    private static final int TAPS = 9;
    /** Channels that are transposed at a time. */
    private static final int RUN = 16;

    private WinogradWeight() {}

    /** Floats of a block at one point; an odd multiple of L, so that the points do not share cache sets. */
    static int point(int summed) {
        return summed * 2 * L + L;
    }

    /** Floats of a block with {@code summed} channels to sum over. */
    static int size(int summed) {
        return Math.multiplyExact(Winograd.POINTS, point(summed));
    }

    /**
     * Transforms the weights from input channels {@code from} to {@code to - 1} to output channels {@code block * 2 L} and
     * following, for the forward pass.
     *
     * @param w (outC, 3, 3, inC)
     */
    static void forward(float[] u, int uAt, float[] w, int outC, int inC, int block, int from, int to) {
        Aligned aligned = Scratch.aligned(Scratch.Slot.TASK_D, TAPS * RUN * L);
        float[] g = aligned.array();
        int gAt = aligned.first();
        for (int o = block * 2 * L, at = uAt; o < Math.min(outC, (block + 1) * 2 * L); o += L, at += L) {
            int lanes = Math.min(L, outC - o);
            if (lanes < L) {
                Arrays.fill(g, gAt, gAt + TAPS * RUN * L, 0);
            }
            for (int i = from; i < to; i += RUN) {
                int n = Math.min(RUN, to - i);
                for (int tap = 0; tap < TAPS; tap++) {
                    Lanes.transpose(g, gAt + tap * RUN * L, L, w, (o * TAPS + tap) * inC + i, TAPS * inC, lanes, n);
                }
                transform(u, at + (i - from) * 2 * L, point(to - from), g, gAt, RUN * L, L, n);
            }
        }
    }

    /**
     * Transforms the weights from output channels {@code from} to {@code to - 1} to input channels {@code block * 2 L} and
     * following, turned by half a circle, for the input gradient.
     *
     * @param w (outC, 3, 3, inC)
     */
    static void backward(float[] u, int uAt, float[] w, int inC, int block, int from, int to) {
        float[] g = Scratch.floats(Scratch.Slot.TASK_D, TAPS * RUN * L);
        for (int i = block * 2 * L, at = uAt; i < Math.min(inC, (block + 1) * 2 * L); i += L, at += L) {
            int lanes = Math.min(L, inC - i);
            if (lanes == L) {
                int last = (from * TAPS + TAPS - 1) * inC + i;
                transform(u, at, point(to - from), w, last, -inC, TAPS * inC, to - from);
                continue;
            }
            Arrays.fill(g, 0, TAPS * L, 0);
            for (int o = from; o < to; o++) {
                for (int tap = 0; tap < TAPS; tap++) {
                    System.arraycopy(w, (o * TAPS + tap) * inC + i, g, (TAPS - 1 - tap) * L, lanes);
                }
                transform(u, at + (o - from) * 2 * L, point(to - from), g, 0, L, 0, 1);
            }
        }
    }

    /**
     * Transforms back the gradient of rows of weights.
     *
     * @param dw (rows, 3, 3, inC), row 0 at dwAt; channels {@code channel} to {@code channel + vectors * L - 1} are written, as
     *     far as there are any
     * @param p (rows, vectors, 36, L)
     */
    static void back(float[] dw, int dwAt, int inC, int channel, Aligned p, int rows, int vectors) {
        float[] g = Scratch.floats(Scratch.Slot.TASK_D, TAPS * RUN * L);
        int whole = Math.min(vectors, (inC - channel) / L);
        for (int r = 0; r < rows; r++) {
            int at = dwAt + r * TAPS * inC + channel;
            int pAt = p.first() + r * vectors * Winograd.POINTS * L;
            inverse(dw, at, inC, p.array(), pAt, whole);
            if (whole < vectors) {
                inverse(g, 0, L, p.array(), pAt + whole * Winograd.POINTS * L, 1);
                for (int tap = 0; tap < TAPS; tap++) {
                    System.arraycopy(g, tap * L, dw, at + tap * inC + whole * L, inC - channel - whole * L);
                }
            }
        }
    }

    private static void transform(float[] u, int uAt, int point, float[] g, int gAt, int tap, int step, int n) {
        FloatVector quarter = FloatVector.broadcast(S, 1 / 4f);
        FloatVector sixth = FloatVector.broadcast(S, 1 / 6f);
        FloatVector twelfth = FloatVector.broadcast(S, 1 / 12f);
        FloatVector twentyFourth = FloatVector.broadcast(S, 1 / 24f);
        for (int k = 0; k < n; k++, uAt += 2 * L, gAt += step) {
            FloatVector g00 = FloatVector.fromArray(S, g, gAt);
            FloatVector g10 = FloatVector.fromArray(S, g, gAt + 3 * tap);
            FloatVector g20 = FloatVector.fromArray(S, g, gAt + 6 * tap);
            FloatVector s0 = g00.add(g20).mul(sixth);
            FloatVector d0 = g10.mul(sixth);
            FloatVector e0 = g20.fma(sixth, g00.mul(twentyFourth));
            FloatVector h0 = g10.mul(twelfth);
            FloatVector c00 = g00.mul(quarter);
            FloatVector c10 = s0.add(d0).neg();
            FloatVector c20 = d0.sub(s0);
            FloatVector c30 = e0.add(h0);
            FloatVector c40 = e0.sub(h0);
            FloatVector g01 = FloatVector.fromArray(S, g, gAt + tap);
            FloatVector g11 = FloatVector.fromArray(S, g, gAt + 4 * tap);
            FloatVector g21 = FloatVector.fromArray(S, g, gAt + 7 * tap);
            FloatVector s1 = g01.add(g21).mul(sixth);
            FloatVector d1 = g11.mul(sixth);
            FloatVector e1 = g21.fma(sixth, g01.mul(twentyFourth));
            FloatVector h1 = g11.mul(twelfth);
            FloatVector c01 = g01.mul(quarter);
            FloatVector c11 = s1.add(d1).neg();
            FloatVector c21 = d1.sub(s1);
            FloatVector c31 = e1.add(h1);
            FloatVector c41 = e1.sub(h1);
            FloatVector g02 = FloatVector.fromArray(S, g, gAt + 2 * tap);
            FloatVector g12 = FloatVector.fromArray(S, g, gAt + 5 * tap);
            FloatVector g22 = FloatVector.fromArray(S, g, gAt + 8 * tap);
            FloatVector s2 = g02.add(g22).mul(sixth);
            FloatVector d2 = g12.mul(sixth);
            FloatVector e2 = g22.fma(sixth, g02.mul(twentyFourth));
            FloatVector h2 = g12.mul(twelfth);
            FloatVector c02 = g02.mul(quarter);
            FloatVector c12 = s2.add(d2).neg();
            FloatVector c22 = d2.sub(s2);
            FloatVector c32 = e2.add(h2);
            FloatVector c42 = e2.sub(h2);
            FloatVector s0r = c00.add(c02).mul(sixth);
            FloatVector d0r = c01.mul(sixth);
            FloatVector e0r = c02.fma(sixth, c00.mul(twentyFourth));
            FloatVector h0r = c01.mul(twelfth);
            c00.mul(quarter).intoArray(u, uAt);
            s0r.add(d0r).neg().intoArray(u, uAt + point);
            d0r.sub(s0r).intoArray(u, uAt + 2 * point);
            e0r.add(h0r).intoArray(u, uAt + 3 * point);
            e0r.sub(h0r).intoArray(u, uAt + 4 * point);
            c02.intoArray(u, uAt + 5 * point);
            FloatVector s1r = c10.add(c12).mul(sixth);
            FloatVector d1r = c11.mul(sixth);
            FloatVector e1r = c12.fma(sixth, c10.mul(twentyFourth));
            FloatVector h1r = c11.mul(twelfth);
            c10.mul(quarter).intoArray(u, uAt + 6 * point);
            s1r.add(d1r).neg().intoArray(u, uAt + 7 * point);
            d1r.sub(s1r).intoArray(u, uAt + 8 * point);
            e1r.add(h1r).intoArray(u, uAt + 9 * point);
            e1r.sub(h1r).intoArray(u, uAt + 10 * point);
            c12.intoArray(u, uAt + 11 * point);
            FloatVector s2r = c20.add(c22).mul(sixth);
            FloatVector d2r = c21.mul(sixth);
            FloatVector e2r = c22.fma(sixth, c20.mul(twentyFourth));
            FloatVector h2r = c21.mul(twelfth);
            c20.mul(quarter).intoArray(u, uAt + 12 * point);
            s2r.add(d2r).neg().intoArray(u, uAt + 13 * point);
            d2r.sub(s2r).intoArray(u, uAt + 14 * point);
            e2r.add(h2r).intoArray(u, uAt + 15 * point);
            e2r.sub(h2r).intoArray(u, uAt + 16 * point);
            c22.intoArray(u, uAt + 17 * point);
            FloatVector s3r = c30.add(c32).mul(sixth);
            FloatVector d3r = c31.mul(sixth);
            FloatVector e3r = c32.fma(sixth, c30.mul(twentyFourth));
            FloatVector h3r = c31.mul(twelfth);
            c30.mul(quarter).intoArray(u, uAt + 18 * point);
            s3r.add(d3r).neg().intoArray(u, uAt + 19 * point);
            d3r.sub(s3r).intoArray(u, uAt + 20 * point);
            e3r.add(h3r).intoArray(u, uAt + 21 * point);
            e3r.sub(h3r).intoArray(u, uAt + 22 * point);
            c32.intoArray(u, uAt + 23 * point);
            FloatVector s4r = c40.add(c42).mul(sixth);
            FloatVector d4r = c41.mul(sixth);
            FloatVector e4r = c42.fma(sixth, c40.mul(twentyFourth));
            FloatVector h4r = c41.mul(twelfth);
            c40.mul(quarter).intoArray(u, uAt + 24 * point);
            s4r.add(d4r).neg().intoArray(u, uAt + 25 * point);
            d4r.sub(s4r).intoArray(u, uAt + 26 * point);
            e4r.add(h4r).intoArray(u, uAt + 27 * point);
            e4r.sub(h4r).intoArray(u, uAt + 28 * point);
            c42.intoArray(u, uAt + 29 * point);
            FloatVector s5r = g20.add(g22).mul(sixth);
            FloatVector d5r = g21.mul(sixth);
            FloatVector e5r = g22.fma(sixth, g20.mul(twentyFourth));
            FloatVector h5r = g21.mul(twelfth);
            g20.mul(quarter).intoArray(u, uAt + 30 * point);
            s5r.add(d5r).neg().intoArray(u, uAt + 31 * point);
            d5r.sub(s5r).intoArray(u, uAt + 32 * point);
            e5r.add(h5r).intoArray(u, uAt + 33 * point);
            e5r.sub(h5r).intoArray(u, uAt + 34 * point);
            g22.intoArray(u, uAt + 35 * point);
        }
    }

    private static void inverse(float[] dw, int at, int tap, float[] p, int pAt, int vectors) {
        FloatVector quarter = FloatVector.broadcast(S, 1 / 4f);
        FloatVector sixth = FloatVector.broadcast(S, 1 / 6f);
        FloatVector twelfth = FloatVector.broadcast(S, 1 / 12f);
        FloatVector twentyFourth = FloatVector.broadcast(S, 1 / 24f);
        for (int k = 0; k < vectors; k++) {
            FloatVector p00 = FloatVector.fromArray(S, p, k * Winograd.POINTS * L + pAt);
            FloatVector p01 = FloatVector.fromArray(S, p, k * Winograd.POINTS * L + pAt + L);
            FloatVector p02 = FloatVector.fromArray(S, p, k * Winograd.POINTS * L + pAt + 2 * L);
            FloatVector p03 = FloatVector.fromArray(S, p, k * Winograd.POINTS * L + pAt + 3 * L);
            FloatVector p04 = FloatVector.fromArray(S, p, k * Winograd.POINTS * L + pAt + 4 * L);
            FloatVector p05 = FloatVector.fromArray(S, p, k * Winograd.POINTS * L + pAt + 5 * L);
            FloatVector s0 = p01.add(p02).mul(sixth);
            FloatVector d0 = p02.sub(p01).mul(sixth);
            FloatVector e0 = p03.add(p04);
            FloatVector h0 = p03.sub(p04);
            FloatVector r00 = p00.fma(quarter, e0.fma(twentyFourth, s0.neg()));
            FloatVector r01 = h0.fma(twelfth, d0);
            FloatVector r02 = e0.fma(sixth, p05.sub(s0));
            FloatVector p10 = FloatVector.fromArray(S, p, k * Winograd.POINTS * L + pAt + 6 * L);
            FloatVector p11 = FloatVector.fromArray(S, p, k * Winograd.POINTS * L + pAt + 7 * L);
            FloatVector p12 = FloatVector.fromArray(S, p, k * Winograd.POINTS * L + pAt + 8 * L);
            FloatVector p13 = FloatVector.fromArray(S, p, k * Winograd.POINTS * L + pAt + 9 * L);
            FloatVector p14 = FloatVector.fromArray(S, p, k * Winograd.POINTS * L + pAt + 10 * L);
            FloatVector p15 = FloatVector.fromArray(S, p, k * Winograd.POINTS * L + pAt + 11 * L);
            FloatVector s1 = p11.add(p12).mul(sixth);
            FloatVector d1 = p12.sub(p11).mul(sixth);
            FloatVector e1 = p13.add(p14);
            FloatVector h1 = p13.sub(p14);
            FloatVector r10 = p10.fma(quarter, e1.fma(twentyFourth, s1.neg()));
            FloatVector r11 = h1.fma(twelfth, d1);
            FloatVector r12 = e1.fma(sixth, p15.sub(s1));
            FloatVector p20 = FloatVector.fromArray(S, p, k * Winograd.POINTS * L + pAt + 12 * L);
            FloatVector p21 = FloatVector.fromArray(S, p, k * Winograd.POINTS * L + pAt + 13 * L);
            FloatVector p22 = FloatVector.fromArray(S, p, k * Winograd.POINTS * L + pAt + 14 * L);
            FloatVector p23 = FloatVector.fromArray(S, p, k * Winograd.POINTS * L + pAt + 15 * L);
            FloatVector p24 = FloatVector.fromArray(S, p, k * Winograd.POINTS * L + pAt + 16 * L);
            FloatVector p25 = FloatVector.fromArray(S, p, k * Winograd.POINTS * L + pAt + 17 * L);
            FloatVector s2 = p21.add(p22).mul(sixth);
            FloatVector d2 = p22.sub(p21).mul(sixth);
            FloatVector e2 = p23.add(p24);
            FloatVector h2 = p23.sub(p24);
            FloatVector r20 = p20.fma(quarter, e2.fma(twentyFourth, s2.neg()));
            FloatVector r21 = h2.fma(twelfth, d2);
            FloatVector r22 = e2.fma(sixth, p25.sub(s2));
            FloatVector p30 = FloatVector.fromArray(S, p, k * Winograd.POINTS * L + pAt + 18 * L);
            FloatVector p31 = FloatVector.fromArray(S, p, k * Winograd.POINTS * L + pAt + 19 * L);
            FloatVector p32 = FloatVector.fromArray(S, p, k * Winograd.POINTS * L + pAt + 20 * L);
            FloatVector p33 = FloatVector.fromArray(S, p, k * Winograd.POINTS * L + pAt + 21 * L);
            FloatVector p34 = FloatVector.fromArray(S, p, k * Winograd.POINTS * L + pAt + 22 * L);
            FloatVector p35 = FloatVector.fromArray(S, p, k * Winograd.POINTS * L + pAt + 23 * L);
            FloatVector s3 = p31.add(p32).mul(sixth);
            FloatVector d3 = p32.sub(p31).mul(sixth);
            FloatVector e3 = p33.add(p34);
            FloatVector h3 = p33.sub(p34);
            FloatVector r30 = p30.fma(quarter, e3.fma(twentyFourth, s3.neg()));
            FloatVector r31 = h3.fma(twelfth, d3);
            FloatVector r32 = e3.fma(sixth, p35.sub(s3));
            FloatVector p40 = FloatVector.fromArray(S, p, k * Winograd.POINTS * L + pAt + 24 * L);
            FloatVector p41 = FloatVector.fromArray(S, p, k * Winograd.POINTS * L + pAt + 25 * L);
            FloatVector p42 = FloatVector.fromArray(S, p, k * Winograd.POINTS * L + pAt + 26 * L);
            FloatVector p43 = FloatVector.fromArray(S, p, k * Winograd.POINTS * L + pAt + 27 * L);
            FloatVector p44 = FloatVector.fromArray(S, p, k * Winograd.POINTS * L + pAt + 28 * L);
            FloatVector p45 = FloatVector.fromArray(S, p, k * Winograd.POINTS * L + pAt + 29 * L);
            FloatVector s4 = p41.add(p42).mul(sixth);
            FloatVector d4 = p42.sub(p41).mul(sixth);
            FloatVector e4 = p43.add(p44);
            FloatVector h4 = p43.sub(p44);
            FloatVector r40 = p40.fma(quarter, e4.fma(twentyFourth, s4.neg()));
            FloatVector r41 = h4.fma(twelfth, d4);
            FloatVector r42 = e4.fma(sixth, p45.sub(s4));
            FloatVector p50 = FloatVector.fromArray(S, p, k * Winograd.POINTS * L + pAt + 30 * L);
            FloatVector p51 = FloatVector.fromArray(S, p, k * Winograd.POINTS * L + pAt + 31 * L);
            FloatVector p52 = FloatVector.fromArray(S, p, k * Winograd.POINTS * L + pAt + 32 * L);
            FloatVector p53 = FloatVector.fromArray(S, p, k * Winograd.POINTS * L + pAt + 33 * L);
            FloatVector p54 = FloatVector.fromArray(S, p, k * Winograd.POINTS * L + pAt + 34 * L);
            FloatVector p55 = FloatVector.fromArray(S, p, k * Winograd.POINTS * L + pAt + 35 * L);
            FloatVector s5 = p51.add(p52).mul(sixth);
            FloatVector d5 = p52.sub(p51).mul(sixth);
            FloatVector e5 = p53.add(p54);
            FloatVector h5 = p53.sub(p54);
            FloatVector r50 = p50.fma(quarter, e5.fma(twentyFourth, s5.neg()));
            FloatVector r51 = h5.fma(twelfth, d5);
            FloatVector r52 = e5.fma(sixth, p55.sub(s5));
            FloatVector s0c = r10.add(r20).mul(sixth);
            FloatVector d0c = r20.sub(r10).mul(sixth);
            FloatVector e0c = r30.add(r40);
            FloatVector h0c = r30.sub(r40);
            r00.fma(quarter, e0c.fma(twentyFourth, s0c.neg())).intoArray(dw, k * L + at);
            h0c.fma(twelfth, d0c).intoArray(dw, k * L + at + 3 * tap);
            e0c.fma(sixth, r50.sub(s0c)).intoArray(dw, k * L + at + 6 * tap);
            FloatVector s1c = r11.add(r21).mul(sixth);
            FloatVector d1c = r21.sub(r11).mul(sixth);
            FloatVector e1c = r31.add(r41);
            FloatVector h1c = r31.sub(r41);
            r01.fma(quarter, e1c.fma(twentyFourth, s1c.neg())).intoArray(dw, k * L + at + tap);
            h1c.fma(twelfth, d1c).intoArray(dw, k * L + at + 4 * tap);
            e1c.fma(sixth, r51.sub(s1c)).intoArray(dw, k * L + at + 7 * tap);
            FloatVector s2c = r12.add(r22).mul(sixth);
            FloatVector d2c = r22.sub(r12).mul(sixth);
            FloatVector e2c = r32.add(r42);
            FloatVector h2c = r32.sub(r42);
            r02.fma(quarter, e2c.fma(twentyFourth, s2c.neg())).intoArray(dw, k * L + at + 2 * tap);
            h2c.fma(twelfth, d2c).intoArray(dw, k * L + at + 5 * tap);
            e2c.fma(sixth, r52.sub(s2c)).intoArray(dw, k * L + at + 8 * tap);
        }
    }
}
