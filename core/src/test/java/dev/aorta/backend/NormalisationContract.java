package dev.aorta.backend;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestFactory;

/** Batch and group normalisation. Absolute inputs have other statistics, so S is stated: the size of what is summed. */
interface NormalisationContract extends KernelContract {
    /** Large enough for one over the standard deviation of a few samples to stay below 10. */
    float EPSILON = 1e-2f;
    /** Largest product of a normal value, one over a standard deviation and a factor from 0.5 to 2, roughly. */
    double LARGE = 50;

    /** Images, pixels of each, channels and groups. */
    record Groups(int batch, int pixels, int channels, int groups) {
        int size() {
            return batch * pixels * channels;
        }

        NormShape shape() {
            return new NormShape(batch, pixels, channels, groups, EPSILON);
        }
    }

    private static List<Groups> groups() {
        return List.of(
                new Groups(1, 1, 1, 1),
                new Groups(2, 6, 4, 2),
                new Groups(1, 15, 8, 8),
                new Groups(3, 5, 9, 3),
                new Groups(2, 35, 16, 4),
                new Groups(2, 7, 24, 8),
                new Groups(1, 12, 17, 1),
                new Groups(2, 9, 34, 2),
                new Groups(2, 300, 32, 8),
                new Groups(37, 1, 48, 1));
    }

    @TestFactory
    default Stream<DynamicTest> normOfBatch() {
        return KernelContract.each(PointwiseContract.MATRICES, m -> {
            int rows = m.getFirst();
            int channels = m.getLast();
            Samples r = Samples.of("batchNorm " + m);
            check("batchNorm", m, r)
                    .out(rows * channels, LARGE)
                    .out(channels, 2)
                    .out(channels, 10)
                    .in(r.normal(rows * channels, 0.5, 1))
                    .in(r.uniform(channels, 0.5, 2))
                    .in(r.normal(channels))
                    .sums(rows)
                    .run((k, a) ->
                            k.norm(a[0], a[1], a[2], a[3], a[4], a[5], NormShape.batchNorm(rows, channels, EPSILON)));
        });
    }

    /** The mean of squares minus the square of the mean would keep no correct digit here. */
    @Test
    default void batchNormFarFromZero() {
        int rows = 400;
        int channels = 19;
        Samples r = Samples.of("batchNorm far from zero");
        check("batchNorm", "mean 3000, deviation 1", r)
                .out(rows * channels, 3000)
                .out(channels, 3000)
                .out(channels, 3000)
                .in(r.normal(rows * channels, 3000, 1))
                .in(r.uniform(channels, 0.5, 1))
                .in(r.normal(channels))
                .sums(rows)
                .times(0.25)
                .run((k, a) -> k.norm(a[0], a[1], a[2], a[3], a[4], a[5], NormShape.batchNorm(rows, channels, 1e-5f)));
    }

    @TestFactory
    default Stream<DynamicTest> normGradOfBatch() {
        return KernelContract.each(PointwiseContract.MATRICES, m -> {
            int rows = m.getFirst();
            int channels = m.getLast();
            Samples r = Samples.of("batchNormGrad " + m);
            check("batchNormGrad", m, r)
                    .out(rows * channels, LARGE)
                    .out(channels, rows)
                    .out(channels, rows)
                    .in(r.normal(rows * channels))
                    .in(r.normal(rows * channels, 0.5, 1))
                    .in(r.normal(channels, 0.5, 0.1))
                    .in(r.uniform(channels, 0.8, 1.2))
                    .in(r.uniform(channels, 0.5, 2))
                    .sums(rows)
                    .run((k, a) -> k.normGrad(
                            a[0],
                            a[1],
                            a[2],
                            a[3],
                            a[4],
                            a[5],
                            a[6],
                            a[7],
                            NormShape.batchNorm(rows, channels, 1e-5f)));
        });
    }

    /** Functions that are bounds, whose gradients need no pass of their own, and one that is none. */
    List<Unary> THEN = List.of(Unary.RELU, Unary.RELU6, Unary.TANH);

    @TestFactory
    default Stream<DynamicTest> normThen() {
        return KernelContract.each(PointwiseContract.MATRICES, m -> {
            int rows = m.getFirst();
            int channels = m.getLast();
            NormShape s = NormShape.batchNorm(rows, channels, EPSILON);
            for (Unary then : THEN) {
                Samples r = Samples.of("normThen " + m + then);
                check("normThen", m, r)
                        .out(rows * channels, LARGE)
                        .out(channels, 2)
                        .out(channels, 10)
                        .in(r.normal(rows * channels, 0.5, 1))
                        .in(r.uniform(channels, 0.5, 2))
                        .in(r.normal(channels))
                        .sums(rows)
                        .run((k, a) -> k.normThen(a[0], a[1], a[2], a[3], a[4], a[5], then, s));
            }
        });
    }

    /** The same bits as the two operations one after the other, forward and backward, also at the borders. */
    @TestFactory
    default Stream<DynamicTest> normThenGrad() {
        return KernelContract.each(groups(), g -> {
            NormShape s = g.shape();
            for (Unary then : THEN) {
                Samples r = Samples.of("normThenGrad " + g + then);
                Backend k = backend();
                Buffer[] in = {
                    uploaded(r.normal(s.size(), 0.5, 1)),
                    uploaded(r.uniform(s.channels(), 0.5, 6)),
                    uploaded(r.normal(s.channels())),
                    uploaded(r.normal(s.size()))
                };
                Buffer mean = k.allocate(s.statistics());
                Buffer invStd = k.allocate(s.statistics());
                Buffer h = k.allocate(s.size());
                k.norm(h, mean, invStd, in[0], in[1], in[2], s);
                Buffer y = k.allocate(s.size());
                k.unary(y, h, then);
                Buffer fused = k.allocate(s.size());
                k.normThen(fused, mean, invStd, in[0], in[1], in[2], then, s);
                assertThat(downloaded(fused)).as("y of %s, %s", g, then).isEqualTo(downloaded(y));

                Buffer passed = k.allocate(s.size());
                k.unaryGrad(passed, in[3], h, y, then);
                Buffer[] wanted = gradients(k, s);
                k.normGrad(wanted[0], wanted[1], wanted[2], passed, in[0], mean, invStd, in[1], s);
                Buffer[] got = gradients(k, s);
                k.normThenGrad(got[0], got[1], got[2], in[3], fused, in[0], mean, invStd, in[1], in[2], then, s);
                for (int i = 0; i < got.length; i++) {
                    assertThat(downloaded(got[i]))
                            .as("gradient %d of %s, %s", i, g, then)
                            .isEqualTo(downloaded(wanted[i]));
                }
            }
        });
    }

    private static Buffer[] gradients(Backend k, NormShape s) {
        return new Buffer[] {k.allocate(s.size()), k.allocate(s.channels()), k.allocate(s.channels())};
    }

    @TestFactory
    default Stream<DynamicTest> updateRunning() {
        return KernelContract.each(PointwiseContract.MATRICES, m -> {
            int rows = m.getFirst();
            int channels = m.getLast();
            Samples r = Samples.of("updateRunning " + m);
            check("updateRunning", m, r)
                    .update(r.normal(channels), 4)
                    .update(r.uniform(channels, 0.5, 2), 4)
                    .in(r.normal(channels))
                    .in(r.uniform(channels, 0.7, 2))
                    .run((k, a) ->
                            k.updateRunning(a[0], a[1], a[2], a[3], 0.1f, NormShape.batchNorm(rows, channels, 1e-3f)));
        });
    }

    /** A constant channel: 1 / invStd^2 - epsilon is 0 but for rounding, and must not make a variance negative. */
    @Test
    default void updateRunningOfConstantChannel() {
        float epsilon = 1e-3f;
        float[] variance = {0f};
        Buffer runMean = uploaded(0f);
        Buffer runVar = uploaded(variance);
        Buffer mean = uploaded(1f);
        Buffer invStd = uploaded(Math.nextUp((float) (1 / Math.sqrt(epsilon))));
        backend().updateRunning(runMean, runVar, mean, invStd, 0.5f, NormShape.batchNorm(10, 1, epsilon));
        backend().download(variance, runVar);
        List.of(runMean, runVar, mean, invStd).forEach(backend()::release);
        assertThat(variance[0]).isZero();
    }

    @TestFactory
    default Stream<DynamicTest> normInference() {
        return KernelContract.each(PointwiseContract.MATRICES, m -> {
            int rows = m.getFirst();
            int channels = m.getLast();
            Samples r = Samples.of("batchNormInference " + m);
            check("batchNormInference", m, r)
                    .out(rows * channels, 10)
                    .in(r.normal(rows * channels))
                    .in(r.normal(channels))
                    .in(r.uniform(channels, 0.3, 2))
                    .in(r.uniform(channels, 0.5, 2))
                    .in(r.normal(channels))
                    .run((k, a) -> k.normInference(
                            a[0], a[1], a[2], a[3], a[4], a[5], NormShape.batchNorm(rows, channels, 1e-3f)));
        });
    }

    @TestFactory
    default Stream<DynamicTest> norm() {
        return KernelContract.each(groups(), g -> {
            Samples r = Samples.of("groupNorm " + g);
            check("groupNorm", g, r)
                    .out(g.size(), LARGE)
                    .out(g.batch * g.groups, 2)
                    .out(g.batch * g.groups, 10)
                    .in(r.normal(g.size(), 0.5, 1))
                    .in(r.uniform(g.channels, 0.5, 2))
                    .in(r.normal(g.channels))
                    .sums(g.pixels * g.channels / g.groups)
                    .run((k, a) -> k.norm(a[0], a[1], a[2], a[3], a[4], a[5], g.shape()));
        });
    }

    @TestFactory
    default Stream<DynamicTest> normGrad() {
        return KernelContract.each(groups(), g -> {
            Samples r = Samples.of("groupNormGrad " + g);
            check("groupNormGrad", g, r)
                    .out(g.size(), LARGE)
                    .out(g.channels, g.batch * g.pixels)
                    .out(g.channels, g.batch * g.pixels)
                    .in(r.normal(g.size()))
                    .in(r.normal(g.size(), 0.5, 1))
                    .in(r.normal(g.batch * g.groups, 0.5, 0.1))
                    .in(r.uniform(g.batch * g.groups, 0.8, 1.2))
                    .in(r.uniform(g.channels, 0.5, 2))
                    .sums(Math.max(g.pixels * g.channels / g.groups, g.batch * g.pixels))
                    .run((k, a) -> k.normGrad(a[0], a[1], a[2], a[3], a[4], a[5], a[6], a[7], g.shape()));
        });
    }

    /** Each gradient without the others. */
    @TestFactory
    default Stream<DynamicTest> normGradOfOne() {
        return KernelContract.each(groups(), g -> {
            Samples r = Samples.of("normGradOfOne " + g);
            for (int wanted = 0; wanted < 3; wanted++) {
                int one = wanted;
                check("normGrad", g + ", only gradient " + one, r)
                        .out(one == 0 ? g.size() : g.channels, one == 0 ? LARGE : g.batch * g.pixels)
                        .in(r.normal(g.size()))
                        .in(r.normal(g.size(), 0.5, 1))
                        .in(r.normal(g.batch * g.groups, 0.5, 0.1))
                        .in(r.uniform(g.batch * g.groups, 0.8, 1.2))
                        .in(r.uniform(g.channels, 0.5, 2))
                        .sums(Math.max(g.pixels * g.channels / g.groups, g.batch * g.pixels))
                        .run((k, a) -> k.normGrad(
                                one == 0 ? a[0] : null,
                                one == 1 ? a[0] : null,
                                one == 2 ? a[0] : null,
                                a[1],
                                a[2],
                                a[3],
                                a[4],
                                a[5],
                                g.shape()));
            }
        });
    }
}
