// Matrix product for machines without cuBLAS, over either Product: Float32 in tile.cuh or TensorCores in tensor.cuh.
// CPU twin: dev.aorta.backend.cpu.product.Gemm.
#pragma once
#include "aorta.cuh"

// Backend.gemm; c (m, n), a (m, k) or (k, m) transposed, b (k, n) or (n, k) transposed; grid (m / ROWS, n / COLUMNS)
template <class Product, int W>
__device__ inline void gemm_in(
    typename Product::Slices& slices, Output c, Input a, Input b, int transposeA, int transposeB, int m, int n, int k) {
    Product::template product<W>(
        slices, blockIdx.x * Product::ROWS, blockIdx.y * Product::COLUMNS, m, n, 0, k, !transposeA, transposeB,
        [=](int i, int p) { return a.get<W>(transposeA ? (size_t)p * m + i : (size_t)i * k + p); },
        [=](int j, int p) { return b.get<W>(transposeB ? (size_t)j * k + p : (size_t)p * n + j); },
        [=](int i, int j, float v) { c[(size_t)i * n + j] = v; });
}

template <class Product>
__device__ inline void gemm_by(
    typename Product::Slices& slices, Output c, Input a, Input b, int transposeA, int transposeB, int m, int n, int k) {
    bool eights = (transposeA ? m : k) % 8 == 0 && (transposeB ? k : n) % 8 == 0;
    if (eights) gemm_in<Product, 8>(slices, c, a, b, transposeA, transposeB, m, n, k);
    else gemm_in<Product, 1>(slices, c, a, b, transposeA, transposeB, m, n, k);
}
