// Convolutions and the matrix product on tensor cores; the formulas are in conv.cuh and matmul.cuh. `cuda-kernels/ptx` makes
// dev/aorta/cuda/tensor.ptx of it, which is loaded where the compute capability is 8.0 or more.
#include "conv.cuh"
#include "matmul.cuh"
#include "tensor.cuh"

extern "C" __global__ void conv2d_tf32(
    Output y, Input x, Input w, Input bias, int relu, const Conv s) {
    __shared__ TensorCores<Tf32>::Slices slices;
    conv_forward<TensorCores<Tf32>>(slices, y, x, w, bias, relu, s);
}

extern "C" __global__ void conv2d_grad_input_tf32(
    Output dx, Input dy, Input w, Input bias, const Conv s) {
    __shared__ TensorCores<Tf32>::Slices slices;
    conv_grad_input<TensorCores<Tf32>>(slices, dx, dy, w, bias, s);
}

extern "C" __global__ void conv2d_grad_weight_tf32(
    Output parts, Input dy, Input x, const Conv s) {
    __shared__ TensorCores<Tf32>::Slices slices;
    conv_grad_weight<TensorCores<Tf32>>(slices, parts, dy, x, s);
}

extern "C" __global__ void matmul_tf32(Output c, Input a, Input b, const MatMul s) {
    __shared__ TensorCores<Tf32>::Slices slices;
    matmul_by<TensorCores<Tf32>>(slices, c, a, b, s);
}

extern "C" __global__ void conv2d_bf16(
    Output y, Input x, Input w, Input bias, int relu, const Conv s) {
    __shared__ TensorCores<Bf16>::Slices slices;
    conv_forward<TensorCores<Bf16>>(slices, y, x, w, bias, relu, s);
}

extern "C" __global__ void conv2d_grad_input_bf16(
    Output dx, Input dy, Input w, Input bias, const Conv s) {
    __shared__ TensorCores<Bf16>::Slices slices;
    conv_grad_input<TensorCores<Bf16>>(slices, dx, dy, w, bias, s);
}

extern "C" __global__ void conv2d_grad_weight_bf16(
    Output parts, Input dy, Input x, const Conv s) {
    __shared__ TensorCores<Bf16>::Slices slices;
    conv_grad_weight<TensorCores<Bf16>>(slices, parts, dy, x, s);
}

extern "C" __global__ void matmul_bf16(Output c, Input a, Input b, const MatMul s) {
    __shared__ TensorCores<Bf16>::Slices slices;
    matmul_by<TensorCores<Bf16>>(slices, c, a, b, s);
}
