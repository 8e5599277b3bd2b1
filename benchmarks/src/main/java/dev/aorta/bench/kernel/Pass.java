package dev.aorta.bench.kernel;

import dev.aorta.Shape;
import dev.aorta.backend.Backend;
import dev.aorta.backend.Binary;
import dev.aorta.backend.Broadcast;
import dev.aorta.backend.Buffer;
import dev.aorta.backend.ReduceShape;
import dev.aorta.backend.Reduction;
import dev.aorta.backend.Strided;

/** Kernels that memory limits, on tensors of 16 MiB; what they move at least is known, and a plain copy is the measure. */
public enum Pass {
    /** A plain copy. */
    COPY(2, 0, Size.ALL, (k, y, x, z) -> k.copy(y, x, Strided.whole(Size.ALL))),
    /** Two tensors of one shape. */
    ADD(3, Size.ALL, Size.ALL, (k, y, x, z) -> k.binary(y, x, z, Binary.ADD, Broadcast.same(Shape.of(Size.ALL)))),
    /** (rows, 64) + (64). */
    ADD_BIAS(2, 64, Size.ALL, (k, y, x, z) -> k.binary(y, x, z, Binary.ADD, broadcast(Shape.of(64), Size.ROWS, 64))),
    /** (rows, 3) + (3). */
    ADD_BIAS_3(2, 3, Size.THREES, (k, y, x, z) -> {
        k.binary(y, x, z, Binary.ADD, broadcast(Shape.of(3), Size.THREES / 3, 3));
    }),
    /** (rows, 64) * (rows, 1). */
    MUL_COLUMN(2, Size.ROWS, Size.ALL, (k, y, x, z) -> {
        k.binary(y, x, z, Binary.MUL, broadcast(Shape.of(Size.ROWS, 1), Size.ROWS, 64));
    }),
    /** (8, 64, pixels) * (64, 1). */
    MUL_PLANES(2, 64, Size.ALL, (k, y, x, z) -> {
        k.binary(y, x, z, Binary.MUL, broadcast(Shape.of(64, 1), 8, 64, Size.ALL / 512));
    }),
    /** (1, all, 1). */
    SUM_ALL(Reduction.SUM, ReduceShape.all(Size.ALL)),
    /** (1, rows, 64). */
    SUM_ROWS(Reduction.SUM, new ReduceShape(1, Size.ROWS, 64)),
    /** (rows, 512, 1). */
    SUM_LAST(Reduction.SUM, new ReduceShape(Size.ALL / 512, 512, 1)),
    /** (64, 1024, 64). */
    SUM_MIDDLE(Reduction.SUM, new ReduceShape(64, 1024, 64)),
    /** The largest of (rows, 512, 1). */
    MAX_LAST(Reduction.MAX, new ReduceShape(Size.ALL / 512, 512, 1)),
    /** The place of the largest of (rows, 16, 1). */
    ARGMAX_16(Reduction.ARGMAX, new ReduceShape(Size.ALL / 16, 16, 1)),
    /** (16, 64, 64, 64) by (0, 3, 1, 2): channels last to channels first. */
    TO_PLANES(2, 0, Size.ALL, (k, y, x, z) -> k.copy(y, x, exchanged(16, 4096, 64))),
    /** (16, 64, 64, 64) by (0, 2, 3, 1). */
    FROM_PLANES(2, 0, Size.ALL, (k, y, x, z) -> k.copy(y, x, exchanged(16, 64, 4096))),
    /** (pixels, 3) by (1, 0). */
    TO_PLANES_3(2, 0, Size.THREES, (k, y, x, z) -> k.copy(y, x, exchanged(1, Size.THREES / 3, 3))),
    /** (2000, 2097) by (1, 0). */
    TRANSPOSE(2, 0, 2000 * 2097, (k, y, x, z) -> k.copy(y, x, exchanged(1, 2000, 2097))),
    /** (4, 1024, 16, 64) by (0, 2, 1, 3): the heads of an attention. */
    HEADS(2, 0, Size.ALL, (k, y, x, z) -> k.copy(y, x, heads()));

    /** Apart, because constants of an enum cannot name its fields. */
    private static final class Size {
        static final int ALL = 1 << 22;
        static final int ROWS = ALL / 64;
        static final int THREES = ALL / 3 * 3;
    }

    private interface Call {
        void run(Backend cpu, Buffer y, Buffer x, Buffer z);
    }

    private final int tensors;
    private final int sizeX;
    private final int sizeZ;
    private final int sizeY;
    private final Call call;

    /**
     * A kernel whose result is as large as its first operand.
     *
     * @param tensors read and written, of the size of the result
     * @param sizeZ elements of the second operand, 0 for none
     */
    Pass(int tensors, int sizeZ, int sizeY, Call call) {
        this.tensors = tensors;
        this.sizeX = sizeY;
        this.sizeZ = sizeZ;
        this.sizeY = sizeY;
        this.call = call;
    }

    Pass(Reduction f, ReduceShape s) {
        tensors = 1;
        sizeX = Size.ALL;
        sizeZ = 0;
        sizeY = s.outer() * s.inner();
        call = (k, y, x, z) -> k.reduce(y, x, f, s);
    }

    /** Bytes that it has to move. */
    double bytes() {
        return (double) tensors * sizeX * Float.BYTES;
    }

    int sizeX() {
        return sizeX;
    }

    int sizeZ() {
        return Math.max(1, sizeZ);
    }

    int sizeY() {
        return sizeY;
    }

    void run(Backend cpu, Buffer y, Buffer x, Buffer z) {
        call.run(cpu, y, x, z);
    }

    private static Broadcast broadcast(Shape other, int... shape) {
        return Broadcast.of("bench", Shape.of(shape), other);
    }

    /** Of each of so many matrices, rows become columns. */
    private static Strided exchanged(int matrices, int rows, int columns) {
        return Strided.of(new int[] {matrices, columns, rows}, 0, new int[] {rows * columns, rows, 1}, 0, new int[] {
            rows * columns, 1, columns
        });
    }

    private static Strided heads() {
        int[] to = {4, 16, 1024, 64};
        return Strided.of(to, 0, Strided.contiguous(to), 0, new int[] {1024 * 16 * 64, 64, 16 * 64, 1});
    }
}
