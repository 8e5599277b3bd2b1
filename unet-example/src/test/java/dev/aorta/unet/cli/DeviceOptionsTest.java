package dev.aorta.unet.cli;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.aorta.Device;
import org.junit.jupiter.api.Test;
import picocli.CommandLine;

class DeviceOptionsTest {
    @Test
    void threadsAreThoseOfTheCpu() {
        try (Device device = options("--device", "cpu", "--threads", "3").open()) {
            assertThat(device.backend().description()).contains("3 threads");
        }
    }

    @Test
    void threadsOfAnotherDeviceAreRefusedAndNotForgotten() {
        DeviceOptions options = options("--device", "reference", "--threads", "2");
        assertThatThrownBy(options::open)
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessage("--threads is for the CPU, and the device is reference; add --device cpu");
    }

    private static DeviceOptions options(String... args) {
        return CommandLine.populateCommand(new DeviceOptions(), args);
    }
}
