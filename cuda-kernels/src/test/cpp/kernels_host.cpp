// The kernels of src/main/cuda, compiled for the host, with the names and parameter sizes of each. kernels.inc is made from the
// committed PTX, so a kernel that the PTX has and the source lacks does not compile.
#include "device.h"
#include "kernels.cu"
#include "tensor.cu"

#include "software_cuda.h"

#include <utility>

namespace {
template <class... A, size_t... I>
void call(void (*kernel)(A...), void** arguments, std::index_sequence<I...>) {
    kernel(*static_cast<A*>(arguments[I])...);
}

template <class... A>
HostKernel host_kernel(const char* name, void (*kernel)(A...)) {
    return {name, {sizeof(A)...}, [kernel](void** arguments) { call(kernel, arguments, std::index_sequence_for<A...>{}); }};
}
}  // namespace

// A kernel for tests alone: only the first n threads of a block come to the barrier.
static void barrier_for(int n) {
    if ((int)threadIdx.x < n) __syncthreads();
}

#define KERNEL(name) host_kernel(#name, name),
const std::vector<HostKernel>& host_kernels() {
    static const std::vector<HostKernel> all = {
#include "kernels.inc"
        KERNEL(barrier_for)
    };
    return all;
}
