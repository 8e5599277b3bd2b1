// cuDNN 9 in software: descriptors that are checked, and the convolutions as plain loops, NHWC, float32 or bfloat16.
#include "software_cuda.h"

#include <cstdlib>
#include <cstring>

#define EXPORT extern "C" __attribute__((visibility("default")))

namespace {
enum { SUCCESS = 0, BAD_PARAM = 2000, NOT_SUPPORTED = 3000 };
enum { NHWC = 1, FLOAT = 0, BFLOAT16 = 9, DEFAULT_MATH = 0 };  // by default float32 is multiplied in TF32
constexpr size_t WORKSPACE = 1024;  // bytes that the preferred algorithm wants

struct Handle {
    void* stream = nullptr;
};
struct Tensor {  // of a filter: n = out channels
    int n = 0, c = 0, h = 0, w = 0;
    bool narrow = false;  // bfloat16
};
struct Convolution {
    int padH, padW, strideH, strideW, dilationH, dilationW, groups = 1, math = 0;
};
struct Activation {
    int mode = 0;
};
struct Performance {  // cudnnConvolution*AlgoPerf_t
    int algo, status;
    float time;
    size_t memory;
    int determinism, mathType, reserved[3];
};

// Whether the output has the size that cuDNN computes from input, filter and convolution.
bool fits(const Tensor& x, const Tensor& w, const Convolution& c, const Tensor& y) {
    int h = 1 + (x.h + 2 * c.padH - ((w.h - 1) * c.dilationH + 1)) / c.strideH;
    int v = 1 + (x.w + 2 * c.padW - ((w.w - 1) * c.dilationW + 1)) / c.strideW;
    return x.narrow == w.narrow && x.narrow == y.narrow && y.n == x.n && y.c == w.n && y.h == h && y.w == v && x.c == w.c * c.groups;
}

// Calls f(index in x, index in w, index in y) for every product of the convolution.
template <class F>
void each_product(const Tensor& x, const Tensor& w, const Convolution& c, const Tensor& y, F f) {
    int perGroup = w.n / c.groups;
    for (int n = 0; n < y.n; n++)
        for (int oy = 0; oy < y.h; oy++)
            for (int ox = 0; ox < y.w; ox++)
                for (int o = 0; o < y.c; o++)
                    for (int ky = 0; ky < w.h; ky++)
                        for (int kx = 0; kx < w.w; kx++) {
                            int iy = oy * c.strideH - c.padH + ky * c.dilationH, ix = ox * c.strideW - c.padW + kx * c.dilationW;
                            if (iy < 0 || iy >= x.h || ix < 0 || ix >= x.w) continue;
                            size_t xi = ((size_t(n) * x.h + iy) * x.w + ix) * x.c + o / perGroup * w.c;
                            size_t wi = ((size_t(o) * w.h + ky) * w.w + kx) * w.c;
                            size_t yi = ((size_t(n) * y.h + oy) * y.w + ox) * y.c + o;
                            for (int i = 0; i < w.c; i++) f(xi + i, wi + i, yi);
                        }
}

size_t size_of(const Tensor& t) { return size_t(t.n) * t.c * t.h * t.w; }
std::vector<float> read(const void* at, const Tensor& t, const Convolution& c) {
    return software_read(at, t.narrow, size_of(t), c.math == DEFAULT_MATH);
}

enum { DIRECT, WITH_WORKSPACE, UNREPEATABLE, HUGE_WORKSPACE, REFUSED };

// What an algorithm costs: one that is best for small shapes, one for large, and faster ones that may not or cannot be used.
double seconds(int algo, double products) {
    return algo == DIRECT ? 1e-5 + 1e-8 * products : algo == WITH_WORKSPACE ? 1e-4 + 1e-9 * products : 1e-9 * products;
}

// The algorithm with a workspace must get it, and destroys it.
int begin(int algo, const Tensor& w, const Tensor& y, void* workspace, size_t bytes, void* stream) {
    if (algo == REFUSED) return NOT_SUPPORTED;
    if (algo == WITH_WORKSPACE && (!workspace || bytes < WORKSPACE)) return BAD_PARAM;
    software_enter(("cudnn algorithm " + std::to_string(algo)).c_str());
    double products = double(y.n) * y.h * y.w * y.c * w.h * w.w * w.c;
    software_enqueue(stream, "cudnn algorithm", [=] {
        software_spend(seconds(algo, products));
        if (algo == WITH_WORKSPACE) memset(workspace, 0xff, WORKSPACE);
    });
    return SUCCESS;
}

// The bytes that an algorithm wants; in another math type, for which it is proposed as well, the second needs none.
size_t workspace_of(int algo) { return algo == WITH_WORKSPACE ? WORKSPACE : algo == HUGE_WORKSPACE ? size_t(1) << 40 : 0; }

int algorithms(int asked, int* returned, Performance* out) {
    Performance all[] = {{UNREPEATABLE, SUCCESS, -1, 0, 0, 3, {}},
                         {HUGE_WORKSPACE, SUCCESS, -1, workspace_of(HUGE_WORKSPACE), 1, 3, {}},
                         {WITH_WORKSPACE, SUCCESS, -1, 0, 1, 0, {}},
                         {WITH_WORKSPACE, SUCCESS, -1, WORKSPACE, 1, 3, {}},
                         {REFUSED, SUCCESS, -1, 0, 1, 3, {}},
                         {DIRECT, SUCCESS, -1, 0, 1, 3, {}}};
    *returned = asked < 6 ? asked : 6;
    memcpy(out, all, *returned * sizeof(Performance));
    return SUCCESS;
}

void* stream_of(void* handle) { return static_cast<Handle*>(handle)->stream; }
}  // namespace

#define ENTER(name) \
    if (int injected = software_enter(#name)) return injected;

EXPORT size_t cudnnGetVersion() {
    const char* v = getenv("SOFTWARE_CUDNN_VERSION");
    return v ? atoi(v) : 90500;
}
EXPORT size_t cudnnGetCudartVersion() { return 12060; }
EXPORT const char* cudnnGetErrorString(int status) { return status == BAD_PARAM ? "CUDNN_STATUS_BAD_PARAM" : "CUDNN_STATUS_OTHER"; }

EXPORT int cudnnCreate(void** handle) {
    ENTER(cudnnCreate)
    *handle = new Handle;
    return SUCCESS;
}
EXPORT int cudnnDestroy(void* handle) {
    ENTER(cudnnDestroy)
    delete static_cast<Handle*>(handle);
    return SUCCESS;
}
EXPORT int cudnnSetStream(void* handle, void* stream) {
    ENTER(cudnnSetStream)
    static_cast<Handle*>(handle)->stream = stream;
    return SUCCESS;
}

#define DESCRIPTOR(Name, Type)                             \
    EXPORT int cudnnCreate##Name##Descriptor(void** d) {   \
        ENTER(cudnnCreateDescriptor)                       \
        *d = new Type;                                     \
        return SUCCESS;                                    \
    }                                                      \
    EXPORT int cudnnDestroy##Name##Descriptor(void* d) {   \
        ENTER(cudnnDestroyDescriptor)                      \
        delete static_cast<Type*>(d);                      \
        return SUCCESS;                                    \
    }
DESCRIPTOR(Tensor, Tensor)
DESCRIPTOR(Filter, Tensor)
DESCRIPTOR(Convolution, Convolution)
DESCRIPTOR(Activation, Activation)

EXPORT int cudnnSetTensor4dDescriptor(void* d, int format, int type, int n, int c, int h, int w) {
    if (format != NHWC || (type != FLOAT && type != BFLOAT16) || n < 1 || c < 1 || h < 1 || w < 1) return BAD_PARAM;
    *static_cast<Tensor*>(d) = {n, c, h, w, type == BFLOAT16};
    return SUCCESS;
}
EXPORT int cudnnSetFilter4dDescriptor(void* d, int type, int format, int k, int c, int h, int w) {
    return cudnnSetTensor4dDescriptor(d, format, type, k, c, h, w);
}
EXPORT int cudnnSetConvolution2dDescriptor(void* d, int padH, int padW, int u, int v, int dilationH, int dilationW, int mode, int type) {
    if (mode != 1 || type != FLOAT || padH < 0 || padW < 0 || u < 1 || v < 1) return BAD_PARAM;  // 1: cross-correlation
    *static_cast<Convolution*>(d) = {padH, padW, u, v, dilationH, dilationW};
    return SUCCESS;
}
EXPORT int cudnnSetConvolutionGroupCount(void* d, int groups) { return static_cast<Convolution*>(d)->groups = groups, SUCCESS; }
EXPORT int cudnnSetConvolutionMathType(void* d, int math) { return static_cast<Convolution*>(d)->math = math, SUCCESS; }
EXPORT int cudnnSetActivationDescriptor(void* d, int mode, int, double) { return static_cast<Activation*>(d)->mode = mode, SUCCESS; }

#define UNPACK(xd, wd, cd, yd)                                                                              \
    Tensor xt = *static_cast<const Tensor*>(xd), wt = *static_cast<const Tensor*>(wd), yt = *static_cast<const Tensor*>(yd); \
    Convolution ct = *static_cast<const Convolution*>(cd);                                                  \
    if (!fits(xt, wt, ct, yt)) return BAD_PARAM;

EXPORT int cudnnGetConvolutionForwardAlgorithm_v7(void*, void* x, void* w, void* c, void* y, int n, int* got, Performance* out) {
    ENTER(cudnnGetConvolutionForwardAlgorithm_v7)
    UNPACK(x, w, c, y)
    return algorithms(n, got, out);
}
EXPORT int cudnnGetConvolutionBackwardDataAlgorithm_v7(void*, void* w, void* y, void* c, void* x, int n, int* got, Performance* out) {
    ENTER(cudnnGetConvolutionBackwardDataAlgorithm_v7)
    UNPACK(x, w, c, y)
    return algorithms(n, got, out);
}
EXPORT int cudnnGetConvolutionBackwardFilterAlgorithm_v7(void*, void* x, void* y, void* c, void* w, int n, int* got, Performance* out) {
    ENTER(cudnnGetConvolutionBackwardFilterAlgorithm_v7)
    UNPACK(x, w, c, y)
    return algorithms(n, got, out);
}

EXPORT int cudnnGetConvolutionForwardWorkspaceSize(void*, void* x, void* w, void* c, void* y, int algo, size_t* bytes) {
    ENTER(cudnnGetConvolutionForwardWorkspaceSize)
    UNPACK(x, w, c, y)
    return *bytes = workspace_of(algo), SUCCESS;
}
EXPORT int cudnnGetConvolutionBackwardDataWorkspaceSize(void*, void* w, void* y, void* c, void* x, int algo, size_t* bytes) {
    ENTER(cudnnGetConvolutionBackwardDataWorkspaceSize)
    UNPACK(x, w, c, y)
    return *bytes = workspace_of(algo), SUCCESS;
}
EXPORT int cudnnGetConvolutionBackwardFilterWorkspaceSize(void*, void* x, void* y, void* c, void* w, int algo, size_t* bytes) {
    ENTER(cudnnGetConvolutionBackwardFilterWorkspaceSize)
    UNPACK(x, w, c, y)
    return *bytes = workspace_of(algo), SUCCESS;
}

namespace {
// A forward pass, with bias and ReLU where there is a bias.
int forward(
    void* handle, float alpha, void* xd, const void* x, void* wd, const void* w, void* cd, int algo, void* workspace, size_t bytes,
    float beta, const void* bias, void* yd, void* y) {
    UNPACK(xd, wd, cd, yd)
    if (alpha != 1 || beta != 0) return NOT_SUPPORTED;
    if (int rc = begin(algo, wt, yt, workspace, bytes, stream_of(handle))) return rc;
    software_enqueue(stream_of(handle), "cudnnConvolutionForward", [=] {
        auto in = read(x, xt, ct), weight = read(w, wt, ct);
        std::vector<float> out(size_of(yt));
        each_product(xt, wt, ct, yt, [&](size_t i, size_t j, size_t k) { out[k] += in[i] * weight[j]; });
        if (bias) {
            auto b = software_read(bias, yt.narrow, yt.c);
            for (size_t i = 0; i < out.size(); i++) {
                float v = out[i] + b[i % yt.c];
                out[i] = v <= 0 ? 0 : v;
            }
        }
        software_write(y, yt.narrow, out);
    });
    return SUCCESS;
}
}  // namespace

EXPORT int cudnnConvolutionForward(
    void* handle, const float* alpha, void* xd, const void* x, void* wd, const void* w, void* cd, int algo, void* workspace,
    size_t bytes, const float* beta, void* yd, void* y) {
    ENTER(cudnnConvolutionForward)
    return forward(handle, *alpha, xd, x, wd, w, cd, algo, workspace, bytes, *beta, nullptr, yd, y);
}

EXPORT int cudnnConvolutionBiasActivationForward(
    void* handle, const float* alpha, void* xd, const void* x, void* wd, const void* w, void* cd, int algo, void* workspace,
    size_t bytes, const float* alpha2, void*, const void*, void* bd, const void* bias, void* ad, void* yd, void* y) {
    ENTER(cudnnConvolutionBiasActivationForward)
    const Tensor &b = *static_cast<Tensor*>(bd), &yt = *static_cast<Tensor*>(yd);
    if (*alpha2 != 0 || static_cast<Activation*>(ad)->mode != 1) return NOT_SUPPORTED;  // 1: ReLU
    if (b.n != 1 || b.c != yt.c || b.h != 1 || b.w != 1 || b.narrow != yt.narrow) return BAD_PARAM;
    return forward(handle, *alpha, xd, x, wd, w, cd, algo, workspace, bytes, 0, bias, yd, y);
}

EXPORT int cudnnConvolutionBackwardData(
    void* handle, const float* alpha, void* wd, const void* w, void* yd, const void* dy, void* cd, int algo, void* workspace,
    size_t bytes, const float* beta, void* xd, void* dx) {
    ENTER(cudnnConvolutionBackwardData)
    UNPACK(xd, wd, cd, yd)
    if (*alpha != 1 || *beta != 0) return NOT_SUPPORTED;
    if (int rc = begin(algo, wt, yt, workspace, bytes, stream_of(handle))) return rc;
    software_enqueue(stream_of(handle), "cudnnConvolutionBackwardData", [=] {
        auto weight = read(w, wt, ct), out = read(dy, yt, ct);
        std::vector<float> in(size_of(xt));
        each_product(xt, wt, ct, yt, [&](size_t i, size_t j, size_t k) { in[i] += out[k] * weight[j]; });
        software_write(dx, xt.narrow, in);
    });
    return SUCCESS;
}

EXPORT int cudnnConvolutionBackwardFilter(
    void* handle, const float* alpha, void* xd, const void* x, void* yd, const void* dy, void* cd, int algo, void* workspace,
    size_t bytes, const float* beta, void* wd, void* dw) {
    ENTER(cudnnConvolutionBackwardFilter)
    UNPACK(xd, wd, cd, yd)
    if (*alpha != 1 || *beta != 0) return NOT_SUPPORTED;
    if (int rc = begin(algo, wt, yt, workspace, bytes, stream_of(handle))) return rc;
    software_enqueue(stream_of(handle), "cudnnConvolutionBackwardFilter", [=] {
        auto in = read(x, xt, ct), out = read(dy, yt, ct);
        std::vector<float> weight(size_of(wt));
        each_product(xt, wt, ct, yt, [&](size_t i, size_t j, size_t k) { weight[j] += out[k] * in[i]; });
        software_write(dw, wt.narrow, weight);
    });
    return SUCCESS;
}
