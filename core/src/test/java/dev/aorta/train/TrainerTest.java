package dev.aorta.train;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.data.Offset.offset;

import dev.aorta.Device;
import dev.aorta.Parameter;
import dev.aorta.Scope;
import dev.aorta.Shape;
import dev.aorta.Tensor;
import dev.aorta.data.DataLoader;
import dev.aorta.data.Dataset;
import dev.aorta.data.MultiInputDataset;
import dev.aorta.io.Safetensors;
import dev.aorta.metric.Meters;
import dev.aorta.metric.RegressionMeter;
import dev.aorta.metric.Scores;
import dev.aorta.nn.Layer;
import dev.aorta.nn.Layers;
import dev.aorta.optim.Schedule;
import dev.aorta.optim.Sgd;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class TrainerTest {
    private static final Device CPU = Device.cpu(1);

    @TempDir
    Path folder;

    @AfterAll
    static void close() {
        CPU.close();
    }

    private static Trainer trainer(Layer network, double rate) {
        return new Trainer(network, CPU, Points.SQUARED, new Sgd(network.parameters(), Schedule.constant(rate)));
    }

    /** A regression was scored with the dice and the accuracy of masks. */
    @Test
    void aRegressionIsScoredAsOne() {
        try (Scope model = Scope.open()) {
            DataLoader data = new DataLoader(new Points(24), 6);
            History history = trainer(Points.linear(CPU), 0.5)
                    .meter(() -> Meters.of(new RegressionMeter(), new BiasMeter()))
                    .fit(data.shuffled(Points.SEED), data, 12);
            Scores last = history.epochs().getLast().judged();
            assertThat(last.values().sequencedKeySet()).containsExactly("loss", "mae", "rmse", "r2", "bias");
            assertThat(last.samples()).isEqualTo(24);
            assertThat(last.get("r2")).isGreaterThan(0.9999);
            assertThat(last.get("rmse")).isCloseTo(Math.sqrt(last.get("loss")), offset(1e-6));
            assertThat(history.epochs()).hasSize(12);
            assertThat(history.epochs().getFirst().training().get("mae")).isGreaterThan(10 * last.get("mae"));
            assertThat(history.stoppedBecause()).isNull();
        }
    }

    @Test
    void withoutMeterAndValidationThereIsTheLossOfTheTraining() {
        try (Scope model = Scope.open()) {
            EpochScores epoch = trainer(Points.linear(CPU), 0.1)
                    .fit(new DataLoader(new Points(5), 2), null, 1)
                    .epochs()
                    .getFirst();
            assertThat(epoch.validation()).isNull();
            assertThat(epoch.judged()).isSameAs(epoch.training());
            assertThat(epoch.training().values()).containsOnlyKeys("loss");
            assertThat(epoch.epoch()).isOne();
            assertThat(epoch.rate()).isEqualTo(0.1);
        }
    }

    @Test
    void theEvaluatorScoresAsTheTrainingDoesAndNeedsNoOptimiser() {
        try (Scope model = Scope.open()) {
            Layer network = Points.deep(CPU);
            DataLoader data = new DataLoader(new Points(7), 3);
            History history = trainer(network, 0.1).meter(RegressionMeter::new).fit(data, data, 2);
            Scores scores = new Evaluator(network, CPU, Points.SQUARED).evaluate(data, new RegressionMeter());
            assertThat(scores).isEqualTo(history.epochs().getLast().validation());
        }
    }

    @Test
    void theMeanLossIsThatOfTheSamples() {
        try (Scope model = Scope.open()) {
            Layer network = Points.linear(CPU);
            Evaluator evaluator = new Evaluator(network, CPU, Points.SQUARED);
            double whole = evaluator
                    .evaluate(new DataLoader(new Points(7), 7), Meters.of())
                    .get(Scores.LOSS);
            assertThat(evaluator
                            .evaluate(new DataLoader(new Points(7), 3), Meters.of())
                            .get(Scores.LOSS))
                    .isCloseTo(whole, offset(1e-6));
        }
    }

    @Test
    void eachEpochHasItsOwnOrderAndTheNextFitGoesOn() {
        List<Long> drawn = new ArrayList<>();
        DataLoader data = new DataLoader(new Points(4), 2).sampler((size, epoch) -> {
            drawn.add(epoch);
            return new int[] {0, 1, 2, 3};
        });
        try (Scope model = Scope.open()) {
            Trainer trainer = trainer(Points.linear(CPU), 0.1);
            trainer.fit(data, null, 2);
            trainer.fit(data, null, 1);
        }
        assertThat(drawn).containsExactly(0L, 1L, 2L);
    }

    /** Sample 3 is not finite. */
    private static final class Broken implements Dataset {
        private final Points points = new Points(6);

        @Override
        public int size() {
            return points.size();
        }

        @Override
        public Shape inputShape() {
            return points.inputShape();
        }

        @Override
        public Shape labelShape() {
            return points.labelShape();
        }

        @Override
        public void read(int index, float[] input, float[] label) {
            points.read(index, input, label);
            input[0] = index == 3 ? Float.NaN : input[0];
        }
    }

    @Test
    void aLossThatIsNoNumberEndsTheTrainingBeforeItDoesHarm() {
        try (Scope model = Scope.open()) {
            Layer network = Points.linear(CPU);
            Trainer trainer = trainer(network, 0.1);
            assertThatThrownBy(() -> trainer.fit(new DataLoader(new Broken(), 2), null, 1))
                    .isInstanceOf(TrainingException.class)
                    .hasMessage("[train] the loss is NaN in epoch 1, step 1 (Batch [2, 2] of samples [2, 3]): lower the"
                            + " learning rate, clip the gradients, or look for NaN in the input");
            assertThat(network.parameters())
                    .allSatisfy(p -> assertThat(p.toArray()).doesNotContain(Float.NaN));
        }
    }

    /** An epoch whose validation is not a number was the best one, and its network was saved. */
    @Test
    void aValidationThatIsNoNumberEndsTheTraining() {
        try (Scope model = Scope.open()) {
            Path file = folder.resolve("best.safetensors");
            Trainer trainer =
                    trainer(Points.linear(CPU), 0.1).callbacks(new BestCheckpoint(Monitor.lowest("loss"), file));
            assertThatThrownBy(() -> trainer.fit(new DataLoader(new Points(4), 2), new DataLoader(new Broken(), 2), 1))
                    .isInstanceOf(TrainingException.class)
                    .hasMessage("[evaluate] the loss is NaN (Batch [2, 2] of samples [2, 3]): the weights are of a"
                            + " training that failed, or there is NaN in the input");
            assertThat(file).doesNotExist();
        }
    }

    @Test
    void aLossThatIsNoNumberCanBePassedBy() {
        try (Scope model = Scope.open()) {
            Layer network = Points.linear(CPU);
            Sgd sgd = new Sgd(network.parameters(), Schedule.constant(0.1));
            List<Double> losses = new ArrayList<>();
            EpochScores epoch = new Trainer(network, CPU, Points.SQUARED, sgd)
                    .meter(RegressionMeter::new)
                    .nanGuard(NanGuard.SKIP)
                    .callbacks(new Callback() {
                        @Override
                        public void batchEnds(Fit fit) {
                            losses.add(fit.loss());
                            assertThat(fit.done()).isEqualTo(2 * losses.size());
                        }
                    })
                    .fit(new DataLoader(new Broken(), 2), null, 1)
                    .epochs()
                    .getFirst();
            assertThat(sgd.steps()).isEqualTo(2);
            assertThat(losses).hasSize(3);
            assertThat(losses.get(1)).isNaN();
            assertThat(epoch.training().samples()).isEqualTo(4);
            assertThat(epoch.training().get("loss")).isCloseTo((losses.get(0) + losses.get(2)) / 2, offset(1e-12));
            assertThat(epoch.training().get("r2")).isFinite();
        }
    }

    /** The product of two numbers, each an input of its own. */
    private static final class Factors implements MultiInputDataset {
        @Override
        public int size() {
            return 9;
        }

        @Override
        public List<Shape> inputShapes() {
            return List.of(Shape.of(1), Shape.of(1));
        }

        @Override
        public Shape labelShape() {
            return Shape.of(1);
        }

        @Override
        public void read(int index, float[][] inputs, float[] label) {
            inputs[0][0] = index / 3 - 1;
            inputs[1][0] = index % 3 - 1;
            label[0] = 3 * inputs[0][0] * inputs[1][0];
        }
    }

    @Test
    void aNetworkMayTakeSeveralInputs() {
        List<Device> devices = List.of(CPU, CPU);
        try (Scope model = Scope.open();
                DataParallel parallel = new DataParallel(
                        devices, d -> new Layers(d, Points.SEED).named("factor").linear(1, 1))) {
            Sgd sgd = new Sgd(parallel.network().parameters(), Schedule.constant(0.5));
            DataLoader data = new DataLoader(new Factors(), 5);
            Trainer trainer = new Trainer(parallel, Points.SQUARED, sgd).meter(RegressionMeter::new);
            assertThatThrownBy(() -> trainer.fit(data, null, 1))
                    .hasMessageContaining("the samples have 2 inputs and a layer takes one: say with forward(..) how"
                            + " factor takes them");
            History history = trainer.forward(
                            (network, in, pass) -> network.forward(in.get(0).mul(in.get(1)), pass))
                    .fit(data, data, 30);
            assertThat(history.epochs().getLast().judged().get("rmse")).isLessThan(1e-3);
            Tensor weight = parallel.network().parameters().getFirst();
            assertThat(weight.toArray()[0]).isCloseTo(3, offset(0.01f));
        }
    }

    @Test
    void callbacksHearOfEverythingInTurnAndOfTheEndAlsoWhenItFails() {
        List<String> heard = new ArrayList<>();
        try (Scope model = Scope.open()) {
            Trainer trainer =
                    trainer(Points.linear(CPU), 0.1).callbacks(new Listener("a", heard), new Listener("b", heard));
            trainer.fit(new DataLoader(new Points(4), 2), null, 1);
            assertThat(heard)
                    .containsExactly(
                            "a begins 0/1",
                            "b begins 0/1",
                            "a epoch 1",
                            "b epoch 1",
                            "a batch 2 of 4",
                            "b batch 2 of 4",
                            "a batch 4 of 4",
                            "b batch 4 of 4",
                            "a scored 1",
                            "b scored 1",
                            "a ends",
                            "b ends");
            heard.clear();
            trainer.callbacks(new Callback() {
                @Override
                public void epochEnds(Fit fit, EpochScores epoch) throws IOException {
                    throw new IOException("the disk is full");
                }

                @Override
                public void fitEnds(Fit fit) throws IOException {
                    throw new IOException("still full");
                }
            });
            trainer.callbacks(new Listener("c", heard));
            assertThatThrownBy(() -> trainer.fit(new DataLoader(new Points(4), 4), null, 3))
                    .isInstanceOf(UncheckedIOException.class)
                    .hasMessage("the disk is full")
                    .satisfies(e -> assertThat(e.getSuppressed()[0]).hasMessage("still full"));
            assertThat(heard)
                    .startsWith("a begins 1/4")
                    .endsWith("a scored 2", "b scored 2", "a ends", "b ends", "c ends");
        }
    }

    private record Listener(String name, List<String> heard) implements Callback {
        @Override
        public void fitBegins(Fit fit) {
            heard.add(name + " begins " + fit.epoch() + "/" + fit.epochs());
        }

        @Override
        public void epochBegins(Fit fit) {
            heard.add(name + " epoch " + fit.epoch());
        }

        @Override
        public void batchEnds(Fit fit) {
            heard.add(name + " batch " + fit.done() + " of " + fit.samples());
        }

        @Override
        public void epochEnds(Fit fit, EpochScores epoch) {
            assertThat(fit.history().getLast()).isSameAs(epoch);
            assertThat(fit.scores()).isEqualTo(epoch.training());
            heard.add(name + " scored " + epoch.epoch());
        }

        @Override
        public void fitEnds(Fit fit) {
            heard.add(name + " ends");
        }
    }

    @Test
    void aTrainingStopsWhenACallbackSaysSo() throws IOException {
        try (Scope model = Scope.open()) {
            Layer network = Points.linear(CPU);
            Path file = folder.resolve("best.safetensors");
            History history = trainer(network, 0)
                    .callbacks(
                            new BestCheckpoint(Monitor.lowest("loss"), file),
                            new EarlyStopping(Monitor.lowest("loss"), 2))
                    .fit(new DataLoader(new Points(4), 4), null, 10);
            assertThat(history.epochs()).hasSize(3);
            assertThat(history.stoppedBecause()).isEqualTo("loss has not been better for 2 epochs");
            assertThat(history.best(Monitor.lowest("loss")).epoch()).isOne();
            var saved = Safetensors.read(file);
            for (Parameter p : network.parameters()) {
                assertThat(saved.tensor(p.name()).floats()).isEqualTo(p.toArray());
            }
            assertThat(Files.list(folder)).hasSize(1);
        }
    }

    @Test
    void countsThatMakeNoSenseAreRefused() {
        try (Scope model = Scope.open()) {
            Trainer trainer = trainer(Points.linear(CPU), 0);
            assertThatThrownBy(() -> trainer.fit(new DataLoader(new Points(4), 4), null, 0))
                    .hasMessage("[train] epochs to train must be at least 1, got 0");
        }
    }
}
