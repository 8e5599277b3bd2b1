// Tensor cores for the host, in place of CUDA's mma.h: fragments, their product and the rounding of factors.
//
// A lane computes 8 of the 256 results, row lane / 2, columns lane % 2 * 8 and on. Its fragments hold just the factors of these,
// so lanes need not exchange anything. A factor that was not rounded to TF32, which a GPU takes for whatever it likes, is NaN.
#pragma once
#include "cuda_bf16.h"

namespace nvcuda::wmma {
struct matrix_a {};
struct matrix_b {};
struct accumulator {};
struct row_major {};
struct col_major {};
enum layout_t { mem_row_major };
namespace precision {
struct tf32 {};
}

inline float __float_to_tf32(float v) {  // to nearest, ties away from zero, as cvt.rna
    return v == v ? __uint_as_float((__float_as_uint(v) + 0x1000) & ~0x1fffu) : v;
}

inline float factor(float v) { return v == v && __float_to_tf32(v) != v ? NAN : v; }
inline float factor(__nv_bfloat16 v) { return __bfloat162float(v); }

template <class Use, int M, int N, int K, class Factor, class Layout = void>
struct fragment;
template <int K, class Factor>
struct fragment<matrix_a, 16, 16, K, Factor, row_major> {
    float row[K];
};
template <int K, class Factor>
struct fragment<matrix_b, 16, 16, K, Factor, col_major> {
    float columns[8][K];
};
template <int K>
struct fragment<accumulator, 16, 16, K, float> {
    float results[8];
};

// A pointer that the hardware would refuse is a fault.
inline void require_alignment(const void* at, size_t lineBytes) {
    if (reinterpret_cast<uintptr_t>(at) % 32 || lineBytes % 16) __builtin_trap();
}

template <int K, class Factor>
void fill_fragment(fragment<accumulator, 16, 16, K, Factor>& f, float v) {
    for (float& r : f.results) r = v;
}

template <int K, class Factor, class Stored>
void load_matrix_sync(fragment<matrix_a, 16, 16, K, Factor, row_major>& f, const Stored* at, unsigned line) {
    require_alignment(at, line * sizeof(Stored));
    for (int k = 0; k < K; k++) f.row[k] = factor(at[device_lane() / 2 * line + k]);
}

template <int K, class Factor, class Stored>
void load_matrix_sync(fragment<matrix_b, 16, 16, K, Factor, col_major>& f, const Stored* at, unsigned line) {
    require_alignment(at, line * sizeof(Stored));
    for (int j = 0; j < 8; j++) {
        for (int k = 0; k < K; k++) f.columns[j][k] = factor(at[(device_lane() % 2 * 8 + j) * line + k]);
    }
}

template <int K, class Factor>
void mma_sync(
    fragment<accumulator, 16, 16, K, float>& d, const fragment<matrix_a, 16, 16, K, Factor, row_major>& a,
    const fragment<matrix_b, 16, 16, K, Factor, col_major>& b, const fragment<accumulator, 16, 16, K, float>& c) {
    for (int j = 0; j < 8; j++) {
        float sum = c.results[j];
        for (int k = 0; k < K; k++) sum += a.row[k] * b.columns[j][k];
        d.results[j] = sum;
    }
}

template <int K>
void store_matrix_sync(float* at, const fragment<accumulator, 16, 16, K, float>& f, unsigned line, layout_t) {
    require_alignment(at, line * 4);
    for (int j = 0; j < 8; j++) at[device_lane() / 2 * line + device_lane() % 2 * 8 + j] = f.results[j];
}
}  // namespace nvcuda::wmma
