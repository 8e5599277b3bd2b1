package dev.aorta.backend;

import org.jspecify.annotations.Nullable;

/** The kernels of a {@link Backend} that networks are trained with: normalisation, losses and optimisers. */
public interface TrainingKernels {
    // ---- normalisation

    /**
     * Normalisation with the statistics of x: {@code y = (x - mean) * invStd * gamma + beta}, with {@code invStd = 1 /
     * sqrt(variance + epsilon)} and the biased variance, over the elements that share a mean as {@link NormShape} says.
     *
     * @param y (batch, pixels, channels), written
     * @param mean (batch, groups), written
     * @param invStd (batch, groups), written
     * @param x (batch, pixels, channels)
     * @param gamma (channels)
     * @param beta (channels)
     * @param s the geometry
     */
    void norm(Buffer y, Buffer mean, Buffer invStd, Buffer x, Buffer gamma, Buffer beta, NormShape s);

    /**
     * Gradients of {@link #norm}, each where it is wanted: with {@code h = (x - mean) * invStd} and {@code g = dy * gamma}, {@code
     * dbeta = sum of dy}, {@code dgamma = sum of dy * h} over images and pixels, and {@code dx = invStd * (g - avg g - h * avg(g *
     * h))}, averaged over the elements that share a mean.
     *
     * @param dx (batch, pixels, channels), written; null where nobody needs it
     * @param dgamma (channels), written; null where nobody needs it
     * @param dbeta (channels), written; null where nobody needs it
     * @param dy (batch, pixels, channels)
     * @param x (batch, pixels, channels)
     * @param mean (batch, groups), as {@link #norm} gave it
     * @param invStd (batch, groups), as {@link #norm} gave it
     * @param gamma (channels)
     * @param s the geometry
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
     * {@link #norm} and a function of its result, in one pass where the backend has one: {@code y = then(norm(x))}, with the bits of the
     * two one after the other.
     *
     * @param y (batch, pixels, channels), written
     * @param mean (batch, groups), written
     * @param invStd (batch, groups), written
     * @param x (batch, pixels, channels)
     * @param gamma (channels)
     * @param beta (channels)
     * @param then the function
     * @param s the geometry
     */
    void normThen(Buffer y, Buffer mean, Buffer invStd, Buffer x, Buffer gamma, Buffer beta, Unary then, NormShape s);

    /**
     * Gradients of {@link #normThen}, each where it is wanted: those of {@link #normGrad} with {@code dy * then'(h)} in the place of dy,
     * for which {@code h = norm(x)} is computed anew.
     *
     * @param dx (batch, pixels, channels), written; null where nobody needs it
     * @param dgamma (channels), written; null where nobody needs it
     * @param dbeta (channels), written; null where nobody needs it
     * @param dy (batch, pixels, channels)
     * @param y (batch, pixels, channels), as {@link #normThen} gave it
     * @param x (batch, pixels, channels)
     * @param mean (batch, groups), as {@link #normThen} gave it; may be written with the same values
     * @param invStd (batch, groups), likewise
     * @param gamma (channels)
     * @param beta (channels)
     * @param then the function
     * @param s the geometry
     */
    void normThenGrad(
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
            NormShape s);

    /**
     * Moves running statistics towards those of a batch: {@code runMean += momentum * (mean - runMean)} and {@code runVar +=
     * momentum * (unbiased - runVar)}, with {@code unbiased = max(1 / invStd^2 - epsilon, 0) * n / max(n - 1, 1)} and n the
     * elements that share a mean.
     *
     * @param runMean (channels), modified
     * @param runVar (channels), modified
     * @param mean (channels), as {@link #norm} gave it
     * @param invStd (channels), as {@link #norm} gave it
     * @param momentum share of the batch in the new statistics, 0 to 1
     * @param s with a mean for each channel: {@link NormShape#batchNorm}
     */
    void updateRunning(Buffer runMean, Buffer runVar, Buffer mean, Buffer invStd, float momentum, NormShape s);

    /**
     * {@code y = (x - mean) / sqrt(variance + epsilon) * gamma + beta}, with given statistics.
     *
     * @param y (batch, pixels, channels), written
     * @param x (batch, pixels, channels)
     * @param mean (channels)
     * @param variance (channels)
     * @param gamma (channels)
     * @param beta (channels)
     * @param s with a mean for each channel: {@link NormShape#batchNorm}
     */
    void normInference(Buffer y, Buffer x, Buffer mean, Buffer variance, Buffer gamma, Buffer beta, NormShape s);

    // ---- softmax and losses: forward and, where asked, the gradient in the same pass

    /**
     * {@code y[r, c] = exp(x[r, c]) / sum over j of exp(x[r, j])}, each row shifted by its maximum first.
     *
     * @param y (rows, classes), written
     * @param x (rows, classes)
     * @param s the geometry
     */
    void softmax(Buffer y, Buffer x, RowShape s);

    /**
     * Gradient of {@link #softmax}: {@code dx[r, c] = y[r, c] * (dy[r, c] - sum over j of dy[r, j] * y[r, j])}.
     *
     * @param dx (rows, classes), written
     * @param dy (rows, classes)
     * @param y (rows, classes), as {@link #softmax} gave it
     * @param s the geometry
     */
    void softmaxGrad(Buffer dx, Buffer dy, Buffer y, RowShape s);

    /**
     * Focal loss on softmax probabilities, averaged: {@code loss = -sum over r of w[l_r] * (1 - p_r)^focus * log p_r / sum over
     * r of w[l_r]}, with {@code p_r = softmax(logits_r)[l_r]}; NaN when the weights of all labels are 0. Focus 0 is the softmax
     * cross-entropy.
     *
     * @param loss (1), written
     * @param grad (rows, classes), the gradient of the loss for the logits, written; null when not wanted
     * @param logits (rows, classes)
     * @param labels (rows), class indices, all valid: see {@link Backend#checkLabels}
     * @param weights (classes), or null for all 1
     * @param focus at least 0; the larger, the less an easy pixel counts
     * @param s the geometry
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
     * Soft Dice loss on softmax probabilities p, over the classes from 1 (0 is the background): {@code loss = 1 - mean over
     * n and c >= 1 of (2 * sum p * g + smooth) / (sum p + sum g + smooth)}, the sums over the pixels of image n and g the
     * one-hot label.
     *
     * @param loss (1), written
     * @param grad (rows, classes), the gradient of the loss for the logits, written; null when not wanted
     * @param logits (rows, classes)
     * @param labels (rows), class indices, all valid: see {@link Backend#checkLabels}
     * @param smooth above 0, so that a class that neither is nor is predicted scores 1
     * @param batch images; divides the rows
     * @param s the geometry
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
     * @param grad of the size of w
     * @param step the constants
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
     * @param grad of the size of w, each
     * @param step the constants
     * @see <a href="https://arxiv.org/abs/1412.6980">Kingma and Ba 2015</a>
     * @see <a href="https://arxiv.org/abs/1711.05101">Loshchilov and Hutter 2019</a>
     */
    void adam(Buffer[] w, Buffer[] m, Buffer[] v, Buffer[] grad, AdamStep step);
}
