// Two operands that are walked through by steps.
#pragma once
#include "aorta.cuh"

// dev.aorta.cuda.Axes: the extents of a walk, the last axis first, and for two operands where it begins and its steps. `eights`
// says that along the last axis each is contiguous or stands still, and that eight elements at a time neither pass its end nor
// begin off a multiple of 8.
struct Axes {
    static const int MOST = 4;
    int count, eights, atA, atB, extents[MOST], stepsA[MOST], stepsB[MOST];

    // Where element i of the walk lies in both, the axes before `from` left out.
    __device__ void find(unsigned i, int& a, int& b, int from = 0) const {
        a = atA;
        b = atB;
#pragma unroll
        for (int k = 0; k < MOST; k++) {
            if (k < from || k >= count) continue;
            unsigned rest = k + 1 == count ? 0 : i / extents[k];
            int at = i - rest * extents[k];
            a += at * stepsA[k];
            b += at * stepsB[k];
            i = rest;
        }
    }
};

template <int N>
struct Width {
    static const int value = N;
};

// f(Width<8>, i) for the first of eight elements and f(Width<1>, i) for those that remain, of the n of a walk.
template <class F>
__device__ inline void walk(const Axes& s, int n, F f) {
    int runs = s.eights ? n / 8 : 0;
    FOR_EACH(k, runs) f(Width<8>(), 8 * k);
    FOR_EACH(k, n - 8 * runs) f(Width<1>(), 8 * runs + k);
}

// W elements along the last axis.
template <int W>
__device__ inline Vec<W> along(Input x, int at, int step) {
    if (step != 0) return x.get<W>(at);
    Vec<W> out;
    float v = x[at];
    for (int j = 0; j < W; j++) out.v[j] = v;
    return out;
}
