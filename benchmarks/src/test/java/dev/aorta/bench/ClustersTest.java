package dev.aorta.bench;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import dev.aorta.Device;
import dev.aorta.zoo.ResNet;
import java.util.List;
import org.junit.jupiter.api.Test;

class ClustersTest {
    private static final Clusters.Step STEP = new Clusters.Step("x", 300, 25_000_000);

    /** 87.5 MB of 8 machines each way more than once: 1400 ms at 1 Gbit/s beside a backward pass of 200 ms. */
    @Test
    void theWireIsSeenWhereItIsLongerThanTheBackwardPass() {
        Clusters wire = new Clusters(0, 0, 0, 0, 0);
        assertThat(wire.share(STEP, 8, 1, 4, 1)).isCloseTo(300.0 / (100 + 1400), within(1e-9));
        assertThat(wire.share(STEP, 8, 1, 2, 1)).isCloseTo(300.0 / (100 + 700), within(1e-9));
        assertThat(wire.share(STEP, 8, 1, 4, 4)).isCloseTo(1200.0 / (1200 + 1400), within(1e-9));
        assertThat(wire.share(STEP, 8, 10, 4, 1)).isEqualTo(1);
        assertThat(wire.share(STEP, 1, 1, 4, 1)).isEqualTo(1);
    }

    @Test
    void processorsAndMachinesCost() {
        Clusters clusters = new Clusters(1, 0.5, 2, 0.1, 10);
        double sum = 175 * 8 * 1.5 + 2;
        assertThat(clusters.share(STEP, 8, 1, 4, 1)).isCloseTo(300 / (100 + sum + 35 + 0.07), within(1e-9));
    }

    @Test
    void aNetworkOfTheZooIsTrained() {
        ResNet small = new ResNet(true, List.of(1, 1, 1, 1), 3, 4, 5);
        try (Aorta zoo = TrainedZoo.of(small, 2, 32, Device.cpu(1))) {
            double first = zoo.step();
            for (int i = 0; i < 60; i++) {
                zoo.step();
            }
            assertThat(zoo.step()).isLessThan(first);
            assertThat(zoo.parameters()).isPositive();
        }
    }
}
