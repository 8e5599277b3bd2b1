package dev.aorta.backend.cpu;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assertions.assertTimeout;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.aorta.Conv2dOptions;
import dev.aorta.Shape;
import dev.aorta.backend.Buffer;
import dev.aorta.backend.ConvGeometries;
import dev.aorta.backend.ConvShape;
import dev.aorta.backend.ConvolutionContract;
import dev.aorta.backend.cpu.conv.ConvKernels;
import dev.aorta.backend.cpu.machine.BufferPool;
import dev.aorta.backend.cpu.machine.Simd;
import java.time.Duration;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.DynamicContainer;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestFactory;

/** Kernels of convolution forced where another is faster, and geometries that would be slow in the wrong one. */
class CpuConvolutionTest {

    private record Contract(CpuBackend backend, @Nullable ConvKernels forced, List<ConvShape> geometries)
            implements ConvolutionContract {
        @Override
        public boolean sharesRounding(ConvShape s) {
            return CpuBackendTest.sharesRounding(ConvKernels.of(s, forced));
        }

        Stream<DynamicTest> tests() {
            return Stream.of(conv2d(), convTranspose2d(), conv2dGrad()).flatMap(tests -> tests);
        }
    }

    /** Each computes what it says that it can; where it is chosen anyway, {@link CpuBackendTest} has seen it. */
    @TestFactory
    Stream<DynamicContainer> forced() {
        return Arrays.stream(ConvKernels.values()).map(k -> {
            List<ConvShape> others = ConvGeometries.all().stream()
                    .filter(s -> k.computes(s) && ConvKernels.of(s) != k)
                    .toList();
            int step = Math.ceilDiv(others.size(), 40);
            List<ConvShape> some =
                    others.stream().filter(s -> others.indexOf(s) % step == 0).toList();
            boolean always = Simd.BITS == 0 || k == ConvKernels.PATCHES || k == ConvKernels.DEPTHWISE;
            assertThat(some).as("geometries of %s", k).hasSizeGreaterThan(always ? -1 : 5);
            return DynamicContainer.dynamicContainer(
                    k.toString(), new Contract(new CpuBackend(2, k, new BufferPool()), k, some).tests());
        });
    }

    /** An algorithm of its own rounds as no other does. */
    @Test
    void forcedKernelsRun() {
        assumeTrue(Simd.BITS > 0, "no vectors, so no Winograd");
        assertThat(convolved(ConvKernels.WINOGRAD))
                .isEqualTo(convolved(null))
                .isNotEqualTo(convolved(ConvKernels.PACKED));
    }

    /** A task has more rows than it copies at a time. */
    @Test
    void depthwiseByBands() {
        ConvShape s =
                ConvShape.of("", Shape.of(1, 40, 1100, 32), Shape.of(32, 3, 3, 1), Conv2dOptions.SAME.withGroups(32));
        float[] bands = convolved(null, s);
        float[] groups = convolved(ConvKernels.GROUPED, s);
        assertThat(IntStream.range(0, bands.length).filter(i -> Math.abs(bands[i] - groups[i]) > 1e-5f))
                .as("elements that differ")
                .isEmpty();
    }

    private static float[] convolved(@Nullable ConvKernels forced) {
        return convolved(forced, ConvShape.of("", Shape.of(1, 16, 16, 32), Shape.of(32, 3, 3, 32), Conv2dOptions.SAME));
    }

    private static float[] convolved(@Nullable ConvKernels forced, ConvShape s) {
        CpuBackend cpu = new CpuBackend(1, forced, new BufferPool());
        Random r = new Random(7);
        Buffer x = random(cpu, s.input().size(), r);
        Buffer w = random(cpu, s.weight().size(), r);
        Buffer y = cpu.allocate(s.output().size());
        cpu.conv2d(y, x, w, null, false, s);
        float[] values = new float[y.size()];
        cpu.download(values, y);
        return values;
    }

    private static Buffer random(CpuBackend cpu, int size, Random r) {
        Buffer buffer = cpu.allocate(size);
        float[] values = new float[size];
        for (int i = 0; i < size; i++) {
            values[i] = (float) r.nextGaussian();
        }
        cpu.upload(buffer, values);
        return buffer;
    }

    /** Tasks of a weight gradient divide channels of dy, columns and pixels, and a 1x1 convolution takes its pixels by parts. */
    @TestFactory
    Stream<DynamicTest> manyChannels() {
        ConvShape pixels = ConvShape.of("", Shape.of(1, 17, 19, 530), Shape.of(345, 1, 1, 530), Conv2dOptions.SAME);
        ConvShape windows =
                ConvShape.of("", Shape.of(1, 22, 25, 66), Shape.of(345, 3, 3, 66), Conv2dOptions.SAME.withStride(2));
        return new Contract(new CpuBackend(2), null, List.of(pixels, windows)).tests();
    }

    /** Whoever copies all that lies between these taps takes seconds, or more memory than there is. */
    @TestFactory
    Stream<DynamicTest> tapsFarApart() {
        List<ConvShape> geometries = Stream.of(12_000, 30_000, 1_000_000)
                .flatMap(d -> Stream.of(1, 20).flatMap(in -> Stream.of(1, 20).map(groups -> far(d, in, groups))))
                .distinct()
                .toList();
        return new Contract(new CpuBackend(2), null, geometries)
                .tests()
                .map(t -> DynamicTest.dynamicTest(
                        t.getDisplayName(), () -> assertTimeout(Duration.ofSeconds(6), t.getExecutable())));
    }

    private static ConvShape far(int dilation, int in, int groups) {
        int g = Math.min(in, groups);
        return ConvShape.of(
                "",
                Shape.of(1, 8, 8, in),
                Shape.of(20, 3, 3, in / g),
                Conv2dOptions.SAME.withDilation(dilation).withGroups(g));
    }
}
