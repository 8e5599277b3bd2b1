package dev.aorta.backend.cpu;

import static org.assertj.core.api.Assertions.assertThat;

import dev.aorta.Conv2dOptions;
import dev.aorta.Padding;
import dev.aorta.Pool2dOptions;
import dev.aorta.Shape;
import dev.aorta.backend.AdamStep;
import dev.aorta.backend.Buffer;
import dev.aorta.backend.ConvShape;
import dev.aorta.backend.Masked;
import dev.aorta.backend.PoolShape;
import dev.aorta.backend.ReduceShape;
import dev.aorta.backend.Reduction;
import dev.aorta.backend.RowShape;
import dev.aorta.backend.Unary;
import org.junit.jupiter.api.Test;

/**
 * Warm kernels leave nothing for the garbage collector that grows with the tensors: boxed vectors would. The build runs it without
 * the compiler's profile of types, on which no kernel may depend, for it may be compiled before it has one.
 */
class AllocationTest {
    private static final int LIMIT = 32_000;

    private final CpuBackend backend = new CpuBackend(1);

    @Test
    void stepOfSmallNetwork() {
        ConvShape conv = ConvShape.of("", Shape.of(1, 48, 48, 16), Shape.of(32, 5, 5, 16), Conv2dOptions.SAME);
        ConvShape up = ConvShape.transposed(
                "", Shape.of(1, 24, 24, 32), Shape.of(32, 2, 2, 16), Conv2dOptions.SAME.withStride(2), 0, 0);
        PoolShape pool = PoolShape.of("", conv.output(), new Pool2dOptions(2, 2, 2, 2, Padding.VALID));
        Buffer x = filled(conv.input().size());
        Buffer w = filled(conv.weight().size());
        Buffer m = filled(w.size());
        Buffer v = filled(w.size());
        Buffer[] ws = {w};
        Buffer[] ms = {m};
        Buffer[] vs = {v};
        Buffer wUp = filled(up.weight().size());
        Buffer bias = filled(32);
        Buffer labels = filled(48 * 48);
        long bytes = Allocations.leastOf(LIMIT, () -> {
            Buffer y = backend.allocate(conv.output().size());
            Buffer pooled = backend.allocate(pool.output().size());
            Buffer raised = backend.allocate(up.input().size());
            Buffer dRaised = backend.allocate(raised.size());
            Buffer dy = backend.allocate(y.size());
            Buffer dw = backend.allocate(w.size());
            Buffer loss = backend.allocate(1);
            backend.conv2d(y, x, w, bias, true, conv);
            backend.maxPool2d(pooled, y, pool);
            backend.convTranspose2d(raised, pooled, wUp, null, up);
            backend.focalLoss(loss, dRaised, raised, labels, null, 0, new RowShape(48 * 48, 16));
            backend.unaryGrad(dRaised, dRaised, raised, raised, Unary.RELU);
            backend.conv2d(pooled, dRaised, wUp, null, false, up);
            backend.maxPool2dGrad(dy, pooled, y, pool);
            backend.conv2dGrad(null, dw, bias, new Masked(dy, y), x, w, conv);
            backend.adam(ws, ms, vs, new Buffer[] {dw}, new AdamStep(1e-3f, 0.9f, 0.999f, 1e-8f, 0, 1));
            for (Buffer b : new Buffer[] {y, pooled, raised, dRaised, dy, dw, loss}) {
                backend.release(b);
            }
        });
        assertThat(bytes).as("bytes allocated by a warm step").isLessThan(LIMIT);
    }

    @Test
    void lossesAndActivations() {
        int rows = 48 * 48;
        Buffer x = filled(2 * rows);
        Buffer dx = filled(2 * rows);
        Buffer labels = filled(rows);
        Buffer loss = filled(1);
        long bytes = Allocations.leastOf(LIMIT, () -> {
            backend.focalLoss(loss, dx, x, labels, null, 0, new RowShape(rows, 2));
            backend.focalLoss(loss, dx, x, labels, null, 2, new RowShape(rows, 2));
            backend.diceLoss(loss, dx, x, labels, 1, 1, new RowShape(rows, 2));
            backend.unary(dx, x, Unary.SIGMOID);
            backend.unary(dx, x, Unary.TANH);
        });
        assertThat(bytes).as("bytes allocated by warm losses and activations").isLessThan(LIMIT);
    }

    @Test
    void convolutions() {
        Conv2dOptions same = Conv2dOptions.SAME;
        ConvShape[] shapes = {
            ConvShape.of("", Shape.of(1, 48, 48, 48), Shape.of(48, 3, 3, 1), same.withGroups(48)),
            ConvShape.of("", Shape.of(1, 48, 48, 48), Shape.of(48, 3, 3, 4), same.withGroups(12)),
            ConvShape.of("", Shape.of(1, 48, 48, 16), Shape.of(32, 3, 3, 16), same),
            ConvShape.of("", Shape.of(1, 8, 8, 128), Shape.of(128, 3, 3, 128), same),
            ConvShape.of("", Shape.of(1, 48, 48, 1), Shape.of(16, 3, 3, 1), same),
            ConvShape.of("", Shape.of(1, 48, 48, 16), Shape.of(2, 1, 1, 16), same),
            ConvShape.of("", Shape.of(1, 48, 48, 16), Shape.of(32, 5, 5, 16), same.withStride(2)),
            ConvShape.of("", Shape.of(1, 96, 96, 2), Shape.of(2, 31, 31, 2), same.withStride(16)),
        };
        for (ConvShape s : shapes) {
            Buffer x = filled(s.input().size());
            Buffer w = filled(s.weight().size());
            Buffer bias = filled(s.output().dim(3));
            Buffer y = filled(s.output().size());
            Buffer dx = filled(x.size());
            Buffer dw = filled(w.size());
            long bytes = Allocations.leastOf(LIMIT, () -> {
                backend.conv2d(y, x, w, bias, true, s);
                backend.conv2dGrad(dx, dw, bias, new Masked(y, y), x, w, s);
                backend.reduce(bias, y, Reduction.SUM, new ReduceShape(1, y.size() / bias.size(), bias.size()));
            });
            assertThat(bytes).as("bytes allocated by warm passes of " + s).isLessThan(LIMIT);
        }
    }

    private Buffer filled(int size) {
        Buffer buffer = backend.allocate(size);
        backend.fill(buffer, 1);
        return buffer;
    }
}
