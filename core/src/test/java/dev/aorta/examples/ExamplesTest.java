package dev.aorta.examples;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

/** Each example trains to the score that docs/examples.md states, from a seed of its own. */
class ExamplesTest {
    @Test
    void theRegressionFindsTheCurve() {
        assertThat(Regression.run()).isLessThan(0.05);
    }

    @Test
    void theResNetReads() {
        assertThat(ResNet.run()).isGreaterThan(0.95);
    }

    @Test
    void theTransformerReads() {
        assertThat(VisionTransformer.run()).isGreaterThan(0.9);
    }

    @Test
    void theDenoiserRestores() {
        assertThat(Denoiser.run()).isGreaterThan(0.75);
    }

    @Test
    void theGeneratorCoversTheCircle() {
        assertThat(Gan.run()).isGreaterThan(0.9);
    }
}
