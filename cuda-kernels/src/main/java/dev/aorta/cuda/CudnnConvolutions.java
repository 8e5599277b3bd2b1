package dev.aorta.cuda;

import dev.aorta.backend.Buffer;
import dev.aorta.backend.ConvShape;
import dev.aorta.backend.Strided;
import dev.aorta.backend.Unary;
import java.lang.foreign.Arena;
import java.lang.foreign.ValueLayout;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import jcuda.Pointer;
import jcuda.jcudnn.JCudnn;
import jcuda.jcudnn.cudnnHandle;
import org.jspecify.annotations.Nullable;

/**
 * Convolution through cuDNN 9, NHWC. The algorithm of a pass is chosen once for each shape, by timing or as {@link
 * CudaOptions.Algorithms} say. A shape for which cuDNN has none goes to Aorta's own kernels.
 *
 * <p>cuDNN pads both ends of an axis alike. Where TensorFlow's SAME pads the end more, the input is copied into a frame of
 * zeros first, and its gradient is cut out of one.
 */
final class CudnnConvolutions implements Convolutions, AutoCloseable {
    private static final System.Logger LOG = System.getLogger(CudnnConvolutions.class.getName());

    private static final int TIMED_RUNS = 3;

    private final CudaDevice device;
    private final MemoryPool pool;
    private final Pointwise pointwise;
    private final Layout layout;
    private final Convolutions own;
    private final CudaOptions.Math math;
    private final cudnnHandle handle = new cudnnHandle();
    private final Arena arena = Arena.ofShared();
    private final NativePointer one = new NativePointer(arena.allocateFrom(ValueLayout.JAVA_FLOAT, 1f));
    private final NativePointer zero = new NativePointer(arena.allocateFrom(ValueLayout.JAVA_FLOAT, 0f));
    private final Map<CudnnPlan.Key, CudnnPlan> plans = new HashMap<>();
    private final String version;
    private final CudaOptions.Algorithms algorithms;
    private @Nullable CudaBuffer workspace;

    /** One of cuDNN's convolutions, its operands given; returns its status. */
    @FunctionalInterface
    private interface Call {
        int run(CudnnPlan plan, int algorithm, @Nullable Pointer workspace, long bytes);
    }

    /** @throws CudaException when the library's version is not 9 or it does not start */
    CudnnConvolutions(
            CudaDevice device,
            MemoryPool pool,
            Pointwise pointwise,
            Layout layout,
            Convolutions own,
            CudaOptions.Math math,
            CudaOptions.Algorithms algorithms) {
        this.device = device;
        this.pool = pool;
        this.pointwise = pointwise;
        this.layout = layout;
        this.own = own;
        this.math = math;
        this.algorithms = algorithms;
        long number = JCudnn.cudnnGetVersion();
        long major = number < 10000 ? number / 1000 : number / 10000; // 8907 is 8.9.7, 90500 is 9.5.0
        version = major + "." + (number < 10000 ? number / 100 % 10 : number / 100 % 100);
        if (major != 9) {
            arena.close();
            throw new CudaException("[" + device.name + "] cuDNN " + version + " is not cuDNN 9\n"
                    + "    cure      install cuDNN 9, or set aorta.cuda.libraries=none to use Aorta's own kernels");
        }
        device.bind();
        int created = JCudnn.cudnnCreate(handle);
        int streamed = created == 0 ? JCudnn.cudnnSetStream(handle, device.runtimeStream()) : 0;
        if (streamed != 0) {
            JCudnn.cudnnDestroy(handle);
        }
        if (created != 0 || streamed != 0) {
            arena.close();
        }
        check(created, "cudnnCreate");
        check(streamed, "cudnnSetStream");
    }

    /** For example {@code 9.5}. */
    String versionText() {
        return version;
    }

    @Override
    public void forward(Buffer y, Buffer x, Buffer w, @Nullable Buffer bias, boolean relu, ConvShape s) {
        ConvShape even = even(s);
        try (var scratch = new Scratch(pool)) {
            CudaBuffer in = framed(x, s, even, scratch);
            Pointer yp = CudaBuffer.of(y).pointer();
            Pointer wp = CudaBuffer.of(w).pointer();
            boolean fused = bias != null
                    && relu
                    && run(
                            CudnnPlan.Pass.FUSED_FORWARD,
                            even,
                            (plan, algorithm, workspace, bytes) -> JCudnn.cudnnConvolutionBiasActivationForward(
                                    handle,
                                    one,
                                    plan.x,
                                    in.pointer(),
                                    plan.w,
                                    wp,
                                    plan.convolution,
                                    algorithm,
                                    workspace,
                                    bytes,
                                    zero,
                                    plan.y,
                                    yp,
                                    plan.bias,
                                    CudaBuffer.of(bias).pointer(),
                                    plan.relu,
                                    plan.y,
                                    yp));
            boolean plain = !fused
                    && run(
                            CudnnPlan.Pass.FORWARD,
                            even,
                            (plan, algorithm, workspace, bytes) -> JCudnn.cudnnConvolutionForward(
                                    handle,
                                    one,
                                    plan.x,
                                    in.pointer(),
                                    plan.w,
                                    wp,
                                    plan.convolution,
                                    algorithm,
                                    workspace,
                                    bytes,
                                    zero,
                                    plan.y,
                                    yp));
            if (plain && bias != null) {
                pointwise.addBias(y, bias, relu);
            } else if (plain && relu) {
                pointwise.unary(y, y, Unary.RELU);
            } else if (!fused && !plain) {
                own.forward(y, x, w, bias, relu, s);
            }
        }
    }

    @Override
    public void gradInput(Buffer dx, Buffer dy, Buffer w, @Nullable Buffer bias, ConvShape s) {
        ConvShape even = even(s);
        try (var scratch = new Scratch(pool)) {
            CudaBuffer out = even.equals(s)
                    ? CudaBuffer.of(dx)
                    : scratch.take(even.input().size(), CudaBuffer.of(dx).storage());
            boolean done = run(
                    CudnnPlan.Pass.GRAD_INPUT,
                    even,
                    (plan, algorithm, workspace, bytes) -> JCudnn.cudnnConvolutionBackwardData(
                            handle,
                            one,
                            plan.w,
                            CudaBuffer.of(w).pointer(),
                            plan.y,
                            CudaBuffer.of(dy).pointer(),
                            plan.convolution,
                            algorithm,
                            workspace,
                            bytes,
                            zero,
                            plan.x,
                            out.pointer()));
            if (!done) {
                own.gradInput(dx, dy, w, bias, s);
                return;
            }
            if (out != dx) {
                pointwise.fill(dx, 0); // rows and columns that no window reaches
                layout.copy(dx, out, toFrame(s, even).inverse());
            }
            if (bias != null) {
                pointwise.addBias(dx, bias, false);
            }
        }
    }

    @Override
    public void gradWeight(Buffer dw, Buffer dy, Buffer x, ConvShape s) {
        ConvShape even = even(s);
        try (var scratch = new Scratch(pool)) {
            CudaBuffer in = framed(x, s, even, scratch);
            boolean done = run(
                    CudnnPlan.Pass.GRAD_WEIGHT,
                    even,
                    (plan, algorithm, workspace, bytes) -> JCudnn.cudnnConvolutionBackwardFilter(
                            handle,
                            one,
                            plan.x,
                            in.pointer(),
                            plan.y,
                            CudaBuffer.of(dy).pointer(),
                            plan.convolution,
                            algorithm,
                            workspace,
                            bytes,
                            zero,
                            plan.w,
                            CudaBuffer.of(dw).pointer()));
            if (!done) {
                own.gradWeight(dw, dy, x, s);
            }
        }
    }

    /** The same convolution with equal padding at both ends: s itself where that works, else over a framed input. */
    static ConvShape even(ConvShape s) {
        int spanH = (s.kH() - 1) * s.dilationH() + 1;
        int spanW = (s.kW() - 1) * s.dilationW() + 1;
        boolean works = Math.floorDiv(s.inH() + 2 * s.padTop() - spanH, s.strideH()) + 1 == s.outH()
                && Math.floorDiv(s.inW() + 2 * s.padLeft() - spanW, s.strideW()) + 1 == s.outW();
        return works
                ? s
                : new ConvShape(
                        s.batch(),
                        (s.outH() - 1) * s.strideH() + spanH,
                        (s.outW() - 1) * s.strideW() + spanW,
                        s.inC(),
                        s.outC(),
                        s.kH(),
                        s.kW(),
                        s.strideH(),
                        s.strideW(),
                        0,
                        0,
                        s.dilationH(),
                        s.dilationW(),
                        s.groups(),
                        s.outH(),
                        s.outW());
    }

    private CudnnPlan plan(CudnnPlan.Key key) {
        CudnnPlan plan = plans.get(key);
        if (plan == null) {
            plan = new CudnnPlan(handle, key, math, algorithms == CudaOptions.Algorithms.FASTEST);
            plans.put(key, plan);
            if (plan.candidates().isEmpty()) {
                warn(key);
            }
        }
        return plan;
    }

    private static void warn(CudnnPlan.Key key) {
        LOG.log(
                System.Logger.Level.WARNING,
                "aorta: cuDNN has no algorithm for {0} of {1}; {2}",
                key.pass(),
                key.shape(),
                key.pass() == CudnnPlan.Pass.FUSED_FORWARD
                        ? "bias and ReLU follow in a pass of their own"
                        : "own kernels compute it");
    }

    /** Runs a pass, the first time with each algorithm that cuDNN proposes; false where it does not do this shape. */
    private boolean run(CudnnPlan.Pass pass, ConvShape s, Call call) {
        device.bind();
        var key = new CudnnPlan.Key(pass, s);
        CudnnPlan plan = plan(key);
        List<CudnnPlan.Algorithm> candidates = plan.candidates();
        if (candidates.size() > 1 && algorithms != CudaOptions.Algorithms.DETERMINISTIC) {
            CudnnPlan.Algorithm best = fastest(plan, call);
            candidates = best == null ? candidates : List.of(best);
        }
        for (CudnnPlan.Algorithm a : candidates) {
            int status = call.run(plan, a.number(), workspace(a.workspaceBytes()), a.workspaceBytes());
            if (status == 0) {
                plan.decide(a);
                return true;
            }
            if (!CudnnPlan.isRefusal(status)) {
                check(status, "cuDNN's " + pass + " of " + s);
            }
            plan.drop(a);
            if (plan.candidates().isEmpty()) {
                warn(key);
            }
        }
        return false;
    }

    /** Times each candidate after one run to warm up. One that fails or has no room for its workspace is left out; null if all are. */
    private CudnnPlan.@Nullable Algorithm fastest(CudnnPlan plan, Call call) {
        CudnnPlan.Algorithm best = null;
        float least = Float.POSITIVE_INFINITY;
        try (var watch = new Stopwatch(device)) {
            for (CudnnPlan.Algorithm a : plan.candidates()) {
                Pointer scratch;
                try {
                    scratch = workspace(a.workspaceBytes());
                } catch (CudaException full) {
                    continue;
                }
                if (call.run(plan, a.number(), scratch, a.workspaceBytes()) != 0) {
                    continue;
                }
                watch.start();
                int failed = 0;
                for (int i = 0; i < TIMED_RUNS; i++) {
                    failed |= call.run(plan, a.number(), scratch, a.workspaceBytes());
                }
                float time = watch.stop();
                if (failed == 0 && time < least) {
                    least = time;
                    best = a;
                }
            }
        }
        LOG.log(System.Logger.Level.DEBUG, "aorta: cuDNN: {0} of {1}", best, plan.candidates());
        return best;
    }

    /** One block for all plans, as large as the largest wants. */
    private @Nullable Pointer workspace(long bytes) {
        int floats = Math.toIntExact((bytes + 3) / 4);
        if (floats == 0) {
            return null;
        }
        if (workspace == null || workspace.size() < floats) {
            if (workspace != null) {
                pool.give(workspace);
            }
            workspace = null;
            workspace = pool.take(floats);
        }
        return workspace.pointer();
    }

    /** The image itself where padding is even, else with its frame of zeros. */
    private CudaBuffer framed(Buffer x, ConvShape s, ConvShape even, Scratch scratch) {
        CudaBuffer image = CudaBuffer.of(x);
        if (even.equals(s)) {
            return image;
        }
        CudaBuffer in = scratch.take(even.input().size(), image.storage());
        pointwise.fill(in, 0);
        layout.copy(in, image, toFrame(s, even));
        return in;
    }

    /** The copy of the part of the image that lies in the frame. */
    private static Strided toFrame(ConvShape s, ConvShape even) {
        int h = Math.min(s.inH(), even.inH() - s.padTop());
        int w = Math.min(s.inW(), even.inW() - s.padLeft());
        return Strided.of(
                new int[] {s.batch(), h, w, s.inC()},
                (s.padTop() * even.inW() + s.padLeft()) * s.inC(),
                Strided.contiguous(s.batch(), even.inH(), even.inW(), s.inC()),
                0,
                Strided.contiguous(s.batch(), s.inH(), s.inW(), s.inC()));
    }

    private void check(int status, String what) {
        CudnnPlan.check(status, "[" + device.name + "] " + what);
    }

    @Override
    public void close() {
        device.bind();
        plans.values().forEach(CudnnPlan::close);
        check(JCudnn.cudnnDestroy(handle), "cudnnDestroy");
        arena.close();
    }
}
