// The matrix product in float32, one of the two behind matmul.cuh and conv.cuh; the other is in tensor.cuh.
#pragma once
#include "aorta.cuh"

// Brings a slice of a factor, ROWS x STEP, to shared memory: `get(row, k)` reads W elements, neighbours along k or else along the
// rows, of which there are `rows`, and `round` makes of each what is stored. The direction is that in which memory is contiguous.
// Beyond the factor, where `get` is not asked, there are zeros. Rows lie LINE elements apart in the slice if it is contiguous
// along k (BY_ROWS), else steps do.
template <int W, int ROWS, int STEP, int LINE, bool BY_ROWS, class Stored, class Get, class Round>
__device__ inline void load_slice(
    Stored* slice, bool alongK, int row0, int rows, int k0, int last, Get get, Round round) {
    const int COUNT = ROWS * STEP / W;
#pragma unroll 4
    for (int part = 0; part * BLOCK < COUNT; part++) {
        int i = part * BLOCK + threadIdx.x;
        if (COUNT % BLOCK != 0 && i >= COUNT) break;
        int k = alongK ? i % (STEP / W) * W : i / (ROWS / W), row = alongK ? i / (STEP / W) : i % (ROWS / W) * W;
        Vec<W> v = {};
        if (row0 + row < rows && k0 + k < last) v = get(row0 + row, k0 + k);
        Stored* at = slice + (BY_ROWS ? row * LINE + k : k * LINE + row);
        if (alongK == BY_ROWS) {
            struct alignas(W == 8 ? 16 : sizeof(Stored)) Run {
                Stored v[W];
            } run;
#pragma unroll
            for (int j = 0; j < W; j++) run.v[j] = round(v.v[j]);
            *reinterpret_cast<Run*>(at) = run;
        } else {
#pragma unroll
            for (int j = 0; j < W; j++) at[j * LINE] = round(v.v[j]);
        }
    }
}

// One 64 x 64 tile of C(m, n) = sum over first <= k < last of A(m, k) * B(k, n), with 16 x 16 threads of 4 x 4 results.
//
//   m0, n0, M, N  first row and column of the tile, rows and columns of C
//   alongA        A is contiguous along k (else along m), alongB: B is contiguous along k (else along n)
//   a(m, k)       a Vec<W> of A, b(n, k) one of B, in this direction; asked for only inside the matrices
//   store(m, n, v)
struct Float32 {
    static const int ROWS = 64, COLUMNS = 64;  // of a tile
    static const int STEP = 16;                // steps of the sum between two barriers

    // Both factors' current slice, transposed so that a thread's four rows lie together; the padding spreads the banks.
    struct alignas(16) Slices {
        float a[STEP][ROWS + 4], b[STEP][COLUMNS + 4];
    };

    template <int W, class A, class B, class Store>
    __device__ static void product(
        Slices& s, int m0, int n0, int M, int N, int first, int last, bool alongA, bool alongB, A a, B b, Store store) {
        int thread = threadIdx.x, column = thread % 16 * 4, row = thread / 16 * 4;
        float sums[4][4];
        for (int i = 0; i < 4; i++) {
            for (int j = 0; j < 4; j++) sums[i][j] = 0.0f;
        }
        for (int k0 = first; k0 < last; k0 += STEP) {
            auto same = [](float v) { return v; };
            load_slice<W, ROWS, STEP, ROWS + 4, false>(&s.a[0][0], alongA, m0, M, k0, last, a, same);
            load_slice<W, COLUMNS, STEP, COLUMNS + 4, false>(&s.b[0][0], alongB, n0, N, k0, last, b, same);
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
