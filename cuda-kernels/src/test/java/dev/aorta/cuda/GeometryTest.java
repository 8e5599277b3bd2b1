package dev.aorta.cuda;

import static org.assertj.core.api.Assertions.assertThat;

import dev.aorta.Shape;
import dev.aorta.backend.Binary;
import dev.aorta.backend.Broadcast;
import dev.aorta.backend.Buffer;
import dev.aorta.backend.GatherShape;
import dev.aorta.backend.ReduceShape;
import dev.aorta.backend.Reduction;
import dev.aorta.backend.Strided;
import dev.aorta.backend.reference.ReferenceBackend;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** What kernels do with geometries that the contract is too small for: several launches, tiles, parts. */
class GeometryTest extends CudaTests {
    private static final long SEED = 5;

    private final Random random = new Random(SEED);
    private CudaBackend backend;

    @BeforeEach
    void openBackend() {
        backend = open(CudaOptions.Libraries.NONE);
    }

    @AfterEach
    void closeBackend() {
        backend.close();
    }

    private Buffer uploaded(float... values) {
        Buffer b = empty(values.length);
        backend.upload(b, values);
        return b;
    }

    private Buffer empty(int n) {
        return backend.allocate(n);
    }

    private float[] values(Buffer b) {
        float[] v = new float[b.size()];
        backend.download(v, b);
        return v;
    }

    private float[] whole(int n, int below) {
        float[] v = new float[n];
        for (int i = 0; i < n; i++) {
            v[i] = random.nextInt(below);
        }
        return v;
    }

    /** Twelve axes, of which every second one is repeated on either side: more than a kernel takes. */
    @Test
    void moreAxesThanAKernelTakesAreSeveralLaunches() {
        Shape a = Shape.of(2, 1, 2, 1, 2, 1, 2, 1, 2, 1, 2, 1);
        Shape b = Shape.of(1, 3, 1, 2, 1, 2, 1, 2, 1, 1, 1, 2);
        Broadcast s = Broadcast.of("", a, b);
        assertThat(s.extents()).hasSizeGreaterThan(2 * Axes.MOST);
        float[] p = whole(a.size(), 100);
        float[] q = whole(b.size(), 100);
        Buffer y = empty(s.size());
        backend.binary(y, uploaded(p), uploaded(q), Binary.SUB, s);
        float[] expected = new float[s.size()];
        for (int i = 0; i < expected.length; i++) {
            int rest = i;
            int atA = 0;
            int atB = 0;
            for (int axis = s.extents().length - 1; axis >= 0; axis--) {
                atA += rest % s.extents()[axis] * s.strideA()[axis];
                atB += rest % s.extents()[axis] * s.strideB()[axis];
                rest /= s.extents()[axis];
            }
            expected[i] = p[atA] - q[atB];
        }
        assertThat(values(y)).isEqualTo(expected);
        Buffer d = empty(s.size());
        backend.binaryGrad(d, uploaded(expected), uploaded(p), uploaded(q), true, Binary.SUB, s);
        for (int i = 0; i < expected.length; i++) {
            expected[i] = -expected[i];
        }
        assertThat(values(d)).isEqualTo(expected);
    }

    /** Six axes in the opposite order go through tiles, two axes at a time, and come back. */
    @Test
    void axesInTheOppositeOrderAndBack() {
        int[] extents = {9, 2, 3, 2, 2, 40};
        int[] steps = Strided.contiguous(extents);
        int[] opposite = new int[6];
        int step = 1;
        for (int axis = 0; axis < 6; axis++) {
            opposite[axis] = step;
            step *= extents[axis];
        }
        var s = new Strided(extents, 0, opposite, 0, steps);
        float[] x = whole(s.size(), 1 << 20);
        Buffer there = empty(x.length);
        Buffer back = empty(x.length);
        long before = SoftwareCuda.calls("cuLaunchKernel");
        backend.copy(there, uploaded(x), s);
        assertThat(SoftwareCuda.calls("cuLaunchKernel") - before).isEqualTo(2 * 2);
        backend.copy(back, there, s.inverse());
        assertThat(values(back)).isEqualTo(x);
        float[] turned = values(there);
        for (int i = 0; i < x.length; i += 37) {
            int to = 0;
            for (int axis = 0; axis < 6; axis++) {
                to += i / steps[axis] % extents[axis] * opposite[axis];
            }
            assertThat(turned[to]).as("element %d", i).isEqualTo(x[i]);
        }
    }

    /** Few slices and many indices: every part of the indices has its own sums. */
    @Test
    void gradientsOfManyIndicesIntoFewSlices() {
        var s = new GatherShape(2, 3, 5000, 8);
        float[] index = whole(s.count(), s.length());
        float[] dy = whole(2 * s.count() * 8, 10);
        Buffer dx = empty(2 * 3 * 8);
        long before = SoftwareCuda.calls("cuLaunchKernel");
        backend.gatherGrad(dx, uploaded(dy), uploaded(index), s);
        assertThat(SoftwareCuda.calls("cuLaunchKernel") - before)
                .as("with a sum over parts")
                .isEqualTo(2);
        float[] expected = new float[dx.size()];
        for (int i = 0; i < dy.length; i++) {
            int j = i / 8 % s.count();
            expected[(i / 8 / s.count() * 3 + (int) index[j]) * 8 + i % 8] += dy[i];
        }
        assertThat(values(dx)).isEqualTo(expected);
    }

    /** Few outputs of many elements each: every part of the length has its own state. */
    @ParameterizedTest
    @EnumSource
    void reductionsInTwoSteps(Reduction f) {
        for (ReduceShape s : List.of(
                new ReduceShape(2, 80_000, 1),
                new ReduceShape(1, 20_001, 1),
                new ReduceShape(1, 6001, 3),
                new ReduceShape(2, 6000, 8))) {
            float[] x = whole(s.outer() * s.length() * s.inner(), 50);
            Buffer y = empty(s.outer() * s.inner());
            Buffer source = uploaded(x);
            long before = SoftwareCuda.calls("cuLaunchKernel");
            backend.reduce(y, source, f, s);
            assertThat(SoftwareCuda.calls("cuLaunchKernel") - before)
                    .as("launches of %s", s)
                    .isEqualTo(2);
            try (var reference = new ReferenceBackend()) {
                Buffer from = reference.allocate(x.length);
                Buffer to = reference.allocate(y.size());
                reference.upload(from, x);
                reference.reduce(to, from, f, s);
                float[] expected = new float[to.size()];
                reference.download(expected, to);
                assertThat(values(y))
                        .as("%s of %s, seed %d", f, s, SEED)
                        .usingComparatorWithPrecision(f == Reduction.LOG_SUM_EXP ? 1e-4f : 0f)
                        .containsExactly(expected);
            }
        }
    }
}
