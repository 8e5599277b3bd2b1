// Common to all kernels.
//
// Conventions: float32, images (N, H, W, C), channels last. Arguments are outputs, inputs, scalars, geometry, in this order.
// A tensor has fewer than 2^31 elements, so an unsigned index never wraps. No kernel adds with atomics: every sum has one
// fixed order, so results repeat bit for bit. The comment of a kernel names its method in dev.aorta.backend.Backend, which is
// where the formula stands; the head of a file names the class that computes the same on the CPU.
#pragma once

#define BLOCK 256  // threads of a block, in every kernel

// All i below n, shared out over the whole grid.
#define FOR_EACH(i, n) \
    for (unsigned i = blockIdx.x * blockDim.x + threadIdx.x; i < (unsigned)(n); i += gridDim.x * blockDim.x)

// dev.aorta.backend.ConvShape, field by field; then how many parts the pixels are split into (gradient of the weight).
struct Conv {
    int batch, inH, inW, inC, outC, kH, kW, strideH, strideW, padTop, padLeft, dilationH, dilationW, groups, outH, outW, splits;
};

// dev.aorta.backend.PoolShape, field by field.
struct Pool {
    int batch, inH, inW, channels, kH, kW, strideH, strideW, padTop, padLeft, outH, outW;
};

// dev.aorta.backend.UpsampleShape, field by field.
struct Upsample {
    int batch, inH, inW, channels, factorH, factorW;
};

// dev.aorta.backend.Placement, field by field.
struct Place {
    int h, w, c, top, left, channel;
};

__device__ inline int min_int(int a, int b) { return a < b ? a : b; }
__device__ inline int max_int(int a, int b) { return a > b ? a : b; }

// Sum of v over the block, valid in thread 0; `shared` holds 32 floats.
__device__ inline float block_sum(float v, float* shared) {
    for (int d = 16; d > 0; d /= 2) v += __shfl_down_sync(0xffffffffu, v, d);
    if (threadIdx.x % 32 == 0) shared[threadIdx.x / 32] = v;
    __syncthreads();
    if (threadIdx.x < 32) {
        v = threadIdx.x < blockDim.x / 32 ? shared[threadIdx.x] : 0.0f;
        for (int d = 16; d > 0; d /= 2) v += __shfl_down_sync(0xffffffffu, v, d);
    }
    __syncthreads();
    return v;
}

// Sums over the rows `first` to `last - 1` of K functions of (row, column), one column for each threadIdx.x, the rows shared
// out over threadIdx.y. `f(sums, row, column)` adds to sums[0..K-1]. Writes out[j * columns + column]; `shared` holds
// K * BLOCK floats.
template <int K, class F>
__device__ inline void column_sums(float* out, float* shared, int first, int last, int columns, F f) {
    int column = blockIdx.x * blockDim.x + threadIdx.x, thread = threadIdx.y * blockDim.x + threadIdx.x;
    float sums[K];
    for (int j = 0; j < K; j++) sums[j] = 0.0f;
    if (column < columns) {
        for (int row = first + (int)threadIdx.y; row < last; row += blockDim.y) f(sums, row, column);
    }
    for (int j = 0; j < K; j++) shared[j * BLOCK + thread] = sums[j];
    for (int half = blockDim.y / 2; half > 0; half /= 2) {
        __syncthreads();
        if ((int)threadIdx.y < half) {
            for (int j = 0; j < K; j++) shared[j * BLOCK + thread] += shared[j * BLOCK + thread + half * blockDim.x];
        }
    }
    if (threadIdx.y == 0 && column < columns) {
        for (int j = 0; j < K; j++) out[j * columns + column] = shared[j * BLOCK + thread];
    }
}
