// Moving elements: strided copies, slices that are picked, nearest and bilinear enlargement.
// CPU twins: dev.aorta.backend.cpu.element.Layout and Resize.
#include "axes.cuh"

// Backend.copy; operand a of the axes is dst, b is src
extern "C" __global__ void copy(Output dst, Input src, const Axes s, int n) {
    walk(s, n, [&](auto width, unsigned i) {
        int to, from;
        s.find(i, to, from);
        dst.put(to, along<decltype(width)::value>(src, from, s.stepsB[0]));
    });
}

// The same where dst is contiguous along axis 0 and src along axis 1: tiles of 32 x 32 elements go through shared memory, so that
// both are accessed in runs. Blocks of 32 x 8 threads; grid (tiles)
extern "C" __global__ void transpose(Output dst, Input src, const Axes s) {
    __shared__ float tile[32][33];
    int tiles0 = (s.extents[0] + 31) / 32, tiles1 = (s.extents[1] + 31) / 32, t = blockIdx.x, to, from;
    s.find(t / (tiles0 * tiles1) * s.extents[0] * s.extents[1], to, from);
    int first0 = t % tiles0 * 32, first1 = t / tiles0 % tiles1 * 32, x = threadIdx.x;
    for (int y = threadIdx.y; y < 32; y += 8) {
        int i = first0 + y, j = first1 + x;
        if (i < s.extents[0] && j < s.extents[1]) tile[y][x] = src[from + (ptrdiff_t)i * s.stepsB[0] + j];
    }
    __syncthreads();
    for (int y = threadIdx.y; y < 32; y += 8) {
        int i = first0 + x, j = first1 + y;
        if (i < s.extents[0] && j < s.extents[1]) dst[to + i + (ptrdiff_t)j * s.stepsA[1]] = tile[x][y];
    }
}

// What gather does, W elements a thread.
template <int W>
__device__ inline void gather_by(Output y, Input x, Input index, int length, int count, int inner, int n) {
    FOR_EACH(run, n / W) {
        unsigned i = run % (inner / W) * W, j = run / (inner / W) % count, o = run / (inner / W) / count;
        int slice = class_of(index[j], length);
        y.put((size_t)run * W, slice < 0 ? Vec<W>{} : x.get<W>(((size_t)o * length + slice) * inner + i));
    }
}

// Backend.gather; n = outer * count * inner
extern "C" __global__ void gather(Output y, Input x, Input index, int length, int count, int inner, int n) {
    if (inner % 8 == 0) gather_by<8>(y, x, index, length, count, inner, n);
    else gather_by<1>(y, x, index, length, count, inner, n);
}

// What gather_grad does, W elements a thread.
template <int W>
__device__ inline void gather_grad_by(
    Output dx, int* shared, Input dy, Input index, int outer, int length, int count, int inner) {
    int warps = BLOCK / 32, groups = (length + warps - 1) / warps, slice = blockIdx.x % groups * warps + threadIdx.x / 32;
    int share = (count + gridDim.y - 1) / gridDim.y, last = min_int((blockIdx.y + 1) * share, count);
    unsigned run = blockIdx.x / groups * 32 + threadIdx.x % 32, o = run / (inner / W), i = run % (inner / W) * W;
    bool mine = slice < length && o < (unsigned)outer;
    Vec<W> sum = {};
    for (int first = blockIdx.y * share; first < last; first += BLOCK) {
        int j = first + threadIdx.x;
        shared[threadIdx.x] = j < last ? class_of(index[j], length) : -1;
        __syncthreads();
        for (int part = 0; part < BLOCK; part += 32) {
            unsigned hits = __ballot_sync(0xffffffffu, shared[part + threadIdx.x % 32] == slice);
            for (; hits && mine; hits &= hits - 1) {
                size_t hit = (size_t)o * count + first + part + __ffs(hits) - 1;
                sum = each<W>([](float s, float v) { return s + v; }, sum, dy.get<W>(hit * inner + i));
            }
        }
        __syncthreads();
    }
    if (mine) dx.put((((size_t)blockIdx.y * outer + o) * length + slice) * inner + i, sum);
}

// Backend.gatherGrad, over a part of the indices: dx (gridDim.y, outer, length, inner), of which the parts are to be added. A block
// has a slice for each warp and a run of (o, i) for each lane, and looks for its slices in all indices.
// grid (length / warps of a block * outer * inner / elements of a warp, parts)
extern "C" __global__ void gather_grad(Output dx, Input dy, Input index, int outer, int length, int count, int inner) {
    __shared__ int shared[BLOCK];
    if (inner % 8 == 0) gather_grad_by<8>(dx, shared, dy, index, outer, length, count, inner);
    else gather_grad_by<1>(dx, shared, dy, index, outer, length, count, inner);
}

// Backend.upsample by repeating pixels; n = elements of y
extern "C" __global__ void upsample_nearest(Output y, Input x, const Upsample s, int n) {
    int outH = s.inH * s.factorH, outW = s.inW * s.factorW;
    FOR_EACH(i, n) {
        int c = i % s.channels, p = i / s.channels, ox = p % outW, oy = p / outW % outH, b = p / outW / outH;
        y[i] = x[((b * s.inH + oy / s.factorH) * s.inW + ox / s.factorW) * s.channels + c];
    }
}

// Backend.upsampleGrad of it; n = elements of dx
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

// Backend.upsample, bilinear; n = elements of y
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

// Backend.upsampleGrad, bilinear; n = elements of dx. Only output pixels within one source pixel of i can read it.
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
