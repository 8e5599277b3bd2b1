package dev.aorta.cuda;

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
import dev.aorta.cuda.CudaBuffer.Storage;
import org.jspecify.annotations.Nullable;

/**
 * The kernels on an NVIDIA GPU: cuDNN for convolutions and cuBLAS for matrix products where they are installed, Aorta's own
 * kernels for everything else. Methods put work into one stream and return; only {@link #download}, {@link #readScalar} and
 * {@link #synchronize} wait, and throw what the work before them met: a failed kernel, a label that is not a class. Calls of
 * several threads are taken one after the other.
 */
public final class CudaBackend implements Backend {
    private final CudaParts parts;
    private boolean open = true;

    /**
     * Opens a GPU.
     *
     * @param index from 0
     * @throws CudaException when it cannot be used, saying which of driver, GPU, cuDNN, cuBLAS and natives is missing, what was
     *     searched and what to install
     */
    public CudaBackend(int index, CudaOptions options) {
        parts = new CudaParts(index, options);
    }

    @Override
    public String name() {
        return parts.device.name;
    }

    @Override
    public String description() {
        return parts.description;
    }

    /** Bytes of device memory that this backend holds, in use or pooled. */
    public synchronized long reservedBytes() {
        return parts.pool.reserved();
    }

    /** Waits until all work is done; an error of that work is thrown here, a label that is not a class among them. */
    public synchronized void synchronize() {
        open().labelChecks.fetch();
        parts.device.synchronize();
        parts.labelChecks.report();
    }

    @Override
    public synchronized void trim() {
        open().pool.trim();
    }

    @Override
    public synchronized void close() {
        if (open) {
            open = false;
            parts.close();
        }
    }

    private CudaParts open() {
        if (!open) {
            throw new IllegalStateException("[" + name() + "] the backend is used after its close");
        }
        return parts;
    }

    // ---- memory

    @Override
    public synchronized Buffer allocate(int size) {
        return open().math == CudaOptions.Math.BFLOAT16 ? parts.pool.takeLater(size) : parts.pool.take(size);
    }

    @Override
    public synchronized void release(Buffer buffer) {
        open().pool.give(CudaBuffer.of(buffer));
    }

    @Override
    public synchronized void upload(Buffer dst, float[] src) {
        try (var scratch = new Scratch(open().pool)) {
            CudaBuffer room = parts.conversion.room(Storage.FLOAT32, dst, scratch);
            parts.staging.upload(room, src);
            parts.conversion.written(room, dst);
        }
    }

    @Override
    public synchronized void download(float[] dst, Buffer src) {
        try (var scratch = new Scratch(open().pool)) {
            parts.labelChecks.fetch();
            parts.staging.download(dst, parts.conversion.as(Storage.FLOAT32, src, scratch));
            parts.labelChecks.report();
        }
    }

    @Override
    public synchronized double readScalar(Buffer src) {
        float[] value = new float[1];
        download(value, src);
        return value[0];
    }

    // ----  pointwise

    @Override
    public synchronized void fill(Buffer dst, float value) {
        open().pointwise.fill(dst, value);
    }

    @Override
    public synchronized void unary(Buffer y, Buffer x, Unary f) {
        open().pointwise.unary(y, x, f);
    }

    @Override
    public synchronized void unaryGrad(Buffer dx, Buffer dy, Buffer x, Buffer y, Unary f) {
        open().pointwise.unaryGrad(dx, dy, x, y, f);
    }

    @Override
    public synchronized void binary(Buffer y, Buffer a, Buffer b, Binary f, Broadcast s) {
        open().pointwise.binary(y, a, b, f, s);
    }

    @Override
    public synchronized void binaryGrad(
            Buffer d, Buffer dy, Buffer a, Buffer b, boolean second, Binary f, Broadcast s) {
        open().pointwise.binaryGrad(d, dy, a, b, second, f, s);
    }

    @Override
    public synchronized void scaleBy(Buffer dst, Buffer src, Buffer scalar) {
        open().pointwise.scaleBy(dst, src, scalar);
    }

    @Override
    public synchronized void axpby(Buffer dst, float alpha, Buffer src, float beta) {
        open().pointwise.axpby(dst, alpha, src, beta);
    }

    @Override
    public synchronized void dropout(Buffer y, Buffer x, float rate, long seed) {
        open().pointwise.dropout(y, x, rate, seed);
    }

    // ----  reductions

    @Override
    public synchronized void reduce(Buffer y, Buffer x, Reduction f, ReduceShape s) {
        open().reductions.reduce(y, x, f, s);
    }

    @Override
    public synchronized void checkLabels(Buffer labels, LabelCheck check) {
        open().labelChecks.check(labels, check);
    }

    // ----  layout

    @Override
    public synchronized void copy(Buffer dst, Buffer src, Strided s) {
        open().layout.copy(dst, src, s);
    }

    @Override
    public synchronized void concat(Buffer y, Buffer[] x, ConcatShape s) {
        open().layout.concat(y, x, s);
    }

    @Override
    public synchronized void split(@Nullable Buffer[] dx, Buffer dy, ConcatShape s) {
        open().layout.split(dx, dy, s);
    }

    @Override
    public synchronized void gather(Buffer y, Buffer x, Buffer index, GatherShape s) {
        open().layout.gather(y, x, index, s);
    }

    @Override
    public synchronized void gatherGrad(Buffer dx, Buffer dy, Buffer index, GatherShape s) {
        open().layout.gatherGrad(dx, dy, index, s);
    }

    @Override
    public synchronized void upsample(Buffer y, Buffer x, UpsampleShape s) {
        open().layout.upsample(y, x, s);
    }

    @Override
    public synchronized void upsampleGrad(Buffer dx, Buffer dy, UpsampleShape s) {
        open().layout.upsampleGrad(dx, dy, s);
    }

    // ----  linear algebra

    @Override
    public synchronized void matmul(Buffer c, Buffer a, Buffer b, MatMulShape s) {
        open().products.matmul(c, a, b, s);
    }

    // ----  convolution

    @Override
    public synchronized void conv2d(Buffer y, Buffer x, Buffer w, @Nullable Buffer bias, boolean relu, ConvShape s) {
        open().convolutions.forward(y, x, w, bias, relu, s);
    }

    @Override
    public synchronized void convTranspose2d(Buffer x, Buffer y, Buffer w, @Nullable Buffer bias, ConvShape s) {
        open().convolutions.transposed(x, y, w, bias, s);
    }

    @Override
    public synchronized void conv2dGrad(
            @Nullable Buffer dx, @Nullable Buffer dw, @Nullable Buffer db, Masked dy, Buffer x, Buffer w, ConvShape s) {
        open().convolutions.gradient(dx, dw, db, dy, x, w, s);
    }

    // ----  pooling

    @Override
    public synchronized void maxPool2d(Buffer y, Buffer x, PoolShape s) {
        open().pooling.max(y, x, s);
    }

    @Override
    public synchronized void maxPool2dGrad(Buffer dx, Buffer dy, Buffer x, PoolShape s) {
        open().pooling.maxGrad(dx, dy, x, s);
    }

    @Override
    public synchronized void avgPool2d(Buffer y, Buffer x, PoolShape s) {
        open().pooling.average(y, x, s);
    }

    @Override
    public synchronized void avgPool2dGrad(Buffer dx, Buffer dy, PoolShape s) {
        open().pooling.averageGrad(dx, dy, s);
    }

    // ----  normalisation

    @Override
    public synchronized void norm(
            Buffer y, Buffer mean, Buffer invStd, Buffer x, Buffer gamma, Buffer beta, NormShape s) {
        open().normalisation.forward(y, mean, invStd, x, gamma, beta, s);
    }

    @Override
    public synchronized void normGrad(
            @Nullable Buffer dx,
            @Nullable Buffer dgamma,
            @Nullable Buffer dbeta,
            Buffer dy,
            Buffer x,
            Buffer mean,
            Buffer invStd,
            Buffer gamma,
            NormShape s) {
        open().normalisation.backward(dx, dgamma, dbeta, dy, x, mean, invStd, gamma, s);
    }

    @Override
    public synchronized void updateRunning(
            Buffer runMean, Buffer runVar, Buffer mean, Buffer invStd, float momentum, NormShape s) {
        open().normalisation.updateRunning(runMean, runVar, mean, invStd, momentum, s);
    }

    @Override
    public synchronized void normInference(
            Buffer y, Buffer x, Buffer mean, Buffer variance, Buffer gamma, Buffer beta, NormShape s) {
        open().normalisation.inference(y, x, mean, variance, gamma, beta, s);
    }

    // ----  softmax and losses

    @Override
    public synchronized void softmax(Buffer y, Buffer x, RowShape s) {
        open().losses.softmax(y, x, s);
    }

    @Override
    public synchronized void softmaxGrad(Buffer dx, Buffer dy, Buffer y, RowShape s) {
        open().losses.softmaxGrad(dx, dy, y, s);
    }

    @Override
    public synchronized void focalLoss(
            Buffer loss,
            @Nullable Buffer grad,
            Buffer logits,
            Buffer labels,
            @Nullable Buffer weights,
            float focus,
            RowShape s) {
        open().losses.focal(loss, grad, logits, labels, weights, focus, s);
    }

    @Override
    public synchronized void diceLoss(
            Buffer loss, @Nullable Buffer grad, Buffer logits, Buffer labels, float smooth, int batch, RowShape s) {
        open().losses.dice(loss, grad, logits, labels, smooth, batch, s);
    }

    // ----  optimisers

    @Override
    public synchronized void clipFactor(Buffer factor, Buffer sumOfSquares, float most) {
        open().optimisers.clipFactor(factor, sumOfSquares, most);
    }

    @Override
    public synchronized void sgd(Buffer w, @Nullable Buffer velocity, Buffer grad, SgdStep step) {
        open().optimisers.sgd(w, velocity, grad, step);
    }

    @Override
    public synchronized void adam(Buffer[] w, Buffer[] m, Buffer[] v, Buffer[] grad, AdamStep step) {
        open().optimisers.adam(w, m, v, grad, step);
    }
}
