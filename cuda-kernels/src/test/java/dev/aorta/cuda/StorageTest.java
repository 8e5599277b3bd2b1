package dev.aorta.cuda;

import static org.assertj.core.api.Assertions.assertThat;

import dev.aorta.Activation;
import dev.aorta.Conv2dOptions;
import dev.aorta.Pool2dOptions;
import dev.aorta.Shape;
import dev.aorta.backend.Backend;
import dev.aorta.backend.Buffer;
import dev.aorta.backend.ConvShape;
import dev.aorta.backend.Placement;
import dev.aorta.backend.PoolShape;
import dev.aorta.backend.UpsampleShape;
import dev.aorta.cuda.CudaBuffer.Storage;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestFactory;

/**
 * Every kernel computes the same of bfloat16 as of the same numbers in float32, bit for bit; a result that is stored as bfloat16 is
 * the other one rounded.
 */
class StorageTest extends CudaTests {
    private static final long SEED = 17;
    private static final Shape IMAGE = Shape.of(2, 4, 6, 8);
    private static final int N = IMAGE.size();
    private static final int C = 8;
    private static final int ROWS = N / C;
    private static final ConvShape CONV =
            ConvShape.of("", IMAGE, Shape.of(8, 3, 3, 8), Conv2dOptions.SAME); // the output is as large as the input
    private static final ConvShape UNEVEN =
            ConvShape.of("", IMAGE, Shape.of(8, 3, 3, 8), Conv2dOptions.SAME.withStride(2));
    private static final PoolShape POOL = PoolShape.of("", IMAGE, Pool2dOptions.of(2));
    private static final UpsampleShape UP = new UpsampleShape(2, 4, 6, 8, 2, 2);
    private static final Placement WHOLE = new Placement(4, 6, 8, 0, 0, 0);

    private interface Kernel {
        void call(Backend backend, Buffer[] out, Buffer[] in);
    }

    /**
     * @param narrow whether the first result, of bfloat16, is bfloat16
     * @param out sizes of the results; these are images too
     * @param in sizes of images
     */
    private record Case(String name, boolean narrow, List<Integer> out, List<Integer> in, Kernel kernel) {}

    private static List<Case> cases() {
        var all = new ArrayList<Case>();
        int pooled = POOL.output().size();
        int up = UP.output().size();
        all.add(new Case("add", true, List.of(N), List.of(N, N), (b, o, i) -> b.add(o[0], i[0], i[1])));
        all.add(new Case("mul", true, List.of(N), List.of(N, N), (b, o, i) -> b.mul(o[0], i[0], i[1])));
        all.add(new Case("copy", true, List.of(N), List.of(N), (b, o, i) -> b.copy(o[0], i[0])));
        all.add(new Case("scale", true, List.of(N), List.of(N), (b, o, i) -> b.scale(o[0], i[0], 0.3f)));
        all.add(new Case("scaleBy", true, List.of(N), List.of(N, 1), (b, o, i) -> b.scaleBy(o[0], i[0], i[1])));
        all.add(new Case("broadcast", false, List.of(N), List.of(1), (b, o, i) -> b.broadcast(o[0], i[0], 2)));
        for (Activation f : Activation.values()) {
            all.add(new Case(
                    "activation " + f, true, List.of(N), List.of(N), (b, o, i) -> b.activation(o[0], i[0], f, 0.1f)));
            all.add(new Case(
                    "activationGrad " + f,
                    true,
                    List.of(N),
                    List.of(N, N),
                    (b, o, i) -> b.activationGrad(o[0], i[0], i[1], f, 0.1f)));
        }
        all.add(new Case(
                "biasAdd", true, List.of(N), List.of(N, C), (b, o, i) -> b.biasAdd(o[0], i[0], i[1], ROWS, C)));
        all.add(new Case(
                "biasGrad", false, List.of(C), List.of(N, N), (b, o, i) -> b.biasGrad(o[0], i[0], i[1], ROWS, C)));
        all.add(new Case("dropout", true, List.of(N), List.of(N), (b, o, i) -> b.dropout(o[0], i[0], 0.3f, SEED)));
        all.add(new Case("sum", false, List.of(1), List.of(N), (b, o, i) -> b.sum(o[0], i[0])));
        all.add(new Case("sumOfSquares", false, List.of(1), List.of(N), (b, o, i) -> b.sumOfSquares(o[0], i[0])));
        all.add(new Case("argmax", false, List.of(ROWS), List.of(N), (b, o, i) -> b.argmax(o[0], i[0], ROWS, C)));
        all.add(new Case(
                "copyBlock",
                true,
                List.of(N),
                List.of(N),
                (b, o, i) -> b.copyBlock(o[0], WHOLE, i[0], WHOLE, 2, 4, 6, 8)));
        all.add(new Case(
                "upsampleNearest", true, List.of(up), List.of(N), (b, o, i) -> b.upsampleNearest(o[0], i[0], UP)));
        all.add(new Case(
                "upsampleNearestGrad",
                true,
                List.of(N),
                List.of(up),
                (b, o, i) -> b.upsampleNearestGrad(o[0], i[0], UP)));
        all.add(new Case(
                "upsampleBilinear", true, List.of(up), List.of(N), (b, o, i) -> b.upsampleBilinear(o[0], i[0], UP)));
        all.add(new Case(
                "upsampleBilinearGrad",
                true,
                List.of(N),
                List.of(up),
                (b, o, i) -> b.upsampleBilinearGrad(o[0], i[0], UP)));
        all.add(new Case("maxPool2d", true, List.of(pooled), List.of(N), (b, o, i) -> b.maxPool2d(o[0], i[0], POOL)));
        all.add(new Case(
                "maxPool2dGrad",
                true,
                List.of(N),
                List.of(pooled, N),
                (b, o, i) -> b.maxPool2dGrad(o[0], i[0], i[1], POOL)));
        all.add(new Case("avgPool2d", true, List.of(pooled), List.of(N), (b, o, i) -> b.avgPool2d(o[0], i[0], POOL)));
        all.add(new Case(
                "avgPool2dGrad", true, List.of(N), List.of(pooled), (b, o, i) -> b.avgPool2dGrad(o[0], i[0], POOL)));
        all.add(new Case(
                "batchNorm",
                true,
                List.of(N, C, C),
                List.of(N, C, C),
                (b, o, i) -> b.batchNorm(o[0], o[1], o[2], i[0], i[1], i[2], ROWS, C, 1e-3f)));
        all.add(new Case(
                "batchNormGrad",
                true,
                List.of(N, C, C),
                List.of(N, N, C, C, C),
                (b, o, i) -> b.batchNormGrad(o[0], o[1], o[2], i[0], i[1], i[2], i[3], i[4], ROWS, C)));
        all.add(new Case("batchNormInference", true, List.of(N), List.of(N, C, C, C, C), (b, o, i) -> {
            b.fill(i[2], 2); // a variance
            b.batchNormInference(o[0], i[0], i[1], i[2], i[3], i[4], ROWS, C, 1e-3f);
        }));
        all.add(new Case(
                "groupNorm",
                true,
                List.of(N, 4, 4),
                List.of(N, C, C),
                (b, o, i) -> b.groupNorm(o[0], o[1], o[2], i[0], i[1], i[2], 2, ROWS / 2, C, 2, 1e-3f)));
        all.add(new Case(
                "groupNormGrad",
                true,
                List.of(N, C, C),
                List.of(N, N, 4, 4, C),
                (b, o, i) -> b.groupNormGrad(o[0], o[1], o[2], i[0], i[1], i[2], i[3], i[4], 2, ROWS / 2, C, 2)));
        all.add(new Case("softmax", false, List.of(N), List.of(N), (b, o, i) -> b.softmax(o[0], i[0], ROWS, C)));
        all.add(new Case(
                "softmaxGrad",
                false,
                List.of(N),
                List.of(N, N),
                (b, o, i) -> b.softmaxGrad(o[0], i[0], i[1], ROWS, C)));
        all.add(new Case("softmaxCrossEntropy", false, List.of(1, N), List.of(N, ROWS), (b, o, i) -> {
            b.fill(i[1], 3);
            b.softmaxCrossEntropy(o[0], o[1], i[0], i[1], null, ROWS, C);
        }));
        all.add(new Case("diceLoss", false, List.of(1, N), List.of(N, ROWS), (b, o, i) -> {
            b.fill(i[1], 3);
            b.diceLoss(o[0], o[1], i[0], i[1], 1, 2, ROWS / 2, C);
        }));
        all.add(new Case(
                "gemm",
                false,
                List.of(ROWS * ROWS),
                List.of(N, N),
                (b, o, i) -> b.gemm(o[0], i[0], false, i[1], true, ROWS, ROWS, C)));
        for (ConvShape s : List.of(CONV, UNEVEN)) {
            int x = s.input().size();
            int w = s.weight().size();
            int y = s.output().size();
            all.add(new Case(
                    "conv2d " + s,
                    true,
                    List.of(y),
                    List.of(x, w, 8),
                    (b, o, i) -> b.conv2d(o[0], i[0], i[1], i[2], true, s)));
            all.add(new Case(
                    "conv2d, no ReLU " + s,
                    true,
                    List.of(y),
                    List.of(x, w, 8),
                    (b, o, i) -> b.conv2d(o[0], i[0], i[1], i[2], false, s)));
            all.add(new Case(
                    "conv2dGradInput " + s,
                    true,
                    List.of(x),
                    List.of(y, y, w, 8),
                    (b, o, i) -> b.conv2dGradInput(o[0], i[0], i[1], i[2], i[3], s)));
            all.add(new Case(
                    "conv2dGradWeight " + s,
                    false,
                    List.of(w),
                    List.of(y, y, x),
                    (b, o, i) -> b.conv2dGradWeight(o[0], i[0], i[1], i[2], s)));
        }
        return all;
    }

    @TestFactory
    Stream<DynamicTest> aKernelComputesTheSameOfBoth() {
        return Stream.of(CudaOptions.Libraries.REQUIRE, CudaOptions.Libraries.NONE)
                .flatMap(libraries -> cases().stream()
                        .map(c -> DynamicTest.dynamicTest(libraries + ", " + c.name, () -> compare(libraries, c))));
    }

    private static void compare(CudaOptions.Libraries libraries, Case c) {
        try (var backend = open(libraries, CudaOptions.Math.BFLOAT16)) {
            float[][] wide = results(backend, c, Storage.FLOAT32);
            float[][] narrow = results(backend, c, Storage.BFLOAT16);
            for (int i = 0; i < wide.length; i++) {
                boolean rounded = c.narrow && i == 0;
                assertThat(narrow[i])
                        .as("%s, result %d, seed %d", c.name, i, SEED)
                        .isEqualTo(rounded ? rounded(wide[i]) : wide[i]);
            }
        }
    }

    private static float[][] results(CudaBackend backend, Case c, Storage storage) {
        var random = new Random(SEED);
        Buffer[] in = c.in.stream()
                .map(n -> {
                    CudaBuffer b = CudaBuffer.of(backend.allocate(n)).storedAs(storage);
                    backend.upload(b, rounded(values(random, n)));
                    assertThat(b.storage()).isEqualTo(storage);
                    return b;
                })
                .toArray(Buffer[]::new);
        Buffer[] out = c.out.stream().map(backend::allocate).toArray(Buffer[]::new);
        c.kernel.call(backend, out, in);
        if (storage == Storage.BFLOAT16) {
            assertThat(CudaBuffer.of(out[0]).storage() == Storage.BFLOAT16)
                    .as("the result of " + c.name + " is bfloat16")
                    .isEqualTo(c.narrow);
        }
        return IntStream.range(0, out.length)
                .mapToObj(i -> {
                    float[] result = new float[out[i].size()];
                    backend.download(result, out[i]);
                    return result;
                })
                .toArray(float[][]::new);
    }

    private static float[] values(Random random, int n) {
        float[] v = new float[n];
        for (int i = 0; i < n; i++) {
            v[i] = (float) random.nextGaussian();
        }
        return v;
    }

    /** To the nearest bfloat16, ties to even. */
    private static float[] rounded(float[] values) {
        float[] r = new float[values.length];
        for (int i = 0; i < r.length; i++) {
            int bits = Float.floatToRawIntBits(values[i]);
            r[i] = Float.intBitsToFloat(bits + 0x7fff + (bits >> 16 & 1) & 0xffff0000);
        }
        return r;
    }

    /** What reads and writes, on a buffer that is bfloat16 already. */
    @Test
    void aBufferInUseKeepsItsStorage() {
        try (var backend = open(CudaOptions.Libraries.NONE, CudaOptions.Math.BFLOAT16)) {
            CudaBuffer narrow = CudaBuffer.of(backend.allocate(3)).storedAs(Storage.BFLOAT16);
            backend.upload(narrow, new float[] {1, 2, Float.NaN});
            Buffer wide = backend.allocate(3);
            backend.upload(wide, new float[] {0x1p-8f, 0x1p-6f, 1});
            backend.axpby(narrow, 1, wide, 1);
            assertThat(narrow.storage()).isEqualTo(Storage.BFLOAT16);
            float[] sum = new float[3];
            backend.download(sum, narrow);
            assertThat(sum).containsExactly(1, 2 + 0x1p-6f, Float.NaN); // a tie goes to the even neighbour
            backend.copy(wide, narrow);
            assertThat(CudaBuffer.of(wide).storage()).isEqualTo(Storage.FLOAT32);
            backend.copyBlock(
                    narrow, new Placement(1, 1, 3, 0, 0, 1), wide, new Placement(1, 1, 3, 0, 0, 0), 1, 1, 1, 2);
            backend.download(sum, narrow);
            assertThat(sum).containsExactly(1, 1, 2 + 0x1p-6f);
        }
    }
}
