// Softmax and the losses on it. logits, y, grad (rows, classes), labels (rows), weights (classes) or null. A label that is not
// a class counts nothing: Backend.checkLabels reports it later.
// CPU twin: dev.aorta.backend.cpu.element.Losses.
#include "aorta.cuh"

// A row is worked on by `lanes` neighbouring threads, 1 or 32: these reduce over them.
__device__ inline float lanes_max(float v, int lanes) {
    for (int d = lanes / 2; d > 0; d /= 2) v = fmaxf(v, __shfl_xor_sync(0xffffffffu, v, d));
    return v;
}

__device__ inline float lanes_sum(float v, int lanes) {
    for (int d = lanes / 2; d > 0; d /= 2) v += __shfl_xor_sync(0xffffffffu, v, d);
    return v;
}

// Rows shared out over groups of `lanes` threads; all lanes of a group run the same rows.
#define FOR_EACH_ROW(r, rows, lanes)                                                                 \
    for (unsigned r = (blockIdx.x * blockDim.x + threadIdx.x) / (lanes); r < (unsigned)(rows); \
         r += gridDim.x * blockDim.x / (lanes))

// The largest logit of a row.
__device__ inline float row_max(Input x, int classes, int lanes) {
    float top = x[0];
    for (int c = threadIdx.x % lanes; c < classes; c += lanes) top = fmaxf(top, x[c]);
    return lanes_max(top, lanes);
}

// sum over c of exp(x[c] - top)
__device__ inline float row_exp_sum(Input x, float top, int classes, int lanes) {
    float sum = 0.0f;
    for (int c = threadIdx.x % lanes; c < classes; c += lanes) sum += expf(x[c] - top);
    return lanes_sum(sum, lanes);
}

// Backend.softmax
extern "C" __global__ void softmax(Output y, Input x, int rows, int classes, int lanes) {
    FOR_EACH_ROW(r, rows, lanes) {
        Input in = x + (size_t)r * classes;
        float top = row_max(in, classes, lanes), sum = row_exp_sum(in, top, classes, lanes);
        for (int c = threadIdx.x % lanes; c < classes; c += lanes) y[(size_t)r * classes + c] = expf(in[c] - top) / sum;
    }
}

// Backend.softmaxGrad
extern "C" __global__ void softmax_grad(Output dx, Input dy, Input y, int rows, int classes, int lanes) {
    FOR_EACH_ROW(r, rows, lanes) {
        size_t row = (size_t)r * classes;
        float dot = 0.0f;
        for (int c = threadIdx.x % lanes; c < classes; c += lanes) dot += dy[row + c] * y[row + c];
        dot = lanes_sum(dot, lanes);
        for (int c = threadIdx.x % lanes; c < classes; c += lanes) dx[row + c] = y[row + c] * (dy[row + c] - dot);
    }
}

// partial[block] = sum of weights[label]: the denominator of the losses below
extern "C" __global__ void label_weights(float* partial, Input labels, Input weights, int classes, int rows) {
    __shared__ float shared[32];
    float s = 0.0f;
    FOR_EACH(r, rows) {
        int label = class_of(labels[r], classes);
        if (label >= 0) s += weights[label];
    }
    s = block_sum(s, shared);
    if (threadIdx.x == 0) partial[blockIdx.x] = s;
}

// Backend.focalLoss; partial[block] is a sum of rows' losses, not yet divided by
// total[0], which is the sum of the rows' weights. grad may be null.
//
// With q = 1 - p and p = softmax(logits)[label]: d loss / d log p = -w * (q^f - f * q^(f-1) * p * log p), and
// d log p / d logit c = [c is the label] - softmax(logits)[c].
extern "C" __global__ void focal_loss(
    float* partial, Output grad, Input logits, Input labels, Input weights, const float* total,
    float focus, int rows, int classes, int lanes) {
    __shared__ float shared[32];
    float loss = 0.0f;
    FOR_EACH_ROW(r, rows, lanes) {
        Input in = logits + (size_t)r * classes;
        int label = class_of(labels[r], classes);
        float weight = label < 0 ? 0.0f : weights ? weights[label] : 1.0f;
        float top = row_max(in, classes, lanes), sum = row_exp_sum(in, top, classes, lanes);
        float logP = in[max_int(label, 0)] - top - logf(sum), q = -expm1f(logP);
        float power = focus == 0.0f ? 1.0f : powf(q, focus);
        if (threadIdx.x % lanes == 0) loss -= weight * power * logP;
        if (grad) {
            float slope = focus == 0.0f || q == 0.0f ? 0.0f : focus * powf(q, focus - 1.0f) * (1.0f - q) * logP;
            float scale = weight * (power - slope) / total[0];
            for (int c = threadIdx.x % lanes; c < classes; c += lanes) {
                float p = expf(in[c] - top) / sum;
                grad[(size_t)r * classes + c] = scale * (c == label ? p - 1.0f : p);
            }
        }
    }
    __syncthreads();
    loss = block_sum(loss, shared);
    if (threadIdx.x == 0) partial[blockIdx.x] = loss;
}

// loss[0] = (sum of partial) / total[0], by one block
extern "C" __global__ void mean_loss(Output loss, const float* partial, const float* total, int n) {
    __shared__ float shared[32];
    float s = 0.0f;
    FOR_EACH(i, n) s += partial[i];
    s = block_sum(s, shared);
    if (threadIdx.x == 0) loss[0] = s / total[0];
}

// Partial sums over a chunk of an image's pixels, for each class: of p, of the one-hot label g, and of p * g.
// partial (batch, chunks, 3, classes), p (batch, pixels, classes); grid (classes / blockDim.x, chunks, batch)
extern "C" __global__ void dice_sums(float* partial, Input p, Input labels, int pixels, int classes) {
    __shared__ float shared[3 * BLOCK];
    int b = blockIdx.z, chunk = (pixels + gridDim.y - 1) / gridDim.y, first = blockIdx.y * chunk;
    column_sums<3, 1>(partial + (b * gridDim.y + blockIdx.y) * 3 * classes, shared, first, min_int(first + chunk, pixels), classes,
                      [=](Vec<1>* s, int pixel, int c) {
                          int r = b * pixels + pixel;
                          float v = p[(size_t)r * classes + c], g = class_of(labels[r], classes) == c ? 1.0f : 0.0f;
                          s[0].v[0] += v;
                          s[1].v[0] += g;
                          s[2].v[0] += v * g;
                      });
}

// Backend.diceLoss, the value; sums (batch, 3, classes), by one block
extern "C" __global__ void dice_loss(Output loss, const float* sums, float smooth, int batch, int classes) {
    __shared__ float shared[32];
    int n = batch * (classes - 1);
    float dice = 0.0f;
    FOR_EACH(i, n) {
        const float* s = sums + (size_t)(i / (classes - 1)) * 3 * classes + 1 + i % (classes - 1);
        dice += (2.0f * s[2 * classes] + smooth) / (s[0] + s[classes] + smooth);
    }
    dice = block_sum(dice, shared);
    if (threadIdx.x == 0) loss[0] = 1.0f - dice / (float)n;
}

// d loss / d p for class c of an image whose sums (3, classes) are s; 0 for the background
__device__ inline float dice_slope(const float* s, bool hit, float smooth, int batch, int classes, int c) {
    if (c == 0) return 0.0f;
    float sum = s[c] + s[classes + c] + smooth, twice = 2.0f * s[2 * classes + c] + smooth;
    return -((hit ? 2.0f * sum : 0.0f) - twice) / (sum * sum * (float)(batch * (classes - 1)));
}

// Backend.diceLoss, the gradient, in place: grad (batch * pixels, classes) holds p and receives d loss / d logits
extern "C" __global__ void dice_grad(
    Output grad, Input labels, const float* sums, float smooth, int batch, int pixels, int classes) {
    FOR_EACH(r, batch * pixels) {
        const float* s = sums + (size_t)(r / pixels) * 3 * classes;
        Output p = grad + (size_t)r * classes;
        int label = class_of(labels[r], classes);
        float dot = 0.0f;
        for (int c = 1; c < classes; c++) dot += p[c] * dice_slope(s, c == label, smooth, batch, classes, c);
        for (int c = 0; c < classes; c++) p[c] *= dice_slope(s, c == label, smooth, batch, classes, c) - dot;
    }
}
