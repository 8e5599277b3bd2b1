// Matrix product for machines without cuBLAS, over either Product: Float32 in tile.cuh or TensorCores in tensor.cuh.
// CPU twin: dev.aorta.backend.cpu.product.Gemm.
#pragma once
#include "aorta.cuh"

// dev.aorta.backend.MatMulShape, field by field.
struct MatMul {
    int batch, m, n, k, transposeA, transposeB, oneA, oneB;
};

// Backend.matmul; c (batch, m, n), a (batch, m, k) or (batch, k, m) transposed, b (batch, k, n) or (batch, n, k) transposed; grid
// (m / ROWS, n / COLUMNS, batch or fewer)
template <class Product, int W>
__device__ inline void matmul_in(typename Product::Slices& slices, Output c, Input a, Input b, const MatMul& s) {
    for (int z = blockIdx.z; z < s.batch; z += gridDim.z) {
        Input left = a + (s.oneA ? 0 : (size_t)z * s.m * s.k), right = b + (s.oneB ? 0 : (size_t)z * s.k * s.n);
        Output result = c + (size_t)z * s.m * s.n;
        Product::template product<W>(
            slices, blockIdx.x * Product::ROWS, blockIdx.y * Product::COLUMNS, s.m, s.n, 0, s.k, !s.transposeA, s.transposeB,
            [=](int i, int p) { return left.get<W>(s.transposeA ? (size_t)p * s.m + i : (size_t)i * s.k + p); },
            [=](int j, int p) { return right.get<W>(s.transposeB ? (size_t)j * s.k + p : (size_t)p * s.n + j); },
            [=](int i, int j, float v) { result[(size_t)i * s.n + j] = v; });
    }
}

template <class Product>
__device__ inline void matmul_by(typename Product::Slices& slices, Output c, Input a, Input b, const MatMul& s) {
    bool eights = (s.transposeA ? s.m : s.k) % 8 == 0 && (s.transposeB ? s.k : s.n) % 8 == 0;
    if (eights) matmul_in<Product, 8>(slices, c, a, b, s);
    else matmul_in<Product, 1>(slices, c, a, b, s);
}
