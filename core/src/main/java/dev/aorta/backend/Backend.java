package dev.aorta.backend;

import dev.aorta.Shape;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * The kernels that a device must offer, and its memory.
 *
 * <p>Every kernel writes all of its destinations, which come first, whatever they held before; sources follow, then
 * geometry. A destination is never also a source unless the method says so. Shapes were checked by the caller: kernels trust
 * them. Images are (N, H, W, C), contiguous, channels last; {@code rows} is the product of all axes before the last. Results
 * do not depend on the number of threads. A backend may be called from several threads at once; on an asynchronous device
 * calls of one thread run in order. What a formula leaves open, {@link dev.aorta.backend.reference.ReferenceBackend} decides;
 * gradients and moments below 2^-94 may be 0.
 */
public interface Backend extends TrainingKernels, AutoCloseable {

    /** {@return the name of the device in messages, for example {@code cpu}} */
    String name();

    /** {@return one line for logs: what computes here and how, for example {@code 512-bit SIMD, FMA, 2 threads}} */
    String description();

    /**
     * {@return what the last bits of its results depend on beside the program: the vector width, as property {@code
     * aorta.simd} takes it; empty, as here, where there is none}
     */
    default String simd() {
        return "";
    }

    /** Frees everything; using the backend afterwards is an error. */
    @Override
    void close();

    // ---- memory

    /**
     * A buffer with unspecified content, taken from the pool where one fits.
     *
     * @param size number of elements
     * @return the buffer, to be released
     */
    Buffer allocate(int size);

    /**
     * Gives a buffer back to the pool; it must not be used again.
     *
     * @param buffer of this backend, not released before
     */
    void release(Buffer buffer);

    /**
     * {@return whether buffers that nobody reaches give their memory back without a release: Java arrays do, memory of a
     * device does not}
     */
    default boolean collected() {
        return false;
    }

    /** Gives memory back that waits for later buffers; a backend that keeps none does nothing. */
    default void trim() {}

    /**
     * Copies host values to the device.
     *
     * @param dst written
     * @param src as many values as {@code dst} has elements
     */
    void upload(Buffer dst, float[] src);

    /**
     * Copies a buffer to the host, after all earlier work on it.
     *
     * @param dst written; as many values as {@code src} has elements
     * @param src left as it is
     * @throws IllegalArgumentException when {@link #checkLabels} found a label that is not a class and has not said so yet
     */
    void download(float[] dst, Buffer src);

    /**
     * The single element of a buffer, in the backend's full precision, after all earlier work on it.
     *
     * @param src of size 1
     * @return the element
     * @throws IllegalArgumentException as {@link #download}
     */
    double readScalar(Buffer src);

    // ---- pointwise

    /**
     * {@code dst = value}.
     *
     * @param dst written
     * @param value of each element
     */
    void fill(Buffer dst, float value);

    /**
     * A function of each element, {@code y = f(x)}.
     *
     * @param y written; may be x
     * @param x of the size of y
     * @param f the function
     */
    void unary(Buffer y, Buffer x, Unary f);

    /**
     * {@code dx = dy * f'(x)}, from x and {@code y = f(x)}, whichever f's derivative needs.
     *
     * @param dx written; may be dy or x
     * @param dy gradient of y
     * @param x operand of f
     * @param y value of f
     * @param f the function
     */
    void unaryGrad(Buffer dx, Buffer dy, Buffer x, Buffer y, Unary f);

    /**
     * A function of two numbers, {@code y = f(a, b)}, over the broadcast shape.
     *
     * @param y written; may be an operand that has the whole shape
     * @param a first operand, of {@code s.sizeA()} elements
     * @param b second operand, of {@code s.sizeB()} elements
     * @param f the function
     * @param s how the operands are repeated
     */
    void binary(Buffer y, Buffer a, Buffer b, Binary f, Broadcast s);

    /**
     * {@code d = dy * df/da} or {@code dy * df/db} over the whole broadcast shape; what an operand that was broadcast receives is
     * the sum of d over the axes that it lacks.
     *
     * @param d of the size of y, written; may be dy
     * @param dy gradient of y
     * @param a first operand
     * @param b second operand
     * @param second whether the derivative is that for b
     * @param f the function
     * @param s how the operands are repeated
     */
    void binaryGrad(Buffer d, Buffer dy, Buffer a, Buffer b, boolean second, Binary f, Broadcast s);

    /**
     * {@code dst = src * scalar[0]}.
     *
     * @param dst written; may be src
     * @param src of the size of dst
     * @param scalar the factor, (1)
     */
    void scaleBy(Buffer dst, Buffer src, Buffer scalar);

    /**
     * {@code dst = alpha * dst + beta * src}.
     *
     * @param dst modified
     * @param alpha factor of what dst held
     * @param src of the size of dst
     * @param beta factor of src
     */
    void axpby(Buffer dst, float alpha, Buffer src, float beta);

    /**
     * Inverted dropout: {@code y[i] = x[i] / (1 - rate)} where element i is kept and else 0. Element i is kept when {@code
     * CounterRandom.bits(seed, i) >>> 40 >= rate * 2^24}, so the same call on dy is the gradient.
     *
     * @param y written; may be x
     * @param x of the size of y
     * @param rate chance of being dropped, 0 to below 1
     * @param seed of the stream that is drawn from
     * @see CounterRandom
     */
    void dropout(Buffer y, Buffer x, float rate, long seed);

    // ---- reductions

    /**
     * {@code y[o, i] = f over k of x[o, k, i]}; the formulas are those of {@link Reduction}.
     *
     * @param y (outer, inner), written
     * @param x (outer, length, inner)
     * @param f what the numbers become one by
     * @param s the geometry
     */
    void reduce(Buffer y, Buffer x, Reduction f, ReduceShape s);

    /**
     * Refuses labels that are not whole numbers from 0 to {@code classes - 1}, naming the first. A device that works later may
     * refuse them later, at the latest in the next {@link #download} or {@link #readScalar}: no value that was computed from
     * them gets out. Until then a loss leaves them out.
     *
     * @param labels of the shape of the check
     * @param check classes, and words for the message
     * @throws IllegalArgumentException that of {@link LabelCheck#refusal}
     */
    void checkLabels(Buffer labels, LabelCheck check);

    // ---- layout

    /**
     * Copies elements from places with strides to places with strides; what {@link Strided} does not reach in {@code dst} stays as
     * it is. Permuting, slicing, padding, tiling and their gradients are this.
     *
     * @param dst written where {@code s} reaches
     * @param src read where {@code s} reaches
     * @param s extents, and places and steps on both sides
     */
    void copy(Buffer dst, Buffer src, Strided s);

    /**
     * Puts arrays side by side: {@code y[o, first_p + k, i] = x_p[o, k, i]}; see {@link ConcatShape}.
     *
     * @param y (outer, sum of extents, inner), written
     * @param x the parts, each (outer, extents[p], inner)
     * @param s the geometry
     */
    void concat(Buffer y, Buffer[] x, ConcatShape s);

    /**
     * Takes arrays apart, the adjoint of {@link #concat}: {@code dx_p[o, k, i] = dy[o, first_p + k, i]}.
     *
     * @param dx the parts, each (outer, extents[p], inner), written; null where nobody needs it
     * @param dy (outer, sum of extents, inner)
     * @param s the geometry
     */
    void split(@Nullable Buffer[] dx, Buffer dy, ConcatShape s);

    /**
     * Picks slices: {@code y[o, j, i] = x[o, index[j], i]}.
     *
     * @param y (outer, count, inner), written
     * @param x (outer, length, inner)
     * @param index (count), whole numbers from 0 to {@code s.length() - 1}, checked by the caller with {@link #checkLabels}
     * @param s the geometry
     */
    void gather(Buffer y, Buffer x, Buffer index, GatherShape s);

    /**
     * Adjoint of {@link #gather}: {@code dx[o, k, i]} is the sum of {@code dy[o, j, i]} over all j with {@code index[j] =
     * k}.
     *
     * @param dx (outer, length, inner), written
     * @param dy (outer, count, inner)
     * @param index (count), as for {@link #gather}
     * @param s the geometry
     */
    void gatherGrad(Buffer dx, Buffer dy, Buffer index, GatherShape s);

    /**
     * Enlarges images; {@link UpsampleShape} has the formulas.
     *
     * @param y (N, inH * factorH, inW * factorW, C), written
     * @param x (N, inH, inW, C)
     * @param s the geometry
     */
    void upsample(Buffer y, Buffer x, UpsampleShape s);

    /**
     * Adjoint of {@link #upsample}: each pixel of x receives what it gave, with the same weights.
     *
     * @param dx (N, inH, inW, C), written
     * @param dy (N, inH * factorH, inW * factorW, C)
     * @param s the geometry
     */
    void upsampleGrad(Buffer dx, Buffer dy, UpsampleShape s);

    // ---- linear algebra

    /**
     * {@code c_i = op(a_i) * op(b_i)} for each matrix i of a batch, row-major; {@code op} transposes where asked.
     *
     * @param c (batch, m, n), written
     * @param a (batch, m, k), or (batch, k, m) when transposed; one matrix for all where {@link MatMulShape} says so
     * @param b (batch, k, n), or (batch, n, k) when transposed; one matrix for all where it says so
     * @param s the geometry
     */
    void matmul(Buffer c, Buffer a, Buffer b, MatMulShape s);

    // ---- convolution; see ConvShape for the formula and the shapes of x, w and y

    /**
     * {@code y = conv(x, w) + bias}, then ReLU where asked.
     *
     * @param y (N, outH, outW, outC), written
     * @param x (N, inH, inW, inC)
     * @param w (outC, kH, kW, inC / groups)
     * @param bias (outC), or null for none
     * @param relu whether ReLU follows
     * @param s the geometry
     */
    void conv2d(Buffer y, Buffer x, Buffer w, @Nullable Buffer bias, boolean relu, ConvShape s);

    /**
     * A convolution with what is done before and behind it, with the bits of the operations one after the other.
     *
     * @param y (N, outH, outW, outC), written
     * @param x (N, inH, inW, inC)
     * @param c the convolution
     */
    default void conv2dThen(Buffer y, Buffer x, ConvStage c) {
        Buffer scale = c.scale();
        if (scale != null) {
            Shape image = c.shape().input();
            Shape channels = Shape.of(image.dim(0), 1, 1, image.dim(3));
            Buffer scaled = allocate(image.size());
            try {
                binary(scaled, x, scale, Binary.MUL, Broadcast.of("conv2d", image, channels));
                conv2dThen(y, scaled, c.withoutScale());
            } finally {
                release(scaled);
            }
            return;
        }
        conv2d(y, x, c.w(), c.bias(), false, c.shape());
        if (c.added() != null) {
            axpby(y, 1, c.added(), 1);
        }
        if (c.then() != null) {
            unary(y, y, c.then());
        }
    }

    /**
     * Convolutions one after the other, each as {@link #conv2dThen} and with its bits, for inference.
     *
     * @param y the result of the last, written
     * @param x (N, inH, inW, inC) of the first
     * @param chain at least one
     */
    default void conv2dChain(Buffer y, Buffer x, List<ConvStage> chain) {
        ConvStage first = chain.getFirst();
        if (chain.size() == 1) {
            conv2dThen(y, x, first);
            return;
        }
        Buffer between = allocate(first.shape().output().size());
        try {
            conv2dChain(between, x, chain.subList(0, 1));
            conv2dChain(y, between, chain.subList(1, chain.size()));
        } finally {
            release(between);
        }
    }

    /**
     * Transposed convolution, the adjoint of {@link #conv2d} run forward: {@code x = conv^T(y, w) + bias}.
     *
     * @param x (N, inH, inW, inC), written
     * @param y (N, outH, outW, outC)
     * @param w (outC, kH, kW, inC / groups)
     * @param bias (inC) added to every pixel of x, or null for none
     * @param s geometry of the convolution that is transposed
     */
    void convTranspose2d(Buffer x, Buffer y, Buffer w, @Nullable Buffer bias, ConvShape s);

    /**
     * The gradients of {@link #conv2d}, each where it is wanted: {@code dx = conv^T(dy, w)}, {@code dw[o, ky, kx, i] = sum over n,
     * oy, ox of dy[n, oy, ox, o] * x[..]} and {@code db[o] = sum over n, oy, ox of dy[n, oy, ox, o]}.
     *
     * @param dx (N, inH, inW, inC), written; null where nobody needs it
     * @param dw (outC, kH, kW, inC / groups), written; null where nobody needs it
     * @param db (outC), written; null where nobody needs it
     * @param dy gradient of y, (N, outH, outW, outC), with the mask of a fused ReLU
     * @param x (N, inH, inW, inC)
     * @param w (outC, kH, kW, inC / groups)
     * @param s the geometry
     */
    void conv2dGrad(
            @Nullable Buffer dx, @Nullable Buffer dw, @Nullable Buffer db, Masked dy, Buffer x, Buffer w, ConvShape s);

    // ---- pooling

    /**
     * Largest pixel of each window, channel by channel. A NaN in the window gives NaN.
     *
     * @param y (N, outH, outW, C), written
     * @param x (N, inH, inW, C)
     * @param s the geometry
     */
    void maxPool2d(Buffer y, Buffer x, PoolShape s);

    /**
     * {@code dx = sum of dy over the windows that x won}; of equal pixels the first in row-major window order wins, a NaN wins
     * over numbers. The winner is found again from x, which the tape keeps anyway.
     *
     * @param dx (N, inH, inW, C), written
     * @param dy (N, outH, outW, C)
     * @param x (N, inH, inW, C)
     * @param s the geometry
     */
    void maxPool2dGrad(Buffer dx, Buffer dy, Buffer x, PoolShape s);

    /**
     * Mean of each window, channel by channel, over the pixels that lie in the image.
     *
     * @param y (N, outH, outW, C), written
     * @param x (N, inH, inW, C)
     * @param s the geometry
     */
    void avgPool2d(Buffer y, Buffer x, PoolShape s);

    /**
     * Adjoint of {@link #avgPool2d}: each pixel of x receives its share of dy from each window that it is in.
     *
     * @param dx (N, inH, inW, C), written
     * @param dy (N, outH, outW, C)
     * @param s the geometry
     */
    void avgPool2dGrad(Buffer dx, Buffer dy, PoolShape s);

    @Override
    default void normThen(
            Buffer y, Buffer mean, Buffer invStd, Buffer x, Buffer gamma, Buffer beta, Unary then, NormShape s) {
        norm(y, mean, invStd, x, gamma, beta, s);
        unary(y, y, then);
    }

    @Override
    default void normThenGrad(
            @Nullable Buffer dx,
            @Nullable Buffer dgamma,
            @Nullable Buffer dbeta,
            Buffer dy,
            Buffer y,
            Buffer x,
            Buffer mean,
            Buffer invStd,
            Buffer gamma,
            Buffer beta,
            Unary then,
            NormShape s) {
        Buffer h = allocate(s.size());
        try {
            norm(h, mean, invStd, x, gamma, beta, s);
            unaryGrad(h, dy, h, y, then);
            normGrad(dx, dgamma, dbeta, h, x, mean, invStd, gamma, s);
        } finally {
            release(h);
        }
    }
}
