package dev.aorta.backend;

import dev.aorta.Activation;
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

    /** Frees everything; using the backend afterwards is an error. */
    @Override
    void close();

    // ---- memory

    /** A buffer of {@code size} elements with unspecified content, taken from the pool where one fits. */
    Buffer allocate(int size);

    /** Gives a buffer back to the pool; it must not be used again. */
    void release(Buffer buffer);

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

    /** {@code dst = src}. */
    void copy(Buffer dst, Buffer src);

    /** {@code dst = a + b}; dst may be a or b. */
    void add(Buffer dst, Buffer a, Buffer b);

    /** {@code dst = a * b}, element by element; dst may be a or b. */
    void mul(Buffer dst, Buffer a, Buffer b);

    /** {@code dst = alpha * src}; dst may be src. */
    void scale(Buffer dst, Buffer src, float alpha);

    /** {@code dst = alpha * dst + beta * src}, dst in its old content on the right. */
    void axpby(Buffer dst, float alpha, Buffer src, float beta);

    /** {@code dst = src * scalar[0]}; dst may be src. */
    void scaleBy(Buffer dst, Buffer src, Buffer scalar);

    /** {@code dst[i] = alpha * scalar[0]} for all i. */
    void broadcast(Buffer dst, Buffer scalar, float alpha);

    /** {@code y = f(x)}; y may be x. The slope is that of {@link Activation#LEAKY_RELU}. */
    void activation(Buffer y, Buffer x, Activation f, float slope);

    /**
     * {@code dx = dy * f'(x)}, computed from {@code y = f(x)}: {@code f'} is 1 where y is above 0 and else 0 for ReLU and slope
     * for the leaky ReLU, {@code y * (1 - y)} for the sigmoid, {@code 1 - y^2} for tanh. dx may be dy.
     */
    void activationGrad(Buffer dx, Buffer dy, Buffer y, Activation f, float slope);

    /** {@code y[r, c] = x[r, c] + bias[c]}; y may be x. */
    void biasAdd(Buffer y, Buffer x, Buffer bias, int rows, int channels);

    /**
     * {@code db[c] = sum over r of dy[r, c]}.
     *
     * @param mask null, or the output (rows, channels) of a fused ReLU: dy counts as 0 where mask is not above 0 (a NaN is not)
     */
    void biasGrad(Buffer db, Buffer dy, @Nullable Buffer mask, int rows, int channels);

    /**
     * Inverted dropout: {@code y[i] = x[i] / (1 - rate)} where element i is kept and else 0. Element i is kept when {@code
     * CounterRandom.bits(seed, i) >>> 40 >= rate * 2^24}, so the same call on dy is the gradient. y may be x.
     *
     * @param rate chance of being dropped, 0 to below 1
     * @see CounterRandom
     */
    void dropout(Buffer y, Buffer x, float rate, long seed);

    // ---- reductions

    /** {@code dst[0] = sum of src}. */
    void sum(Buffer dst, Buffer src);

    /** {@code dst[0] = sum of src[i]^2}. */
    void sumOfSquares(Buffer dst, Buffer src);

    /** {@code dst[r] = index of the largest of src[r, :]}, the first of equals; a NaN counts as larger than numbers. */
    void argmax(Buffer dst, Buffer src, int rows, int classes);

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
     * Copies a block of {@code h} rows, {@code w} columns and {@code c} channels of each of {@code batch} images; what lies
     * outside the block in {@code dst} stays as it is. Concatenation, cropping and their gradients are this.
     */
    void copyBlock(Buffer dst, Placement to, Buffer src, Placement from, int batch, int h, int w, int c);

    /** Enlarges by repeating pixels: {@code y[oy, ox] = x[oy / factorH, ox / factorW]}. */
    void upsampleNearest(Buffer y, Buffer x, UpsampleShape s);

    /** Adjoint of {@link #upsampleNearest}: each dx is the sum of its copies in dy. */
    void upsampleNearestGrad(Buffer dx, Buffer dy, UpsampleShape s);

    /**
     * Enlarges by bilinear interpolation with half-pixel centres: with {@code py = (oy + 0.5) / factorH - 0.5} held within 0
     * and {@code inH - 1}, {@code t = floor(py)} and {@code f = py - t}, {@code y[oy] = (1 - f) * x[t] + f * x[min(t + 1, inH -
     * 1)]}, and the same along columns (PyTorch's {@code align_corners=False}, TensorFlow 2's resize).
     */
    void upsampleBilinear(Buffer y, Buffer x, UpsampleShape s);

    /** Adjoint of {@link #upsampleBilinear}. */
    void upsampleBilinearGrad(Buffer dx, Buffer dy, UpsampleShape s);

    // ---- linear algebra

    /**
     * {@code c = op(a) * op(b)}, row-major; {@code op} transposes where asked.
     *
     * @param c (m, n)
     * @param a (m, k), or (k, m) when transposed
     * @param b (k, n), or (n, k) when transposed
     */
    void gemm(Buffer c, Buffer a, boolean transposeA, Buffer b, boolean transposeB, int m, int n, int k);

    // ---- convolution; see ConvShape for the formula and the shapes of x, w and y

    /**
     * {@code y = conv(x, w) + bias}, then ReLU where asked.
     *
     * @param bias (outC), or null for none
     */
    void conv2d(Buffer y, Buffer x, Buffer w, @Nullable Buffer bias, boolean relu, ConvShape s);

    /**
     * The gradient of the convolution for its input: {@code dx = conv^T(dy, w)}. Run forward it is a transposed convolution,
     * and then has a bias.
     *
     * @param mask null, or the output y of a fused ReLU: dy counts as 0 where y is not above 0
     * @param bias (inC) added to every pixel of dx, or null for none
     */
    void conv2dGradInput(Buffer dx, Buffer dy, @Nullable Buffer mask, Buffer w, @Nullable Buffer bias, ConvShape s);

    /**
     * The gradient of the convolution for its weight: {@code dw[o, ky, kx, i] = sum over n, oy, ox of dy[n, oy, ox, o] * x[..]}.
     *
     * @param mask null, or the output y of a fused ReLU: dy counts as 0 where y is not above 0
     */
    void conv2dGradWeight(Buffer dw, Buffer dy, @Nullable Buffer mask, Buffer x, ConvShape s);

    /**
     * The gradients of the convolution for its weight and its bias: {@link #conv2dGradWeight} and {@link #biasGrad} in one, for
     * backends that save a pass over dy.
     *
     * @param mask null, or the output y of a fused ReLU: dy counts as 0 where y is not above 0
     */
    default void conv2dGradParameters(Buffer dw, Buffer db, Buffer dy, @Nullable Buffer mask, Buffer x, ConvShape s) {
        conv2dGradWeight(dw, dy, mask, x, s);
        biasGrad(db, dy, mask, s.output().rows(), s.outC());
    }

    /**
     * The gradients of the convolution, each where it is wanted: {@link #conv2dGradInput}, {@link #conv2dGradWeight} and {@link
     * #biasGrad} in one, for backends that save passes over dy.
     *
     * @param dx, dw, db null where nobody needs it
     * @param mask null, or the output y of a fused ReLU: dy counts as 0 where y is not above 0
     */
    default void conv2dGrad(
            @Nullable Buffer dx,
            @Nullable Buffer dw,
            @Nullable Buffer db,
            Buffer dy,
            @Nullable Buffer mask,
            Buffer x,
            Buffer w,
            ConvShape s) {
        if (dx != null) {
            conv2dGradInput(dx, dy, mask, w, null, s);
        }
        if (dw != null && db != null) {
            conv2dGradParameters(dw, db, dy, mask, x, s);
        } else if (dw != null) {
            conv2dGradWeight(dw, dy, mask, x, s);
        } else if (db != null) {
            biasGrad(db, dy, mask, s.output().rows(), s.outC());
        }
    }

    /**
     * Whether the convolution takes x in parts, (N, H, W, channels[i]) each, whose channels follow one another: then nobody has
     * to concatenate them, and the three methods below may be called.
     */
    default boolean takesParts(ConvShape s, int... channels) {
        return false;
    }

    /** {@link #conv2d(Buffer, Buffer, Buffer, Buffer, boolean, ConvShape)} of an x in parts. */
    default void conv2d(Buffer y, Buffer[] x, Buffer w, @Nullable Buffer bias, boolean relu, ConvShape s) {
        throw new UnsupportedOperationException(name() + " does not take images in parts");
    }

    /** {@link #conv2dGradInput(Buffer, Buffer, Buffer, Buffer, Buffer, ConvShape)} into the parts of dx. */
    default void conv2dGradInput(Buffer[] dx, Buffer dy, @Nullable Buffer mask, Buffer w, ConvShape s) {
        throw new UnsupportedOperationException(name() + " does not take images in parts");
    }

    /**
     * {@link #conv2dGradParameters(Buffer, Buffer, Buffer, Buffer, Buffer, ConvShape)} of an x in parts.
     *
     * @param db null where nobody needs it
     */
    default void conv2dGradParameters(
            Buffer dw, @Nullable Buffer db, Buffer dy, @Nullable Buffer mask, Buffer[] x, ConvShape s) {
        throw new UnsupportedOperationException(name() + " does not take images in parts");
    }

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
     * Batch normalisation with the statistics of this batch: {@code y = (x - mean) * invStd * gamma + beta}, with {@code
     * invStd = 1 / sqrt(variance + epsilon)} and the biased variance over rows.
     *
     * @param mean (channels), written
     * @param invStd (channels), written
     * @see <a href="https://arxiv.org/abs/1502.03167">Ioffe and Szegedy 2015</a>
     */
    void batchNorm(
            Buffer y,
            Buffer mean,
            Buffer invStd,
            Buffer x,
            Buffer gamma,
            Buffer beta,
            int rows,
            int channels,
            float epsilon);

    /**
     * Gradients of {@link #batchNorm} for x, gamma and beta: with {@code h = (x - mean) * invStd}, {@code dbeta = sum of dy},
     * {@code dgamma = sum of dy * h} and {@code dx = gamma * invStd * (dy - dbeta / rows - h * dgamma / rows)}.
     */
    void batchNormGrad(
            Buffer dx,
            Buffer dgamma,
            Buffer dbeta,
            Buffer dy,
            Buffer x,
            Buffer mean,
            Buffer invStd,
            Buffer gamma,
            int rows,
            int channels);

    /**
     * Moves running statistics towards those of a batch: {@code runMean += momentum * (mean - runMean)} and {@code runVar +=
     * momentum * (unbiased - runVar)}, with {@code unbiased = max(1 / invStd^2 - epsilon, 0) * rows / max(rows - 1, 1)}.
     *
     * @param runMean (channels), modified
     * @param runVar (channels), modified
     */
    void updateRunning(
            Buffer runMean,
            Buffer runVar,
            Buffer mean,
            Buffer invStd,
            float momentum,
            int rows,
            int channels,
            float epsilon);

    /** {@code y = (x - mean) / sqrt(variance + epsilon) * gamma + beta}, with given statistics (channels). */
    void batchNormInference(
            Buffer y,
            Buffer x,
            Buffer mean,
            Buffer variance,
            Buffer gamma,
            Buffer beta,
            int rows,
            int channels,
            float epsilon);

    /**
     * Group normalisation: as batch normalisation, with statistics for each image and each of {@code groups} runs of channels.
     *
     * @param mean (batch, groups), written
     * @param invStd (batch, groups), written
     * @param pixels rows times columns of an image
     * @see <a href="https://arxiv.org/abs/1803.08494">Wu and He 2018</a>
     */
    void groupNorm(
            Buffer y,
            Buffer mean,
            Buffer invStd,
            Buffer x,
            Buffer gamma,
            Buffer beta,
            int batch,
            int pixels,
            int channels,
            int groups,
            float epsilon);

    /**
     * Gradients of {@link #groupNorm} for x, gamma and beta: with {@code h = (x - mean) * invStd} and {@code g = dy * gamma},
     * {@code dbeta = sum of dy}, {@code dgamma = sum of dy * h} over images and pixels, and {@code dx = invStd * (g - avg g - h
     * * avg(g * h))}, averaged over the elements that share a mean.
     */
    void groupNormGrad(
            Buffer dx,
            Buffer dgamma,
            Buffer dbeta,
            Buffer dy,
            Buffer x,
            Buffer mean,
            Buffer invStd,
            Buffer gamma,
            int batch,
            int pixels,
            int channels,
            int groups);

    // ---- softmax and losses: forward and, where asked, the gradient in the same pass

    /** {@code y[r, c] = exp(x[r, c]) / sum over j of exp(x[r, j])}, each row shifted by its maximum first. */
    void softmax(Buffer y, Buffer x, int rows, int classes);

    /** {@code dx[r, c] = y[r, c] * (dy[r, c] - sum over j of dy[r, j] * y[r, j])}. */
    void softmaxGrad(Buffer dx, Buffer dy, Buffer y, int rows, int classes);

    /**
     * Softmax cross-entropy, averaged: {@code loss = -sum over r of w[l_r] * log softmax(logits_r)[l_r] / sum over r of
     * w[l_r]}. NaN when the weights of all labels are 0.
     *
     * @param loss (1), written
     * @param grad (rows, classes), the gradient of the loss for the logits, written; null when not wanted
     * @param labels (rows), class indices, all valid: see {@link #checkLabels}
     * @param weights (classes), or null for all 1
     */
    void softmaxCrossEntropy(
            Buffer loss,
            @Nullable Buffer grad,
            Buffer logits,
            Buffer labels,
            @Nullable Buffer weights,
            int rows,
            int classes);

    /**
     * Focal loss on softmax probabilities, averaged: {@code loss = -sum over r of w[l_r] * (1 - p_r)^focus * log p_r / sum over
     * r of w[l_r]}, with {@code p_r = softmax(logits_r)[l_r]}. Other arguments as for {@link #softmaxCrossEntropy}, which is
     * focus 0.
     *
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
            int rows,
            int classes);

    /**
     * Soft Dice loss on softmax probabilities p, over the classes from 1 (0 is the background): {@code loss = 1 - mean over n
     * and c >= 1 of (2 * sum p * g + smooth) / (sum p + sum g + smooth)}, the sums over the pixels of image n and g the one-hot
     * label. Other arguments as for {@link #softmaxCrossEntropy}.
     *
     * @param smooth above 0, so that a class that neither is nor is predicted scores 1
     * @param pixels rows times columns of an image
     * @param classes at least 2
     * @see <a href="https://arxiv.org/abs/1606.04797">Milletari et al. 2016</a>
     */
    void diceLoss(
            Buffer loss,
            @Nullable Buffer grad,
            Buffer logits,
            Buffer labels,
            float smooth,
            int batch,
            int pixels,
            int classes);

    // ---- optimisers

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

    // one pass over parameter, gradient and state

    /**
     * Stochastic gradient descent: {@code g = grad + weightDecay * w}; with momentum {@code v = momentum * v + g}, the step is
     * {@code v}, or {@code g + momentum * v} for Nesterov's; {@code w -= rate * step}.
     *
     * @param w modified
     * @param velocity modified, 0 before the first step; null when there is no momentum
     */
    void sgd(
            Buffer w,
            @Nullable Buffer velocity,
            Buffer grad,
            float rate,
            float momentum,
            boolean nesterov,
            float weightDecay);

    /**
     * Adam: {@code m = beta1 * m + (1 - beta1) * g}, {@code v = beta2 * v + (1 - beta2) * g^2}, {@code w -= rate * (m / (1 -
     * beta1^step)) / (sqrt(v / (1 - beta2^step)) + epsilon) + rate * weightDecay * w}; the decay is decoupled, as in AdamW.
     *
     * @param w modified
     * @param m first moment, modified, 0 before step 1
     * @param v second moment, modified, 0 before step 1
     * @see <a href="https://arxiv.org/abs/1412.6980">Kingma and Ba 2015</a>
     * @see <a href="https://arxiv.org/abs/1711.05101">Loshchilov and Hutter 2019</a>
     */
    void adam(Buffer w, Buffer m, Buffer v, Buffer grad, AdamStep step);

    /** {@link #adam} of many parameters, {@code w[i]} with its state and its gradient, for backends that do it in one go. */
    default void adam(Buffer[] w, Buffer[] m, Buffer[] v, Buffer[] grad, AdamStep step) {
        for (int i = 0; i < w.length; i++) {
            adam(w[i], m[i], v[i], grad[i], step);
        }
    }
}
