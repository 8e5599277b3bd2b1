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

// W neighbouring elements in float32.
template <int W>
struct Vec {
    float v[W];
};

// A tensor that a kernel reads, float32 or, if narrow, bfloat16; dev.aorta.cuda.Launcher.buffer.
struct Input {
    const void* at;
    int narrow;

    __device__ float operator[](size_t i) const {
        return narrow ? widened(static_cast<const unsigned short*>(at)[i]) : static_cast<const float*>(at)[i];
    }
    __device__ Input operator+(size_t i) const { return {static_cast<const char*>(at) + i * (narrow ? 2 : 4), narrow}; }
    __device__ explicit operator bool() const { return at; }

    // Elements i to i + W - 1. Eight of them, i a multiple of 8, are read in 16-byte accesses: one element a thread would leave
    // most of the memory's bandwidth unused.
    template <int W>
    __device__ Vec<W> get(size_t i) const {
        static_assert(W == 1 || W == 8, "one element, or eight");
        Vec<W> out;
        if constexpr (W == 1) {
            out.v[0] = (*this)[i];
        } else if (narrow) {
            uint4 two = static_cast<const uint4*>(at)[i / 8];  // two elements in each field, the first in the lower half
            unsigned pairs[4] = {two.x, two.y, two.z, two.w};
            for (int j = 0; j < 8; j++) out.v[j] = __uint_as_float(j % 2 ? pairs[j / 2] & 0xffff0000u : pairs[j / 2] << 16);
        } else {
            const float4* fours = static_cast<const float4*>(at) + i / 4;
            float4 four[2] = {fours[0], fours[1]};
            for (int j = 0; j < 2; j++) {
                out.v[4 * j] = four[j].x;
                out.v[4 * j + 1] = four[j].y;
                out.v[4 * j + 2] = four[j].z;
                out.v[4 * j + 3] = four[j].w;
            }
        }
        return out;
    }
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
    __device__ operator Input() const { return {at, narrow}; }

    // Elements i to i + W - 1, as in Input.
    template <int W>
    __device__ Vec<W> get(size_t i) const {
        return Input(*this).get<W>(i);
    }
    template <int W>
    __device__ void put(size_t i, Vec<W> x) const {
        if constexpr (W == 1) {
            (*this)[i] = x.v[0];
        } else if (narrow) {
            unsigned pairs[4];
            for (int j = 0; j < 4; j++) pairs[j] = narrowed(x.v[2 * j]) | (unsigned)narrowed(x.v[2 * j + 1]) << 16;
            static_cast<uint4*>(at)[i / 8] = {pairs[0], pairs[1], pairs[2], pairs[3]};
        } else {
            static_cast<float4*>(at)[i / 4] = {x.v[0], x.v[1], x.v[2], x.v[3]};
            static_cast<float4*>(at)[i / 4 + 1] = {x.v[4], x.v[5], x.v[6], x.v[7]};
        }
    }
};

#define BLOCK 256  // threads of a block, in every kernel

// All i below n, shared out over the whole grid.
#define FOR_EACH(i, n) \
    for (unsigned i = blockIdx.x * blockDim.x + threadIdx.x; i < (unsigned)(n); i += gridDim.x * blockDim.x)

// f of each of W elements.
template <int W, class F, class... X>
__device__ inline Vec<W> each(F f, X... x) {
    Vec<W> out;
    for (int j = 0; j < W; j++) out.v[j] = f(x.v[j]...);
    return out;
}

// y[i] = f(x[i], ...) for all i below n. x may be an Input, or what else has `get`.
template <class F, class... X>
__device__ inline void map(Output y, int n, F f, X... x) {
    FOR_EACH(k, n / 8) y.put(8 * (size_t)k, each<8>(f, x.template get<8>(8 * (size_t)k)...));
    FOR_EACH(k, n % 8) y.put(n - 1 - k, each<1>(f, x.template get<1>(n - 1 - k)...));
}

// A vector (channels) as an image (N, H, W, channels).
struct PerChannel {
    Input values;
    int channels;

    template <int W>
    __device__ Vec<W> get(unsigned i) const {
        if (channels % W == 0) return values.get<W>(i % channels);
        Vec<W> out;
        for (int j = 0; j < W; j++) out.v[j] = values[(i + j) % channels];
        return out;
    }
};

// dev.aorta.backend.ConvShape, field by field; then how many parts the pixels are split into (gradient of the weight).
struct Conv {
    int batch, inH, inW, inC, outC, kH, kW, strideH, strideW, padTop, padLeft, dilationH, dilationW, groups, outH, outW, splits;
};

// dev.aorta.backend.PoolShape, field by field.
struct Pool {
    int batch, inH, inW, channels, kH, kW, strideH, strideW, padTop, padLeft, outH, outW;
};

// dev.aorta.backend.UpsampleShape, field by field but for the last.
struct Upsample {
    int batch, inH, inW, channels, factorH, factorW;
};

// The class that a label names, or -1 where it names none: NaN, a fraction, or out of range.
__device__ inline int class_of(float label, int classes) {
    return label >= 0.0f && label < (float)classes && label == floorf(label) ? (int)label : -1;
}

// Not inlined, because eight of them would be most of a kernel.
__device__ __noinline__ float power(float a, float b) { return powf(a, b); }

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

// Sums over the rows `first` to `last - 1` of K functions of (row, column), W columns for each threadIdx.x, the rows shared
// out over threadIdx.y. `f(sums, row, column)` adds to the Vec<W> sums[0..K-1]. Writes out[j * columns + column]; `shared` holds
// K * W * BLOCK floats.
template <int K, int W, class Out, class F>
__device__ inline void column_sums(Out out, float* shared, int first, int last, int columns, F f) {
    int column = (blockIdx.x * blockDim.x + threadIdx.x) * W, thread = threadIdx.y * blockDim.x + threadIdx.x;
    Vec<W> sums[K];
    for (int j = 0; j < K * W; j++) sums[j / W].v[j % W] = 0.0f;
    if (column < columns) {
#pragma unroll 4
        for (int row = first + (int)threadIdx.y; row < last; row += blockDim.y) f(sums, row, column);
    }
    for (int j = 0; j < K * W; j++) shared[j * BLOCK + thread] = sums[j / W].v[j % W];
    for (int half = blockDim.y / 2; half > 0; half /= 2) {
        __syncthreads();
        if ((int)threadIdx.y < half) {
            for (int j = 0; j < K * W; j++) shared[j * BLOCK + thread] += shared[j * BLOCK + thread + half * blockDim.x];
        }
    }
    if (threadIdx.y == 0 && column < columns) {
        for (int j = 0; j < K * W; j++) out[j / W * columns + column + j % W] = shared[j * BLOCK + thread];
    }
}
