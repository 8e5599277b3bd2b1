package dev.aorta.bench.peers;

import dev.aorta.Device;
import dev.aorta.Shape;
import dev.aorta.Tensor;
import java.util.Random;
import org.bytedeco.pytorch.global.torch.ScalarType;

/**
 * An input of an operation, the same in all engines.
 *
 * @param values in row-major order
 * @param shape of them
 * @param gradient whether its gradient is compared
 */
@SuppressWarnings("ArrayRecordComponent") // read-only values, never compared as a record
record Operand(float[] values, Shape shape, boolean gradient) {
    /** Standard normal numbers, always the same for the same shape. */
    static Operand normal(int... dims) {
        Shape shape = Shape.of(dims);
        float[] values = new float[shape.size()];
        Random random = new Random(shape.hashCode());
        for (int i = 0; i < values.length; i++) {
            values[i] = (float) random.nextGaussian();
        }
        return new Operand(values, shape, true);
    }

    /** Given numbers along one axis. */
    static Operand of(float... values) {
        return new Operand(values, Shape.of(values.length), true);
    }

    /** The same without a gradient, as labels are. */
    Operand constant() {
        return new Operand(values, shape, false);
    }

    /** The same values in another shape. */
    Operand reshape(int... dims) {
        return new Operand(values, Shape.of(dims), gradient);
    }

    Tensor on(Device device) {
        Tensor t = Tensor.of(device, values, shape.dims());
        return gradient ? t.requireGradient() : t;
    }

    org.bytedeco.pytorch.Tensor inTorch(ScalarType type) {
        return Libtorch.of(values, shape, type).set_requires_grad(gradient);
    }
}
