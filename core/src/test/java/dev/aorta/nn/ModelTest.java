package dev.aorta.nn;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.aorta.Device;
import dev.aorta.Scope;
import dev.aorta.Tensor;
import dev.aorta.backend.reference.ReferenceBackend;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.atomic.AtomicBoolean;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** On the reference backend, which refuses memory that was given back, and on the CPU, which would give it to others. */
class ModelTest {
    private final ReferenceBackend backend = new ReferenceBackend();
    private final Device device = Device.of(backend);

    @AfterEach
    void allMemoryIsBack() {
        assertThat(backend.liveBuffers()).isZero();
    }

    private static Layer network(Device device, float value) {
        Layers net = new Layers(device, 42);
        Layer network = net.sequential(net.linear(3, 4), net.relu(), net.linear(4, 2));
        network.parameters().forEach(p -> p.fill(value));
        return network;
    }

    private static float[] answer(Model model, Device device) {
        return model.run(network -> network.forward(Tensor.of(device, new float[] {1, 2, 3}, 1, 3), Pass.INFERENCE)
                .toArray());
    }

    @Test
    void anyThreadClosesModelsInAnyOrder() throws InterruptedException {
        List<Model> models = new ArrayList<>();
        try (Scope request = Scope.open()) {
            for (int i = 1; i <= 3; i++) {
                float value = i;
                models.add(Model.of(() -> network(device, value)));
            }
        }
        int one = backend.liveBuffers() / 3;
        Thread shutdown = new Thread(() -> models.get(1).close());
        shutdown.start();
        shutdown.join();
        assertThat(backend.liveBuffers()).isEqualTo(2 * one);
        models.get(0).close();
        models.get(0).close();
        assertThat(answer(models.get(2), device)).containsExactly(255, 255);
        assertThatThrownBy(() -> answer(models.get(0), device))
                .isInstanceOf(IllegalStateException.class)
                .hasMessage("[model] it is closed");
        models.get(2).close();
    }

    @Test
    void aRunKeepsTheNetworkThatItBeganWith() throws InterruptedException {
        Model model = Model.of(() -> network(device, 1));
        var inside = new CountDownLatch(1);
        var closed = new CountDownLatch(1);
        List<float[]> late = new ArrayList<>();
        Thread caller = new Thread(() -> late.add(model.run(network -> {
            inside.countDown();
            await(closed);
            return network.forward(Tensor.of(device, new float[] {1, 2, 3}, 1, 3), Pass.INFERENCE)
                    .toArray();
        })));
        caller.start();
        inside.await();
        model.replace(() -> network(device, 2));
        assertThat(answer(model, device)).containsExactly(114, 114);
        model.close();
        assertThat(backend.liveBuffers()).as("of the run that goes on").isPositive();
        closed.countDown();
        caller.join();
        assertThat(late).singleElement().isEqualTo(new float[] {29, 29});
    }

    private static void await(CountDownLatch latch) {
        try {
            latch.await();
        } catch (InterruptedException e) {
            throw new IllegalStateException(e);
        }
    }

    @Test
    void aNetworkThatCannotBeMadeLeavesTheOldOne() {
        try (Model model = Model.of(() -> network(device, 1))) {
            int before = backend.liveBuffers();
            assertThatThrownBy(() -> model.replace(() -> {
                        network(device, 2);
                        throw new IOException("gone");
                    }))
                    .isInstanceOf(IOException.class);
            assertThat(backend.liveBuffers()).isEqualTo(before);
            assertThat(answer(model, device)).containsExactly(29, 29);
            try (Scope scope = Scope.noGrad()) {
                Tensor y = model.run(
                        network -> network.forward(Tensor.zeros(device, dev.aorta.Shape.of(1, 3)), Pass.INFERENCE));
                assertThat(y.toArray()).containsExactly(5, 5);
            }
        }
    }

    /** Eight callers while the network is replaced again and again: each answer is one of the two networks', whole. */
    @Test
    void replacedUnderLoadItAnswersRightly() throws Exception {
        Device cpu = Device.cpu();
        Model model = Model.of(() -> network(cpu, 1));
        var done = new AtomicBoolean();
        try (ExecutorService callers = Executors.newFixedThreadPool(8)) {
            List<Future<Integer>> answers = new ArrayList<>();
            for (int i = 0; i < 8; i++) {
                answers.add(callers.submit(() -> {
                    int count = 0;
                    for (; !done.get(); count++) {
                        assertThat(answer(model, cpu)).isIn(new float[] {29, 29}, new float[] {114, 114});
                    }
                    return count;
                }));
            }
            for (int i = 0; i < 300; i++) {
                float value = 1 + i % 2;
                model.replace(() -> network(cpu, value));
                Thread.sleep(1);
            }
            done.set(true);
            for (Future<Integer> f : answers) {
                assertThat(f.get()).isPositive();
            }
        }
        model.close();
    }
}
