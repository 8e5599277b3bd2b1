// One thread an element. x, y, ... have n elements and any shape unless stated.
// CPU twin: dev.aorta.backend.cpu.Pointwise.
#include "aorta.cuh"

// Backend.fill
extern "C" __global__ void fill(Output dst, float value, int n) {
    FOR_EACH(i, n) dst[i] = value;
}

// Backend.add
extern "C" __global__ void add(Output dst, Input a, Input b, int n) {
    FOR_EACH(i, n) dst[i] = a[i] + b[i];
}

// Backend.mul
extern "C" __global__ void mul(Output dst, Input a, Input b, int n) {
    FOR_EACH(i, n) dst[i] = a[i] * b[i];
}

// Backend.scale
extern "C" __global__ void scale(Output dst, Input src, float alpha, int n) {
    FOR_EACH(i, n) dst[i] = alpha * src[i];
}

// Backend.axpby
extern "C" __global__ void axpby(Output dst, Input src, float alpha, float beta, int n) {
    FOR_EACH(i, n) dst[i] = alpha * dst[i] + beta * src[i];
}

// Backend.scaleBy; scalar (1)
extern "C" __global__ void scale_by(Output dst, Input src, Input scalar, int n) {
    if (dst.at == src.at && scalar[0] == 1.0f) return;  // gradients that need no clipping
    FOR_EACH(i, n) dst[i] = src[i] * scalar[0];
}

// Backend.broadcast; scalar (1)
extern "C" __global__ void broadcast(Output dst, Input scalar, float alpha, int n) {
    FOR_EACH(i, n) dst[i] = alpha * scalar[0];
}

// The ordinals of dev.aorta.Activation.
enum { RELU, LEAKY_RELU, SIGMOID, TANH };

// Backend.activation; f is an ordinal of Activation
extern "C" __global__ void activation(Output y, Input x, int f, float slope, int n) {
    FOR_EACH(i, n) {
        float v = x[i];
        y[i] = f == RELU         ? (v <= 0.0f ? 0.0f : v)  // keeps NaN
               : f == LEAKY_RELU ? (v <= 0.0f ? slope * v : v)
               : f == SIGMOID    ? 1.0f / (1.0f + expf(-v))
                                 : tanhf(v);
    }
}

// Backend.activationGrad; f is an ordinal of Activation
extern "C" __global__ void activation_grad(Output dx, Input dy, Input y, int f, float slope, int n) {
    FOR_EACH(i, n) {
        float v = y[i];
        dx[i] = f == RELU         ? (v > 0.0f ? dy[i] : 0.0f)
                : f == LEAKY_RELU ? (v > 0.0f ? dy[i] : slope * dy[i])
                : f == SIGMOID    ? dy[i] * v * (1.0f - v)
                                  : dy[i] * (1.0f - v * v);
    }
}

// Backend.biasAdd, then ReLU where asked; x, y (rows, channels), bias (channels), n = rows * channels
extern "C" __global__ void bias_add(Output y, Input x, Input bias, int relu, int channels, int n) {
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
extern "C" __global__ void dropout(Output y, Input x, float rate, unsigned long long seed, int n) {
    FOR_EACH(i, n) {
        bool kept = (float)(random_bits(seed, i) >> 40) >= rate * 16777216.0f;
        y[i] = kept ? x[i] / (1.0f - rate) : 0.0f;
    }
}
