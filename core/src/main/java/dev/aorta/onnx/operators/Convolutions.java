package dev.aorta.onnx.operators;

import dev.aorta.Conv2dOptions;
import dev.aorta.Conv2dStage;
import dev.aorta.Shape;
import dev.aorta.Tensor;
import dev.aorta.backend.ConvShape;
import dev.aorta.backend.Unary;
import dev.aorta.onnx.proto.Node;
import dev.aorta.onnx.value.DeviceValue;
import dev.aorta.onnx.value.Value;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** Convolutions of images and sequences. */
final class Convolutions {
    private Convolutions() {}

    static List<Operator> rows() {
        return List.of(
                Operator.of(
                                "Conv",
                                "auto_pad dilations group kernel_shape pads strides "
                                        + String.join(" ", Fused.THEN, Fused.THEN_A, Fused.THEN_B),
                                Convolutions::conv)
                        .weights(1, 2),
                Operator.of(Fused.CHAIN, Fused.CHAIN, Convolutions::chain).weights(1, 2, 5, 6, 9, 10),
                Operator.of(
                                "ConvTranspose",
                                "auto_pad dilations group kernel_shape output_padding output_shape pads strides",
                                Convolutions::transposed)
                        .weights(1, 2));
    }

    private static Value conv(Call c) {
        DeviceValue x = c.device(0);
        Tensor scale = null;
        if (c.inOrNull(Fused.SCALE) != null) {
            DeviceValue gate = c.device(Fused.SCALE);
            if (Arrays.equals(gate.dims(), new int[] {x.dim(0), x.rank() == 4 ? x.dim(1) : 0, 1, 1})) {
                scale = Planes.image(gate);
            } else {
                Align both = Align.of(c, x, gate);
                x = both.result(both.tensors()[0].mul(both.tensors()[1]));
            }
        }
        Conv2dStage s = stage(c, x, x.dims());
        Conv2dStage scaled = new Conv2dStage(s.weight(), s.bias(), s.options(), scale, null, s.then());
        return run(c, x, List.of(scaled), c.inOrNull(Fused.ADDED));
    }

    /** Convolutions one after the other, of which the last has a value beside it where there is one. */
    private static Value run(Call c, DeviceValue x, List<Conv2dStage> chain, @Nullable Value beside) {
        Tensor image = Planes.image(x);
        if (beside == null) {
            return Planes.value(image.conv2d(chain), x);
        }
        DeviceValue added = c.device(beside);
        Shape shape = image.shape();
        for (Conv2dStage s : chain) {
            shape = ConvShape.of("", shape, s.weight().shape(), s.options()).output();
        }
        Conv2dStage last = chain.getLast();
        List<Conv2dStage> all = new ArrayList<>(chain);
        Unary then = last.then();
        if (added.rank() == x.rank()) {
            Tensor same = Planes.image(added);
            if (same.shape().equals(shape)) {
                all.set(
                        all.size() - 1,
                        new Conv2dStage(last.weight(), last.bias(), last.options(), last.scale(), same, then));
                return Planes.value(image.conv2d(all), x);
            }
        }
        all.set(all.size() - 1, new Conv2dStage(last.weight(), last.bias(), last.options(), last.scale(), null, null));
        Align both = Align.of(c, Planes.value(image.conv2d(all), x), added);
        Tensor sum = both.tensors()[0].add(both.tensors()[1]);
        return both.result(then == null ? sum : sum.map(then));
    }

    private static Value chain(Call c) {
        DeviceValue x = c.device(0);
        int[] dims = x.dims();
        List<Conv2dStage> chain = new ArrayList<>();
        Value beside = null;
        int first = 0;
        for (Node node : c.nodes(Fused.CHAIN)) {
            Conv2dStage s = stage(
                    c.part(node, null, c.in(first + 1), c.inOrNull(first + 2)),
                    chain.isEmpty() ? x : Arrays.toString(dims),
                    dims);
            Shape image = Shape.of(dims[0], dims[2], dims[3], dims[1]);
            Shape y = ConvShape.of("", image, s.weight().shape(), s.options()).output();
            dims = new int[] {y.dim(0), y.dim(3), y.dim(1), y.dim(2)};
            beside = c.inOrNull(first + Fused.ADDED);
            chain.add(s);
            first += Fused.STAGE;
        }
        return run(c, x, chain, beside);
    }

    /**
     * A convolution, without what is added.
     *
     * @param x its image, for messages
     * @param dims extents of the image, (N, C, ..)
     */
    private static Conv2dStage stage(Call c, Object x, int[] dims) {
        DeviceValue w = weight(c, x, dims);
        Window window = Window.of(c, kernel(w), x, dims);
        int groups = c.integer("group", 1);
        if (dims[1] != (long) w.dim(1) * groups) {
            throw c.invalid(x + " has " + dims[1] + " channels, the weight " + w + " takes " + w.dim(1) + " in "
                    + groups + " groups");
        }
        int[] plane = Window.plane(Arrays.copyOfRange(dims, 2, dims.length), 1);
        c.limited(dims[0], window.positions(0, plane[0], false), window.positions(1, plane[1], false), w.dim(0));
        return new Conv2dStage(Planes.image(w), bias(c), options(window, groups), null, null, then(c));
    }

    private static @Nullable Unary then(Call c) {
        return c.given(Fused.THEN)
                ? new Unary(
                        Unary.Kind.valueOf(c.text(Fused.THEN, "")), c.real(Fused.THEN_A, 0), c.real(Fused.THEN_B, 0))
                : null;
    }

    private static Conv2dOptions options(Window w, int groups) {
        return new Conv2dOptions(w.stride()[0], w.stride()[1], w.padding(), w.dilation()[0], w.dilation()[1], groups);
    }

    /** (out, in / groups, ..) or, transposed, (in, out / groups, ..). */
    private static DeviceValue weight(Call c, Object x, int[] dims) {
        DeviceValue w = c.device(1);
        if (dims.length > 4 || w.rank() > 4) {
            throw c.unsupported(Math.max(dims.length, w.rank()) - 2 + " spatial axes");
        }
        if (w.rank() != dims.length || w.rank() < 3) {
            throw c.invalid("input " + x + " and weight " + w + " do not have the same spatial axes");
        }
        long[] stated = c.ints("kernel_shape");
        int[] kernel = kernel(w);
        if (stated != null && !isSame(stated, kernel)) {
            throw c.invalid("kernel_shape " + Arrays.toString(stated) + " is not that of the weight " + w);
        }
        return w;
    }

    private static boolean isSame(long[] stated, int[] kernel) {
        boolean same = stated.length == kernel.length;
        for (int i = 0; same && i < kernel.length; i++) {
            same = stated[i] == kernel[i];
        }
        return same;
    }

    private static int[] kernel(DeviceValue w) {
        return Arrays.copyOfRange(w.dims(), 2, w.rank());
    }

    private static @Nullable Tensor bias(Call c) {
        if (!c.has(2)) {
            return null;
        }
        DeviceValue b = c.device(2);
        return b.shaped(b.size());
    }

    private static Value transposed(Call c) {
        DeviceValue x = c.device(0);
        DeviceValue w = weight(c, x, x.dims());
        if (x.dim(1) != w.dim(0)) {
            throw c.invalid(x + " has " + x.dim(1) + " channels, the weight " + w + " takes " + w.dim(0));
        }
        int axes = x.rank() - 2;
        int[] kernel = kernel(w);
        int[] stride = c.ints("strides", axes, 1);
        int[] dilation = c.ints("dilations", axes, 1);
        int[] more = c.ints("output_padding", axes, 0);
        int[] pads = c.ints("pads", 2 * axes, 0);
        String auto = c.text("auto_pad", "NOTSET");
        long[] stated = c.ints("output_shape");
        int[] before = new int[axes];
        int[] after = new int[axes];
        int[] out = new int[axes];
        for (int i = 0; i < axes; i++) {
            long whole = stride[i] * (x.dim(i + 2) - 1L) + more[i] + (kernel[i] - 1L) * dilation[i] + 1;
            boolean same = auto.startsWith("SAME");
            if (stated == null && !same) {
                before[i] = pads[i];
                after[i] = pads[i + axes];
                out[i] = c.extent(whole - before[i] - after[i]);
                continue;
            }
            long wanted = stated == null ? (long) x.dim(i + 2) * stride[i] : stated[stated.length - axes + i];
            int total = c.extent(Math.max(0, whole - wanted));
            boolean upper = auto.equals("SAME_UPPER");
            before[i] = upper ? total / 2 : total - total / 2;
            after[i] = total - before[i];
            out[i] = c.extent(wanted);
        }
        for (int i = 0; i < axes; i++) {
            if (before[i] < 0 || after[i] < 0) {
                throw c.unsupported("a negative padding");
            }
        }
        int groups = c.integer("group", 1);
        int[] size = Window.plane(out, 1);
        c.limited(x.dim(0), size[0], size[1], (long) w.dim(1) * groups);
        Window window = new Window(
                Window.plane(kernel, 1),
                Window.plane(stride, 1),
                Window.plane(dilation, 1),
                Window.plane(before, 0),
                Window.plane(after, 0));
        Conv2dOptions options = options(window, groups);
        return Planes.value(Planes.image(x).convTranspose2d(Planes.image(w), bias(c), options, size[0], size[1]), x);
    }
}
