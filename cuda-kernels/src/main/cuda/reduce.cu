// Sums in two steps: every block or chunk leaves a partial sum, a second kernel adds those in order.
// CPU twin: dev.aorta.backend.cpu.element.Reduce.
#include "aorta.cuh"

// Backend.sum and sumOfSquares, one step: partial (gridDim.x), x (n). Run again on the partial sums by one block.
extern "C" __global__ void sum(Output partial, Input x, int squared, int n) {
    __shared__ float shared[32];
    float s = 0.0f;
    FOR_EACH(i, n) s += squared ? x[i] * x[i] : x[i];
    s = block_sum(s, shared);
    if (threadIdx.x == 0) partial[blockIdx.x] = s;
}

// dst[o, i] = sum over m of src[o, m, i]; dst (outer, inner), src (outer, middle, inner); grid (inner / columns of a block, 1, outer)
extern "C" __global__ void sum_middle(Output dst, const float* src, int middle, int inner) {
    __shared__ float shared[BLOCK];
    src += (size_t)blockIdx.z * middle * inner;
    column_sums<1, 1>(dst + (size_t)blockIdx.z * inner, shared, 0, middle, inner,
                      [=](Vec<1>* s, int m, int i) { s[0].v[0] += src[(size_t)m * inner + i]; });
}

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

// Backend.biasGrad, first step: partial (gridDim.y, channels), dy and mask (rows, channels); mask may be null.
// masked (rows, channels) or null receives dy where mask is above 0, and 0 elsewhere.
extern "C" __global__ void bias_grad(float* partial, Output masked, Input dy, Input mask, int rows, int channels) {
    __shared__ float shared[8 * BLOCK];
    if (channels % 8 == 0) relu_bias_grad<8>(partial, masked, shared, dy, mask, rows, channels);
    else relu_bias_grad<1>(partial, masked, shared, dy, mask, rows, channels);
}

// Backend.argmax; dst (rows), src (rows, classes)
extern "C" __global__ void argmax(Output dst, Input src, int rows, int classes) {
    FOR_EACH(r, rows) {
        Input x = src + (size_t)r * classes;
        int best = 0;
        for (int c = 1; c < classes; c++) {
            if (x[c] > x[best] || (x[c] != x[c] && x[best] == x[best])) best = c;  // a NaN wins
        }
        dst[r] = (float)best;
    }
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
