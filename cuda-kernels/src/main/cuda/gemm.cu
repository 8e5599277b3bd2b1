// Matrix product for machines without cuBLAS.
// CPU twin: dev.aorta.backend.cpu.Gemm.
#include "tile.cuh"

// Backend.gemm; c (m, n), a (m, k) or (k, m) transposed, b (k, n) or (n, k) transposed; grid (m / TILE, n / TILE)
extern "C" __global__ void gemm(
    float* c, const float* a, const float* b, int transposeA, int transposeB, int m, int n, int k) {
    __shared__ Slices s;
    tile_product(
        s, blockIdx.x * TILE, blockIdx.y * TILE, m, n, 0, k, !transposeA, transposeB,
        [=](int i, int p) { return transposeA ? a[(size_t)p * m + i] : a[(size_t)i * k + p]; },
        [=](int p, int j) { return transposeB ? b[(size_t)j * k + p] : b[(size_t)p * n + j]; },
        [=](int i, int j, float v) { c[(size_t)i * n + j] = v; });
}
