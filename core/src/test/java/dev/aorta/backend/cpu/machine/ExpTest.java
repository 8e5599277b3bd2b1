package dev.aorta.backend.cpu.machine;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

class ExpTest {
    @Test
    void exponentialIsWithinItsStatedError() {
        double worst = 0;
        for (float x = -87.3f; x < 88.7f; x += 1e-3f) {
            double exact = Math.exp(x);
            worst = Math.max(worst, Math.abs(Exp.exp(x) - exact) / exact);
        }
        assertThat(worst).isLessThan(2.5e-7);
    }

    @Test
    void exponentialOfTheExtremes() {
        assertThat(Exp.exp(0)).isEqualTo(1);
        assertThat(Exp.exp(88.72283f)).isFinite();
        assertThat(Exp.exp(89)).isEqualTo(Exp.exp(88.72283f));
        assertThat(Exp.exp(Float.POSITIVE_INFINITY)).isEqualTo(Exp.exp(88.72283f));
        assertThat(Exp.exp(-88)).isPositive().isLessThan(1.2e-38f);
        assertThat(Exp.exp(Float.NEGATIVE_INFINITY)).isEqualTo(Exp.exp(-88));
        assertThat(Exp.exp(Float.NaN)).isNaN();
    }

    @Test
    void logarithmIsWithinItsStatedError() {
        double worst = 0;
        for (float u = 1; u > 1e-30f; u *= 0.9997f) {
            double exact = Math.log1p(u);
            worst = Math.max(worst, Math.abs(Exp.log1p(u) - exact) / exact);
        }
        assertThat(worst).isLessThan(3e-7);
        assertThat(Exp.log1p(0)).isZero();
    }
}
