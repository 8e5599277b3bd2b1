// What the parts of the software device share.
#pragma once
#include <cstddef>
#include <cstdint>
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
// Puts work into a stream; it runs at the next synchronisation.
void software_enqueue(void* stream, const char* what, std::function<void()> work);
