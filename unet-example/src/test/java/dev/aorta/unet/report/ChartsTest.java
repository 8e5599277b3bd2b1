package dev.aorta.unet.report;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

class ChartsTest {
    @Test
    void labelsAreAsShortAsTheyCanBe() {
        assertThat(Charts.label(0)).isEqualTo("0");
        assertThat(Charts.label(0.05)).isEqualTo("0.05");
        assertThat(Charts.label(0.1 + 0.2)).isEqualTo("0.3");
        assertThat(Charts.label(2)).isEqualTo("2");
        assertThat(Charts.label(200)).isEqualTo("200");
        assertThat(Charts.label(1.25e-5)).isEqualTo("0.0000125");
    }
}
