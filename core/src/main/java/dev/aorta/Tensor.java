package dev.aorta;

import dev.aorta.backend.Backend;
import dev.aorta.backend.Buffer;
import dev.aorta.backend.LabelCheck;
import dev.aorta.backend.Strided;
import dev.aorta.op.CustomOp;
import dev.aorta.op.Op;
import java.lang.ref.Cleaner;
import java.lang.ref.Reference;
import java.util.Objects;
import java.util.function.BiConsumer;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * A multi-dimensional array of float32 on a device, and the operations on it.
 *
 * <p>Images are (N, H, W, C): batch, rows, columns, channels; contiguous, never a view. Operations return new tensors, whose
 * memory belongs to the innermost open {@link Scope}; inside a recording scope they are differentiable. Every operation throws
 * {@link ShapeException} when the shapes do not fit and {@link IllegalStateException} when an operand was freed or lives on
 * another device. Reading a tensor from many threads is safe.
 */
public sealed class Tensor implements ValueOps, PointwiseOps, ReductionOps, MovementOps, ImageOps, LossOps
        permits Parameter {
    private static final Cleaner CLEANER = Cleaner.create(task -> {
        Thread cleaner = new Thread(task, "aorta-cleaner");
        cleaner.setDaemon(true);
        return cleaner;
    });

    private final Device device;
    private final Shape shape;
    private @Nullable Buffer buffer;
    private Supplier<String> freedBecause = () -> "";
    private boolean gradient;
    private @Nullable Tape tape; // that recorded it; null for a leaf
    private int holders; // nodes of that tape that need the values
    private boolean kept;
    private boolean gradientKept;
    private Cleaner.@Nullable Cleanable orphan; // gives the memory back where neither a scope nor the collector does
    private @Nullable Given given; // what its values are like, of a tensor that was made from an array

    Tensor(Device device, Shape shape, Buffer buffer) {
        this.device = device;
        this.shape = shape;
        this.buffer = buffer;
        Scope scope = Scope.current();
        if (scope != null) {
            scope.add(this);
        } else {
            becomeOrphan();
        }
    }

    /** Leaves the memory to the garbage collector, also where that does not see it. */
    final void becomeOrphan() {
        Backend backend = device.backend();
        Buffer own = buffer;
        if (own != null && !backend.collected()) {
            orphan = CLEANER.register(this, () -> backend.release(own));
        }
    }

    // ---- making and reading

    /**
     * A tensor with given values.
     *
     * @param device where it will be
     * @param values in row-major order, copied
     * @param dims extent of each axis
     * @return a new tensor
     * @throws ShapeException when there are not as many values as the shape holds
     */
    public static Tensor of(Device device, float[] values, int... dims) {
        if (dims.length == 0 && values.length != 1) {
            throw new ShapeException(
                    "tensor",
                    values.length + " values need the extents of their axes, as in Tensor.of(device," + " values, "
                            + values.length + ") for one axis");
        }
        Shape shape = Shape.of(dims);
        Checks.count("tensor", shape, values);
        Tensor t = allocate(device, shape);
        t.set(values);
        t.given = Given.of(values);
        return t;
    }

    /**
     * {@return a tensor of doubles, rounded to floats; otherwise as {@link #of(Device, float[], int...)}}
     *
     * @param device where it will be
     * @param values in row-major order, copied
     * @param dims extent of each axis
     * @throws ShapeException when there are not as many values as the shape holds
     */
    public static Tensor of(Device device, double[] values, int... dims) {
        float[] floats = new float[values.length];
        for (int i = 0; i < floats.length; i++) {
            floats[i] = (float) values[i];
        }
        return of(device, floats, dims);
    }

    /**
     * {@return a tensor of whole numbers, such as class indices, exact up to 2^24; otherwise as {@link #of(Device, float[], int...)}}
     *
     * @param device where it will be
     * @param values in row-major order, copied
     * @param dims extent of each axis
     * @throws ShapeException when there are not as many values as the shape holds
     */
    public static Tensor of(Device device, int[] values, int... dims) {
        float[] floats = new float[values.length];
        for (int i = 0; i < floats.length; i++) {
            floats[i] = values[i];
        }
        return of(device, floats, dims);
    }

    /**
     * A tensor of rows.
     *
     * @param device where it will be
     * @param rows at least one, all of one length of at least 1; copied
     * @return (rows, length)
     * @throws ShapeException when the rows differ in length
     */
    public static Tensor of(Device device, float[][] rows) {
        int length = rows.length == 0 ? 0 : rows[0].length;
        float[] all = new float[Math.multiplyExact(rows.length, length)];
        for (int i = 0; i < rows.length; i++) {
            if (rows[i].length != length) {
                throw new ShapeException(
                        "tensor",
                        "row 0 has " + length + " values and row " + i + " has " + rows[i].length
                                + ": all rows must have one length");
            }
            System.arraycopy(rows[i], 0, all, i * length, length);
        }
        return of(device, all, rows.length, length);
    }

    /**
     * {@return a tensor of zeros}
     *
     * @param device where it will be
     * @param shape of the tensor
     */
    public static Tensor zeros(Device device, Shape shape) {
        Tensor t = allocate(device, shape);
        t.fill(0);
        return t;
    }

    /** {@return where it lives} */
    public final Device device() {
        return device;
    }

    /** {@return its shape} */
    public final Shape shape() {
        return shape;
    }

    /**
     * Replaces the values. What was recorded with the old ones is then differentiated with the new ones, so call {@link
     * #backward()} before.
     *
     * @param values in row-major order, copied
     * @throws ShapeException when there are not as many values as the shape holds
     */
    public final void set(float[] values) {
        Checks.count("set", shape, values);
        given = null;
        kernels().upload(buffer(), values);
    }

    /**
     * The memory of this tensor, for kernels.
     *
     * @return the memory
     * @throws IllegalStateException when it was freed, saying by what
     */
    public final Buffer buffer() {
        Buffer b = buffer;
        if (b == null) {
            throw new IllegalStateException("[tensor] " + (layer().isEmpty() ? shape : describe())
                    + " was freed because " + freedBecause.get());
        }
        return b;
    }

    /** Reads one element without copying the others to the host. */
    final double element(int at) {
        Backend b = device.backend();
        Buffer one = b.allocate(1);
        try {
            int[] step = {1};
            b.copy(one, buffer(), new Strided(step, 0, step, at, step));
            return b.readScalar(one);
        } finally {
            b.release(one);
        }
    }

    /**
     * The shape, the device and the values, of long axes the first and the last three. Reading them waits for the device; a
     * tensor whose values cannot be read says why.
     */
    @Override
    public String toString() {
        try {
            return describe() + System.lineSeparator() + TensorText.of(shape, this::element);
        } catch (RuntimeException e) {
            return describe() + " (" + e.getMessage() + ")";
        }
    }

    // ---- gradients

    /**
     * Asks for a gradient of this leaf, as parameters do; returns this tensor.
     *
     * @return this
     */
    public final Tensor requireGradient() {
        if (!isLeaf()) {
            throw new IllegalStateException(
                    "[gradient] only a leaf can ask for one, and this is the result of an operation");
        }
        gradient = true;
        return this;
    }

    /**
     * Keeps the values until the scope closes; otherwise {@link #backward()} frees them with its last use. Returns this.
     *
     * @return this
     */
    public final Tensor keep() {
        kept = true;
        return this;
    }

    /**
     * Has {@link #backward()} keep the gradient of this result of an operation too, so that {@link Gradients#of} gives it;
     * otherwise only leaves have one afterwards. Returns this.
     *
     * @return this
     */
    public final Tensor keepGradient() {
        gradientKept = true;
        return this;
    }

    /** Gives the memory back before the scope closes; using this tensor afterwards is an error. */
    public final void release() {
        if (!isLeaf()) {
            throw new IllegalStateException("[tensor] " + shape + " was recorded: backward() frees it");
        }
        free(() -> "release() was called");
    }

    /**
     * Computes the gradients of this scalar for all leaves that want one.
     *
     * <p>The history that led here is used up, and activations are freed on the way, as soon as no operation needs them. What
     * did not lead here stays recorded for other losses; so does what was recorded in an enclosing scope, until that closes or
     * a backward pass runs there. For a second loss that shares a part of the history see {@link #backwardKeepingHistory()}.
     *
     * @return the gradients, one for each leaf
     * @throws ShapeException when this is not a scalar
     * @throws IllegalStateException when nothing that leads here was recorded, or a part of it is used up
     */
    public final Gradients backward() {
        return backward(false, null);
    }

    /**
     * As {@link #backward()}, and tells of each gradient while the pass goes on, as soon as nothing is left that adds to it: those of
     * the last layers come first.
     *
     * @param complete gets a leaf and its gradient, of the shape of the leaf, on the calling thread; what it throws ends the pass
     * @return the gradients, one for each leaf
     * @throws IllegalStateException as {@link #backward()}
     */
    public final Gradients backward(BiConsumer<Tensor, Tensor> complete) {
        return backward(false, complete);
    }

    /**
     * As {@link #backward()}, but the history stays, with its memory, for another backward pass through all or a part of it:
     * PyTorch's {@code retain_graph}.
     *
     * <pre>{@code
     * Tensor trunk = body.forward(x, pass);
     * Gradients sum = Gradients.zeros(parameters);
     * sum.add(first.forward(trunk, pass).mean().backwardKeepingHistory());
     * sum.add(second.forward(trunk, pass).mean().backward());
     * }</pre>
     *
     * @return the gradients, one for each leaf
     */
    public final Gradients backwardKeepingHistory() {
        return backward(true, null);
    }

    /** {@return a copy of the values without a history: a constant to whatever is computed from it} */
    public final Tensor detach() {
        Tensor copy = allocate(device, shape);
        kernels().copy(copy.buffer(), buffer(), Strided.whole(shape.size()));
        return copy;
    }

    private Gradients backward(boolean keepHistory, @Nullable BiConsumer<Tensor, Tensor> complete) {
        if (shape.size() != 1) {
            throw new ShapeException("backward", "starts from a scalar such as a loss, got " + shape);
        }
        Scope scope = Scope.current();
        Tape recorded = scope == null ? null : scope.tape();
        if (scope == null || recorded == null) {
            throw new IllegalStateException(
                    "[backward] nothing is recorded here: open a Scope.open() around the forward and the backward pass"
                            + (isLeaf() ? "" : ", both on one thread: another one than this recorded the loss"));
        }
        return recorded.backward(this, keepHistory ? recorded.mark() : scope.mark(), complete);
    }

    /**
     * Joins tensors along an axis.
     *
     * @param axis from 0, or counted from the last, which is -1; of images (N, H, W, C) 3 is the channels
     * @param parts at least one, equal but for that axis
     * @return their shape with the sum of their extents along the axis
     */
    public static Tensor concat(int axis, Tensor... parts) {
        return MovementOps.concat(axis, parts);
    }

    /**
     * Joins tensors of one shape along a new axis.
     *
     * @param axis that the new one becomes
     * @param parts at least one
     * @return their shape with the number of parts as the new axis
     */
    public static Tensor stack(int axis, Tensor... parts) {
        return MovementOps.stack(axis, parts);
    }

    // ---- the machinery

    /** For messages, for example {@code Tensor [8, 64, 64, 32] on cpu}. */
    String describe() {
        return "Tensor " + shape + " on " + device;
    }

    /** Name of the layer that a weight belongs to, for messages. */
    String layer() {
        return "";
    }

    final boolean hasGradient() {
        return gradient;
    }

    final boolean keepsGradient() {
        return gradientKept;
    }

    final void wantGradient(boolean wanted) {
        gradient = wanted;
    }

    final boolean isLeaf() {
        return tape == null;
    }

    final void recordedOn(Tape tape) {
        this.tape = tape;
        gradient = true;
    }

    /** One more node of a tape needs the values. */
    final void hold(Tape by) {
        if (tape == by) {
            holders++;
        }
    }

    /** One node less; frees the values with the last one, unless they were kept. */
    final void letGo(Tape by) {
        if (tape == by && --holders == 0 && !kept) {
            free(() -> "backward() had finished with it; call keep() on a result that is read after backward()");
        }
    }

    final void free(Supplier<String> because) {
        Buffer own = buffer;
        if (own != null) {
            if (orphan != null) {
                orphan.clean();
            } else {
                device.backend().release(own);
            }
            buffer = null;
            freedBecause = because;
        }
    }

    /** What the values were like that it was made from; null of a result, and of values that were replaced. */
    final @Nullable Given given() {
        return given;
    }

    /** Whether this still holds memory of a device. */
    final boolean isLiveOn(Device other) {
        return buffer != null && device == other;
    }

    /** What computes with this tensor: nothing in a dry run. */
    final Backend kernels() {
        return DryRun.insteadOf(device).backend();
    }

    private static Tensor allocate(Device device, Shape shape) {
        Device owner = DryRun.insteadOf(device);
        return new Tensor(owner, shape, owner.backend().allocate(shape.size()));
    }

    /**
     * Applies an operation of a user's own, and records it for {@link #backward()} where an input has a gradient.
     *
     * @param op whose shapes fit the inputs; that is for the op to check
     * @param inputs in the order that the op states, at least one
     * @return a tensor of {@link Op#outputShape()} that the innermost scope owns
     * @throws IllegalArgumentException when there is no input
     * @throws IllegalStateException when an input was freed or lives on another device than the first
     */
    public static Tensor apply(CustomOp op, Tensor... inputs) {
        if (inputs.length == 0) {
            throw new IllegalArgumentException("[" + op.name() + "] needs at least one input");
        }
        return apply((Op) op, inputs.clone());
    }

    /** Runs an op whose shapes were checked, and records it when that is wanted. */
    static Tensor apply(Op op, Tensor... inputs) {
        Device device = inputs[0].device;
        Backend backend = device.backend();
        Buffer[] in = new Buffer[inputs.length];
        boolean gradient = false;
        for (int i = 0; i < inputs.length; i++) {
            Objects.requireNonNull(inputs[i], "[" + op.name() + "] input " + i + " is null");
            Checks.device(op.name(), inputs[0], inputs[i]);
            in[i] = inputs[i].buffer();
            gradient |= inputs[i].gradient;
        }
        Scope scope = Scope.current();
        if (scope != null && Scope.dry()) {
            Tensor out = allocate(device, op.outputShape());
            scope.note(op, inputs, in, out);
            return out;
        }
        Tape tape = gradient && op.differentiable() && scope != null ? scope.tape() : null;
        int[] sizes = op.savedSizes(tape != null);
        Buffer[] saved = new Buffer[sizes.length];
        boolean recorded = false;
        try {
            for (int i = 0; i < sizes.length; i++) {
                saved[i] = backend.allocate(sizes[i]);
            }
            Tensor out = allocate(device, op.outputShape());
            Op.Call call = new Op.Call(backend, in, out.buffer(), saved);
            op.forward(call);
            if (tape != null) {
                tape.record(op, inputs, out, call);
                recorded = true;
            }
            return out;
        } finally {
            for (Buffer b : saved) {
                if (!recorded && b != null) {
                    backend.release(b);
                }
            }
            Reference.reachabilityFence(inputs);
        }
    }

    /** Has the device refuse what is not a class or an index. */
    final void check(LabelCheck check) {
        kernels().checkLabels(buffer(), check);
    }
}
