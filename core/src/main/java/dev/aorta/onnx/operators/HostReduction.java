package dev.aorta.onnx.operators;

import dev.aorta.onnx.proto.ElementType;
import dev.aorta.onnx.value.Dims;
import dev.aorta.onnx.value.HostValue;
import java.util.Arrays;

/** Reductions of values on the host, of which there may be none. */
final class HostReduction {
    private HostReduction() {}

    /** @param kept the extents with 1 for each axis that is reduced */
    static HostValue of(String kind, HostValue x, int[] axes, int[] kept) {
        int[] steps = Dims.steps(kept);
        for (int axis : axes) {
            steps[axis] = 0;
        }
        int[] to = Dims.walk(x.dims(), steps, 0);
        int size = Dims.size(kept);
        int count = size == 0 ? 0 : x.size() / size;
        return x.isReal() ? reals(kind, x, to, new double[size], count, kept) : wholes(kind, x, to, size, count, kept);
    }

    private static HostValue reals(String kind, HostValue x, int[] to, double[] y, int count, int[] dims) {
        double[] largest = new double[y.length];
        if (kind.equals("ReduceLogSumExp")) {
            Arrays.fill(largest, Double.NEGATIVE_INFINITY);
            for (int i = 0; i < to.length; i++) {
                largest[to[i]] = Math.max(largest[to[i]], x.real(i));
            }
            for (int i = 0; i < largest.length; i++) {
                largest[i] = Double.isInfinite(largest[i]) ? 0 : largest[i];
            }
        }
        Arrays.fill(
                y,
                switch (kind) {
                    case "ReduceMax" -> Double.NEGATIVE_INFINITY;
                    case "ReduceMin" -> Double.POSITIVE_INFINITY;
                    case "ReduceProd" -> 1;
                    default -> 0;
                });
        for (int i = 0; i < to.length; i++) {
            double v = x.real(i);
            int o = to[i];
            y[o] = switch (kind) {
                case "ReduceMax" -> Math.max(y[o], v);
                case "ReduceMin" -> Math.min(y[o], v);
                case "ReduceProd" -> y[o] * v;
                case "ReduceSumSquare", "ReduceL2" -> y[o] + v * v;
                case "ReduceL1" -> y[o] + Math.abs(v);
                case "ReduceLogSumExp" -> y[o] + Math.exp(v - largest[o]);
                default -> y[o] + v;
            };
        }
        for (int o = 0; o < y.length; o++) {
            y[o] = switch (kind) {
                case "ReduceMean" -> y[o] / count;
                case "ReduceL2" -> Math.sqrt(y[o]);
                case "ReduceLogSum" -> Math.log(y[o]);
                case "ReduceLogSumExp" -> Math.log(y[o]) + largest[o];
                default -> y[o];
            };
        }
        return HostValue.of(x.type(), dims, y);
    }

    private static HostValue wholes(String kind, HostValue x, int[] to, int size, int count, int[] dims) {
        long[] y = new long[size];
        Arrays.fill(
                y,
                switch (kind) {
                    case "ReduceMax" -> Long.MIN_VALUE;
                    case "ReduceMin" -> Long.MAX_VALUE;
                    case "ReduceProd" -> 1;
                    default -> 0;
                });
        for (int i = 0; i < to.length; i++) {
            long v = x.whole(i);
            int o = to[i];
            y[o] = switch (kind) {
                case "ReduceMax" -> Math.max(y[o], v);
                case "ReduceMin" -> Math.min(y[o], v);
                case "ReduceProd" -> y[o] * v;
                case "ReduceSum", "ReduceMean" -> y[o] + v;
                case "ReduceSumSquare", "ReduceL2" -> y[o] + v * v;
                case "ReduceL1" -> y[o] + Math.abs(v);
                default -> throw new IllegalArgumentException("[onnx] " + kind + " of whole numbers");
            };
        }
        for (int o = 0; o < size && (kind.equals("ReduceMean") || kind.equals("ReduceL2")); o++) {
            y[o] = kind.equals("ReduceL2") ? (long) Math.sqrt(y[o]) : y[o] / Math.max(1, count);
        }
        return HostValue.of(x.type(), dims, y);
    }

    static HostValue argument(HostValue x, int axis, boolean largest, boolean last, int[] kept) {
        int[] steps = Dims.steps(kept);
        steps[axis] = 0;
        int[] to = Dims.walk(x.dims(), steps, 0);
        int inner = Dims.product(x.dims(), axis + 1, x.rank());
        int[] best = new int[Dims.size(kept)];
        Arrays.fill(best, -1);
        for (int i = 0; i < to.length; i++) {
            int b = best[to[i]];
            int order = b < 0
                    ? 1
                    : x.isReal() ? Double.compare(x.real(i), x.real(b)) : Long.compare(x.whole(i), x.whole(b));
            boolean better = b < 0 || (largest ? order > 0 : order < 0) || last && order == 0;
            best[to[i]] = better ? i : b;
        }
        int extent = x.dim(axis);
        return HostValue.of(
                ElementType.INT64,
                kept,
                Arrays.stream(best).mapToLong(i -> i / inner % extent).toArray());
    }

    static HostValue cumulative(HostValue x, int axis, boolean exclusive, boolean reverse) {
        int n = x.dim(axis);
        int inner = Dims.product(x.dims(), axis + 1, x.rank());
        double[] real = new double[x.isReal() ? x.size() : 0];
        long[] whole = new long[x.isReal() ? 0 : x.size()];
        for (int k = 0; k < x.size(); k++) {
            int i = reverse ? x.size() - 1 - k : k;
            int place = i / inner % n;
            boolean first = place == (reverse ? n - 1 : 0);
            int before = first ? i : reverse ? i + inner : i - inner;
            int added = exclusive ? before : i;
            if (x.isReal()) {
                real[i] = (first ? 0 : real[before]) + (first && exclusive ? 0 : x.real(added));
            } else {
                whole[i] = (first ? 0 : whole[before]) + (first && exclusive ? 0 : x.whole(added));
            }
        }
        return x.isReal() ? HostValue.of(x.type(), x.dims(), real) : HostValue.of(x.type(), x.dims(), whole);
    }
}
