// dev.aorta.backend.Binary: the name of a function in lower case, f(a, b), and its derivatives for a and for b. Each line makes the
// kernels binary_NAME, binary_NAME_grad_a and binary_NAME_grad_b of Backend.binary and binaryGrad; to add a function is to add its
// line.
// CPU twin: dev.aorta.backend.cpu.element.BinarySimd.
#pragma once
#include "axes.cuh"

// y[i] = f(a, b, more[i]...), where y and what else there is begin at their element `first` and have the whole broadcast shape of n.
template <class F, class... X>
__device__ inline void broadcast(Output y, F f, Input a, Input b, const Axes& s, int first, int n, X... more) {
    walk(s, n, [&](auto width, unsigned i) {
        constexpr int W = decltype(width)::value;
        int atA, atB;
        s.find(i, atA, atB);
        Vec<W> u = along<W>(a, atA, s.stepsA[0]), v = along<W>(b, atB, s.stepsB[0]);
        y.put(first + i, each<W>(f, u, v, more.template get<W>(first + i)...));
    });
}

#define BINARY(NAME, VALUE, SLOPE_A, SLOPE_B)                                                                             \
    extern "C" __global__ void binary_##NAME(Output y, Input a, Input b, const Axes s, int first, int n) {                \
        broadcast(y, [](float a, float b) { return VALUE; }, a, b, s, first, n);                                          \
    }                                                                                                                     \
    extern "C" __global__ void binary_##NAME##_grad_a(Output d, Input dy, Input a, Input b, const Axes s, int first, int n) { \
        broadcast(d, [](float a, float b, float g) { return g * (SLOPE_A); }, a, b, s, first, n, dy);                     \
    }                                                                                                                     \
    extern "C" __global__ void binary_##NAME##_grad_b(Output d, Input dy, Input a, Input b, const Axes s, int first, int n) { \
        broadcast(d, [](float a, float b, float g) { return g * (SLOPE_B); }, a, b, s, first, n, dy);                     \
    }

// A comparison, whose derivatives are 0.
#define COMPARISON(NAME, VALUE) BINARY(NAME, VALUE ? 1.0f : 0.0f, 0.0f, 0.0f)

// 1, 1/2 or 0: what of the derivative goes to the operand that won, or came out even.
__device__ inline float share(bool won, bool lost) { return won ? 1.0f : lost ? 0.0f : 0.5f; }

BINARY(add, a + b, 1.0f, 1.0f)
BINARY(sub, a - b, 1.0f, -1.0f)
BINARY(mul, a * b, b, a)
BINARY(div, a / b, 1.0f / b, -a / (b * b))
BINARY(min, a != a || a < b ? a : b, share(a < b, a > b), share(b < a, b > a))
BINARY(max, a != a || a > b ? a : b, share(a > b, a < b), share(b > a, b < a))
BINARY(pow, power(a, b), b == 0.0f ? 0.0f : b * power(a, b - 1.0f),
       a == 0.0f && b >= 0.0f ? 0.0f : power(a, b) * logf(a))
COMPARISON(equal, a == b)
COMPARISON(not_equal, a != b)
COMPARISON(less, a < b)
COMPARISON(less_equal, a <= b)
COMPARISON(greater, a > b)
COMPARISON(greater_equal, a >= b)
BINARY(where, b != 0.0f ? a : 0.0f, b != 0.0f ? 1.0f : 0.0f, 0.0f)
BINARY(where_not, b == 0.0f ? a : 0.0f, b == 0.0f ? 1.0f : 0.0f, 0.0f)
