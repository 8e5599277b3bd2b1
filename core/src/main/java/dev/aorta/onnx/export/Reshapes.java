package dev.aorta.onnx.export;

import dev.aorta.op.MatMul;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** Reshaping, which is free of the order of axes only where it adds or takes away axes of extent 1. */
final class Reshapes {
    private static final int[] IMAGE = Axes.channelsFirst(4);

    private final Lowering to;

    Reshapes(Lowering to) {
        this.to = to;
    }

    void reshape(Step s) {
        Value x = s.in(0);
        Value y = s.output();
        int[] order = units(x, y);
        if (order != null) {
            to.place(y, squeezed(x, y, order), order);
            return;
        }
        if (isFlatImage(s)) {
            to.rearrange(y, x.shape().dim(1), x.shape().dim(2), x.shape().dim(3));
            order = IMAGE;
        } else {
            order = Axes.identity(x.rank());
        }
        int[] result = Axes.identity(y.rank());
        to.place(y, to.reshape(to.in(x, order), x.extents(order), y.extents(result)), result);
    }

    /** Whether an image is laid out for products with constants, whose columns can be exchanged instead of its axes. */
    private boolean isFlatImage(Step s) {
        Value x = s.in(0);
        Value y = s.output();
        return x.rank() == 4
                && y.rank() == 2
                && Arrays.equals(to.order(x), IMAGE)
                && Arrays.equals(x.extent(0), y.extent(0))
                && !to.program.outputs().contains(y)
                && y.users().stream()
                        .allMatch(u -> u.op() instanceof MatMul m
                                && m.shape().transposeB()
                                && u.in(0) == y
                                && to.isConstant(u.in(1)));
    }

    /** The order in which y stands when it is x but for axes of extent 1; null when it is more than that. */
    private int @Nullable [] units(Value x, Value y) {
        List<Integer> ofX = others(x, Axes.identity(x.rank()));
        List<Integer> ofY = others(y, Axes.identity(y.rank()));
        boolean alike = ofX.size() == ofY.size();
        for (int i = 0; alike && i < ofX.size(); i++) {
            alike = Arrays.equals(x.extent(ofX.get(i)), y.extent(ofY.get(i)));
        }
        if (!alike) {
            return null;
        }
        List<Integer> sequence = others(x, to.order(x)).stream()
                .map(axis -> ofY.get(ofX.indexOf(axis)))
                .toList();
        int[] identity = Axes.identity(y.rank());
        for (int[] usual : y.rank() == 4 ? List.of(IMAGE, identity) : List.of(identity)) {
            if (others(y, usual).equals(sequence)) {
                return usual;
            }
        }
        List<Integer> order = new ArrayList<>(sequence);
        for (int axis = 0; axis < y.rank(); axis++) {
            if (!order.contains(axis)) {
                order.add(order.indexOf(axis - 1) + 1, axis);
            }
        }
        return order.stream().mapToInt(a -> a).toArray();
    }

    /** The axes that are not 1 at all sizes. */
    private static List<Integer> others(Value v, int[] order) {
        return Arrays.stream(order).filter(axis -> !v.isUnit(axis)).boxed().toList();
    }

    /** Takes away and adds axes of extent 1, where y has them in its order. */
    private String squeezed(Value x, Value y, int[] order) {
        int[] from = to.order(x);
        List<Long> gone = new ArrayList<>();
        List<Long> added = new ArrayList<>();
        int i = 0;
        int j = 0;
        while (i < from.length || j < order.length) {
            if (i < from.length && j < order.length && Arrays.equals(x.extent(from[i]), y.extent(order[j]))) {
                i++;
                j++;
            } else if (i < from.length && x.isUnit(from[i])) {
                gone.add((long) i++);
            } else {
                added.add((long) j++);
            }
        }
        String name = to.in(x, from);
        String less = gone.isEmpty()
                ? name
                : to.graph.node("Squeeze", name, ints(gone)).out();
        return added.isEmpty()
                ? less
                : to.graph.node("Unsqueeze", less, ints(added)).out();
    }

    private String ints(List<Long> values) {
        return to.graph.ints(values.stream().mapToLong(v -> v).toArray());
    }
}
