package dev.aorta;

import dev.aorta.backend.GatherShape;
import dev.aorta.backend.LabelCheck;
import dev.aorta.backend.Strided;
import dev.aorta.op.Concat;
import dev.aorta.op.Expand;
import dev.aorta.op.Gather;
import dev.aorta.op.Move;
import dev.aorta.op.Reshape;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/**
 * The operations that move elements and compute nothing; each makes a new tensor. Axes are counted from 0, or from the last,
 * which is -1.
 */
sealed interface MovementOps permits Tensor {
    private Tensor self() {
        return (Tensor) this;
    }

    /**
     * The same values in the same order under another shape.
     *
     * @param dims extents; one may be -1, and is then what is left
     * @return these extents
     */
    default Tensor reshape(int... dims) {
        Shape from = self().shape();
        int[] whole = dims.clone();
        long known = 1;
        int open = -1;
        for (int i = 0; i < dims.length; i++) {
            if (dims[i] == -1 && open < 0) {
                open = i;
            } else {
                known *= dims[i];
            }
        }
        if (open >= 0 && known > 0 && from.size() % known == 0) {
            whole[open] = (int) (from.size() / known);
        }
        if (open >= 0 && whole[open] == -1) {
            throw new ShapeException(
                    "reshape",
                    from + " has " + from.size() + " elements, which " + Arrays.toString(dims) + " does not divide");
        }
        Shape to = Shape.of(whole);
        if (to.size() != from.size()) {
            throw new ShapeException(
                    "reshape", from + " has " + from.size() + " elements, " + to + " would have " + to.size());
        }
        return Tensor.apply(new Reshape(to), self());
    }

    /**
     * This with an axis of extent 1 more, which becomes the given one.
     *
     * @param axis of the result; -1 is its last
     * @return a rank higher by 1
     */
    default Tensor unsqueeze(int axis) {
        Shape from = self().shape();
        int at = axis < 0 ? from.rank() + 1 + axis : axis;
        if (at < 0 || at > from.rank()) {
            throw new ShapeException("unsqueeze", "axis " + axis + " does not lie among or behind those of " + from);
        }
        int[] dims = new int[from.rank() + 1];
        for (int i = 0; i < dims.length; i++) {
            dims[i] = i == at ? 1 : from.dim(i < at ? i : i - 1);
        }
        return reshape(dims);
    }

    /**
     * This without an axis, whose extent must be 1.
     *
     * @param axis from 0, or counted from the last, which is -1
     * @return a rank lower by 1
     */
    default Tensor squeeze(int axis) {
        Shape from = self().shape();
        int at = Checks.axis("squeeze", from, axis);
        if (from.dim(at) != 1) {
            throw new ShapeException("squeeze", "axis " + axis + " of " + from + " is not 1");
        }
        int[] dims = new int[from.rank() - 1];
        for (int i = 0; i < dims.length; i++) {
            dims[i] = from.dim(i < at ? i : i + 1);
        }
        return reshape(dims);
    }

    /**
     * The axes in another order.
     *
     * @param axes for each axis of the result, which axis of this it is
     * @return the extents in that order
     */
    default Tensor permute(int... axes) {
        Shape from = self().shape();
        int[] steps = Strided.contiguous(from.dims());
        int[] dims = new int[from.rank()];
        int[] order = new int[from.rank()];
        boolean[] seen = new boolean[from.rank()];
        for (int i = 0; i < axes.length && axes.length == dims.length; i++) {
            int axis = Checks.axis("permute", from, axes[i]);
            seen[axis] = true;
            dims[i] = from.dim(axis);
            order[i] = steps[axis];
        }
        for (boolean s : seen) {
            if (!s) {
                throw new ShapeException("permute", Arrays.toString(axes) + " is no order of all axes of " + from);
            }
        }
        return move("permute", Shape.of(dims), Strided.of(dims, 0, Strided.contiguous(dims), 0, order), 0);
    }

    /**
     * This with two axes exchanged.
     *
     * @param first from 0, or counted from the last, which is -1
     * @param second likewise
     * @return the extents with these two exchanged
     */
    default Tensor transpose(int first, int second) {
        Shape from = self().shape();
        int[] order = new int[from.rank()];
        Arrays.setAll(order, i -> i);
        int a = Checks.axis("transpose", from, first);
        int b = Checks.axis("transpose", from, second);
        order[a] = b;
        order[b] = a;
        return permute(order);
    }

    /**
     * Elements {@code from} to {@code to - 1} along an axis.
     *
     * @param axis from 0, or counted from the last, which is -1
     * @param from first element
     * @param to behind the last element
     * @return this shape with {@code to - from} along the axis
     */
    default Tensor slice(int axis, int from, int to) {
        return slice(axis, from, to, 1);
    }

    /**
     * Every {@code step}-th element from {@code from} to {@code to - 1} along an axis.
     *
     * @param axis from 0, or counted from the last, which is -1
     * @param from first element
     * @param to behind the last element
     * @param step at least 1
     * @return this shape with {@code ceil((to - from) / step)} along the axis
     */
    default Tensor slice(int axis, int from, int to, int step) {
        Shape x = self().shape();
        int at = Checks.axis("slice", x, axis);
        if (from < 0 || to > x.dim(at) || from >= to || step < 1) {
            throw new ShapeException(
                    "slice", from + " to " + to + " by " + step + " does not lie in axis " + axis + " of " + x);
        }
        int[] steps = Strided.contiguous(x.dims());
        int begin = from * steps[at];
        steps[at] *= step;
        Shape y = x.with(at, Math.ceilDiv(to - from, step));
        return move("slice", y, Strided.of(y.dims(), 0, Strided.contiguous(y.dims()), begin, steps), 0);
    }

    /**
     * The elements along an axis in the opposite order.
     *
     * @param axis from 0, or counted from the last, which is -1
     * @return this shape
     */
    default Tensor flip(int axis) {
        Shape x = self().shape();
        int at = Checks.axis("flip", x, axis);
        int[] steps = Strided.contiguous(x.dims());
        int last = (x.dim(at) - 1) * steps[at];
        int[] back = steps.clone();
        back[at] = -back[at];
        return move("flip", x, Strided.of(x.dims(), 0, steps, last, back), 0);
    }

    /**
     * A block of rows and columns of (N, H, W, C).
     *
     * @param top first row
     * @param left first column
     * @param height rows
     * @param width columns
     * @return (N, height, width, C)
     */
    default Tensor crop(int top, int left, int height, int width) {
        Checks.image("crop", self().shape());
        Shape x = self().shape();
        boolean inside = top >= 0 && left >= 0 && height >= 1 && width >= 1;
        if (!inside || height > x.dim(1) - top || width > x.dim(2) - left) {
            throw new ShapeException(
                    "crop",
                    "block of " + height + " rows from " + top + " and " + width + " columns from " + left
                            + " does not lie in " + x + " (N, H, W, C)");
        }
        Shape y = Shape.of(x.dim(0), height, width, x.dim(3));
        int[] steps = Strided.contiguous(x.dims());
        int begin = top * steps[1] + left * steps[2];
        return move("crop", y, Strided.of(y.dims(), 0, Strided.contiguous(y.dims()), begin, steps), 0);
    }

    /**
     * {@code count} channels of (.., C) from channel {@code first} on.
     *
     * @param first from 0
     * @param count at least 1
     * @return (.., count)
     */
    default Tensor channels(int first, int count) {
        Shape x = self().shape();
        int all = Checks.lastAxis("channels", self());
        if (first < 0 || count < 1 || count > all - first) {
            throw new ShapeException(
                    "channels", count + " channels from " + first + " do not lie in " + x + " (.., C)");
        }
        return slice(-1, first, first + count);
    }

    /**
     * This with elements of one value around it along an axis.
     *
     * @param axis from 0, or counted from the last, which is -1
     * @param before elements in front, not negative
     * @param after elements behind, not negative
     * @param value of the new elements
     * @return this shape with {@code before + after} more along the axis
     */
    default Tensor pad(int axis, int before, int after, float value) {
        Shape x = self().shape();
        int at = padded("pad", axis, before, after, Integer.MAX_VALUE);
        Shape y = x.with(at, x.dim(at) + before + after);
        int[] steps = Strided.contiguous(y.dims());
        Strided copy = Strided.of(x.dims(), before * steps[at], steps, 0, Strided.contiguous(x.dims()));
        return move("pad", y, copy, value);
    }

    /**
     * This with its first and last element along an axis repeated in front and behind.
     *
     * @param axis from 0, or counted from the last, which is -1
     * @param before elements in front, not negative
     * @param after elements behind, not negative
     * @return this shape with {@code before + after} more along the axis
     */
    default Tensor padEdge(int axis, int before, int after) {
        int extent = self().shape().dim(padded("padEdge", axis, before, after, Integer.MAX_VALUE));
        return pick(axis, extent + before + after, i -> Math.clamp(i - before, 0, extent - 1));
    }

    /**
     * This mirrored at its first and its last element along an axis, which are not repeated; less than its extent on each side.
     *
     * @param axis from 0, or counted from the last, which is -1
     * @param before elements in front, not negative
     * @param after elements behind, not negative
     * @return this shape with {@code before + after} more along the axis
     */
    default Tensor padReflect(int axis, int before, int after) {
        int at = Checks.axis("padReflect", self().shape(), axis);
        int extent = self().shape().dim(at);
        padded("padReflect", axis, before, after, extent - 1);
        return pick(axis, extent + before + after, i -> {
            int from = Math.abs(i - before);
            return from < extent ? from : 2 * (extent - 1) - from;
        });
    }

    private int padded(String name, int axis, int before, int after, int most) {
        Shape x = self().shape();
        int at = Checks.axis(name, x, axis);
        if (before < 0 || after < 0 || before > most || after > most) {
            throw new ShapeException(
                    name, before + " in front and " + after + " behind do not fit axis " + axis + " of " + x);
        }
        return at;
    }

    private Tensor pick(int axis, int count, java.util.function.IntUnaryOperator from) {
        float[] index = new float[count];
        for (int i = 0; i < count; i++) {
            index[i] = from.applyAsInt(i);
        }
        return gather(axis, Tensor.of(self().device(), index, count));
    }

    /**
     * Slices along an axis by their index.
     *
     * @param axis from 0, or counted from the last, which is -1
     * @param index of any shape, whole numbers from 0 to the axis' extent - 1; has no gradient
     * @return this shape, with the shape of the index in the place of the axis
     * @throws IllegalArgumentException when an index does not lie in the axis; from a GPU where values are read next
     */
    default Tensor gather(int axis, Tensor index) {
        Shape x = self().shape();
        int at = Checks.axis("gather", x, axis);
        Checks.constants("gather", index);
        index.check(new LabelCheck("gather", index.shape(), x.dim(at)));
        int[] dims = x.dims();
        int outer = product(dims, 0, at);
        int inner = product(dims, at + 1, dims.length);
        int[] chosen = index.shape().dims();
        int[] y = new int[dims.length - 1 + chosen.length];
        System.arraycopy(dims, 0, y, 0, at);
        System.arraycopy(chosen, 0, y, at, chosen.length);
        System.arraycopy(dims, at + 1, y, at + chosen.length, dims.length - at - 1);
        GatherShape s = new GatherShape(outer, x.dim(at), index.shape().size(), inner);
        return Tensor.apply(new Gather(Shape.of(y), s), self(), index);
    }

    /**
     * This repeated along the axes where it is 1, or that it lacks in front, up to a shape.
     *
     * @param to which this shape broadcasts to
     * @return that shape
     */
    default Tensor expand(Shape to) {
        Shape from = self().shape();
        if (!dev.aorta.backend.Broadcast.of("expand", from, to).output().equals(to)) {
            throw new ShapeException("expand", from + " cannot be repeated up to " + to);
        }
        return Tensor.apply(new Expand(from, to), self());
    }

    /**
     * This so many times side by side along each axis.
     *
     * @param times for each axis, at least 1
     * @return each extent times its number
     */
    default Tensor tile(int... times) {
        Shape from = self().shape();
        if (times.length != from.rank()) {
            throw new ShapeException("tile", Arrays.toString(times) + " are not as many as the axes of " + from);
        }
        int[] apart = new int[2 * times.length];
        int[] repeated = new int[2 * times.length];
        int[] joined = new int[times.length];
        for (int i = 0; i < times.length; i++) {
            apart[2 * i] = 1;
            apart[2 * i + 1] = from.dim(i);
            repeated[2 * i] = times[i];
            repeated[2 * i + 1] = from.dim(i);
            joined[i] = Math.multiplyExact(times[i], from.dim(i));
        }
        return reshape(apart).expand(Shape.of(repeated)).reshape(joined);
    }

    /**
     * Joins tensors along an axis.
     *
     * @param parts at least one, equal but for that axis
     */
    static Tensor concat(int axis, Tensor... parts) {
        return Tensor.apply(
                Concat.of(axis, Arrays.stream(parts).map(Tensor::shape).toList()), parts);
    }

    /**
     * Joins tensors of one shape along a new axis.
     *
     * @param axis that the new one becomes
     * @param parts at least one
     */
    static Tensor stack(int axis, Tensor... parts) {
        return concat(axis, Arrays.stream(parts).map(p -> p.unsqueeze(axis)).toArray(Tensor[]::new));
    }

    /**
     * Takes this apart along an axis.
     *
     * @param axis from 0, or counted from the last, which is -1
     * @param extents of the parts, which together are the whole axis
     * @return for each extent this shape with it along the axis
     */
    default List<Tensor> split(int axis, int... extents) {
        Shape x = self().shape();
        int at = Checks.axis("split", x, axis);
        if (Arrays.stream(extents).asLongStream().sum() != x.dim(at)) {
            throw new ShapeException("split", Arrays.toString(extents) + " do not add up to axis " + axis + " of " + x);
        }
        List<Tensor> parts = new ArrayList<>();
        int from = 0;
        for (int extent : extents) {
            parts.add(slice(axis, from, from + extent));
            from += extent;
        }
        return parts;
    }

    private Tensor move(String name, Shape to, Strided copy, float background) {
        return Tensor.apply(new Move(name, self().shape(), to, copy, background), self());
    }

    private static int product(int[] dims, int from, int to) {
        int product = 1;
        for (int i = from; i < to; i++) {
            product *= dims[i];
        }
        return product;
    }
}
