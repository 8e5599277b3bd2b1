package dev.aorta.zoo;

import dev.aorta.Shape;
import dev.aorta.Tensor;

/** Bilinear interpolation to any size: one product with a sparse matrix along each axis, or the kernel where the factor is whole. */
final class Bilinear {
    private Bilinear() {}

    /**
     * PyTorch's {@code interpolate(mode="bilinear")} of (N, H, W, C).
     *
     * @param corners whether the centres of the corner pixels stay where they are ({@code align_corners}), or else the edges of the
     *     image
     * @return (N, height, width, C)
     */
    static Tensor resize(Tensor x, int height, int width, boolean corners) {
        Shape s = x.shape();
        int factor = height / s.dim(1);
        if (!corners && height == factor * s.dim(1) && width == factor * s.dim(2)) {
            return factor == 1 ? x : x.upsampleBilinear(factor);
        }
        int n = s.dim(0);
        int c = s.dim(3);
        Tensor rows =
                matrix(x, s.dim(1), height, corners).matmul(x.reshape(n, s.dim(1), s.dim(2) * c)); // (N, height, W C)
        return matrix(x, s.dim(2), width, corners)
                .matmul(rows.reshape(n * height, s.dim(2), c))
                .reshape(n, height, width, c);
    }

    /** The weights (to, from) of the elements along an axis. */
    private static Tensor matrix(Tensor like, int from, int to, boolean corners) {
        float[] weights = new float[to * from];
        double step = corners ? (from - 1.0) / Math.max(1, to - 1) : (double) from / to;
        for (int i = 0; i < to; i++) {
            double at = corners ? i * step : Math.clamp((i + 0.5) * step - 0.5, 0, from - 1.0);
            int left = Math.min((int) at, from - 1);
            int right = Math.min(left + 1, from - 1);
            weights[i * from + left] += (float) (1 - (at - left));
            weights[i * from + right] += (float) (at - left);
        }
        return Tensor.of(like.device(), weights, to, from);
    }
}
