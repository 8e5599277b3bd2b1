package dev.aorta.train;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.aorta.Device;
import dev.aorta.Scope;
import dev.aorta.data.TfRecordReader;
import dev.aorta.metric.Meters;
import dev.aorta.metric.Scores;
import dev.aorta.nn.Layer;
import dev.aorta.optim.PlateauSchedule;
import dev.aorta.optim.Schedule;
import dev.aorta.optim.Sgd;
import java.io.IOException;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.SequencedMap;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What each callback makes of a training whose scores are given. */
class CallbacksTest {
    private static final Monitor DICE = Monitor.highest("dice");

    @TempDir
    Path folder;

    private static Scores scores(double loss, double dice) {
        SequencedMap<String, Double> values = new LinkedHashMap<>();
        values.put("loss", loss);
        values.put("dice", dice);
        values.put("recall", 0.25);
        return new Scores(3, values);
    }

    /** Epochs with these validation dice, until a callback stops; returns why. */
    private static Fit played(Callback callback, double... dice) {
        try (Scope model = Scope.open()) {
            Layer network = Points.linear(Device.cpu());
            Sgd sgd = new Sgd(network.parameters(), Schedule.constant(0.5));
            Fit fit = new Fit(network, sgd, List.of(callback), new Tally(Meters.of()), 0, dice.length, 6);
            fit.begin();
            for (double d : dice) {
                if (fit.stoppedBecause() == null) {
                    fit.beginEpoch(new Tally(Meters.of()));
                    int epoch = fit.history().size() + 1;
                    fit.endEpoch(new EpochScores(epoch, 0.5 / epoch, scores(1.0 / epoch, 0.125), scores(0.75, d)));
                }
            }
            fit.end();
            return fit;
        }
    }

    @Test
    void earlyStoppingWaitsForTheBestSoFar() {
        double[] dice = {0.5, 0.4, 0.6, 0.6, 0.55, Double.NaN, 0.9};
        EarlyStopping stopping = new EarlyStopping(DICE, 3);
        for (int training = 0; training < 2; training++) {
            Fit fit = played(stopping, dice);
            assertThat(fit.history()).as("training %d", training).hasSize(6);
            assertThat(fit.stoppedBecause()).isEqualTo("dice has not been better for 3 epochs");
        }
        assertThat(played(new EarlyStopping(DICE, 4), dice).history()).hasSize(7);
        assertThat(played(new EarlyStopping(DICE, 2), Double.NaN, 0, 0.1, 0.1).stoppedBecause())
                .isNull();
        assertThatThrownBy(() -> played(new EarlyStopping(Monitor.lowest("mae"), 1), 0.5))
                .hasMessage("[metric] there is no score 'mae'; there are loss, dice, recall");
        assertThatThrownBy(() -> new EarlyStopping(DICE, 0)).hasMessageContaining("at least 1 epoch, got 0");
    }

    @Test
    void theBestIsSavedAndItIsTheBestOfTheHistory() {
        List<Integer> saved = new ArrayList<>();
        BestCheckpoint best = new BestCheckpoint(DICE, (network, epoch) -> saved.add(epoch.epoch()));
        Fit fit = played(best, Double.NaN, 0, 0.5, 0.5, 0.4, 0.75, Double.NaN, 0.75);
        assertThat(saved).containsExactly(2, 3, 6);
        History history = new History(fit.history(), null);
        assertThat(history.best(DICE).epoch()).isEqualTo(6);
        assertThat(history.best(Monitor.lowest("dice")).epoch()).isEqualTo(2);
    }

    @Test
    void theTableHasAColumnForEachScore() throws IOException {
        Path all = folder.resolve("all.csv");
        played(new CsvLog(all), 0.5, Double.NaN);
        assertThat(Files.readString(all)).isEqualTo("""
                        epoch,learning_rate,train_loss,train_dice,train_recall,val_loss,val_dice,val_recall
                        1,0.500000,1.000000,0.125000,0.250000,0.750000,0.500000,0.250000
                        2,0.250000,0.500000,0.125000,0.250000,0.750000,NaN,0.250000
                        """);
        Path some = folder.resolve("some.csv");
        played(new CsvLog(some, "loss"), 0.5);
        assertThat(Files.readAllLines(some).getFirst())
                .isEqualTo("epoch,learning_rate,train_loss,val_loss,val_dice,val_recall");
    }

    @Test
    void tensorBoardGetsACurveForEachScore() throws IOException {
        played(new TensorBoardLog(folder), 0.5, 0.75);
        StringBuilder events = new StringBuilder();
        try (var files = Files.list(folder);
                TfRecordReader reader = TfRecordReader.open(files.findFirst().orElseThrow())) {
            for (byte[] e = reader.next(); e != null; e = reader.next()) {
                events.append(new String(e, StandardCharsets.ISO_8859_1)).append('\n');
            }
        }
        for (String tag :
                List.of("loss/train", "dice/validation", "recall/train", "recall/validation", "learning_rate")) {
            assertThat(events.toString().split(tag, -1)).as(tag).hasSize(1 + 2);
        }
    }

    @Test
    void theLineOfAnEpochHasAStarForTheBest() {
        StringWriter text = new StringWriter();
        played(new ProgressLine(new PrintWriter(text), DICE, "images", "loss", "dice"), 0.5, 0.4);
        assertThat(text.toString().lines().map(line -> line.replaceAll("[0-9.]+ images/s", "N images/s")))
                .containsExactly(
                        "epoch 1/2  loss 1.0000  dice 0.1250  val loss 0.7500  val dice 0.5000 *  N images/s",
                        "epoch 2/2  loss 0.5000  dice 0.1250  val loss 0.7500  val dice 0.4000    N images/s");
        StringWriter whole = new StringWriter();
        played(new ProgressLine(new PrintWriter(whole), DICE, "images"), 0.5);
        assertThat(whole.toString()).contains("  recall 0.2500  val loss", "val recall 0.2500 *");
    }

    @Test
    void theRateFallsOnAPlateau() {
        PlateauSchedule schedule = new PlateauSchedule(1, 0.5, 2, 0.2);
        double[] dice = {0.5, 0.5, 0.4, 0.6, 0.6, Double.NaN, 0.6, 0.6, 0.6, 0.6};
        double[] rates = {1, 1, 0.5, 0.5, 0.5, 0.25, 0.25, 0.2, 0.2, 0.2};
        List<Double> seen = new ArrayList<>();
        ReduceOnPlateau reduce = new ReduceOnPlateau(DICE, schedule);
        played(
                new Callback() {
                    @Override
                    public void epochEnds(Fit fit, EpochScores epoch) {
                        reduce.epochEnds(fit, epoch);
                        seen.add(schedule.rate(epoch.epoch()));
                    }
                },
                dice);
        assertThat(seen).containsExactly(java.util.Arrays.stream(rates).boxed().toArray(Double[]::new));
        assertThatThrownBy(() -> new PlateauSchedule(1, 1, 2, 0))
                .hasMessage("[schedule] factor must be between 0 and 1 and patience at least 1, got 1.0 and 2");
    }
}
