package dev.aorta.onnx.operators;

import dev.aorta.Shape;
import dev.aorta.backend.Buffer;
import dev.aorta.op.CustomOp;
import java.util.function.DoubleUnaryOperator;
import org.jspecify.annotations.Nullable;

/**
 * A function of every element that no device has a kernel for, computed on the host in double precision on one thread. Input: x.
 */
record HostFunction(String name, Shape outputShape, DoubleUnaryOperator value, DoubleUnaryOperator slope)
        implements CustomOp {
    @Override
    public void forward(Call c) {
        float[] x = new float[outputShape.size()];
        c.backend().download(x, c.in()[0]);
        for (int i = 0; i < x.length; i++) {
            x[i] = (float) value.applyAsDouble(x[i]);
        }
        c.backend().upload(c.out(), x);
    }

    @Override
    public void backward(Call c, Buffer dy, @Nullable Buffer[] dx) {
        if (dx[0] != null) {
            float[] x = new float[outputShape.size()];
            float[] g = new float[outputShape.size()];
            c.backend().download(x, c.in()[0]);
            c.backend().download(g, dy);
            for (int i = 0; i < x.length; i++) {
                g[i] = (float) (g[i] * slope.applyAsDouble(x[i]));
            }
            c.backend().upload(dx[0], g);
        }
    }
}
