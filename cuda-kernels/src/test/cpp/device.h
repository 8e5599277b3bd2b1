// Enough of CUDA C++ to compile src/main/cuda for the host: the software device runs what the GPU runs.
//
// One block runs at a time. A kernel without barriers is a loop over its threads; in one with barriers each thread is a fiber
// that is switched at __syncthreads and at warp shuffles. __shared__ variables lie in one section that is poisoned before
// every block.
#pragma once
#include <cmath>
#include <cstddef>
#include <cstdint>

struct dim3 {
    unsigned x = 1, y = 1, z = 1;
};
struct alignas(16) float4 {
    float x, y, z, w;
};
struct alignas(16) uint4 {
    unsigned x, y, z, w;
};
inline float __uint_as_float(uint32_t bits) {
    float v;
    __builtin_memcpy(&v, &bits, 4);
    return v;
}
inline uint32_t __float_as_uint(float v) {
    uint32_t bits;
    __builtin_memcpy(&bits, &v, 4);
    return bits;
}

extern dim3 threadIdx, blockIdx, blockDim, gridDim;

#define __global__
#define __device__
#define __noinline__
#define __shared__ static __attribute__((section("device_shared")))

// Waits for all threads of the block. A thread that waits elsewhere, or has returned, is a divergent barrier: an error.
void device_barrier(int line);
#define __syncthreads() device_barrier(__LINE__)

// Gives `bits` to the warp and returns what lane `source` gave.
uint32_t device_exchange(uint32_t mask, uint32_t bits, unsigned source);

inline float device_exchange(uint32_t mask, float v, unsigned source) {
    return __uint_as_float(device_exchange(mask, __float_as_uint(v), source));
}

inline unsigned device_lane() { return (threadIdx.x + blockDim.x * (threadIdx.y + blockDim.y * threadIdx.z)) % 32; }

inline float __shfl_down_sync(uint32_t mask, float v, unsigned delta) {
    unsigned source = device_lane() + delta;
    return device_exchange(mask, v, source < 32 ? source : device_lane());
}

inline float __shfl_xor_sync(uint32_t mask, float v, unsigned bits) { return device_exchange(mask, v, device_lane() ^ bits); }

// One bit of each lane of the warp.
uint32_t device_ballot(uint32_t mask, bool bit);
inline unsigned __ballot_sync(uint32_t mask, bool bit) { return device_ballot(mask, bit); }

inline int __ffs(unsigned v) { return __builtin_ffs(v); }

inline void __syncwarp() { device_exchange(0xffffffffu, 0u, device_lane()); }

inline unsigned long long atomicMin(unsigned long long* at, unsigned long long v) {
    unsigned long long old = *at;
    if (v < old) *at = v;
    return old;
}

inline int atomicCAS(int* at, int expected, int v) {
    int old = *at;
    if (old == expected) *at = v;
    return old;
}
