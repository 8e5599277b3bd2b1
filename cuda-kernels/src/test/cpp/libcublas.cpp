// cuBLAS in software: plain loops, column-major, built once as libcublas.so.12 and once as libcublas.so.13.
#include "software_cuda.h"

#include <cstdlib>

#define EXPORT extern "C" __attribute__((visibility("default")))

namespace {
struct Handle {
    void* stream = nullptr;
    int math = 0;
};
enum { SUCCESS = 0, NOT_INITIALIZED = 1, INVALID_VALUE = 7 };
}  // namespace

#define ENTER(name) \
    if (int injected = software_enter(#name)) return injected;

EXPORT int cublasCreate_v2(void** handle) {
    ENTER(cublasCreate)
    *handle = new Handle;
    return SUCCESS;
}

EXPORT int cublasDestroy_v2(void* handle) {
    ENTER(cublasDestroy)
    delete static_cast<Handle*>(handle);
    return SUCCESS;
}

EXPORT int cublasGetVersion_v2(void*, int* version) {
    ENTER(cublasGetVersion)
    const char* v = getenv("SOFTWARE_CUBLAS_VERSION");
    *version = v ? atoi(v) : CUBLAS_MAJOR * 10000 + 600;
    return SUCCESS;
}

EXPORT int cublasSetStream_v2(void* handle, void* stream) {
    ENTER(cublasSetStream)
    static_cast<Handle*>(handle)->stream = stream;
    return SUCCESS;
}

EXPORT int cublasSetMathMode(void* handle, int mode) {
    ENTER(cublasSetMathMode)
    static_cast<Handle*>(handle)->math = mode;
    return SUCCESS;
}

EXPORT int cublasSetWorkspace_v2(void*, void*, size_t) {
    ENTER(cublasSetWorkspace)
    return SUCCESS;
}

EXPORT int cublasSgemm_v2(
    void* handle, int transA, int transB, int m, int n, int k, const float* alpha, const float* a, int lda, const float* b,
    int ldb, const float* beta, float* c, int ldc) {
    ENTER(cublasSgemm)
    if (!handle) return NOT_INITIALIZED;
    if (m < 0 || n < 0 || k < 0 || lda < (transA ? k : m) || ldb < (transB ? n : k) || ldc < m) return INVALID_VALUE;
    float alphaValue = *alpha, betaValue = *beta;
    software_enqueue(static_cast<Handle*>(handle)->stream, "cublasSgemm", [=] {
        for (int j = 0; j < n; j++) {
            for (int i = 0; i < m; i++) {
                float sum = 0;
                for (int p = 0; p < k; p++) {
                    sum += (transA ? a[size_t(i) * lda + p] : a[size_t(p) * lda + i])
                           * (transB ? b[size_t(p) * ldb + j] : b[size_t(j) * ldb + p]);
                }
                float& out = c[size_t(j) * ldc + i];
                if (getenv("SOFTWARE_CUBLAS_WRONG")) sum += 1;
                out = betaValue == 0 ? alphaValue * sum : alphaValue * sum + betaValue * out;
            }
        }
    });
    return SUCCESS;
}
