package dev.aorta.backend.cpu.element;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.fail;
import static org.assertj.core.api.Assertions.within;

import dev.aorta.Shape;
import dev.aorta.backend.Backend;
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
import dev.aorta.backend.cpu.CpuBackend;
import dev.aorta.backend.cpu.machine.ForcedWidth;
import dev.aorta.backend.reference.ReferenceBackend;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** Shapes that are too large for the contracts, which take the paths that the small ones there do not. */
@ExtendWith(ForcedWidth.class)
class ElementSimdTest {
    private static final long SEED = 11;

    private final CpuBackend cpu = new CpuBackend(2);
    private final ReferenceBackend reference = new ReferenceBackend();

    private interface Kernel {
        void run(Backend backend, Buffer[] buffers);
    }

    @AfterEach
    void close() {
        cpu.close();
        reference.close();
    }

    @ParameterizedTest
    @EnumSource
    void reductions(Reduction f) {
        for (ReduceShape s : List.of(
                ReduceShape.all(100_001), // spans of one run
                new ReduceShape(1, 30_001, 3), // spans of folded columns, and a rest
                new ReduceShape(1, 2000, 70), // spans of columns
                new ReduceShape(2, 100, 1300), // two strips of columns
                new ReduceShape(3, 40_000, 1), // spans of several runs
                new ReduceShape(900, 100, 1), // runs
                new ReduceShape(901, 128, 1), // runs of whole vectors
                new ReduceShape(3001, 63, 1), // short runs
                new ReduceShape(9001, 1, 1),
                new ReduceShape(3001, 7, 5), // few short rows
                new ReduceShape(41, 300, 5))) {
            int n = s.outer() * s.length() * s.inner();
            float[] x = normal(n);
            if (f == Reduction.MAX || f == Reduction.MIN || f == Reduction.ARGMAX || f == Reduction.ARGMIN) {
                for (int i = 0; i < n; i++) {
                    x[i] = i % 10_007 == 10_006 ? Float.NaN : Math.round(2 * x[i]);
                }
            }
            requireNear(
                    f + " " + s,
                    s.outer() * s.inner(),
                    1e-5 * (f == Reduction.SUM || f == Reduction.SUM_OF_SQUARES ? Math.sqrt(s.length()) : 1),
                    (k, b) -> k.reduce(b[0], b[1], f, s),
                    x);
        }
    }

    @Test
    void longSumsKeepTheirDigits() {
        int n = 20_000_000;
        float[] x = new float[n];
        Arrays.fill(x, 1.1f);
        for (ReduceShape s :
                List.of(ReduceShape.all(n), new ReduceShape(1, n / 2, 2), new ReduceShape(1, n / 64, 64))) {
            float[] y = result(cpu, s.inner(), (k, b) -> k.reduce(b[0], b[1], Reduction.SUM, s), x);
            for (float v : y) {
                assertThat(v / (1.1f * (double) s.length())).as("%s", s).isCloseTo(1, within(1e-6));
            }
        }
    }

    @Test
    void normalisation() {
        for (NormShape s : List.of(
                NormShape.batchNorm(12_011, 3, 1e-5f),
                NormShape.batchNorm(600, 70, 1e-5f),
                new NormShape(2, 3001, 12, 3, 1e-5f),
                new NormShape(20, 37, 12, 3, 1e-5f),
                new NormShape(300, 1, 150, 1, 1e-5f),
                new NormShape(5, 1, 10_000, 2, 1e-5f))) {
            for (float mean : new float[] {0, 1000}) {
                normalisation(s, mean);
            }
        }
    }

    private void normalisation(NormShape s, float mean) {
        float[] x = normal(s.size());
        for (int i = 0; i < x.length; i++) {
            x[i] += mean;
        }
        float[] gamma = normal(s.channels());
        float[] dy = normal(s.size());
        String what = "norm " + s + " about " + mean;
        requireNear(
                what,
                s.size(),
                mean == 0 ? 2e-5 : 2e-3,
                (k, b) -> k.norm(b[0], k.allocate(s.statistics()), k.allocate(s.statistics()), b[1], b[2], b[2], s),
                x,
                gamma);
        for (int wanted = 0; wanted < 3; wanted++) {
            int which = wanted;
            requireNear(
                    what + ", gradient " + wanted,
                    wanted == 0 ? s.size() : s.channels(),
                    (mean == 0 ? 1e-5 : 1e-3) * Math.sqrt(wanted == 0 ? 1 : s.batch() * s.pixels()),
                    (k, b) -> {
                        Buffer m = k.allocate(s.statistics());
                        Buffer i = k.allocate(s.statistics());
                        k.norm(k.allocate(s.size()), m, i, b[1], b[2], b[2], s);
                        k.normGrad(
                                which == 0 ? b[0] : null,
                                which == 1 ? b[0] : null,
                                which == 2 ? b[0] : null,
                                b[3],
                                b[1],
                                m,
                                i,
                                b[2],
                                s);
                    },
                    x,
                    gamma,
                    dy);
        }
    }

    @Test
    void broadcasts() {
        for (Broadcast s : List.of(
                Broadcast.of("", Shape.of(70, 2500), Shape.of(2500)),
                Broadcast.of("", Shape.of(70, 2500), Shape.of(70, 1)),
                Broadcast.of("", Shape.of(30_001, 3), Shape.of(30_001, 1)),
                Broadcast.of("", Shape.of(3, 20, 3000), Shape.of(20, 1)),
                Broadcast.of("", Shape.of(40, 1, 7, 30), Shape.of(1, 20, 1, 30)),
                new Broadcast(Shape.of(50, 60), new int[] {50, 60}, new int[] {1, 50}, new int[] {60, 1}))) {
            requireNear(
                    s + "",
                    s.size(),
                    0,
                    (k, b) -> k.binary(b[0], b[1], b[2], Binary.SUB, s),
                    normal(s.sizeA()),
                    normal(s.sizeB()));
        }
    }

    @Test
    void permutations() {
        int[][] orders = {{0, 3, 1, 2}, {0, 2, 3, 1}, {3, 2, 1, 0}, {2, 1, 0, 3}, {1, 0, 2, 3}};
        for (int[] extents : new int[][] {{3, 40, 50, 3}, {2, 33, 70, 20}, {5, 1, 600, 37}}) {
            int[] steps = Strided.contiguous(extents);
            for (int[] order : orders) {
                int[] to = new int[4];
                int[] from = new int[4];
                for (int i = 0; i < 4; i++) {
                    to[i] = extents[order[i]];
                    from[i] = steps[order[i]];
                }
                Strided s = Strided.of(to, 0, Strided.contiguous(to), 0, from);
                requireNear(s + "", s.size(), 0, (k, b) -> k.copy(b[0], b[1], s), normal(s.size()));
            }
        }
    }

    @Test
    void gathering() {
        GatherShape s = new GatherShape(2, 30, 50, 2100);
        float[] index = new float[s.count()];
        for (int i = 0; i < index.length; i++) {
            index[i] = i * 7 % s.length();
        }
        int x = s.outer() * s.length() * s.inner();
        int y = s.outer() * s.count() * s.inner();
        requireNear("gather", y, 0, (k, b) -> k.gather(b[0], b[1], b[2], s), normal(x), index);
        requireNear("gatherGrad", x, 1e-5, (k, b) -> k.gatherGrad(b[0], b[1], b[2], s), normal(y), index);
    }

    @Test
    void batchesOfProducts() {
        for (MatMulShape s : List.of(
                new MatMulShape(3, 130, 30, 600, true, true, false, false),
                new MatMulShape(3, 130, 90, 90, false, false, true, false),
                new MatMulShape(17, 130, 20, 530, false, true, false, false),
                new MatMulShape(20, 30, 40, 50, true, false, false, true),
                new MatMulShape(20, 3, 400, 50, false, true, true, true),
                new MatMulShape(2, 3, 700, 600, false, false, false, false))) {
            requireNear(
                    s + "",
                    s.batch() * s.m() * s.n(),
                    1e-5 * Math.sqrt(s.k()),
                    (k, b) -> k.matmul(b[0], b[1], b[2], s),
                    normal(s.sizeA()),
                    normal(s.sizeB()));
        }
    }

    @Test
    void softmaxOfManyClasses() {
        RowShape s = new RowShape(50, 203);
        requireNear("softmax", s.size(), 1e-6, (k, b) -> k.softmax(b[0], b[1], s), normal(s.size()));
    }

    private static float[] normal(int n) {
        Random random = new Random(SEED + n);
        float[] x = new float[n];
        for (int i = 0; i < n; i++) {
            x[i] = (float) random.nextGaussian();
        }
        return x;
    }

    private static float[] result(Backend backend, int size, Kernel kernel, float[]... sources) {
        Buffer[] buffers = new Buffer[1 + sources.length];
        buffers[0] = backend.allocate(size);
        for (int i = 0; i < sources.length; i++) {
            buffers[1 + i] = backend.allocate(sources[i].length);
            backend.upload(buffers[1 + i], sources[i]);
        }
        kernel.run(backend, buffers);
        float[] result = new float[size];
        backend.download(result, buffers[0]);
        return result;
    }

    /** Off by no more than the tolerance, of the value where that is above 1. */
    private void requireNear(String what, int size, double tolerance, Kernel kernel, float[]... sources) {
        float[] actual = result(cpu, size, kernel, sources);
        float[] expected = result(reference, size, kernel, sources);
        for (int i = 0; i < size; i++) {
            boolean same = Float.compare(expected[i], actual[i]) == 0 || expected[i] == actual[i];
            if (!same && !(Math.abs(expected[i] - actual[i]) <= tolerance * Math.max(1, Math.abs(expected[i])))) {
                fail("%s, element %d: expected %s, got %s, seed %d", what, i, expected[i], actual[i], SEED);
            }
        }
    }
}
