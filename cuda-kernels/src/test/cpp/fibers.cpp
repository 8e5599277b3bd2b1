// Runs one kernel launch on the host. x86-64 only, as the JCuda natives are.
#include "device.h"
#include "software_cuda.h"

#include <csetjmp>
#include <csignal>
#include <cstdio>
#include <cstring>
#include <sys/mman.h>

dim3 threadIdx, blockIdx, blockDim, gridDim;

// Bounds of the section that holds all __shared__ variables; absent when no kernel has any.
extern "C" char __start_device_shared[] __attribute__((weak));
extern "C" char __stop_device_shared[] __attribute__((weak));

// Saves the callee-saved registers and the stack pointer in *save, and continues where `load` was saved.
extern "C" void switch_stack(void** save, void* load);
asm(R"(
    .text
    .globl switch_stack
    .hidden switch_stack
switch_stack:
    pushq %rbp
    pushq %rbx
    pushq %r12
    pushq %r13
    pushq %r14
    pushq %r15
    movq %rsp, (%rdi)
    movq %rsi, %rsp
    popq %r15
    popq %r14
    popq %r13
    popq %r12
    popq %rbx
    popq %rbp
    ret
)");

namespace {
constexpr size_t STACK = 64 * 1024;
constexpr unsigned MAX_THREADS = 1024;

enum State { READY, AT_BARRIER, AT_EXCHANGE, DONE };

struct Fiber {
    void* sp;
    dim3 index;
    State state;
    int line;       // of the barrier it waits at
    uint32_t bits;  // given to the warp
};

Fiber fibers[MAX_THREADS];
char* stacks;
void* scheduler;
unsigned threads, current;
const HostKernel* running;
void** runningArguments;
std::string failure;

// Where a fault in device code continues; set while device code runs on this thread.
thread_local sigjmp_buf* escape;
thread_local void* faultAddress;
thread_local int faultSignal;

void yield_as(State state) {
    fibers[current].state = state;
    switch_stack(&fibers[current].sp, scheduler);
}

void fiber_main() {
    running->call(runningArguments);
    yield_as(DONE);
}

void prepare(unsigned t) {
    Fiber& f = fibers[t];
    f.index = {t % blockDim.x, t / blockDim.x % blockDim.y, t / blockDim.x / blockDim.y};
    f.state = READY;
    void** top = reinterpret_cast<void**>(stacks + (t + 1) * STACK) - 2;
    *top = reinterpret_cast<void*>(&fiber_main);
    f.sp = top - 6;
    memset(f.sp, 0, 6 * sizeof(void*));
}

// Lets every ready fiber run until it waits; false when none was ready.
bool run_ready() {
    bool any = false;
    for (unsigned t = 0; t < threads; t++) {
        if (fibers[t].state != READY) continue;
        any = true;
        current = t;
        threadIdx = fibers[t].index;
        switch_stack(&scheduler, fibers[t].sp);
    }
    return any;
}

// Frees the warps all of whose living threads wait at an exchange. Returns whether there was one.
bool release_exchanges() {
    bool any = false;
    for (unsigned w = 0; w < threads; w += 32) {
        unsigned end = w + 32 < threads ? w + 32 : threads, waiting = 0;
        for (unsigned t = w; t < end; t++) waiting += fibers[t].state == AT_EXCHANGE;
        if (waiting != end - w) continue;
        for (unsigned t = w; t < end; t++) fibers[t].state = READY;
        any = true;
    }
    return any;
}

bool release_barrier() {
    for (unsigned t = 0; t < threads; t++) {
        if (fibers[t].state != AT_BARRIER || fibers[t].line != fibers[0].line) return false;
    }
    for (unsigned t = 0; t < threads; t++) fibers[t].state = READY;
    return true;
}

std::string place() {
    char text[200];
    snprintf(text, sizeof text, "%s, block (%u, %u, %u) of (%u, %u, %u), thread (%u, %u, %u)", running->name, blockIdx.x,
             blockIdx.y, blockIdx.z, gridDim.x, gridDim.y, gridDim.z, threadIdx.x, threadIdx.y, threadIdx.z);
    return text;
}

void run_block_as_fibers() {
    for (unsigned t = 0; t < threads; t++) prepare(t);
    while (run_ready() || release_exchanges() || release_barrier()) {
    }
    for (unsigned t = 0; t < threads; t++) {
        if (fibers[t].state == DONE) continue;
        threadIdx = fibers[t].index;
        failure = "divergent barrier or shuffle: " + place();
        return;
    }
}

struct sigaction previous[NSIG];

void on_fault(int signal, siginfo_t* info, void* context) {
    if (escape) {
        faultAddress = info->si_addr;
        faultSignal = signal;
        siglongjmp(*escape, 1);
    }
    struct sigaction& p = previous[signal];  // not ours: the JVM uses these signals itself
    if (p.sa_flags & SA_SIGINFO) {
        p.sa_sigaction(signal, info, context);
    } else if (p.sa_handler != SIG_DFL && p.sa_handler != SIG_IGN) {
        p.sa_handler(signal);
    } else {
        ::signal(signal, SIG_DFL);
    }
}

void install_handlers() {
    static bool done = [] {
        for (int s : {SIGSEGV, SIGBUS, SIGILL, SIGFPE}) {
            struct sigaction action = {};
            action.sa_sigaction = on_fault;
            action.sa_flags = SA_SIGINFO | SA_ONSTACK | SA_NODEFER;
            sigaction(s, &action, &previous[s]);
        }
        stacks = static_cast<char*>(mmap(nullptr, MAX_THREADS * STACK, PROT_READ | PROT_WRITE,
                                         MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0));
        return true;
    }();
    (void)done;
}

const char* fault_name() {
    return faultSignal == SIGILL ? "misaligned address" : faultSignal == SIGFPE ? "division by zero" : "illegal address";
}
}  // namespace

void device_barrier(int line) {
    fibers[current].line = line;
    yield_as(AT_BARRIER);
}

uint32_t device_exchange(uint32_t mask, uint32_t bits, unsigned source) {
    if (mask != 0xffffffffu) __builtin_trap();  // no kernel shuffles with part of a warp
    unsigned self = current, warp = self / 32 * 32;
    fibers[self].bits = bits;
    yield_as(AT_EXCHANGE);
    uint32_t got = fibers[warp + source].bits;
    yield_as(AT_EXCHANGE);  // nobody overwrites before everybody has read
    return got;
}

uint32_t device_ballot(uint32_t mask, bool bit) {
    if (mask != 0xffffffffu) __builtin_trap();
    unsigned warp = current / 32 * 32;
    fibers[current].bits = bit;
    yield_as(AT_EXCHANGE);
    uint32_t bits = 0;
    for (unsigned lane = 0; lane < 32; lane++) bits |= fibers[warp + lane].bits << lane;
    yield_as(AT_EXCHANGE);
    return bits;
}

std::string run_guarded(const char* what, const std::function<void()>& body) {
    install_handlers();
    sigjmp_buf here;
    if (sigsetjmp(here, 1) == 0) {
        escape = &here;
        body();
        escape = nullptr;
        return "";
    }
    escape = nullptr;
    char text[200];
    snprintf(text, sizeof text, "%s %p: %s", fault_name(), faultAddress, what);
    return text;
}

std::string run_kernel(const HostKernel& kernel, bool hasBarriers, Extent grid, Extent block, void** arguments) {
    running = &kernel;
    runningArguments = arguments;
    gridDim = {grid.x, grid.y, grid.z};
    blockDim = {block.x, block.y, block.z};
    threads = block.x * block.y * block.z;
    failure.clear();
    std::string fault = run_guarded("", [&] {
        for (unsigned b = 0; b < grid.x * grid.y * grid.z && failure.empty(); b++) {
            blockIdx = {b % grid.x, b / grid.x % grid.y, b / grid.x / grid.y};
            if (hasBarriers) {
                memset(__start_device_shared, 0xff, __stop_device_shared - __start_device_shared);
                run_block_as_fibers();
                continue;
            }
            for (unsigned t = 0; t < threads; t++) {
                threadIdx = {t % block.x, t / block.x % block.y, t / block.x / block.y};
                kernel.call(arguments);
            }
        }
    });
    return fault.empty() ? failure : fault + place();
}
