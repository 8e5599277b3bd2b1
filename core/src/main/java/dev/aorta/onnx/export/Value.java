package dev.aorta.onnx.export;

import dev.aorta.Shape;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.function.Supplier;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;

/** A tensor of the network, with its shape at each of the traced sizes. */
final class Value {
    /**
     * Values that are known before the network runs.
     *
     * @param name of the parameter, or a word for what has none
     * @param learnt whether it is a parameter
     * @param values in row-major order: at each size, or once where they are the same at all
     */
    record Constant(String name, boolean learnt, List<Supplier<float[]>> values) {
        /** Whether it is the same at all sizes. */
        boolean same() {
            return values.size() == 1;
        }
    }

    private final List<Shape> shapes;
    private final @Nullable Constant constant;
    private final List<Step> users = new ArrayList<>();

    Value(List<Shape> shapes, @Nullable Constant constant) {
        this.shapes = List.copyOf(shapes);
        this.constant = constant;
    }

    /** The constant that it is, the same at all sizes, or null. */
    @Nullable
    Constant constant() {
        return constant != null && constant.same() ? constant : null;
    }

    /** Its values at each size where it is a constant, whether or not they are the same; else null. */
    @Nullable
    List<float[]> valuesBySize() {
        if (constant == null) {
            return null;
        }
        return IntStream.range(0, shapes.size())
                .mapToObj(i -> constant.values().get(constant.same() ? 0 : i).get())
                .toList();
    }

    /** The steps that need it. */
    List<Step> users() {
        return users;
    }

    int rank() {
        return shapes.getFirst().rank();
    }

    /** Shape at the size that was asked for. */
    Shape shape() {
        return shapes.getFirst();
    }

    List<Shape> shapes() {
        return shapes;
    }

    /** Extent of an axis at each size. */
    int[] extent(int axis) {
        return shapes.stream().mapToInt(s -> s.dim(axis)).toArray();
    }

    /** Extents of all axes, in a given order. */
    List<int[]> extents(int[] order) {
        return Arrays.stream(order).mapToObj(this::extent).toList();
    }

    /** Whether an axis is 1 at all sizes. */
    boolean isUnit(int axis) {
        return Arrays.stream(extent(axis)).allMatch(e -> e == 1);
    }

    /** Whether the shape is the same at all sizes. */
    boolean isFixed() {
        return shapes.stream().allMatch(shape()::equals);
    }

    @Override
    public String toString() {
        return constant == null ? shape().toString() : constant.name() + " " + shape();
    }
}
