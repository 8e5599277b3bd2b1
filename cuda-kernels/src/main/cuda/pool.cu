// Pooling; gradients gather, so they need no atomics.
// CPU twin: dev.aorta.backend.cpu.element.Pool.
#include "aorta.cuh"

// Calls f(i) for the pixels of window (oy, ox) that lie in image b, in row-major order; i is channel c of the pixel.
template <class F>
__device__ inline void for_window(const Pool& s, int b, int oy, int ox, int c, F f) {
    for (int ky = 0; ky < s.kH; ky++) {
        int iy = oy * s.strideH - s.padTop + ky;
        if (iy < 0 || iy >= s.inH) continue;
        for (int kx = 0; kx < s.kW; kx++) {
            int ix = ox * s.strideW - s.padLeft + kx;
            if (ix >= 0 && ix < s.inW) f(((b * s.inH + iy) * s.inW + ix) * s.channels + c);
        }
    }
}

// Whether a pixel beats the best before it: the first of the largest wins, a NaN wins over numbers.
__device__ inline bool beats(float v, float best) { return v > best || (v != v && best == best); }

// What max_pool does, W channels a thread.
template <int W>
__device__ inline void max_pool_by(Output y, Input x, const Pool& s, int n) {
    int channels = s.channels / W;
    FOR_EACH(i, n / W) {
        int c = i % channels * W, p = i / channels, ox = p % s.outW, oy = p / s.outW % s.outH, b = p / s.outW / s.outH;
        Vec<W> best;
        bool first = true;
        for_window(s, b, oy, ox, c, [&](int at) {
            Vec<W> v = x.get<W>(at);
            best = first ? v : each<W>([](float u, float top) { return beats(u, top) ? u : top; }, v, best);
            first = false;
        });
        y.put((size_t)i * W, best);
    }
}

// Backend.maxPool2d; n = elements of y
extern "C" __global__ void max_pool(Output y, Input x, const Pool s, int n) {
    if (s.channels % 8 == 0) max_pool_by<8>(y, x, s, n);
    else max_pool_by<1>(y, x, s, n);
}

// The windows along one axis that cover pixel i: from `first` to `last`.
__device__ inline void covering(int i, int kernel, int stride, int pad, int out, int& first, int& last) {
    first = max_int(0, (i + pad - kernel + stride) / stride);  // ceil((i + pad - kernel + 1) / stride), or 0 where negative
    last = min_int(out - 1, (i + pad) / stride);
}

// What max_pool_grad does, W channels a thread.
template <int W>
__device__ inline void max_pool_grad_by(Output dx, Input dy, Input x, const Pool& s, int n) {
    int channels = s.channels / W;
    FOR_EACH(i, n / W) {
        int c = i % channels * W, p = i / channels, ix = p % s.inW, iy = p / s.inW % s.inH, b = p / s.inW / s.inH;
        int y0, y1, x0, x1;
        covering(iy, s.kH, s.strideH, s.padTop, s.outH, y0, y1);
        covering(ix, s.kW, s.strideW, s.padLeft, s.outW, x0, x1);
        Vec<W> sum = {};
        for (int oy = y0; oy <= y1; oy++) {
            for (int ox = x0; ox <= x1; ox++) {
                Vec<W> best, d = dy.get<W>(((size_t)(b * s.outH + oy) * s.outW + ox) * s.channels + c);
                bool won[W], first = true;
                for_window(s, b, oy, ox, c, [&](int at) {
                    Vec<W> v = x.get<W>(at);
                    for (int j = 0; j < W; j++) {
                        if (!first && !beats(v.v[j], best.v[j])) continue;
                        best.v[j] = v.v[j];
                        won[j] = at == (int)i * W;
                    }
                    first = false;
                });
                for (int j = 0; j < W; j++) sum.v[j] += won[j] ? d.v[j] : 0.0f;
            }
        }
        dx.put((size_t)i * W, sum);
    }
}

// Backend.maxPool2dGrad; n = elements of dx
extern "C" __global__ void max_pool_grad(Output dx, Input dy, Input x, const Pool s, int n) {
    if (s.channels % 8 == 0) max_pool_grad_by<8>(dx, dy, x, s, n);
    else max_pool_grad_by<1>(dx, dy, x, s, n);
}

// Pixels of window o along one axis that lie in the image.
__device__ inline int inside(int o, int kernel, int stride, int pad, int in) {
    int from = o * stride - pad;
    return min_int(from + kernel, in) - max_int(from, 0);
}

// Backend.avgPool2d; n = elements of y
extern "C" __global__ void avg_pool(Output y, Input x, const Pool s, int n) {
    FOR_EACH(i, n) {
        int c = i % s.channels, p = i / s.channels, ox = p % s.outW, oy = p / s.outW % s.outH, b = p / s.outW / s.outH;
        int y0 = oy * s.strideH - s.padTop, x0 = ox * s.strideW - s.padLeft;
        float sum = 0.0f;
        for (int iy = max_int(y0, 0); iy < min_int(y0 + s.kH, s.inH); iy++) {
            for (int ix = max_int(x0, 0); ix < min_int(x0 + s.kW, s.inW); ix++) {
                sum += x[((b * s.inH + iy) * s.inW + ix) * s.channels + c];
            }
        }
        y[i] = sum / (float)(inside(oy, s.kH, s.strideH, s.padTop, s.inH) * inside(ox, s.kW, s.strideW, s.padLeft, s.inW));
    }
}

// Backend.avgPool2dGrad; n = elements of dx
extern "C" __global__ void avg_pool_grad(Output dx, Input dy, const Pool s, int n) {
    FOR_EACH(i, n) {
        int c = i % s.channels, p = i / s.channels, ix = p % s.inW, iy = p / s.inW % s.inH, b = p / s.inW / s.inH;
        int y0, y1, x0, x1;
        covering(iy, s.kH, s.strideH, s.padTop, s.outH, y0, y1);
        covering(ix, s.kW, s.strideW, s.padLeft, s.outW, x0, x1);
        float sum = 0.0f;
        for (int oy = y0; oy <= y1; oy++) {
            for (int ox = x0; ox <= x1; ox++) {
                sum += dy[((b * s.outH + oy) * s.outW + ox) * s.channels + c]
                       / (float)(inside(oy, s.kH, s.strideH, s.padTop, s.inH) * inside(ox, s.kW, s.strideW, s.padLeft, s.inW));
            }
        }
        dx[i] = sum;
    }
}
