package dev.aorta.backend.cpu.winograd;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.aorta.Conv2dOptions;
import dev.aorta.Padding;
import dev.aorta.Shape;
import dev.aorta.backend.Backend;
import dev.aorta.backend.Buffer;
import dev.aorta.backend.ConvShape;
import dev.aorta.backend.Masked;
import dev.aorta.backend.cpu.machine.BufferPool;
import dev.aorta.backend.cpu.machine.ForcedWidth;
import dev.aorta.backend.cpu.machine.Gradient;
import dev.aorta.backend.cpu.machine.Parallel;
import dev.aorta.backend.cpu.machine.Simd;
import dev.aorta.backend.cpu.machine.WayOut;
import dev.aorta.backend.cpu.machine.Workspace;
import dev.aorta.backend.reference.ReferenceBackend;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;

/**
 * The three passes against the reference: {@code |a - b| <= 8 * eps32 * sqrt(K) * S}, K the length of the sum and S the largest
 * element of the same pass on absolute inputs. S is not that of the element itself, because an element shares the rounding of
 * its tile.
 */
@ExtendWith(ForcedWidth.class)
class WinogradSimdTest {
    private static final long SEED = Long.getLong("aorta.test.seed", 20_260_101L);

    @BeforeEach
    void needsVectors() {
        assumeTrue(Simd.BITS > 0, "scalar code has no Winograd kernels");
    }

    @Test
    void forwardAgreesWithTheReference() {
        for (ConvShape s : shapes()) {
            Random r = new Random(SEED);
            float[] x = normal(r, s.input().size());
            float[] w = normal(r, s.weight().size());
            float[] bias = normal(r, s.outC());
            for (boolean relu : new boolean[] {false, true}) {
                float @Nullable [] b = relu ? bias : null;
                check(
                        "forward, ReLU " + relu + " " + s,
                        9 * s.inC() + 1,
                        s.output().size(),
                        (y, threads) -> Winograd.forward(
                                threads, y, ImageParts.whole(x, s.inC()), w, b, relu ? WayOut.RELU : WayOut.PLAIN, s),
                        (k, y, v) -> k.conv2d(y, v[0], v[1], v[2], relu, s),
                        x,
                        w,
                        b == null ? new float[s.outC()] : b);
            }
        }
    }

    @Test
    void gradInputAgreesWithTheReference() {
        for (ConvShape s : shapes()) {
            Random r = new Random(SEED);
            float[] dy = normal(r, s.output().size());
            float[] w = normal(r, s.weight().size());
            float[] bias = normal(r, s.inC());
            float[] relu = normal(r, dy.length);
            for (float[] mask : new float[][] {null, relu}) {
                float @Nullable [] b = mask == null ? bias : null;
                check(
                        "input gradient, mask " + (mask != null) + " " + s,
                        9 * s.outC() + 1,
                        s.input().size(),
                        (dx, threads) -> Winograd.gradInput(
                                threads, ImageParts.whole(dx, s.inC()), new Gradient(dy, mask), w, b, s),
                        (k, dx, v) -> k.convTranspose2d(dx, v[0], v[1], v[2], s),
                        masked(dy, mask),
                        w,
                        b == null ? new float[s.inC()] : b);
            }
        }
    }

    @Test
    void gradWeightAgreesWithTheReference() {
        for (ConvShape s : shapes()) {
            Random r = new Random(SEED);
            float[] x = normal(r, s.input().size());
            float[] dy = normal(r, s.output().size());
            float[] relu = normal(r, dy.length);
            for (float[] mask : new float[][] {null, relu}) {
                check(
                        "weight gradient, mask " + (mask != null) + " " + s,
                        s.batch() * s.outH() * s.outW(),
                        s.weight().size(),
                        (dw, threads) -> Winograd.gradWeight(
                                threads, dw, null, new Gradient(dy, mask), ImageParts.whole(x, s.inC()), s),
                        (k, dw, v) ->
                                k.conv2dGrad(null, dw, null, new Masked(v[0], null), v[1], k.allocate(dw.size()), s),
                        masked(dy, mask),
                        x);
            }
        }
    }

    /** Sizes around tiles, strips, groups and vectors, all paddings, and channels enough for both ways to divide the work. */
    private static List<ConvShape> shapes() {
        List<ConvShape> shapes = new ArrayList<>();
        shapes.add(shape(1, 1, 1, 16, 16, Padding.SAME));
        shapes.add(shape(2, 16, 16, 16, 32, Padding.SAME));
        shapes.add(shape(1, 9, 70, 32, 16, Padding.SAME));
        shapes.add(shape(3, 13, 10, 33, 17, Padding.of(2)));
        shapes.add(shape(1, 40, 72, 8, 12, Padding.VALID));
        shapes.add(shape(1, 5, 4, 160, 200, Padding.SAME));
        shapes.add(shape(1, 66, 68, 72, 64, Padding.SAME));
        shapes.add(shape(1, 28, 28, 136, 33, Padding.SAME)); // by tiles on two threads, by channels on three
        shapes.add(shape(1, 28, 28, 33, 136, Padding.SAME));
        Random r = new Random(SEED);
        for (int i = 0; i < 25; i++) {
            Padding padding = Padding.of(r.nextInt(3), r.nextInt(3), r.nextInt(3), r.nextInt(3));
            shapes.add(shape(
                    1 + r.nextInt(2),
                    3 + r.nextInt(15),
                    3 + r.nextInt(15),
                    1 + r.nextInt(50),
                    1 + r.nextInt(50),
                    padding));
        }
        return shapes;
    }

    private static ConvShape shape(int batch, int h, int w, int in, int out, Padding padding) {
        return ConvShape.of(
                "", Shape.of(batch, h, w, in), Shape.of(out, 3, 3, in), Conv2dOptions.SAME.withPadding(padding));
    }

    private interface Pass {
        void run(float[] dst, Workspace threads);
    }

    private interface Exact {
        void run(Backend reference, Buffer dst, Buffer[] sources);
    }

    private static void check(String name, int length, int size, Pass pass, Exact exact, float[]... sources) {
        float[] actual = on(1, size, pass);
        assertThat(on(2, size, pass)).as("2 threads: %s", name).isEqualTo(actual);
        assertThat(on(3, size, pass)).as("3 threads: %s", name).isEqualTo(actual);
        double[] expected = reference(size, exact, sources, false);
        double scale =
                Arrays.stream(reference(size, exact, sources, true)).max().orElseThrow();
        double allowed = 8 * Math.ulp(1f) * Math.sqrt(length) * scale;
        for (int i = 0; i < size; i++) {
            double error = Math.abs(actual[i] - expected[i]);
            assertThat(error <= allowed)
                    .as("%s, element %d: %s is %s away from %s; seed %d", name, i, actual[i], error, expected[i], SEED)
                    .isTrue();
        }
    }

    private static float[] on(int threads, int size, Pass pass) {
        float[] dst = new float[size];
        Arrays.fill(dst, Float.NaN);
        try (Parallel parallel = new Parallel(threads)) {
            pass.run(dst, new Workspace(parallel, new BufferPool()));
        }
        return dst;
    }

    private static double[] reference(int size, Exact exact, float[][] sources, boolean absolute) {
        try (ReferenceBackend k = new ReferenceBackend()) {
            Buffer[] buffers = new Buffer[sources.length];
            for (int i = 0; i < sources.length; i++) {
                float[] source = sources[i].clone();
                for (int j = 0; absolute && j < source.length; j++) {
                    source[j] = Math.abs(source[j]);
                }
                buffers[i] = k.allocate(source.length);
                k.upload(buffers[i], source);
            }
            Buffer dst = k.allocate(size);
            exact.run(k, dst, buffers);
            return ReferenceBackend.values(dst);
        }
    }

    private static float[] masked(float[] dy, float @Nullable [] mask) {
        float[] masked = dy.clone();
        for (int i = 0; i < dy.length; i++) {
            masked[i] = mask == null || mask[i] > 0 ? dy[i] : 0;
        }
        return masked;
    }

    private static float[] normal(Random r, int size) {
        float[] v = new float[size];
        for (int i = 0; i < size; i++) {
            v[i] = (float) r.nextGaussian();
        }
        return v;
    }
}
