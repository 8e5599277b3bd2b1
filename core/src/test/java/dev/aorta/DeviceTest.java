package dev.aorta;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class DeviceTest {
    /** Asks for the CPU twice: a class that fails to load says why the first time alone. */
    static final class Probe {
        private Probe() {}

        public static void main(String[] args) {
            for (int i = 0; i < 2; i++) {
                try {
                    System.out.println(Device.cpu());
                } catch (IllegalArgumentException e) {
                    System.out.println(e.getMessage());
                }
            }
        }
    }

    @ParameterizedTest
    @CsvSource(
            quoteCharacter = '"',
            delimiter = ';',
            value = {
                "-Daorta.threads=abc;aorta.threads must be a whole number from 1 to 1024 and is 'abc'",
                "-Daorta.threads=0;aorta.threads must be a whole number from 1 to 1024 and is '0'",
                "-Daorta.simd=bogus;aorta.simd must be auto, 512, 256, 128 or scalar and is 'bogus'",
                "-Daorta.pool=2;aorta.pool must be a share of the heap from 0 to 1, such as 0.25, and is '2'",
                "-Daorta.leaks=yes;aorta.leaks must be true or false and is 'yes'",
                "-Daorta.threads=1;cpu"
            })
    void aPropertyThatCannotBeFollowedIsAnErrorEachTime(String property, String line) throws Exception {
        JavaRun run = JavaRun.of(List.of(property), Probe.class);
        assertThat(run.out()).containsExactly(line, line);
        assertThat(run.exit()).isZero();
    }

    @Test
    void aClosedCpuDeviceRefusesToCompute() {
        Device device = Device.cpu(2);
        Tensor x = Tensor.of(device, new float[] {1, -2}, 2);
        device.close();
        assertThatThrownBy(x::relu)
                .isInstanceOf(IllegalStateException.class)
                .hasMessage("[cpu] the backend is used after its close");
        assertThatThrownBy(x::toArray).hasMessageContaining("after its close");
        assertThatThrownBy(() -> Tensor.zeros(device, Shape.of(1))).hasMessageContaining("after its close");
    }

    @Test
    void theSharedCpuDeviceStaysOpen() {
        Device.cpu().close();
        assertThat(Device.cpu()).isSameAs(Device.cpu());
        assertThat(Tensor.of(Device.cpu(), new float[] {-1}, 1).relu().toArray())
                .containsExactly(0);
    }
}
