package dev.aorta.cuda;

import dev.aorta.backend.Buffer;
import dev.aorta.backend.MatMulShape;
import dev.aorta.cuda.CudaBuffer.Storage;
import org.jspecify.annotations.Nullable;

/** Matrix products, by cuBLAS where it is there and else by own kernels, matmul.cuh. */
final class Products {
    private static final int MOST_LAYERS = 65_535; // of a grid

    private final Launcher launcher;
    private final MemoryPool pool;
    private final Conversion conversion;
    private final @Nullable Cublas cublas;
    private final Storage factors;
    private final Product product;

    Products(
            Launcher launcher, MemoryPool pool, Conversion conversion, @Nullable Cublas cublas, CudaOptions.Math math) {
        this.launcher = launcher;
        this.pool = pool;
        this.conversion = conversion;
        this.cublas = cublas;
        factors = math == CudaOptions.Math.BFLOAT16 ? Storage.BFLOAT16 : Storage.FLOAT32;
        product = Product.of(math);
    }

    void matmul(Buffer c, Buffer a, Buffer b, MatMulShape shape) {
        MatMulShape s = merged(shape);
        if (cublas == null) {
            product.kernel(launcher, "matmul").buffer(c).buffer(a).buffer(b).geometry(s);
            product.run(launcher, s.m(), s.n(), Math.min(s.batch(), MOST_LAYERS));
            return;
        }
        try (var scratch = new Scratch(pool)) {
            cublas.matmul(CudaBuffer.of(c), conversion.as(factors, a, scratch), conversion.as(factors, b, scratch), s);
        }
    }

    /** One product of many rows instead of many products with one right factor. */
    private static MatMulShape merged(MatMulShape s) {
        return s.oneB() && !s.oneA() && !s.transposeA()
                ? MatMulShape.of(s.batch() * s.m(), s.n(), s.k(), false, s.transposeB())
                : s;
    }
}
