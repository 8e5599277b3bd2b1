package dev.aorta;

import dev.aorta.backend.Backend;
import dev.aorta.backend.Buffer;
import dev.aorta.backend.ConvShape;
import dev.aorta.backend.LabelCheck;
import dev.aorta.backend.Placement;
import dev.aorta.backend.PoolShape;
import dev.aorta.backend.UpsampleShape;
import dev.aorta.op.Activate;
import dev.aorta.op.Add;
import dev.aorta.op.AvgPool2d;
import dev.aorta.op.BatchNorm;
import dev.aorta.op.BatchNormInference;
import dev.aorta.op.BiasAdd;
import dev.aorta.op.ConcatConv2d;
import dev.aorta.op.Conv2d;
import dev.aorta.op.ConvTranspose2d;
import dev.aorta.op.CustomOp;
import dev.aorta.op.DiceLoss;
import dev.aorta.op.Dropout;
import dev.aorta.op.FocalLoss;
import dev.aorta.op.GroupNorm;
import dev.aorta.op.MatMul;
import dev.aorta.op.MaxPool2d;
import dev.aorta.op.Mul;
import dev.aorta.op.Op;
import dev.aorta.op.Reshape;
import dev.aorta.op.Scale;
import dev.aorta.op.Softmax;
import dev.aorta.op.SoftmaxCrossEntropy;
import dev.aorta.op.Sum;
import dev.aorta.op.Upsample;
import java.util.Arrays;
import java.util.List;
import java.util.Objects;
import java.util.function.Supplier;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * A multi-dimensional array of float32 on a device, and the operations on it.
 *
 * <p>Images are (N, H, W, C): batch, rows, columns, channels; contiguous, never a view. Operations return new tensors, whose
 * memory belongs to the innermost open {@link Scope}; inside a recording scope they are differentiable. Every operation throws
 * {@link ShapeException} when the shapes do not fit and {@link IllegalStateException} when an operand was freed or lives on
 * another device. Reading a tensor from many threads is safe.
 */
public sealed class Tensor permits Parameter {
    private final Device device;
    private final Shape shape;
    private @Nullable Buffer buffer;
    private Supplier<String> freedBecause = () -> "";
    private boolean gradient;
    private @Nullable Tape tape; // that recorded it; null for a leaf
    private int holders; // nodes of that tape that need the values
    private boolean kept;

    Tensor(Device device, Shape shape, Buffer buffer) {
        this.device = device;
        this.shape = shape;
        this.buffer = buffer;
        Scope scope = Scope.current();
        if (scope != null) {
            scope.add(this);
        }
    }

    // ---- making and reading

    /**
     * A tensor with given values.
     *
     * @param values in row-major order, copied
     * @param dims extent of each axis
     * @throws ShapeException when there are not as many values as the shape holds
     */
    public static Tensor of(Device device, float[] values, int... dims) {
        Shape shape = Shape.of(dims);
        requireCount("tensor", shape, values);
        Tensor t = allocate(device, shape);
        t.set(values);
        return t;
    }

    /** A tensor of zeros. */
    public static Tensor zeros(Device device, Shape shape) {
        Tensor t = allocate(device, shape);
        t.fill(0);
        return t;
    }

    /** Where it lives. */
    public final Device device() {
        return device;
    }

    /** Its shape. */
    public final Shape shape() {
        return shape;
    }

    /** The values in row-major order, as a copy on the host. */
    public final float[] toArray() {
        float[] values = new float[shape.size()];
        copyTo(values);
        return values;
    }

    /**
     * Copies the values to the host.
     *
     * @param values as many as this tensor has elements; receives them in row-major order
     * @throws ShapeException when there are not as many values as the shape holds
     */
    public final void copyTo(float[] values) {
        requireCount("copyTo", shape, values);
        device.backend().download(values, buffer());
    }

    /**
     * The single value of a scalar.
     *
     * @throws ShapeException when there is more than one
     */
    public final double item() {
        if (shape.size() != 1) {
            throw new ShapeException("item", "needs a tensor with one element, got " + shape);
        }
        return device.backend().readScalar(buffer());
    }

    /**
     * One element.
     *
     * @param index from 0, one for each axis
     * @throws ShapeException when there is no such element
     */
    public final double get(int... index) {
        int at = 0;
        boolean inside = index.length == shape.rank();
        for (int axis = 0; inside && axis < index.length; axis++) {
            inside = index[axis] >= 0 && index[axis] < shape.dim(axis);
            at = at * shape.dim(axis) + index[axis];
        }
        if (!inside) {
            throw new ShapeException("get", "there is no element " + Arrays.toString(index) + " in " + shape);
        }
        return element(at);
    }

    /**
     * The same values on another device, as a leaf; this tensor itself where it is already there.
     *
     * @throws IllegalStateException when this has a gradient that would be recorded: a history cannot cross devices
     */
    public final Tensor to(Device other) {
        if (other.backend() == device.backend() || Scope.dry()) {
            return this;
        }
        if (gradient && Scope.recording()) {
            throw new IllegalStateException("[to] the gradient of " + describe() + " cannot come back from " + other
                    + ": detach() it first to go on with its values alone, or open a Scope.noGrad()");
        }
        return of(other, toArray(), shape.dims());
    }

    /**
     * Sets all values in place. What was recorded with the old ones is then differentiated with the new ones, so call {@link
     * #backward()} before.
     */
    public final void fill(float value) {
        kernels().fill(buffer(), value);
    }

    /**
     * Takes over the values of another tensor in place, on the device, without being recorded; see {@link #fill(float)}.
     *
     * @param values of the same shape and device
     */
    public final void assign(Tensor values) {
        requireShape("assign", "the source", values, shape);
        requireDevice("assign", values);
        if (values != this) {
            kernels().copy(buffer(), values.buffer());
        }
    }

    /**
     * Replaces the values. What was recorded with the old ones is then differentiated with the new ones, so call {@link
     * #backward()} before.
     *
     * @param values in row-major order, copied
     * @throws ShapeException when there are not as many values as the shape holds
     */
    public final void set(float[] values) {
        requireCount("set", shape, values);
        kernels().upload(buffer(), values);
    }

    /**
     * The memory of this tensor, for kernels.
     *
     * @throws IllegalStateException when it was freed, saying by what
     */
    public final Buffer buffer() {
        Buffer b = buffer;
        if (b == null) {
            throw new IllegalStateException("[tensor] " + shape + " was freed because " + freedBecause.get());
        }
        return b;
    }

    /** Reads one element without copying the others to the host. */
    private double element(int at) {
        Backend b = device.backend();
        Buffer one = b.allocate(1);
        try {
            Placement alone = new Placement(1, 1, 1, 0, 0, 0);
            b.copyBlock(one, alone, buffer(), new Placement(1, 1, shape.size(), 0, 0, at), 1, 1, 1, 1);
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

    /** Asks for a gradient of this leaf, as parameters do; returns this tensor. */
    public final Tensor requireGradient() {
        if (!isLeaf()) {
            throw new IllegalStateException(
                    "[gradient] only a leaf can ask for one, and this is the result of an operation");
        }
        gradient = true;
        return this;
    }

    /** Keeps the values until the scope closes; otherwise {@link #backward()} frees them with its last use. Returns this. */
    public final Tensor keep() {
        kept = true;
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
     * @throws ShapeException when this is not a scalar
     * @throws IllegalStateException when nothing that leads here was recorded, or a part of it is used up
     */
    public final Gradients backward() {
        return backward(false);
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
     */
    public final Gradients backwardKeepingHistory() {
        return backward(true);
    }

    /** A copy of the values without a history: a constant to whatever is computed from it. */
    public final Tensor detach() {
        Tensor copy = allocate(device, shape);
        kernels().copy(copy.buffer(), buffer());
        return copy;
    }

    private Gradients backward(boolean keepHistory) {
        if (shape.size() != 1) {
            throw new ShapeException("backward", "starts from a scalar such as a loss, got " + shape);
        }
        Scope scope = Scope.current();
        Tape recorded = scope == null ? null : scope.tape();
        if (scope == null || recorded == null) {
            throw new IllegalStateException(
                    "[backward] nothing is recorded here: open a Scope.open() around the forward and the backward pass");
        }
        return recorded.backward(this, keepHistory ? recorded.mark() : scope.mark());
    }

    // ---- convolution

    /** {@link #conv2d(Tensor, Tensor, Conv2dOptions, boolean)} without bias or ReLU. */
    public final Tensor conv2d(Tensor weight, Conv2dOptions options) {
        ConvShape s = ConvShape.of(weight.layer(), shape, weight.shape, options);
        return apply(new Conv2d(s, false, false), this, weight);
    }

    /**
     * Convolution (cross-correlation, as the field calls it) of this (N, H, W, C), fused with bias and ReLU; {@link ConvShape}
     * has the formula.
     *
     * @param weight (out, kH, kW, C / groups)
     * @param bias (out)
     * @param relu whether {@code max(., 0)} follows
     * @return (N, outH, outW, out)
     */
    public final Tensor conv2d(Tensor weight, Tensor bias, Conv2dOptions options, boolean relu) {
        ConvShape s = ConvShape.of(weight.layer(), shape, weight.shape, options);
        requireShape("conv2d", "bias", bias, Shape.of(s.outC()));
        return apply(new Conv2d(s, true, relu), this, weight, bias);
    }

    /**
     * {@code concat(3, parts).conv2d(weight, bias, options, relu)}, in which the device reads the parts where they are if it can.
     *
     * @param parts images (N, H, W, C_i) side by side along channels, at least one
     * @param weight (out, kH, kW, sum of C_i / groups)
     * @param bias (out)
     * @param relu whether {@code max(., 0)} follows
     * @return (N, outH, outW, out)
     */
    public static Tensor concatConv2d(
            List<Tensor> parts, Tensor weight, Tensor bias, Conv2dOptions options, boolean relu) {
        Shape whole =
                Layout.concat(3, parts.stream().map(Tensor::shape).toList()).outputShape();
        ConvShape s = ConvShape.of(weight.layer(), whole, weight.shape, options);
        int[] channels = parts.stream().mapToInt(p -> p.shape.dim(3)).toArray();
        long differentiable = parts.stream().filter(Tensor::hasGradient).count();
        boolean alike = !Scope.recording() || differentiable == 0 || differentiable == parts.size();
        if (alike && parts.getFirst().device.backend().takesParts(s, channels)) {
            parts.getFirst().requireShape("concatConv2d", "bias", bias, Shape.of(s.outC()));
            Tensor[] inputs =
                    Stream.concat(parts.stream(), Stream.of(weight, bias)).toArray(Tensor[]::new);
            return apply(new ConcatConv2d(s, parts.size(), relu), inputs);
        }
        Tensor joined = concat(3, parts.toArray(Tensor[]::new));
        Tensor y = joined.conv2d(weight, bias, options, relu);
        if (!Scope.recording()) {
            joined.release();
        }
        return y;
    }

    /**
     * Transposed convolution of this (N, h, w, in): the adjoint of the convolution with the same weight and options, with bias.
     *
     * @param weight (in, kH, kW, out / groups)
     * @param bias (out)
     * @param outH rows to produce, or 0 for the default of {@link ConvShape#transposed}
     * @param outW columns to produce, or 0
     * @return (N, outH, outW, out)
     */
    public final Tensor convTranspose2d(Tensor weight, Tensor bias, Conv2dOptions options, int outH, int outW) {
        ConvShape s = ConvShape.transposed(weight.layer(), shape, weight.shape, options, outH, outW);
        requireShape("convTranspose2d", "bias", bias, Shape.of(s.inC()));
        return apply(new ConvTranspose2d(s, true), this, weight, bias);
    }

    /** {@link #convTranspose2d(Tensor, Tensor, Conv2dOptions, int, int)} without bias, of the default size. */
    public final Tensor convTranspose2d(Tensor weight, Conv2dOptions options) {
        ConvShape s = ConvShape.transposed(weight.layer(), shape, weight.shape, options, 0, 0);
        return apply(new ConvTranspose2d(s, false), this, weight);
    }

    // ---- pooling and resizing

    /** Largest value of each window of (N, H, W, C). */
    public final Tensor maxPool2d(Pool2dOptions options) {
        return apply(new MaxPool2d(PoolShape.of("maxPool2d", shape, options)), this);
    }

    /** Mean of each window of (N, H, W, C), over the pixels that lie in the image. */
    public final Tensor avgPool2d(Pool2dOptions options) {
        return apply(new AvgPool2d(PoolShape.of("avgPool2d", shape, options)), this);
    }

    /** Enlarges (N, H, W, C) by repeating each pixel {@code factor} times along both axes. */
    public final Tensor upsampleNearest(int factor) {
        return apply(new Upsample(upsampling("upsampleNearest", factor), false), this);
    }

    /** Enlarges (N, H, W, C) by {@code factor} with bilinear interpolation and half-pixel centres. */
    public final Tensor upsampleBilinear(int factor) {
        return apply(new Upsample(upsampling("upsampleBilinear", factor), true), this);
    }

    // ---- layout

    /**
     * Joins images along an axis.
     *
     * @param axis 1 for rows, 2 for columns, 3 for channels
     * @param parts at least one, (N, H, W, C) each, equal but for that axis
     */
    public static Tensor concat(int axis, Tensor... parts) {
        return apply(
                Layout.concat(axis, List.of(parts).stream().map(Tensor::shape).toList()), parts);
    }

    /** A block of rows and columns of (N, H, W, C). */
    public final Tensor crop(int top, int left, int height, int width) {
        return apply(Layout.crop(shape, top, left, 0, height, width, shape.rank() == 4 ? shape.dim(3) : 0), this);
    }

    /** {@code count} channels of (N, H, W, C) from channel {@code first} on. */
    public final Tensor channels(int first, int count) {
        int h = shape.rank() == 4 ? shape.dim(1) : 0;
        int w = shape.rank() == 4 ? shape.dim(2) : 0;
        return apply(Layout.crop(shape, 0, 0, first, h, w, count), this);
    }

    /** The same values in the same order under another shape. */
    public final Tensor reshape(int... dims) {
        Shape to = Shape.of(dims);
        if (to.size() != shape.size()) {
            throw new ShapeException(
                    "reshape", shape + " has " + shape.size() + " elements, " + to + " would have " + to.size());
        }
        return apply(new Reshape(to), this);
    }

    // ---- pointwise

    /** {@code max(x, 0)}. */
    public final Tensor relu() {
        return apply(new Activate(shape, Activation.RELU, 0), this);
    }

    /**
     * {@code x} where positive, else {@code slope * x}.
     *
     * @param slope not negative
     */
    public final Tensor leakyRelu(float slope) {
        if (!(slope >= 0)) {
            throw new IllegalArgumentException("[leaky_relu] slope must not be negative, got " + slope);
        }
        return apply(new Activate(shape, Activation.LEAKY_RELU, slope), this);
    }

    /** {@code 1 / (1 + exp(-x))}. */
    public final Tensor sigmoid() {
        return apply(new Activate(shape, Activation.SIGMOID, 0), this);
    }

    /** {@code tanh(x)}. */
    public final Tensor tanh() {
        return apply(new Activate(shape, Activation.TANH, 0), this);
    }

    /** {@code x + other}, of one shape. */
    public final Tensor add(Tensor other) {
        requireShape("add", "the second operand", other, shape);
        return apply(new Add(shape), this, other);
    }

    /** {@code x * other}, element by element, of one shape. */
    public final Tensor mul(Tensor other) {
        requireShape("mul", "the second operand", other, shape);
        return apply(new Mul(shape), this, other);
    }

    /** {@code alpha * x}. */
    public final Tensor scale(float alpha) {
        return apply(new Scale(shape, alpha), this);
    }

    /**
     * {@code x[.., c] + bias[c]}.
     *
     * @param bias (C), the last axis of this
     */
    public final Tensor biasAdd(Tensor bias) {
        requireShape("biasAdd", "bias", bias, Shape.of(lastAxis("biasAdd")));
        return apply(new BiasAdd(shape), this, bias);
    }

    /**
     * Inverted dropout: zeroes each element with probability {@code rate} and divides the rest by {@code 1 - rate}.
     *
     * @param rate from 0 to below 1
     * @param seed what is dropped is a function of it and of the position alone
     */
    public final Tensor dropout(float rate, long seed) {
        if (!(rate >= 0 && rate < 1)) {
            throw new IllegalArgumentException("[dropout] rate must be from 0 to below 1, got " + rate);
        }
        return apply(new Dropout(shape, rate, seed), this);
    }

    // ---- linear algebra and reductions

    /**
     * Matrix product of this (m, k).
     *
     * @param b (k, n)
     * @return (m, n)
     */
    public final Tensor matmul(Tensor b) {
        return matmul("matmul", b, false);
    }

    /**
     * Linear map of rows: {@code x * weight^T + bias} of this (m, in).
     *
     * @param weight (out, in)
     * @param bias (out)
     * @return (m, out)
     */
    public final Tensor linear(Tensor weight, Tensor bias) {
        return matmul("linear", weight, true).biasAdd(bias);
    }

    /** Sum of all elements, a scalar. */
    public final Tensor sum() {
        return apply(new Sum(1), this);
    }

    /** Mean of all elements, a scalar. */
    public final Tensor mean() {
        return apply(new Sum(1f / shape.size()), this);
    }

    /** {@code exp(x) / sum of exp(x)} over the last axis. */
    public final Tensor softmax() {
        lastAxis("softmax");
        return apply(new Softmax(shape), this);
    }

    /** Index of the largest element of the last axis, the first of equals; has no gradient. */
    public final Tensor argmax() {
        int classes = lastAxis("argmax");
        int[] dims = shape.dims();
        Tensor out = allocate(device, Shape.of(java.util.Arrays.copyOf(dims, dims.length - 1)));
        device.backend().argmax(out.buffer(), buffer(), shape.rows(), classes);
        return out;
    }

    // ---- normalisation

    /**
     * Batch normalisation over all axes but the last, with the statistics of this batch; moves the running ones.
     *
     * @param gamma (C)
     * @param beta (C)
     * @param runningMean (C), modified
     * @param runningVariance (C), modified
     * @param momentum share of this batch in the running statistics
     * @param epsilon added to the variance
     */
    public final Tensor batchNorm(
            Tensor gamma, Tensor beta, Tensor runningMean, Tensor runningVariance, float momentum, float epsilon) {
        requirePerChannel("batchNorm", gamma, beta, runningMean, runningVariance);
        requireConstants("batchNorm", runningMean, runningVariance);
        return apply(new BatchNorm(shape, epsilon, momentum), this, gamma, beta, runningMean, runningVariance);
    }

    /** Batch normalisation with given statistics; all arguments (C), the last axis of this. */
    public final Tensor batchNormInference(Tensor gamma, Tensor beta, Tensor mean, Tensor variance, float epsilon) {
        requirePerChannel("batchNorm", gamma, beta, mean, variance);
        requireConstants("batchNorm", mean, variance);
        return apply(new BatchNormInference(shape, epsilon), this, gamma, beta, mean, variance);
    }

    /**
     * Group normalisation of (N, .., C).
     *
     * @param groups divides C
     * @param gamma (C)
     * @param beta (C)
     */
    public final Tensor groupNorm(int groups, Tensor gamma, Tensor beta, float epsilon) {
        requirePerChannel("groupNorm", gamma, beta);
        if (shape.rank() < 2 || groups < 1 || shape.dim(-1) % groups != 0) {
            throw new ShapeException(
                    "groupNorm", groups + " groups do not divide the channels of " + shape + " (N, .., C)");
        }
        return apply(new GroupNorm(shape, groups, epsilon), this, gamma, beta);
    }

    // ---- losses; this holds logits (.., classes), labels (..) hold class indices

    /**
     * Softmax cross-entropy with integer labels, averaged: {@code -sum w[l] * log softmax(x)[l] / sum w[l]}.
     *
     * @param labels (..), whole numbers from 0 to classes - 1
     * @param classWeights (classes), or null for all 1
     * @throws IllegalArgumentException when a label is not a class; from a GPU where values are read next, see {@link
     *     Backend#checkLabels}
     */
    public final Tensor crossEntropy(Tensor labels, @Nullable Tensor classWeights) {
        requireLabels("softmaxCrossEntropy", labels, classWeights);
        return classWeights == null
                ? apply(new SoftmaxCrossEntropy(shape, false), this, labels)
                : apply(new SoftmaxCrossEntropy(shape, true), this, labels, classWeights);
    }

    /**
     * Focal loss, averaged: cross-entropy with each term scaled by {@code (1 - p)^focus}.
     *
     * @param labels (..), whole numbers from 0 to classes - 1
     * @param classWeights (classes), or null for all 1
     * @param focus not negative; 0 is cross-entropy, 2 is usual
     * @throws IllegalArgumentException when a label is not a class; from a GPU where values are read next, see {@link
     *     Backend#checkLabels}
     */
    public final Tensor focalLoss(Tensor labels, @Nullable Tensor classWeights, float focus) {
        requireLabels("focalLoss", labels, classWeights);
        if (!(focus >= 0)) {
            throw new IllegalArgumentException("[focalLoss] focus must not be negative, got " + focus);
        }
        return classWeights == null
                ? apply(new FocalLoss(shape, false, focus), this, labels)
                : apply(new FocalLoss(shape, true, focus), this, labels, classWeights);
    }

    /**
     * Soft Dice loss of the foreground, 1 minus the mean over images and classes from 1 on of {@code (2 sum pg + smooth) / (sum p
     * + sum g + smooth)}.
     *
     * @param labels (N, ..), whole numbers from 0 to classes - 1
     * @param smooth above 0; keeps an empty class defined
     * @throws IllegalArgumentException when a label is not a class; from a GPU where values are read next, see {@link
     *     Backend#checkLabels}
     */
    public final Tensor diceLoss(Tensor labels, float smooth) {
        requireLabels("diceLoss", labels, null);
        if (shape.rank() < 2 || shape.dim(-1) < 2 || !(smooth > 0)) {
            throw new ShapeException(
                    "diceLoss",
                    "needs logits (N, .., classes) with 2 classes or more and smooth above 0, got " + shape + " and "
                            + smooth);
        }
        return apply(new DiceLoss(shape, smooth), this, labels);
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
        if (buffer != null) {
            device.backend().release(buffer);
            buffer = null;
            freedBecause = because;
        }
    }

    /** Whether this still holds memory of a device. */
    final boolean isLiveOn(Device other) {
        return buffer != null && device == other;
    }

    /** What computes with this tensor: nothing in a dry run. */
    private Backend kernels() {
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
        for (int i = 0; i < inputs.length; i++) {
            Objects.requireNonNull(inputs[i], "[" + op.name() + "] input " + i + " is null");
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
            inputs[0].requireDevice(op.name(), inputs[i]);
            in[i] = inputs[i].buffer();
            gradient |= inputs[i].gradient;
        }
        Scope scope = Scope.current();
        if (scope != null && Scope.dry()) {
            scope.note(op, inputs);
            return allocate(device, op.outputShape());
        }
        Tape tape = gradient && scope != null ? scope.tape() : null;
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
        }
    }

    private Tensor matmul(String name, Tensor b, boolean transposeB) {
        if (shape.rank() != 2 || b.shape.rank() != 2 || shape.dim(1) != b.shape.dim(transposeB ? 1 : 0)) {
            throw new ShapeException(
                    name,
                    (b.layer().isEmpty() ? "" : b.layer() + ": ") + "the inner dimensions must match"
                            + String.format("%n    input   %-20s (m, k)", shape)
                            + String.format("%n    weight  %-20s %s", b.shape, transposeB ? "(n, k)" : "(k, n)"));
        }
        int n = b.shape.dim(transposeB ? 0 : 1);
        return apply(new MatMul(shape.dim(0), n, shape.dim(1), transposeB), this, b);
    }

    /** Returns the number of values that a shape holds, which must be that of the values. */
    static int requireCount(String op, Shape shape, float[] values) {
        if (values.length != shape.size()) {
            throw new ShapeException(op, shape + " holds " + shape.size() + " values, got " + values.length);
        }
        return shape.size();
    }

    private UpsampleShape upsampling(String name, int factor) {
        if (shape.rank() != 4 || factor < 1) {
            throw new ShapeException(
                    name, "needs (N, H, W, C) and a factor of at least 1, got " + shape + " and " + factor);
        }
        long longest = (long) Math.max(shape.dim(1), shape.dim(2)) * factor;
        if (longest > Integer.MAX_VALUE) {
            throw new ShapeException(name, shape + " enlarged by " + factor + " has an axis of " + longest + " pixels");
        }
        return new UpsampleShape(shape.dim(0), shape.dim(1), shape.dim(2), shape.dim(3), factor, factor);
    }

    private int lastAxis(String op) {
        if (shape.rank() == 0) {
            throw new ShapeException(op, "needs at least one axis, got a scalar");
        }
        return shape.dim(-1);
    }

    private void requirePerChannel(String op, Tensor... tensors) {
        Shape channels = Shape.of(lastAxis(op));
        for (Tensor t : tensors) {
            requireShape(op, "a per-channel operand", t, channels);
        }
    }

    private void requireShape(String op, String what, Tensor t, Shape expected) {
        if (!t.shape.equals(expected)) {
            throw new ShapeException(
                    op,
                    (t.layer().isEmpty() ? "" : t.layer() + ": ") + what + " must be " + expected + ", got " + t.shape
                            + String.format("%n    input   %s", shape));
        }
    }

    private void requireDevice(String op, Tensor operand) {
        if (operand.device.backend() != device.backend() && !Scope.dry()) {
            throw new IllegalStateException("[" + op + "] operands live on different devices, " + device + " and "
                    + operand.device + ": copy one with Tensor.of(device, t.toArray(), ..)");
        }
    }

    private static void requireConstants(String op, Tensor... operands) {
        for (Tensor t : operands) {
            if (t.gradient) {
                throw new IllegalArgumentException("[" + op + "] has no gradient for " + t.describe()
                        + ", which asks for one: of labels, class weights, means and variances there is none");
            }
        }
    }

    private void requireLabels(String op, Tensor labels, @Nullable Tensor classWeights) {
        int classes = lastAxis(op);
        int[] dims = shape.dims();
        Shape expected = Shape.of(java.util.Arrays.copyOf(dims, dims.length - 1));
        requireShape(op, "labels", labels, expected);
        if (classWeights != null) {
            requireShape(op, "class weights", classWeights, Shape.of(classes));
            requireConstants(op, classWeights);
        }
        requireConstants(op, labels);
        requireDevice(op, labels);
        kernels().checkLabels(labels.buffer(), new LabelCheck(op, expected, classes));
    }
}
