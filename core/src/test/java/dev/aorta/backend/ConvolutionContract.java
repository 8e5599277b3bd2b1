package dev.aorta.backend;

import static org.assertj.core.api.Assertions.assertThat;

import dev.aorta.Conv2dOptions;
import dev.aorta.Shape;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestFactory;

/** Convolution, transposed convolution and the gradients. */
@SuppressWarnings("exports") // of JUnit, which only tests read
public interface ConvolutionContract extends KernelContract {
    /** What is convolved. */
    default List<ConvShape> geometries() {
        return ConvGeometries.all();
    }

    @TestFactory
    default Stream<DynamicTest> conv2d() {
        return KernelContract.each(geometries(), s -> {
            Samples r = Samples.of("conv2d " + s);
            float[] x = r.normal(s.input().size());
            float[] w = r.normal(s.weight().size());
            float[] bias = r.normal(s.outC());
            for (boolean relu : new boolean[] {false, true}) {
                for (float[] b : new float[][] {null, bias}) {
                    check("conv2d", s + (relu ? ", relu" : "") + (b == null ? "" : ", bias"), r)
                            .out(s.output().size())
                            .in(x)
                            .in(w)
                            .optional(b)
                            .sums(s.kH() * s.kW() * (s.inC() / s.groups()) + 1)
                            .times(convolutionFactor(s))
                            .products(productError())
                            .sharedScale(sharesRounding(s))
                            .run((k, a) -> k.conv2d(a[0], a[1], a[2], a[3], relu, s));
                }
            }
        });
    }

    @Test
    default void fusedReluKeepsNaN() {
        ConvShape s = ConvShape.of("", Shape.of(1, 6, 7, 3), Shape.of(17, 3, 3, 3), Conv2dOptions.SAME);
        Samples r = Samples.of("fused ReLU");
        float[] bias = r.normal(17);
        bias[4] = Float.NaN;
        check("conv2d", s + ", relu, a NaN in the bias", r)
                .out(s.output().size())
                .in(r.normal(s.input().size()))
                .in(r.normal(s.weight().size()))
                .in(bias)
                .sums(28)
                .times(convolutionFactor(s))
                .products(productError())
                .sharedScale(sharesRounding(s))
                .run((k, a) -> k.conv2d(a[0], a[1], a[2], a[3], true, s));
    }

    /** What is done before a convolution and what follows it have the bits of operations of their own, in the first call with a weight and in later ones. */
    @TestFactory
    default Stream<DynamicTest> conv2dThen() {
        return KernelContract.each(geometries(), s -> {
            Samples r = Samples.of("conv2dThen " + s);
            Buffer x = uploaded(r.normal(s.input().size()));
            Buffer w = uploaded(r.normal(s.weight().size()));
            Buffer bias = uploaded(r.normal(s.outC()));
            Buffer added = uploaded(r.normal(s.output().size()));
            Buffer scale = uploaded(r.normal(s.batch() * s.inC()));
            Buffer scaled = backend().allocate(s.input().size());
            Broadcast channels = Broadcast.of("", s.input(), Shape.of(s.batch(), 1, 1, s.inC()));
            backend().binary(scaled, x, scale, Binary.MUL, channels);
            Buffer y = backend().allocate(s.output().size());
            List<Follower> all = List.of(
                    new Follower(null, null, new Unary(Unary.Kind.CLAMP, -0.5f, 2)),
                    new Follower(scale, null, Unary.of(Unary.Kind.SILU)),
                    new Follower(null, added, Unary.RELU),
                    new Follower(scale, added, null),
                    new Follower(null, null, null));
            for (Follower f : all) {
                backend().conv2d(y, f.scale == null ? x : scaled, w, bias, false, s);
                if (f.added != null) {
                    backend().axpby(y, 1, f.added, 1);
                }
                if (f.then != null) {
                    backend().unary(y, y, f.then);
                }
                float[] apart = downloaded(y);
                backend().fill(y, Float.NaN);
                backend().conv2dThen(y, x, new ConvStage(w, bias, f.scale, f.added, f.then, s));
                assertThat(downloaded(y)).as("%s, then %s", s, f).isEqualTo(apart);
            }
            Stream.of(x, w, bias, added, scale, scaled, y).forEach(backend()::release);
        });
    }

    /**
     * A chain has the bits of its convolutions one after the other, in the first call with its weights and in later ones, for which a
     * backend may have kept them packed.
     */
    @TestFactory
    default Stream<DynamicTest> conv2dChain() {
        return KernelContract.each(ConvGeometries.chains(), chain -> {
            Samples r = Samples.of("conv2dChain " + chain);
            Unary six = new Unary(Unary.Kind.CLAMP, 0, 6);
            Buffer x = uploaded(r.normal(chain.getFirst().input().size()));
            Buffer added = uploaded(r.normal(chain.getLast().output().size()));
            Buffer y = backend().allocate(added.size());
            List<Buffer> all = new ArrayList<>(List.of(x, added, y));
            for (Unary then : new Unary[] {six, Unary.of(Unary.Kind.SILU), null}) {
                List<ConvStage> stages = new ArrayList<>();
                for (ConvShape s : chain) {
                    Buffer w = uploaded(r.normal(s.weight().size()));
                    Buffer bias = then == null ? null : uploaded(r.normal(s.outC()));
                    boolean last = stages.size() == chain.size() - 1;
                    stages.add(new ConvStage(w, bias, null, last && then == six ? added : null, then, s));
                    all.add(w);
                    if (bias != null) {
                        all.add(bias);
                    }
                }
                Buffer in = x;
                for (ConvStage s : stages) {
                    Buffer out = backend().allocate(s.shape().output().size());
                    all.add(out);
                    if (s == stages.getLast()) {
                        backend().fill(out, Float.NaN); // so that it is kept in as many bits as y
                    }
                    backend().conv2dThen(out, in, s);
                    in = out;
                }
                for (int call = 0; call < 3; call++) {
                    backend().fill(y, Float.NaN);
                    backend().conv2dChain(y, x, stages);
                    assertThat(downloaded(y))
                            .as("%s, then %s, call %d", chain, then, call)
                            .isEqualTo(downloaded(in));
                }
            }
            all.forEach(backend()::release);
        });
    }

    /** What is done before a convolution and behind it. */
    record Follower(
            @Nullable Buffer scale,
            @Nullable Buffer added,
            @Nullable Unary then) {}

    @TestFactory
    default Stream<DynamicTest> convTranspose2d() {
        return KernelContract.each(geometries(), s -> {
            Samples r = Samples.of("convTranspose2d " + s);
            float[] y = r.normal(s.output().size());
            float[] w = r.normal(s.weight().size());
            for (float[] bias : new float[][] {null, r.normal(s.inC())}) {
                check("convTranspose2d", s + (bias == null ? "" : ", bias"), r)
                        .out(s.input().size())
                        .in(y)
                        .in(w)
                        .optional(bias)
                        .sums(s.kH() * s.kW() * (s.outC() / s.groups()) + 1)
                        .times(convolutionFactor(s))
                        .products(productError())
                        .sharedScale(sharesRounding(s))
                        .run((k, a) -> k.convTranspose2d(a[0], a[1], a[2], a[3], s));
            }
        });
    }

    /** All three gradients, and some of them. */
    @TestFactory
    default Stream<DynamicTest> conv2dGrad() {
        return KernelContract.each(geometries(), s -> {
            Samples r = Samples.of("conv2dGrad " + s);
            float[] dy = r.normal(s.output().size());
            float[] w = r.normal(s.weight().size());
            float[] x = r.normal(s.input().size());
            float[] mask = r.reluOutput(s.output().size());
            for (float[] m : new float[][] {null, mask}) {
                int[] choices = m == null ? new int[] {7, 1 + Math.floorMod(s.hashCode(), 6)} : new int[] {1, 6};
                for (int wanted : choices) {
                    boolean dx = (wanted & 1) != 0;
                    boolean dw = (wanted & 2) != 0;
                    boolean db = (wanted & 4) != 0;
                    String what = s
                            + (m == null ? "" : ", mask")
                            + (dx ? ", dx" : "")
                            + (dw ? ", dw" : "")
                            + (db ? ", db" : "");
                    check("conv2dGrad", what, r)
                            .out(dx ? s.input().size() : 1)
                            .out(dw ? s.weight().size() : 1)
                            .out(db ? s.outC() : 1)
                            .in(dy)
                            .optionalSigned(m)
                            .in(x)
                            .in(w)
                            .sums(Math.max(
                                    s.batch() * s.outH() * s.outW(), s.kH() * s.kW() * (s.outC() / s.groups()) + 1))
                            .times(convolutionFactor(s))
                            .products(productError())
                            .sharedScale(sharesRounding(s))
                            .run((k, a) -> k.conv2dGrad(
                                    orZero(k, a[0], dx),
                                    orZero(k, a[1], dw),
                                    orZero(k, a[2], db),
                                    new Masked(a[3], a[4]),
                                    a[5],
                                    a[6],
                                    s));
                }
            }
        });
    }

    /** The buffer if it is wanted, else null, and the buffer is 0. */
    private static @Nullable Buffer orZero(Backend k, Buffer buffer, boolean wanted) {
        if (!wanted) {
            k.fill(buffer, 0);
        }
        return wanted ? buffer : null;
    }
}
