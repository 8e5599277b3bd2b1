package dev.aorta.backend.cpu.product;

/** Tiles of 4 by 4 and 4 by 2 without vectors. */
final class MicroKernelScalar extends MicroKernel {
    MicroKernelScalar(int rowStride, int depthStride) {
        super(4, 2, rowStride, depthStride);
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
        float c00 = 0;
        float c01 = 0;
        float c02 = 0;
        float c03 = 0;
        float c10 = 0;
        float c11 = 0;
        float c12 = 0;
        float c13 = 0;
        float c20 = 0;
        float c21 = 0;
        float c22 = 0;
        float c23 = 0;
        float c30 = 0;
        float c31 = 0;
        float c32 = 0;
        float c33 = 0;
        for (int k = 0; k < depth; k++) {
            int i = aAt + k * step;
            int j = bAt + k * 4;
            float b0 = b[j];
            float b1 = b[j + 1];
            float b2 = b[j + 2];
            float b3 = b[j + 3];
            float a0 = a[i];
            c00 += a0 * b0;
            c01 += a0 * b1;
            c02 += a0 * b2;
            c03 += a0 * b3;
            float a1 = a[i + gap];
            c10 += a1 * b0;
            c11 += a1 * b1;
            c12 += a1 * b2;
            c13 += a1 * b3;
            float a2 = a[i + 2 * gap];
            c20 += a2 * b0;
            c21 += a2 * b1;
            c22 += a2 * b2;
            c23 += a2 * b3;
            float a3 = a[i + 3 * gap];
            c30 += a3 * b0;
            c31 += a3 * b1;
            c32 += a3 * b2;
            c33 += a3 * b3;
        }
        int r0 = row[rowAt];
        int s0 = baseAt + (r0 & baseMask);
        c[r0 + column] = Math.max(low, base[s0] + c00);
        c[r0 + column + 1] = Math.max(low, base[s0 + 1] + c01);
        c[r0 + column + 2] = Math.max(low, base[s0 + 2] + c02);
        c[r0 + column + 3] = Math.max(low, base[s0 + 3] + c03);
        int r1 = row[rowAt + 1];
        int s1 = baseAt + (r1 & baseMask);
        c[r1 + column] = Math.max(low, base[s1] + c10);
        c[r1 + column + 1] = Math.max(low, base[s1 + 1] + c11);
        c[r1 + column + 2] = Math.max(low, base[s1 + 2] + c12);
        c[r1 + column + 3] = Math.max(low, base[s1 + 3] + c13);
        int r2 = row[rowAt + 2];
        int s2 = baseAt + (r2 & baseMask);
        c[r2 + column] = Math.max(low, base[s2] + c20);
        c[r2 + column + 1] = Math.max(low, base[s2 + 1] + c21);
        c[r2 + column + 2] = Math.max(low, base[s2 + 2] + c22);
        c[r2 + column + 3] = Math.max(low, base[s2 + 3] + c23);
        int r3 = row[rowAt + 3];
        int s3 = baseAt + (r3 & baseMask);
        c[r3 + column] = Math.max(low, base[s3] + c30);
        c[r3 + column + 1] = Math.max(low, base[s3 + 1] + c31);
        c[r3 + column + 2] = Math.max(low, base[s3 + 2] + c32);
        c[r3 + column + 3] = Math.max(low, base[s3 + 3] + c33);
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
        float c00 = 0;
        float c01 = 0;
        float c10 = 0;
        float c11 = 0;
        float c20 = 0;
        float c21 = 0;
        float c30 = 0;
        float c31 = 0;
        for (int k = 0; k < depth; k++) {
            int i = aAt + k * step;
            int j = bAt + k * 2;
            float b0 = b[j];
            float b1 = b[j + 1];
            float a0 = a[i];
            c00 += a0 * b0;
            c01 += a0 * b1;
            float a1 = a[i + gap];
            c10 += a1 * b0;
            c11 += a1 * b1;
            float a2 = a[i + 2 * gap];
            c20 += a2 * b0;
            c21 += a2 * b1;
            float a3 = a[i + 3 * gap];
            c30 += a3 * b0;
            c31 += a3 * b1;
        }
        int r0 = row[rowAt];
        int s0 = baseAt + (r0 & baseMask);
        c[r0 + column] = Math.max(low, base[s0] + c00);
        c[r0 + column + 1] = Math.max(low, base[s0 + 1] + c01);
        int r1 = row[rowAt + 1];
        int s1 = baseAt + (r1 & baseMask);
        c[r1 + column] = Math.max(low, base[s1] + c10);
        c[r1 + column + 1] = Math.max(low, base[s1 + 1] + c11);
        int r2 = row[rowAt + 2];
        int s2 = baseAt + (r2 & baseMask);
        c[r2 + column] = Math.max(low, base[s2] + c20);
        c[r2 + column + 1] = Math.max(low, base[s2 + 1] + c21);
        int r3 = row[rowAt + 3];
        int s3 = baseAt + (r3 & baseMask);
        c[r3 + column] = Math.max(low, base[s3] + c30);
        c[r3 + column + 1] = Math.max(low, base[s3 + 1] + c31);
    }
}
