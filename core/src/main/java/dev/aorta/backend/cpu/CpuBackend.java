package dev.aorta.backend.cpu;

import static dev.aorta.backend.cpu.CpuBuffer.array;

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
import dev.aorta.backend.cpu.conv.ConvKernels;
import dev.aorta.backend.cpu.element.Losses;
import dev.aorta.backend.cpu.element.Movement;
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
import org.jspecify.annotations.Nullable;

/** The kernels in Java, on the vector unit where there is one, and on all cores. Buffers are Java arrays from a pool. */
public final class CpuBackend implements Backend {
    private final Parallel parallel;
    private final BufferPool pool = new BufferPool();
    private final Workspace workspace;
    private volatile boolean closed;
    private final @Nullable ConvKernels forced;

    /** A backend with as many threads as property {@code aorta.threads} says, or else as there are processors. */
    public CpuBackend() {
        this(Parallel.defaultThreads());
    }

    /**
     * A backend of its own threads.
     *
     * @param threads at least 1; results do not depend on it
     * @throws IllegalArgumentException when property {@code aorta.simd} asks for vectors that cannot be had
     */
    public CpuBackend(int threads) {
        this(threads, ConvKernels.forced());
    }

    /** A backend that computes convolutions with the forced kernels where they can. */
    CpuBackend(int threads, @Nullable ConvKernels forced) {
        Simd.requireUsable();
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
        closed = true;
        parallel.close();
        pool.trim();
    }

    void requireOpen() {
        if (closed) {
            throw new IllegalStateException("[cpu] the backend is used after its close");
        }
    }

    @Override
    public Buffer allocate(int size) {
        requireOpen();
        return new CpuBuffer(this, pool.take(size));
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
    public void unary(Buffer y, Buffer x, Unary f) {
        Pointwise.unary(parallel, array(y), array(x), f);
    }

    @Override
    public void unaryGrad(Buffer dx, Buffer dy, Buffer x, Buffer y, Unary f) {
        Pointwise.unaryGrad(parallel, array(dx), array(dy), array(x), array(y), f);
    }

    @Override
    public void binary(Buffer y, Buffer a, Buffer b, Binary f, Broadcast s) {
        Pointwise.binary(parallel, array(y), array(a), array(b), f, s);
    }

    @Override
    public void binaryGrad(Buffer d, Buffer dy, Buffer a, Buffer b, boolean second, Binary f, Broadcast s) {
        Pointwise.binaryGrad(parallel, array(d), array(dy), array(a), array(b), second, f, s);
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
    public void dropout(Buffer y, Buffer x, float rate, long seed) {
        Pointwise.dropout(parallel, array(y), array(x), rate, seed);
    }

    @Override
    public void reduce(Buffer y, Buffer x, Reduction f, ReduceShape s) {
        Reduce.run(parallel, array(y), array(x), f, s);
    }

    @Override
    public void checkLabels(Buffer labels, LabelCheck check) {
        int bad = Reduce.firstRefused(parallel, array(labels), check);
        if (bad >= 0) {
            throw check.refusal(array(labels)[bad], bad);
        }
    }

    @Override
    public void copy(Buffer dst, Buffer src, Strided s) {
        Movement.copy(parallel, array(dst), array(src), s);
    }

    @Override
    public void concat(Buffer y, Buffer[] x, ConcatShape s) {
        for (int part = 0; part < x.length; part++) {
            copy(y, x[part], s.part(part));
        }
    }

    @Override
    public void split(@Nullable Buffer[] dx, Buffer dy, ConcatShape s) {
        for (int part = 0; part < dx.length; part++) {
            Buffer d = dx[part];
            if (d != null) {
                copy(d, dy, s.part(part).inverse());
            }
        }
    }

    @Override
    public void gather(Buffer y, Buffer x, Buffer index, GatherShape s) {
        Movement.gather(parallel, array(y), array(x), array(index), s);
    }

    @Override
    public void gatherGrad(Buffer dx, Buffer dy, Buffer index, GatherShape s) {
        Movement.gatherGrad(parallel, array(dx), array(dy), array(index), s);
    }

    @Override
    public void upsample(Buffer y, Buffer x, UpsampleShape s) {
        Resize.run(parallel, array(y), array(x), s);
    }

    @Override
    public void upsampleGrad(Buffer dx, Buffer dy, UpsampleShape s) {
        Resize.gradient(parallel, array(dx), array(dy), s);
    }

    @Override
    public void matmul(Buffer c, Buffer a, Buffer b, MatMulShape s) {
        Gemm.run(workspace, array(c), array(a), array(b), s);
    }

    private ConvKernels kernels(ConvShape s) {
        return ConvKernels.of(s, forced);
    }

    @Override
    public void conv2d(Buffer y, Buffer x, Buffer w, @Nullable Buffer bias, boolean relu, ConvShape s) {
        kernels(s).forward().run(workspace, array(y), array(x), array(w), optional(bias), relu, s);
    }

    @Override
    public void convTranspose2d(Buffer x, Buffer y, Buffer w, @Nullable Buffer bias, ConvShape s) {
        kernels(s).gradInput().run(workspace, array(x), new Gradient(array(y), null), array(w), optional(bias), s);
    }

    @Override
    public void conv2dGrad(
            @Nullable Buffer dx, @Nullable Buffer dw, @Nullable Buffer db, Masked dy, Buffer x, Buffer w, ConvShape s) {
        ConvKernels kernels = kernels(s);
        Gradient gradient = new Gradient(array(dy.dy()), optional(dy.output()));
        if (dx != null) {
            kernels.gradInput().run(workspace, array(dx), gradient, array(w), null, s);
        }
        if (dw != null) {
            kernels.gradWeight().run(workspace, array(dw), optional(db), gradient, array(x), s);
        } else if (db != null) {
            Reduce.biasGrad(
                    parallel,
                    array(db),
                    gradient.dy(),
                    gradient.mask(),
                    s.output().rows(),
                    s.outC());
        }
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
    public void norm(Buffer y, Buffer mean, Buffer invStd, Buffer x, Buffer gamma, Buffer beta, NormShape s) {
        Norm.forward(workspace, array(y), array(mean), array(invStd), array(x), array(gamma), array(beta), s);
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
        Norm.backward(
                workspace,
                optional(dx),
                optional(dgamma),
                optional(dbeta),
                array(dy),
                array(x),
                array(mean),
                array(invStd),
                array(gamma),
                s);
    }

    @Override
    public void updateRunning(Buffer runMean, Buffer runVar, Buffer mean, Buffer invStd, float momentum, NormShape s) {
        Norm.updateRunning(array(runMean), array(runVar), array(mean), array(invStd), momentum, s);
    }

    @Override
    public void normInference(
            Buffer y, Buffer x, Buffer mean, Buffer variance, Buffer gamma, Buffer beta, NormShape s) {
        Norm.inference(workspace, array(y), array(x), array(mean), array(variance), array(gamma), array(beta), s);
    }

    @Override
    public void softmax(Buffer y, Buffer x, RowShape s) {
        Losses.softmax(parallel, array(y), array(x), s);
    }

    @Override
    public void softmaxGrad(Buffer dx, Buffer dy, Buffer y, RowShape s) {
        Losses.softmaxGrad(parallel, array(dx), array(dy), array(y), s);
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
        Losses.focal(parallel, array(loss), optional(grad), array(logits), array(labels), optional(weights), focus, s);
    }

    @Override
    public void diceLoss(
            Buffer loss, @Nullable Buffer grad, Buffer logits, Buffer labels, float smooth, int batch, RowShape s) {
        Losses.dice(parallel, array(loss), optional(grad), array(logits), array(labels), smooth, batch, s);
    }

    @Override
    public void clipFactor(Buffer factor, Buffer sumOfSquares, float most) {
        double norm = Math.sqrt(array(sumOfSquares)[0]);
        array(factor)[0] = norm > most ? (float) (most / norm) : 1;
    }

    @Override
    public void sgd(Buffer w, @Nullable Buffer velocity, Buffer grad, SgdStep step) {
        Optim.sgd(parallel, array(w), optional(velocity), array(grad), step);
    }

    @Override
    public void adam(Buffer[] w, Buffer[] m, Buffer[] v, Buffer[] grad, AdamStep step) {
        for (int i = 0; i < w.length; i++) {
            Optim.adam(parallel, array(w[i]), array(m[i]), array(v[i]), array(grad[i]), step);
        }
    }

    private static float @Nullable [] optional(@Nullable Buffer buffer) {
        return buffer == null ? null : array(buffer);
    }
}
