// Convolutions and the matrix product in float32; the formulas are in conv.cuh and gemm.cuh.
#include "conv.cuh"
#include "gemm.cuh"
#include "tile.cuh"

extern "C" __global__ void conv2d(
    Output y, Input x, Input w, Input bias, int relu, const Conv s) {
    __shared__ Float32::Slices slices;
    conv_forward<Float32>(slices, y, x, w, bias, relu, s);
}

extern "C" __global__ void conv2d_grad_input(
    Output dx, Input dy, Input w, Input bias, const Conv s) {
    __shared__ Float32::Slices slices;
    conv_grad_input<Float32>(slices, dx, dy, w, bias, s);
}

extern "C" __global__ void conv2d_grad_weight(
    Output parts, Input dy, Input x, const Conv s) {
    __shared__ Float32::Slices slices;
    conv_grad_weight<Float32>(slices, parts, dy, x, s);
}

extern "C" __global__ void gemm(
    Output c, Input a, Input b, int transposeA, int transposeB, int m, int n, int k) {
    __shared__ Float32::Slices slices;
    gemm_by<Float32>(slices, c, a, b, transposeA, transposeB, m, n, k);
}
