package dev.aorta.backend.cpu.element;

import static org.assertj.core.api.Assertions.assertThat;

import dev.aorta.Shape;
import dev.aorta.backend.Binary;
import dev.aorta.backend.Broadcast;
import dev.aorta.backend.Buffer;
import dev.aorta.backend.GatherShape;
import dev.aorta.backend.MatMulShape;
import dev.aorta.backend.NormShape;
import dev.aorta.backend.ReduceShape;
import dev.aorta.backend.Reduction;
import dev.aorta.backend.RowShape;
import dev.aorta.backend.Strided;
import dev.aorta.backend.Unary;
import dev.aorta.backend.cpu.Allocations;
import dev.aorta.backend.cpu.CpuBackend;
import java.util.Arrays;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestFactory;

/** Kernels without convolutions leave nothing that grows with the tensors: no boxed vectors, no intermediate arrays. */
class AllocationTest {
    private static final int LIMIT = 10_000;
    private static final int N = 120_007;

    private final CpuBackend backend = new CpuBackend(1);

    @TestFactory
    Stream<DynamicTest> unary() {
        Buffer x = filled(N);
        Buffer y = filled(N);
        Buffer d = filled(N);
        return Arrays.stream(Unary.Kind.values())
                .map(kind -> DynamicTest.dynamicTest(kind.name(), () -> {
                    Unary f = new Unary(kind, 0.5f, 2);
                    requireFew(kind.name(), () -> {
                        backend.unary(y, x, f);
                        backend.unaryGrad(d, d, x, y, f);
                    });
                }));
    }

    @TestFactory
    Stream<DynamicTest> binary() {
        Broadcast s = Broadcast.of("", Shape.of(N / 21, 21), Shape.of(21));
        Buffer x = filled(s.sizeA());
        Buffer bias = filled(s.sizeB());
        Buffer y = filled(s.size());
        return Arrays.stream(Binary.values())
                .map(f -> DynamicTest.dynamicTest(f.name(), () -> {
                    requireFew(f.name(), () -> {
                        backend.binary(y, x, bias, f, s);
                        backend.binaryGrad(y, y, x, bias, false, f, s);
                        backend.binaryGrad(y, y, x, bias, true, f, s);
                    });
                }));
    }

    @Test
    void broadcasts() {
        for (Broadcast s : List.of(
                Broadcast.of("", Shape.of(N), Shape.of(1)),
                Broadcast.of("", Shape.of(N / 3, 3), Shape.of(N / 3, 1)),
                Broadcast.of("", Shape.of(40, 3000), Shape.of(40, 1)),
                Broadcast.of("", Shape.of(8, 30, 500), Shape.of(30, 1)),
                Broadcast.of("", Shape.of(200, 1, 30), Shape.of(1, 20, 1)))) {
            Buffer a = filled(s.sizeA());
            Buffer b = filled(s.sizeB());
            Buffer y = filled(s.size());
            requireFew(s + "", () -> backend.binary(y, a, b, Binary.MUL, s));
        }
    }

    @TestFactory
    Stream<DynamicTest> reduce() {
        List<ReduceShape> shapes = List.of(
                ReduceShape.all(N),
                new ReduceShape(1, N / 21, 21),
                new ReduceShape(1, 40, 3000),
                new ReduceShape(N / 3, 3, 1),
                new ReduceShape(N / 70, 70, 1),
                new ReduceShape(N / 64, 64, 1),
                new ReduceShape(2000, 10, 6),
                new ReduceShape(30, 40, 100));
        return Arrays.stream(Reduction.values())
                .map(f -> DynamicTest.dynamicTest(f.name(), () -> {
                    for (ReduceShape s : shapes) {
                        Buffer x = filled(s.outer() * s.length() * s.inner());
                        Buffer y = filled(s.outer() * s.inner());
                        requireFew(f + " " + s, () -> backend.reduce(y, x, f, s));
                    }
                }));
    }

    @Test
    void copies() {
        Buffer x = filled(N);
        Buffer y = filled(N);
        for (Strided s : List.of(
                Strided.whole(N),
                Strided.of(new int[] {200, 300}, 0, new int[] {300, 1}, 0, new int[] {1, 200}),
                Strided.of(new int[] {10_000, 3}, 0, new int[] {3, 1}, 0, new int[] {1, 10_000}),
                Strided.of(new int[] {3, 10_000}, 0, new int[] {10_000, 1}, 0, new int[] {1, 3}),
                Strided.of(new int[] {100, 20, 30}, 0, new int[] {600, 30, 1}, 5, new int[] {700, 35, 1}),
                Strided.of(new int[] {30, 1000}, 0, new int[] {1, 31}, 9, new int[] {0, 3}))) {
            requireFew(s + "", () -> backend.copy(y, x, s));
        }
        GatherShape g = new GatherShape(1, 300, 400, 300);
        Buffer index = filled(400);
        requireFew(g + "", () -> {
            backend.gather(y, x, index, g);
            backend.gatherGrad(x, y, index, g);
        });
    }

    @Test
    void products() {
        for (MatMulShape s : List.of(
                new MatMulShape(100, 24, 24, 16, false, true, false, false),
                new MatMulShape(100, 24, 16, 24, true, false, false, false),
                new MatMulShape(100, 1, 50, 24, false, false, false, false),
                new MatMulShape(100, 20, 24, 16, false, false, false, true),
                new MatMulShape(3, 128, 128, 128, false, false, false, false))) {
            Buffer a = filled(s.sizeA());
            Buffer b = filled(s.sizeB());
            Buffer c = filled(s.batch() * s.m() * s.n());
            requireFew(s + "", () -> backend.matmul(c, a, b, s));
        }
    }

    /** It was 252 MB for the last of these. */
    @Test
    void norms() {
        for (NormShape s : List.of(
                NormShape.batchNorm(40_000, 3, 1e-5f),
                new NormShape(2, 3000, 48, 8, 1e-5f),
                new NormShape(300, 9, 48, 8, 1e-5f),
                new NormShape(8192, 1, 512, 1, 1e-5f))) {
            Buffer x = filled(s.size());
            Buffer y = filled(s.size());
            Buffer mean = filled(s.statistics());
            Buffer invStd = filled(s.statistics());
            Buffer gamma = filled(s.channels());
            Buffer beta = filled(s.channels());
            Buffer dgamma = filled(s.channels());
            Buffer dbeta = filled(s.channels());
            requireFew(s + "", () -> {
                backend.norm(y, mean, invStd, x, gamma, beta, s);
                backend.normGrad(y, dgamma, dbeta, x, x, mean, invStd, gamma, s);
            });
        }
    }

    @Test
    void losses() {
        for (RowShape s : List.of(new RowShape(N / 5, 5), new RowShape(N / 100, 100))) {
            Buffer x = filled(s.size());
            Buffer y = filled(s.size());
            Buffer labels = filled(s.rows());
            Buffer loss = filled(1);
            requireFew(s + "", () -> {
                backend.softmax(y, x, s);
                backend.softmaxGrad(y, x, x, s);
                backend.focalLoss(loss, y, x, labels, null, 0, s);
                backend.focalLoss(loss, y, x, labels, null, 2, s);
                backend.diceLoss(loss, y, x, labels, 1, 1, s);
            });
        }
    }

    private Buffer filled(int size) {
        Buffer buffer = backend.allocate(size);
        backend.fill(buffer, 1);
        return buffer;
    }

    private static void requireFew(String what, Runnable step) {
        assertThat(Allocations.leastOf(LIMIT, step))
                .as("bytes allocated by warm %s", what)
                .isLessThan(LIMIT);
    }
}
