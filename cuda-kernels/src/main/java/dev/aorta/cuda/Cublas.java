package dev.aorta.cuda;

import dev.aorta.backend.MatMulShape;
import java.lang.foreign.Arena;
import java.lang.foreign.ValueLayout;
import java.util.Random;
import jcuda.Pointer;
import jcuda.cudaDataType;
import jcuda.jcublas.JCublas2;
import jcuda.jcublas.cublasComputeType;
import jcuda.jcublas.cublasGemmAlgo;
import jcuda.jcublas.cublasHandle;
import jcuda.jcublas.cublasMath;
import jcuda.jcublas.cublasOperation;

/** Matrix products through cuBLAS 12 or 13. */
final class Cublas implements AutoCloseable {
    private final CudaDevice device;
    private final MemoryPool pool;
    private final cublasHandle handle = new cublasHandle();
    private final Arena arena = Arena.ofShared();
    private final NativePointer one = new NativePointer(arena.allocateFrom(ValueLayout.JAVA_FLOAT, 1f));
    private final NativePointer zero = new NativePointer(arena.allocateFrom(ValueLayout.JAVA_FLOAT, 0f));
    private final int version;

    /** @throws CudaException when the version is not one this was written for or the self-test computes a wrong product */
    Cublas(CudaDevice device, MemoryPool pool, Staging staging, CudaOptions.Math math) {
        this.device = device;
        this.pool = pool;
        device.bind();
        int created = JCublas2.cublasCreate(handle);
        if (created != 0) {
            arena.close();
        }
        check(created, "cublasCreate");
        try {
            version = prepare(staging, math);
        } catch (CudaException e) {
            JCublas2.cublasDestroy(handle);
            arena.close();
            throw e;
        }
    }

    private int prepare(Staging staging, CudaOptions.Math math) {
        int[] number = new int[1];
        check(JCublas2.cublasGetVersion(handle, number), "cublasGetVersion");
        int major = number[0] / 10000;
        if (major != 12 && major != 13) {
            throw new CudaException(
                    "[" + device.name + "] cuBLAS " + text(number[0]) + " is not one of 12 and 13\n"
                            + "    cure      install cuBLAS 12 or 13, or set aorta.cuda.libraries=none to use Aorta's own kernels");
        }
        check(JCublas2.cublasSetStream(handle, device.runtimeStream()), "cublasSetStream");
        selfTest(staging, number[0]);
        check(
                JCublas2.cublasSetMathMode(
                        handle,
                        switch (math) {
                            case TF32 -> cublasMath.CUBLAS_TF32_TENSOR_OP_MATH;
                            case FP32 -> cublasMath.CUBLAS_PEDANTIC_MATH;
                            case BFLOAT16 -> cublasMath.CUBLAS_MATH_DISALLOW_REDUCED_PRECISION_REDUCTION;
                        }),
                "cublasSetMathMode");
        return number[0];
    }

    /** For example {@code 12.6}. */
    String versionText() {
        return text(version);
    }

    private static String text(int version) {
        return version / 10000 + "." + version % 10000 / 100;
    }

    /**
     * {@link dev.aorta.backend.Backend#matmul}; a and b are stored alike, and the sums are float32. cuBLAS counts by columns, in
     * which a row-major matrix is its own transpose, so this asks for {@code c' = b' * a'}.
     */
    void matmul(CudaBuffer c, CudaBuffer a, CudaBuffer b, MatMulShape s) {
        device.bind();
        int m = s.n();
        int n = s.m();
        int k = s.k();
        int left = s.transposeB() ? cublasOperation.CUBLAS_OP_T : cublasOperation.CUBLAS_OP_N;
        int right = s.transposeA() ? cublasOperation.CUBLAS_OP_T : cublasOperation.CUBLAS_OP_N;
        int lda = s.transposeB() ? k : m;
        int ldb = s.transposeA() ? n : k;
        long nextA = s.oneB() ? 0 : (long) m * k;
        long nextB = s.oneA() ? 0 : (long) k * n;
        long nextC = (long) m * n;
        Pointer ap = b.live().pointer();
        Pointer bp = a.live().pointer();
        Pointer cp = c.live().pointer();
        int type = type(a);
        int compute = cublasComputeType.CUBLAS_COMPUTE_32F;
        int algorithm = cublasGemmAlgo.CUBLAS_GEMM_DEFAULT;
        boolean wide = type == cudaDataType.CUDA_R_32F;
        if (wide && s.batch() == 1) {
            check(
                    JCublas2.cublasSgemm(handle, left, right, m, n, k, one, ap, lda, bp, ldb, zero, cp, m),
                    "cublasSgemm");
        } else if (wide) {
            check(
                    JCublas2.cublasSgemmStridedBatched(
                            handle, left, right, m, n, k, one, ap, lda, nextA, bp, ldb, nextB, zero, cp, m, nextC,
                            s.batch()),
                    "cublasSgemmStridedBatched");
        } else if (s.batch() == 1) {
            check(
                    JCublas2.cublasGemmEx_new(
                            handle, left, right, m, n, k, one, ap, type, lda, bp, type, ldb, zero, cp, type(c), m,
                            compute, algorithm),
                    "cublasGemmEx");
        } else {
            check(
                    JCublas2.cublasGemmStridedBatchedEx_new(
                            handle, left, right, m, n, k, one, ap, type, lda, nextA, bp, type, ldb, nextB, zero, cp,
                            type(c), m, nextC, s.batch(), compute, algorithm),
                    "cublasGemmStridedBatchedEx");
        }
    }

    private static int type(CudaBuffer buffer) {
        return switch (buffer.storage()) {
            case FLOAT32 -> cudaDataType.CUDA_R_32F;
            case BFLOAT16 -> cudaDataType.CUDA_R_16BF;
        };
    }

    /** Compares a small product with Java's, because names that resolve do not prove that a library computes what we ask. */
    private void selfTest(Staging staging, int number) {
        int m = 2;
        int n = 3;
        int k = 4;
        var random = new Random(1);
        float[] a = new float[m * k];
        float[] b = new float[k * n];
        for (int i = 0; i < a.length; i++) {
            a[i] = random.nextFloat();
        }
        for (int i = 0; i < b.length; i++) {
            b[i] = random.nextFloat();
        }
        float[] c = new float[m * n];
        try (var scratch = new Scratch(pool)) {
            CudaBuffer da = scratch.take(a.length);
            CudaBuffer db = scratch.take(b.length);
            CudaBuffer dc = scratch.take(c.length);
            staging.upload(da, a);
            staging.upload(db, b);
            matmul(dc, da, db, MatMulShape.of(m, n, k, false, false));
            staging.download(c, dc);
        }
        for (int i = 0; i < m * n; i++) {
            float expected = 0;
            for (int p = 0; p < k; p++) {
                expected += a[i / n * k + p] * b[p * n + i % n];
            }
            if (!(Math.abs(c[i] - expected) < 1e-5f)) {
                throw new CudaException(
                        "[" + device.name + "] cuBLAS " + text(number) + " computes a wrong product: " + c[i]
                                + " for " + expected
                                + "\n    cure      install another cuBLAS, or set aorta.cuda.libraries=none to use Aorta's own kernels");
            }
        }
    }

    private void check(int status, String what) {
        if (status != 0) {
            throw new CudaException("[" + device.name + "] " + what + " failed: status " + status);
        }
    }

    @Override
    public void close() {
        device.bind();
        check(JCublas2.cublasDestroy(handle), "cublasDestroy");
        arena.close();
    }
}
