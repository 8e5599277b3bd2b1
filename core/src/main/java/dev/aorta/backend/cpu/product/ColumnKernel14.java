package dev.aorta.backend.cpu.product;

import dev.aorta.backend.cpu.machine.Species;
import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.VectorOperators;
import jdk.incubator.vector.VectorSpecies;

/** {@link RowKernel14} with A by columns: written twice, because its strides must be constants. */
final class ColumnKernel14 extends MicroKernel {
    private static final VectorSpecies<Float> S = Species.S;
    private static final int L = S.length();

    ColumnKernel14() {
        super(14, L, 1, 14);
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
        FloatVector c6l = FloatVector.zero(S);
        FloatVector c6r = FloatVector.zero(S);
        FloatVector c7l = FloatVector.zero(S);
        FloatVector c7r = FloatVector.zero(S);
        FloatVector c8l = FloatVector.zero(S);
        FloatVector c8r = FloatVector.zero(S);
        FloatVector c9l = FloatVector.zero(S);
        FloatVector c9r = FloatVector.zero(S);
        FloatVector c10l = FloatVector.zero(S);
        FloatVector c10r = FloatVector.zero(S);
        FloatVector c11l = FloatVector.zero(S);
        FloatVector c11r = FloatVector.zero(S);
        FloatVector c12l = FloatVector.zero(S);
        FloatVector c12r = FloatVector.zero(S);
        FloatVector c13l = FloatVector.zero(S);
        FloatVector c13r = FloatVector.zero(S);
        for (int k = 0; k < depth; k++) {
            int i = aAt + k * 14;
            int j = bAt + k * 2 * L;
            FloatVector l = FloatVector.fromArray(S, b, j);
            FloatVector r = FloatVector.fromArray(S, b, j + L);
            FloatVector a0 = FloatVector.broadcast(S, a[i]);
            c0l = a0.fma(l, c0l);
            c0r = a0.fma(r, c0r);
            FloatVector a1 = FloatVector.broadcast(S, a[i + 1]);
            c1l = a1.fma(l, c1l);
            c1r = a1.fma(r, c1r);
            FloatVector a2 = FloatVector.broadcast(S, a[i + 2]);
            c2l = a2.fma(l, c2l);
            c2r = a2.fma(r, c2r);
            FloatVector a3 = FloatVector.broadcast(S, a[i + 3]);
            c3l = a3.fma(l, c3l);
            c3r = a3.fma(r, c3r);
            FloatVector a4 = FloatVector.broadcast(S, a[i + 4]);
            c4l = a4.fma(l, c4l);
            c4r = a4.fma(r, c4r);
            FloatVector a5 = FloatVector.broadcast(S, a[i + 5]);
            c5l = a5.fma(l, c5l);
            c5r = a5.fma(r, c5r);
            FloatVector a6 = FloatVector.broadcast(S, a[i + 6]);
            c6l = a6.fma(l, c6l);
            c6r = a6.fma(r, c6r);
            FloatVector a7 = FloatVector.broadcast(S, a[i + 7]);
            c7l = a7.fma(l, c7l);
            c7r = a7.fma(r, c7r);
            FloatVector a8 = FloatVector.broadcast(S, a[i + 8]);
            c8l = a8.fma(l, c8l);
            c8r = a8.fma(r, c8r);
            FloatVector a9 = FloatVector.broadcast(S, a[i + 9]);
            c9l = a9.fma(l, c9l);
            c9r = a9.fma(r, c9r);
            FloatVector a10 = FloatVector.broadcast(S, a[i + 10]);
            c10l = a10.fma(l, c10l);
            c10r = a10.fma(r, c10r);
            FloatVector a11 = FloatVector.broadcast(S, a[i + 11]);
            c11l = a11.fma(l, c11l);
            c11r = a11.fma(r, c11r);
            FloatVector a12 = FloatVector.broadcast(S, a[i + 12]);
            c12l = a12.fma(l, c12l);
            c12r = a12.fma(r, c12r);
            FloatVector a13 = FloatVector.broadcast(S, a[i + 13]);
            c13l = a13.fma(l, c13l);
            c13r = a13.fma(r, c13r);
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
        int r6 = row[rowAt + 6];
        int s6 = baseAt + (r6 & baseMask);
        c6l = c6l.add(FloatVector.fromArray(S, base, s6));
        c6l.blend(floor, c6l.compare(VectorOperators.LE, floor)).intoArray(c, r6 + column);
        c6r = c6r.add(FloatVector.fromArray(S, base, s6 + L));
        c6r.blend(floor, c6r.compare(VectorOperators.LE, floor)).intoArray(c, r6 + column + L);
        int r7 = row[rowAt + 7];
        int s7 = baseAt + (r7 & baseMask);
        c7l = c7l.add(FloatVector.fromArray(S, base, s7));
        c7l.blend(floor, c7l.compare(VectorOperators.LE, floor)).intoArray(c, r7 + column);
        c7r = c7r.add(FloatVector.fromArray(S, base, s7 + L));
        c7r.blend(floor, c7r.compare(VectorOperators.LE, floor)).intoArray(c, r7 + column + L);
        int r8 = row[rowAt + 8];
        int s8 = baseAt + (r8 & baseMask);
        c8l = c8l.add(FloatVector.fromArray(S, base, s8));
        c8l.blend(floor, c8l.compare(VectorOperators.LE, floor)).intoArray(c, r8 + column);
        c8r = c8r.add(FloatVector.fromArray(S, base, s8 + L));
        c8r.blend(floor, c8r.compare(VectorOperators.LE, floor)).intoArray(c, r8 + column + L);
        int r9 = row[rowAt + 9];
        int s9 = baseAt + (r9 & baseMask);
        c9l = c9l.add(FloatVector.fromArray(S, base, s9));
        c9l.blend(floor, c9l.compare(VectorOperators.LE, floor)).intoArray(c, r9 + column);
        c9r = c9r.add(FloatVector.fromArray(S, base, s9 + L));
        c9r.blend(floor, c9r.compare(VectorOperators.LE, floor)).intoArray(c, r9 + column + L);
        int r10 = row[rowAt + 10];
        int s10 = baseAt + (r10 & baseMask);
        c10l = c10l.add(FloatVector.fromArray(S, base, s10));
        c10l.blend(floor, c10l.compare(VectorOperators.LE, floor)).intoArray(c, r10 + column);
        c10r = c10r.add(FloatVector.fromArray(S, base, s10 + L));
        c10r.blend(floor, c10r.compare(VectorOperators.LE, floor)).intoArray(c, r10 + column + L);
        int r11 = row[rowAt + 11];
        int s11 = baseAt + (r11 & baseMask);
        c11l = c11l.add(FloatVector.fromArray(S, base, s11));
        c11l.blend(floor, c11l.compare(VectorOperators.LE, floor)).intoArray(c, r11 + column);
        c11r = c11r.add(FloatVector.fromArray(S, base, s11 + L));
        c11r.blend(floor, c11r.compare(VectorOperators.LE, floor)).intoArray(c, r11 + column + L);
        int r12 = row[rowAt + 12];
        int s12 = baseAt + (r12 & baseMask);
        c12l = c12l.add(FloatVector.fromArray(S, base, s12));
        c12l.blend(floor, c12l.compare(VectorOperators.LE, floor)).intoArray(c, r12 + column);
        c12r = c12r.add(FloatVector.fromArray(S, base, s12 + L));
        c12r.blend(floor, c12r.compare(VectorOperators.LE, floor)).intoArray(c, r12 + column + L);
        int r13 = row[rowAt + 13];
        int s13 = baseAt + (r13 & baseMask);
        c13l = c13l.add(FloatVector.fromArray(S, base, s13));
        c13l.blend(floor, c13l.compare(VectorOperators.LE, floor)).intoArray(c, r13 + column);
        c13r = c13r.add(FloatVector.fromArray(S, base, s13 + L));
        c13r.blend(floor, c13r.compare(VectorOperators.LE, floor)).intoArray(c, r13 + column + L);
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
        FloatVector c0 = FloatVector.zero(S);
        FloatVector c1 = FloatVector.zero(S);
        FloatVector c2 = FloatVector.zero(S);
        FloatVector c3 = FloatVector.zero(S);
        FloatVector c4 = FloatVector.zero(S);
        FloatVector c5 = FloatVector.zero(S);
        FloatVector c6 = FloatVector.zero(S);
        FloatVector c7 = FloatVector.zero(S);
        FloatVector c8 = FloatVector.zero(S);
        FloatVector c9 = FloatVector.zero(S);
        FloatVector c10 = FloatVector.zero(S);
        FloatVector c11 = FloatVector.zero(S);
        FloatVector c12 = FloatVector.zero(S);
        FloatVector c13 = FloatVector.zero(S);
        for (int k = 0; k < depth; k++) {
            int i = aAt + k * 14;
            int j = bAt + k * L;
            FloatVector v = FloatVector.fromArray(S, b, j);
            FloatVector a0 = FloatVector.broadcast(S, a[i]);
            c0 = a0.fma(v, c0);
            FloatVector a1 = FloatVector.broadcast(S, a[i + 1]);
            c1 = a1.fma(v, c1);
            FloatVector a2 = FloatVector.broadcast(S, a[i + 2]);
            c2 = a2.fma(v, c2);
            FloatVector a3 = FloatVector.broadcast(S, a[i + 3]);
            c3 = a3.fma(v, c3);
            FloatVector a4 = FloatVector.broadcast(S, a[i + 4]);
            c4 = a4.fma(v, c4);
            FloatVector a5 = FloatVector.broadcast(S, a[i + 5]);
            c5 = a5.fma(v, c5);
            FloatVector a6 = FloatVector.broadcast(S, a[i + 6]);
            c6 = a6.fma(v, c6);
            FloatVector a7 = FloatVector.broadcast(S, a[i + 7]);
            c7 = a7.fma(v, c7);
            FloatVector a8 = FloatVector.broadcast(S, a[i + 8]);
            c8 = a8.fma(v, c8);
            FloatVector a9 = FloatVector.broadcast(S, a[i + 9]);
            c9 = a9.fma(v, c9);
            FloatVector a10 = FloatVector.broadcast(S, a[i + 10]);
            c10 = a10.fma(v, c10);
            FloatVector a11 = FloatVector.broadcast(S, a[i + 11]);
            c11 = a11.fma(v, c11);
            FloatVector a12 = FloatVector.broadcast(S, a[i + 12]);
            c12 = a12.fma(v, c12);
            FloatVector a13 = FloatVector.broadcast(S, a[i + 13]);
            c13 = a13.fma(v, c13);
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
        int r6 = row[rowAt + 6];
        int s6 = baseAt + (r6 & baseMask);
        c6 = c6.add(FloatVector.fromArray(S, base, s6));
        c6.blend(floor, c6.compare(VectorOperators.LE, floor)).intoArray(c, r6 + column);
        int r7 = row[rowAt + 7];
        int s7 = baseAt + (r7 & baseMask);
        c7 = c7.add(FloatVector.fromArray(S, base, s7));
        c7.blend(floor, c7.compare(VectorOperators.LE, floor)).intoArray(c, r7 + column);
        int r8 = row[rowAt + 8];
        int s8 = baseAt + (r8 & baseMask);
        c8 = c8.add(FloatVector.fromArray(S, base, s8));
        c8.blend(floor, c8.compare(VectorOperators.LE, floor)).intoArray(c, r8 + column);
        int r9 = row[rowAt + 9];
        int s9 = baseAt + (r9 & baseMask);
        c9 = c9.add(FloatVector.fromArray(S, base, s9));
        c9.blend(floor, c9.compare(VectorOperators.LE, floor)).intoArray(c, r9 + column);
        int r10 = row[rowAt + 10];
        int s10 = baseAt + (r10 & baseMask);
        c10 = c10.add(FloatVector.fromArray(S, base, s10));
        c10.blend(floor, c10.compare(VectorOperators.LE, floor)).intoArray(c, r10 + column);
        int r11 = row[rowAt + 11];
        int s11 = baseAt + (r11 & baseMask);
        c11 = c11.add(FloatVector.fromArray(S, base, s11));
        c11.blend(floor, c11.compare(VectorOperators.LE, floor)).intoArray(c, r11 + column);
        int r12 = row[rowAt + 12];
        int s12 = baseAt + (r12 & baseMask);
        c12 = c12.add(FloatVector.fromArray(S, base, s12));
        c12.blend(floor, c12.compare(VectorOperators.LE, floor)).intoArray(c, r12 + column);
        int r13 = row[rowAt + 13];
        int s13 = baseAt + (r13 & baseMask);
        c13 = c13.add(FloatVector.fromArray(S, base, s13));
        c13.blend(floor, c13.compare(VectorOperators.LE, floor)).intoArray(c, r13 + column);
    }
}
