// The matrix product on tensor cores, through WMMA: what Float32 in tile.cuh computes, with both factors rounded and the sum in
// float32. Needs compute capability 8.0.
#pragma once
#include "tile.cuh"

#include <cuda_bf16.h>
#include <mma.h>

// Factors of 10 bits of mantissa: rounding changes each by at most 2^-11 of itself.
struct Tf32 {
    typedef nvcuda::wmma::precision::tf32 Factor;
    typedef float Stored;
    static const int DEPTH = 8;  // steps of the sum in one instruction
    __device__ static Stored round(float v) { return nvcuda::wmma::__float_to_tf32(v); }
};

// Factors of 7 bits of mantissa: rounding changes each by at most 2^-8 of itself.
struct Bf16 {
    typedef __nv_bfloat16 Factor;
    typedef __nv_bfloat16 Stored;
    static const int DEPTH = 16;
    __device__ static Stored round(float v) { return __float2bfloat16_rn(v); }
};

// One 128 x 64 tile, with 8 warps of 32 x 32 results in 2 x 2 fragments of 16 x 16; the arguments are those of Float32::product.
template <class Kind>
struct TensorCores {
    static const int ROWS = 128, COLUMNS = 64;
    static const int STEP = 2 * Kind::DEPTH;
    static const int LENGTH = STEP + 16 / sizeof(typename Kind::Stored);  // of a line in `Slices`; the padding spreads the banks

    // Both factors' current slice, contiguous along k; and one fragment of each warp's results on its way to memory.
    struct alignas(32) Slices {
        typename Kind::Stored a[ROWS][LENGTH], b[COLUMNS][LENGTH];
        float results[BLOCK / 32][16 * 16];
    };

    template <int W, class A, class B, class Store>
    __device__ static void product(
        Slices& s, int m0, int n0, int M, int N, int first, int last, bool alongA, bool alongB, A a, B b, Store store) {
        using namespace nvcuda;
        int thread = threadIdx.x, warp = thread / 32, row = warp % 4 * 32, column = warp / 4 * 32;
        wmma::fragment<wmma::accumulator, 16, 16, Kind::DEPTH, float> sums[2][2];
        bool inside[2][2];  // whether any of the fragment is in C; the same for all threads of a warp
        for (int i = 0; i < 2; i++) {
            for (int j = 0; j < 2; j++) {
                wmma::fill_fragment(sums[i][j], 0.0f);
                inside[i][j] = m0 + row + 16 * i < M && n0 + column + 16 * j < N;
            }
        }

        for (int k0 = first; k0 < last; k0 += STEP) {
            load_slice<W, ROWS, STEP, LENGTH, true>(&s.a[0][0], alongA, m0, M, k0, last, a, Kind::round);
            load_slice<W, COLUMNS, STEP, LENGTH, true>(&s.b[0][0], alongB, n0, N, k0, last, b, Kind::round);
            __syncthreads();
#pragma unroll
            for (int k = 0; k < STEP; k += Kind::DEPTH) {
                wmma::fragment<wmma::matrix_a, 16, 16, Kind::DEPTH, typename Kind::Factor, wmma::row_major> left[2];
                wmma::fragment<wmma::matrix_b, 16, 16, Kind::DEPTH, typename Kind::Factor, wmma::col_major> right[2];
                for (int i = 0; i < 2; i++) {
                    if (inside[i][0]) wmma::load_matrix_sync(left[i], &s.a[row + 16 * i][k], LENGTH);
                    if (inside[0][i]) wmma::load_matrix_sync(right[i], &s.b[column + 16 * i][k], LENGTH);
                }
                for (int i = 0; i < 2; i++) {
                    for (int j = 0; j < 2; j++) {
                        if (inside[i][j]) wmma::mma_sync(sums[i][j], left[i], right[j], sums[i][j]);
                    }
                }
            }
            __syncthreads();
        }

#pragma unroll
        for (int i = 0; i < 2; i++) {
#pragma unroll
            for (int j = 0; j < 2; j++) {
                if (!inside[i][j]) continue;
                wmma::store_matrix_sync(s.results[warp], sums[i][j], 16, wmma::mem_row_major);
                __syncwarp();
#pragma unroll 1
                for (int at = thread % 32; at < 16 * 16; at += 32) {
                    int m = m0 + row + 16 * i + at / 16, n = n0 + column + 16 * j + at % 16;
                    if (m < M && n < N) store(m, n, s.results[warp][at]);
                }
                __syncwarp();
            }
        }
    }
};
