package dev.aorta.cuda;

import dev.aorta.Activation;
import dev.aorta.backend.AdamStep;
import dev.aorta.backend.Backend;
import dev.aorta.backend.Buffer;
import dev.aorta.backend.ConvShape;
import dev.aorta.backend.LabelCheck;
import dev.aorta.backend.Placement;
import dev.aorta.backend.PoolShape;
import dev.aorta.backend.UpsampleShape;
import dev.aorta.cuda.CudaBuffer.Storage;
import java.util.ArrayDeque;
import java.util.Arrays;
import java.util.Deque;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * The kernels on an NVIDIA GPU: cuDNN for convolutions and cuBLAS for matrix products where they are installed, Aorta's own
 * kernels for everything else. Methods put work into one stream and return; only {@link #download}, {@link #readScalar} and
 * {@link #synchronize} wait, and throw what the work before them met: a failed kernel, a label that is not a class. Calls of
 * several threads are taken one after the other.
 */
public final class CudaBackend implements Backend {
    private final CudaDevice device;
    private final Deque<AutoCloseable> resources = new ArrayDeque<>();
    private final MemoryPool pool;
    private final Staging staging;
    private final Launcher launcher;
    private final Reductions reductions;
    private final Normalisation normalisation;
    private final Losses losses;
    private final LabelChecks labelChecks;
    private final Convolutions convolutions;
    private final Conversion conversion;
    private final CudaOptions.Math math;
    private final Product product;
    private final @Nullable Cublas cublas;
    private final String description;
    private boolean open = true;

    /**
     * Opens a GPU.
     *
     * @param index from 0
     * @throws CudaException when it cannot be used, saying which of driver, GPU, cuDNN, cuBLAS and natives is missing, what was
     *     searched and what to install
     */
    public CudaBackend(int index, CudaOptions options) {
        CudaLibraries libraries = CudaLibraries.load();
        boolean none = options.libraries() == CudaOptions.Libraries.NONE;
        if (options.libraries() == CudaOptions.Libraries.REQUIRE) {
            for (String name : List.of("cuDNN", "cuBLAS")) {
                if ((name.equals("cuDNN") ? libraries.cudnn() : libraries.cublas()) == null) {
                    throw new CudaException("[cuda] " + libraries.missing(name));
                }
            }
        }
        device = new CudaDevice(index);
        try {
            pool = opened(new MemoryPool(device, options.poison()));
            staging = opened(new Staging(device, pool, Staging.MOST_BLOCKS));
            launcher = opened(new Launcher(device, opened(new Kernels(device))));
            reductions = new Reductions(launcher, pool);
            normalisation = new Normalisation(launcher, pool, reductions);
            losses = new Losses(launcher, pool, reductions);
            labelChecks = opened(new LabelChecks(device, launcher, pool));
            conversion = new Conversion(launcher, pool);
            math = device.math(options.math());
            cublas = none || libraries.cublas() == null ? null : opened(new Cublas(device, pool, staging, math));
            product = Product.of(math);
            var own = new OwnConvolutions(launcher, pool, reductions, product);
            CudnnConvolutions cudnn = none || libraries.cudnn() == null
                    ? null
                    : opened(new CudnnConvolutions(device, launcher, pool, own, math, options.algorithms()));
            convolutions = cudnn == null
                    ? own
                    : math == CudaOptions.Math.BFLOAT16 ? new Bfloat16Convolutions(cudnn, conversion) : cudnn;
            description =
                    device + ", convolutions by " + (cudnn == null ? "own kernels" : "cuDNN " + cudnn.versionText())
                            + ", products by " + (cublas == null ? "own kernels" : "cuBLAS " + cublas.versionText())
                            + ", " + math.name().toLowerCase(java.util.Locale.ROOT)
                            + (none ? "" : absent(libraries));
        } catch (RuntimeException e) {
            closeResources(e);
            throw e;
        }
    }

    private static String absent(CudaLibraries libraries) {
        StringBuilder text = new StringBuilder();
        for (String name : List.of("cuDNN", "cuBLAS")) {
            if ((name.equals("cuDNN") ? libraries.cudnn() : libraries.cublas()) == null) {
                text.append("; ").append(name).append(" not found");
            }
        }
        return text.toString();
    }

    private <T extends AutoCloseable> T opened(T resource) {
        resources.push(resource);
        return resource;
    }

    @Override
    public String name() {
        return device.name;
    }

    @Override
    public String description() {
        return description;
    }

    /** Bytes of device memory that this backend holds, in use or pooled. */
    public synchronized long reservedBytes() {
        return pool.reserved();
    }

    /** Waits until all work is done; an error of that work is thrown here, a label that is not a class among them. */
    public synchronized void synchronize() {
        requireOpen();
        labelChecks.fetch();
        device.synchronize();
        labelChecks.report();
    }

    @Override
    public synchronized void close() {
        if (open) {
            open = false;
            closeResources(null);
        }
    }

    /** Closes in the opposite order of opening, all of it; the first failure is thrown, or joins the one that led here. */
    private void closeResources(@Nullable RuntimeException cause) {
        resources.addLast(device);
        RuntimeException first = cause;
        for (AutoCloseable resource : resources) {
            try {
                resource.close();
            } catch (Exception e) {
                if (first == null) {
                    first = e instanceof RuntimeException r ? r : new IllegalStateException(e);
                } else {
                    first.addSuppressed(e);
                }
            }
        }
        resources.clear();
        if (first != null && cause == null) {
            throw first;
        }
    }

    private void requireOpen() {
        if (!open) {
            throw new IllegalStateException("[" + device.name + "] the backend is used after its close");
        }
    }

    /** The result of a convolution: bfloat16 in that mode, unless its buffer was used before. */
    private Buffer image(Buffer result) {
        return math == CudaOptions.Math.BFLOAT16 ? CudaBuffer.of(result).storedAs(Storage.BFLOAT16) : result;
    }

    private Launcher kernel(String name) {
        requireOpen();
        return launcher.kernel(name);
    }

    // ---- memory

    @Override
    public synchronized Buffer allocate(int size) {
        requireOpen();
        return math == CudaOptions.Math.BFLOAT16 ? pool.takeLater(size) : pool.take(size);
    }

    @Override
    public synchronized void release(Buffer buffer) {
        requireOpen();
        pool.give(CudaBuffer.of(buffer));
    }

    @Override
    public synchronized void upload(Buffer dst, float[] src) {
        requireOpen();
        CudaBuffer room = conversion.room(Storage.FLOAT32, dst);
        staging.upload(room, src);
        conversion.written(room, dst);
    }

    @Override
    public synchronized void download(float[] dst, Buffer src) {
        requireOpen();
        labelChecks.fetch();
        CudaBuffer wide = conversion.as(Storage.FLOAT32, src);
        staging.download(dst, wide);
        conversion.done(wide, src);
        labelChecks.report();
    }

    @Override
    public synchronized double readScalar(Buffer src) {
        float[] value = new float[1];
        download(value, src);
        return value[0];
    }

    // ---- pointwise

    @Override
    public synchronized void fill(Buffer dst, float value) {
        kernel("fill").buffer(dst).f32(value).i32(dst.size()).runByEights(dst.size());
    }

    @Override
    public synchronized void copy(Buffer dst, Buffer src) {
        scale(dst, src, 1);
    }

    @Override
    public synchronized void add(Buffer dst, Buffer a, Buffer b) {
        kernel("add")
                .buffer(CudaBuffer.like(dst, a, b))
                .buffer(a)
                .buffer(b)
                .i32(dst.size())
                .runByEights(dst.size());
    }

    @Override
    public synchronized void mul(Buffer dst, Buffer a, Buffer b) {
        kernel("mul")
                .buffer(CudaBuffer.like(dst, a, b))
                .buffer(a)
                .buffer(b)
                .i32(dst.size())
                .runByEights(dst.size());
    }

    @Override
    public synchronized void scale(Buffer dst, Buffer src, float alpha) {
        kernel("scale")
                .buffer(CudaBuffer.like(dst, src))
                .buffer(src)
                .f32(alpha)
                .i32(dst.size())
                .runByEights(dst.size());
    }

    @Override
    public synchronized void axpby(Buffer dst, float alpha, Buffer src, float beta) {
        kernel("axpby")
                .buffer(dst)
                .buffer(src)
                .f32(alpha)
                .f32(beta)
                .i32(dst.size())
                .runByEights(dst.size());
    }

    @Override
    public synchronized void scaleBy(Buffer dst, Buffer src, Buffer scalar) {
        kernel("scale_by")
                .buffer(CudaBuffer.like(dst, src))
                .buffer(src)
                .buffer(scalar)
                .i32(dst.size())
                .runByEights(dst.size());
    }

    @Override
    public synchronized void broadcast(Buffer dst, Buffer scalar, float alpha) {
        kernel("broadcast")
                .buffer(dst)
                .buffer(scalar)
                .f32(alpha)
                .i32(dst.size())
                .runByEights(dst.size());
    }

    @Override
    public synchronized void activation(Buffer y, Buffer x, Activation f, float slope) {
        kernel("activation")
                .buffer(CudaBuffer.like(y, x))
                .buffer(x)
                .i32(f.ordinal())
                .f32(slope)
                .i32(y.size())
                .runByEights(y.size());
    }

    @Override
    public synchronized void activationGrad(Buffer dx, Buffer dy, Buffer y, Activation f, float slope) {
        kernel("activation_grad")
                .buffer(CudaBuffer.like(dx, dy))
                .buffer(dy)
                .buffer(y)
                .i32(f.ordinal())
                .f32(slope)
                .i32(dx.size())
                .runByEights(dx.size());
    }

    @Override
    public synchronized void biasAdd(Buffer y, Buffer x, Buffer bias, int rows, int channels) {
        kernel("bias_add")
                .buffer(CudaBuffer.like(y, x))
                .buffer(x)
                .buffer(bias)
                .flag(false)
                .i32(channels)
                .i32(y.size())
                .runByEights(y.size());
    }

    @Override
    public synchronized void biasGrad(Buffer db, Buffer dy, @Nullable Buffer mask, int rows, int channels) {
        requireOpen();
        reductions.biasGrad(db, null, dy, mask, rows, channels);
    }

    @Override
    public synchronized void dropout(Buffer y, Buffer x, float rate, long seed) {
        kernel("dropout")
                .buffer(CudaBuffer.like(y, x))
                .buffer(x)
                .f32(rate)
                .i64(seed)
                .i32(y.size())
                .run(y.size());
    }

    // ---- reductions

    @Override
    public synchronized void sum(Buffer dst, Buffer src) {
        requireOpen();
        reductions.sum(dst, src, false);
    }

    @Override
    public synchronized void sumOfSquares(Buffer dst, Buffer src) {
        requireOpen();
        reductions.sum(dst, src, true);
    }

    @Override
    public synchronized void argmax(Buffer dst, Buffer src, int rows, int classes) {
        kernel("argmax").buffer(dst).buffer(src).i32(rows).i32(classes).run(rows);
    }

    @Override
    public synchronized void checkLabels(Buffer labels, LabelCheck check) {
        requireOpen();
        labelChecks.check(labels, check);
    }

    // ---- layout

    @Override
    public synchronized void copyBlock(
            Buffer dst, Placement to, Buffer src, Placement from, int batch, int h, int w, int c) {
        int n = batch * h * w * c;
        kernel("copy_block")
                .buffer(CudaBuffer.like(dst, src))
                .buffer(src)
                .place(to)
                .place(from)
                .i32(h)
                .i32(w)
                .i32(c)
                .i32(n)
                .runByEights(n);
    }

    @Override
    public synchronized void upsampleNearest(Buffer y, Buffer x, UpsampleShape s) {
        kernel("upsample_nearest")
                .buffer(CudaBuffer.like(y, x))
                .buffer(x)
                .geometry(s)
                .i32(y.size())
                .run(y.size());
    }

    @Override
    public synchronized void upsampleNearestGrad(Buffer dx, Buffer dy, UpsampleShape s) {
        kernel("upsample_nearest_grad")
                .buffer(CudaBuffer.like(dx, dy))
                .buffer(dy)
                .geometry(s)
                .i32(dx.size())
                .run(dx.size());
    }

    @Override
    public synchronized void upsampleBilinear(Buffer y, Buffer x, UpsampleShape s) {
        kernel("upsample_bilinear")
                .buffer(CudaBuffer.like(y, x))
                .buffer(x)
                .geometry(s)
                .i32(y.size())
                .run(y.size());
    }

    @Override
    public synchronized void upsampleBilinearGrad(Buffer dx, Buffer dy, UpsampleShape s) {
        kernel("upsample_bilinear_grad")
                .buffer(CudaBuffer.like(dx, dy))
                .buffer(dy)
                .geometry(s)
                .i32(dx.size())
                .run(dx.size());
    }

    // ---- linear algebra

    @Override
    public synchronized void gemm(
            Buffer c, Buffer a, boolean transposeA, Buffer b, boolean transposeB, int m, int n, int k) {
        requireOpen();
        if (cublas != null) {
            Storage factors = math == CudaOptions.Math.BFLOAT16 ? Storage.BFLOAT16 : Storage.FLOAT32;
            CudaBuffer left = conversion.as(factors, a);
            CudaBuffer right = conversion.as(factors, b);
            cublas.gemm(CudaBuffer.of(c), left, transposeA, right, transposeB, m, n, k);
            conversion.done(left, a);
            conversion.done(right, b);
            return;
        }
        product.kernel(launcher, "gemm")
                .buffer(c)
                .buffer(a)
                .buffer(b)
                .flag(transposeA)
                .flag(transposeB)
                .i32(m)
                .i32(n)
                .i32(k);
        product.run(launcher, m, n, 1);
    }

    // ---- convolution

    @Override
    public synchronized void conv2d(Buffer y, Buffer x, Buffer w, @Nullable Buffer bias, boolean relu, ConvShape s) {
        requireOpen();
        convolutions.forward(image(y), x, w, bias, relu, s);
    }

    @Override
    public synchronized void conv2dGradInput(
            Buffer dx, Buffer dy, @Nullable Buffer mask, Buffer w, @Nullable Buffer bias, ConvShape s) {
        Buffer masked = masked(dy, mask);
        convolutions.gradInput(image(dx), masked, w, bias, s);
        unmask(masked, dy);
    }

    @Override
    public synchronized void conv2dGradWeight(Buffer dw, Buffer dy, @Nullable Buffer mask, Buffer x, ConvShape s) {
        Buffer masked = masked(dy, mask);
        convolutions.gradWeight(dw, masked, x, s);
        unmask(masked, dy);
    }

    /** Applies the mask once for all, and sums up the bias on the way. */
    @Override
    public synchronized void conv2dGrad(
            @Nullable Buffer dx,
            @Nullable Buffer dw,
            @Nullable Buffer db,
            Buffer dy,
            @Nullable Buffer mask,
            Buffer x,
            Buffer w,
            ConvShape s) {
        if (mask == null || dx == null && dw == null) {
            Backend.super.conv2dGrad(dx, dw, db, dy, mask, x, w, s);
            return;
        }
        Buffer masked;
        if (db == null) {
            masked = masked(dy, mask);
        } else {
            requireOpen();
            masked = pool.take(dy.size(), CudaBuffer.of(dy).storage());
            reductions.biasGrad(db, masked, dy, mask, s.output().rows(), s.outC());
        }
        Backend.super.conv2dGrad(dx, dw, null, masked, null, x, w, s);
        unmask(masked, dy);
    }

    /** dy where the output of a fused ReLU is above 0; {@link #unmask} when it is not needed any more. */
    private Buffer masked(Buffer dy, @Nullable Buffer mask) {
        requireOpen();
        if (mask == null) {
            return dy;
        }
        Buffer out = pool.take(dy.size(), CudaBuffer.of(dy).storage());
        activationGrad(out, dy, mask, Activation.RELU, 0);
        return out;
    }

    private void unmask(Buffer masked, Buffer dy) {
        conversion.done(CudaBuffer.of(masked), dy);
    }

    // ---- pooling

    @Override
    public synchronized void maxPool2d(Buffer y, Buffer x, PoolShape s) {
        kernel("max_pool")
                .buffer(CudaBuffer.like(y, x))
                .buffer(x)
                .geometry(s)
                .i32(y.size())
                .runByEights(y.size());
    }

    @Override
    public synchronized void maxPool2dGrad(Buffer dx, Buffer dy, Buffer x, PoolShape s) {
        kernel("max_pool_grad")
                .buffer(CudaBuffer.like(dx, dy))
                .buffer(dy)
                .buffer(x)
                .geometry(s)
                .i32(dx.size())
                .runByEights(dx.size());
    }

    @Override
    public synchronized void avgPool2d(Buffer y, Buffer x, PoolShape s) {
        kernel("avg_pool")
                .buffer(CudaBuffer.like(y, x))
                .buffer(x)
                .geometry(s)
                .i32(y.size())
                .run(y.size());
    }

    @Override
    public synchronized void avgPool2dGrad(Buffer dx, Buffer dy, PoolShape s) {
        kernel("avg_pool_grad")
                .buffer(CudaBuffer.like(dx, dy))
                .buffer(dy)
                .geometry(s)
                .i32(dx.size())
                .run(dx.size());
    }

    // ---- normalisation

    @Override
    public synchronized void batchNorm(
            Buffer y,
            Buffer mean,
            Buffer invStd,
            Buffer x,
            Buffer gamma,
            Buffer beta,
            int rows,
            int channels,
            float epsilon) {
        groupNorm(y, mean, invStd, x, gamma, beta, 1, rows, channels, channels, epsilon);
    }

    @Override
    public synchronized void batchNormGrad(
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
        groupNormGrad(dx, dgamma, dbeta, dy, x, mean, invStd, gamma, 1, rows, channels, channels);
    }

    @Override
    public synchronized void updateRunning(
            Buffer runMean,
            Buffer runVar,
            Buffer mean,
            Buffer invStd,
            float momentum,
            int rows,
            int channels,
            float epsilon) {
        kernel("update_running")
                .buffer(runMean)
                .buffer(runVar)
                .buffer(mean)
                .buffer(invStd)
                .f32(momentum)
                .f32(epsilon);
        launcher.f32((float) rows / Math.max(rows - 1, 1)).i32(channels).run(channels);
    }

    @Override
    public synchronized void batchNormInference(
            Buffer y,
            Buffer x,
            Buffer mean,
            Buffer variance,
            Buffer gamma,
            Buffer beta,
            int rows,
            int channels,
            float epsilon) {
        kernel("norm_inference")
                .buffer(CudaBuffer.like(y, x))
                .buffer(x)
                .buffer(mean)
                .buffer(variance)
                .buffer(gamma)
                .buffer(beta)
                .f32(epsilon);
        launcher.i32(channels).i32(y.size()).runByEights(y.size());
    }

    @Override
    public synchronized void groupNorm(
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
        requireOpen();
        normalisation.forward(y, mean, invStd, x, gamma, beta, batch, pixels, channels, groups, epsilon);
    }

    @Override
    public synchronized void groupNormGrad(
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
        requireOpen();
        normalisation.backward(dx, dgamma, dbeta, dy, x, mean, invStd, gamma, batch, pixels, channels, groups);
    }

    // ---- softmax and losses

    @Override
    public synchronized void softmax(Buffer y, Buffer x, int rows, int classes) {
        requireOpen();
        losses.softmax(y, x, rows, classes);
    }

    @Override
    public synchronized void softmaxGrad(Buffer dx, Buffer dy, Buffer y, int rows, int classes) {
        requireOpen();
        losses.softmaxGrad(dx, dy, y, rows, classes);
    }

    @Override
    public synchronized void softmaxCrossEntropy(
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
    public synchronized void focalLoss(
            Buffer loss,
            @Nullable Buffer grad,
            Buffer logits,
            Buffer labels,
            @Nullable Buffer weights,
            float focus,
            int rows,
            int classes) {
        requireOpen();
        losses.focal(loss, grad, logits, labels, weights, focus, rows, classes);
    }

    @Override
    public synchronized void diceLoss(
            Buffer loss,
            @Nullable Buffer grad,
            Buffer logits,
            Buffer labels,
            float smooth,
            int batch,
            int pixels,
            int classes) {
        requireOpen();
        losses.dice(loss, grad, logits, labels, smooth, batch, pixels, classes);
    }

    // ---- optimisers

    @Override
    public synchronized void clipFactor(Buffer factor, Buffer sumOfSquares, float most) {
        kernel("clip_factor").buffer(factor).buffer(sumOfSquares).f32(most).run(1);
    }

    @Override
    public synchronized void sgd(
            Buffer w,
            @Nullable Buffer velocity,
            Buffer grad,
            float rate,
            float momentum,
            boolean nesterov,
            float weightDecay) {
        kernel("sgd").buffer(w).buffer(velocity).buffer(grad).f32(rate).f32(momentum);
        launcher.flag(nesterov).f32(weightDecay).i32(w.size()).run(w.size());
    }

    @Override
    public synchronized void adam(Buffer w, Buffer m, Buffer v, Buffer grad, AdamStep step) {
        adam(new Buffer[] {w}, new Buffer[] {m}, new Buffer[] {v}, new Buffer[] {grad}, step);
    }

    @Override
    public synchronized void adam(Buffer[] w, Buffer[] m, Buffer[] v, Buffer[] grad, AdamStep step) {
        for (int from = 0; from < w.length; from += Launcher.MOST_SLOTS) {
            int slots = Math.min(Launcher.MOST_SLOTS, w.length - from);
            int largest = Arrays.stream(w, from, from + slots)
                    .mapToInt(Buffer::size)
                    .max()
                    .orElseThrow();
            kernel("adam").f32(step.rate());
            launcher.f32((float) step.correction1())
                    .f32((float) step.correction2())
                    .f32(step.beta1())
                    .f32(step.beta2());
            launcher.f32(step.epsilon()).f32(step.weightDecay()).slots(w, m, v, grad, from, slots);
            launcher.runByEights(largest, slots);
        }
    }
}
