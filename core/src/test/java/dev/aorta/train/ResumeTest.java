package dev.aorta.train;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.aorta.Device;
import dev.aorta.Parameter;
import dev.aorta.Scope;
import dev.aorta.data.DataLoader;
import dev.aorta.data.Transform;
import dev.aorta.io.FolderInUseException;
import dev.aorta.io.FormatException;
import dev.aorta.metric.Meters;
import dev.aorta.metric.RegressionMeter;
import dev.aorta.metric.RocAucMeter;
import dev.aorta.nn.Layer;
import dev.aorta.nn.Layers;
import dev.aorta.optim.Adam;
import dev.aorta.optim.Optimizer;
import dev.aorta.optim.PlateauSchedule;
import dev.aorta.optim.WeightAverage;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.SequencedMap;
import java.util.TreeMap;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A training that is interrupted goes on as if it had not been: every number of it, and every byte of its files. */
class ResumeTest {
    private static final Device ONE = Device.cpu(1);
    private static final Device THREE = Device.cpu(3);
    private static final Monitor LOSS = Monitor.lowest("loss");
    private static final int EPOCHS = 6;
    private static final int BATCHES = 4;

    @TempDir
    Path folder;

    @AfterAll
    static void close() {
        ONE.close();
        THREE.close();
    }

    /** Interrupts a training after some batches. */
    private static final class After implements Callback {
        private int left;

        After(int batches) {
            left = batches;
        }

        @Override
        public void batchEnds(Fit fit) {
            if (--left == 0) {
                fit.interrupt("enough");
            }
        }
    }

    /** What a process makes of a run folder: everything that can be compared of what it ended with. */
    private SequencedMap<String, Object> train(Path run, Device device, boolean resume, Callback... more)
            throws IOException {
        Files.createDirectories(run);
        try (Scope model = Scope.open()) {
            Layers net = new Layers(device, Points.SEED);
            Layer network = net.sequential(net.linear(2, 16), net.batchNorm(16), net.dropout(0.2f), net.linear(16, 3));
            PlateauSchedule schedule = new PlateauSchedule(0.05, 0.5, 1, 1e-4);
            Optimizer adam = new Adam(network.parameters(), schedule).weightDecay(0.01);
            WeightAverage average = new WeightAverage(network.parameters(), 0.9);
            Transform noise = (input, label, epoch, index) -> input[0] += 0.01f * ((epoch * 31 + index * 7L) % 11);
            DataLoader data = new DataLoader(new Points(15), 4).shuffled(Points.SEED);
            assertThat(data.batches()).isEqualTo(BATCHES);
            Trainer trainer = new Trainer(network, device, Points.SQUARED, adam)
                    .seed(Points.SEED)
                    .clip(1)
                    .average(average)
                    .meter(RegressionMeter::new)
                    .callbacks(
                            new BestCheckpoint(LOSS, run.resolve("best.safetensors")),
                            new CsvLog(run.resolve("metrics.csv")),
                            new EarlyStopping(LOSS, 4),
                            new ReduceOnPlateau(LOSS, schedule))
                    .callbacks(more)
                    .checkpoints(Checkpoints.in(run.resolve("checkpoints"))
                            .every(Duration.ZERO)
                            .keepBest(LOSS));
            History history = (resume ? trainer.resume() : trainer)
                    .fit(data.transform(noise), new DataLoader(new Points(7), 4), EPOCHS);
            SequencedMap<String, Object> end = new TreeMap<>();
            Stream.of(
                            network.parameters(),
                            adam.state().values(),
                            average.state().values())
                    .flatMap(some -> some.stream())
                    .forEach(p -> end.put(p.name(), Arrays.hashCode(p.toArray())));
            end.put("steps", adam.steps());
            end.put("rate", adam.rate());
            end.put("history", history.epochs());
            end.put("stopped", String.valueOf(history.stoppedBecause()));
            return end;
        }
    }

    private static void sameFiles(Path expected, Path actual) throws IOException {
        for (String name : List.of("best.safetensors", "metrics.csv")) {
            assertThat(actual.resolve(name)).as(name).hasSameBinaryContentAs(expected.resolve(name));
        }
        Path checkpoints = expected.resolve("checkpoints");
        assertThat(names(actual.resolve("checkpoints"))).isEqualTo(names(checkpoints));
        for (String name : names(checkpoints)) {
            assertThat(actual.resolve("checkpoints").resolve(name))
                    .as(name)
                    .hasSameBinaryContentAs(checkpoints.resolve(name));
        }
    }

    private static List<String> names(Path folder) throws IOException {
        try (Stream<Path> files = Files.list(folder)) {
            return files.map(f -> f.getFileName().toString()).sorted().toList();
        }
    }

    @Test
    void aTrainingInAnyPiecesIsTheWholeOne() throws IOException {
        Path whole = folder.resolve("whole");
        SequencedMap<String, Object> expected = train(whole, ONE, false);
        for (int seed = 0; seed < 6; seed++) {
            Random random = new Random(seed);
            Path run = folder.resolve("pieces" + seed);
            SequencedMap<String, Object> end = null;
            int pieces = 0;
            while (end == null || "enough".equals(end.get("stopped"))) {
                Device device = random.nextBoolean() ? ONE : THREE;
                end = train(run, device, end != null, new After(1 + random.nextInt(2 * BATCHES)));
                pieces++;
            }
            assertThat(end).as("seed %d, %d pieces", seed, pieces).isEqualTo(expected);
            assertThat(pieces).as("seed %d", seed).isGreaterThan(2);
            sameFiles(whole, run);
        }
    }

    @Test
    void aTrainingThatIsOverIsNotTrainedAgain() throws IOException {
        Path run = folder.resolve("run");
        SequencedMap<String, Object> end = train(run, ONE, false);
        assertThat(train(run, ONE, true, new Callback() {
                    @Override
                    public void batchEnds(Fit fit) {
                        throw new AssertionError("trained again");
                    }
                }))
                .isEqualTo(end);
    }

    /** Killed while a callback writes: the epoch is trained again, and every file is written again as it was. */
    @Test
    void aFailureBetweenTheFilesOfAnEpochLosesNothing() throws IOException {
        Path whole = folder.resolve("whole");
        SequencedMap<String, Object> expected = train(whole, ONE, false);
        Path run = folder.resolve("run");
        assertThatThrownBy(() -> train(run, ONE, false, new Callback() {
                    @Override
                    public void epochEnds(Fit fit, EpochScores epoch) throws IOException {
                        if (epoch.epoch() == 3) {
                            throw new IOException("the disk is full");
                        }
                    }
                }))
                .hasMessage("the disk is full");
        assertThat(train(run, ONE, true)).isEqualTo(expected);
        sameFiles(whole, run);
    }

    @Test
    void theLastGoodCheckpointIsTakenWhereTheLastIsDamaged() throws IOException {
        Path whole = folder.resolve("whole");
        SequencedMap<String, Object> expected = train(whole, ONE, false);
        Path run = folder.resolve("run");
        train(run, ONE, false, new After(2 * BATCHES + 3));
        Path checkpoints = run.resolve("checkpoints");
        Path last = checkpoints.resolve("epoch-2-batch-3.safetensors");
        Path before = checkpoints.resolve("epoch-2-batch-2.safetensors");
        assertThat(names(checkpoints))
                .contains(last.getFileName().toString(), before.getFileName().toString());
        byte[] bytes = Files.readAllBytes(last);
        bytes[bytes.length - 5] ^= 4;
        Files.write(last, bytes);
        assertThat(train(run, ONE, true, new Callback() {
                    @Override
                    public void fitBegins(Fit fit) {
                        assertThat(fit.resumedFrom()).isEqualTo(before);
                        assertThat(fit.epoch()).isEqualTo(2);
                    }
                }))
                .isEqualTo(expected);
        sameFiles(whole, run);
        for (String name : names(checkpoints)) {
            Files.write(checkpoints.resolve(name), new byte[3]);
        }
        assertThatThrownBy(() -> train(run, ONE, true))
                .isInstanceOf(UncheckedIOException.class)
                .hasMessageStartingWith(
                        checkpoints + ": none of the 2 checkpoints is sound; delete them to begin anew: ");
    }

    /** The signal of the system does what a callback does here; it comes at any moment, also while the validation runs. */
    @Test
    void aTrainingCanBeInterruptedInItsValidation() throws IOException {
        try (Scope model = Scope.open()) {
            Layer network = Points.linear(ONE);
            Optimizer adam = new Adam(network.parameters(), step -> 0.1);
            Fit[] fit = new Fit[1];
            DataLoader validation = new DataLoader(new Points(9), 1).transform((input, label, epoch, index) -> {
                if (index == 4) {
                    fit[0].interrupt("enough");
                }
            });
            Callback watch = new Callback() {
                @Override
                public void fitBegins(Fit begun) {
                    fit[0] = begun;
                }
            };
            History history = new Trainer(network, ONE, Points.SQUARED, adam)
                    .callbacks(watch)
                    .checkpoints(folder)
                    .fit(new DataLoader(new Points(4), 2), validation, 3);
            assertThat(history.epochs()).isEmpty();
            assertThat(fit[0].interrupted()).isTrue();
            assertThat(fit[0].savedIn()).isEqualTo(folder.resolve("epoch-0-batch-2.safetensors"));
            validation = new DataLoader(new Points(9), 1);
            assertThat(new Trainer(network, ONE, Points.SQUARED, adam)
                            .checkpoints(folder)
                            .resume()
                            .fit(new DataLoader(new Points(4), 2), validation, 3)
                            .epochs())
                    .hasSize(3);
            assertThat(adam.steps()).isEqualTo(6);
        }
    }

    private static Trainer trainer(Path folder, long seed) {
        Layer network = Points.linear(ONE);
        return new Trainer(network, ONE, Points.SQUARED, new Adam(network.parameters(), step -> 0.1))
                .seed(seed)
                .checkpoints(Checkpoints.in(folder).facts(Map.of("data", "x")));
    }

    @Test
    void aTrainingGoesOnOnlyWithWhatItBeganWith() {
        DataLoader data = new DataLoader(new Points(4), 2);
        try (Scope model = Scope.open()) {
            trainer(folder, 1).fit(data, null, 1);
            assertThatThrownBy(() -> trainer(folder, 1).fit(data, null, 1))
                    .hasMessage(folder + ": the folder holds the checkpoints of a training; go on with it (resume), or"
                            + " name another folder");
            String of = folder.resolve("epoch-1.safetensors") + ": it is of another training: ";
            String cure = "; go on with what it began with, or begin anew in another folder";
            assertThatThrownBy(() -> trainer(folder, 2).resume().fit(data, null, 1))
                    .hasMessage(of + "seed of dropout is 2 and was 1" + cure);
            assertThatThrownBy(() -> trainer(folder, 1)
                            .resume()
                            .checkpoints(folder)
                            .fit(new DataLoader(new Points(4), 1), null, 1))
                    .hasMessage(of + "batches in an epoch is 4 and was 2, data is not given and was x" + cure);
            Trainer more = trainer(folder, 1).resume();
            assertThat(more.fit(data, null, 3).epochs()).hasSize(3);
            assertThatThrownBy(() -> more.fit(data, null, 1)).hasMessageContaining("each fit in a folder of its own");
        }
    }

    @Test
    void aFileThatIsNoCheckpointIsRefused() throws IOException {
        try (Scope model = Scope.open()) {
            dev.aorta.io.Checkpoint.save(
                    folder.resolve("epoch-1.safetensors"), Points.linear(ONE).parameters(), Map.of());
            assertThatThrownBy(() -> trainer(folder, 1).resume().fit(new DataLoader(new Points(4), 2), null, 3))
                    .hasCauseInstanceOf(FormatException.class)
                    .hasMessageContaining("there is no 'aorta.training' in the metadata; it is no checkpoint");
        }
    }

    @Test
    void theLastAndTheBestAreKept() throws IOException {
        try (Scope model = Scope.open()) {
            trainer(folder, 1)
                    .checkpoints(Checkpoints.in(folder).keep(1).keepBest(Monitor.highest("loss")))
                    .fit(new DataLoader(new Points(4), 2), null, 4);
        }
        assertThat(names(folder)).containsExactly("epoch-1.safetensors", "epoch-4.safetensors");
        assertThatThrownBy(() -> Checkpoints.in(folder).keep(0)).hasMessageContaining("at least 1, got 0");
    }

    @Test
    void twoTrainingsDoNotShareAFolder() {
        DataLoader data = new DataLoader(new Points(4), 2);
        try (Scope model = Scope.open()) {
            trainer(folder, 1)
                    .callbacks(new Callback() {
                        @Override
                        public void batchEnds(Fit fit) {
                            assertThatThrownBy(() -> trainer(folder, 1).fit(data, null, 1))
                                    .hasCauseInstanceOf(FolderInUseException.class)
                                    .hasMessage(folder + ": other work is going on in the folder; wait until it ends,"
                                            + " or name another folder");
                        }
                    })
                    .fit(data, null, 1);
            assertThat(trainer(folder, 1).resume().fit(data, null, 1).epochs()).hasSize(1);
        }
    }

    @Test
    void aMeterThatCannotBeSavedIsSavedBetweenEpochsOnly() throws IOException {
        DataLoader data = new DataLoader(new Points(4), 2);
        try (Scope model = Scope.open()) {
            trainer(folder, 1)
                    .meter(() -> Meters.of(new BiasMeter(), new RegressionMeter()))
                    .callbacks(new After(3))
                    .fit(data, null, 4);
            assertThat(names(folder)).containsExactly("epoch-1.safetensors");
            assertThat(Meters.of(new BiasMeter(), new RocAucMeter()).state()).isNull();
        }
    }

    @Test
    void weightsThatAreNoNumbersAreNotSaved() {
        try (Scope model = Scope.open()) {
            Trainer trainer = trainer(folder, 1).callbacks(new Callback() {
                @Override
                public void epochEnds(Fit fit, EpochScores epoch) {
                    Parameter p = fit.network().parameters().getFirst();
                    float[] values = p.toArray();
                    values[2] = Float.NEGATIVE_INFINITY;
                    p.set(values);
                }
            });
            assertThatThrownBy(() -> trainer.fit(new DataLoader(new Points(4), 2), null, 1))
                    .hasMessageStartingWith("[checkpoint] ")
                    .hasMessageContaining("holds -Infinity at element 2 and is not saved");
            assertThat(folder.resolve("epoch-1.safetensors")).doesNotExist();
        }
    }
}
