// Convolution for machines without cuDNN, over either Product: Float32 in tile.cuh or TensorCores in tensor.cuh. Each of its three
// passes is a matrix product whose left or right operand is read through the geometry ("implicit GEMM"), so nothing is unfolded in
// memory. The longer side, pixels or taps, lies along the rows. See ConvShape for the formula and the shapes:
// x (batch, inH, inW, inC), w (outC, kH, kW, inC / groups), y (batch, outH, outW, outC).
// CPU twins: dev.aorta.backend.cpu.conv.Convolution and WeightGradient.
#pragma once
#include "aorta.cuh"

// Whether channels can be read eight at a time.
__device__ inline bool eights(int channels) { return channels % 8 == 0; }

// Backend.conv2d: rows are pixels of y, columns the channels of a group, the sum runs over (ky, kx, i).
// bias (outC) or null; grid (pixels / ROWS, outC / groups / COLUMNS, groups)
template <class Product, int W>
__device__ inline void conv_forward_by(
    typename Product::Slices& slices, Output y, Input x, Input w, Input bias, int relu, const Conv& s) {
    int in = s.inC / s.groups, out = s.outC / s.groups, group = blockIdx.z, sums = s.kH * s.kW * in;
    Product::template product<W>(
        slices, blockIdx.x * Product::ROWS, blockIdx.y * Product::COLUMNS, s.batch * s.outH * s.outW, out, 0, sums, true, true,
        [=](int pixel, int k) {
            int ox = pixel % s.outW, oy = pixel / s.outW % s.outH, b = pixel / s.outW / s.outH;
            int i = k % in, kx = k / in % s.kW, ky = k / in / s.kW;
            int iy = oy * s.strideH - s.padTop + ky * s.dilationH, ix = ox * s.strideW - s.padLeft + kx * s.dilationW;
            bool inside = iy >= 0 && iy < s.inH && ix >= 0 && ix < s.inW;
            return inside ? x.get<W>(((b * s.inH + iy) * s.inW + ix) * s.inC + group * in + i) : Vec<W>{};
        },
        [=](int o, int k) { return w.get<W>((size_t)(group * out + o) * sums + k); },
        [=](int pixel, int o, float v) {
            if (bias) v += bias[group * out + o];
            y[(size_t)pixel * s.outC + group * out + o] = relu && v <= 0.0f ? 0.0f : v;
        });
}

template <class Product>
__device__ inline void conv_forward(
    typename Product::Slices& slices, Output y, Input x, Input w, Input bias, int relu, const Conv& s) {
    if (eights(s.inC / s.groups)) conv_forward_by<Product, 8>(slices, y, x, w, bias, relu, s);
    else conv_forward_by<Product, 1>(slices, y, x, w, bias, relu, s);
}

// Backend.conv2dGradInput: rows are pixels of x, columns the channels of a group, the sum runs over (ky, kx, o).
// bias (inC) or null; grid (pixels / ROWS, inC / groups / COLUMNS, groups)
template <class Product, int W>
__device__ inline void conv_grad_input_by(
    typename Product::Slices& slices, Output dx, Input dy, Input w, Input bias, const Conv& s) {
    int in = s.inC / s.groups, out = s.outC / s.groups, group = blockIdx.z, sums = s.kH * s.kW * out;
    Product::template product<W>(
        slices, blockIdx.x * Product::ROWS, blockIdx.y * Product::COLUMNS, s.batch * s.inH * s.inW, in, 0, sums, true, false,
        [=](int pixel, int k) {
            int ix = pixel % s.inW, iy = pixel / s.inW % s.inH, b = pixel / s.inW / s.inH;
            int o = k % out, kx = k / out % s.kW, ky = k / out / s.kW;
            int py = iy + s.padTop - ky * s.dilationH, px = ix + s.padLeft - kx * s.dilationW;
            int oy = py / s.strideH, ox = px / s.strideW;
            bool hit = py >= 0 && px >= 0 && oy * s.strideH == py && ox * s.strideW == px && oy < s.outH && ox < s.outW;
            return hit ? dy.get<W>(((b * s.outH + oy) * s.outW + ox) * s.outC + group * out + o) : Vec<W>{};
        },
        [=](int i, int k) {
            int o = k % out, tap = k / out;
            return w.get<W>(((size_t)(group * out + o) * s.kH * s.kW + tap) * in + i);
        },
        [=](int pixel, int i, float v) {
            dx[(size_t)pixel * s.inC + group * in + i] = bias ? v + bias[group * in + i] : v;
        });
}

template <class Product>
__device__ inline void conv_grad_input(
    typename Product::Slices& slices, Output dx, Input dy, Input w, Input bias, const Conv& s) {
    if (eights(s.inC / s.groups) && eights(s.outC / s.groups)) conv_grad_input_by<Product, 8>(slices, dx, dy, w, bias, s);
    else conv_grad_input_by<Product, 1>(slices, dx, dy, w, bias, s);
}

// Backend.conv2dGradWeight, first step: rows are (ky, kx, i), columns the output channels of a group, the sum runs over the pixels
// of y, split into s.splits parts; parts (splits, outC, kH, kW, inC / groups) are added by reduce_sum.
// grid (kH * kW * inC / groups / ROWS, outC / groups / COLUMNS, groups * splits)
template <class Product, int W>
__device__ inline void conv_grad_weight_by(typename Product::Slices& slices, Output parts, Input dy, Input x, const Conv& s) {
    int in = s.inC / s.groups, out = s.outC / s.groups, group = blockIdx.z % s.groups, split = blockIdx.z / s.groups;
    int pixels = s.batch * s.outH * s.outW, rows = s.kH * s.kW * in, share = (pixels + s.splits - 1) / s.splits;
    Output dw = parts + ((size_t)split * s.outC + group * out) * rows;
    Product::template product<W>(
        slices, blockIdx.x * Product::ROWS, blockIdx.y * Product::COLUMNS, rows, out, split * share,
        min_int((split + 1) * share, pixels), false, false,
        [=](int k, int pixel) {
            int ox = pixel % s.outW, oy = pixel / s.outW % s.outH, b = pixel / s.outW / s.outH;
            int i = k % in, kx = k / in % s.kW, ky = k / in / s.kW;
            int iy = oy * s.strideH - s.padTop + ky * s.dilationH, ix = ox * s.strideW - s.padLeft + kx * s.dilationW;
            bool inside = iy >= 0 && iy < s.inH && ix >= 0 && ix < s.inW;
            return inside ? x.get<W>(((b * s.inH + iy) * s.inW + ix) * s.inC + group * in + i) : Vec<W>{};
        },
        [=](int o, int pixel) { return dy.get<W>((size_t)pixel * s.outC + group * out + o); },
        [=](int k, int o, float v) { dw[(size_t)o * rows + k] = v; });
}

template <class Product>
__device__ inline void conv_grad_weight(typename Product::Slices& slices, Output parts, Input dy, Input x, const Conv& s) {
    if (eights(s.inC / s.groups) && eights(s.outC / s.groups)) conv_grad_weight_by<Product, 8>(slices, parts, dy, x, s);
    else conv_grad_weight_by<Product, 1>(slices, parts, dy, x, s);
}
