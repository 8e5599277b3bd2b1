package dev.aorta.backend.cpu.conv;

import dev.aorta.backend.cpu.machine.Species;
import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.IntVector;
import jdk.incubator.vector.VectorOperators;
import jdk.incubator.vector.VectorShuffle;
import jdk.incubator.vector.VectorSpecies;

/** {@link ChannelLanes} on the vector unit, a block of lanes a vector. */
final class ChannelLanesSimd {
    private static final VectorSpecies<Float> S = Species.S;
    private static final VectorSpecies<Integer> I = VectorSpecies.of(int.class, S.vectorShape());
    private static final int L = S.length();

    private ChannelLanesSimd() {}

    static void spread(float[] y, int at, float[] x, int pixels, int[] lanes, int lane) {
        VectorShuffle<Float> from =
                IntVector.fromArray(I, lanes, lane).toShuffle().cast(S);
        for (int p = 0; p < pixels; p++) {
            FloatVector.fromArray(S, x, p * L).rearrange(from).intoArray(y, at + p * L);
        }
    }

    static void convolve(
            float[] y,
            int yAt,
            int[] to,
            float[] x,
            int[] from,
            int pixels,
            int[] offsets,
            float[] w,
            int wAt,
            float[] base,
            int baseAt,
            float low,
            float high) {
        // the last eight begin where they still fit: a pixel that is computed twice has the same sum
        for (int p = 0; pixels >= 8 && p < pixels; p += 8) {
            eight(y, yAt, to, x, from, Math.min(p, pixels - 8), offsets, w, wAt, base, baseAt, low, high);
        }
        for (int p = 0; pixels < 8 && p < pixels; p++) {
            one(y, yAt + to[p], x, from[p], offsets, w, wAt, base, baseAt, low, high);
        }
    }

    private static void one(
            float[] y,
            int yAt,
            float[] x,
            int xAt,
            int[] offsets,
            float[] w,
            int wAt,
            float[] base,
            int baseAt,
            float low,
            float high) {
        FloatVector sum = FloatVector.fromArray(S, base, baseAt);
        for (int k = 0; k < offsets.length; k++) {
            sum = FloatVector.fromArray(S, x, xAt + offsets[k]).fma(FloatVector.fromArray(S, w, wAt + k * L), sum);
        }
        FloatVector floor = FloatVector.broadcast(S, low);
        FloatVector most = FloatVector.broadcast(S, high);
        sum = sum.blend(floor, sum.compare(VectorOperators.LE, floor));
        sum.blend(most, sum.compare(VectorOperators.GE, most)).intoArray(y, yAt);
    }

    private static void eight(
            float[] y,
            int yAt,
            int[] to,
            float[] x,
            int[] from,
            int p,
            int[] offsets,
            float[] w,
            int wAt,
            float[] base,
            int baseAt,
            float low,
            float high) {
        int x0 = from[p];
        int x1 = from[p + 1];
        int x2 = from[p + 2];
        int x3 = from[p + 3];
        int x4 = from[p + 4];
        int x5 = from[p + 5];
        int x6 = from[p + 6];
        int x7 = from[p + 7];
        FloatVector s0 = FloatVector.fromArray(S, base, baseAt);
        FloatVector s1 = FloatVector.fromArray(S, base, baseAt);
        FloatVector s2 = FloatVector.fromArray(S, base, baseAt);
        FloatVector s3 = FloatVector.fromArray(S, base, baseAt);
        FloatVector s4 = FloatVector.fromArray(S, base, baseAt);
        FloatVector s5 = FloatVector.fromArray(S, base, baseAt);
        FloatVector s6 = FloatVector.fromArray(S, base, baseAt);
        FloatVector s7 = FloatVector.fromArray(S, base, baseAt);
        for (int k = 0; k < offsets.length; k++) {
            int o = offsets[k];
            FloatVector v = FloatVector.fromArray(S, w, wAt + k * L);
            s0 = FloatVector.fromArray(S, x, x0 + o).fma(v, s0);
            s1 = FloatVector.fromArray(S, x, x1 + o).fma(v, s1);
            s2 = FloatVector.fromArray(S, x, x2 + o).fma(v, s2);
            s3 = FloatVector.fromArray(S, x, x3 + o).fma(v, s3);
            s4 = FloatVector.fromArray(S, x, x4 + o).fma(v, s4);
            s5 = FloatVector.fromArray(S, x, x5 + o).fma(v, s5);
            s6 = FloatVector.fromArray(S, x, x6 + o).fma(v, s6);
            s7 = FloatVector.fromArray(S, x, x7 + o).fma(v, s7);
        }
        FloatVector floor = FloatVector.broadcast(S, low);
        FloatVector most = FloatVector.broadcast(S, high);
        s0 = s0.blend(floor, s0.compare(VectorOperators.LE, floor));
        s0.blend(most, s0.compare(VectorOperators.GE, most)).intoArray(y, yAt + to[p]);
        s1 = s1.blend(floor, s1.compare(VectorOperators.LE, floor));
        s1.blend(most, s1.compare(VectorOperators.GE, most)).intoArray(y, yAt + to[p + 1]);
        s2 = s2.blend(floor, s2.compare(VectorOperators.LE, floor));
        s2.blend(most, s2.compare(VectorOperators.GE, most)).intoArray(y, yAt + to[p + 2]);
        s3 = s3.blend(floor, s3.compare(VectorOperators.LE, floor));
        s3.blend(most, s3.compare(VectorOperators.GE, most)).intoArray(y, yAt + to[p + 3]);
        s4 = s4.blend(floor, s4.compare(VectorOperators.LE, floor));
        s4.blend(most, s4.compare(VectorOperators.GE, most)).intoArray(y, yAt + to[p + 4]);
        s5 = s5.blend(floor, s5.compare(VectorOperators.LE, floor));
        s5.blend(most, s5.compare(VectorOperators.GE, most)).intoArray(y, yAt + to[p + 5]);
        s6 = s6.blend(floor, s6.compare(VectorOperators.LE, floor));
        s6.blend(most, s6.compare(VectorOperators.GE, most)).intoArray(y, yAt + to[p + 6]);
        s7 = s7.blend(floor, s7.compare(VectorOperators.LE, floor));
        s7.blend(most, s7.compare(VectorOperators.GE, most)).intoArray(y, yAt + to[p + 7]);
    }

    static void sums(float[] sums, int at, float[] dy, float[] x, int[] from, int pixels, int[] offsets, int k) {
        int o0 = offsets[k];
        int o1 = offsets[k + 1];
        int o2 = offsets[k + 2];
        int o3 = offsets[k + 3];
        int o4 = offsets[k + 4];
        int o5 = offsets[k + 5];
        int o6 = offsets[k + 6];
        int o7 = offsets[k + 7];
        int o8 = offsets[k + 8];
        FloatVector s0 = FloatVector.fromArray(S, sums, at);
        FloatVector s1 = FloatVector.fromArray(S, sums, at + L);
        FloatVector s2 = FloatVector.fromArray(S, sums, at + 2 * L);
        FloatVector s3 = FloatVector.fromArray(S, sums, at + 3 * L);
        FloatVector s4 = FloatVector.fromArray(S, sums, at + 4 * L);
        FloatVector s5 = FloatVector.fromArray(S, sums, at + 5 * L);
        FloatVector s6 = FloatVector.fromArray(S, sums, at + 6 * L);
        FloatVector s7 = FloatVector.fromArray(S, sums, at + 7 * L);
        FloatVector s8 = FloatVector.fromArray(S, sums, at + 8 * L);
        for (int p = 0; p < pixels; p++) {
            int i = from[p];
            FloatVector d = FloatVector.fromArray(S, dy, p * L);
            s0 = FloatVector.fromArray(S, x, i + o0).fma(d, s0);
            s1 = FloatVector.fromArray(S, x, i + o1).fma(d, s1);
            s2 = FloatVector.fromArray(S, x, i + o2).fma(d, s2);
            s3 = FloatVector.fromArray(S, x, i + o3).fma(d, s3);
            s4 = FloatVector.fromArray(S, x, i + o4).fma(d, s4);
            s5 = FloatVector.fromArray(S, x, i + o5).fma(d, s5);
            s6 = FloatVector.fromArray(S, x, i + o6).fma(d, s6);
            s7 = FloatVector.fromArray(S, x, i + o7).fma(d, s7);
            s8 = FloatVector.fromArray(S, x, i + o8).fma(d, s8);
        }
        s0.intoArray(sums, at);
        s1.intoArray(sums, at + L);
        s2.intoArray(sums, at + 2 * L);
        s3.intoArray(sums, at + 3 * L);
        s4.intoArray(sums, at + 4 * L);
        s5.intoArray(sums, at + 5 * L);
        s6.intoArray(sums, at + 6 * L);
        s7.intoArray(sums, at + 7 * L);
        s8.intoArray(sums, at + 8 * L);
    }
}
