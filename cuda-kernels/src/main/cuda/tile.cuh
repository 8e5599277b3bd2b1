// The one matrix product behind gemm.cu and conv.cu.
#pragma once
#include "aorta.cuh"

#define TILE 64  // rows and columns of the result that a block computes
#define STEP 16  // steps of the reduction between two barriers

// Both operands' current slice, transposed so that a thread's four rows lie together; the padding spreads the banks.
struct alignas(16) Slices {
    float a[STEP][TILE + 4], b[STEP][TILE + 4];
};

// One TILE x TILE tile of C(m, n) = sum over first <= k < last of A(m, k) * B(k, n), with 16 x 16 threads of 4 x 4 results.
//
//   m0, n0, M, N  first row and column of the tile, rows and columns of C
//   alongA        neighbouring threads read A along k (else along m); choose the direction in which memory is contiguous
//   alongB        the same for B (else along n)
//   a(m, k)       an element of A, b(k, n) one of B, asked for only inside the matrices
//   store(m, n, v)
template <class A, class B, class Store>
__device__ inline void tile_product(
    Slices& s, int m0, int n0, int M, int N, int first, int last, bool alongA, bool alongB, A a, B b, Store store) {
    int thread = threadIdx.x, column = thread % 16 * 4, row = thread / 16 * 4;
    float sums[4][4];
    for (int i = 0; i < 4; i++) {
        for (int j = 0; j < 4; j++) sums[i][j] = 0.0f;
    }
    for (int k0 = first; k0 < last; k0 += STEP) {
#pragma unroll
        for (int part = 0; part < TILE * STEP / BLOCK; part++) {
            int i = part * BLOCK + thread;
            int k = alongA ? i % STEP : i / TILE, m = alongA ? i / STEP : i % TILE;
            s.a[k][m] = m0 + m < M && k0 + k < last ? a(m0 + m, k0 + k) : 0.0f;
        }
#pragma unroll
        for (int part = 0; part < TILE * STEP / BLOCK; part++) {
            int i = part * BLOCK + thread;
            int k = alongB ? i % STEP : i / TILE, n = alongB ? i / STEP : i % TILE;
            s.b[k][n] = n0 + n < N && k0 + k < last ? b(k0 + k, n0 + n) : 0.0f;
        }
        __syncthreads();
#pragma unroll
        for (int k = 0; k < STEP; k++) {
            float4 x = *reinterpret_cast<const float4*>(&s.a[k][row]), y = *reinterpret_cast<const float4*>(&s.b[k][column]);
            float left[4] = {x.x, x.y, x.z, x.w}, right[4] = {y.x, y.y, y.z, y.w};
            for (int i = 0; i < 4; i++) {
                for (int j = 0; j < 4; j++) sums[i][j] += left[i] * right[j];
            }
        }
        __syncthreads();
    }
    for (int i = 0; i < 4; i++) {
        for (int j = 0; j < 4; j++) {
            if (m0 + row + i < M && n0 + column + j < N) store(m0 + row + i, n0 + column + j, sums[i][j]);
        }
    }
}
