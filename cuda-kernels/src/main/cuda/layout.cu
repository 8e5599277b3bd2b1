// Moving pixels: blocks, nearest and bilinear enlargement.
// CPU twins: dev.aorta.backend.cpu.element.Layout and Resize.
#include "aorta.cuh"

// What copy_block does, W channels a thread.
template <int W>
__device__ inline void copy_channels(Output dst, Input src, const Place& to, const Place& from, int h, int w, int c, int n) {
    FOR_EACH(i, n / W) {
        int k = i % (c / W) * W, p = i / (c / W), x = p % w, y = p / w % h, b = p / w / h;
        size_t d = ((size_t)(b * to.h + to.top + y) * to.w + to.left + x) * to.c + to.channel + k;
        size_t s = ((size_t)(b * from.h + from.top + y) * from.w + from.left + x) * from.c + from.channel + k;
        dst.put(d, src.get<W>(s));
    }
}

// Backend.copyBlock; n = batch * h * w * c
extern "C" __global__ void copy_block(
    Output dst, Input src, const Place to, const Place from, int h, int w, int c, int n) {
    bool eights = (c | to.c | to.channel | from.c | from.channel) % 8 == 0;
    if (eights) copy_channels<8>(dst, src, to, from, h, w, c, n);
    else copy_channels<1>(dst, src, to, from, h, w, c, n);
}

// Backend.upsampleNearest; n = elements of y
extern "C" __global__ void upsample_nearest(Output y, Input x, const Upsample s, int n) {
    int outH = s.inH * s.factorH, outW = s.inW * s.factorW;
    FOR_EACH(i, n) {
        int c = i % s.channels, p = i / s.channels, ox = p % outW, oy = p / outW % outH, b = p / outW / outH;
        y[i] = x[((b * s.inH + oy / s.factorH) * s.inW + ox / s.factorW) * s.channels + c];
    }
}

// Backend.upsampleNearestGrad; n = elements of dx
extern "C" __global__ void upsample_nearest_grad(Output dx, Input dy, const Upsample s, int n) {
    int outW = s.inW * s.factorW;
    FOR_EACH(i, n) {
        int c = i % s.channels, p = i / s.channels, ix = p % s.inW, row = p / s.inW;  // row = b * inH + iy
        float sum = 0.0f;
        for (int ky = 0; ky < s.factorH; ky++) {
            for (int kx = 0; kx < s.factorW; kx++) {
                sum += dy[((row * s.factorH + ky) * outW + ix * s.factorW + kx) * s.channels + c];
            }
        }
        dx[i] = sum;
    }
}

// Source position (o + 0.5) / factor - 0.5 held to [0, in - 1], in whole numbers: between pixels low and low + 1, the second
// with weight `high`.
__device__ inline void bilinear_source(int o, int factor, int in, int& low, float& high) {
    int twice = 2 * o + 1 - factor;  // the position times 2 * factor
    int held = max_int(0, min_int(twice, (in - 1) * 2 * factor));
    low = held / (2 * factor);
    high = (float)(held % (2 * factor)) / (float)(2 * factor);
}

// Backend.upsampleBilinear; n = elements of y
extern "C" __global__ void upsample_bilinear(Output y, Input x, const Upsample s, int n) {
    int outH = s.inH * s.factorH, outW = s.inW * s.factorW;
    FOR_EACH(i, n) {
        int c = i % s.channels, p = i / s.channels, ox = p % outW, oy = p / outW % outH, b = p / outW / outH;
        int y0, x0;
        float fy, fx;
        bilinear_source(oy, s.factorH, s.inH, y0, fy);
        bilinear_source(ox, s.factorW, s.inW, x0, fx);
        int y1 = min_int(y0 + 1, s.inH - 1), x1 = min_int(x0 + 1, s.inW - 1);
        Input image = x + (size_t)b * s.inH * s.inW * s.channels + c;
        float top = (1.0f - fx) * image[(y0 * s.inW + x0) * s.channels] + fx * image[(y0 * s.inW + x1) * s.channels];
        float bottom = (1.0f - fx) * image[(y1 * s.inW + x0) * s.channels] + fx * image[(y1 * s.inW + x1) * s.channels];
        y[i] = (1.0f - fy) * top + fy * bottom;
    }
}

// The weight of source pixel `i` in output pixel `o`.
__device__ inline float bilinear_weight(int o, int i, int factor, int in) {
    int low;
    float high;
    bilinear_source(o, factor, in, low, high);
    return low == i ? 1.0f - high : low + 1 == i ? high : 0.0f;
}

// Backend.upsampleBilinearGrad; n = elements of dx. Only output pixels within one source pixel of i can read it.
extern "C" __global__ void upsample_bilinear_grad(Output dx, Input dy, const Upsample s, int n) {
    int outH = s.inH * s.factorH, outW = s.inW * s.factorW;
    FOR_EACH(i, n) {
        int c = i % s.channels, p = i / s.channels, ix = p % s.inW, iy = p / s.inW % s.inH, b = p / s.inW / s.inH;
        float sum = 0.0f;
        for (int oy = max_int(0, (iy - 1) * s.factorH); oy < min_int(outH, (iy + 2) * s.factorH); oy++) {
            float wy = bilinear_weight(oy, iy, s.factorH, s.inH);
            if (wy == 0.0f) continue;
            for (int ox = max_int(0, (ix - 1) * s.factorW); ox < min_int(outW, (ix + 2) * s.factorW); ox++) {
                float w = wy * bilinear_weight(ox, ix, s.factorW, s.inW);
                if (w != 0.0f) sum += w * dy[((b * outH + oy) * outW + ox) * s.channels + c];
            }
        }
        dx[i] = sum;
    }
}
