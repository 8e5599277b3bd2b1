package dev.aorta.backend.cpu;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.aorta.Conv2dOptions;
import dev.aorta.Shape;
import dev.aorta.backend.Binary;
import dev.aorta.backend.Broadcast;
import dev.aorta.backend.Buffer;
import dev.aorta.backend.ConcatShape;
import dev.aorta.backend.ConvShape;
import dev.aorta.backend.Masked;
import dev.aorta.backend.Unary;
import dev.aorta.backend.cpu.machine.BufferPool;
import dev.aorta.backend.cpu.machine.Simd;
import dev.aorta.backend.cpu.winograd.ImageParts;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

/** A concatenation that stays in parts: who has which array, and that nobody sees another's changes. */
class PartsTest {
    private static final long SEED = 20261128;
    private static final ConcatShape TWO = new ConcatShape(3, new int[] {2, 1}, 1);

    private CpuBackend cpu = new CpuBackend(2);

    @Test
    void nothingIsCopiedUntilSomebodyAsks() {
        Buffer a = of(1, 2, 3, 4, 5, 6);
        Buffer b = of(7, 8, 9);
        Buffer y = cpu.allocate(9);
        cpu.concat(y, new Buffer[] {a, b}, TWO);
        assertThat(CpuBuffer.of(y).widths()).containsExactly(2, 1);
        assertThat(values(y)).containsExactly(1, 2, 7, 3, 4, 8, 5, 6, 9);
        assertThat(CpuBuffer.of(y).widths()).isNull();
    }

    @Test
    void sourcesMayBeReleasedAndChanged() {
        Buffer a = of(1, 2, 3, 4, 5, 6);
        Buffer b = of(7, 8, 9);
        Buffer y = cpu.allocate(9);
        Buffer other = cpu.allocate(9);
        cpu.concat(y, new Buffer[] {a, b}, TWO);
        cpu.concat(other, new Buffer[] {a, b}, TWO);
        cpu.release(b);
        of(0, 0, 0); // would take the array of b if that had gone back
        cpu.unary(a, a, Unary.affine(10, 0));
        assertThat(values(a)).containsExactly(10, 20, 30, 40, 50, 60);
        assertThat(values(y)).containsExactly(1, 2, 7, 3, 4, 8, 5, 6, 9);
        cpu.fill(y, 0);
        assertThat(values(other)).containsExactly(1, 2, 7, 3, 4, 8, 5, 6, 9);
        cpu.release(y);
        assertThatThrownBy(() -> values(y)).hasMessage("[cpu] a buffer of 9 elements is used after its release");
        assertThatThrownBy(() -> cpu.release(y)).hasMessageContaining("used after its release");
    }

    @Test
    void allMemoryGoesBackToThePool() {
        Buffer a = of(1, 2, 3, 4, 5, 6);
        Buffer b = of(7, 8, 9);
        Buffer y = cpu.allocate(9);
        cpu.concat(y, new Buffer[] {a, b}, TWO);
        Buffer nested = cpu.allocate(12);
        cpu.concat(nested, new Buffer[] {y, b}, new ConcatShape(3, new int[] {3, 1}, 1));
        assertThat(CpuBuffer.of(nested).widths()).containsExactly(2, 1, 1);
        List.of(a, b, y).forEach(cpu::release);
        assertThat(cpu.pool().freeElements()).isZero();
        assertThat(values(nested)).containsExactly(1, 2, 7, 7, 3, 4, 8, 8, 5, 6, 9, 9);
        assertThat(cpu.pool().freeElements()).isEqualTo(9);
        cpu.release(nested);
        assertThat(cpu.pool().freeElements()).isEqualTo(9 + 12);
    }

    @Test
    void oneSourceTwiceAndItsGradients() {
        Buffer a = of(1, 2, 3);
        Buffer y = cpu.allocate(6);
        ConcatShape s = new ConcatShape(3, new int[] {1, 1}, 1);
        cpu.concat(y, new Buffer[] {a, a}, s);
        Buffer first = cpu.allocate(3);
        Buffer second = cpu.allocate(3);
        cpu.split(new Buffer[] {first, second}, y, s);
        cpu.axpby(first, 1, second, 1);
        assertThat(values(first)).containsExactly(2, 4, 6);
        assertThat(values(second)).containsExactly(1, 2, 3);
        assertThat(values(a)).containsExactly(1, 2, 3);
        assertThat(values(y)).containsExactly(1, 1, 2, 2, 3, 3);
    }

    /** Winograd's kernels read and write images in parts: the same bits as of the image in one piece. */
    @Test
    void convolutionOfPartsIsThatOfTheWhole() {
        assumeTrue(Simd.BITS > 0, "no vectors, so no Winograd");
        int[] widths = {16, 32, 5};
        ConvShape s = ConvShape.of("", Shape.of(1, 9, 10, 53), Shape.of(24, 3, 3, 53), Conv2dOptions.SAME);
        ConcatShape concat = new ConcatShape(90, widths, 1);
        Random random = new Random(SEED);
        Buffer[] x = new Buffer[3];
        for (int i = 0; i < 3; i++) {
            x[i] = random(random, 90 * widths[i]);
        }
        Buffer w = random(random, s.weight().size());
        Buffer bias = random(random, 24);
        Buffer dy = random(random, s.output().size());
        List<float[]> apart = passes(x, w, bias, dy, s, concat, false);
        assertThat(passes(x, w, bias, dy, s, concat, true))
                .as("seed %d", SEED)
                .usingRecursiveComparison()
                .isEqualTo(apart);
    }

    private List<float[]> passes(
            Buffer[] x, Buffer w, Buffer bias, Buffer dy, ConvShape s, ConcatShape concat, boolean joined) {
        Buffer whole = cpu.allocate(s.input().size());
        cpu.concat(whole, x, concat);
        if (joined) {
            values(whole);
        }
        Buffer y = cpu.allocate(s.output().size());
        Buffer dx = cpu.allocate(whole.size());
        Buffer dw = cpu.allocate(w.size());
        Buffer db = cpu.allocate(24);
        cpu.conv2d(y, whole, w, bias, true, s);
        cpu.conv2dGrad(dx, dw, db, new Masked(dy, y), whole, w, s);
        assertThat(CpuBuffer.of(whole).widths() == null).isEqualTo(joined);
        assertThat(CpuBuffer.of(dx).widths() == null).isEqualTo(joined);
        Buffer[] parts = new Buffer[3];
        for (int i = 0; i < 3; i++) {
            parts[i] = cpu.allocate(x[i].size());
        }
        cpu.split(parts, dx, concat);
        List<float[]> results = new ArrayList<>();
        for (Buffer b : List.of(y, dw, db, parts[0], parts[1], parts[2], dx)) {
            results.add(values(b));
        }
        return results;
    }

    /** Columns of a last axis of 1 side by side are no channels. */
    @Test
    void partsThatAreNotChannelsAreJoined() {
        ConvShape s = ConvShape.of("", Shape.of(1, 8, 32, 1), Shape.of(4, 3, 3, 1), Conv2dOptions.SAME);
        Random random = new Random(SEED);
        Buffer a = random(random, 8 * 16);
        Buffer b = random(random, 8 * 16);
        Buffer w = random(random, s.weight().size());
        Buffer x = cpu.allocate(8 * 32);
        Buffer y = cpu.allocate(s.output().size());
        cpu.concat(x, new Buffer[] {a, b}, new ConcatShape(8, new int[] {16, 16}, 1));
        cpu.conv2d(y, x, w, null, false, s);
        float[] apart = values(y);
        values(x);
        cpu.conv2d(y, x, w, null, false, s);
        assertThat(apart).as("seed %d", SEED).isEqualTo(values(y));

        Buffer pairs = cpu.allocate(6);
        cpu.concat(pairs, new Buffer[] {of(1, 2), of(3, 4)}, new ConcatShape(1, new int[] {2, 2}, 1));
        Buffer nested = cpu.allocate(8);
        cpu.concat(nested, new Buffer[] {pairs, of(5, 6, 7, 8)}, new ConcatShape(4, new int[] {1, 1}, 1));
        assertThat(values(nested)).containsExactly(1, 5, 2, 6, 3, 7, 4, 8);
    }

    @Test
    void gradientIsHandedOverWithoutACopy() {
        assumeTrue(Simd.BITS > 0, "no vectors, so no Winograd");
        int[] widths = {32, 16};
        ConvShape s = ConvShape.of("", Shape.of(1, 8, 8, 48), Shape.of(24, 3, 3, 48), Conv2dOptions.SAME);
        ConcatShape concat = new ConcatShape(64, widths, 1);
        Random random = new Random(SEED);
        Buffer x = cpu.allocate(64 * 48);
        cpu.concat(x, new Buffer[] {random(random, 64 * 32), random(random, 64 * 16)}, concat);
        Buffer dx = cpu.allocate(x.size());
        Buffer w = random(random, s.weight().size());
        cpu.conv2dGrad(dx, null, null, new Masked(random(random, s.output().size()), null), x, w, s);
        Buffer first = cpu.allocate(64 * 32);
        cpu.split(new @Nullable Buffer[] {first, null}, dx, concat);
        cpu.release(dx);
        long free = cpu.pool().freeElements();
        cpu.axpby(first, 1, random(random, 64 * 32), 1);
        assertThat(cpu.pool().freeElements()).as("nobody else has the array").isEqualTo(free);
        cpu.release(first);
        assertThat(cpu.pool().freeElements()).isEqualTo(free + 64 * 32);
    }

    /** What was concatenated in two steps is taken apart in two, each time by handing over arrays, or copied where they do not fit. */
    @Test
    void splitTakesWhatLiesBetweenTwoChannels() {
        Buffer y = cpu.allocate(12);
        cpu.concat(
                y,
                new Buffer[] {of(1, 2, 3, 4, 5, 6), of(7, 8, 9), of(10, 11, 12)},
                new ConcatShape(3, new int[] {2, 1, 1}, 1));
        Buffer three = cpu.allocate(9);
        Buffer one = cpu.allocate(3);
        cpu.split(new Buffer[] {three, one}, y, new ConcatShape(3, new int[] {3, 1}, 1));
        assertThat(CpuBuffer.of(y).widths()).as("still apart").containsExactly(2, 1, 1);
        assertThat(CpuBuffer.of(three).widths()).containsExactly(2, 1);
        Buffer inner = cpu.allocate(3);
        cpu.split(new @Nullable Buffer[] {null, inner}, three, TWO);
        Buffer left = cpu.allocate(3);
        Buffer right = cpu.allocate(9);
        cpu.split(new Buffer[] {left, right}, y, new ConcatShape(3, new int[] {1, 3}, 1));
        assertThat(CpuBuffer.of(y).widths()).as("joined").isNull();
        cpu.release(y);
        assertThat(values(inner)).containsExactly(7, 8, 9);
        assertThat(values(one)).containsExactly(10, 11, 12);
        assertThat(values(three)).containsExactly(1, 2, 7, 3, 4, 8, 5, 6, 9);
        assertThat(values(left)).containsExactly(1, 3, 5);
        assertThat(values(right)).containsExactly(2, 7, 10, 4, 8, 11, 6, 9, 12);
    }

    @Test
    void whatAKernelReadsStaysUntilItEnds() {
        Buffer a = of(1, 2, 3, 4, 5, 6);
        Buffer b = of(7, 8, 9);
        Buffer y = cpu.allocate(9);
        cpu.concat(y, new Buffer[] {a, b}, TWO);
        try (CpuBuffer.Lent lent = CpuBuffer.of(y).lend(3, widths -> true)) {
            List.of(a, b, y).forEach(cpu::release);
            assertThat(cpu.pool().freeElements()).isZero();
            assertThat(lent.image().channels()).containsExactly(2, 1);
        }
        assertThat(cpu.pool().freeElements()).isEqualTo(9);
    }

    /** A pool that has only so many more arrays. */
    private static final class ShortPool extends BufferPool {
        private int left = Integer.MAX_VALUE;

        @Override
        public float[] take(int size) {
            if (left-- <= 0) {
                throw new OutOfMemoryError("no array of " + size);
            }
            return super.take(size);
        }
    }

    @Test
    void shortMemoryChangesNothing() {
        ShortPool pool = new ShortPool();
        cpu = new CpuBackend(2, null, pool);
        Buffer a = of(1, 2, 3, 4, 5, 6);
        Buffer b = of(7, 8, 9);
        Buffer y = cpu.allocate(9);
        cpu.concat(y, new Buffer[] {a, b}, TWO);
        pool.left = 0;
        assertThatThrownBy(() -> values(y)).isInstanceOf(OutOfMemoryError.class);
        assertThatThrownBy(() -> cpu.fill(a, 0)).isInstanceOf(OutOfMemoryError.class);
        pool.left = Integer.MAX_VALUE;
        cpu.fill(a, 0);
        assertThat(values(y)).containsExactly(1, 2, 7, 3, 4, 8, 5, 6, 9);
        List.of(a, b, y).forEach(cpu::release);
        assertThat(pool.freeElements()).as("a, its copy, b and the whole").isEqualTo(6 + 6 + 3 + 9);
    }

    @Test
    void failedConcatenationsAndGradientsGiveBackWhatTheyHave() {
        ShortPool pool = new ShortPool();
        cpu = new CpuBackend(2, null, pool);
        Buffer a = of(1, 2, 3, 4, 5, 6);
        Buffer gone = of(7, 8, 9);
        Buffer untouched = cpu.allocate(3);
        Buffer y = cpu.allocate(9);
        cpu.release(gone);
        assertThatThrownBy(() -> cpu.concat(y, new Buffer[] {a, gone}, TWO)).hasMessageContaining("after its release");
        pool.left = 0;
        assertThatThrownBy(() -> cpu.concat(y, new Buffer[] {a, untouched}, TWO))
                .isInstanceOf(OutOfMemoryError.class);
        pool.left = 1;
        Buffer dx = cpu.allocate(9);
        ImageParts image = new ImageParts(new float[][] {new float[6], new float[3]}, new int[] {2, 1});
        assertThatThrownBy(() -> CpuBuffer.of(dx).becomeLike(image)).isInstanceOf(OutOfMemoryError.class);
        pool.left = Integer.MAX_VALUE;
        List.of(a, untouched, y, dx).forEach(cpu::release);
        assertThat(pool.freeElements()).isEqualTo(6 + 3 + 6);
    }

    @Test
    void manyThreadsMayJoinItAtOnce() throws Exception {
        try (ExecutorService threads = Executors.newFixedThreadPool(4)) {
            for (int round = 0; round < 50; round++) {
                Buffer a = of(1, 2, 3, 4, 5, 6);
                Buffer b = of(7, 8, 9);
                Buffer y = cpu.allocate(9);
                cpu.concat(y, new Buffer[] {a, b}, TWO);
                Callable<float[]> sum = () -> {
                    Buffer twice = cpu.allocate(9);
                    cpu.binary(twice, y, y, Binary.ADD, Broadcast.same(Shape.of(9)));
                    return values(twice);
                };
                Callable<float[]> release = () -> {
                    cpu.release(a);
                    cpu.release(b);
                    return new float[] {2, 4, 14, 6, 8, 16, 10, 12, 18};
                };
                for (Future<float[]> f : threads.invokeAll(List.of(sum, sum, release, sum, sum))) {
                    assertThat(f.get()).containsExactly(2, 4, 14, 6, 8, 16, 10, 12, 18);
                }
            }
        }
    }

    private Buffer random(Random random, int size) {
        float[] values = new float[size];
        for (int i = 0; i < size; i++) {
            values[i] = (float) random.nextGaussian();
        }
        return of(values);
    }

    private Buffer of(float... values) {
        Buffer buffer = cpu.allocate(values.length);
        cpu.upload(buffer, values);
        return buffer;
    }

    private float[] values(Buffer buffer) {
        float[] values = new float[buffer.size()];
        cpu.download(values, buffer);
        return values;
    }
}
