package dev.aorta.cuda;

import dev.aorta.backend.Buffer;
import dev.aorta.backend.ConvShape;
import dev.aorta.backend.MatMulShape;
import dev.aorta.backend.PoolShape;
import dev.aorta.backend.UpsampleShape;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.Objects;
import jcuda.driver.JCudaDriver;
import org.jspecify.annotations.Nullable;

/**
 * Launches Aorta's own kernels: {@code kernel("fill").buffer(dst).f32(value).i32(n).run(n)} passes the arguments of {@code
 * fill(Output dst, float value, int n)} in order.
 *
 * <p>The arguments lie in native memory that is written anew for each launch, the driver copies them; that makes a launch a
 * tenth of what JCuda's nested pointers cost.
 */
final class Launcher implements AutoCloseable {
    /** Threads of a block, {@code BLOCK} in aorta.cuh. */
    static final int BLOCK = 256;

    /** Parameters of a launch of {@code adam}, {@code Slots::MOST} in optim.cu. */
    static final int MOST_SLOTS = 64;

    private static final int ARGUMENT = 128;
    private static final int MAX_ARGUMENTS = 16;
    private static final int LAST_ARGUMENT = 4096;

    private final CudaDevice device;
    private final Arena arena = Arena.ofShared();
    private final MemorySegment values = arena.allocate(ARGUMENT * MAX_ARGUMENTS + LAST_ARGUMENT, 16);
    private final NativePointer arguments;
    private final Kernels kernels;
    private final int fullGrid;

    private String kernel = "";
    private int count;

    Launcher(CudaDevice device, Kernels kernels) {
        this.device = device;
        this.kernels = kernels;
        this.fullGrid = device.multiprocessors * 16;
        MemorySegment pointers = arena.allocate(ValueLayout.ADDRESS, MAX_ARGUMENTS);
        for (int i = 0; i < MAX_ARGUMENTS; i++) {
            pointers.setAtIndex(ValueLayout.ADDRESS, i, values.asSlice((long) i * ARGUMENT));
        }
        arguments = new NativePointer(pointers);
    }

    /** Begins a launch. */
    Launcher kernel(@Nullable String name) {
        kernel = Objects.requireNonNull(name);
        count = 0;
        return this;
    }

    /** {@code Input} or {@code Output}, or {@code float*} where both sides know that it is float32. */
    Launcher buffer(@Nullable Buffer buffer) {
        long at = offset();
        if (buffer == null) {
            values.set(ValueLayout.JAVA_LONG, at, 0);
        } else {
            tensor(at, CudaBuffer.of(buffer));
        }
        return this;
    }

    Launcher i32(int value) {
        values.set(ValueLayout.JAVA_INT, offset(), value);
        return this;
    }

    Launcher flag(boolean value) {
        return i32(value ? 1 : 0);
    }

    Launcher i64(long value) {
        values.set(ValueLayout.JAVA_LONG, offset(), value);
        return this;
    }

    Launcher f32(float value) {
        values.set(ValueLayout.JAVA_FLOAT, offset(), value);
        return this;
    }

    /** {@code struct Conv}. */
    Launcher geometry(ConvShape s, int splits) {
        return struct(
                s.batch(),
                s.inH(),
                s.inW(),
                s.inC(),
                s.outC(),
                s.kH(),
                s.kW(),
                s.strideH(),
                s.strideW(),
                s.padTop(),
                s.padLeft(),
                s.dilationH(),
                s.dilationW(),
                s.groups(),
                s.outH(),
                s.outW(),
                splits);
    }

    /** {@code struct Pool}. */
    Launcher geometry(PoolShape s) {
        return struct(
                s.batch(),
                s.inH(),
                s.inW(),
                s.channels(),
                s.kH(),
                s.kW(),
                s.strideH(),
                s.strideW(),
                s.padTop(),
                s.padLeft(),
                s.outH(),
                s.outW());
    }

    /** {@code struct Upsample}. */
    Launcher geometry(UpsampleShape s) {
        return struct(s.batch(), s.inH(), s.inW(), s.channels(), s.factorH(), s.factorW());
    }

    /** {@code struct MatMul}. */
    Launcher geometry(MatMulShape s) {
        return struct(
                s.batch(),
                s.m(),
                s.n(),
                s.k(),
                s.transposeA() ? 1 : 0,
                s.transposeB() ? 1 : 0,
                s.oneA() ? 1 : 0,
                s.oneB() ? 1 : 0);
    }

    /** {@code struct Axes}. */
    Launcher geometry(Axes walk) {
        int axes = walk.extents().length;
        int[] fields = new int[4 + 3 * Axes.MOST];
        fields[0] = axes;
        fields[1] = walk.eights() ? 1 : 0;
        fields[2] = walk.atA();
        fields[3] = walk.atB();
        for (int k = 0; k < axes; k++) {
            fields[4 + k] = walk.extents()[axes - 1 - k];
            fields[4 + Axes.MOST + k] = walk.stepsA()[axes - 1 - k];
            fields[4 + 2 * Axes.MOST + k] = walk.stepsB()[axes - 1 - k];
        }
        return struct(fields);
    }

    /**
     * {@code struct Slots}, the last argument: the parameters of these indices, float32, and their gradients.
     *
     * @param count at most {@link #MOST_SLOTS}
     */
    Launcher slots(Buffer[] w, Buffer[] m, Buffer[] v, Buffer[] grad, int from, int count) {
        long at = offset();
        long pointers = 8L * MOST_SLOTS;
        for (int i = 0; i < count; i++) {
            values.set(ValueLayout.JAVA_LONG, at + 8L * i, address(w[from + i]));
            values.set(ValueLayout.JAVA_LONG, at + pointers + 8L * i, address(m[from + i]));
            values.set(ValueLayout.JAVA_LONG, at + 2 * pointers + 8L * i, address(v[from + i]));
            tensor(at + 3 * pointers + 16L * i, CudaBuffer.of(grad[from + i]));
            values.set(ValueLayout.JAVA_INT, at + 5 * pointers + 4L * i, w[from + i].size());
        }
        return this;
    }

    private static long address(Buffer float32) {
        return CudaBuffer.of(float32).pointer().address();
    }

    private void tensor(long at, CudaBuffer b) {
        values.set(ValueLayout.JAVA_LONG, at, b.pointer().address());
        values.set(ValueLayout.JAVA_INT, at + 8, b.storage() == CudaBuffer.Storage.BFLOAT16 ? 1 : 0);
    }

    /** Launches with at most one thread for each of n elements; the kernels' loops cover the rest. */
    void run(int n) {
        run(Math.min(ceilDiv(n, BLOCK), fullGrid), 1, 1, BLOCK, 1);
    }

    /** The same for kernels whose threads work on eight elements each. */
    void runByEights(int n) {
        run(ceilDiv(n, 8));
    }

    /** The same for several tensors side by side, {@code n} elements in the largest: blocks without work cost time too. */
    void runByEights(int n, int tensors) {
        run(Math.min(ceilDiv(ceilDiv(n, 8), BLOCK), ceilDiv(2 * fullGrid, tensors)), tensors, 1, BLOCK, 1);
    }

    /** Launches a grid of blocks of {@code threadsX} by {@code threadsY}. */
    void run(int blocksX, int blocksY, int blocksZ, int threadsX, int threadsY) {
        device.bind();
        int code = JCudaDriver.cuLaunchKernel(
                kernels.function(kernel),
                blocksX,
                blocksY,
                blocksZ,
                threadsX,
                threadsY,
                1,
                0,
                device.stream,
                arguments,
                null);
        if (code != 0) {
            Cuda.check(code, "launch of " + kernel);
        }
    }

    static int ceilDiv(int n, int d) {
        return (int) (((long) n + d - 1) / d);
    }

    /** The same for the walk of axes.cuh. */
    void run(Axes walk) {
        run(walk.eights() ? ceilDiv(walk.size(), 8) : walk.size());
    }

    private Launcher struct(int... fields) {
        long at = offset();
        for (int i = 0; i < fields.length; i++) {
            values.set(ValueLayout.JAVA_INT, at + 4L * i, fields[i]);
        }
        return this;
    }

    private long offset() {
        return (long) ARGUMENT * count++;
    }

    @Override
    public void close() {
        arena.close();
    }
}
