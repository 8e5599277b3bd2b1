// Group normalisation; batch normalisation is the same with one image of all rows and one group for each channel.
// x, y, dx, dy (batch, pixels, channels); mean, invStd (batch, groups); gamma, beta (channels); g = channels / groups.
// CPU twin: dev.aorta.backend.cpu.Norm.
#include "aorta.cuh"

// Partial sums over a chunk of an image's pixels: of x, or with a mean of (x - mean)^2.
// partial (batch, chunks, channels); grid (channels / blockDim.x, chunks, batch)
extern "C" __global__ void norm_sums(
    float* partial, Input x, Input mean, int pixels, int channels, int groups) {
    __shared__ float shared[BLOCK];
    int b = blockIdx.z, g = channels / groups, chunk = (pixels + gridDim.y - 1) / gridDim.y, first = blockIdx.y * chunk;
    column_sums<1>(partial + (b * gridDim.y + blockIdx.y) * channels, shared, first, min_int(first + chunk, pixels), channels,
                   [=](float* s, int p, int c) {
                       float v = x[((size_t)b * pixels + p) * channels + c];
                       float d = mean ? v - mean[b * groups + c / g] : v;
                       s[0] += mean ? d * d : d;
                   });
}

// Adds the chunks and the channels of each group. Without invert the result is mean = sum / count, with it
// invStd = 1 / sqrt(sum / count + epsilon). dst (batch, groups), n = batch * groups; count = pixels * channels / groups
extern "C" __global__ void norm_statistic(
    Output dst, const float* partial, int invert, float epsilon, float count, int chunks, int channels, int groups, int n) {
    FOR_EACH(i, n) {
        int b = i / groups, g = channels / groups, first = i % groups * g;
        float sum = 0.0f;
        for (int k = 0; k < chunks; k++) {
            for (int c = first; c < first + g; c++) sum += partial[(b * chunks + k) * channels + c];
        }
        float mean = sum / count;
        dst[i] = invert ? 1.0f / sqrtf(mean + epsilon) : mean;
    }
}

// Backend.groupNorm, last step; n = batch * pixels * channels
extern "C" __global__ void norm_apply(
    Output y, Input x, Input mean, Input invStd, Input gamma, Input beta, int pixels,
    int channels, int groups, int n) {
    int g = channels / groups;
    FOR_EACH(i, n) {
        int c = i % channels, s = i / channels / pixels * groups + c / g;
        y[i] = (x[i] - mean[s]) * invStd[s] * gamma[c] + beta[c];
    }
}

// Partial sums over a chunk of an image's pixels: of dy, and of dy * (x - mean) * invStd.
// partial (batch, chunks, 2, channels); grid (channels / blockDim.x, chunks, batch)
extern "C" __global__ void norm_grad_sums(
    float* partial, Input dy, Input x, Input mean, Input invStd, int pixels, int channels,
    int groups) {
    __shared__ float shared[2 * BLOCK];
    int b = blockIdx.z, g = channels / groups, chunk = (pixels + gridDim.y - 1) / gridDim.y, first = blockIdx.y * chunk;
    column_sums<2>(partial + (b * gridDim.y + blockIdx.y) * 2 * channels, shared, first, min_int(first + chunk, pixels),
                   channels, [=](float* s, int p, int c) {
                       size_t i = ((size_t)b * pixels + p) * channels + c;
                       int j = b * groups + c / g;
                       s[0] += dy[i];
                       s[1] += dy[i] * (x[i] - mean[j]) * invStd[j];
                   });
}

// dgamma and dbeta (channels): the sums (batch, 2, channels) added over the images.
extern "C" __global__ void norm_grad_affine(
    Output dgamma, Output dbeta, const float* sums, int batch, int channels) {
    FOR_EACH(c, channels) {
        float s0 = 0.0f, s1 = 0.0f;
        for (int b = 0; b < batch; b++) {
            s0 += sums[(b * 2) * channels + c];
            s1 += sums[(b * 2 + 1) * channels + c];
        }
        dbeta[c] = s0;
        dgamma[c] = s1;
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

// Backend.groupNormGrad, last step: with m elements in a group and h = (x - mean) * invStd,
// dx = invStd * (dy * gamma - (sum(dy * gamma) + h * sum(dy * gamma * h)) / m). sums (batch, groups, 2)
extern "C" __global__ void norm_grad_input(
    Output dx, Input dy, Input x, Input mean, Input invStd, Input gamma, const float* sums,
    float m, int pixels, int channels, int groups, int n) {
    int g = channels / groups;
    FOR_EACH(i, n) {
        int c = i % channels, s = i / channels / pixels * groups + c / g;
        float h = (x[i] - mean[s]) * invStd[s];
        dx[i] = invStd[s] * (dy[i] * gamma[c] - (sums[2 * s] + h * sums[2 * s + 1]) / m);
    }
}

// Backend.batchNormInference; mean, variance, gamma, beta (channels), n = rows * channels
extern "C" __global__ void norm_inference(
    Output y, Input x, Input mean, Input variance, Input gamma, Input beta, float epsilon,
    int channels, int n) {
    FOR_EACH(i, n) {
        int c = i % channels;
        y[i] = (x[i] - mean[c]) / sqrtf(variance[c] + epsilon) * gamma[c] + beta[c];
    }
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
