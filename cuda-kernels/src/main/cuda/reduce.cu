// Reductions, sums over the rows of an image, and the check of labels.
// CPU twin: dev.aorta.backend.cpu.element.Reduce.
#include "reduce.cuh"

// The kernels of Backend.reduce: y (outer, inner), x (outer, length, inner). Where the length is split into chunks, the first leaves
// a State for each in parts (chunks, outer * inner), and the second makes y of them.
#define REDUCTION(NAME, ...)                                                                                                   \
    extern "C" __global__ void reduce_##NAME(                                                                                  \
        Output y, __VA_ARGS__::State* parts, Input x, int outer, int length, int inner, int lanes) {                           \
        __shared__ __VA_ARGS__::State shared[8 * BLOCK];                                                                       \
        reduce<__VA_ARGS__>(y, parts, shared, x, outer, length, inner, lanes);                                                 \
    }                                                                                                                          \
    extern "C" __global__ void reduce_##NAME##_chunks(                                                                         \
        Output y, const __VA_ARGS__::State* parts, int chunks, int outputs, int length, int lanes) {                           \
        __shared__ __VA_ARGS__::State shared[BLOCK];                                                                           \
        merge_chunks<__VA_ARGS__>(y, parts, shared, chunks, outputs, length, lanes);                                           \
    }

REDUCTION(sum, Sum)
REDUCTION(mean, Mean)
REDUCTION(max, Extreme<1>)
REDUCTION(min, Extreme<-1>)
REDUCTION(sum_of_squares, SumOfSquares)
REDUCTION(log_sum_exp, LogSumExp)
REDUCTION(argmax, IndexOfExtreme<1>)
REDUCTION(argmin, IndexOfExtreme<-1>)

// What bias_grad does, W channels a thread.
template <int W>
__device__ inline void relu_bias_grad(
    float* partial, Output masked, float* shared, Input dy, Input mask, int rows, int channels) {
    int chunk = (rows + gridDim.y - 1) / gridDim.y, first = blockIdx.y * chunk;
    column_sums<1, W>(partial + blockIdx.y * channels, shared, first, min_int(first + chunk, rows), channels,
                      [=](Vec<W>* sums, int r, int c) {
                          size_t i = (size_t)r * channels + c;
                          Vec<W> d = dy.get<W>(i);
                          if (mask) d = each<W>([](float v, float y) { return y > 0.0f ? v : 0.0f; }, d, mask.get<W>(i));
                          if (masked) masked.put(i, d);
                          sums[0] = each<W>([](float s, float v) { return s + v; }, sums[0], d);
                      });
}

// Backend.conv2dGrad, first step of db: partial (gridDim.y, channels), dy and mask (rows, channels); mask may be null.
// masked (rows, channels) or null receives dy where mask is above 0, and 0 elsewhere.
extern "C" __global__ void bias_grad(float* partial, Output masked, Input dy, Input mask, int rows, int channels) {
    __shared__ float shared[8 * BLOCK];
    if (channels % 8 == 0) relu_bias_grad<8>(partial, masked, shared, dy, mask, rows, channels);
    else relu_bias_grad<1>(partial, masked, shared, dy, mask, rows, channels);
}

// What Backend.checkLabels found since somebody last asked; all bits set while all is well.
struct Refused {
    unsigned long long label;  // the smallest element that was refused, then the 32 bits of its label
    int check;                 // the number of the check that refused first
};

// Backend.checkLabels
extern "C" __global__ void check_labels(Refused* refused, Input labels, int check, int classes, int n) {
    FOR_EACH(i, n) {
        if (class_of(labels[i], classes) >= 0) continue;
        int first = atomicCAS(&refused->check, -1, check);
        if (first == -1 || first == check) {
            atomicMin(&refused->label, (unsigned long long)i << 32 | __float_as_uint(labels[i]));
        }
    }
}
