package dev.aorta;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** What Aorta keeps for later it does not keep from others. */
class MemoryOfAnApplicationTest {
    private static final int MIB = 1 << 20;

    static final class ManySizes {
        private ManySizes() {}

        public static void main(String[] args) {
            for (int side = 32; side < 400; side += 2) {
                try (Scope image = Scope.noGrad()) {
                    Tensor.zeros(Device.cpu(), Shape.of(1, side, side, 8))
                            .add(1)
                            .relu();
                }
            }
            if (args.length == 1) {
                System.gc();
                long used = Runtime.getRuntime().totalMemory()
                        - Runtime.getRuntime().freeMemory();
                System.out.println(used / MIB < Integer.parseInt(args[0]) ? "small" : used);
            } else {
                System.out.println(new byte[140 * MIB].length / MIB);
            }
        }
    }

    /** It died with an OutOfMemoryError while half of the heap was waiting for tensors that nobody had. */
    @ParameterizedTest
    @ValueSource(strings = {"-XX:+UseG1GC", "-XX:+UseSerialGC", "-XX:+UseParallelGC"})
    void imagesOfManySizesLeaveItsMemoryToTheApplication(String collector) throws Exception {
        JavaRun run = JavaRun.of(List.of("-Xmx220m", collector), ManySizes.class);
        assertThat(run.out()).last().isEqualTo("140");
    }

    @Test
    void theShareOfTheHeapIsAProperty() throws Exception {
        List<String> options = List.of("-Xmx220m", "-XX:+UseSerialGC", "-Daorta.pool=0.05");
        assertThat(JavaRun.of(options, ManySizes.class, "40").out()).last().isEqualTo("small");
    }

    @Test
    void aTensorWithoutRoomSaysSo() {
        long heap = Runtime.getRuntime().maxMemory() / 1_000_000;
        assertThatThrownBy(() -> Tensor.zeros(Device.cpu(), Shape.of(2, 1 << 30)))
                .isInstanceOf(ShapeException.class);
        assertThatThrownBy(() -> Tensor.zeros(Device.cpu(), Shape.of((1 << 31) - 9)))
                .isInstanceOf(OutOfMemoryError.class)
                .hasMessageStartingWith("[cpu] a tensor of 2,147,483,639 values (8589.9 MB) has no room in a heap of "
                        + String.format("%,d", heap) + " MB: take a smaller batch");
    }

    @Test
    void trimmingLeavesTensorsAlone() {
        Tensor x = Tensor.of(Device.cpu(), new float[] {1, 2}, 2);
        Device.cpu().trim();
        Device.cpu().close();
        assertThat(x.add(1).toArray()).containsExactly(2, 3);
    }
}
