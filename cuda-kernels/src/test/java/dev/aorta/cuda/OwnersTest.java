package dev.aorta.cuda;

import static org.assertj.core.api.Assertions.assertThat;

import dev.aorta.Device;
import dev.aorta.Scope;
import dev.aorta.Shape;
import dev.aorta.Tensor;
import dev.aorta.nn.Layer;
import dev.aorta.nn.Layers;
import dev.aorta.nn.Model;
import dev.aorta.nn.Pass;
import org.junit.jupiter.api.Test;

/** Who gives memory of a GPU back: a model, a scope, and the garbage collector for what neither of them has. */
class OwnersTest extends CudaTests {
    private static Layer network(Device device) {
        Layers net = new Layers(device, 1);
        return net.sequential(net.linear(64, 128), net.relu(), net.linear(128, 64));
    }

    private static float[] answer(Model model, Device device) {
        return model.run(network -> network.forward(Tensor.zeros(device, Shape.of(1, 64)), Pass.INFERENCE)
                .toArray());
    }

    @Test
    void aModelIsReplacedAndClosedByAnyThread() throws InterruptedException {
        CudaBackend backend = open();
        try (Device device = Device.of(backend)) {
            device.trim();
            long before = backend.reservedBytes();
            Model model;
            try (Scope request = Scope.open()) {
                model = Model.of(() -> network(device));
            }
            assertThat(answer(model, device)).hasSize(64);
            Model other = Model.of(() -> network(device));
            Thread shutdown = new Thread(() -> {
                model.replace(() -> network(device));
                model.close();
            });
            shutdown.start();
            shutdown.join();
            assertThat(answer(other, device)).hasSize(64);
            device.trim();
            assertThat(backend.reservedBytes()).as("of one model").isBetween(before + 64 * 128 * 8, before + 100_000);
            other.close();
            device.trim();
            assertThat(backend.reservedBytes()).isEqualTo(before);
        }
    }

    /** Such memory stayed until the device was closed. */
    @Test
    void whatHasNoScopeIsTheCollectors() throws InterruptedException {
        CudaBackend backend = open();
        try (Device device = Device.of(backend)) {
            device.trim();
            long before = backend.reservedBytes();
            Tensor kept = Tensor.zeros(device, Shape.of(1000));
            for (int i = 0; i < 20; i++) {
                kept.add(1).relu();
            }
            long used = backend.reservedBytes();
            for (int i = 0; i < 200 && backend.reservedBytes() > before + 4000; i++) {
                System.gc();
                Thread.sleep(5);
                device.trim();
            }
            assertThat(used).isGreaterThan(before + 8000);
            assertThat(backend.reservedBytes()).isEqualTo(before + 4000);
            assertThat(kept.toArray()).containsOnly(0);
        }
    }
}
