package dev.aorta.op;

import dev.aorta.Shape;
import dev.aorta.backend.Buffer;
import org.jspecify.annotations.Nullable;

/**
 * {@code y = a * b}, or {@code a * b^T}: da = dy * b^T, db = a^T * dy. Inputs: a (m, k), b (k, n) or, transposed, (n, k).
 */
public record MatMul(int m, int n, int k, boolean transposeB) implements Op {
    @Override
    public String name() {
        return "matmul";
    }

    @Override
    public Shape outputShape() {
        return Shape.of(m, n);
    }

    @Override
    public void forward(Call c) {
        c.backend().gemm(c.out(), c.in()[0], false, c.in()[1], transposeB, m, n, k);
    }

    @Override
    public void backward(Call c, Buffer dy, @Nullable Buffer[] dx) {
        Buffer a = c.in()[0];
        Buffer b = c.in()[1];
        if (dx[0] != null) {
            c.backend().gemm(dx[0], dy, false, b, !transposeB, m, k, n);
        }
        if (dx[1] != null && transposeB) {
            c.backend().gemm(dx[1], dy, true, a, false, n, k, m);
        } else if (dx[1] != null) {
            c.backend().gemm(dx[1], a, true, dy, false, k, n, m);
        }
    }
}
