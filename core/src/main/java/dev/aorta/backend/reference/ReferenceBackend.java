package dev.aorta.backend.reference;

import dev.aorta.Activation;
import dev.aorta.backend.AdamStep;
import dev.aorta.backend.Backend;
import dev.aorta.backend.Buffer;
import dev.aorta.backend.ConvShape;
import dev.aorta.backend.LabelCheck;
import dev.aorta.backend.Placement;
import dev.aorta.backend.PoolShape;
import dev.aorta.backend.UpsampleShape;
import java.util.Arrays;
import java.util.concurrent.atomic.AtomicInteger;
import org.jspecify.annotations.Nullable;

/**
 * The specification of every kernel, in double precision: other backends are compared with it, and gradients are checked on
 * it.
 *
 * <p>It is also the strict backend. Memory is NaN until it is written; a buffer that is used after its release, belongs to
 * another backend, has not the size that the geometry asks for, or is source and destination of a kernel that does not allow
 * it, throws.
 */
public final class ReferenceBackend implements Backend {
    private final AtomicInteger live = new AtomicInteger();
    private volatile boolean closed;

    /**
     * The elements of a buffer in double precision, to read and to write.
     *
     * @throws IllegalStateException when the buffer was released or its backend closed
     * @throws IllegalArgumentException when it belongs to another kind of backend
     */
    public static double[] values(Buffer buffer) {
        if (!(buffer instanceof ReferenceBuffer b)) {
            throw new IllegalArgumentException(
                    "a " + buffer.getClass().getName() + " is no buffer of the reference backend");
        }
        b.owner.requireOpen();
        return b.values();
    }

    /** Buffers that were allocated and not yet released. */
    public int liveBuffers() {
        return live.get();
    }

    @Override
    public String name() {
        return "reference";
    }

    @Override
    public String description() {
        return "float64, plain loops, 1 thread";
    }

    @Override
    public void close() {
        closed = true;
    }

    // ---- memory

    @Override
    public Buffer allocate(int size) {
        requireOpen();
        if (size < 1) {
            throw new IllegalArgumentException("a buffer needs at least 1 element, got " + size);
        }
        Buffer buffer = new ReferenceBuffer(this, size);
        live.incrementAndGet();
        return buffer;
    }

    @Override
    public void release(Buffer buffer) {
        own(buffer).release();
        live.decrementAndGet();
    }

    @Override
    public void upload(Buffer dst, float[] src) {
        double[] d = elements(dst, src.length);
        for (int i = 0; i < src.length; i++) {
            d[i] = src[i];
        }
    }

    @Override
    public void download(float[] dst, Buffer src) {
        double[] s = elements(src, dst.length);
        for (int i = 0; i < dst.length; i++) {
            dst[i] = (float) s[i];
        }
    }

    @Override
    public double readScalar(Buffer src) {
        return elements(src, 1)[0];
    }

    // ---- pointwise

    @Override
    public void fill(Buffer dst, float value) {
        Arrays.fill(elements(dst), value);
    }

    @Override
    public void copy(Buffer dst, Buffer src) {
        double[] d = destination(dst, src.size(), src);
        System.arraycopy(elements(src), 0, d, 0, d.length);
    }

    @Override
    public void add(Buffer dst, Buffer a, Buffer b) {
        double[] d = elements(dst);
        double[] p = elements(a, d.length);
        double[] q = elements(b, d.length);
        Arrays.setAll(d, i -> p[i] + q[i]);
    }

    @Override
    public void mul(Buffer dst, Buffer a, Buffer b) {
        double[] d = elements(dst);
        double[] p = elements(a, d.length);
        double[] q = elements(b, d.length);
        Arrays.setAll(d, i -> p[i] * q[i]);
    }

    @Override
    public void scale(Buffer dst, Buffer src, float alpha) {
        double[] d = elements(dst);
        double[] s = elements(src, d.length);
        Arrays.setAll(d, i -> alpha * s[i]);
    }

    @Override
    public void axpby(Buffer dst, float alpha, Buffer src, float beta) {
        double[] d = destination(dst, src.size(), src);
        double[] s = elements(src);
        Arrays.setAll(d, i -> alpha * d[i] + beta * s[i]);
    }

    @Override
    public void scaleBy(Buffer dst, Buffer src, Buffer scalar) {
        double[] d = destination(dst, src.size(), scalar);
        double[] s = elements(src);
        double factor = elements(scalar, 1)[0];
        Arrays.setAll(d, i -> s[i] * factor);
    }

    @Override
    public void broadcast(Buffer dst, Buffer scalar, float alpha) {
        Arrays.fill(destination(dst, dst.size(), scalar), alpha * elements(scalar, 1)[0]);
    }

    @Override
    public void activation(Buffer y, Buffer x, Activation f, float slope) {
        double[] d = elements(y);
        double[] s = elements(x, d.length);
        Arrays.setAll(d, i -> ReferencePointwise.activation(s[i], f, slope));
    }

    @Override
    public void activationGrad(Buffer dx, Buffer dy, Buffer y, Activation f, float slope) {
        double[] d = destination(dx, y.size(), y);
        double[] g = elements(dy, d.length);
        double[] v = elements(y);
        Arrays.setAll(d, i -> g[i] * ReferencePointwise.slopeAt(v[i], f, slope));
    }

    @Override
    public void biasAdd(Buffer y, Buffer x, Buffer bias, int rows, int channels) {
        double[] d = destination(y, rows * channels, bias);
        double[] s = elements(x, rows * channels);
        double[] b = elements(bias, channels);
        Arrays.setAll(d, i -> s[i] + b[i % channels]);
    }

    @Override
    public void biasGrad(Buffer db, Buffer dy, @Nullable Buffer mask, int rows, int channels) {
        int size = rows * channels;
        ReferenceMatrix.biasGrad(destination(db, channels, dy, mask), elements(dy, size), optional(mask, size));
    }

    @Override
    public void dropout(Buffer y, Buffer x, float rate, long seed) {
        ReferencePointwise.dropout(elements(y, x.size()), elements(x), rate, seed);
    }

    // ---- reductions

    @Override
    public void sum(Buffer dst, Buffer src) {
        destination(dst, 1, src)[0] = Arrays.stream(elements(src)).sum();
    }

    @Override
    public void sumOfSquares(Buffer dst, Buffer src) {
        destination(dst, 1, src)[0] =
                Arrays.stream(elements(src)).map(v -> v * v).sum();
    }

    @Override
    public void argmax(Buffer dst, Buffer src, int rows, int classes) {
        ReferenceMatrix.argmax(destination(dst, rows, src), elements(src, rows * classes), rows, classes);
    }

    @Override
    public void checkLabels(Buffer labels, LabelCheck check) {
        double[] l = elements(labels);
        for (int i = 0; i < l.length; i++) {
            if (!check.accepts(l[i])) {
                throw check.refusal((float) l[i], i);
            }
        }
    }

    // ---- layout

    @Override
    public void copyBlock(Buffer dst, Placement to, Buffer src, Placement from, int batch, int h, int w, int c) {
        double[] d = destination(dst, batch * to.h() * to.w() * to.c(), src);
        double[] s = elements(src, batch * from.h() * from.w() * from.c());
        ReferenceLayout.copyBlock(d, to, s, from, batch, h, w, c);
    }

    @Override
    public void upsampleNearest(Buffer y, Buffer x, UpsampleShape s) {
        ReferenceLayout.nearest(destination(y, outputSize(s), x), elements(x, inputSize(s)), s);
    }

    @Override
    public void upsampleNearestGrad(Buffer dx, Buffer dy, UpsampleShape s) {
        ReferenceLayout.nearestGrad(destination(dx, inputSize(s), dy), elements(dy, outputSize(s)), s);
    }

    @Override
    public void upsampleBilinear(Buffer y, Buffer x, UpsampleShape s) {
        ReferenceLayout.bilinear(destination(y, outputSize(s), x), elements(x, inputSize(s)), s);
    }

    @Override
    public void upsampleBilinearGrad(Buffer dx, Buffer dy, UpsampleShape s) {
        ReferenceLayout.bilinearGrad(destination(dx, inputSize(s), dy), elements(dy, outputSize(s)), s);
    }

    private static int inputSize(UpsampleShape s) {
        return s.batch() * s.inH() * s.inW() * s.channels();
    }

    private static int outputSize(UpsampleShape s) {
        return s.output().size();
    }

    // ---- linear algebra

    @Override
    public void gemm(Buffer c, Buffer a, boolean transposeA, Buffer b, boolean transposeB, int m, int n, int k) {
        ReferenceMatrix.gemm(
                destination(c, m * n, a, b), elements(a, m * k), transposeA, elements(b, k * n), transposeB, m, n, k);
    }

    // ---- convolution

    @Override
    public void conv2d(Buffer y, Buffer x, Buffer w, @Nullable Buffer bias, boolean relu, ConvShape s) {
        ReferenceConv.conv2d(
                destination(y, s.output().size(), x, w, bias),
                elements(x, s.input().size()),
                elements(w, s.weight().size()),
                optional(bias, s.outC()),
                relu,
                s);
    }

    @Override
    public void conv2dGradInput(
            Buffer dx, Buffer dy, @Nullable Buffer mask, Buffer w, @Nullable Buffer bias, ConvShape s) {
        ReferenceConv.gradInput(
                destination(dx, s.input().size(), dy, mask, w, bias),
                elements(dy, s.output().size()),
                optional(mask, s.output().size()),
                elements(w, s.weight().size()),
                optional(bias, s.inC()),
                s);
    }

    @Override
    public void conv2dGradWeight(Buffer dw, Buffer dy, @Nullable Buffer mask, Buffer x, ConvShape s) {
        ReferenceConv.gradWeight(
                destination(dw, s.weight().size(), dy, mask, x),
                elements(dy, s.output().size()),
                optional(mask, s.output().size()),
                elements(x, s.input().size()),
                s);
    }

    // ---- pooling

    @Override
    public void maxPool2d(Buffer y, Buffer x, PoolShape s) {
        ReferencePool.max(
                destination(y, s.output().size(), x), elements(x, s.input().size()), s);
    }

    @Override
    public void maxPool2dGrad(Buffer dx, Buffer dy, Buffer x, PoolShape s) {
        int size = s.input().size();
        ReferencePool.maxGrad(
                destination(dx, size, dy, x), elements(dy, s.output().size()), elements(x, size), s);
    }

    @Override
    public void avgPool2d(Buffer y, Buffer x, PoolShape s) {
        ReferencePool.average(
                destination(y, s.output().size(), x), elements(x, s.input().size()), s);
    }

    @Override
    public void avgPool2dGrad(Buffer dx, Buffer dy, PoolShape s) {
        ReferencePool.averageGrad(
                destination(dx, s.input().size(), dy), elements(dy, s.output().size()), s);
    }

    // ---- normalisation

    @Override
    public void batchNorm(
            Buffer y,
            Buffer mean,
            Buffer invStd,
            Buffer x,
            Buffer gamma,
            Buffer beta,
            int rows,
            int channels,
            float epsilon) {
        ReferenceNorm.batch(rows, channels)
                .forward(
                        destination(y, rows * channels, x, gamma, beta),
                        destination(mean, channels, x, gamma, beta),
                        destination(invStd, channels, x, gamma, beta),
                        elements(x, rows * channels),
                        elements(gamma, channels),
                        elements(beta, channels),
                        epsilon);
    }

    @Override
    public void batchNormGrad(
            Buffer dx,
            Buffer dgamma,
            Buffer dbeta,
            Buffer dy,
            Buffer x,
            Buffer mean,
            Buffer invStd,
            Buffer gamma,
            int rows,
            int channels) {
        ReferenceNorm.batch(rows, channels)
                .backward(
                        destination(dx, rows * channels, dy, x, mean, invStd, gamma),
                        destination(dgamma, channels, dy, x, mean, invStd, gamma),
                        destination(dbeta, channels, dy, x, mean, invStd, gamma),
                        elements(dy, rows * channels),
                        elements(x, rows * channels),
                        elements(mean, channels),
                        elements(invStd, channels),
                        elements(gamma, channels));
    }

    @Override
    public void updateRunning(
            Buffer runMean,
            Buffer runVar,
            Buffer mean,
            Buffer invStd,
            float momentum,
            int rows,
            int channels,
            float epsilon) {
        ReferenceNorm.updateRunning(
                destination(runMean, channels, mean, invStd),
                destination(runVar, channels, mean, invStd),
                elements(mean, channels),
                elements(invStd, channels),
                momentum,
                rows,
                epsilon);
    }

    @Override
    public void batchNormInference(
            Buffer y,
            Buffer x,
            Buffer mean,
            Buffer variance,
            Buffer gamma,
            Buffer beta,
            int rows,
            int channels,
            float epsilon) {
        ReferenceNorm.inference(
                destination(y, rows * channels, x, mean, variance, gamma, beta),
                elements(x, rows * channels),
                elements(mean, channels),
                elements(variance, channels),
                elements(gamma, channels),
                elements(beta, channels),
                epsilon);
    }

    @Override
    public void groupNorm(
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
            float epsilon) {
        int size = batch * pixels * channels;
        ReferenceNorm.group(batch, pixels, channels, groups)
                .forward(
                        destination(y, size, x, gamma, beta),
                        destination(mean, batch * groups, x, gamma, beta),
                        destination(invStd, batch * groups, x, gamma, beta),
                        elements(x, size),
                        elements(gamma, channels),
                        elements(beta, channels),
                        epsilon);
    }

    @Override
    public void groupNormGrad(
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
            int groups) {
        int size = batch * pixels * channels;
        ReferenceNorm.group(batch, pixels, channels, groups)
                .backward(
                        destination(dx, size, dy, x, mean, invStd, gamma),
                        destination(dgamma, channels, dy, x, mean, invStd, gamma),
                        destination(dbeta, channels, dy, x, mean, invStd, gamma),
                        elements(dy, size),
                        elements(x, size),
                        elements(mean, batch * groups),
                        elements(invStd, batch * groups),
                        elements(gamma, channels));
    }

    // ---- softmax and losses

    @Override
    public void softmax(Buffer y, Buffer x, int rows, int classes) {
        ReferenceLoss.softmax(destination(y, rows * classes, x), elements(x, rows * classes), rows, classes);
    }

    @Override
    public void softmaxGrad(Buffer dx, Buffer dy, Buffer y, int rows, int classes) {
        int size = rows * classes;
        ReferenceLoss.softmaxGrad(destination(dx, size, dy, y), elements(dy, size), elements(y, size), rows, classes);
    }

    @Override
    public void softmaxCrossEntropy(
            Buffer loss,
            @Nullable Buffer grad,
            Buffer logits,
            Buffer labels,
            @Nullable Buffer weights,
            int rows,
            int classes) {
        focalLoss(loss, grad, logits, labels, weights, 0, rows, classes);
    }

    @Override
    public void focalLoss(
            Buffer loss,
            @Nullable Buffer grad,
            Buffer logits,
            Buffer labels,
            @Nullable Buffer weights,
            float focus,
            int rows,
            int classes) {
        ReferenceLoss.focal(
                destination(loss, 1, logits, labels, weights),
                grad == null ? null : destination(grad, rows * classes, logits, labels, weights),
                elements(logits, rows * classes),
                elements(labels, rows),
                optional(weights, classes),
                focus,
                rows,
                classes);
    }

    @Override
    public void diceLoss(
            Buffer loss,
            @Nullable Buffer grad,
            Buffer logits,
            Buffer labels,
            float smooth,
            int batch,
            int pixels,
            int classes) {
        int size = batch * pixels * classes;
        ReferenceLoss.dice(
                destination(loss, 1, logits, labels),
                grad == null ? null : destination(grad, size, logits, labels),
                elements(logits, size),
                elements(labels, batch * pixels),
                smooth,
                batch,
                pixels,
                classes);
    }

    // ---- optimisers

    @Override
    public void clipFactor(Buffer factor, Buffer sumOfSquares, float most) {
        double norm = Math.sqrt(elements(sumOfSquares, 1)[0]);
        elements(factor, 1)[0] = norm > most ? most / norm : 1;
    }

    @Override
    public void sgd(
            Buffer w,
            @Nullable Buffer velocity,
            Buffer grad,
            float rate,
            float momentum,
            boolean nesterov,
            float weightDecay) {
        int size = grad.size();
        ReferenceOptimizer.sgd(
                destination(w, size, grad, velocity),
                velocity == null ? null : destination(velocity, size, grad),
                elements(grad),
                rate,
                momentum,
                nesterov,
                weightDecay);
    }

    @Override
    public void adam(Buffer w, Buffer m, Buffer v, Buffer grad, AdamStep step) {
        int size = grad.size();
        ReferenceOptimizer.adam(
                destination(w, size, m, v, grad),
                destination(m, size, v, grad),
                destination(v, size, grad),
                elements(grad),
                step);
    }

    // ---- access to buffers

    private void requireOpen() {
        if (closed) {
            throw new IllegalStateException("the reference backend is used after it was closed");
        }
    }

    private ReferenceBuffer own(Buffer buffer) {
        requireOpen();
        if (!(buffer instanceof ReferenceBuffer b && b.owner == this)) {
            throw new IllegalArgumentException("a buffer of " + buffer.size() + " elements belongs to another backend");
        }
        return b;
    }

    private double[] elements(Buffer buffer) {
        return own(buffer).values();
    }

    private double[] elements(Buffer buffer, int size) {
        if (buffer.size() != size) {
            throw new IllegalArgumentException("a buffer holds " + buffer.size() + " elements, expected " + size);
        }
        return elements(buffer);
    }

    private double @Nullable [] optional(@Nullable Buffer buffer, int size) {
        return buffer == null ? null : elements(buffer, size);
    }

    /** The elements of a destination that must be none of {@code sources}. */
    private double[] destination(Buffer buffer, int size, @Nullable Buffer... sources) {
        for (Buffer other : sources) {
            if (other == buffer) {
                throw new IllegalArgumentException("a buffer of " + size + " elements is both destination and source");
            }
        }
        return elements(buffer, size);
    }
}
