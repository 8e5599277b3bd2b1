// Common to all kernels.
//
// Conventions: images (N, H, W, C), channels last; tensors are Input or Output, which are float32 or bfloat16; float* is what only
// kernels pass to each other. All arithmetic is float32. Arguments are outputs, inputs, scalars, geometry, in this order.
// A tensor has fewer than 2^31 elements, so an unsigned index never wraps. No kernel adds with atomics: every sum has one
// fixed order, so results repeat bit for bit. The comment of a kernel names its method in dev.aorta.backend.Backend, which is
// where the formula stands; the head of a file names the class that computes the same on the CPU.
#pragma once

// bfloat16 is the upper half of a float32: rounding is to nearest, ties to even.
__device__ inline float widened(unsigned short v) { return __uint_as_float((unsigned)v << 16); }
__device__ inline unsigned short narrowed(float v) {
    unsigned bits = __float_as_uint(v);
    return v != v ? 0x7fff : (unsigned short)((bits + 0x7fff + (bits >> 16 & 1)) >> 16);
}

// A tensor that a kernel reads, float32 or, if narrow, bfloat16; dev.aorta.cuda.Launcher.buffer.
struct Input {
    const void* at;
    int narrow;

    __device__ float operator[](size_t i) const {
        return narrow ? widened(static_cast<const unsigned short*>(at)[i]) : static_cast<const float*>(at)[i];
    }
    __device__ Input operator+(size_t i) const { return {static_cast<const char*>(at) + i * (narrow ? 2 : 4), narrow}; }
    __device__ explicit operator bool() const { return at; }
};

// A tensor that a kernel writes, and may read.
struct Output {
    void* at;
    int narrow;

    struct Element {
        void* at;
        int narrow;
        __device__ operator float() const { return Input{at, narrow}[0]; }
        __device__ void operator=(float v) const {
            if (narrow) *static_cast<unsigned short*>(at) = narrowed(v);
            else *static_cast<float*>(at) = v;
        }
        __device__ void operator+=(float v) const { *this = *this + v; }
        __device__ void operator-=(float v) const { *this = *this - v; }
        __device__ void operator*=(float v) const { *this = *this * v; }
    };
    __device__ Output operator+(size_t i) const { return {static_cast<char*>(at) + i * (narrow ? 2 : 4), narrow}; }
    __device__ Element operator[](size_t i) const { return {(*this + i).at, narrow}; }
    __device__ explicit operator bool() const { return at; }
};

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

// The class that a label names, or -1 where it names none: NaN, a fraction, or out of range.
__device__ inline int class_of(float label, int classes) {
    return label >= 0.0f && label < (float)classes && label == floorf(label) ? (int)label : -1;
}

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
