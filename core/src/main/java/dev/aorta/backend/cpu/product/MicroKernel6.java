package dev.aorta.backend.cpu.product;

import dev.aorta.backend.cpu.machine.Species;
import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.VectorOperators;
import jdk.incubator.vector.VectorSpecies;

/** Tiles of 6 rows and two vectors: 12 accumulators for machines with 16 vector registers, which must be variables. */
final class MicroKernel6 extends MicroKernel {
    private static final VectorSpecies<Float> S = Species.S;
    private static final int L = S.length();

    MicroKernel6(int rowStride, int depthStride) {
        super(6, L, rowStride, depthStride);
    }

    @Override
    void wide(
            float[] a,
            int aAt,
            float[] b,
            int bAt,
            int depth,
            float[] c,
            int[] row,
            int rowAt,
            int column,
            float[] base,
            int baseAt,
            int baseMask,
            float low) {
        int step = depthStride;
        int gap = rowStride;
        FloatVector c0l = FloatVector.zero(S);
        FloatVector c0r = FloatVector.zero(S);
        FloatVector c1l = FloatVector.zero(S);
        FloatVector c1r = FloatVector.zero(S);
        FloatVector c2l = FloatVector.zero(S);
        FloatVector c2r = FloatVector.zero(S);
        FloatVector c3l = FloatVector.zero(S);
        FloatVector c3r = FloatVector.zero(S);
        FloatVector c4l = FloatVector.zero(S);
        FloatVector c4r = FloatVector.zero(S);
        FloatVector c5l = FloatVector.zero(S);
        FloatVector c5r = FloatVector.zero(S);
        for (int k = 0; k < depth; k++) {
            int i = aAt + k * step;
            int j = bAt + k * 2 * L;
            FloatVector l = FloatVector.fromArray(S, b, j);
            FloatVector r = FloatVector.fromArray(S, b, j + L);
            FloatVector a0 = FloatVector.broadcast(S, a[i]);
            c0l = a0.fma(l, c0l);
            c0r = a0.fma(r, c0r);
            FloatVector a1 = FloatVector.broadcast(S, a[i + gap]);
            c1l = a1.fma(l, c1l);
            c1r = a1.fma(r, c1r);
            FloatVector a2 = FloatVector.broadcast(S, a[i + 2 * gap]);
            c2l = a2.fma(l, c2l);
            c2r = a2.fma(r, c2r);
            FloatVector a3 = FloatVector.broadcast(S, a[i + 3 * gap]);
            c3l = a3.fma(l, c3l);
            c3r = a3.fma(r, c3r);
            FloatVector a4 = FloatVector.broadcast(S, a[i + 4 * gap]);
            c4l = a4.fma(l, c4l);
            c4r = a4.fma(r, c4r);
            FloatVector a5 = FloatVector.broadcast(S, a[i + 5 * gap]);
            c5l = a5.fma(l, c5l);
            c5r = a5.fma(r, c5r);
        }
        FloatVector floor = FloatVector.broadcast(S, low);
        int r0 = row[rowAt];
        int s0 = baseAt + (r0 & baseMask);
        c0l = c0l.add(FloatVector.fromArray(S, base, s0));
        c0l.blend(floor, c0l.compare(VectorOperators.LE, floor)).intoArray(c, r0 + column);
        c0r = c0r.add(FloatVector.fromArray(S, base, s0 + L));
        c0r.blend(floor, c0r.compare(VectorOperators.LE, floor)).intoArray(c, r0 + column + L);
        int r1 = row[rowAt + 1];
        int s1 = baseAt + (r1 & baseMask);
        c1l = c1l.add(FloatVector.fromArray(S, base, s1));
        c1l.blend(floor, c1l.compare(VectorOperators.LE, floor)).intoArray(c, r1 + column);
        c1r = c1r.add(FloatVector.fromArray(S, base, s1 + L));
        c1r.blend(floor, c1r.compare(VectorOperators.LE, floor)).intoArray(c, r1 + column + L);
        int r2 = row[rowAt + 2];
        int s2 = baseAt + (r2 & baseMask);
        c2l = c2l.add(FloatVector.fromArray(S, base, s2));
        c2l.blend(floor, c2l.compare(VectorOperators.LE, floor)).intoArray(c, r2 + column);
        c2r = c2r.add(FloatVector.fromArray(S, base, s2 + L));
        c2r.blend(floor, c2r.compare(VectorOperators.LE, floor)).intoArray(c, r2 + column + L);
        int r3 = row[rowAt + 3];
        int s3 = baseAt + (r3 & baseMask);
        c3l = c3l.add(FloatVector.fromArray(S, base, s3));
        c3l.blend(floor, c3l.compare(VectorOperators.LE, floor)).intoArray(c, r3 + column);
        c3r = c3r.add(FloatVector.fromArray(S, base, s3 + L));
        c3r.blend(floor, c3r.compare(VectorOperators.LE, floor)).intoArray(c, r3 + column + L);
        int r4 = row[rowAt + 4];
        int s4 = baseAt + (r4 & baseMask);
        c4l = c4l.add(FloatVector.fromArray(S, base, s4));
        c4l.blend(floor, c4l.compare(VectorOperators.LE, floor)).intoArray(c, r4 + column);
        c4r = c4r.add(FloatVector.fromArray(S, base, s4 + L));
        c4r.blend(floor, c4r.compare(VectorOperators.LE, floor)).intoArray(c, r4 + column + L);
        int r5 = row[rowAt + 5];
        int s5 = baseAt + (r5 & baseMask);
        c5l = c5l.add(FloatVector.fromArray(S, base, s5));
        c5l.blend(floor, c5l.compare(VectorOperators.LE, floor)).intoArray(c, r5 + column);
        c5r = c5r.add(FloatVector.fromArray(S, base, s5 + L));
        c5r.blend(floor, c5r.compare(VectorOperators.LE, floor)).intoArray(c, r5 + column + L);
    }

    @Override
    void narrow(
            float[] a,
            int aAt,
            float[] b,
            int bAt,
            int depth,
            float[] c,
            int[] row,
            int rowAt,
            int column,
            float[] base,
            int baseAt,
            int baseMask,
            float low) {
        int step = depthStride;
        int gap = rowStride;
        FloatVector c0 = FloatVector.zero(S);
        FloatVector c1 = FloatVector.zero(S);
        FloatVector c2 = FloatVector.zero(S);
        FloatVector c3 = FloatVector.zero(S);
        FloatVector c4 = FloatVector.zero(S);
        FloatVector c5 = FloatVector.zero(S);
        for (int k = 0; k < depth; k++) {
            int i = aAt + k * step;
            int j = bAt + k * L;
            FloatVector v = FloatVector.fromArray(S, b, j);
            FloatVector a0 = FloatVector.broadcast(S, a[i]);
            c0 = a0.fma(v, c0);
            FloatVector a1 = FloatVector.broadcast(S, a[i + gap]);
            c1 = a1.fma(v, c1);
            FloatVector a2 = FloatVector.broadcast(S, a[i + 2 * gap]);
            c2 = a2.fma(v, c2);
            FloatVector a3 = FloatVector.broadcast(S, a[i + 3 * gap]);
            c3 = a3.fma(v, c3);
            FloatVector a4 = FloatVector.broadcast(S, a[i + 4 * gap]);
            c4 = a4.fma(v, c4);
            FloatVector a5 = FloatVector.broadcast(S, a[i + 5 * gap]);
            c5 = a5.fma(v, c5);
        }
        FloatVector floor = FloatVector.broadcast(S, low);
        int r0 = row[rowAt];
        int s0 = baseAt + (r0 & baseMask);
        c0 = c0.add(FloatVector.fromArray(S, base, s0));
        c0.blend(floor, c0.compare(VectorOperators.LE, floor)).intoArray(c, r0 + column);
        int r1 = row[rowAt + 1];
        int s1 = baseAt + (r1 & baseMask);
        c1 = c1.add(FloatVector.fromArray(S, base, s1));
        c1.blend(floor, c1.compare(VectorOperators.LE, floor)).intoArray(c, r1 + column);
        int r2 = row[rowAt + 2];
        int s2 = baseAt + (r2 & baseMask);
        c2 = c2.add(FloatVector.fromArray(S, base, s2));
        c2.blend(floor, c2.compare(VectorOperators.LE, floor)).intoArray(c, r2 + column);
        int r3 = row[rowAt + 3];
        int s3 = baseAt + (r3 & baseMask);
        c3 = c3.add(FloatVector.fromArray(S, base, s3));
        c3.blend(floor, c3.compare(VectorOperators.LE, floor)).intoArray(c, r3 + column);
        int r4 = row[rowAt + 4];
        int s4 = baseAt + (r4 & baseMask);
        c4 = c4.add(FloatVector.fromArray(S, base, s4));
        c4.blend(floor, c4.compare(VectorOperators.LE, floor)).intoArray(c, r4 + column);
        int r5 = row[rowAt + 5];
        int s5 = baseAt + (r5 & baseMask);
        c5 = c5.add(FloatVector.fromArray(S, base, s5));
        c5.blend(floor, c5.compare(VectorOperators.LE, floor)).intoArray(c, r5 + column);
    }
}
