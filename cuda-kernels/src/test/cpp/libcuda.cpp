// A CUDA driver in software, for tests: what cu* functions promise, and stricter where the real one forgives.
//
// - Work put into a stream runs when somebody waits for it, so a missing synchronisation shows as poison.
// - Fresh memory is 0xff (NaN). A block ends at an inaccessible page and its address is never given out again, so reading or
//   writing past the end, or after cuMemFree, is CUDA_ERROR_ILLEGAL_ADDRESS, which sticks until the context is released. The
//   up to 255 bytes between the end of a block and the page are checked after every launch that got the block.
// - There are SOFTWARE_CUDA_DEVICES devices, two by default. Only the memory of the one whose work runs is accessible, so a kernel
//   that is given another device's pointer faults; a stream of another device is an invalid handle.
// - Kernels are found through the PTX that is loaded; its parameter counts and sizes must be those of the host's kernels.
// - software_* at the end inject faults and account for what is alive.
#include "software_cuda.h"

#include <algorithm>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <deque>
#include <map>
#include <memory>
#include <mutex>
#include <set>
#include <sstream>
#include <sys/mman.h>

#define EXPORT extern "C" __attribute__((visibility("default")))

namespace {
enum {
    OK = 0, INVALID_VALUE = 1, OUT_OF_MEMORY = 2, NO_DEVICE = 100, INVALID_DEVICE = 101, INVALID_CONTEXT = 201, NO_BINARY = 209, INVALID_PTX = 218,
    UNSUPPORTED_PTX_VERSION = 222, INVALID_HANDLE = 400, NOT_FOUND = 500, NOT_READY = 600, ILLEGAL_ADDRESS = 700
};
constexpr size_t PAGE = 4096, ALIGN = 256;
constexpr unsigned char FRESH = 0xff, CANARY = 0xa5;

std::recursive_mutex mutex;
std::string message;  // what the last failure was about
bool initialised;
long launches;

int fail(int code, const std::string& why) {
    message = why;
    return code;
}

// ---- fault injection: "function:nth:code", nth counted from 1; and the calls of each function that were let through

constexpr int LOST = -1;  // a code: the call does nothing and says that all is well, as if the caller had forgotten it

struct Injection {
    int left, code;
};
std::map<std::string, Injection> injections;
std::map<std::string, long> calls;

void inject(const char* function, int nth, int code) { injections[function] = {nth, code}; }

struct FromEnvironment {
    FromEnvironment() {
        const char* text = getenv("SOFTWARE_CUDA_FAIL");
        std::stringstream all(text ? text : "");
        for (std::string one; std::getline(all, one, ';');) {
            size_t a = one.find(':'), b = one.find(':', a + 1);
            inject(one.substr(0, a).c_str(), atoi(one.c_str() + a + 1), atoi(one.c_str() + b + 1));
        }
    }
} fromEnvironment;

// ---- memory

struct Block {
    char* base;
    size_t bytes, reserved;
    char* gap() const { return base + bytes; }
    size_t gapBytes() const { return (ALIGN - bytes % ALIGN) % ALIGN; }
};
using Blocks = std::map<char*, Block>;  // by address
size_t deviceBytes = size_t(4) << 30;
long leakedBlocks;

char* reserve(size_t bytes) {
    static char* next = [] {
        void* all = mmap(nullptr, size_t(1) << 42, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
        return all == MAP_FAILED ? nullptr : static_cast<char*>(all);
    }();
    if (!next) return nullptr;
    char* at = next + PAGE;
    next += bytes + 2 * PAGE;
    return mprotect(at, bytes, PROT_READ | PROT_WRITE) ? nullptr : at;
}

bool take(Blocks& from, size_t bytes, void** out) {
    size_t rounded = (bytes + ALIGN - 1) / ALIGN * ALIGN, reserved = (rounded + PAGE - 1) / PAGE * PAGE;
    char* pages = reserve(reserved);
    if (!pages) return false;
    Block b{pages + reserved - rounded, bytes, reserved};
    memset(b.base, FRESH, bytes);
    memset(b.gap(), CANARY, b.gapBytes());
    from[b.base] = b;
    *out = b.base;
    return true;
}

void give_back(Blocks& to, Blocks::iterator it) {
    const Block& b = it->second;
    size_t rounded = b.bytes + b.gapBytes();
    char* pages = b.base + rounded - b.reserved;
    madvise(pages, b.reserved, MADV_DONTNEED);
    mprotect(pages, b.reserved, PROT_NONE);
    to.erase(it);
}

bool gap_intact(const Block& b) {
    for (size_t i = 0; i < b.gapBytes(); i++) {
        if (static_cast<unsigned char>(b.gap()[i]) != CANARY) return false;
    }
    return true;
}

// ---- streams: queues of work

struct Work {
    std::string what;
    std::function<int()> run;
};

struct Device;

struct Stream {
    Device* device;
    std::deque<Work> queue{};
    long enqueued = 0, done = 0;
};

struct Event {
    bool timed;
    Stream* stream = nullptr;
    long at = 0;
    double time = -1;
};

struct Module {
    std::map<std::string, struct Function*> functions;
};

struct Function {
    const HostKernel* kernel;
    bool barriers;
};

// ---- devices

// A device and its primary context, whose handle is the device's address.
struct Device {
    int references = 0, sticky = OK;
    Blocks blocks, pinned;
    size_t liveBytes = 0;
    Stream legacyStream{this};
    std::set<void*> streams, events, modules;

    size_t handles() const {
        return blocks.size() + pinned.size() + streams.size() + events.size() + modules.size();
    }

    // The block that holds an address, or null.
    const Block* block_of(const void* address) const {
        char* a = static_cast<char*>(const_cast<void*>(address));
        auto it = blocks.upper_bound(a);
        if (it == blocks.begin()) return nullptr;
        const Block& b = (--it)->second;
        return a < b.base + b.bytes ? &b : nullptr;
    }
};

constexpr int MAX_DEVICES = 8;
Device devices[MAX_DEVICES];
thread_local Device* current;  // whose context the thread has
Device* accessible = devices;  // whose memory can be read and written

int device_count() {
    const char* n = getenv("SOFTWARE_CUDA_DEVICES");
    return n ? std::min(atoi(n), MAX_DEVICES) : 2;
}

void make_accessible(Device* device) {
    if (accessible == device) return;
    for (Device* d : {accessible, device}) {
        for (auto& [base, b] : d->blocks) {
            mprotect(base + b.bytes + b.gapBytes() - b.reserved, b.reserved, d == device ? PROT_READ | PROT_WRITE : PROT_NONE);
        }
    }
    accessible = device;
}

// A stream of the current device.
Stream* stream_of(void* handle) {
    if (!handle) return &current->legacyStream;
    return current->streams.count(handle) ? static_cast<Stream*>(handle) : nullptr;
}

int enqueue(Stream* s, std::string what, std::function<int()> run) {
    if (!s) return fail(INVALID_HANDLE, what + " on a stream that this device does not have");
    s->queue.push_back({what, run});
    s->enqueued++;
    return OK;
}

double deviceTime;  // seconds: one millionth for each piece of work, and what it says it took

int drain(Stream* s, long until) {
    while (s->done < until && !s->queue.empty()) {
        Work w = std::move(s->queue.front());
        s->queue.pop_front();
        s->done++;
        if (s->device->sticky) continue;
        deviceTime += 1e-6;
        make_accessible(s->device);
        int rc = w.run();
        if (rc) s->device->sticky = rc;
    }
    return s->device->sticky;
}

int drain_all() {
    for (void* s : current->streams) drain(static_cast<Stream*>(s), static_cast<Stream*>(s)->enqueued);
    return drain(&current->legacyStream, current->legacyStream.enqueued);
}

int fault(const std::string& why) { return fail(ILLEGAL_ADDRESS, why); }

// A copy or fill of the current device's memory: inside one block, or an illegal address.
int check_range(const char* what, const void* address, size_t bytes) {
    const Block* b = current->block_of(address);
    if (b && static_cast<const char*>(address) + bytes <= b->base + b->bytes) return OK;
    std::stringstream text;
    text << what << " of " << bytes << " bytes at " << address << (b ? " passes the end of a block" : " is in no block");
    return fail(INVALID_VALUE, text.str());
}

// ---- PTX

// The compute capability that the device has, 90 for 9.0.
int capability() {
    const char* c = getenv("SOFTWARE_CUDA_CAPABILITY");
    return c ? atoi(c) : 90;
}

size_t size_of_type(const std::string& type) {
    size_t digits = type.find_first_of("0123456789");
    return digits == std::string::npos ? 0 : atoi(type.c_str() + digits) / 8;
}

// Parameter sizes from ".param .u64 name, .param .align 4 .b8 name[68]".
std::vector<size_t> parameter_sizes(const std::string& list) {
    std::vector<size_t> sizes;
    std::stringstream in(list);
    for (std::string one; std::getline(in, one, ',');) {
        std::stringstream words(one);
        std::string word, type;
        while (words >> word) {
            if (word == ".align") words >> word;
            else if (word[0] == '.' && word != ".param" && word != ".ptr") type = word;
        }
        size_t bracket = one.find('[');
        sizes.push_back(bracket == std::string::npos ? size_of_type(type) : atoi(one.c_str() + bracket + 1));
    }
    return sizes;
}

int load(const char* ptx, Module* m) {
    std::string text(ptx);
    size_t at = text.find(".version ");
    if (at == std::string::npos) return fail(INVALID_PTX, "no .version");
    if (atof(text.c_str() + at + 9) > 8.0) return fail(UNSUPPORTED_PTX_VERSION, ".version is above 8.0");
    at = text.find(".target sm_");
    if (at == std::string::npos || atoi(text.c_str() + at + 11) > capability()) return fail(NO_BINARY, ".target is above this device");
    at = 0;
    while ((at = text.find(".entry ", at)) != std::string::npos) {
        size_t open = text.find('(', at), close = text.find(')', open), end = std::min(text.find(".entry ", close), text.size());
        std::string name = text.substr(at + 7, open - at - 7), body = text.substr(close, end - close);
        const HostKernel* kernel = nullptr;
        for (const HostKernel& k : host_kernels()) {
            if (name == k.name) kernel = &k;
        }
        if (!kernel) return fail(INVALID_PTX, "the PTX has a kernel " + name + " that the host build lacks");
        if (parameter_sizes(text.substr(open + 1, close - open - 1)) != kernel->parameterSizes) {
            return fail(INVALID_PTX, "the parameters of " + name + " in the PTX are not those of its source: stale PTX");
        }
        bool barriers = body.find("bar.") != std::string::npos || body.find("shfl.") != std::string::npos;
        m->functions[name] = new Function{kernel, barriers};
        at = end;
    }
    return OK;
}

// Launch arguments are copied at the launch, as the driver does.
struct Arguments {
    std::vector<std::vector<char>> bytes;
    std::vector<void*> pointers;
};

int run_launch(const Function& f, Extent grid, Extent block, Arguments& arguments) {
    launches++;
    std::string why = run_kernel(*f.kernel, f.barriers, grid, block, arguments.pointers.data());
    if (!why.empty()) return fault(why);
    for (auto& argument : arguments.bytes) {
        if (argument.size() != 8 && argument.size() != 16) continue;  // a pointer, or a tensor that begins with one
        void* address;
        memcpy(&address, argument.data(), 8);
        const Block* b = accessible->block_of(address);
        if (b && !gap_intact(*b)) return fault(std::string("write past the end of a block: ") + f.kernel->name);
    }
    return OK;
}
}  // namespace

EXPORT int software_enter(const char* function) {
    std::lock_guard<std::recursive_mutex> lock(mutex);
    auto it = injections.find(function);
    if (it == injections.end() || --it->second.left > 0) {
        calls[function]++;
        return OK;
    }
    int code = it->second.code;
    if (it->second.left == 0) injections.erase(it);  // one that began below 0 stays
    return fail(code, std::string("injected into ") + function);
}

__attribute__((visibility("default"))) void software_enqueue(void* stream, const char* what, std::function<void()> work) {
    std::lock_guard<std::recursive_mutex> lock(mutex);
    int rc = enqueue(stream_of(stream), what, [=] {
        std::string why = run_guarded(what, work);
        return why.empty() ? int(OK) : fault(why);
    });
    if (rc) current->sticky = rc;
}

__attribute__((visibility("default"))) void software_spend(double seconds) {
    std::lock_guard<std::recursive_mutex> lock(mutex);
    deviceTime += seconds;
}

#define ENTER(name)                                           \
    std::lock_guard<std::recursive_mutex> lock(mutex);        \
    if (int injected = software_enter(#name)) return injected == LOST ? OK : injected;

#define ENTER_CONTEXT(name)                                                                      \
    ENTER(name)                                                                                  \
    if (!current || !current->references) return fail(INVALID_CONTEXT, #name " on a thread without a context"); \
    if (current->sticky) return current->sticky;

// ---- driver, device, context

EXPORT int cuInit(unsigned) {
    ENTER(cuInit)
    initialised = true;
    return OK;
}

EXPORT int cuDriverGetVersion(int* version) {
    ENTER(cuDriverGetVersion)
    const char* v = getenv("SOFTWARE_CUDA_DRIVER");
    *version = v ? atoi(v) : 12060;
    return OK;
}

EXPORT int cuDeviceGetCount(int* count) {
    ENTER(cuDeviceGetCount)
    *count = device_count();
    return OK;
}

EXPORT int cuDeviceGet(int* device, int ordinal) {
    ENTER(cuDeviceGet)
    *device = ordinal;
    return ordinal >= 0 && ordinal < device_count() ? OK : INVALID_DEVICE;
}

EXPORT int cuDeviceGetName(char* name, int size, int) {
    ENTER(cuDeviceGetName)
    snprintf(name, size, "Software CUDA device");
    return OK;
}

EXPORT int cuDeviceGetAttribute(int* value, int attribute, int) {
    ENTER(cuDeviceGetAttribute)
    switch (attribute) {
        case 16: *value = 4; break;                       // multiprocessors
        case 75: *value = capability() / 10; break;       // compute capability, major
        case 76: *value = capability() % 10; break;       // minor
        default: return fail(INVALID_VALUE, "attribute " + std::to_string(attribute));
    }
    return OK;
}

EXPORT int cuDeviceTotalMem_v2(size_t* bytes, int) {
    ENTER(cuDeviceTotalMem)
    *bytes = deviceBytes;
    return OK;
}

EXPORT int cuDevicePrimaryCtxRetain(void** context, int device) {
    ENTER(cuDevicePrimaryCtxRetain)
    if (!initialised) return fail(3, "cuInit was not called");
    if (device < 0 || device >= device_count()) return fail(INVALID_DEVICE, "device " + std::to_string(device));
    devices[device].references++;
    *context = &devices[device];
    return OK;
}

EXPORT int cuDevicePrimaryCtxRelease_v2(int device) {
    ENTER(cuDevicePrimaryCtxRelease)
    Device& d = devices[device];
    if (d.references == 0) return fail(INVALID_CONTEXT, "released more often than retained");
    if (--d.references > 0) return OK;
    if (!d.sticky) leakedBlocks += d.handles();
    while (!d.blocks.empty()) give_back(d.blocks, d.blocks.begin());
    while (!d.pinned.empty()) give_back(d.pinned, d.pinned.begin());
    d.~Device();
    new (&d) Device;
    return OK;
}

EXPORT int cuCtxSetCurrent(void* context) {
    ENTER(cuCtxSetCurrent)
    current = static_cast<Device*>(context);
    return OK;
}

EXPORT int cuCtxSynchronize() {
    ENTER_CONTEXT(cuCtxSynchronize)
    return drain_all();
}

EXPORT int cuGetErrorName(int code, const char** name) {
    static thread_local std::string text;
    text = "SOFTWARE_CUDA_" + std::to_string(code);
    *name = text.c_str();
    return OK;
}

EXPORT int cuGetErrorString(int, const char** text) {
    static thread_local std::string copy;
    std::lock_guard<std::recursive_mutex> lock(mutex);
    copy = message;
    *text = copy.c_str();
    return OK;
}

// ---- memory

EXPORT int cuMemGetInfo_v2(size_t* free, size_t* total) {
    ENTER_CONTEXT(cuMemGetInfo)
    *free = deviceBytes - current->liveBytes;
    *total = deviceBytes;
    return OK;
}

EXPORT int cuMemAlloc_v2(void** address, size_t bytes) {
    ENTER_CONTEXT(cuMemAlloc)
    if (bytes == 0) return fail(INVALID_VALUE, "cuMemAlloc of 0 bytes");
    make_accessible(current);
    if (current->liveBytes + bytes > deviceBytes || !take(current->blocks, bytes, address)) {
        return fail(OUT_OF_MEMORY, "out of memory: " + std::to_string(bytes) + " bytes");
    }
    current->liveBytes += bytes;
    return OK;
}

EXPORT int cuMemFree_v2(void* address) {
    ENTER_CONTEXT(cuMemFree)
    drain_all();
    auto it = current->blocks.find(static_cast<char*>(address));
    if (it == current->blocks.end()) return fail(INVALID_VALUE, "cuMemFree of an address that is not a live block");
    make_accessible(current);
    if (!gap_intact(it->second)) return fault("write past the end of a block, found at cuMemFree");
    current->liveBytes -= it->second.bytes;
    give_back(current->blocks, it);
    return current->sticky;
}

EXPORT int cuMemAllocHost_v2(void** address, size_t bytes) {
    ENTER_CONTEXT(cuMemAllocHost)
    return take(current->pinned, bytes, address) ? int(OK) : fail(OUT_OF_MEMORY, "out of pinned memory");
}

EXPORT int cuMemFreeHost(void* address) {
    ENTER_CONTEXT(cuMemFreeHost)
    drain_all();
    auto it = current->pinned.find(static_cast<char*>(address));
    if (it == current->pinned.end()) return fail(INVALID_VALUE, "cuMemFreeHost of an address that is not a live block");
    give_back(current->pinned, it);
    return OK;
}

EXPORT int cuMemcpyHtoDAsync_v2(void* dst, const void* src, size_t bytes, void* stream) {
    ENTER_CONTEXT(cuMemcpyHtoDAsync)
    if (int rc = check_range("copy to the device", dst, bytes)) return rc;
    return enqueue(stream_of(stream), "cuMemcpyHtoDAsync", [=] { return memcpy(dst, src, bytes), int(OK); });
}

EXPORT int cuMemcpyDtoHAsync_v2(void* dst, const void* src, size_t bytes, void* stream) {
    ENTER_CONTEXT(cuMemcpyDtoHAsync)
    if (int rc = check_range("copy from the device", src, bytes)) return rc;
    return enqueue(stream_of(stream), "cuMemcpyDtoHAsync", [=] { return memcpy(dst, src, bytes), int(OK); });
}

EXPORT int cuMemcpyDtoDAsync_v2(void* dst, const void* src, size_t bytes, void* stream) {
    ENTER_CONTEXT(cuMemcpyDtoDAsync)
    if (int rc = check_range("copy from the device", src, bytes)) return rc;
    if (int rc = check_range("copy to the device", dst, bytes)) return rc;
    return enqueue(stream_of(stream), "cuMemcpyDtoDAsync", [=] { return memmove(dst, src, bytes), int(OK); });
}

EXPORT int cuMemsetD32Async(void* dst, unsigned value, size_t n, void* stream) {
    ENTER_CONTEXT(cuMemsetD32Async)
    if (int rc = check_range("fill", dst, n * 4)) return rc;
    return enqueue(stream_of(stream), "cuMemsetD32Async", [=] {
        for (size_t i = 0; i < n; i++) static_cast<unsigned*>(dst)[i] = value;
        return int(OK);
    });
}

// ---- streams and events

EXPORT int cuStreamCreate(void** stream, unsigned) {
    ENTER_CONTEXT(cuStreamCreate)
    *stream = new Stream{current};
    current->streams.insert(*stream);
    return OK;
}

EXPORT int cuStreamDestroy_v2(void* stream) {
    ENTER_CONTEXT(cuStreamDestroy)
    if (!current->streams.count(stream)) return fail(INVALID_HANDLE, "cuStreamDestroy of a stream that does not exist");
    Stream* s = static_cast<Stream*>(stream);
    int rc = drain(s, s->enqueued);
    current->streams.erase(stream);
    delete s;
    return rc;
}

EXPORT int cuStreamSynchronize(void* stream) {
    ENTER_CONTEXT(cuStreamSynchronize)
    Stream* s = stream_of(stream);
    return s ? drain(s, s->enqueued) : fail(INVALID_HANDLE, "cuStreamSynchronize of a stream that does not exist");
}

EXPORT int cuEventCreate(void** event, unsigned flags) {
    ENTER_CONTEXT(cuEventCreate)
    *event = new Event{!(flags & 2)};  // CU_EVENT_DISABLE_TIMING
    current->events.insert(*event);
    return OK;
}

EXPORT int cuEventDestroy_v2(void* event) {
    ENTER_CONTEXT(cuEventDestroy)
    if (!current->events.erase(event)) return fail(INVALID_HANDLE, "cuEventDestroy of an event that does not exist");
    drain_all();  // queued work may still name it
    delete static_cast<Event*>(event);
    return current->sticky;
}

EXPORT int cuEventRecord(void* event, void* stream) {
    ENTER_CONTEXT(cuEventRecord)
    Event* e = static_cast<Event*>(event);
    Stream* s = stream_of(stream);
    int rc = enqueue(s, "cuEventRecord", [=] { return e->time = deviceTime, int(OK); });
    if (rc == OK) {
        e->stream = s;
        e->at = s->enqueued;
    }
    return rc;
}

EXPORT int cuEventSynchronize(void* event) {
    ENTER_CONTEXT(cuEventSynchronize)
    Event* e = static_cast<Event*>(event);
    return e->stream ? drain(e->stream, e->at) : int(OK);
}

EXPORT int cuEventQuery(void* event) {
    ENTER_CONTEXT(cuEventQuery)
    Event* e = static_cast<Event*>(event);
    return !e->stream || e->stream->done >= e->at ? OK : NOT_READY;
}

EXPORT int cuEventElapsedTime(float* ms, void* from, void* to) {
    ENTER_CONTEXT(cuEventElapsedTime)
    Event *a = static_cast<Event*>(from), *b = static_cast<Event*>(to);
    if (!a->timed || !b->timed) return fail(INVALID_HANDLE, "cuEventElapsedTime of an event without timing");
    if (a->time < 0 || b->time < 0) return NOT_READY;
    *ms = float((b->time - a->time) * 1000);
    return OK;
}

EXPORT int cuStreamWaitEvent(void* stream, void* event, unsigned) {
    ENTER_CONTEXT(cuStreamWaitEvent)
    Event* e = static_cast<Event*>(event);
    Stream* other = e->stream;
    long at = e->at;
    return enqueue(stream_of(stream), "cuStreamWaitEvent", [=] { return other ? drain(other, at) : int(OK); });
}

// ---- modules and launches

EXPORT int cuModuleLoadData(void** module, const void* image) {
    ENTER_CONTEXT(cuModuleLoadData)
    auto* m = new Module;
    if (int rc = load(static_cast<const char*>(image), m)) return rc;
    current->modules.insert(m);
    *module = m;
    return OK;
}

EXPORT int cuModuleUnload(void* module) {
    ENTER_CONTEXT(cuModuleUnload)
    if (!current->modules.erase(module)) return fail(INVALID_HANDLE, "cuModuleUnload of a module that does not exist");
    return OK;
}

EXPORT int cuModuleGetFunction(void** function, void* module, const char* name) {
    ENTER_CONTEXT(cuModuleGetFunction)
    auto& functions = static_cast<Module*>(module)->functions;
    auto it = functions.find(name);
    if (it == functions.end()) return fail(NOT_FOUND, std::string("the PTX has no kernel ") + name);
    *function = it->second;
    return OK;
}

EXPORT int cuLaunchKernel(
    void* function, unsigned gx, unsigned gy, unsigned gz, unsigned bx, unsigned by, unsigned bz, unsigned, void* stream,
    void** parameters, void**) {
    ENTER_CONTEXT(cuLaunchKernel)
    auto* f = static_cast<Function*>(function);
    unsigned threads = bx * by * bz;
    if (threads == 0 || threads > 1024 || gx == 0 || gy == 0 || gz == 0 || gy > 65535 || gz > 65535 || gx > 0x7fffffffu) {
        return fail(INVALID_VALUE, std::string("launch extent of ") + f->kernel->name);
    }
    auto arguments = std::make_shared<Arguments>();
    for (size_t i = 0; i < f->kernel->parameterSizes.size(); i++) {
        const char* from = static_cast<const char*>(parameters[i]);
        arguments->bytes.emplace_back(from, from + f->kernel->parameterSizes[i]);
    }
    for (auto& bytes : arguments->bytes) arguments->pointers.push_back(bytes.data());
    return enqueue(stream_of(stream), f->kernel->name,
                   [=] { return run_launch(*f, {gx, gy, gz}, {bx, by, bz}, *arguments); });
}

// ---- for tests

// Makes the nth call of a function from now, counted from 1, return a code; -1 all calls, 0 takes an injection back.
EXPORT void software_inject(const char* function, int nth, int code) {
    std::lock_guard<std::recursive_mutex> lock(mutex);
    if (nth == 0) injections.erase(function);
    else inject(function, nth, code);
}

EXPORT long software_calls(const char* function) {
    std::lock_guard<std::recursive_mutex> lock(mutex);
    return calls[function];
}

EXPORT long software_live_bytes() {
    long bytes = 0;
    for (const Device& d : devices) bytes += d.liveBytes;
    return bytes;
}
EXPORT long software_live_handles() {
    long handles = 0;
    for (const Device& d : devices) handles += d.handles() + d.references;
    return handles;
}
// Blocks and handles that were alive when a context was released in good order.
EXPORT long software_leaks() { return leakedBlocks; }
EXPORT long software_launches() { return launches; }
EXPORT void software_set_memory(long bytes) { deviceBytes = bytes; }
