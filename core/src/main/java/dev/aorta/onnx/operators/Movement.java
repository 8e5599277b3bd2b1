package dev.aorta.onnx.operators;

import dev.aorta.Shape;
import dev.aorta.Tensor;
import dev.aorta.onnx.value.DeviceValue;
import dev.aorta.onnx.value.Dims;
import dev.aorta.onnx.value.HostValue;
import dev.aorta.onnx.value.Value;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.List;
import java.util.stream.IntStream;

/** Operators that change the shape and keep the elements, or repeat them. */
final class Movement {
    private Movement() {}

    static List<Operator> rows() {
        return List.of(
                Operator.of("Reshape", "allowzero consumed_inputs shape", Movement::reshape)
                        .host(1),
                Operator.of("Flatten", "axis", Movement::flatten),
                Operator.of("Squeeze", "axes", Movement::squeeze).host(1),
                Operator.of("Unsqueeze", "axes", Movement::unsqueeze).host(1),
                Operator.of("Transpose", "perm", Movement::transpose),
                Operator.of("Concat", "axis", Movement::concat),
                Operator.many("Split", "axis num_outputs split", Movement::split)
                        .host(1),
                Operator.of("Tile", "", Movement::tile).host(1, 2),
                Operator.of("Expand", "", c -> expand(c, c.in(0), c.longs(1))).host(1),
                Operator.of("DepthToSpace", "blocksize mode", Movement::depthToSpace),
                Operator.of("SpaceToDepth", "blocksize mode", Movement::spaceToDepth));
    }

    private static Value reshape(Call c) {
        Value x = c.in(0);
        long[] shape = c.longsOrNull(1, "shape");
        if (shape == null) {
            throw c.invalid("there is no shape");
        }
        return reshape(c, x, shape);
    }

    /** 0 keeps an extent, and one may be -1: what is left. */
    static Value reshape(Call c, Value x, long[] shape) {
        boolean zeroIsZero = c.integer("allowzero", 0) != 0;
        int[] dims = new int[shape.length];
        int open = -1;
        for (int i = 0; i < dims.length; i++) {
            if (shape[i] == -1 && open < 0) {
                open = i;
                dims[i] = 1;
            } else if (shape[i] == 0 && !zeroIsZero) {
                dims[i] = x.dim(c.axis(i, x.rank()));
            } else {
                dims[i] = c.extent(shape[i]);
            }
        }
        long known = Dims.count(dims);
        if (open >= 0 && known > 0) {
            dims[open] = (int) (x.size() / known);
        }
        if (Dims.anyNegative(dims) || Dims.count(dims) != x.size()) {
            throw c.invalid(x + " cannot become " + Arrays.toString(shape));
        }
        return x.reshape(dims);
    }

    private static Value flatten(Call c) {
        Value x = c.in(0);
        int stated = c.integer("axis", 1);
        int axis = stated == x.rank() ? stated : c.axis(stated, Math.max(1, x.rank()));
        return x.reshape(Dims.product(x.dims(), 0, axis), Dims.product(x.dims(), axis, x.rank()));
    }

    private static Value squeeze(Call c) {
        Value x = c.in(0);
        long[] stated = c.longsOrNull(1, "axes");
        int[] axes = stated == null
                ? IntStream.range(0, x.rank()).filter(i -> x.dim(i) == 1).toArray()
                : c.axes(stated, x.rank());
        for (int axis : axes) {
            if (x.dim(axis) != 1) {
                throw c.invalid("axis " + axis + " of " + x + " is not 1");
            }
        }
        return x.reshape(IntStream.range(0, x.rank())
                .filter(i -> !Dims.contains(axes, i))
                .map(x::dim)
                .toArray());
    }

    private static Value unsqueeze(Call c) {
        Value x = c.in(0);
        long[] stated = c.longsOrNull(1, "axes");
        if (stated == null) {
            throw c.invalid("there are no axes");
        }
        int[] axes = c.axes(stated, x.rank() + stated.length);
        int[] dims = new int[x.rank() + axes.length];
        int next = 0;
        for (int i = 0; i < dims.length; i++) {
            dims[i] = Dims.contains(axes, i) ? 1 : x.dim(next++);
        }
        return x.reshape(dims);
    }

    private static Value transpose(Call c) {
        Value x = c.in(0);
        long[] stated = c.ints("perm");
        int[] axes = stated == null
                ? IntStream.range(0, x.rank()).map(i -> x.rank() - 1 - i).toArray()
                : c.axes(stated, x.rank());
        if (axes.length != x.rank()) {
            throw c.invalid("perm " + Arrays.toString(stated) + " is no order of the axes of " + x);
        }
        return x.transpose(axes);
    }

    private static Value concat(Call c) {
        List<Value> parts = c.all();
        int rank = parts.getFirst().rank();
        int axis = c.axis(c.integer("axis", 1), rank);
        int[] dims = parts.getFirst().dims();
        dims[axis] = 0;
        for (Value part : parts) {
            if (part.rank() != rank || !Arrays.equals(Dims.with(part.dims(), axis, 0), Dims.with(dims, axis, 0))) {
                throw c.invalid(part + " does not fit beside " + parts.getFirst() + " along axis " + axis);
            }
            dims[axis] = c.extent((long) dims[axis] + part.dim(axis));
        }
        c.limited(dims);
        List<Value> full = parts.stream().filter(v -> v.size() > 0).toList();
        if (full.isEmpty()) {
            return parts.getFirst().reshape(dims);
        }
        if (full.stream().noneMatch(DeviceValue.class::isInstance)) {
            return onHost(full, axis, dims);
        }
        DeviceValue leader = full.stream()
                .filter(DeviceValue.class::isInstance)
                .map(DeviceValue.class::cast)
                .max(Comparator.comparingInt(DeviceValue::size))
                .orElseThrow();
        Tensor[] tensors =
                full.stream().map(v -> c.device(v).to(leader.order()).tensor()).toArray(Tensor[]::new);
        return leader.like(Tensor.concat(leader.position(axis), tensors), dims, leader.order());
    }

    private static HostValue onHost(List<Value> parts, int axis, int[] dims) {
        boolean real = parts.getFirst().host().isReal();
        int size = Dims.size(dims);
        double[] reals = new double[real ? size : 0];
        long[] wholes = new long[real ? 0 : size];
        int inner = Dims.product(dims, axis + 1, dims.length);
        int at = 0;
        for (Value value : parts) {
            HostValue part = value.host();
            int run = part.dim(axis) * inner;
            for (int i = 0; i < part.size(); i++) {
                int to = i / run * dims[axis] * inner + at + i % run;
                if (real) {
                    reals[to] = part.real(i);
                } else {
                    wholes[to] = part.whole(i);
                }
            }
            at += run;
        }
        return real
                ? HostValue.of(parts.getFirst().type(), dims, reals)
                : HostValue.of(parts.getFirst().type(), dims, wholes);
    }

    private static List<Value> split(Call c) {
        Value x = c.in(0);
        int axis = c.axis(c.integer("axis", 0), x.rank());
        long[] stated = c.longsOrNull(1, "split");
        int count = c.node().outputs().size();
        int extent = x.dim(axis);
        int each = Math.ceilDiv(extent, c.integer("num_outputs", count));
        if (stated != null && (stated.length != count || Arrays.stream(stated).sum() != extent)) {
            throw c.invalid(Arrays.toString(stated) + " do not add up to axis " + axis + " of " + x);
        }
        List<Value> parts = new ArrayList<>();
        int from = 0;
        for (int i = 0; i < count; i++) {
            int length = stated != null ? c.extent(stated[i]) : Math.min(each, extent - from);
            if (length < 0) {
                throw c.invalid("a part of " + length + " elements");
            }
            parts.add(x.pick(axis, IntStream.range(from, from + length).toArray()));
            from += length;
        }
        return parts;
    }

    /** Before opset 6 a number and an axis, since then a number for each axis. */
    private static Value tile(Call c) {
        Value x = c.in(0);
        long[] times = c.longs(1);
        if (c.has(2)) {
            long[] one = new long[x.rank()];
            Arrays.fill(one, 1);
            one[c.axis((long) c.number(2), x.rank())] = times[0];
            times = one;
        }
        if (times.length != x.rank()) {
            throw c.invalid(Arrays.toString(times) + " are not as many as the axes of " + x);
        }
        int[] repeats = Arrays.stream(times).mapToInt(c::extent).toArray();
        int[] dims = x.dims();
        long[] all = new long[dims.length];
        Arrays.setAll(all, i -> (long) dims[i] * repeats[i]);
        int[] to = c.limited(all);
        if (x instanceof DeviceValue d && Dims.size(to) > 0) {
            Tensor t = d.tensor();
            return d.like(t.tile(Dims.permuted(repeats, d.order())), to, d.order());
        }
        HostValue h = x.host();
        int[] index = new int[Dims.size(to)];
        int[] at = new int[to.length];
        int[] steps = Dims.steps(dims);
        for (int i = 0; i < index.length; i++) {
            for (int a = 0; a < at.length; a++) {
                index[i] += at[a] % dims[a] * steps[a];
            }
            Dims.next(at, to);
        }
        return h.pickAll(to, index);
    }

    static Value expand(Call c, Value x, long[] shape) {
        int[] asked = Arrays.stream(shape).mapToInt(c::extent).toArray();
        int[] dims = c.limited(Dims.broadcast("Expand", x.dims(), asked));
        if (Arrays.equals(dims, x.dims())) {
            return x;
        }
        if (x instanceof DeviceValue d && Dims.size(dims) > 0) {
            DeviceValue all = Align.extended(d, dims.length);
            Shape to = Shape.of(Dims.permuted(dims, all.order()));
            return all.like(all.tensor().expand(to), dims, all.order());
        }
        return x.host().pickAll(dims, Dims.broadcastIndex(x.dims(), dims));
    }

    private static int block(Call c, Value x) {
        int block = c.integer("blocksize", 0);
        if (x.rank() != 4 || block < 1) {
            throw c.invalid("needs (N, C, H, W) and a blocksize, got " + x + " and " + block);
        }
        return block;
    }

    private static Value depthToSpace(Call c) {
        Value x = c.in(0);
        int b = block(c, x);
        int channels = x.dim(1) / (b * b);
        if (channels * b * b != x.dim(1)) {
            throw c.invalid("blocks of " + b + " do not divide the channels of " + x);
        }
        boolean blocksFirst = c.text("mode", "DCR").equals("DCR");
        Value blocks = blocksFirst
                ? x.reshape(x.dim(0), b, b, channels, x.dim(2), x.dim(3)).transpose(0, 3, 4, 1, 5, 2)
                : x.reshape(x.dim(0), channels, b, b, x.dim(2), x.dim(3)).transpose(0, 1, 4, 2, 5, 3);
        return blocks.reshape(x.dim(0), channels, x.dim(2) * b, x.dim(3) * b);
    }

    private static Value spaceToDepth(Call c) {
        Value x = c.in(0);
        int b = block(c, x);
        if (x.dim(2) % b != 0 || x.dim(3) % b != 0) {
            throw c.invalid("blocks of " + b + " do not divide the rows and columns of " + x);
        }
        int rows = x.dim(2) / b;
        int columns = x.dim(3) / b;
        Value blocks = x.reshape(x.dim(0), x.dim(1), rows, b, columns, b);
        boolean blocksFirst = c.text("mode", "DCR").equals("DCR");
        return (blocksFirst ? blocks.transpose(0, 3, 5, 1, 2, 4) : blocks.transpose(0, 1, 3, 5, 2, 4))
                .reshape(x.dim(0), x.dim(1) * b * b, rows, columns);
    }
}
