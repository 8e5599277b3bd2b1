// bfloat16 for the host, in place of CUDA's cuda_bf16.h: the upper half of a float32.
#pragma once
#include "device.h"

struct __nv_bfloat16 {
    uint16_t bits;
};

inline __nv_bfloat16 __float2bfloat16_rn(float v) {  // to nearest, ties to even
    uint32_t bits = __float_as_uint(v);
    if (v != v) return {0x7fff};
    return {uint16_t((bits + 0x7fff + (bits >> 16 & 1)) >> 16)};
}

inline float __bfloat162float(__nv_bfloat16 v) { return __uint_as_float(uint32_t(v.bits) << 16); }
