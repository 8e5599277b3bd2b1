package dev.aorta.onnx.operators;

import dev.aorta.onnx.proto.ElementType;
import dev.aorta.onnx.value.Dims;
import dev.aorta.onnx.value.HostValue;
import dev.aorta.onnx.value.Value;
import java.util.Arrays;
import java.util.List;
import java.util.stream.IntStream;

/** Elements by their index. Indices are on the host; so is what is scattered. */
final class Indexing {
    private Indexing() {}

    static List<Operator> rows() {
        return List.of(
                Operator.of("Gather", "axis", Indexing::gather).host(1),
                Operator.of("GatherElements", "axis", Indexing::gatherElements).host(1),
                Operator.of("GatherND", "batch_dims", Indexing::gatherNd).host(1),
                Operator.of("ScatterElements", "axis reduction", Indexing::scatterElements)
                        .host(1),
                Operator.of("Scatter", "axis", Indexing::scatterElements).host(1),
                Operator.of("ScatterND", "reduction", Indexing::scatterNd).host(1),
                Operator.of("Compress", "axis", Indexing::compress).host(1),
                Operator.of("Trilu", "upper", Indexing::triangle).host(1),
                Operator.of("OneHot", "axis", Indexing::oneHot).host(0, 1, 2),
                Operator.of("EyeLike", "dtype k", Indexing::eye),
                Operator.of("NonZero", "", Indexing::nonZero),
                Operator.many("TopK", "axis k largest sorted", Indexing::topK).host(1));
    }

    /** An index counted from 0; negative ones count from the end. */
    private static int index(Call c, long i, int extent) {
        if (i < -extent || i >= extent) {
            throw c.invalid("index " + i + " does not lie in an axis of " + extent);
        }
        return (int) (i < 0 ? i + extent : i);
    }

    private static Value gather(Call c) {
        Value x = c.in(0);
        int axis = c.axis(c.integer("axis", 0), x.rank());
        HostValue indices = c.host(1);
        int extent = x.dim(axis);
        int[] chosen = IntStream.range(0, indices.size())
                .map(i -> index(c, indices.whole(i), extent))
                .toArray();
        int[] dims = c.limited(Dims.replaced(x.dims(), axis, indices.dims()));
        return x.pick(axis, chosen).reshape(dims);
    }

    private static Value gatherElements(Call c) {
        Value x = c.in(0);
        HostValue indices = c.host(1);
        int axis = c.axis(c.integer("axis", 0), x.rank());
        return x.pickAll(indices.dims(), places(c, x, indices, axis));
    }

    /** For each index the element of x in its place, with the index instead of the axis' own. */
    private static int[] places(Call c, Value x, HostValue indices, int axis) {
        int[] dims = indices.dims();
        boolean fits = dims.length == x.rank();
        for (int i = 0; fits && i < dims.length; i++) {
            fits = i == axis || dims[i] <= x.dim(i);
        }
        if (!fits) {
            throw c.invalid("indices " + indices + " do not fit " + x);
        }
        int[] steps = Dims.steps(x.dims());
        int along = steps[axis];
        steps[axis] = 0;
        int[] places = Dims.walk(dims, steps, 0);
        for (int i = 0; i < places.length; i++) {
            places[i] += index(c, indices.whole(i), x.dim(axis)) * along;
        }
        return places;
    }

    /** Where each slice that is named by a row of indices begins, and how many elements it has. */
    private record Slices(int[] begin, int length, int[] rest) {
        static Slices of(Call c, Value x, HostValue indices, int batch) {
            int depth = indices.rank() == 0 ? 0 : indices.dim(indices.rank() - 1);
            if (depth < 1 || batch + depth > x.rank() || batch >= indices.rank() || batch < 0) {
                throw c.invalid("indices " + indices + " do not fit " + x);
            }
            int[] dims = x.dims();
            int[] steps = Dims.steps(dims);
            int[] rest = Arrays.copyOfRange(dims, batch + depth, dims.length);
            int perBatch = Dims.product(indices.dims(), batch, indices.rank() - 1);
            int batchStep = Dims.product(dims, batch, dims.length);
            int[] begin = new int[indices.size() / depth];
            for (int i = 0; i < begin.length; i++) {
                begin[i] = i / perBatch * batchStep;
                for (int k = 0; k < depth; k++) {
                    begin[i] += index(c, indices.whole(i * depth + k), dims[batch + k]) * steps[batch + k];
                }
            }
            return new Slices(begin, Dims.size(rest), rest);
        }

        int[] all() {
            int[] places = new int[Dims.size(begin.length, length)];
            Arrays.setAll(places, i -> begin[i / length] + i % length);
            return places;
        }
    }

    private static Value gatherNd(Call c) {
        Value x = c.in(0);
        HostValue indices = c.host(1);
        Slices slices = Slices.of(c, x, indices, c.integer("batch_dims", 0));
        int[] dims = Dims.replaced(indices.dims(), indices.rank() - 1, slices.rest);
        c.limited(dims);
        return x.pickAll(dims, slices.all());
    }

    private static Value scatterElements(Call c) {
        Value x = c.in(0);
        HostValue indices = c.host(1);
        int axis = c.axis(c.integer("axis", 0), x.rank());
        return scatter(c, c.constant(x), places(c, x, indices, axis), c.constant(c.in(2)));
    }

    private static Value scatterNd(Call c) {
        Value x = c.in(0);
        return scatter(c, c.constant(x), Slices.of(c, x, c.host(1), 0).all(), c.constant(c.in(2)));
    }

    private static HostValue scatter(Call c, HostValue x, int[] places, HostValue updates) {
        if (updates.size() != places.length) {
            throw c.invalid("updates " + updates + " are not " + places.length);
        }
        String reduction = c.text("reduction", "none");
        double[] real = x.isReal() ? x.toDoubles() : new double[0];
        long[] whole = x.isReal() ? new long[0] : x.toLongs();
        for (int i = 0; i < places.length; i++) {
            int at = places[i];
            if (x.isReal()) {
                double u = updates.real(i);
                real[at] = switch (reduction) {
                    case "none" -> u;
                    case "add" -> real[at] + u;
                    case "mul" -> real[at] * u;
                    case "max" -> Math.max(real[at], u);
                    case "min" -> Math.min(real[at], u);
                    default -> throw c.invalid("reduction is '" + reduction + "'");
                };
            } else {
                long u = updates.whole(i);
                whole[at] = switch (reduction) {
                    case "none" -> u;
                    case "add" -> whole[at] + u;
                    case "mul" -> whole[at] * u;
                    case "max" -> Math.max(whole[at], u);
                    case "min" -> Math.min(whole[at], u);
                    default -> throw c.invalid("reduction is '" + reduction + "'");
                };
            }
        }
        return x.isReal() ? HostValue.of(x.type(), x.dims(), real) : HostValue.of(x.type(), x.dims(), whole);
    }

    private static Value compress(Call c) {
        HostValue condition = c.host(1);
        int[] chosen = IntStream.range(0, condition.size())
                .filter(i -> condition.whole(i) != 0)
                .toArray();
        Value x = c.given("axis") ? c.in(0) : c.in(0).reshape(c.in(0).size());
        int axis = c.axis(c.integer("axis", 0), x.rank());
        if (chosen.length > 0 && chosen[chosen.length - 1] >= x.dim(axis)) {
            throw c.invalid(condition + " is longer than axis " + axis + " of " + x);
        }
        return x.pick(axis, chosen);
    }

    private static Value triangle(Call c) {
        Value x = c.in(0);
        if (x.rank() < 2) {
            throw c.invalid("needs matrices, got " + x);
        }
        boolean upper = c.integer("upper", 1) != 0;
        long diagonal = c.has(1) ? c.host(1).whole(0) : 0;
        int rows = x.dim(x.rank() - 2);
        int columns = x.dim(x.rank() - 1);
        long[] kept = new long[rows * columns];
        for (int i = 0; i < kept.length; i++) {
            long above = (long) i % columns - i / columns - diagonal;
            kept[i] = (upper ? above >= 0 : above <= 0) ? 1 : 0;
        }
        return Arithmetic.choose(c, HostValue.of(ElementType.BOOL, new int[] {rows, columns}, kept), x);
    }

    private static Value oneHot(Call c) {
        HostValue indices = c.host(0);
        int depth = c.extent((long) c.number(1));
        HostValue values = c.host(2);
        int axis = c.axis(c.integer("axis", -1), indices.rank() + 1);
        int[] own = indices.dims();
        int[] dims = new int[own.length + 1];
        for (int i = 0; i < dims.length; i++) {
            dims[i] = i == axis ? depth : own[i < axis ? i : i - 1];
        }
        c.limited(dims);
        int inner = Dims.product(own, axis, own.length);
        int[] place = new int[Dims.size(dims)];
        for (int i = 0; i < indices.size(); i++) {
            long hot = indices.whole(i);
            long at = hot < 0 ? hot + depth : hot;
            if (at >= 0 && at < depth) {
                place[(i / inner * depth + (int) at) * inner + i % inner] = 1;
            }
        }
        return values.pickAll(dims, place);
    }

    private static Value eye(Call c) {
        Value x = c.in(0);
        if (x.rank() != 2) {
            throw c.invalid("needs a matrix, got " + x);
        }
        long diagonal = c.longInteger("k", 0);
        int[] dims = x.dims();
        double[] values = new double[Dims.size(dims)];
        for (int i = 0; i < values.length; i++) {
            values[i] = i % dims[1] - i / dims[1] == diagonal ? 1 : 0;
        }
        return HostValue.of(ElementType.DOUBLE, dims, values).cast(c.type("dtype", x.type()));
    }

    private static Value nonZero(Call c) {
        HostValue x = c.host(0);
        int[] found = IntStream.range(0, x.size()).filter(i -> x.real(i) != 0).toArray();
        int[] steps = Dims.steps(x.dims());
        long[] index = new long[x.rank() * found.length];
        for (int axis = 0; axis < x.rank(); axis++) {
            for (int i = 0; i < found.length; i++) {
                index[axis * found.length + i] = found[i] / steps[axis] % x.dim(axis);
            }
        }
        return HostValue.of(ElementType.INT64, new int[] {x.rank(), found.length}, index);
    }

    private static List<Value> topK(Call c) {
        Value x = c.in(0);
        HostValue h = x.host();
        int axis = c.axis(c.integer("axis", -1), h.rank());
        int k = c.opset() < 10 ? c.integer("k", 1) : c.extent((long) c.number(1));
        int extent = h.dim(axis);
        if (k < 0 || k > extent) {
            throw c.invalid(k + " of an axis of " + extent);
        }
        boolean largest = c.integer("largest", 1) != 0;
        int inner = Dims.product(h.dims(), axis + 1, h.rank());
        int[] dims = Dims.with(h.dims(), axis, k);
        int[] places = new int[Dims.size(dims)];
        long[] index = new long[places.length];
        for (int row = 0; row < h.size() / Math.max(1, extent); row++) {
            int begin = row / inner * extent * inner + row % inner;
            int[] order = IntStream.range(0, extent)
                    .boxed()
                    .sorted((a, b) -> {
                        int less = h.isReal()
                                ? Double.compare(h.real(begin + a * inner), h.real(begin + b * inner))
                                : Long.compare(h.whole(begin + a * inner), h.whole(begin + b * inner));
                        return less != 0 ? (largest ? -less : less) : Integer.compare(a, b);
                    })
                    .mapToInt(i -> i)
                    .toArray();
            for (int i = 0; i < k; i++) {
                int to = row / inner * k * inner + i * inner + row % inner;
                places[to] = begin + order[i] * inner;
                index[to] = order[i];
            }
        }
        return List.of(x.pickAll(dims, places), HostValue.of(ElementType.INT64, dims, index));
    }
}
