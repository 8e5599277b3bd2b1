package dev.aorta.bench.peers;

import dev.aorta.Shape;
import java.util.Arrays;
import org.bytedeco.javacpp.DoublePointer;
import org.bytedeco.pytorch.Scalar;
import org.bytedeco.pytorch.ScalarOptional;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.TensorOptional;
import org.bytedeco.pytorch.global.torch;
import org.bytedeco.pytorch.global.torch.ScalarType;

/** Between arrays and libtorch's tensors. */
final class Libtorch {
    private Libtorch() {}

    /** A tensor in the layout of Aorta. */
    static Tensor of(float[] values, Shape shape, ScalarType type) {
        long[] dims = Arrays.stream(shape.dims()).asLongStream().toArray();
        return torch.tensor(values).to(type).reshape(dims);
    }

    /** The values in row-major order. */
    static double[] values(Tensor t) {
        Tensor plain = t.detach().to(ScalarType.Double).contiguous();
        double[] values = new double[Math.toIntExact(plain.numel())];
        new DoublePointer(plain.data_ptr_double()).get(values);
        return values;
    }

    /** (N, H, W, C) to (N, C, H, W), or (out, kH, kW, in) to (out, in, kH, kW); a view. */
    static Tensor channelsFirst(Tensor t) {
        return t.permute(0, 3, 1, 2);
    }

    /** (N, C, H, W) to (N, H, W, C); a view. */
    static Tensor channelsLast(Tensor t) {
        return t.permute(0, 2, 3, 1);
    }

    static TensorOptional optional(Tensor t) {
        return new TensorOptional(t);
    }

    static Scalar scalar(double value) {
        return new Scalar(value);
    }

    static ScalarOptional optional(double value) {
        return new ScalarOptional(scalar(value));
    }
}
