package dev.aorta.backend.cpu;

import static dev.aorta.backend.cpu.CpuBuffer.array;

import dev.aorta.Activation;
import dev.aorta.backend.AdamStep;
import dev.aorta.backend.Backend;
import dev.aorta.backend.Buffer;
import dev.aorta.backend.ConvShape;
import dev.aorta.backend.LabelCheck;
import dev.aorta.backend.Placement;
import dev.aorta.backend.PoolShape;
import dev.aorta.backend.UpsampleShape;
import dev.aorta.backend.cpu.conv.ConvKernels;
import dev.aorta.backend.cpu.element.Layout;
import dev.aorta.backend.cpu.element.Losses;
import dev.aorta.backend.cpu.element.Norm;
import dev.aorta.backend.cpu.element.Optim;
import dev.aorta.backend.cpu.element.Pointwise;
import dev.aorta.backend.cpu.element.Pool;
import dev.aorta.backend.cpu.element.Reduce;
import dev.aorta.backend.cpu.element.Resize;
import dev.aorta.backend.cpu.machine.BufferPool;
import dev.aorta.backend.cpu.machine.Gradient;
import dev.aorta.backend.cpu.machine.Parallel;
import dev.aorta.backend.cpu.machine.Simd;
import dev.aorta.backend.cpu.machine.Workspace;
import dev.aorta.backend.cpu.product.Gemm;
import dev.aorta.backend.cpu.winograd.ImageParts;
import dev.aorta.backend.cpu.winograd.Winograd;
import org.jspecify.annotations.Nullable;

/** The kernels in Java, on the vector unit where there is one, and on all cores. Buffers are Java arrays from a pool. */
public final class CpuBackend implements Backend {
    private final Parallel parallel;
    private final BufferPool pool = new BufferPool();
    private final Workspace workspace;
    private final @Nullable ConvKernels forced;

    /** A backend with as many threads as property {@code aorta.threads} says, or else as there are processors. */
    public CpuBackend() {
        this(Parallel.defaultThreads());
    }

    /**
     * A backend of its own threads.
     *
     * @param threads at least 1; results do not depend on it
     */
    public CpuBackend(int threads) {
        this(threads, ConvKernels.forced());
    }

    /** A backend that computes convolutions with the forced kernels where they can. */
    CpuBackend(int threads, @Nullable ConvKernels forced) {
        this.forced = forced;
        parallel = new Parallel(threads);
        workspace = new Workspace(parallel, pool);
    }

    @Override
    public String name() {
        return "cpu";
    }

    @Override
    public String description() {
        return Simd.describe(parallel.threads());
    }

    @Override
    public void close() {
        parallel.close();
        pool.trim();
    }

    @Override
    public Buffer allocate(int size) {
        return new CpuBuffer(pool.take(size));
    }

    @Override
    public void release(Buffer buffer) {
        array(buffer);
        pool.give(((CpuBuffer) buffer).retire());
    }

    @Override
    public void upload(Buffer dst, float[] src) {
        System.arraycopy(src, 0, array(dst), 0, dst.size());
    }

    @Override
    public void download(float[] dst, Buffer src) {
        System.arraycopy(array(src), 0, dst, 0, src.size());
    }

    @Override
    public double readScalar(Buffer src) {
        return array(src)[0];
    }

    @Override
    public void fill(Buffer dst, float value) {
        Pointwise.fill(parallel, array(dst), value);
    }

    @Override
    public void copy(Buffer dst, Buffer src) {
        Pointwise.copy(parallel, array(dst), array(src));
    }

    @Override
    public void add(Buffer dst, Buffer a, Buffer b) {
        Pointwise.add(parallel, array(dst), array(a), array(b));
    }

    @Override
    public void mul(Buffer dst, Buffer a, Buffer b) {
        Pointwise.mul(parallel, array(dst), array(a), array(b));
    }

    @Override
    public void scale(Buffer dst, Buffer src, float alpha) {
        Pointwise.scale(parallel, array(dst), array(src), alpha);
    }

    @Override
    public void axpby(Buffer dst, float alpha, Buffer src, float beta) {
        Pointwise.axpby(parallel, array(dst), alpha, array(src), beta);
    }

    @Override
    public void scaleBy(Buffer dst, Buffer src, Buffer scalar) {
        float factor = array(scalar)[0];
        if (dst != src || factor != 1) {
            Pointwise.scale(parallel, array(dst), array(src), factor);
        }
    }

    @Override
    public void broadcast(Buffer dst, Buffer scalar, float alpha) {
        Pointwise.fill(parallel, array(dst), alpha * array(scalar)[0]);
    }

    @Override
    public void activation(Buffer y, Buffer x, Activation f, float slope) {
        Pointwise.activation(parallel, array(y), array(x), f, slope);
    }

    @Override
    public void activationGrad(Buffer dx, Buffer dy, Buffer y, Activation f, float slope) {
        Pointwise.activationGrad(parallel, array(dx), array(dy), array(y), f, slope);
    }

    @Override
    public void biasAdd(Buffer y, Buffer x, Buffer bias, int rows, int channels) {
        Pointwise.biasAdd(parallel, array(y), array(x), array(bias), rows, channels);
    }

    @Override
    public void biasGrad(Buffer db, Buffer dy, @Nullable Buffer mask, int rows, int channels) {
        Reduce.biasGrad(parallel, array(db), array(dy), optional(mask), rows, channels);
    }

    @Override
    public void dropout(Buffer y, Buffer x, float rate, long seed) {
        Pointwise.dropout(parallel, array(y), array(x), rate, seed);
    }

    @Override
    public void sum(Buffer dst, Buffer src) {
        array(dst)[0] = (float) Reduce.sum(parallel, array(src));
    }

    @Override
    public void sumOfSquares(Buffer dst, Buffer src) {
        array(dst)[0] = (float) Reduce.sumOfSquares(parallel, array(src));
    }

    @Override
    public void argmax(Buffer dst, Buffer src, int rows, int classes) {
        Reduce.argmax(parallel, array(dst), array(src), rows, classes);
    }

    @Override
    public void checkLabels(Buffer labels, LabelCheck check) {
        int bad = Reduce.firstRefused(parallel, array(labels), check);
        if (bad >= 0) {
            throw check.refusal(array(labels)[bad], bad);
        }
    }

    @Override
    public void copyBlock(Buffer dst, Placement to, Buffer src, Placement from, int batch, int h, int w, int c) {
        Layout.copyBlock(parallel, array(dst), to, array(src), from, batch, h, w, c);
    }

    @Override
    public void upsampleNearest(Buffer y, Buffer x, UpsampleShape s) {
        Resize.nearest(parallel, array(y), array(x), s);
    }

    @Override
    public void upsampleNearestGrad(Buffer dx, Buffer dy, UpsampleShape s) {
        Resize.nearestGrad(parallel, array(dx), array(dy), s);
    }

    @Override
    public void upsampleBilinear(Buffer y, Buffer x, UpsampleShape s) {
        Resize.bilinear(parallel, array(y), array(x), s);
    }

    @Override
    public void upsampleBilinearGrad(Buffer dx, Buffer dy, UpsampleShape s) {
        Resize.bilinearGrad(parallel, array(dx), array(dy), s);
    }

    @Override
    public void gemm(Buffer c, Buffer a, boolean transposeA, Buffer b, boolean transposeB, int m, int n, int k) {
        Gemm.run(parallel, array(c), array(a), transposeA, array(b), transposeB, m, n, k);
    }

    private ConvKernels kernels(ConvShape s) {
        return ConvKernels.of(s, forced);
    }

    @Override
    public void conv2d(Buffer y, Buffer x, Buffer w, @Nullable Buffer bias, boolean relu, ConvShape s) {
        kernels(s).forward().run(workspace, array(y), array(x), array(w), optional(bias), relu, s);
    }

    @Override
    public void conv2dGradInput(
            Buffer dx, Buffer dy, @Nullable Buffer mask, Buffer w, @Nullable Buffer bias, ConvShape s) {
        kernels(s)
                .gradInput()
                .run(workspace, array(dx), new Gradient(array(dy), optional(mask)), array(w), optional(bias), s);
    }

    @Override
    public void conv2dGradWeight(Buffer dw, Buffer dy, @Nullable Buffer mask, Buffer x, ConvShape s) {
        kernels(s).gradWeight().run(workspace, array(dw), null, new Gradient(array(dy), optional(mask)), array(x), s);
    }

    @Override
    public void conv2dGradParameters(Buffer dw, Buffer db, Buffer dy, @Nullable Buffer mask, Buffer x, ConvShape s) {
        kernels(s)
                .gradWeight()
                .run(workspace, array(dw), array(db), new Gradient(array(dy), optional(mask)), array(x), s);
    }

    @Override
    public boolean takesParts(ConvShape s, int... channels) {
        return kernels(s).takesParts(channels);
    }

    @Override
    public void conv2d(Buffer y, Buffer[] x, Buffer w, @Nullable Buffer bias, boolean relu, ConvShape s) {
        Winograd.forward(workspace, array(y), parts(x, s), array(w), optional(bias), relu, s);
    }

    @Override
    public void conv2dGradInput(Buffer[] dx, Buffer dy, @Nullable Buffer mask, Buffer w, ConvShape s) {
        Winograd.gradInput(workspace, parts(dx, s), new Gradient(array(dy), optional(mask)), array(w), null, s);
    }

    @Override
    public void conv2dGradParameters(
            Buffer dw, @Nullable Buffer db, Buffer dy, @Nullable Buffer mask, Buffer[] x, ConvShape s) {
        Winograd.gradWeight(
                workspace, array(dw), optional(db), new Gradient(array(dy), optional(mask)), parts(x, s), s);
    }

    private static ImageParts parts(Buffer[] image, ConvShape s) {
        float[][] arrays = new float[image.length][];
        int[] channels = new int[image.length];
        for (int i = 0; i < image.length; i++) {
            arrays[i] = array(image[i]);
            channels[i] = arrays[i].length / s.input().rows();
        }
        return new ImageParts(arrays, channels);
    }

    @Override
    public void maxPool2d(Buffer y, Buffer x, PoolShape s) {
        Pool.max(parallel, array(y), array(x), s);
    }

    @Override
    public void maxPool2dGrad(Buffer dx, Buffer dy, Buffer x, PoolShape s) {
        Pool.maxGrad(parallel, array(dx), array(dy), array(x), s);
    }

    @Override
    public void avgPool2d(Buffer y, Buffer x, PoolShape s) {
        Pool.avg(parallel, array(y), array(x), s);
    }

    @Override
    public void avgPool2dGrad(Buffer dx, Buffer dy, PoolShape s) {
        Pool.avgGrad(parallel, array(dx), array(dy), s);
    }

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
        Norm.forward(
                parallel,
                array(y),
                array(mean),
                array(invStd),
                array(x),
                array(gamma),
                array(beta),
                1,
                rows,
                channels,
                channels,
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
        Norm.backward(
                parallel,
                array(dx),
                array(dgamma),
                array(dbeta),
                array(dy),
                array(x),
                array(mean),
                array(invStd),
                array(gamma),
                1,
                rows,
                channels,
                channels);
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
        Norm.updateRunning(array(runMean), array(runVar), array(mean), array(invStd), momentum, rows, epsilon);
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
        Norm.inference(
                parallel,
                array(y),
                array(x),
                array(mean),
                array(variance),
                array(gamma),
                array(beta),
                rows,
                channels,
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
        Norm.forward(
                parallel,
                array(y),
                array(mean),
                array(invStd),
                array(x),
                array(gamma),
                array(beta),
                batch,
                pixels,
                channels,
                groups,
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
        Norm.backward(
                parallel,
                array(dx),
                array(dgamma),
                array(dbeta),
                array(dy),
                array(x),
                array(mean),
                array(invStd),
                array(gamma),
                batch,
                pixels,
                channels,
                groups);
    }

    @Override
    public void softmax(Buffer y, Buffer x, int rows, int classes) {
        Losses.softmax(parallel, array(y), array(x), rows, classes);
    }

    @Override
    public void softmaxGrad(Buffer dx, Buffer dy, Buffer y, int rows, int classes) {
        Losses.softmaxGrad(parallel, array(dx), array(dy), array(y), rows, classes);
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
        Losses.crossEntropy(
                parallel, array(loss), optional(grad), array(logits), array(labels), optional(weights), rows, classes);
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
        Losses.focal(
                parallel,
                array(loss),
                optional(grad),
                array(logits),
                array(labels),
                optional(weights),
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
        Losses.dice(
                parallel, array(loss), optional(grad), array(logits), array(labels), smooth, batch, pixels, classes);
    }

    @Override
    public void clipFactor(Buffer factor, Buffer sumOfSquares, float most) {
        double norm = Math.sqrt(array(sumOfSquares)[0]);
        array(factor)[0] = norm > most ? (float) (most / norm) : 1;
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
        Optim.sgd(parallel, array(w), optional(velocity), array(grad), rate, momentum, nesterov, weightDecay);
    }

    @Override
    public void adam(Buffer w, Buffer m, Buffer v, Buffer grad, AdamStep step) {
        Optim.adam(parallel, array(w), array(m), array(v), array(grad), step);
    }

    private static float @Nullable [] optional(@Nullable Buffer buffer) {
        return buffer == null ? null : array(buffer);
    }
}
