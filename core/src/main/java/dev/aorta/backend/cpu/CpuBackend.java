package dev.aorta.backend.cpu;

import static dev.aorta.backend.cpu.CpuBuffer.read;
import static dev.aorta.backend.cpu.CpuBuffer.readOptional;
import static dev.aorta.backend.cpu.CpuBuffer.write;
import static dev.aorta.backend.cpu.CpuBuffer.writeOptional;

import dev.aorta.backend.Binary;
import dev.aorta.backend.Broadcast;
import dev.aorta.backend.Buffer;
import dev.aorta.backend.ConcatShape;
import dev.aorta.backend.ConvShape;
import dev.aorta.backend.ConvStage;
import dev.aorta.backend.GatherShape;
import dev.aorta.backend.LabelCheck;
import dev.aorta.backend.Masked;
import dev.aorta.backend.MatMulShape;
import dev.aorta.backend.PoolShape;
import dev.aorta.backend.ReduceShape;
import dev.aorta.backend.Reduction;
import dev.aorta.backend.Strided;
import dev.aorta.backend.Unary;
import dev.aorta.backend.UpsampleShape;
import dev.aorta.backend.cpu.conv.ConvKernels;
import dev.aorta.backend.cpu.conv.ConvolutionChain;
import dev.aorta.backend.cpu.conv.DirectConvolution;
import dev.aorta.backend.cpu.element.Finish;
import dev.aorta.backend.cpu.element.Movement;
import dev.aorta.backend.cpu.element.Pointwise;
import dev.aorta.backend.cpu.element.Pool;
import dev.aorta.backend.cpu.element.Reduce;
import dev.aorta.backend.cpu.element.Resize;
import dev.aorta.backend.cpu.machine.BufferPool;
import dev.aorta.backend.cpu.machine.Gradient;
import dev.aorta.backend.cpu.machine.Parallel;
import dev.aorta.backend.cpu.machine.Simd;
import dev.aorta.backend.cpu.machine.WayOut;
import dev.aorta.backend.cpu.machine.Workspace;
import dev.aorta.backend.cpu.product.Gemm;
import dev.aorta.backend.cpu.winograd.ImageParts;
import java.util.Arrays;
import java.util.List;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/** The kernels in Java, on the vector unit where there is one, and on all cores. Buffers are Java arrays from a pool. */
public final class CpuBackend extends CpuTraining {
    private final Parallel parallel;
    private final BufferPool pool;
    private final PackedWeight.Budget budget;
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
        this(threads, ConvKernels.forced(), new BufferPool());
    }

    /** A backend that computes convolutions with the forced kernels where they can, and keeps packed weights in an eighth of the heap. */
    CpuBackend(int threads, @Nullable ConvKernels forced, BufferPool pool) {
        this(threads, forced, pool, new PackedWeight.Budget(Runtime.getRuntime().maxMemory() / 8 / Float.BYTES));
    }

    CpuBackend(int threads, @Nullable ConvKernels forced, BufferPool pool, PackedWeight.Budget budget) {
        super(new Workspace(threads(threads), pool));
        this.forced = forced;
        this.pool = pool;
        this.budget = budget;
        parallel = workspace.parallel();
    }

    private static Parallel threads(int threads) {
        Simd.requireUsable();
        return new Parallel(threads);
    }

    @Override
    public String name() {
        return "cpu";
    }

    @Override
    public String simd() {
        return Simd.BITS == 0 ? "scalar" : Integer.toString(Simd.BITS);
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

    @Override
    public boolean collected() {
        return true;
    }

    @Override
    public void trim() {
        pool.trim();
    }

    BufferPool pool() {
        return pool;
    }

    PackedWeight.Budget budget() {
        return budget;
    }

    Parallel parallel() {
        return parallel;
    }

    void requireOpen() {
        if (closed) {
            throw new IllegalStateException("[cpu] the backend is used after its close");
        }
    }

    @Override
    public Buffer allocate(int size) {
        requireOpen();
        return new CpuBuffer(this, size);
    }

    @Override
    public void release(Buffer buffer) {
        CpuBuffer.of(buffer).release();
    }

    @Override
    public void upload(Buffer dst, float[] src) {
        System.arraycopy(src, 0, write(dst), 0, dst.size());
        CpuBuffer.written(dst);
    }

    @Override
    public void download(float[] dst, Buffer src) {
        System.arraycopy(read(src), 0, dst, 0, src.size());
    }

    @Override
    public double readScalar(Buffer src) {
        return read(src)[0];
    }

    @Override
    public void fill(Buffer dst, float value) {
        Pointwise.fill(parallel, write(dst), value);
    }

    @Override
    public void unary(Buffer y, Buffer x, Unary f) {
        Pointwise.unary(parallel, write(y), read(x), f);
    }

    @Override
    public void unaryGrad(Buffer dx, Buffer dy, Buffer x, Buffer y, Unary f) {
        Pointwise.unaryGrad(parallel, write(dx), read(dy), read(x), read(y), f);
    }

    @Override
    public void binary(Buffer y, Buffer a, Buffer b, Binary f, Broadcast s) {
        Pointwise.binary(parallel, write(y), read(a), read(b), f, s);
    }

    @Override
    public void binaryGrad(Buffer d, Buffer dy, Buffer a, Buffer b, boolean second, Binary f, Broadcast s) {
        Pointwise.binaryGrad(parallel, write(d), read(dy), read(a), read(b), second, f, s);
    }

    @Override
    public void axpby(Buffer dst, float alpha, Buffer src, float beta) {
        Pointwise.axpby(parallel, write(dst), alpha, read(src), beta);
        CpuBuffer.written(dst);
    }

    @Override
    public void scaleBy(Buffer dst, Buffer src, Buffer scalar) {
        float factor = read(scalar)[0];
        if (dst != src || factor != 1) {
            Pointwise.scale(parallel, write(dst), read(src), factor);
        }
    }

    @Override
    public void dropout(Buffer y, Buffer x, float rate, long seed) {
        Pointwise.dropout(parallel, write(y), read(x), rate, seed);
    }

    @Override
    public void reduce(Buffer y, Buffer x, Reduction f, ReduceShape s) {
        Reduce.run(parallel, write(y), read(x), f, s);
    }

    @Override
    public void checkLabels(Buffer labels, LabelCheck check) {
        int bad = Reduce.firstRefused(parallel, read(labels), check);
        if (bad >= 0) {
            throw check.refusal(read(labels)[bad], bad);
        }
    }

    @Override
    public void copy(Buffer dst, Buffer src, Strided s) {
        Movement.copy(parallel, write(dst), read(src), s);
        CpuBuffer.written(dst);
    }

    /** Side by side in every row, the parts stay where they are; see {@link CpuBuffer}. */
    @Override
    public void concat(Buffer y, Buffer[] x, ConcatShape s) {
        if (s.inner() == 1 && x.length > 1) {
            CpuBuffer[] sources = Arrays.stream(x).map(CpuBuffer::of).toArray(CpuBuffer[]::new);
            CpuBuffer.of(y).becomeConcat(sources, s.extents());
            return;
        }
        for (int part = 0; part < x.length; part++) {
            copy(y, x[part], s.part(part));
        }
    }

    @Override
    public void split(@Nullable Buffer[] dx, Buffer dy, ConcatShape s) {
        for (int part = 0; part < dx.length; part++) {
            Buffer d = dx[part];
            if (d != null && !(s.inner() == 1 && handOver(d, dy, s, part))) {
                copy(d, dy, s.part(part).inverse());
            }
        }
    }

    private static boolean handOver(Buffer d, Buffer dy, ConcatShape s, int part) {
        return CpuBuffer.of(d).becomeChannels(CpuBuffer.of(dy), s.first(part), s.extents()[part], s.extent());
    }

    @Override
    public void gather(Buffer y, Buffer x, Buffer index, GatherShape s) {
        Movement.gather(parallel, write(y), read(x), read(index), s);
    }

    @Override
    public void gatherGrad(Buffer dx, Buffer dy, Buffer index, GatherShape s) {
        Movement.gatherGrad(parallel, write(dx), read(dy), read(index), s);
    }

    @Override
    public void upsample(Buffer y, Buffer x, UpsampleShape s) {
        Resize.run(parallel, write(y), read(x), s);
    }

    @Override
    public void upsampleGrad(Buffer dx, Buffer dy, UpsampleShape s) {
        Resize.gradient(parallel, write(dx), read(dy), s);
    }

    @Override
    public void matmul(Buffer c, Buffer a, Buffer b, MatMulShape s) {
        withWeight(b, ws -> Gemm.run(ws, write(c), read(a), read(b), s));
    }

    private ConvKernels kernels(ConvShape s) {
        return ConvKernels.of(s, forced);
    }

    @Override
    public void conv2d(Buffer y, Buffer x, Buffer w, @Nullable Buffer bias, boolean relu, ConvShape s) {
        conv2d(y, x, w, bias, relu ? WayOut.RELU : WayOut.PLAIN, s);
    }

    @Override
    public void conv2dThen(Buffer y, Buffer x, ConvStage c) {
        Buffer scale = c.scale();
        if (scale != null && (forced != null || !DirectConvolution.scales(c.shape()))) {
            super.conv2dThen(y, x, c);
            return;
        }
        WayOut out = Finish.of(readOptional(c.added()), c.then());
        if (scale == null) {
            conv2d(y, x, c.w(), c.bias(), out, c.shape());
        } else {
            withWeight(
                    c.w(),
                    ws -> DirectConvolution.forward(
                            ws, write(y), read(x), read(scale), read(c.w()), readOptional(c.bias()), out, c.shape()));
        }
    }

    @Override
    public void conv2dChain(Buffer y, Buffer x, List<ConvStage> chain) {
        int together = forced == null ? ConvolutionChain.length(chain) : 0;
        if (together > 0 && together < chain.size()) {
            Buffer between = allocate(chain.get(together - 1).shape().output().size());
            try {
                conv2dChain(between, x, chain.subList(0, together));
                conv2dChain(y, between, chain.subList(together, chain.size()));
            } finally {
                release(between);
            }
        } else if (together == 0 || !Chains.run(workspace, y, x, chain)) {
            super.conv2dChain(y, x, chain);
        }
    }

    private void conv2d(Buffer y, Buffer x, Buffer w, @Nullable Buffer bias, WayOut out, ConvShape s) {
        ConvKernels kernels = kernels(s);
        try (CpuBuffer.Lent image = CpuBuffer.of(x).lend(s.inC(), kernels::takesParts)) {
            withWeight(
                    w, ws -> kernels.forward().run(ws, write(y), image.image(), read(w), readOptional(bias), out, s));
        }
    }

    @Override
    public void convTranspose2d(Buffer x, Buffer y, Buffer w, @Nullable Buffer bias, ConvShape s) {
        ImageParts image = ImageParts.whole(write(x), s.inC());
        withWeight(
                w,
                ws -> kernels(s)
                        .gradInput()
                        .run(ws, image, new Gradient(read(y), null), read(w), readOptional(bias), s));
    }

    /** Calls a kernel with a workspace in which w may stay packed for the next call. */
    private void withWeight(Buffer w, Consumer<Workspace> kernel) {
        PackedWeight packed = CpuBuffer.of(w).used();
        try {
            kernel.accept(workspace.with(packed));
        } finally {
            packed.end();
        }
    }

    @Override
    public void conv2dGrad(
            @Nullable Buffer dx, @Nullable Buffer dw, @Nullable Buffer db, Masked dy, Buffer x, Buffer w, ConvShape s) {
        Gradient gradient = new Gradient(read(dy.dy()), readOptional(dy.output()));
        ConvKernels kernels = kernels(s);
        try (CpuBuffer.Lent image = CpuBuffer.of(x).lend(s.inC(), kernels::takesParts)) {
            if (dx != null) {
                ImageParts like = CpuBuffer.of(dx).becomeLike(image.image());
                kernels.gradInput().run(workspace, like, gradient, read(w), null, s);
            }
            if (dw != null) {
                kernels.gradWeight().run(workspace, write(dw), writeOptional(db), gradient, image.image(), s);
            } else if (db != null) {
                int rows = s.output().rows();
                Reduce.biasGrad(parallel, write(db), gradient.dy(), gradient.mask(), rows, s.outC());
            }
        }
    }

    @Override
    public void maxPool2d(Buffer y, Buffer x, PoolShape s) {
        Pool.max(parallel, write(y), read(x), s);
    }

    @Override
    public void maxPool2dGrad(Buffer dx, Buffer dy, Buffer x, PoolShape s) {
        Pool.maxGrad(parallel, write(dx), read(dy), read(x), s);
    }

    @Override
    public void avgPool2d(Buffer y, Buffer x, PoolShape s) {
        Pool.avg(parallel, write(y), read(x), s);
    }

    @Override
    public void avgPool2dGrad(Buffer dx, Buffer dy, PoolShape s) {
        Pool.avgGrad(parallel, write(dx), read(dy), s);
    }
}
