package dev.aorta.backend.reference;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import dev.aorta.backend.Buffer;
import dev.aorta.backend.NormShape;
import java.util.function.DoubleSupplier;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Normalisation by hand, and its gradients against central differences. */
class ReferenceNormTest {
    private static final float EPSILON = 1e-3f;

    private final Doubles d = new Doubles(5);

    @Test
    void batchNormByHand() {
        Buffer y = d.empty(4);
        Buffer mean = d.empty(2);
        Buffer invStd = d.empty(2);
        d.backend.norm(y, mean, invStd, d.of(1, 10, 3, 30), d.of(2, 1), d.of(0, 5), NormShape.batchNorm(2, 2, 0));
        assertThat(ReferenceBackend.values(mean)).containsExactly(2, 20);
        assertThat(ReferenceBackend.values(invStd)).containsExactly(1, 0.1);
        assertThat(ReferenceBackend.values(y)).containsExactly(-2, 4, 2, 6);
    }

    /** Variances 1 and 100 are biased, of two rows: the unbiased ones are twice as large. */
    @Test
    void runningStatisticsByHand() {
        Buffer runMean = d.of(0, 0);
        Buffer runVar = d.of(1, 1);
        d.backend.updateRunning(runMean, runVar, d.of(2, 20), d.of(1, 0.1), 0.5f, NormShape.batchNorm(2, 2, 0));
        assertThat(ReferenceBackend.values(runMean)).containsExactly(1, 10);
        assertThat(ReferenceBackend.values(runVar)[0]).isCloseTo(1.5, within(1e-12));
        assertThat(ReferenceBackend.values(runVar)[1]).isCloseTo(100.5, within(1e-12));
    }

    @Test
    void inferenceWithTheStatisticsOfTheBatchIsTraining() {
        Buffer x = d.normal(15);
        Buffer gamma = d.normal(3);
        Buffer beta = d.normal(3);
        Buffer y = d.empty(15);
        Buffer z = d.empty(15);
        Buffer mean = d.empty(3);
        Buffer invStd = d.empty(3);
        d.backend.norm(y, mean, invStd, x, gamma, beta, NormShape.batchNorm(5, 3, EPSILON));
        double[] s = ReferenceBackend.values(invStd);
        Buffer variance = d.of(1 / (s[0] * s[0]) - EPSILON, 1 / (s[1] * s[1]) - EPSILON, 1 / (s[2] * s[2]) - EPSILON);
        d.backend.normInference(z, x, mean, variance, gamma, beta, NormShape.batchNorm(5, 3, EPSILON));
        assertThat(ReferenceBackend.values(z)).containsExactly(ReferenceBackend.values(y), within(1e-13));
    }

    @Test
    void batchNormGradient() {
        int rows = 6;
        int channels = 3;
        Buffer x = d.normal(rows * channels);
        Buffer gamma = d.normal(channels);
        Buffer beta = d.normal(channels);
        Buffer dy = d.normal(rows * channels);
        Buffer y = d.empty(rows * channels);
        Buffer mean = d.empty(channels);
        Buffer invStd = d.empty(channels);
        Runnable forward =
                () -> d.backend.norm(y, mean, invStd, x, gamma, beta, NormShape.batchNorm(rows, channels, EPSILON));
        DoubleSupplier f = () -> {
            forward.run();
            return Doubles.dot(y, dy);
        };
        forward.run();
        Buffer dx = d.empty(rows * channels);
        Buffer dgamma = d.empty(channels);
        Buffer dbeta = d.empty(channels);
        d.backend.normGrad(dx, dgamma, dbeta, dy, x, mean, invStd, gamma, NormShape.batchNorm(rows, channels, EPSILON));
        d.assertGradient("x", x, f, dx);
        d.assertGradient("gamma", gamma, f, dgamma);
        d.assertGradient("beta", beta, f, dbeta);
    }

    @ParameterizedTest(name = "{0} groups")
    @ValueSource(ints = {1, 2, 3, 6})
    void groupNormGradient(int groups) {
        int batch = 2;
        int pixels = 4;
        int channels = 6;
        Buffer x = d.normal(batch * pixels * channels);
        Buffer gamma = d.normal(channels);
        Buffer beta = d.normal(channels);
        Buffer dy = d.normal(x.size());
        Buffer y = d.empty(x.size());
        Buffer mean = d.empty(batch * groups);
        Buffer invStd = d.empty(batch * groups);
        Runnable forward = () -> d.backend.norm(
                y, mean, invStd, x, gamma, beta, new NormShape(batch, pixels, channels, groups, EPSILON));
        DoubleSupplier f = () -> {
            forward.run();
            return Doubles.dot(y, dy);
        };
        forward.run();
        Buffer dx = d.empty(x.size());
        Buffer dgamma = d.empty(channels);
        Buffer dbeta = d.empty(channels);
        d.backend.normGrad(
                dx, dgamma, dbeta, dy, x, mean, invStd, gamma, new NormShape(batch, pixels, channels, groups, EPSILON));
        d.assertGradient("x", x, f, dx);
        d.assertGradient("gamma", gamma, f, dgamma);
        d.assertGradient("beta", beta, f, dbeta);
    }

    /** Images (2 pixels, 4 channels) in two groups: the first image has the means 2.5 + {0, 2}. */
    @Test
    void groupNormMeansByHand() {
        Buffer mean = d.empty(4);
        Buffer x = d.of(1, 2, 3, 4, 3, 4, 5, 6, 0, 0, 8, 8, 2, 2, 8, 8);
        d.backend.norm(
                d.empty(16),
                mean,
                d.empty(4),
                x,
                d.of(1, 1, 1, 1),
                d.of(0, 0, 0, 0),
                new NormShape(2, 2, 4, 2, EPSILON));
        assertThat(ReferenceBackend.values(mean)).containsExactly(2.5, 4.5, 1, 8);
    }
}
