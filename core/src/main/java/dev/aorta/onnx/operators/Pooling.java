package dev.aorta.onnx.operators;

import dev.aorta.Pool2dOptions;
import dev.aorta.Tensor;
import dev.aorta.onnx.proto.ElementType;
import dev.aorta.onnx.value.DeviceValue;
import dev.aorta.onnx.value.Dims;
import dev.aorta.onnx.value.HostValue;
import dev.aorta.onnx.value.Value;
import java.util.Arrays;
import java.util.List;

/** Pooling of images and sequences. */
final class Pooling {
    private static final String WINDOW = "auto_pad ceil_mode dilations kernel_shape pads strides";

    private Pooling() {}

    static List<Operator> rows() {
        return List.of(
                Operator.many("MaxPool", WINDOW + " storage_order", Pooling::max),
                Operator.of("AveragePool", WINDOW + " count_include_pad", Pooling::average),
                Operator.of("MaxUnpool", "kernel_shape pads strides", Pooling::unpool)
                        .host(1, 2),
                Operator.of("LpPool", WINDOW + " p", Pooling::lp),
                Operator.of("GlobalAveragePool", "", c -> overImage(c, "ReduceMean")),
                Operator.of("GlobalMaxPool", "", c -> overImage(c, "ReduceMax")),
                Operator.of(
                        "GlobalLpPool",
                        "p",
                        c -> root(
                                c,
                                Reductions.reduce(c, power(c, c.device(0)), "ReduceSum", spatial(c.device(0)), true))));
    }

    private static int[] spatial(DeviceValue x) {
        int[] axes = new int[Math.max(0, x.rank() - 2)];
        Arrays.setAll(axes, i -> i + 2);
        return axes;
    }

    private static Value overImage(Call c, String reduction) {
        DeviceValue x = c.device(0);
        return Reductions.reduce(c, x, reduction, spatial(x), true);
    }

    private static Window window(Call c, DeviceValue x) {
        long[] kernel = c.ints("kernel_shape");
        if (kernel == null) {
            throw c.invalid("attribute kernel_shape is missing");
        }
        return Window.of(c, Arrays.stream(kernel).mapToInt(c::extent).toArray(), x, x.dims());
    }

    private static List<Value> max(Call c) {
        DeviceValue x = c.device(0);
        Window w = window(c, x);
        Tensor image = Planes.image(x);
        Window all = c.integer("ceil_mode", 0) == 0
                ? w
                : w.ceiled(image.shape().dim(1), image.shape().dim(2));
        Tensor y = all.isDilated() || wide(all)
                ? Taps.combine(image, all, Float.NEGATIVE_INFINITY, Tensor::max)
                : image.maxPool2d(options(all));
        DeviceValue value = Planes.value(y, x);
        return c.outputs() < 2 ? List.of(value) : List.of(value, indices(c, x, value, all));
    }

    private static Pool2dOptions options(Window w) {
        return new Pool2dOptions(w.kernel()[0], w.kernel()[1], w.stride()[0], w.stride()[1], w.padding());
    }

    /** Whether a window could lie in the padding alone. */
    private static boolean wide(Window w) {
        return Math.max(w.before()[0], w.after()[0]) >= w.kernel()[0]
                || Math.max(w.before()[1], w.after()[1]) >= w.kernel()[1];
    }

    /** Where in (N, C, H, W) the largest of each window stands, on the host. */
    private static HostValue indices(Call c, DeviceValue x, DeviceValue y, Window w) {
        HostValue from = x.host();
        boolean columnsFirst = c.integer("storage_order", 0) != 0;
        int h = x.rank() == 3 ? 1 : x.dim(2);
        int wide = x.dim(x.rank() - 1);
        int outH = y.rank() == 3 ? 1 : y.dim(2);
        int outW = y.dim(y.rank() - 1);
        long[] found = new long[y.size()];
        for (int i = 0; i < found.length; i++) {
            int plane = i / (outH * outW);
            int top = i / outW % outH * w.stride()[0] - w.before()[0];
            int left = i % outW * w.stride()[1] - w.before()[1];
            double best = Double.NEGATIVE_INFINITY;
            for (int ky = 0; ky < w.kernel()[0]; ky++) {
                for (int kx = 0; kx < w.kernel()[1]; kx++) {
                    int row = top + ky * w.dilation()[0];
                    int column = left + kx * w.dilation()[1];
                    boolean inside = row >= 0 && row < h && column >= 0 && column < wide;
                    double v = inside ? from.real((plane * h + row) * wide + column) : Double.NaN;
                    if (v > best) {
                        best = v;
                        found[i] = (long) plane * h * wide
                                + (columnsFirst ? (long) column * h + row : (long) row * wide + column);
                    }
                }
            }
        }
        return HostValue.of(ElementType.INT64, y.dims(), found);
    }

    /** The inverse of pooling with indices, on the host: every other element is 0. */
    private static Value unpool(Call c) {
        HostValue x = c.constant(c.in(0));
        HostValue indices = c.host(1);
        int axes = x.rank() - 2;
        int[] kernel = c.ints("kernel_shape", axes, 1);
        int[] stride = c.ints("strides", axes, 1);
        int[] pads = c.ints("pads", 2 * axes, 0);
        long[] all = new long[x.rank()];
        Arrays.setAll(all, i -> x.dim(i));
        for (int i = 0; i < axes; i++) {
            all[i + 2] = (x.dim(i + 2) - 1L) * stride[i] + kernel[i] - pads[i] - pads[i + axes];
        }
        int[] dims = c.limited(all);
        double[] y = new double[Dims.size(dims)];
        for (int i = 0; i < x.size(); i++) {
            long at = indices.whole(i);
            if (at < 0 || at >= y.length) {
                throw c.invalid("index " + at + " does not lie in " + Arrays.toString(dims));
            }
            y[(int) at] = x.real(i);
        }
        Value unpooled = HostValue.of(ElementType.DOUBLE, dims, y).cast(x.type());
        return c.has(2) ? Cutting.enlarged(c, unpooled, c.longs(2)) : unpooled;
    }

    private static Value average(Call c) {
        DeviceValue x = c.device(0);
        Window w = window(c, x);
        boolean ceil = c.integer("ceil_mode", 0) != 0;
        Tensor image = Planes.image(x);
        Window all = ceil ? w.ceiled(image.shape().dim(1), image.shape().dim(2)) : w;
        if (c.integer("count_include_pad", 0) != 0) {
            image = Taps.padded(image, w, 0);
            all = all.without(w);
        }
        if (!all.isDilated() && !wide(all)) {
            return Planes.value(image.avgPool2d(options(all)), x);
        }
        Tensor ones = Tensor.zeros(c.on(), image.shape().with(0, 1).with(3, 1)).add(1);
        Tensor counts = Taps.combine(ones, all, 0, Tensor::add);
        return Planes.value(Taps.combine(image, all, 0, Tensor::add).div(counts), x);
    }

    private static Value lp(Call c) {
        DeviceValue x = power(c, c.device(0));
        Window w = window(c, x);
        Tensor image = Planes.image(x);
        Window all = c.integer("ceil_mode", 0) == 0
                ? w
                : w.ceiled(image.shape().dim(1), image.shape().dim(2));
        return root(c, Planes.value(Taps.combine(image, all, 0, Tensor::add), x));
    }

    private static DeviceValue power(Call c, DeviceValue x) {
        int p = c.integer("p", 2);
        return x.map(t -> p == 1 ? t.abs() : p == 2 ? t.square() : t.abs().pow(p));
    }

    private static Value root(Call c, Value sum) {
        int p = c.integer("p", 2);
        return c.device(sum).map(t -> p == 1 ? t : p == 2 ? t.sqrt() : t.pow(1f / p));
    }
}
