package dev.aorta.backend.reference;

import dev.aorta.backend.AdamStep;
import dev.aorta.backend.Backend;
import dev.aorta.backend.Binary;
import dev.aorta.backend.Broadcast;
import dev.aorta.backend.Buffer;
import dev.aorta.backend.ConcatShape;
import dev.aorta.backend.ConvShape;
import dev.aorta.backend.GatherShape;
import dev.aorta.backend.LabelCheck;
import dev.aorta.backend.Masked;
import dev.aorta.backend.MatMulShape;
import dev.aorta.backend.NormShape;
import dev.aorta.backend.PoolShape;
import dev.aorta.backend.ReduceShape;
import dev.aorta.backend.Reduction;
import dev.aorta.backend.RowShape;
import dev.aorta.backend.SgdStep;
import dev.aorta.backend.Strided;
import dev.aorta.backend.Unary;
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

    /** Makes a backend with memory of its own. */
    public ReferenceBackend() {}

    /**
     * {@return the elements of a buffer in double precision, to read and to write}
     *
     * @param buffer of a reference backend
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

    /** {@return the number of buffers that were allocated and not yet released} */
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
    public void unary(Buffer y, Buffer x, Unary f) {
        double[] d = elements(y);
        double[] s = elements(x, d.length);
        Arrays.setAll(d, i -> f.value(s[i]));
    }

    @Override
    public void unaryGrad(Buffer dx, Buffer dy, Buffer x, Buffer y, Unary f) {
        double[] d = destination(dx, y.size(), y);
        double[] g = elements(dy, d.length);
        double[] s = elements(x, d.length);
        double[] v = elements(y);
        Arrays.setAll(d, i -> g[i] * f.slope(s[i], v[i]));
    }

    @Override
    public void binary(Buffer y, Buffer a, Buffer b, Binary f, Broadcast s) {
        double[] d = destination(y, s.size(), s.wholeA() ? null : a, s.wholeB() ? null : b);
        double[] p = elements(a, s.sizeA());
        double[] q = elements(b, s.sizeB());
        ReferencePointwise.forEach(s, (i, ia, ib) -> d[i] = f.value(p[ia], q[ib]));
    }

    @Override
    public void binaryGrad(Buffer d, Buffer dy, Buffer a, Buffer b, boolean second, Binary f, Broadcast s) {
        double[] out = destination(d, s.size(), a, b);
        double[] g = elements(dy, s.size());
        double[] p = elements(a, s.sizeA());
        double[] q = elements(b, s.sizeB());
        ReferencePointwise.forEach(s, (i, ia, ib) -> out[i] = g[i] * f.slope(p[ia], q[ib], second));
    }

    @Override
    public void scaleBy(Buffer dst, Buffer src, Buffer scalar) {
        double[] d = destination(dst, src.size(), scalar);
        double[] s = elements(src);
        double factor = elements(scalar, 1)[0];
        Arrays.setAll(d, i -> s[i] * factor);
    }

    @Override
    public void axpby(Buffer dst, float alpha, Buffer src, float beta) {
        double[] d = destination(dst, src.size(), src);
        double[] s = elements(src);
        Arrays.setAll(d, i -> alpha * d[i] + beta * s[i]);
    }

    @Override
    public void dropout(Buffer y, Buffer x, float rate, long seed) {
        ReferencePointwise.dropout(elements(y, x.size()), elements(x), rate, seed);
    }

    // ---- reductions

    @Override
    public void reduce(Buffer y, Buffer x, Reduction f, ReduceShape s) {
        ReferenceReduce.run(
                destination(y, s.outer() * s.inner(), x), elements(x, s.outer() * s.length() * s.inner()), f, s);
    }

    @Override
    public void checkLabels(Buffer labels, LabelCheck check) {
        ReferenceReduce.check(elements(labels), check);
    }

    // ---- layout

    @Override
    public void copy(Buffer dst, Buffer src, Strided s) {
        ReferenceLayout.copy(destination(dst, dst.size(), src), elements(src), s);
    }

    @Override
    public void concat(Buffer y, Buffer[] x, ConcatShape s) {
        double[] d = destination(y, s.outer() * s.extent() * s.inner(), x);
        for (int p = 0; p < x.length; p++) {
            ReferenceLayout.copy(d, elements(x[p], s.outer() * s.extents()[p] * s.inner()), s.part(p));
        }
    }

    @Override
    public void split(@Nullable Buffer[] dx, Buffer dy, ConcatShape s) {
        double[] g = elements(dy, s.outer() * s.extent() * s.inner());
        for (int p = 0; p < dx.length; p++) {
            if (dx[p] != null) {
                double[] d = destination(dx[p], s.outer() * s.extents()[p] * s.inner(), dy);
                ReferenceLayout.copy(d, g, s.part(p).inverse());
            }
        }
    }

    @Override
    public void gather(Buffer y, Buffer x, Buffer index, GatherShape s) {
        double[] d = destination(y, s.outer() * s.count() * s.inner(), x, index);
        double[] v = elements(x, s.outer() * s.length() * s.inner());
        ReferenceLayout.forEachGathered(elements(index, s.count()), s, (yAt, xAt) -> d[yAt] = v[xAt]);
    }

    @Override
    public void gatherGrad(Buffer dx, Buffer dy, Buffer index, GatherShape s) {
        double[] d = destination(dx, s.outer() * s.length() * s.inner(), dy, index);
        double[] g = elements(dy, s.outer() * s.count() * s.inner());
        Arrays.fill(d, 0);
        ReferenceLayout.forEachGathered(elements(index, s.count()), s, (yAt, xAt) -> d[xAt] += g[yAt]);
    }

    @Override
    public void upsample(Buffer y, Buffer x, UpsampleShape s) {
        ReferenceLayout.upsample(
                destination(y, s.output().size(), x), elements(x, s.input().size()), s);
    }

    @Override
    public void upsampleGrad(Buffer dx, Buffer dy, UpsampleShape s) {
        ReferenceLayout.upsampleGrad(
                destination(dx, s.input().size(), dy), elements(dy, s.output().size()), s);
    }

    // ---- linear algebra

    @Override
    public void matmul(Buffer c, Buffer a, Buffer b, MatMulShape s) {
        ReferenceMatrix.multiply(
                destination(c, s.batch() * s.m() * s.n(), a, b), elements(a, s.sizeA()), elements(b, s.sizeB()), s);
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
    public void convTranspose2d(Buffer x, Buffer y, Buffer w, @Nullable Buffer bias, ConvShape s) {
        ReferenceConv.gradInput(
                destination(x, s.input().size(), y, w, bias),
                elements(y, s.output().size()),
                null,
                elements(w, s.weight().size()),
                optional(bias, s.inC()),
                s);
    }

    @Override
    public void conv2dGrad(
            @Nullable Buffer dx, @Nullable Buffer dw, @Nullable Buffer db, Masked dy, Buffer x, Buffer w, ConvShape s) {
        double[] g = elements(dy.dy(), s.output().size());
        double[] mask = optional(dy.output(), s.output().size());
        double[] image = elements(x, s.input().size());
        double[] weight = elements(w, s.weight().size());
        if (dx != null) {
            double[] d = destination(dx, image.length, dy.dy(), dy.output(), x, w);
            ReferenceConv.gradInput(d, g, mask, weight, null, s);
        }
        if (dw != null) {
            ReferenceConv.gradWeight(destination(dw, weight.length, dy.dy(), dy.output(), x, w), g, mask, image, s);
        }
        if (db != null) {
            ReferenceConv.gradBias(destination(db, s.outC(), dy.dy(), dy.output(), x, w), g, mask);
        }
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
    public void norm(Buffer y, Buffer mean, Buffer invStd, Buffer x, Buffer gamma, Buffer beta, NormShape s) {
        ReferenceNorm.forward(
                destination(y, s.size(), x, gamma, beta),
                destination(mean, s.statistics(), x, gamma, beta),
                destination(invStd, s.statistics(), x, gamma, beta),
                elements(x, s.size()),
                elements(gamma, s.channels()),
                elements(beta, s.channels()),
                s);
    }

    @Override
    public void normGrad(
            @Nullable Buffer dx,
            @Nullable Buffer dgamma,
            @Nullable Buffer dbeta,
            Buffer dy,
            Buffer x,
            Buffer mean,
            Buffer invStd,
            Buffer gamma,
            NormShape s) {
        ReferenceNorm.backward(
                optionalDestination(dx, s.size(), dy, x, mean, invStd, gamma),
                optionalDestination(dgamma, s.channels(), dy, x, mean, invStd, gamma),
                optionalDestination(dbeta, s.channels(), dy, x, mean, invStd, gamma),
                elements(dy, s.size()),
                elements(x, s.size()),
                elements(mean, s.statistics()),
                elements(invStd, s.statistics()),
                elements(gamma, s.channels()),
                s);
    }

    @Override
    public void updateRunning(Buffer runMean, Buffer runVar, Buffer mean, Buffer invStd, float momentum, NormShape s) {
        ReferenceNorm.updateRunning(
                destination(runMean, s.channels(), mean, invStd),
                destination(runVar, s.channels(), mean, invStd),
                elements(mean, s.channels()),
                elements(invStd, s.channels()),
                momentum,
                s);
    }

    @Override
    public void normInference(
            Buffer y, Buffer x, Buffer mean, Buffer variance, Buffer gamma, Buffer beta, NormShape s) {
        ReferenceNorm.inference(
                destination(y, s.size(), x, mean, variance, gamma, beta),
                elements(x, s.size()),
                elements(mean, s.channels()),
                elements(variance, s.channels()),
                elements(gamma, s.channels()),
                elements(beta, s.channels()),
                s.epsilon());
    }

    // ---- softmax and losses

    @Override
    public void softmax(Buffer y, Buffer x, RowShape s) {
        ReferenceLoss.softmax(destination(y, s.size(), x), elements(x, s.size()), s);
    }

    @Override
    public void softmaxGrad(Buffer dx, Buffer dy, Buffer y, RowShape s) {
        ReferenceLoss.softmaxGrad(destination(dx, s.size(), dy, y), elements(dy, s.size()), elements(y, s.size()), s);
    }

    @Override
    public void focalLoss(
            Buffer loss,
            @Nullable Buffer grad,
            Buffer logits,
            Buffer labels,
            @Nullable Buffer weights,
            float focus,
            RowShape s) {
        ReferenceLoss.focal(
                destination(loss, 1, logits, labels, weights),
                optionalDestination(grad, s.size(), logits, labels, weights),
                elements(logits, s.size()),
                elements(labels, s.rows()),
                optional(weights, s.classes()),
                focus,
                s);
    }

    @Override
    public void diceLoss(
            Buffer loss, @Nullable Buffer grad, Buffer logits, Buffer labels, float smooth, int batch, RowShape s) {
        ReferenceLoss.dice(
                destination(loss, 1, logits, labels),
                optionalDestination(grad, s.size(), logits, labels),
                elements(logits, s.size()),
                elements(labels, s.rows()),
                smooth,
                batch,
                s);
    }

    // ---- optimisers

    @Override
    public void clipFactor(Buffer factor, Buffer sumOfSquares, float most) {
        double norm = Math.sqrt(elements(sumOfSquares, 1)[0]);
        elements(factor, 1)[0] = norm > most ? most / norm : 1;
    }

    @Override
    public void sgd(Buffer w, @Nullable Buffer velocity, Buffer grad, SgdStep step) {
        int size = grad.size();
        ReferenceOptimizer.sgd(
                destination(w, size, grad, velocity), optionalDestination(velocity, size, grad), elements(grad), step);
    }

    @Override
    public void adam(Buffer[] w, Buffer[] m, Buffer[] v, Buffer[] grad, AdamStep step) {
        for (int i = 0; i < w.length; i++) {
            int size = grad[i].size();
            ReferenceOptimizer.adam(
                    destination(w[i], size, m[i], v[i], grad[i]),
                    destination(m[i], size, v[i], grad[i]),
                    destination(v[i], size, grad[i]),
                    elements(grad[i]),
                    step);
        }
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

    private double @Nullable [] optionalDestination(@Nullable Buffer buffer, int size, @Nullable Buffer... sources) {
        return buffer == null ? null : destination(buffer, size, sources);
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
