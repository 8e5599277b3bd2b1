package dev.aorta.onnx.operators;

import dev.aorta.Tensor;
import dev.aorta.onnx.value.DeviceValue;

/** Between the standard's (N, C, H, W) or (N, C, L) and our (N, H, W, C), where a sequence is an image of one row. */
final class Planes {
    private static final int[] SEQUENCE = {0, 2, 1};
    private static final int[] IMAGE = {0, 2, 3, 1};

    private Planes() {}

    /** The order in memory that convolutions want. */
    static int[] order(int rank) {
        return rank == 3 ? SEQUENCE.clone() : IMAGE.clone();
    }

    /** (N, H, W, C) of a value (N, C, H, W) or (N, C, L); so too the kernels (out, in, kH, kW) and (out, in, k). */
    static Tensor image(DeviceValue x) {
        DeviceValue last = x.to(order(x.rank()));
        return x.rank() == 3 ? last.shaped(x.dim(0), 1, x.dim(2), x.dim(1)) : last.tensor();
    }

    /** The value of (N, H, W, C), as many axes as another. */
    static DeviceValue value(Tensor y, DeviceValue x) {
        int n = y.shape().dim(0);
        int channels = y.shape().dim(3);
        int height = y.shape().dim(1);
        int width = y.shape().dim(2);
        return x.rank() == 3
                ? x.like(y, new int[] {n, channels, width}, order(3))
                : x.like(y, new int[] {n, channels, height, width}, order(4));
    }
}
