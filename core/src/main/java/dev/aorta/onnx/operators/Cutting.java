package dev.aorta.onnx.operators;

import dev.aorta.Tensor;
import dev.aorta.onnx.value.DeviceValue;
import dev.aorta.onnx.value.Dims;
import dev.aorta.onnx.value.HostValue;
import dev.aorta.onnx.value.Value;
import java.util.Arrays;
import java.util.List;
import java.util.stream.IntStream;

/** Slices, and what stands around a tensor. */
final class Cutting {
    private Cutting() {}

    static List<Operator> rows() {
        return List.of(
                Operator.of("Slice", "axes ends starts", Cutting::slice).host(1, 2, 3, 4),
                Operator.of("Pad", "mode paddings pads value", Cutting::pad).host(1, 2, 3),
                Operator.of("CenterCropPad", "axes", Cutting::centerCropPad).host(1));
    }

    private static Value slice(Call c) {
        Value x = c.in(0);
        long[] starts = c.longsOrNull(1, "starts");
        long[] ends = c.longsOrNull(2, "ends");
        long[] stated = c.longsOrNull(3, "axes");
        long[] steps = c.has(4) ? c.longs(4) : null;
        if (starts == null || ends == null || starts.length != ends.length) {
            throw c.invalid("starts and ends must be there and equally many");
        }
        int[] axes = stated == null ? Dims.inOrder(starts.length) : c.axes(stated, x.rank());
        if (axes.length != starts.length || steps != null && steps.length != axes.length || axes.length > x.rank()) {
            throw c.invalid("starts, ends, axes and steps are not equally many");
        }
        Value y = x;
        for (int i = 0; i < axes.length; i++) {
            y = y.pick(axes[i], range(c, x.dim(axes[i]), starts[i], ends[i], steps == null ? 1 : steps[i]));
        }
        return y;
    }

    /** The elements of an axis that a slice names; bounds beyond the axis are held within it. */
    private static int[] range(Call c, int extent, long start, long end, long step) {
        if (step == 0) {
            throw c.invalid("a step of 0");
        }
        if (extent == 0) {
            return new int[0];
        }
        long last = step > 0 ? extent : extent - 1L;
        long from = Math.clamp(start < 0 ? start + extent : start, 0, last);
        long to = end < 0 ? Math.max(end + extent, -1) : Math.min(end, extent);
        to = step > 0 ? Math.max(to, 0) : to;
        long room = step > 0 ? to - from : from - to;
        long size = step == Long.MIN_VALUE ? Long.MAX_VALUE : Math.abs(step);
        int count = room <= 0 ? 0 : (int) Math.ceilDiv(room, size);
        int[] index = new int[count];
        Arrays.setAll(index, i -> (int) (from + i * step));
        return index;
    }

    private static Value pad(Call c) {
        Value x = c.in(0);
        long[] pads = c.opset() < 2 ? c.ints("paddings") : c.longsOrNull(1, "pads");
        int[] axes = c.has(3) ? c.axes(c.longs(3), x.rank()) : Dims.inOrder(x.rank());
        if (pads == null || pads.length != 2 * axes.length) {
            throw c.invalid(
                    "there must be two pads for each of " + axes.length + " axes, got " + Arrays.toString(pads));
        }
        double value = c.opset() < 11 ? c.real("value", 0) : c.number(2, 0);
        Value y = x;
        int[] dims = x.dims();
        for (int i = 0; i < axes.length; i++) {
            int before = c.extent(pads[i]);
            int after = c.extent(pads[i + axes.length]);
            dims[axes[i]] = c.extent((long) dims[axes[i]] + before + after);
            c.limited(dims);
            y = along(c, y, axes[i], before, after, c.text("mode", "constant"), value);
        }
        return y;
    }

    private static Value along(Call c, Value x, int axis, int before, int after, String mode, double value) {
        int extent = x.dim(axis);
        int count = extent + before + after;
        if (before == 0 && after == 0) {
            return x;
        }
        int from = Math.max(0, -before);
        int to = Math.min(extent, extent + after);
        if (mode.equals("constant")) {
            Value inner = x.pick(axis, IntStream.range(from, Math.max(from, to)).toArray());
            return constant(inner, axis, Math.max(0, before), Math.max(0, after), value);
        }
        if (extent == 0 && count > 0) {
            throw c.invalid(mode + " padding of an empty axis");
        }
        return x.pick(
                axis,
                IntStream.range(0, count)
                        .map(i -> switch (mode) {
                            case "edge" -> Math.clamp((long) i - before, 0, extent - 1);
                            case "wrap" -> Math.floorMod(i - before, extent);
                            case "reflect" -> mirrored(i - before, extent);
                            default -> throw c.invalid("mode is '" + mode + "'");
                        })
                        .toArray());
    }

    private static int mirrored(int i, int extent) {
        if (extent == 1) {
            return 0;
        }
        int period = 2 * (extent - 1);
        int at = Math.floorMod(i, period);
        return at < extent ? at : period - at;
    }

    private static Value constant(Value x, int axis, int before, int after, double value) {
        if (x instanceof DeviceValue d) {
            Tensor t = d.tensor().pad(d.position(axis), before, after, (float) value);
            return d.like(t, Dims.with(d.dims(), axis, d.dim(axis) + before + after), d.order());
        }
        HostValue h = x.host();
        int[] dims = Dims.with(h.dims(), axis, h.dim(axis) + before + after);
        int inner = Dims.product(dims, axis + 1, dims.length);
        double[] real = new double[h.isReal() ? Dims.size(dims) : 0];
        long[] whole = new long[h.isReal() ? 0 : Dims.size(dims)];
        for (int i = 0; i < Dims.size(dims); i++) {
            int place = i / inner % dims[axis] - before;
            boolean inside = place >= 0 && place < h.dim(axis);
            int from = (i / inner / dims[axis] * h.dim(axis) + place) * inner + i % inner;
            if (h.isReal()) {
                real[i] = inside ? h.real(from) : value;
            } else {
                whole[i] = inside ? h.whole(from) : (long) value;
            }
        }
        return h.isReal() ? HostValue.of(h.type(), dims, real) : HostValue.of(h.type(), dims, whole);
    }

    /** With zeros behind each axis, up to a shape. */
    static Value enlarged(Call c, Value x, long[] shape) {
        int[] dims = c.limited(shape);
        Value y = x;
        for (int axis = 0; axis < x.rank(); axis++) {
            y = along(c, y, axis, 0, dims[axis] - x.dim(axis), "constant", 0);
        }
        return y;
    }

    private static Value centerCropPad(Call c) {
        Value x = c.in(0);
        long[] stated = c.ints("axes");
        int[] axes = stated == null ? Dims.inOrder(x.rank()) : c.axes(stated, x.rank());
        long[] shape = c.longs(1);
        if (shape.length != axes.length) {
            throw c.invalid("the shape " + Arrays.toString(shape) + " does not fit " + axes.length + " axes");
        }
        Value y = x;
        int[] dims = x.dims();
        for (int i = 0; i < axes.length; i++) {
            int wanted = c.extent(shape[i]);
            int more = wanted - x.dim(axes[i]);
            dims[axes[i]] = wanted;
            c.limited(dims);
            int before = more >= 0 ? more / 2 : -(-more / 2);
            y = along(c, y, axes[i], before, more - before, "constant", 0);
        }
        return y;
    }
}
