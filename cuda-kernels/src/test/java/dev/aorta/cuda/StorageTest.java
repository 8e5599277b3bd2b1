package dev.aorta.cuda;

import static org.assertj.core.api.Assertions.assertThat;

import dev.aorta.Conv2dOptions;
import dev.aorta.Pool2dOptions;
import dev.aorta.Shape;
import dev.aorta.backend.Backend;
import dev.aorta.backend.Binary;
import dev.aorta.backend.Broadcast;
import dev.aorta.backend.Buffer;
import dev.aorta.backend.ConcatShape;
import dev.aorta.backend.ConvShape;
import dev.aorta.backend.GatherShape;
import dev.aorta.backend.Masked;
import dev.aorta.backend.MatMulShape;
import dev.aorta.backend.NormShape;
import dev.aorta.backend.PoolShape;
import dev.aorta.backend.ReduceShape;
import dev.aorta.backend.Reduction;
import dev.aorta.backend.RowShape;
import dev.aorta.backend.Strided;
import dev.aorta.backend.Unary;
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
    private static final UpsampleShape UP = new UpsampleShape(2, 4, 6, 8, 2, 2, false);
    private static final UpsampleShape SMOOTH = new UpsampleShape(2, 4, 6, 8, 2, 2, true);
    private static final RowShape PIXELS = new RowShape(ROWS, C);
    private static final NormShape NORM = new NormShape(2, ROWS / 2, C, 2, 1e-3f);

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
        Broadcast same = Broadcast.same(IMAGE);
        Broadcast channels = Broadcast.of("", IMAGE, Shape.of(C));
        Broadcast pixels = Broadcast.of("", Shape.of(2, 4, 6, 1), IMAGE);
        for (Binary f : Binary.values()) {
            all.add(new Case(
                    "binary " + f, true, List.of(N), List.of(N, N), (b, o, i) -> b.binary(o[0], i[0], i[1], f, same)));
            all.add(new Case(
                    f + " of channels",
                    true,
                    List.of(N),
                    List.of(N, C),
                    (b, o, i) -> b.binary(o[0], i[0], i[1], f, channels)));
            all.add(new Case(
                    "binaryGrad " + f,
                    true,
                    List.of(N),
                    List.of(N, ROWS, N),
                    (b, o, i) -> b.binaryGrad(o[0], i[0], i[1], i[2], true, f, pixels)));
        }
        all.add(new Case("scaleBy", true, List.of(N), List.of(N, 1), (b, o, i) -> b.scaleBy(o[0], i[0], i[1])));
        for (Unary.Kind kind : Unary.Kind.values()) {
            Unary f = new Unary(kind, 0.1f, 0.7f);
            all.add(new Case("unary " + f, true, List.of(N), List.of(N), (b, o, i) -> b.unary(o[0], i[0], f)));
            all.add(new Case(
                    "unaryGrad " + f,
                    true,
                    List.of(N),
                    List.of(N, N, N),
                    (b, o, i) -> b.unaryGrad(o[0], i[0], i[1], i[2], f)));
        }
        all.add(new Case("dropout", true, List.of(N), List.of(N), (b, o, i) -> b.dropout(o[0], i[0], 0.3f, SEED)));
        for (Reduction f : Reduction.values()) {
            for (ReduceShape s : List.of(ReduceShape.all(N), ReduceShape.last(PIXELS), new ReduceShape(2, 4, 6 * C))) {
                all.add(new Case(
                        f + " of " + s,
                        false,
                        List.of(s.outer() * s.inner()),
                        List.of(N),
                        (b, o, i) -> b.reduce(o[0], i[0], f, s)));
            }
        }
        Strided turned = new Strided(new int[] {C, ROWS}, 0, new int[] {ROWS, 1}, 0, new int[] {1, C});
        for (Strided s : List.of(Strided.whole(N), turned)) {
            all.add(new Case("copy " + s, true, List.of(N), List.of(N), (b, o, i) -> b.copy(o[0], i[0], s)));
        }
        var halves = new ConcatShape(ROWS, new int[] {C, C}, 1);
        all.add(new Case(
                "concat",
                true,
                List.of(2 * N),
                List.of(N, N),
                (b, o, i) -> b.concat(o[0], new Buffer[] {i[0], i[1]}, halves)));
        all.add(new Case(
                "split",
                true,
                List.of(N),
                List.of(2 * N),
                (b, o, i) -> b.split(new Buffer[] {o[0], null}, i[0], halves)));
        var picks = new GatherShape(2, 4, 3, 6 * C);
        int picked = 2 * 3 * 6 * C;
        all.add(new Case("gather", true, List.of(picked), List.of(N, 3), (b, o, i) -> {
            b.fill(i[1], 2);
            b.gather(o[0], i[0], i[1], picks);
        }));
        all.add(new Case("gatherGrad", true, List.of(N), List.of(picked, 3), (b, o, i) -> {
            b.fill(i[1], 2);
            b.gatherGrad(o[0], i[0], i[1], picks);
        }));
        for (UpsampleShape s : List.of(UP, SMOOTH)) {
            all.add(new Case("upsample " + s, true, List.of(up), List.of(N), (b, o, i) -> b.upsample(o[0], i[0], s)));
            all.add(new Case(
                    "upsampleGrad " + s, true, List.of(N), List.of(up), (b, o, i) -> b.upsampleGrad(o[0], i[0], s)));
        }
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
                "norm",
                true,
                List.of(N, 4, 4),
                List.of(N, C, C),
                (b, o, i) -> b.norm(o[0], o[1], o[2], i[0], i[1], i[2], NORM)));
        all.add(new Case(
                "normGrad",
                true,
                List.of(N, C, C),
                List.of(N, N, 4, 4, C),
                (b, o, i) -> b.normGrad(o[0], o[1], o[2], i[0], i[1], i[2], i[3], i[4], NORM)));
        all.add(new Case("normInference", true, List.of(N), List.of(N, C, C, C, C), (b, o, i) -> {
            b.fill(i[2], 2); // a variance
            b.normInference(o[0], i[0], i[1], i[2], i[3], i[4], NormShape.batchNorm(ROWS, C, 1e-3f));
        }));
        all.add(new Case("softmax", false, List.of(N), List.of(N), (b, o, i) -> b.softmax(o[0], i[0], PIXELS)));
        all.add(new Case(
                "softmaxGrad", false, List.of(N), List.of(N, N), (b, o, i) -> b.softmaxGrad(o[0], i[0], i[1], PIXELS)));
        all.add(new Case("focalLoss", false, List.of(1, N), List.of(N, ROWS), (b, o, i) -> {
            b.fill(i[1], 3);
            b.focalLoss(o[0], o[1], i[0], i[1], null, 2, PIXELS);
        }));
        all.add(new Case("diceLoss", false, List.of(1, N), List.of(N, ROWS), (b, o, i) -> {
            b.fill(i[1], 3);
            b.diceLoss(o[0], o[1], i[0], i[1], 1, 2, PIXELS);
        }));
        all.add(new Case(
                "matmul",
                false,
                List.of(ROWS * ROWS),
                List.of(N, N),
                (b, o, i) -> b.matmul(o[0], i[0], i[1], MatMulShape.of(ROWS, ROWS, C, false, true))));
        all.add(new Case(
                "matmul of a batch",
                false,
                List.of(2 * 4 * 4),
                List.of(N, N),
                (b, o, i) -> b.matmul(o[0], i[0], i[1], new MatMulShape(2, 4, 4, 6 * C, false, true, false, false))));
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
                    "convTranspose2d " + s,
                    true,
                    List.of(x),
                    List.of(y, w, 8),
                    (b, o, i) -> b.convTranspose2d(o[0], i[0], i[1], i[2], s)));
            for (boolean cut : new boolean[] {false, true}) {
                all.add(new Case(
                        "conv2dGrad " + s + (cut ? ", masked" : ""),
                        true,
                        List.of(x, w, 8),
                        List.of(y, y, x, w),
                        (b, o, i) ->
                                b.conv2dGrad(o[0], o[1], o[2], new Masked(i[0], cut ? i[1] : null), i[2], i[3], s)));
            }
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
            backend.copy(wide, narrow, Strided.whole(3));
            assertThat(CudaBuffer.of(wide).storage()).isEqualTo(Storage.FLOAT32);
            backend.copy(narrow, wide, new Strided(new int[] {2}, 1, new int[] {1}, 0, new int[] {1}));
            backend.download(sum, narrow);
            assertThat(sum).containsExactly(1, 1, 2 + 0x1p-6f);
        }
    }
}
