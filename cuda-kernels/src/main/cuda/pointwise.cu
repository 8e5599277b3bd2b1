// x, y, ... have n elements and any shape unless stated.
// CPU twin: dev.aorta.backend.cpu.element.Pointwise.
#include "aorta.cuh"

// Backend.fill
extern "C" __global__ void fill(Output dst, float value, int n) {
    map(dst, n, [=]() { return value; });
}

// Backend.add
extern "C" __global__ void add(Output dst, Input a, Input b, int n) {
    map(dst, n, [](float u, float v) { return u + v; }, a, b);
}

// Backend.mul
extern "C" __global__ void mul(Output dst, Input a, Input b, int n) {
    map(dst, n, [](float u, float v) { return u * v; }, a, b);
}

// Backend.scale
extern "C" __global__ void scale(Output dst, Input src, float alpha, int n) {
    map(dst, n, [=](float v) { return alpha * v; }, src);
}

// Backend.axpby
extern "C" __global__ void axpby(Output dst, Input src, float alpha, float beta, int n) {
    map(dst, n, [=](float v, float old) { return alpha * old + beta * v; }, src, dst);
}

// Backend.scaleBy; scalar (1)
extern "C" __global__ void scale_by(Output dst, Input src, Input scalar, int n) {
    float alpha = scalar[0];
    if (dst.at == src.at && alpha == 1.0f) return;  // gradients that need no clipping
    map(dst, n, [=](float v) { return v * alpha; }, src);
}

// Backend.broadcast; scalar (1)
extern "C" __global__ void broadcast(Output dst, Input scalar, float alpha, int n) {
    float value = alpha * scalar[0];
    map(dst, n, [=]() { return value; });
}

// The ordinals of dev.aorta.Activation.
enum { RELU, LEAKY_RELU, SIGMOID, TANH };

// Backend.activation; f is an ordinal of Activation
extern "C" __global__ void activation(Output y, Input x, int f, float slope, int n) {
    map(y, n, [=](float v) {
        return f == RELU         ? (v <= 0.0f ? 0.0f : v)  // keeps NaN
               : f == LEAKY_RELU ? (v <= 0.0f ? slope * v : v)
               : f == SIGMOID    ? 1.0f / (1.0f + expf(-v))
                                 : tanhf(v);
    }, x);
}

// Backend.activationGrad; f is an ordinal of Activation
extern "C" __global__ void activation_grad(Output dx, Input dy, Input y, int f, float slope, int n) {
    map(dx, n, [=](float d, float v) {
        return f == RELU         ? (v > 0.0f ? d : 0.0f)
               : f == LEAKY_RELU ? (v > 0.0f ? d : slope * d)
               : f == SIGMOID    ? d * v * (1.0f - v)
                                 : d * (1.0f - v * v);
    }, dy, y);
}

// Backend.biasAdd, then ReLU where asked; x, y (rows, channels), bias (channels), n = rows * channels
extern "C" __global__ void bias_add(Output y, Input x, Input bias, int relu, int channels, int n) {
    map(y, n, [=](float v, float b) { return relu && v + b <= 0.0f ? 0.0f : v + b; }, x, PerChannel{bias, channels});
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
