// cuBLAS in software: plain loops, column-major, built once as libcublas.so.12 and once as libcublas.so.13.
#include "software_cuda.h"

#include <cstdlib>

#define EXPORT extern "C" __attribute__((visibility("default")))

namespace {
struct Handle {
    void* stream = nullptr;
    int math = 0;
};
enum { SUCCESS = 0, NOT_INITIALIZED = 1, INVALID_VALUE = 7, NOT_SUPPORTED = 15 };
}  // namespace

#define ENTER(name) \
    if (int injected = software_enter(#name)) return injected;

extern "C" int companion_present();  // in libcublasLt

EXPORT int cublasCreate_v2(void** handle) {
    ENTER(cublasCreate)
    if (companion_present()) return NOT_INITIALIZED;
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

namespace {
enum { R_32F = 0, R_16BF = 14, COMPUTE_32F = 68, TF32_TENSOR_OP_MATH = 3 };

int gemm(
    void* handle, int transA, int transB, int m, int n, int k, float alpha, const void* a, bool narrow, int lda, const void* b,
    int ldb, float beta, void* c, bool narrowC, int ldc) {
    if (!handle) return NOT_INITIALIZED;
    if (m < 0 || n < 0 || k < 0 || lda < (transA ? k : m) || ldb < (transB ? n : k) || ldc != m || beta != 0) return INVALID_VALUE;
    bool tf32 = static_cast<Handle*>(handle)->math == TF32_TENSOR_OP_MATH;
    software_enqueue(static_cast<Handle*>(handle)->stream, "cublas gemm", [=] {
        auto x = software_read(a, narrow, size_t(lda) * (transA ? m : k), tf32);
        auto y = software_read(b, narrow, size_t(ldb) * (transB ? k : n), tf32);
        std::vector<float> z(size_t(m) * n);
        for (int j = 0; j < n; j++) {
            for (int i = 0; i < m; i++) {
                float sum = 0;
                for (int p = 0; p < k; p++) {
                    sum += (transA ? x[size_t(i) * lda + p] : x[size_t(p) * lda + i])
                           * (transB ? y[size_t(p) * ldb + j] : y[size_t(j) * ldb + p]);
                }
                if (getenv("SOFTWARE_CUBLAS_WRONG")) sum += 1;
                z[size_t(j) * m + i] = alpha * sum;
            }
        }
        software_write(c, narrowC, z);
    });
    return SUCCESS;
}
}  // namespace

EXPORT int cublasSgemmStridedBatched(
    void* handle, int transA, int transB, int m, int n, int k, const float* alpha, const float* a, int lda, long long nextA,
    const float* b, int ldb, long long nextB, const float* beta, float* c, int ldc, long long nextC, int batch) {
    ENTER(cublasSgemmStridedBatched)
    int status = SUCCESS;
    for (int i = 0; i < batch && status == SUCCESS; i++) {
        status = gemm(handle, transA, transB, m, n, k, *alpha, a + i * nextA, false, lda, b + i * nextB, ldb, *beta, c + i * nextC,
                      false, ldc);
    }
    return status;
}

EXPORT int cublasGemmStridedBatchedEx(
    void* handle, int transA, int transB, int m, int n, int k, const float* alpha, const uint16_t* a, int typeA, int lda,
    long long nextA, const uint16_t* b, int typeB, int ldb, long long nextB, const float* beta, float* c, int typeC, int ldc,
    long long nextC, int batch, int compute, int) {
    ENTER(cublasGemmStridedBatchedEx)
    if (typeA != R_16BF || typeB != R_16BF || typeC != R_32F || compute != COMPUTE_32F) return NOT_SUPPORTED;
    int status = SUCCESS;
    for (int i = 0; i < batch && status == SUCCESS; i++) {
        status = gemm(handle, transA, transB, m, n, k, *alpha, a + i * nextA, true, lda, b + i * nextB, ldb, *beta, c + i * nextC,
                      false, ldc);
    }
    return status;
}

EXPORT int cublasSgemm_v2(
    void* handle, int transA, int transB, int m, int n, int k, const float* alpha, const float* a, int lda, const float* b,
    int ldb, const float* beta, float* c, int ldc) {
    ENTER(cublasSgemm)
    return gemm(handle, transA, transB, m, n, k, *alpha, a, false, lda, b, ldb, *beta, c, false, ldc);
}

EXPORT int cublasGemmEx(
    void* handle, int transA, int transB, int m, int n, int k, const float* alpha, const void* a, int typeA, int lda,
    const void* b, int typeB, int ldb, const float* beta, void* c, int typeC, int ldc, int compute, int) {
    ENTER(cublasGemmEx)
    if (typeA != R_16BF || typeB != R_16BF || (typeC != R_32F && typeC != R_16BF) || compute != COMPUTE_32F) return NOT_SUPPORTED;
    return gemm(handle, transA, transB, m, n, k, *alpha, a, true, lda, b, ldb, *beta, c, typeC == R_16BF, ldc);
}
