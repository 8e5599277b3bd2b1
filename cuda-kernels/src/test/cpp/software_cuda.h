// What the parts of the software device share.
#pragma once
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <functional>
#include <string>
#include <vector>

// A kernel compiled for the host.
struct HostKernel {
    const char* name;
    std::vector<size_t> parameterSizes;
    std::function<void(void**)> call;
};
const std::vector<HostKernel>& host_kernels();

// One launch on the calling thread. Returns an empty text, or what went wrong: a fault with kernel, block, thread and address,
// or a divergent barrier.
struct Extent {
    unsigned x, y, z;
};
std::string run_kernel(const HostKernel& kernel, bool hasBarriers, Extent grid, Extent block, void** arguments);

// Runs host code that reads or writes device memory (a library call, a copy) and turns its faults into a text.
std::string run_guarded(const char* what, const std::function<void()>& body);

// For libcudnn and libcublas, exported by libcuda.
extern "C" {
// The code to fail with when a fault was injected into this call of `function`, else 0, and then counts the call.
int software_enter(const char* function);
}

// A library's tensor as float32, where asked rounded to TF32's 10 bits, and back: bfloat16 is the upper half, rounded to nearest,
// ties to even.
inline std::vector<float> software_read(const void* at, bool bfloat16, size_t n, bool tf32 = false) {
    std::vector<float> values(n);
    for (size_t i = 0; i < n; i++) {
        uint32_t bits;
        if (bfloat16) bits = uint32_t(static_cast<const uint16_t*>(at)[i]) << 16;
        else bits = static_cast<const uint32_t*>(at)[i];
        memcpy(&values[i], &bits, 4);
        if (!tf32 || values[i] != values[i]) continue;
        bits = (bits + 0x1000) & ~0x1fffu;
        memcpy(&values[i], &bits, 4);
    }
    return values;
}
inline void software_write(void* at, bool bfloat16, const std::vector<float>& values) {
    for (size_t i = 0; i < values.size(); i++) {
        uint32_t bits;
        memcpy(&bits, &values[i], 4);
        if (!bfloat16) static_cast<uint32_t*>(at)[i] = bits;
        else static_cast<uint16_t*>(at)[i] = values[i] != values[i] ? 0x7fff : (bits + 0x7fff + (bits >> 16 & 1)) >> 16;
    }
}

// Makes the work that calls it take longer on the device's clock, which events read.
void software_spend(double seconds);
// Puts work into a stream; it runs at the next synchronisation.
void software_enqueue(void* stream, const char* what, std::function<void()> work);
