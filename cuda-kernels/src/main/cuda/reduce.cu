// Sums in two steps: every block or chunk leaves a partial sum, a second kernel adds those in order.
// CPU twin: dev.aorta.backend.cpu.Reduce.
#include "aorta.cuh"

// Backend.sum and sumOfSquares, one step: partial (gridDim.x), x (n). Run again on the partial sums by one block.
extern "C" __global__ void sum(Output partial, Input x, int squared, int n) {
    __shared__ float shared[32];
    float s = 0.0f;
    FOR_EACH(i, n) s += squared ? x[i] * x[i] : x[i];
    s = block_sum(s, shared);
    if (threadIdx.x == 0) partial[blockIdx.x] = s;
}

// dst[o, i] = sum over m of src[o, m, i]; dst (outer, inner), src (outer, middle, inner), n = outer * inner
extern "C" __global__ void sum_middle(Output dst, const float* src, int middle, int inner, int n) {
    FOR_EACH(i, n) {
        const float* s = src + (size_t)(i / inner) * middle * inner + i % inner;
        float sum = 0.0f;
        for (int m = 0; m < middle; m++) sum += s[(size_t)m * inner];
        dst[i] = sum;
    }
}

// Backend.biasGrad, first step: partial (gridDim.y, channels), dy and mask (rows, channels); mask may be null
extern "C" __global__ void bias_grad(float* partial, Input dy, Input mask, int rows, int channels) {
    __shared__ float shared[BLOCK];
    int chunk = (rows + gridDim.y - 1) / gridDim.y, first = blockIdx.y * chunk;
    column_sums<1>(partial + blockIdx.y * channels, shared, first, min_int(first + chunk, rows), channels,
                   [=](float* s, int r, int c) {
                       int i = r * channels + c;
                       if (!mask || mask[i] > 0.0f) s[0] += dy[i];
                   });
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
