// dev.aorta.backend.Unary: the name of a kind in lower case, its f(x), and its derivative from x and y = f(x); a and b are its
// constants. Each line makes the kernels unary_NAME and unary_NAME_grad of Backend.unary and unaryGrad; to add a function is to add
// its line.
// CPU twin: dev.aorta.backend.cpu.element.UnarySimd.
#pragma once
#include "aorta.cuh"

#define UNARY(NAME, VALUE, SLOPE)                                                                                  \
    extern "C" __global__ void unary_##NAME(Output y, Input x, float a, float b, int n) {                          \
        map(y, n, [=](float x) { return VALUE; }, x);                                                              \
    }                                                                                                              \
    extern "C" __global__ void unary_##NAME##_grad(Output dx, Input dy, Input x, Input y, float a, float b, int n) { \
        map(dx, n, [=](float d, float x, float y) { return d * (SLOPE); }, dy, x, y);                              \
    }

__device__ inline float sign(float x) { return x > 0.0f ? 1.0f : x < 0.0f ? -1.0f : x; }
__device__ inline float held(float x, float least, float most) { return x < least ? least : x > most ? most : x; }
__device__ inline float logistic(float x) { return 1.0f / (1.0f + expf(-x)); }

// The normal distribution and its density.
__device__ inline float phi(float x) { return 0.5f * (1.0f + erff(x * 0.70710678f)); }
__device__ inline float density(float x) { return 0.39894228f * expf(-0.5f * x * x); }

// The approximation of phi that GELU_TANH takes: (1 + tanh(u)) / 2 is the logistic function of 2 u.
__device__ inline float gelu_tanh_phi(float x) { return logistic(2.0f * 0.79788456f * (x + 0.044715f * x * x * x)); }
__device__ inline float gelu_tanh_slope(float x) {
    float p = gelu_tanh_phi(x);
    return p + 2.0f * x * p * (1.0f - p) * 0.79788456f * (1.0f + 3.0f * 0.044715f * x * x);
}
__device__ inline float silu_slope(float x) {
    float s = logistic(x);
    return s * (1.0f + x * (1.0f - s));
}

UNARY(affine, a * x + b, a)
UNARY(abs, fabsf(x), sign(x))
UNARY(sign, sign(x), 0.0f)
UNARY(exp, expf(x), y)
UNARY(log, logf(x), 1.0f / x)
UNARY(sqrt, sqrtf(x), 0.5f / y)
UNARY(reciprocal, 1.0f / x, -y * y)
UNARY(square, x * x, 2.0f * x)
UNARY(power, power(x, a), a == 0.0f ? 0.0f : a * power(x, a - 1.0f))
UNARY(clamp, held(x, a, b), x >= a && x <= b ? 1.0f : 0.0f)
UNARY(erf, erff(x), 1.1283792f * expf(-x * x))
UNARY(relu, x <= 0.0f ? 0.0f : x, y > 0.0f ? 1.0f : 0.0f)
UNARY(leaky_relu, x > 0.0f ? x : a * x, x > 0.0f ? 1.0f : a)
UNARY(elu, x > 0.0f ? x : a * expm1f(x), x > 0.0f ? 1.0f : y + a)
UNARY(gelu, x * phi(x), phi(x) + x * density(x))
UNARY(gelu_tanh, x * gelu_tanh_phi(x), gelu_tanh_slope(x))
UNARY(silu, x / (1.0f + expf(-x)), silu_slope(x))
UNARY(hard_swish, x * held(x / 6.0f + 0.5f, 0.0f, 1.0f), x <= -3.0f ? 0.0f : x >= 3.0f ? 1.0f : x / 3.0f + 0.5f)
UNARY(hard_sigmoid, held(a * x + b, 0.0f, 1.0f), y > 0.0f && y < 1.0f ? a : 0.0f)
UNARY(softplus, fmaxf(x, 0.0f) + log1pf(expf(-fabsf(x))), logistic(x))
UNARY(sigmoid, logistic(x), y * (1.0f - y))
UNARY(sinh, sinhf(x), coshf(x))
UNARY(tanh, tanhf(x), 1.0f - y * y)
