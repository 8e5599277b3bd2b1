// Convolutions and the matrix product in float32; the formulas are in conv.cuh and matmul.cuh.
#include "conv.cuh"
#include "matmul.cuh"
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

extern "C" __global__ void matmul(Output c, Input a, Input b, const MatMul s) {
    __shared__ Float32::Slices slices;
    matmul_by<Float32>(slices, c, a, b, s);
}
