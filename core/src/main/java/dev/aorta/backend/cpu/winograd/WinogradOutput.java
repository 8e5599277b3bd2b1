package dev.aorta.backend.cpu.winograd;

import dev.aorta.backend.cpu.machine.Scratch;
import dev.aorta.backend.cpu.machine.Simd;
import dev.aorta.backend.cpu.machine.Species;
import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.VectorOperators;
import jdk.incubator.vector.VectorSpecies;

/** The way back of forward and input gradient: {@code y = A^T m A + bias} for each tile, then ReLU where asked; unrolled, since only local variables stay in registers. */
final class WinogradOutput {
    private static final VectorSpecies<Float> S = Species.S;
    private static final int L = Simd.LANES;
    /** Floats of m from the 36 points of one vector of output channels to those of the other, and from one tile to the next. */
    static final int HALF = Winograd.POINTS * L;

    static final int TILE = 2 * HALF;

    private WinogradOutput() {}

    /**
     * Writes channels {@code channel} to {@code channel + L - 1}, as far as there are any, of some tiles.
     *
     * @param image (batch, dstH, dstW, channels)
     * @param bias at least channels rounded up to L
     * @param flush is subtracted
     * @param floor lower bound of y
     * @param m (tile, 2, 36, L), tile {@code from} first, at the half to write
     */
    static void write(
            ImageParts image,
            int channel,
            float[] bias,
            float flush,
            float floor,
            float[] m,
            int mAt,
            WinogradTiles g,
            int from,
            int to) {
        int part = image.part(channel);
        float[] y = image.arrays()[part];
        int channels = image.channels()[part];
        int first = channel - image.first(part);
        int lanes = Math.min(L, channels - first);
        int wholeAcross = lanes < L ? 0 : g.dstW() / WinogradTiles.SIDE;
        for (int t = from; t < to; ) {
            int tx = t % g.across();
            int row = t / g.across();
            int top = row % g.down() * WinogradTiles.SIDE;
            int rows = Math.min(WinogradTiles.SIDE, g.dstH() - top);
            int at = ((row / g.down() * g.dstH() + top) * g.dstW() + tx * WinogradTiles.SIDE) * channels + first;
            int whole = rows < WinogradTiles.SIDE ? 0 : Math.min(wholeAcross - tx, to - t);
            if (whole > 0) {
                inverse(
                        y,
                        at,
                        g.dstW() * channels,
                        channels,
                        m,
                        mAt + (t - from) * TILE,
                        whole,
                        bias,
                        channel,
                        flush,
                        floor);
                t += whole;
            } else {
                int columns = Math.min(WinogradTiles.SIDE, g.dstW() - tx * WinogradTiles.SIDE);
                float[] tile = Scratch.floats(Scratch.Slot.TASK_D, 16 * L);
                inverse(tile, 0, 4 * L, L, m, mAt + (t - from) * TILE, 1, bias, channel, flush, floor);
                for (int r = 0; r < rows; r++) {
                    for (int c = 0; c < columns; c++) {
                        System.arraycopy(tile, (r * 4 + c) * L, y, at + (r * g.dstW() + c) * channels, lanes);
                    }
                }
                t++;
            }
        }
    }

    private static void inverse(
            float[] y,
            int yAt,
            int yRow,
            int yPixel,
            float[] m,
            int mAt,
            int tiles,
            float[] bias,
            int biasAt,
            float flush,
            float floor) {
        FloatVector b = FloatVector.fromArray(S, bias, biasAt);
        FloatVector f = FloatVector.broadcast(S, flush);
        FloatVector low = FloatVector.broadcast(S, floor);
        FloatVector two = FloatVector.broadcast(S, 2);
        FloatVector four = FloatVector.broadcast(S, 4);
        FloatVector eight = FloatVector.broadcast(S, 8);
        for (int t = 0; t < tiles; t++, yAt += 4 * yPixel, mAt += TILE) {
            FloatVector m00 = FloatVector.fromArray(S, m, mAt);
            FloatVector m01 = FloatVector.fromArray(S, m, mAt + 1 * L);
            FloatVector m02 = FloatVector.fromArray(S, m, mAt + 2 * L);
            FloatVector m03 = FloatVector.fromArray(S, m, mAt + 3 * L);
            FloatVector m04 = FloatVector.fromArray(S, m, mAt + 4 * L);
            FloatVector m05 = FloatVector.fromArray(S, m, mAt + 5 * L);
            FloatVector s0 = m01.add(m02);
            FloatVector d0 = m01.sub(m02);
            FloatVector u0 = m03.add(m04);
            FloatVector v0 = m03.sub(m04);
            FloatVector r00 = m00.add(s0).add(u0);
            FloatVector r01 = v0.fma(two, d0);
            FloatVector r02 = u0.fma(four, s0);
            FloatVector r03 = v0.fma(eight, d0).add(m05);
            FloatVector m10 = FloatVector.fromArray(S, m, mAt + 6 * L);
            FloatVector m11 = FloatVector.fromArray(S, m, mAt + 7 * L);
            FloatVector m12 = FloatVector.fromArray(S, m, mAt + 8 * L);
            FloatVector m13 = FloatVector.fromArray(S, m, mAt + 9 * L);
            FloatVector m14 = FloatVector.fromArray(S, m, mAt + 10 * L);
            FloatVector m15 = FloatVector.fromArray(S, m, mAt + 11 * L);
            FloatVector s1 = m11.add(m12);
            FloatVector d1 = m11.sub(m12);
            FloatVector u1 = m13.add(m14);
            FloatVector v1 = m13.sub(m14);
            FloatVector r10 = m10.add(s1).add(u1);
            FloatVector r11 = v1.fma(two, d1);
            FloatVector r12 = u1.fma(four, s1);
            FloatVector r13 = v1.fma(eight, d1).add(m15);
            FloatVector m20 = FloatVector.fromArray(S, m, mAt + 12 * L);
            FloatVector m21 = FloatVector.fromArray(S, m, mAt + 13 * L);
            FloatVector m22 = FloatVector.fromArray(S, m, mAt + 14 * L);
            FloatVector m23 = FloatVector.fromArray(S, m, mAt + 15 * L);
            FloatVector m24 = FloatVector.fromArray(S, m, mAt + 16 * L);
            FloatVector m25 = FloatVector.fromArray(S, m, mAt + 17 * L);
            FloatVector s2 = m21.add(m22);
            FloatVector d2 = m21.sub(m22);
            FloatVector u2 = m23.add(m24);
            FloatVector v2 = m23.sub(m24);
            FloatVector r20 = m20.add(s2).add(u2);
            FloatVector r21 = v2.fma(two, d2);
            FloatVector r22 = u2.fma(four, s2);
            FloatVector r23 = v2.fma(eight, d2).add(m25);
            FloatVector m30 = FloatVector.fromArray(S, m, mAt + 18 * L);
            FloatVector m31 = FloatVector.fromArray(S, m, mAt + 19 * L);
            FloatVector m32 = FloatVector.fromArray(S, m, mAt + 20 * L);
            FloatVector m33 = FloatVector.fromArray(S, m, mAt + 21 * L);
            FloatVector m34 = FloatVector.fromArray(S, m, mAt + 22 * L);
            FloatVector m35 = FloatVector.fromArray(S, m, mAt + 23 * L);
            FloatVector s3 = m31.add(m32);
            FloatVector d3 = m31.sub(m32);
            FloatVector u3 = m33.add(m34);
            FloatVector v3 = m33.sub(m34);
            FloatVector r30 = m30.add(s3).add(u3);
            FloatVector r31 = v3.fma(two, d3);
            FloatVector r32 = u3.fma(four, s3);
            FloatVector r33 = v3.fma(eight, d3).add(m35);
            FloatVector m40 = FloatVector.fromArray(S, m, mAt + 24 * L);
            FloatVector m41 = FloatVector.fromArray(S, m, mAt + 25 * L);
            FloatVector m42 = FloatVector.fromArray(S, m, mAt + 26 * L);
            FloatVector m43 = FloatVector.fromArray(S, m, mAt + 27 * L);
            FloatVector m44 = FloatVector.fromArray(S, m, mAt + 28 * L);
            FloatVector m45 = FloatVector.fromArray(S, m, mAt + 29 * L);
            FloatVector s4 = m41.add(m42);
            FloatVector d4 = m41.sub(m42);
            FloatVector u4 = m43.add(m44);
            FloatVector v4 = m43.sub(m44);
            FloatVector r40 = m40.add(s4).add(u4);
            FloatVector r41 = v4.fma(two, d4);
            FloatVector r42 = u4.fma(four, s4);
            FloatVector r43 = v4.fma(eight, d4).add(m45);
            FloatVector m50 = FloatVector.fromArray(S, m, mAt + 30 * L);
            FloatVector m51 = FloatVector.fromArray(S, m, mAt + 31 * L);
            FloatVector m52 = FloatVector.fromArray(S, m, mAt + 32 * L);
            FloatVector m53 = FloatVector.fromArray(S, m, mAt + 33 * L);
            FloatVector m54 = FloatVector.fromArray(S, m, mAt + 34 * L);
            FloatVector m55 = FloatVector.fromArray(S, m, mAt + 35 * L);
            FloatVector s5 = m51.add(m52);
            FloatVector d5 = m51.sub(m52);
            FloatVector u5 = m53.add(m54);
            FloatVector v5 = m53.sub(m54);
            FloatVector r50 = m50.add(s5).add(u5);
            FloatVector r51 = v5.fma(two, d5);
            FloatVector r52 = u5.fma(four, s5);
            FloatVector r53 = v5.fma(eight, d5).add(m55);
            FloatVector s0c = r10.add(r20);
            FloatVector d0c = r10.sub(r20);
            FloatVector u0c = r30.add(r40);
            FloatVector v0c = r30.sub(r40);
            FloatVector y00 = r00.add(s0c).add(u0c).add(b).sub(f);
            y00.blend(low, y00.compare(VectorOperators.LT, low)).intoArray(y, yAt);
            FloatVector y10 = v0c.fma(two, d0c).add(b).sub(f);
            y10.blend(low, y10.compare(VectorOperators.LT, low)).intoArray(y, yAt + yRow);
            FloatVector y20 = u0c.fma(four, s0c).add(b).sub(f);
            y20.blend(low, y20.compare(VectorOperators.LT, low)).intoArray(y, yAt + 2 * yRow);
            FloatVector y30 = v0c.fma(eight, d0c).add(r50).add(b).sub(f);
            y30.blend(low, y30.compare(VectorOperators.LT, low)).intoArray(y, yAt + 3 * yRow);
            FloatVector s1c = r11.add(r21);
            FloatVector d1c = r11.sub(r21);
            FloatVector u1c = r31.add(r41);
            FloatVector v1c = r31.sub(r41);
            FloatVector y01 = r01.add(s1c).add(u1c).add(b).sub(f);
            y01.blend(low, y01.compare(VectorOperators.LT, low)).intoArray(y, yAt + yPixel);
            FloatVector y11 = v1c.fma(two, d1c).add(b).sub(f);
            y11.blend(low, y11.compare(VectorOperators.LT, low)).intoArray(y, yAt + yRow + yPixel);
            FloatVector y21 = u1c.fma(four, s1c).add(b).sub(f);
            y21.blend(low, y21.compare(VectorOperators.LT, low)).intoArray(y, yAt + 2 * yRow + yPixel);
            FloatVector y31 = v1c.fma(eight, d1c).add(r51).add(b).sub(f);
            y31.blend(low, y31.compare(VectorOperators.LT, low)).intoArray(y, yAt + 3 * yRow + yPixel);
            FloatVector s2c = r12.add(r22);
            FloatVector d2c = r12.sub(r22);
            FloatVector u2c = r32.add(r42);
            FloatVector v2c = r32.sub(r42);
            FloatVector y02 = r02.add(s2c).add(u2c).add(b).sub(f);
            y02.blend(low, y02.compare(VectorOperators.LT, low)).intoArray(y, yAt + 2 * yPixel);
            FloatVector y12 = v2c.fma(two, d2c).add(b).sub(f);
            y12.blend(low, y12.compare(VectorOperators.LT, low)).intoArray(y, yAt + yRow + 2 * yPixel);
            FloatVector y22 = u2c.fma(four, s2c).add(b).sub(f);
            y22.blend(low, y22.compare(VectorOperators.LT, low)).intoArray(y, yAt + 2 * yRow + 2 * yPixel);
            FloatVector y32 = v2c.fma(eight, d2c).add(r52).add(b).sub(f);
            y32.blend(low, y32.compare(VectorOperators.LT, low)).intoArray(y, yAt + 3 * yRow + 2 * yPixel);
            FloatVector s3c = r13.add(r23);
            FloatVector d3c = r13.sub(r23);
            FloatVector u3c = r33.add(r43);
            FloatVector v3c = r33.sub(r43);
            FloatVector y03 = r03.add(s3c).add(u3c).add(b).sub(f);
            y03.blend(low, y03.compare(VectorOperators.LT, low)).intoArray(y, yAt + 3 * yPixel);
            FloatVector y13 = v3c.fma(two, d3c).add(b).sub(f);
            y13.blend(low, y13.compare(VectorOperators.LT, low)).intoArray(y, yAt + yRow + 3 * yPixel);
            FloatVector y23 = u3c.fma(four, s3c).add(b).sub(f);
            y23.blend(low, y23.compare(VectorOperators.LT, low)).intoArray(y, yAt + 2 * yRow + 3 * yPixel);
            FloatVector y33 = v3c.fma(eight, d3c).add(r53).add(b).sub(f);
            y33.blend(low, y33.compare(VectorOperators.LT, low)).intoArray(y, yAt + 3 * yRow + 3 * yPixel);
        }
    }
}
