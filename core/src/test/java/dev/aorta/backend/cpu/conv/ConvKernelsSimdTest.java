package dev.aorta.backend.cpu.conv;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.aorta.Conv2dOptions;
import dev.aorta.Padding;
import dev.aorta.Shape;
import dev.aorta.backend.ConvShape;
import dev.aorta.backend.cpu.machine.BufferPool;
import dev.aorta.backend.cpu.machine.ForcedWidth;
import dev.aorta.backend.cpu.machine.Gradient;
import dev.aorta.backend.cpu.machine.Parallel;
import dev.aorta.backend.cpu.machine.Simd;
import dev.aorta.backend.cpu.machine.Tuning;
import dev.aorta.backend.cpu.machine.Workspace;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestFactory;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Which kernels compute which geometry: both sides of each border, so that none is switched off unnoticed. */
@ExtendWith(ForcedWidth.class)
class ConvKernelsSimdTest {
    private static final long SEED = Long.getLong("aorta.test.seed", 20_261_130L);
    private static final int L = Math.max(Simd.LANES, 4);
    private static final Conv2dOptions SAME = Conv2dOptions.SAME;
    private static final Conv2dOptions HALF = SAME.withStride(2);

    /** Kernels with vectors and without. */
    private record Row(ConvKernels vectors, ConvKernels scalar, ConvShape s) {}

    private static Row row(ConvKernels k, int h, int w, int in, int out, int kernel, Conv2dOptions o) {
        ConvKernels scalar = switch (k) {
            case GROUPED, WINDOW_RUNS -> k;
            case DEPTHWISE -> ConvKernels.GROUPED;
            default -> ConvKernels.PACKED;
        };
        return row(k, scalar, h, w, in, out, kernel, kernel, o);
    }

    private static Row row(
            ConvKernels k, ConvKernels scalar, int h, int w, int in, int out, int kH, int kW, Conv2dOptions o) {
        return new Row(k, scalar, ConvShape.of("", Shape.of(2, h, w, in), Shape.of(out, kH, kW, in / o.groups()), o));
    }

    private static Conv2dOptions padded(int top, int bottom, int left, int right) {
        return Conv2dOptions.VALID.withPadding(Padding.of(top, bottom, left, right));
    }

    private static final List<Row> ROWS = List.of(
            // channels of a group
            row(ConvKernels.DEPTHWISE, 32, 32, 48, 48, 3, SAME.withGroups(48)),
            row(ConvKernels.DEPTHWISE, 7, 7, L, L, 5, HALF.withGroups(L)),
            row(ConvKernels.GROUPED, 32, 32, L - 1, L - 1, 3, SAME.withGroups(L - 1)),
            row(ConvKernels.GROUPED, 32, 32, 48, 96, 3, SAME.withGroups(48)),
            row(ConvKernels.GROUPED, 32, 32, 16, 16, 3, SAME.withGroups(2)),
            row(ConvKernels.GROUPED, 7, 5, 16, 8, 1, SAME.withGroups(2)),
            row(ConvKernels.PACKED, 32, 32, 18, 18, 3, SAME.withGroups(2)),
            row(ConvKernels.PACKED, 32, 32, 18, 8, 3, SAME.withGroups(2)),
            row(ConvKernels.PACKED, 32, 32, 8, 18, 3, SAME.withGroups(2)),
            // gaps between the taps of grouped windows
            row(ConvKernels.GROUPED, 64, 64, 32, 32, 3, SAME.withGroups(32).withDilation(160)),
            row(ConvKernels.PACKED, 64, 64, 32, 32, 3, SAME.withGroups(32).withDilation(161)),
            row(ConvKernels.GROUPED, 8, 8, 32, 32, 3, SAME.withGroups(32).withDilation(20)),
            row(ConvKernels.PACKED, 8, 8, 32, 32, 3, SAME.withGroups(32).withDilation(21)),
            row(ConvKernels.PACKED, 8, 8, 32, 32, 3, SAME.withGroups(32).withDilation(30_000)),
            // channels of Winograd
            row(ConvKernels.WINOGRAD, 16, 16, 32, 32, 3, SAME),
            row(ConvKernels.WINOGRAD, 16, 16, 4, 3, 3, SAME),
            row(ConvKernels.WINOGRAD, 16, 16, 4, 1, 3, SAME),
            row(ConvKernels.PACKED, 16, 16, 3, 3, 3, SAME),
            row(ConvKernels.PACKED, 16, 16, 1, 2, 3, SAME),
            // sides of Winograd
            row(ConvKernels.WINOGRAD, 4, 4, 32, 32, 3, SAME),
            row(ConvKernels.WINOGRAD, 7, 9, 512, 512, 3, SAME), // two images of 2 x 3 tiles
            row(ConvKernels.PACKED, 4, 9, 512, 512, 3, SAME),
            row(ConvKernels.WINOGRAD, 6, 6, 32, 32, 3, Conv2dOptions.VALID),
            row(ConvKernels.PACKED, 3, 4, 32, 32, 3, SAME),
            row(ConvKernels.PACKED, 4, 3, 32, 32, 3, SAME),
            row(ConvKernels.PACKED, 5, 6, 32, 32, 3, Conv2dOptions.VALID),
            row(ConvKernels.PACKED, 6, 5, 32, 32, 3, Conv2dOptions.VALID),
            // kernel, stride, dilation and padding of Winograd
            row(ConvKernels.DIRECT, ConvKernels.PACKED, 16, 16, 32, 32, 3, 2, SAME),
            row(ConvKernels.DIRECT, ConvKernels.PACKED, 16, 16, 32, 32, 2, 3, SAME),
            row(ConvKernels.PACKED, 16, 16, 32, 32, 3, HALF),
            row(ConvKernels.DIRECT, 16, 16, 32, 32, 3, SAME.withDilation(2)),
            row(ConvKernels.WINOGRAD, 16, 16, 32, 32, 3, padded(2, 0, 0, 5)),
            row(ConvKernels.WINOGRAD, 16, 16, 32, 32, 3, padded(0, 5, 2, 0)),
            row(ConvKernels.DIRECT, 16, 16, 32, 32, 3, padded(3, 0, 0, 0)),
            row(ConvKernels.DIRECT, 16, 16, 32, 32, 3, padded(0, 0, 3, 0)),
            // taps and outputs, where Winograd goes back
            row(ConvKernels.FEW_TAPS_SAME, 16, 16, 7, L, 3, SAME),
            row(ConvKernels.FEW_TAPS_SAME, 16, 16, 1, 2 * L + 1, 3, SAME),
            row(ConvKernels.WINOGRAD, 16, 16, 8, L, 3, SAME),
            row(ConvKernels.WINOGRAD, 16, 16, 9, 2 * L + 1, 3, SAME),
            row(ConvKernels.WINOGRAD, 16, 16, 7, L - 1, 3, SAME),
            row(ConvKernels.WINOGRAD, 16, 16, 4, 2, 3, SAME),
            // and where it does not
            row(ConvKernels.FEW_TAPS, 16, 16, 7, L, 3, HALF),
            row(ConvKernels.FEW_TAPS, 16, 16, L - 1, 2 * L - 1, 1, SAME),
            row(ConvKernels.DIRECT, 16, 16, L, 2 * L, 1, SAME),
            row(ConvKernels.DIRECT, 64, 64, 8 * L, 4 * L, 1, SAME),
            row(ConvKernels.FEW_TAPS, 16, 16, 2, L, 5, SAME),
            row(ConvKernels.FEW_TAPS, 16, 16, 2, 2 * L, 5, SAME),
            row(ConvKernels.DIRECT, 16, 16, 8, L, 3, HALF),
            row(ConvKernels.PACKED, 16, 16, 2, L - 1, 5, SAME),
            row(ConvKernels.PACKED, 16, 16, 2, 1, 5, SAME),
            // inputs of an output, and windows of a row
            row(ConvKernels.DIRECT, 16, 16, 28, 16, 3, HALF),
            row(ConvKernels.PACKED, 16, 16, 29, 16, 3, HALF),
            row(ConvKernels.DIRECT, 28, 28, 128, 16, 3, HALF),
            row(ConvKernels.PACKED, 26, 26, 128, 16, 3, HALF),
            row(ConvKernels.PACKED, 28, 28, 129, 16, 3, HALF),
            row(ConvKernels.DIRECT, 4, 4, 512, 16, 1, HALF),
            // many inputs of few pixels
            row(ConvKernels.DIRECT, 8, 24, 228, 16, 3, HALF),
            row(ConvKernels.PACKED, 8, 24, 227, 16, 3, HALF),
            row(ConvKernels.PACKED, 10, 24, 228, 16, 3, HALF),
            row(ConvKernels.PACKED, 8, 16, 228, 16, 3, HALF),
            // gaps between few taps
            row(ConvKernels.FEW_TAPS, 64, 64, 1, L, 3, SAME.withDilation(51)),
            row(ConvKernels.PACKED, 64, 64, 1, L, 3, SAME.withDilation(52)),
            row(ConvKernels.FEW_TAPS, 8, 8, 1, L, 3, SAME.withDilation(20)),
            row(ConvKernels.PACKED, 8, 8, 1, L, 3, SAME.withDilation(21)),
            row(ConvKernels.PACKED, 8, 8, 1, L, 3, SAME.withDilation(30_000)),
            // channels, kernel, padding, stride and sides of phases
            row(ConvKernels.POLYPHASE, 32, 32, 4, 32, 5, HALF),
            row(ConvKernels.POLYPHASE, 32, 32, 100, 200, 5, padded(3, 1, 0, 4).withStride(2)),
            row(ConvKernels.POLYPHASE, 32, 32, 8, 20, 6, HALF),
            row(ConvKernels.POLYPHASE, 32, 32, 8, 20, 6, padded(0, 3, 2, 1).withStride(2)),
            row(ConvKernels.POLYPHASE, 8, 8, 16, 32, 5, HALF),
            row(ConvKernels.DIRECT, 32, 32, 3, 32, 5, HALF),
            row(ConvKernels.DIRECT, 32, 32, 8, 20, 6, padded(1, 1, 2, 2).withStride(2)),
            row(ConvKernels.DIRECT, 32, 32, 8, 20, 6, padded(2, 2, 1, 1).withStride(2)),
            row(ConvKernels.DIRECT, 32, 32, 16, 32, 5, SAME),
            row(ConvKernels.PACKED, 32, 32, 16, 32, 5, SAME.withStride(3)),
            row(ConvKernels.DIRECT, 32, 32, 16, 32, 4, HALF),
            row(ConvKernels.DIRECT, 32, 32, 16, 32, 7, HALF),
            row(ConvKernels.PACKED, 6, 8, 16, 32, 5, HALF),
            row(ConvKernels.PACKED, 8, 6, 16, 32, 5, HALF),
            // patches
            row(ConvKernels.PATCHES, 32, 32, L, 2 * L, 2, HALF),
            row(ConvKernels.PATCHES, 48, 48, 8 * L, 2 * L, 3, SAME.withStride(3)),
            row(ConvKernels.PATCHES, 6, 2 * PatchesSimd.ROWS, 8 * L, 2 * L, 2, HALF),
            row(ConvKernels.FEW_TAPS, 32, 32, L - 1, 2 * L, 2, HALF),
            row(ConvKernels.FEW_TAPS, 32, 32, L, 2 * L - 1, 2, HALF),
            row(ConvKernels.DIRECT, 48, 48, 8 * L, 2 * L - 1, 3, SAME.withStride(3)),
            row(ConvKernels.PACKED, 6, 2 * PatchesSimd.ROWS - 2, 300, 2 * L, 2, HALF),
            row(ConvKernels.DIRECT, 33, 32, 8 * L, 2 * L, 2, HALF),
            row(ConvKernels.DIRECT, 32, 33, 8 * L, 2 * L, 2, HALF),
            row(ConvKernels.PACKED, 32, 32, 300, 2 * L, 2, SAME.withStride(3)),
            row(ConvKernels.PACKED, 32, 32, 300, 2 * L, 2, padded(2, 0, 2, 0).withStride(2)),
            // few outputs, and long runs of windows that are not single pixels
            row(ConvKernels.FEW_OUTPUTS, 16, 16, L, 2, 1, SAME),
            row(ConvKernels.FEW_OUTPUTS, ConvKernels.WINDOW_RUNS, 16, 16, 65, 4, 1, 1, SAME),
            row(ConvKernels.PACKED, 16, 16, L - 1, 2, 1, SAME),
            row(ConvKernels.PACKED, 16, 16, 1, 1, 1, SAME),
            row(L > 5 ? ConvKernels.PACKED : ConvKernels.DIRECT, 16, 16, 65, 5, 1, SAME),
            row(L > 5 ? ConvKernels.FEW_OUTPUTS : ConvKernels.DIRECT, 4, 4, 65, 5, 1, SAME),
            row(L > 5 ? ConvKernels.PACKED : ConvKernels.DIRECT, 4, 5, 65, 5, 1, SAME),
            row(ConvKernels.WINDOW_RUNS, 16, 16, 65, 4, 1, HALF),
            row(ConvKernels.WINDOW_RUNS, 16, 16, 65, 4, 1, padded(1, 1, 1, 1)),
            row(ConvKernels.WINDOW_RUNS, 96, 96, 2, 2, 31, SAME.withStride(16)),
            row(ConvKernels.WINDOW_RUNS, 32, 32, 7, 3, 5, SAME),
            row(ConvKernels.WINDOW_RUNS, 32, 32, 14, 4, 5, SAME),
            row(ConvKernels.PACKED, 32, 32, 6, 3, 5, SAME),
            row(ConvKernels.PACKED, 31, 30, 6, 1, 5, SAME),
            row(L > 5 ? ConvKernels.PACKED : ConvKernels.DIRECT, ConvKernels.PACKED, 32, 32, 13, 5, 5, 1, SAME),
            row(L > 5 ? ConvKernels.PACKED : ConvKernels.DIRECT, ConvKernels.PACKED, 32, 32, 14, 7, 5, 1, SAME),
            row(ConvKernels.PACKED, 32, 32, 14, 3, 5, SAME.withDilation(2)),
            row(ConvKernels.PACKED, 32, 32, 7, 3, 5, SAME.withDilation(3)));

    @TestFactory
    Stream<DynamicTest> chosenByGeometry() {
        return ROWS.stream()
                .map(r -> DynamicTest.dynamicTest(
                        r.s.toString(),
                        () -> assertThat(ConvKernels.of(r.s)).isEqualTo(Simd.BITS == 0 ? r.scalar : r.vectors)));
    }

    @ParameterizedTest
    @EnumSource
    void eachHasTwoRows(ConvKernels kernels) {
        assertThat(ROWS).filteredOn(r -> r.vectors == kernels).hasSizeGreaterThanOrEqualTo(2);
    }

    @ParameterizedTest
    @EnumSource
    void forcedWhereItComputes(ConvKernels kernels) {
        for (Row r : ROWS) {
            assertThat(ConvKernels.of(r.s, kernels))
                    .as("%s", r.s)
                    .isEqualTo(kernels.computes(r.s) ? kernels : ConvKernels.of(r.s));
        }
    }

    @AfterEach
    void clearProperty() {
        System.clearProperty("aorta.conv");
    }

    @Test
    void propertyNamesTheForced() {
        assertThat(ConvKernels.forced()).isNull();
        System.setProperty("aorta.conv", "auto");
        assertThat(ConvKernels.forced()).isNull();
        System.setProperty("aorta.conv", "few-taps");
        assertThat(ConvKernels.forced()).isEqualTo(ConvKernels.FEW_TAPS);
        System.setProperty("aorta.conv", "fft");
        assertThatThrownBy(ConvKernels::forced)
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessage("aorta.conv must be auto, depthwise, grouped, few-taps-same, winograd, polyphase, patches, "
                        + "few-taps, few-outputs, window-runs, direct, packed and is 'fft'");
        assertThat(Arrays.stream(ConvKernels.values()).map(ConvKernels::toString))
                .doesNotHaveDuplicates();
    }

    /** Both sides of the border, some elements of each: {@code |a - b| <= 8 eps32 S}, S the sum of the absolute products. */
    @ParameterizedTest
    @ValueSource(ints = {32, 256})
    void largeAndSmallWeightGradientsOfPatchesAreSums(int out) {
        assumeTrue(Simd.BITS > 0, "scalar code has no kernel of patches");
        int in = out == 256 ? 128 : 32;
        ConvShape s = ConvShape.of("", Shape.of(1, 64, 64, in), Shape.of(out, 2, 2, in), HALF);
        assertThat((long) s.weight().size() * s.output().rows() >= Tuning.PATCHES_PACKED)
                .isEqualTo(out == 256);
        Random r = new Random(SEED);
        float[] x = normal(r, s.input().size());
        float[] dy = normal(r, s.output().size());
        float[] dw = new float[s.weight().size()];
        float[] db = new float[s.outC()];
        try (Parallel parallel = new Parallel(2)) {
            Patches.gradWeight(new Workspace(parallel, new BufferPool()), dw, db, new Gradient(dy, null), x, s);
        }
        for (int i = 0; i < 300; i++) {
            int at = r.nextInt(dw.length);
            int c = at % in;
            int tap = at / in % 4;
            int o = at / in / 4;
            double sum = 0;
            double scale = 0;
            for (int p = 0; p < s.output().rows(); p++) {
                int pixel = (p / 32 * 2 + tap / 2) * 64 + p % 32 * 2 + tap % 2;
                double product = (double) dy[p * s.outC() + o] * x[pixel * in + c];
                sum += product;
                scale += Math.abs(product);
            }
            assertThat((double) dw[at])
                    .as("element %d, seed %d", at, SEED)
                    .isCloseTo(sum, within(8 * Math.ulp(1f) * scale));
        }
    }

    private static float[] normal(Random r, int size) {
        float[] v = new float[size];
        for (int i = 0; i < size; i++) {
            v[i] = (float) r.nextGaussian();
        }
        return v;
    }
}
