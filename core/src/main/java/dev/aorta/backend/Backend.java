package dev.aorta.backend;

import org.jspecify.annotations.Nullable;

/**
 * The kernels that a device must offer, and its memory.
 *
 * <p>Every kernel writes all of its destinations, which come first, whatever they held before; sources follow, then
 * geometry. A destination is never also a source unless the method says so. Shapes were checked by the caller: kernels trust
 * them. Images are (N, H, W, C), contiguous, channels last; {@code rows} is the product of all axes before the last. Results
 * do not depend on the number of threads. A backend may be called from several threads at once; on an asynchronous device
 * calls of one thread run in order. What a formula leaves open, {@link dev.aorta.backend.reference.ReferenceBackend} decides.
 */
public interface Backend extends AutoCloseable {

    /** Name of the device in messages, for example {@code cpu}. */
    String name();

    /** One line for logs: what computes here and how, for example {@code 512-bit SIMD, FMA, 2 threads}. */
    String description();

    /**
     * What the last bits of its results depend on beside the program: the vector width, as property {@code aorta.simd} takes it;
     * empty, as here, where there is none.
     */
    default String simd() {
        return "";
    }

    /** Frees everything; using the backend afterwards is an error. */
    @Override
    void close();

    // ---- memory

    /** A buffer of {@code size} elements with unspecified content, taken from the pool where one fits. */
    Buffer allocate(int size);

    /** Gives a buffer back to the pool; it must not be used again. */
    void release(Buffer buffer);

    /** Whether buffers that nobody reaches give their memory back without a release: Java arrays do, memory of a device does not. */
    default boolean collected() {
        return false;
    }

    /** Gives memory back that waits for later buffers; a backend that keeps none does nothing. */
    default void trim() {}

    /** Copies host values to the device; {@code src.length} is the size of {@code dst}. */
    void upload(Buffer dst, float[] src);

    /**
     * Copies a buffer to the host, after all earlier work on it; {@code dst.length} is the size of {@code src}.
     *
     * @throws IllegalArgumentException when {@link #checkLabels} found a label that is not a class and has not said so yet
     */
    void download(float[] dst, Buffer src);

    /** The single element of a buffer of size 1, in the backend's full precision; throws what {@link #download} throws. */
    double readScalar(Buffer src);

    // ---- pointwise

    /** {@code dst = value}. */
    void fill(Buffer dst, float value);

    /** {@code y = f(x)}, element by element; y may be x. */
    void unary(Buffer y, Buffer x, Unary f);

    /** {@code dx = dy * f'(x)}, from x and {@code y = f(x)}, whichever f's derivative needs; dx may be dy. */
    void unaryGrad(Buffer dx, Buffer dy, Buffer x, Buffer y, Unary f);

    /** {@code y = f(a, b)} over the broadcast shape; y may be an operand that has the whole shape. */
    void binary(Buffer y, Buffer a, Buffer b, Binary f, Broadcast s);

    /**
     * {@code d = dy * df/da} or {@code dy * df/db} over the whole broadcast shape; what an operand that was broadcast receives is
     * the sum of d over the axes that it lacks.
     *
     * @param d of the size of y; may be dy
     * @param second whether the derivative is that for b
     */
    void binaryGrad(Buffer d, Buffer dy, Buffer a, Buffer b, boolean second, Binary f, Broadcast s);

    /** {@code dst = src * scalar[0]}; dst may be src. */
    void scaleBy(Buffer dst, Buffer src, Buffer scalar);

    /** {@code dst = alpha * dst + beta * src}, dst in its old content on the right. */
    void axpby(Buffer dst, float alpha, Buffer src, float beta);

    /**
     * Inverted dropout: {@code y[i] = x[i] / (1 - rate)} where element i is kept and else 0. Element i is kept when {@code
     * CounterRandom.bits(seed, i) >>> 40 >= rate * 2^24}, so the same call on dy is the gradient. y may be x.
     *
     * @param rate chance of being dropped, 0 to below 1
     * @see CounterRandom
     */
    void dropout(Buffer y, Buffer x, float rate, long seed);

    // ---- reductions

    /** {@code y[o, i] = f over k of x[o, k, i]}; the formulas are those of {@link Reduction}. */
    void reduce(Buffer y, Buffer x, Reduction f, ReduceShape s);

    /**
     * Refuses labels that are not whole numbers from 0 to {@code classes - 1}, naming the first. A device that works later may
     * refuse them later, at the latest in the next {@link #download} or {@link #readScalar}: no value that was computed from
     * them gets out. Until then a loss leaves them out.
     *
     * @throws IllegalArgumentException that of {@link LabelCheck#refusal}
     */
    void checkLabels(Buffer labels, LabelCheck check);

    // ---- layout

    /**
     * Copies elements from places with strides to places with strides; what {@link Strided} does not reach in {@code dst} stays as
     * it is. Permuting, slicing, padding, tiling and their gradients are this.
     */
    void copy(Buffer dst, Buffer src, Strided s);

    /** Puts arrays side by side: {@code y[o, first_p + k, i] = x_p[o, k, i]}; see {@link ConcatShape}. */
    void concat(Buffer y, Buffer[] x, ConcatShape s);

    /**
     * Takes arrays apart, the adjoint of {@link #concat}: {@code dx_p[o, k, i] = dy[o, first_p + k, i]}.
     *
     * @param dx null where nobody needs it
     */
    void split(@Nullable Buffer[] dx, Buffer dy, ConcatShape s);

    /**
     * {@code y[o, j, i] = x[o, index[j], i]}.
     *
     * @param index (count), whole numbers from 0 to {@code s.length() - 1}, checked by the caller with {@link #checkLabels}
     */
    void gather(Buffer y, Buffer x, Buffer index, GatherShape s);

    /** Adjoint of {@link #gather}: {@code dx[o, k, i]} is the sum of {@code dy[o, j, i]} over all j with {@code index[j] = k}. */
    void gatherGrad(Buffer dx, Buffer dy, Buffer index, GatherShape s);

    /** Enlarges images; {@link UpsampleShape} has the formulas. */
    void upsample(Buffer y, Buffer x, UpsampleShape s);

    /** Adjoint of {@link #upsample}. */
    void upsampleGrad(Buffer dx, Buffer dy, UpsampleShape s);

    // ---- linear algebra

    /**
     * {@code c_i = op(a_i) * op(b_i)} for each matrix i of a batch, row-major; {@code op} transposes where asked.
     *
     * @param c (batch, m, n)
     * @param a (batch, m, k), or (batch, k, m) when transposed; one matrix for all where {@link MatMulShape} says so
     * @param b (batch, k, n), or (batch, n, k) when transposed; one matrix for all where it says so
     */
    void matmul(Buffer c, Buffer a, Buffer b, MatMulShape s);

    // ---- convolution; see ConvShape for the formula and the shapes of x, w and y

    /**
     * {@code y = conv(x, w) + bias}, then ReLU where asked.
     *
     * @param bias (outC), or null for none
     */
    void conv2d(Buffer y, Buffer x, Buffer w, @Nullable Buffer bias, boolean relu, ConvShape s);

    /**
     * {@code y = then(conv(x, w) + bias + added)}, for inference, with the bits of the operations one after the other.
     *
     * @param bias (outC), or null for none
     * @param added of the shape of y, or null for nothing
     * @param then a function of each element, or null for none
     */
    default void conv2dThen(
            Buffer y,
            Buffer x,
            Buffer w,
            @Nullable Buffer bias,
            @Nullable Buffer added,
            @Nullable Unary then,
            ConvShape s) {
        conv2d(y, x, w, bias, false, s);
        if (added != null) {
            axpby(y, 1, added, 1);
        }
        if (then != null) {
            unary(y, y, then);
        }
    }

    /**
     * Transposed convolution, the adjoint of {@link #conv2d} run forward: {@code x = conv^T(y, w) + bias}.
     *
     * @param x (N, inH, inW, inC), written
     * @param y (N, outH, outW, outC)
     * @param bias (inC) added to every pixel of x, or null for none
     */
    void convTranspose2d(Buffer x, Buffer y, Buffer w, @Nullable Buffer bias, ConvShape s);

    /**
     * The gradients of {@link #conv2d}, each where it is wanted: {@code dx = conv^T(dy, w)}, {@code dw[o, ky, kx, i] = sum over n,
     * oy, ox of dy[n, oy, ox, o] * x[..]} and {@code db[o] = sum over n, oy, ox of dy[n, oy, ox, o]}.
     *
     * @param dx, dw, db null where nobody needs it
     * @param dy gradient of y, with the mask of a fused ReLU
     */
    void conv2dGrad(
            @Nullable Buffer dx, @Nullable Buffer dw, @Nullable Buffer db, Masked dy, Buffer x, Buffer w, ConvShape s);

    // ---- pooling

    /** Largest pixel of each window, channel by channel. A NaN in the window gives NaN. */
    void maxPool2d(Buffer y, Buffer x, PoolShape s);

    /**
     * {@code dx = sum of dy over the windows that x won}; of equal pixels the first in row-major window order wins, a NaN wins
     * over numbers. The winner is found again from x, which the tape keeps anyway.
     */
    void maxPool2dGrad(Buffer dx, Buffer dy, Buffer x, PoolShape s);

    /** Mean of each window, channel by channel, over the pixels that lie in the image. */
    void avgPool2d(Buffer y, Buffer x, PoolShape s);

    /** Adjoint of {@link #avgPool2d}. */
    void avgPool2dGrad(Buffer dx, Buffer dy, PoolShape s);

    // ---- normalisation

    /**
     * Normalisation with the statistics of x: {@code y = (x - mean) * invStd * gamma + beta}, with {@code invStd = 1 /
     * sqrt(variance + epsilon)} and the biased variance, over the elements that share a mean as {@link NormShape} says.
     *
     * @param mean (batch, groups), written
     * @param invStd (batch, groups), written
     * @param gamma (channels)
     * @param beta (channels)
     */
    void norm(Buffer y, Buffer mean, Buffer invStd, Buffer x, Buffer gamma, Buffer beta, NormShape s);

    /**
     * Gradients of {@link #norm}, each where it is wanted: with {@code h = (x - mean) * invStd} and {@code g = dy * gamma}, {@code
     * dbeta = sum of dy}, {@code dgamma = sum of dy * h} over images and pixels, and {@code dx = invStd * (g - avg g - h * avg(g *
     * h))}, averaged over the elements that share a mean.
     *
     * @param dx, dgamma, dbeta null where nobody needs it
     */
    void normGrad(
            @Nullable Buffer dx,
            @Nullable Buffer dgamma,
            @Nullable Buffer dbeta,
            Buffer dy,
            Buffer x,
            Buffer mean,
            Buffer invStd,
            Buffer gamma,
            NormShape s);

    /**
     * Moves running statistics towards those of a batch: {@code runMean += momentum * (mean - runMean)} and {@code runVar +=
     * momentum * (unbiased - runVar)}, with {@code unbiased = max(1 / invStd^2 - epsilon, 0) * n / max(n - 1, 1)} and n the
     * elements that share a mean.
     *
     * @param runMean (channels), modified
     * @param runVar (channels), modified
     * @param s with a mean for each channel: {@link NormShape#batchNorm}
     */
    void updateRunning(Buffer runMean, Buffer runVar, Buffer mean, Buffer invStd, float momentum, NormShape s);

    /** {@code y = (x - mean) / sqrt(variance + epsilon) * gamma + beta}, with given statistics (channels). */
    void normInference(Buffer y, Buffer x, Buffer mean, Buffer variance, Buffer gamma, Buffer beta, NormShape s);

    // ---- softmax and losses: forward and, where asked, the gradient in the same pass

    /** {@code y[r, c] = exp(x[r, c]) / sum over j of exp(x[r, j])}, each row shifted by its maximum first. */
    void softmax(Buffer y, Buffer x, RowShape s);

    /** {@code dx[r, c] = y[r, c] * (dy[r, c] - sum over j of dy[r, j] * y[r, j])}. */
    void softmaxGrad(Buffer dx, Buffer dy, Buffer y, RowShape s);

    /**
     * Focal loss on softmax probabilities, averaged: {@code loss = -sum over r of w[l_r] * (1 - p_r)^focus * log p_r / sum over
     * r of w[l_r]}, with {@code p_r = softmax(logits_r)[l_r]}; NaN when the weights of all labels are 0. Focus 0 is the softmax
     * cross-entropy.
     *
     * @param loss (1), written
     * @param grad (rows, classes), the gradient of the loss for the logits, written; null when not wanted
     * @param labels (rows), class indices, all valid: see {@link #checkLabels}
     * @param weights (classes), or null for all 1
     * @param focus at least 0; the larger, the less an easy pixel counts
     * @see <a href="https://arxiv.org/abs/1708.02002">Lin et al. 2017</a>
     */
    void focalLoss(
            Buffer loss,
            @Nullable Buffer grad,
            Buffer logits,
            Buffer labels,
            @Nullable Buffer weights,
            float focus,
            RowShape s);

    /**
     * Soft Dice loss on softmax probabilities p, over the classes from 1 (0 is the background): {@code loss = 1 - mean over n
     * and c >= 1 of (2 * sum p * g + smooth) / (sum p + sum g + smooth)}, the sums over the pixels of image n and g the one-hot
     * label. Other arguments as for {@link #focalLoss}.
     *
     * @param smooth above 0, so that a class that neither is nor is predicted scores 1
     * @param batch images; divides the rows
     * @see <a href="https://arxiv.org/abs/1606.04797">Milletari et al. 2016</a>
     */
    void diceLoss(
            Buffer loss, @Nullable Buffer grad, Buffer logits, Buffer labels, float smooth, int batch, RowShape s);

    // ---- optimisers: one pass over parameter, gradient and state

    /**
     * The factor that clips gradients of a norm above {@code most} to it: {@code factor = min(1, most / sqrt(sumOfSquares))},
     * and 1 where the sum is NaN.
     *
     * @param factor (1), written; may be sumOfSquares
     * @param sumOfSquares (1), of all gradients
     * @param most above 0
     * @see <a href="https://arxiv.org/abs/1211.5063">Pascanu et al. 2013</a>
     */
    void clipFactor(Buffer factor, Buffer sumOfSquares, float most);

    /**
     * Stochastic gradient descent: {@code g = grad + weightDecay * w}; with momentum {@code v = momentum * v + g}, the step is
     * {@code v}, or {@code g + momentum * v} for Nesterov's; {@code w -= rate * step}.
     *
     * @param w modified
     * @param velocity modified, 0 before the first step; null when there is no momentum
     */
    void sgd(Buffer w, @Nullable Buffer velocity, Buffer grad, SgdStep step);

    /**
     * Adam, of many parameters {@code w[i]} in one go: {@code m = beta1 * m + (1 - beta1) * g}, {@code v = beta2 * v + (1 - beta2)
     * * g^2}, {@code w -= rate * (m / (1 - beta1^step)) / (sqrt(v / (1 - beta2^step)) + epsilon) + rate * weightDecay * w}; the
     * decay is decoupled, as in AdamW.
     *
     * @param w modified
     * @param m first moments, modified, 0 before step 1
     * @param v second moments, modified, 0 before step 1
     * @see <a href="https://arxiv.org/abs/1412.6980">Kingma and Ba 2015</a>
     * @see <a href="https://arxiv.org/abs/1711.05101">Loshchilov and Hutter 2019</a>
     */
    void adam(Buffer[] w, Buffer[] m, Buffer[] v, Buffer[] grad, AdamStep step);
}
