package dev.aorta.bench.peers;

import static dev.aorta.bench.peers.Libtorch.channelsFirst;
import static dev.aorta.bench.peers.Libtorch.channelsLast;
import static dev.aorta.bench.peers.Operand.normal;
import static org.bytedeco.pytorch.global.torch.*;

import dev.aorta.Conv2dOptions;
import dev.aorta.Padding;
import java.util.List;
import org.bytedeco.pytorch.TensorOptional;

/** The convolutions of ResNet-18 and -50, MobileNetV2 and EfficientNet-B0 on one image of 224 x 224, without bias. */
final class ImageConvolutions {
    private ImageConvolutions() {}

    static List<Operation> all() {
        return List.of(
                conv(3, 64, 7, 2, 224, 1),
                conv(3, 32, 3, 2, 224, 1),
                conv(64, 64, 3, 1, 56, 1),
                conv(128, 128, 3, 1, 28, 1),
                conv(256, 256, 3, 1, 14, 1),
                conv(512, 512, 3, 1, 7, 1),
                conv(64, 128, 3, 2, 56, 1),
                conv(256, 512, 3, 2, 14, 1),
                conv(64, 256, 1, 1, 56, 1),
                conv(256, 64, 1, 1, 56, 1),
                conv(512, 128, 1, 1, 28, 1),
                conv(1024, 256, 1, 1, 14, 1),
                conv(512, 2048, 1, 1, 7, 1),
                conv(256, 512, 1, 2, 56, 1),
                conv(16, 96, 1, 1, 112, 1),
                conv(96, 24, 1, 1, 56, 1),
                conv(384, 64, 1, 1, 14, 1),
                conv(160, 960, 1, 1, 7, 1),
                conv(320, 1280, 1, 1, 7, 1),
                conv(32, 32, 3, 1, 112, 32),
                conv(96, 96, 3, 2, 112, 96),
                conv(144, 144, 5, 2, 56, 144),
                conv(384, 384, 3, 1, 14, 384),
                conv(672, 672, 5, 1, 14, 672),
                conv(960, 960, 3, 1, 7, 960));
    }

    private static Operation conv(int in, int out, int kernel, int stride, int side, int groups) {
        int pad = kernel / 2;
        int outSide = (side + 2 * pad - kernel) / stride + 1;
        Conv2dOptions options = new Conv2dOptions(stride, stride, Padding.of(pad), 1, 1, groups);
        long[] strides = {stride, stride};
        long[] pads = {pad, pad};
        long[] unit = {1, 1};
        TensorOptional none = new TensorOptional();
        String name = (groups > 1 ? "depthwise " : "") + kernel + "x" + kernel + (stride > 1 ? "/" + stride : "") + " "
                + in + "-" + out + ", " + side;
        return new Operation(
                name,
                x -> x[0].conv2d(x[1], options),
                x -> channelsLast(conv2d(channelsFirst(x[0]), channelsFirst(x[1]), none, strides, pads, unit, groups)),
                List.of(normal(1, side, side, in), normal(out, kernel, kernel, in / groups)),
                2.0 * kernel * kernel * in / groups * out * outSide * outSide);
    }
}
