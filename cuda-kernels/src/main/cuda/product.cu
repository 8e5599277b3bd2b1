// Convolutions and the matrix product in float32; the formulas are in conv.cuh and gemm.cuh.
#include "conv.cuh"
#include "gemm.cuh"
#include "tile.cuh"

extern "C" __global__ void conv2d(
    float* y, const float* x, const float* w, const float* bias, int relu, const Conv s) {
    __shared__ Float32::Slices slices;
    conv_forward<Float32>(slices, y, x, w, bias, relu, s);
}

extern "C" __global__ void conv2d_grad_input(
    float* dx, const float* dy, const float* mask, const float* w, const float* bias, const Conv s) {
    __shared__ Float32::Slices slices;
    conv_grad_input<Float32>(slices, dx, dy, mask, w, bias, s);
}

extern "C" __global__ void conv2d_grad_weight(
    float* parts, const float* dy, const float* mask, const float* x, const Conv s) {
    __shared__ Float32::Slices slices;
    conv_grad_weight<Float32>(slices, parts, dy, mask, x, s);
}

extern "C" __global__ void gemm(
    float* c, const float* a, const float* b, int transposeA, int transposeB, int m, int n, int k) {
    __shared__ Float32::Slices slices;
    gemm_by<Float32>(slices, c, a, b, transposeA, transposeB, m, n, k);
}
