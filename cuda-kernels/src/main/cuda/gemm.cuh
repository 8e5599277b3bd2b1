// Matrix product for machines without cuBLAS, over either Product: Float32 in tile.cuh or TensorCores in tensor.cuh.
// CPU twin: dev.aorta.backend.cpu.Gemm.
#pragma once
#include "aorta.cuh"

// Backend.gemm; c (m, n), a (m, k) or (k, m) transposed, b (k, n) or (n, k) transposed; grid (m / ROWS, n / COLUMNS)
template <class Product>
__device__ inline void gemm_by(
    typename Product::Slices& slices, Output c, Input a, Input b, int transposeA, int transposeB, int m, int n, int k) {
    Product::product(
        slices, blockIdx.x * Product::ROWS, blockIdx.y * Product::COLUMNS, m, n, 0, k, !transposeA, transposeB,
        [=](int i, int p) { return transposeA ? a[(size_t)p * m + i] : a[(size_t)i * k + p]; },
        [=](int p, int j) { return transposeB ? b[(size_t)j * k + p] : b[(size_t)p * n + j]; },
        [=](int i, int j, float v) { c[(size_t)i * n + j] = v; });
}
