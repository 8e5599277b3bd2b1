// Element by element; x, y, ... have n elements and any shape unless stated.
// CPU twin: dev.aorta.backend.cpu.element.Pointwise.
#include "binary.cuh"
#include "unary.cuh"

// Backend.fill
extern "C" __global__ void fill(Output dst, float value, int n) {
    map(dst, n, [=]() { return value; });
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

// dst = src where output is above 0, and 0 elsewhere: the gradient of a fused ReLU
extern "C" __global__ void mask(Output dst, Input src, Input output, int n) {
    map(dst, n, [](float v, float y) { return y > 0.0f ? v : 0.0f; }, src, output);
}

// y = x + bias, then ReLU where asked; x, y (rows, channels), bias (channels), n = rows * channels
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
