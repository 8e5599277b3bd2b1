package dev.aorta.backend.reference;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import dev.aorta.backend.AdamStep;
import dev.aorta.backend.Buffer;
import dev.aorta.backend.SgdStep;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** The optimisers on one weight, against their papers step by step. */
class ReferenceOptimizerTest {
    private static final double[] GRADIENTS = {0.5, -1.25, 0, 3, 0.75};

    private final Doubles d = new Doubles(6);

    /** Kingma and Ba 2015, algorithm 1, with the decay of Loshchilov and Hutter 2019, algorithm 2, line 12. */
    @ParameterizedTest(name = "decay {0}")
    @ValueSource(floats = {0, 0.1f})
    void adam(float lambda) {
        float alpha = 0.25f;
        float beta1 = 0.875f;
        float beta2 = 0.9375f;
        float epsilon = 0x1p-20f;
        double theta = 2;
        double first = 0;
        double second = 0;
        Buffer w = d.of(2);
        Buffer m = d.of(0);
        Buffer v = d.of(0);
        for (int t = 1; t <= GRADIENTS.length; t++) {
            double g = GRADIENTS[t - 1];
            first = beta1 * first + (1 - beta1) * g;
            second = beta2 * second + (1 - beta2) * g * g;
            double firstHat = first / (1 - Math.pow(beta1, t));
            double secondHat = second / (1 - Math.pow(beta2, t));
            theta = theta - alpha * (firstHat / (Math.sqrt(secondHat) + epsilon) + lambda * theta);
            d.adam(w, m, v, d.of(g), new AdamStep(alpha, beta1, beta2, epsilon, lambda, t));
            assertThat(d.backend.readScalar(w)).as("w after step %d", t).isCloseTo(theta, within(1e-12));
            assertThat(d.backend.readScalar(m)).as("m after step %d", t).isCloseTo(first, within(1e-12));
            assertThat(d.backend.readScalar(v)).as("v after step %d", t).isCloseTo(second, within(1e-12));
        }
    }

    /** The first step of Adam is the rate, whatever the size of the gradient. */
    @Test
    void firstStepOfAdamIsTheRate() {
        Buffer w = d.of(1, 1);
        d.adam(w, d.of(0, 0), d.of(0, 0), d.of(1e-3, -1e4), new AdamStep(0.125f, 0.9f, 0.999f, 1e-12f, 0, 1));
        assertThat(ReferenceBackend.values(w)).containsExactly(new double[] {0.875, 1.125}, within(1e-8));
    }

    @Test
    void plainDescentWithDecay() {
        Buffer w = d.of(2);
        d.backend.sgd(w, null, d.of(0.5), new SgdStep(0.25f, 0, false, 0.5f));
        assertThat(d.backend.readScalar(w)).isEqualTo(2 - 0.25 * (0.5 + 0.5 * 2));
    }

    /** Gradient 1 with momentum 1/2: velocities 1, 1.5, 1.75; Nesterov's steps 1.5, 1.75, 1.875. */
    @Test
    void momentumByHand() {
        Buffer heavy = d.of(0);
        Buffer nesterov = d.of(0);
        Buffer velocity = d.of(0);
        Buffer other = d.of(0);
        for (int i = 0; i < 3; i++) {
            d.backend.sgd(heavy, velocity, d.of(1), new SgdStep(1, 0.5f, false, 0));
            d.backend.sgd(nesterov, other, d.of(1), new SgdStep(1, 0.5f, true, 0));
        }
        assertThat(d.backend.readScalar(velocity)).isEqualTo(1.75);
        assertThat(d.backend.readScalar(heavy)).isEqualTo(-4.25);
        assertThat(d.backend.readScalar(nesterov)).isEqualTo(-5.125);
    }
}
