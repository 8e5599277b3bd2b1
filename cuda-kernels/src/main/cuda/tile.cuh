// The matrix product in float32, one of the two behind gemm.cuh and conv.cuh; the other is in tensor.cuh.
#pragma once
#include "aorta.cuh"

// One 64 x 64 tile of C(m, n) = sum over first <= k < last of A(m, k) * B(k, n), with 16 x 16 threads of 4 x 4 results.
//
//   m0, n0, M, N  first row and column of the tile, rows and columns of C
//   alongA        neighbouring threads read A along k (else along m); choose the direction in which memory is contiguous
//   alongB        the same for B (else along n)
//   a(m, k)       an element of A, b(k, n) one of B, asked for only inside the matrices
//   store(m, n, v)
struct Float32 {
    static const int ROWS = 64, COLUMNS = 64;  // of a tile
    static const int STEP = 16;                // steps of the sum between two barriers

    // Both factors' current slice, transposed so that a thread's four rows lie together; the padding spreads the banks.
    struct alignas(16) Slices {
        float a[STEP][ROWS + 4], b[STEP][COLUMNS + 4];
    };

    template <class A, class B, class Store>
    __device__ static void product(
        Slices& s, int m0, int n0, int M, int N, int first, int last, bool alongA, bool alongB, A a, B b, Store store) {
        int thread = threadIdx.x, column = thread % 16 * 4, row = thread / 16 * 4;
        float sums[4][4];
        for (int i = 0; i < 4; i++) {
            for (int j = 0; j < 4; j++) sums[i][j] = 0.0f;
        }
        for (int k0 = first; k0 < last; k0 += STEP) {
#pragma unroll
            for (int part = 0; part < ROWS * STEP / BLOCK; part++) {
                int i = part * BLOCK + thread;
                int k = alongA ? i % STEP : i / ROWS, m = alongA ? i / STEP : i % ROWS;
                s.a[k][m] = m0 + m < M && k0 + k < last ? a(m0 + m, k0 + k) : 0.0f;
            }
#pragma unroll
            for (int part = 0; part < COLUMNS * STEP / BLOCK; part++) {
                int i = part * BLOCK + thread;
                int k = alongB ? i % STEP : i / COLUMNS, n = alongB ? i / STEP : i % COLUMNS;
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
};
