// Normalisation over groups of channels; batch normalisation is that of one image of all rows and one group for each channel.
// x, y, dx, dy (batch, pixels, channels); mean, invStd (batch, groups); gamma, beta (channels); g = channels / groups.
// CPU twin: dev.aorta.backend.cpu.element.Norm.
#include "aorta.cuh"

// A statistic (batch, groups) as an image (batch, pixels, channels); `stride` floats lie between those of two groups.
struct PerGroup {
    Input values;
    int pixels, channels, groups, stride = 1;

    template <int W>
    __device__ Vec<W> get(unsigned i) const {
        Vec<W> out;
        if (channels % W != 0) {
            for (int j = 0; j < W; j++) out.v[j] = get<1>(i + j).v[0];
            return out;
        }
        unsigned g = channels / groups, c = i % channels, group = i / channels / pixels * groups + c / g, rest = c % g;
        for (int j = 0; j < W; j++) {
            out.v[j] = values[(size_t)group * stride];
            if (++rest == g) {
                rest = 0;
                group++;
            }
        }
        return out;
    }
};

// What norm_sums does, W channels a thread.
template <int W>
__device__ inline void sums_by(float* partial, float* shared, Input x, Input mean, int pixels, int channels, int groups) {
    int b = blockIdx.z, g = channels / groups, chunk = (pixels + gridDim.y - 1) / gridDim.y, first = blockIdx.y * chunk;
    column_sums<1, W>(partial + (b * gridDim.y + blockIdx.y) * channels, shared, first, min_int(first + chunk, pixels), channels,
                      [=](Vec<W>* s, int p, int c) {
                          Vec<W> v = x.get<W>(((size_t)b * pixels + p) * channels + c);
                          for (int j = 0; j < W; j++) {
                              float d = mean ? v.v[j] - mean[b * groups + (c + j) / g] : v.v[j];
                              s[0].v[j] += mean ? d * d : d;
                          }
                      });
}

// Partial sums over a chunk of an image's pixels: of x, or with a mean of (x - mean)^2.
// partial (batch, chunks, channels); grid (channels / columns of a block, chunks, batch)
extern "C" __global__ void norm_sums(
    float* partial, Input x, Input mean, int pixels, int channels, int groups) {
    __shared__ float shared[8 * BLOCK];
    if (channels % 8 == 0) sums_by<8>(partial, shared, x, mean, pixels, channels, groups);
    else sums_by<1>(partial, shared, x, mean, pixels, channels, groups);
}

// Adds the channels of each group. Without invert the result is mean = sum / count, with it
// invStd = 1 / sqrt(sum / count + epsilon). dst (batch, groups), sums (batch, channels), n = batch * groups;
// count = pixels * channels / groups
extern "C" __global__ void norm_statistic(
    Output dst, const float* sums, int invert, float epsilon, float count, int channels, int groups, int n) {
    FOR_EACH(i, n) {
        int g = channels / groups;
        float sum = 0.0f;
        for (int c = 0; c < g; c++) sum += sums[(size_t)i * g + c];
        float mean = sum / count;
        dst[i] = invert ? 1.0f / sqrtf(mean + epsilon) : mean;
    }
}

// Backend.norm, last step; n = batch * pixels * channels
extern "C" __global__ void norm_apply(
    Output y, Input x, Input mean, Input invStd, Input gamma, Input beta, int pixels,
    int channels, int groups, int n) {
    map(y, n, [](float v, float m, float s, float g, float b) { return (v - m) * s * g + b; }, x,
        PerGroup{mean, pixels, channels, groups}, PerGroup{invStd, pixels, channels, groups}, PerChannel{gamma, channels},
        PerChannel{beta, channels});
}

// What norm_grad_sums does, W channels a thread.
template <int W>
__device__ inline void grad_sums_by(
    float* partial, float* shared, Input dy, Input x, Input mean, Input invStd, int pixels, int channels, int groups) {
    int b = blockIdx.z, g = channels / groups, chunk = (pixels + gridDim.y - 1) / gridDim.y, first = blockIdx.y * chunk;
    column_sums<2, W>(partial + (b * gridDim.y + blockIdx.y) * 2 * channels, shared, first, min_int(first + chunk, pixels),
                      channels, [=](Vec<W>* s, int p, int c) {
                          size_t i = ((size_t)b * pixels + p) * channels + c;
                          Vec<W> d = dy.get<W>(i), v = x.get<W>(i);
                          for (int j = 0; j < W; j++) {
                              int k = b * groups + (c + j) / g;
                              s[0].v[j] += d.v[j];
                              s[1].v[j] += d.v[j] * (v.v[j] - mean[k]) * invStd[k];
                          }
                      });
}

// Partial sums over a chunk of an image's pixels: of dy, and of dy * (x - mean) * invStd.
// partial (batch, chunks, 2, channels); grid (channels / columns of a block, chunks, batch)
extern "C" __global__ void norm_grad_sums(
    float* partial, Input dy, Input x, Input mean, Input invStd, int pixels, int channels,
    int groups) {
    __shared__ float shared[2 * 8 * BLOCK];
    if (channels % 8 == 0) grad_sums_by<8>(partial, shared, dy, x, mean, invStd, pixels, channels, groups);
    else grad_sums_by<1>(partial, shared, dy, x, mean, invStd, pixels, channels, groups);
}

// dgamma and dbeta (channels), each where it is not null: the sums (batch, 2, channels) added over the images.
extern "C" __global__ void norm_grad_affine(
    Output dgamma, Output dbeta, const float* sums, int batch, int channels) {
    FOR_EACH(c, channels) {
        float s0 = 0.0f, s1 = 0.0f;
        for (int b = 0; b < batch; b++) {
            s0 += sums[(b * 2) * channels + c];
            s1 += sums[(b * 2 + 1) * channels + c];
        }
        if (dbeta) dbeta[c] = s0;
        if (dgamma) dgamma[c] = s1;
    }
}

// Each group's sums over its channels, weighted by gamma: dst (batch, groups, 2), sums (batch, 2, channels), n = batch * groups
extern "C" __global__ void norm_grad_groups(
    Output dst, const float* sums, Input gamma, int channels, int groups, int n) {
    FOR_EACH(i, n) {
        int b = i / groups, g = channels / groups, first = i % groups * g;
        float s0 = 0.0f, s1 = 0.0f;
        for (int c = first; c < first + g; c++) {
            s0 += gamma[c] * sums[(b * 2) * channels + c];
            s1 += gamma[c] * sums[(b * 2 + 1) * channels + c];
        }
        dst[2 * i] = s0;
        dst[2 * i + 1] = s1;
    }
}

// Backend.normGrad, last step: with m elements in a group and h = (x - mean) * invStd,
// dx = invStd * (dy * gamma - (sum(dy * gamma) + h * sum(dy * gamma * h)) / m). sums (batch, groups, 2)
extern "C" __global__ void norm_grad_input(
    Output dx, Input dy, Input x, Input mean, Input invStd, Input gamma, const float* sums,
    float m, int pixels, int channels, int groups, int n) {
    map(dx, n, [=](float d, float v, float mu, float s, float scale, float sum, float dot) {
        return s * (d * scale - (sum + (v - mu) * s * dot) / m);
    }, dy, x, PerGroup{mean, pixels, channels, groups}, PerGroup{invStd, pixels, channels, groups}, PerChannel{gamma, channels},
        PerGroup{{sums, 0}, pixels, channels, groups, 2}, PerGroup{{sums + 1, 0}, pixels, channels, groups, 2});
}

// Backend.normInference; mean, variance, gamma, beta (channels), n = rows * channels
extern "C" __global__ void norm_inference(
    Output y, Input x, Input mean, Input variance, Input gamma, Input beta, float epsilon,
    int channels, int n) {
    map(y, n, [=](float v, float m, float s, float g, float b) { return (v - m) / sqrtf(s + epsilon) * g + b; }, x,
        PerChannel{mean, channels}, PerChannel{variance, channels}, PerChannel{gamma, channels}, PerChannel{beta, channels});
}

// Backend.updateRunning; in double, because the variance is what is left of 1 / invStd^2 less epsilon
extern "C" __global__ void update_running(
    Output runMean, Output runVar, Input mean, Input invStd, float momentum, float epsilon, float unbias,
    int channels) {
    FOR_EACH(c, channels) {
        double s = invStd[c], variance = fmax(1.0 / (s * s) - epsilon, 0.0) * unbias;
        runMean[c] += momentum * (mean[c] - runMean[c]);
        runVar[c] = (float)(runVar[c] + momentum * (variance - runVar[c]));
    }
}
