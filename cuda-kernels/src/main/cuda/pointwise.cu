// One thread an element. x, y, ... have n elements and any shape unless stated.
// CPU twin: dev.aorta.backend.cpu.Pointwise.
#include "aorta.cuh"

// Backend.fill
extern "C" __global__ void fill(float* dst, float value, int n) {
    FOR_EACH(i, n) dst[i] = value;
}

// Backend.add
extern "C" __global__ void add(float* dst, const float* a, const float* b, int n) {
    FOR_EACH(i, n) dst[i] = a[i] + b[i];
}

// Backend.mul
extern "C" __global__ void mul(float* dst, const float* a, const float* b, int n) {
    FOR_EACH(i, n) dst[i] = a[i] * b[i];
}

// Backend.scale
extern "C" __global__ void scale(float* dst, const float* src, float alpha, int n) {
    FOR_EACH(i, n) dst[i] = alpha * src[i];
}

// Backend.axpby
extern "C" __global__ void axpby(float* dst, const float* src, float alpha, float beta, int n) {
    FOR_EACH(i, n) dst[i] = alpha * dst[i] + beta * src[i];
}

// Backend.scaleBy; scalar (1)
extern "C" __global__ void scale_by(float* dst, const float* src, const float* scalar, int n) {
    FOR_EACH(i, n) dst[i] = src[i] * scalar[0];
}

// Backend.broadcast; scalar (1)
extern "C" __global__ void broadcast(float* dst, const float* scalar, float alpha, int n) {
    FOR_EACH(i, n) dst[i] = alpha * scalar[0];
}

// The ordinals of dev.aorta.Activation.
enum { RELU, LEAKY_RELU, SIGMOID, TANH };

// Backend.activation; f is an ordinal of Activation
extern "C" __global__ void activation(float* y, const float* x, int f, float slope, int n) {
    FOR_EACH(i, n) {
        float v = x[i];
        y[i] = f == RELU         ? (v <= 0.0f ? 0.0f : v)  // keeps NaN
               : f == LEAKY_RELU ? (v <= 0.0f ? slope * v : v)
               : f == SIGMOID    ? 1.0f / (1.0f + expf(-v))
                                 : tanhf(v);
    }
}

// Backend.activationGrad; f is an ordinal of Activation
extern "C" __global__ void activation_grad(float* dx, const float* dy, const float* y, int f, float slope, int n) {
    FOR_EACH(i, n) {
        float v = y[i];
        dx[i] = f == RELU         ? (v > 0.0f ? dy[i] : 0.0f)
                : f == LEAKY_RELU ? (v > 0.0f ? dy[i] : slope * dy[i])
                : f == SIGMOID    ? dy[i] * v * (1.0f - v)
                                  : dy[i] * (1.0f - v * v);
    }
}

// Backend.biasAdd, then ReLU where asked; x, y (rows, channels), bias (channels), n = rows * channels
extern "C" __global__ void bias_add(float* y, const float* x, const float* bias, int relu, int channels, int n) {
    FOR_EACH(i, n) {
        float v = x[i] + bias[i % channels];
        y[i] = relu && v <= 0.0f ? 0.0f : v;
    }
}

// dev.aorta.backend.CounterRandom.bits: SplitMix64 entered at a position.
__device__ inline unsigned long long random_bits(unsigned long long seed, unsigned long long index) {
    unsigned long long z = seed + (index + 1) * 0x9E3779B97F4A7C15ull;
    z = (z ^ (z >> 30)) * 0xBF58476D1CE4E5B9ull;
    z = (z ^ (z >> 27)) * 0x94D049BB133111EBull;
    return z ^ (z >> 31);
}

// Backend.dropout
extern "C" __global__ void dropout(float* y, const float* x, float rate, unsigned long long seed, int n) {
    FOR_EACH(i, n) {
        bool kept = (float)(random_bits(seed, i) >> 40) >= rate * 16777216.0f;
        y[i] = kept ? x[i] / (1.0f - rate) : 0.0f;
    }
}
