package dev.aorta.backend.cpu;

import static org.assertj.core.api.Assertions.assertThat;

import dev.aorta.Conv2dOptions;
import dev.aorta.Shape;
import dev.aorta.backend.Binary;
import dev.aorta.backend.Broadcast;
import dev.aorta.backend.Buffer;
import dev.aorta.backend.ConvShape;
import dev.aorta.backend.GatherShape;
import dev.aorta.backend.Masked;
import dev.aorta.backend.MatMulShape;
import dev.aorta.backend.NormShape;
import dev.aorta.backend.ReduceShape;
import dev.aorta.backend.Reduction;
import dev.aorta.backend.RowShape;
import dev.aorta.backend.Strided;
import dev.aorta.backend.Unary;
import java.util.List;
import java.util.Random;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Results are the same, bit for bit, with one, two and three threads, on work that is large enough to be shared. */
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
class ThreadsTest {
    private final CpuBackend[] backends = {new CpuBackend(1), new CpuBackend(2), new CpuBackend(3)};

    private interface Kernel {
        void run(CpuBackend backend, Buffer dst, Buffer a, Buffer b);
    }

    private interface Loss {
        void run(CpuBackend backend, Buffer loss, Buffer grad, Buffer logits, Buffer labels);

        default void run(CpuBackend backend, Buffer loss, Buffer grad, Buffer logits, float[] labels) {
            Buffer g = upload(backend, labels);
            run(backend, loss, grad, logits, g);
            backend.release(g);
        }
    }

    static Stream<ConvShape> convolutions() {
        return Stream.of(
                square(2, 40, 1, 16, 3, Conv2dOptions.SAME),
                square(1, 64, 16, 20, 3, Conv2dOptions.SAME),
                square(3, 20, 5, 33, 5, Conv2dOptions.SAME.withStride(2)),
                square(2, 40, 10, 33, 5, Conv2dOptions.SAME.withStride(2)),
                square(1, 30, 12, 12, 3, Conv2dOptions.SAME.withDilation(2).withGroups(3)),
                square(2, 50, 40, 40, 3, Conv2dOptions.SAME.withGroups(40)),
                square(1, 30, 48, 24, 3, Conv2dOptions.SAME.withStride(2).withGroups(12)),
                square(2, 40, 40, 2, 1, Conv2dOptions.SAME),
                ConvShape.transposed(
                        "", Shape.of(1, 20, 20, 24), Shape.of(24, 2, 2, 36), Conv2dOptions.SAME.withStride(2), 0, 0),
                square(1, 30, 48, 64, 3, Conv2dOptions.SAME),
                ConvShape.transposed( // the weight gradient of so large patches is packed
                        "", Shape.of(1, 32, 32, 256), Shape.of(256, 2, 2, 128), Conv2dOptions.SAME.withStride(2), 0, 0),
                ConvShape.transposed(
                        "", Shape.of(1, 5, 5, 2), Shape.of(2, 31, 31, 2), Conv2dOptions.SAME.withStride(16), 0, 0));
    }

    @ParameterizedTest
    @MethodSource("convolutions")
    void convolution(ConvShape s) {
        int x = s.input().size();
        int w = s.weight().size();
        int y = s.output().size();
        requireSameBits(y, x, w, (k, dst, a, b) -> k.conv2d(dst, a, b, null, true, s));
        requireSameBits(x, y, w, (k, dst, a, b) -> {
            Buffer image = k.allocate(x);
            k.conv2dGrad(dst, null, null, new Masked(a, a), image, b, s);
            k.release(image);
        });
        requireSameBits(w, y, x, (k, dst, a, b) -> k.conv2dGrad(null, dst, null, new Masked(a, a), b, dst, s));
        requireSameBits(s.outC(), y, x, (k, db, a, b) -> {
            Buffer dw = k.allocate(w);
            k.conv2dGrad(null, dw, db, new Masked(a, a), b, dw, s);
            k.release(dw);
        });
    }

    @Test
    void reductions() {
        int n = 300_007;
        requireSameBits(1, n, n, (k, dst, a, b) -> k.reduce(dst, a, Reduction.SUM, ReduceShape.all(n)));
        requireSameBits(1, n, n, (k, dst, a, b) -> k.reduce(dst, a, Reduction.SUM_OF_SQUARES, ReduceShape.all(n)));
        requireSameBits(
                21,
                21 * 9001,
                21 * 9001,
                (k, dst, a, b) -> k.reduce(dst, a, Reduction.SUM, new ReduceShape(1, 9001, 21)));
        requireSameBits(
                300 * 700,
                300 * 500,
                500 * 700,
                (k, dst, a, b) -> k.matmul(dst, a, b, MatMulShape.of(300, 700, 500, false, false)));
    }

    @Test
    void reductionsOfEveryKind() {
        for (ReduceShape s : List.of(
                ReduceShape.all(200_003),
                new ReduceShape(1, 40_001, 5),
                new ReduceShape(3, 900, 70),
                new ReduceShape(50_000, 4, 1),
                new ReduceShape(7, 30_000, 1))) {
            int n = s.outer() * s.length() * s.inner();
            for (Reduction f : Reduction.values()) {
                requireSameBits(s.outer() * s.inner(), n, 1, (k, dst, a, b) -> k.reduce(dst, a, f, s));
            }
        }
    }

    @Test
    void broadcasts() {
        Broadcast s = Broadcast.of("", Shape.of(70, 3, 500), Shape.of(3, 1));
        for (Binary f : Binary.values()) {
            requireSameBits(s.size(), s.sizeA(), s.sizeB(), (k, dst, a, b) -> k.binary(dst, a, b, f, s));
        }
    }

    @Test
    void movements() {
        Strided permute = Strided.of(new int[] {300, 400}, 0, new int[] {400, 1}, 0, new int[] {1, 300});
        requireSameBits(120_000, 120_000, 1, (k, dst, a, b) -> k.copy(dst, a, permute));
        GatherShape s = new GatherShape(2, 50, 4000, 33);
        float[] index = new float[4000];
        for (int i = 0; i < index.length; i++) {
            index[i] = i * 31 % 50;
        }
        requireSameBits(2 * 50 * 33, 2 * 4000 * 33, 1, (k, dst, a, b) -> {
            Buffer places = upload(k, index);
            k.gatherGrad(dst, a, places, s);
            k.release(places);
        });
    }

    @Test
    void norms() {
        for (NormShape s : List.of(
                NormShape.batchNorm(50_000, 3, 1e-5f),
                new NormShape(2, 2000, 48, 4, 1e-5f),
                new NormShape(500, 7, 48, 4, 1e-5f),
                new NormShape(3000, 1, 96, 2, 1e-5f))) {
            requireSameBits(s.size(), s.size(), s.channels(), (k, y, x, gamma) -> {
                Buffer mean = k.allocate(s.statistics());
                Buffer invStd = k.allocate(s.statistics());
                k.norm(y, mean, invStd, x, gamma, gamma, s);
                k.release(mean);
                k.release(invStd);
            });
            requireSameBits(s.channels(), s.size(), s.statistics(), (k, dgamma, x, statistics) -> {
                Buffer dx = k.allocate(s.size());
                Buffer gamma = upload(k, new float[s.channels()]);
                k.normGrad(dx, dgamma, null, x, x, statistics, statistics, gamma, s);
                k.release(dx);
                k.release(gamma);
            });
        }
    }

    @Test
    void batchesOfProducts() {
        MatMulShape s = new MatMulShape(40, 30, 50, 20, true, true, false, false);
        requireSameBits(40 * 30 * 50, s.sizeA(), s.sizeB(), (k, dst, a, b) -> k.matmul(dst, a, b, s));
    }

    @Test
    void activations() {
        int n = 200_003;
        for (Unary.Kind f : Unary.Kind.values()) {
            requireSameBits(n, n, 1, (k, dst, a, b) -> k.unary(dst, a, new Unary(f, 0.1f, 0.2f)));
        }
    }

    @ParameterizedTest
    @ValueSource(ints = {2, 3})
    void losses(int classes) {
        int rows = 100_003;
        int n = rows * classes;
        float[] labels = new float[rows];
        for (int i = 0; i < rows; i++) {
            labels[i] = i % classes;
        }
        for (Loss f : List.<Loss>of(
                (k, loss, grad, x, g) -> k.diceLoss(loss, grad, x, g, 1, 1, new RowShape(rows, classes)),
                (k, loss, grad, x, g) -> k.focalLoss(loss, grad, x, g, null, 2, new RowShape(rows, classes)))) {
            requireSameBits(1, n, n, (k, loss, x, grad) -> f.run(k, loss, grad, x, labels));
            requireSameBits(n, n, 1, (k, grad, x, loss) -> f.run(k, loss, grad, x, labels));
        }
    }

    @AfterAll
    void close() {
        for (CpuBackend backend : backends) {
            backend.close();
        }
    }

    private static ConvShape square(int batch, int pixels, int in, int out, int kernel, Conv2dOptions options) {
        return ConvShape.of(
                "", Shape.of(batch, pixels, pixels, in), Shape.of(out, kernel, kernel, in / options.groups()), options);
    }

    private void requireSameBits(int dst, int a, int b, Kernel kernel) {
        Random random = new Random(dst + 31L * a);
        float[] left = normal(random, a);
        float[] right = normal(random, b);
        float[] alone = result(backends[0], dst, left, right, kernel);
        for (CpuBackend backend : backends) {
            for (int round = 0; round < 2; round++) {
                assertThat(result(backend, dst, left, right, kernel))
                        .as("with %s", backend.description())
                        .isEqualTo(alone);
            }
        }
    }

    private static float[] result(CpuBackend backend, int dst, float[] a, float[] b, Kernel kernel) {
        Buffer left = upload(backend, a);
        Buffer right = upload(backend, b);
        Buffer out = backend.allocate(dst);
        kernel.run(backend, out, left, right);
        float[] result = new float[dst];
        backend.download(result, out);
        backend.release(out);
        backend.release(left);
        backend.release(right);
        return result;
    }

    private static float[] normal(Random random, int size) {
        float[] values = new float[size];
        for (int i = 0; i < size; i++) {
            values[i] = (float) random.nextGaussian();
        }
        return values;
    }

    private static Buffer upload(CpuBackend backend, float[] values) {
        Buffer buffer = backend.allocate(values.length);
        backend.upload(buffer, values);
        return buffer;
    }
}
