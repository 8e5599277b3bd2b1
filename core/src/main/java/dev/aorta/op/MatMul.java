package dev.aorta.op;

import dev.aorta.Shape;
import dev.aorta.backend.Backend;
import dev.aorta.backend.Buffer;
import dev.aorta.backend.MatMulShape;
import dev.aorta.backend.ReduceShape;
import dev.aorta.backend.Reduction;
import org.jspecify.annotations.Nullable;

/**
 * Matrix products {@code y = a * b}, or {@code a * b^T}: da = dy * b^T, db = a^T * dy. Inputs: a (.., m, k), b (.., k, n) or,
 * transposed, (.., n, k); of either a batch or a single matrix.
 *
 * @param outputShape shape of the result
 * @param shape geometry
 */
public record MatMul(Shape outputShape, MatMulShape shape) implements Op {
    @Override
    public String name() {
        return "matmul";
    }

    @Override
    public void forward(Call c) {
        c.backend().matmul(c.out(), c.in()[0], c.in()[1], shape);
    }

    @Override
    public void backward(Call c, Buffer dy, @Nullable Buffer[] dx) {
        MatMulShape s = shape;
        Buffer a = c.in()[0];
        Buffer b = c.in()[1];
        if (dx[0] != null) {
            var da = new MatMulShape(s.batch(), s.m(), s.k(), s.n(), false, !s.transposeB(), false, s.oneB());
            sumOfProducts(c.backend(), dx[0], dy, b, da, s.oneA());
        }
        if (dx[1] != null && s.transposeB()) {
            var db = new MatMulShape(s.batch(), s.n(), s.k(), s.m(), true, false, false, s.oneA());
            sumOfProducts(c.backend(), dx[1], dy, a, db, s.oneB());
        } else if (dx[1] != null) {
            var db = new MatMulShape(s.batch(), s.k(), s.n(), s.m(), true, false, s.oneA(), false);
            sumOfProducts(c.backend(), dx[1], a, dy, db, s.oneB());
        }
    }

    /** The products of a batch, added up where they belong to one matrix. */
    private static void sumOfProducts(Backend backend, Buffer d, Buffer a, Buffer b, MatMulShape s, boolean one) {
        if (!one || s.batch() == 1) {
            backend.matmul(d, a, b, s);
            return;
        }
        try (Temporary products = Temporary.of(backend, s.batch() * s.m() * s.n())) {
            backend.matmul(products.buffer(), a, b, s);
            backend.reduce(d, products.buffer(), Reduction.SUM, new ReduceShape(1, s.batch(), s.m() * s.n()));
        }
    }
}
