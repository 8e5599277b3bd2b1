package dev.aorta.metric;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.aorta.Device;
import dev.aorta.Scope;
import dev.aorta.Shape;
import dev.aorta.Tensor;
import dev.aorta.data.Batch;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.SequencedMap;
import java.util.function.Supplier;
import org.junit.jupiter.api.Test;

/** Meters of several, what they read, and what their scores are called. */
class MetersTest {
    /** Reads what it did not ask for. */
    private static final class Careless implements Meter {
        @Override
        public List<Readout> readouts() {
            return List.of(Readout.ARGMAX);
        }

        @Override
        public void add(Batch batch, Output output, double loss) {
            output.get(Readout.NONE);
        }

        @Override
        public SequencedMap<String, Double> scores() {
            return new LinkedHashMap<>(Map.of("loss", 1.0));
        }
    }

    @Test
    void scoresOfSeveralMetersStandInTheirOrder() {
        Meter meter = Meters.of(
                new RocAucMeter(), new ClassificationMeter(2), Meters.prefixed("mask_", new SegmentationMeter(2)));
        assertThat(meter.readouts()).containsExactly(Readout.NONE, Readout.ARGMAX);
        Measured.add(meter, new float[][] {{0, 1}, {1, 0}, {0, 2}}, 1, 0, 0);
        assertThat(meter.scores().sequencedKeySet())
                .startsWith("roc_auc", "accuracy", "f1_macro", "f1_micro", "mask_dice")
                .endsWith("mask_f1");
        assertThat(meter.scores().get("mask_accuracy"))
                .isEqualTo(meter.scores().get("accuracy"))
                .isEqualTo(2 / 3.0);
    }

    /** A training that goes on in the middle of an epoch ends with the scores of the whole epoch. */
    @Test
    void aMeterGoesOnFromItsState() {
        Supplier<Meter> fresh = () -> Meters.of(
                new RocAucMeter(),
                new ClassificationMeter(3),
                new TopKMeter(2),
                Meters.prefixed("mask_", new SegmentationMeter(3)));
        float[][] first = {{0, 1, 3}, {1, 0, 0.5f}, {0, 2, -1}, {4, 2, 1}};
        float[][] second = {{2, 1, 0}, {1, 0, 7}, {0.25f, 2, 2}};
        Meter whole = fresh.get();
        Measured.add(whole, first, 2, 0, 0, 1);
        Meter later = fresh.get();
        later.restore(Objects.requireNonNull(fresh.get().state()));
        later.restore(Objects.requireNonNull(whole.state()));
        assertThat(later.scores()).isEqualTo(whole.scores());
        Measured.add(whole, second, 0, 2, 1);
        Measured.add(later, second, 0, 2, 1);
        assertThat(later.scores()).isEqualTo(whole.scores());
        assertThat(later.state()).isEqualTo(whole.state());
        Meter numbers = new RegressionMeter();
        Measured.add(numbers, first[0], Shape.of(3), first[1], Shape.of(3));
        Meter same = new RegressionMeter();
        same.restore(Objects.requireNonNull(numbers.state()));
        assertThat(same.scores()).isEqualTo(numbers.scores());
        for (Meter meter : List.of(new RocAucMeter(), new TopKMeter(1), new SegmentationMeter(2), same, later)) {
            assertThatThrownBy(() -> meter.restore(new double[] {1}))
                    .hasMessageStartingWith("[metric] the state is not of a ");
        }
    }

    @Test
    void namesAreTold() {
        assertThatThrownBy(() -> Meters.of(new ClassificationMeter(2), new SegmentationMeter(2)))
                .hasMessage("[metric] two meters score 'accuracy': tell one of them apart with"
                        + " Meters.prefixed(\"other_\", meter)");
        assertThatThrownBy(() -> Scores.of(1, 0, new Careless()))
                .hasMessage("[metric] a meter must not call a score 'loss', which is the mean loss: name it otherwise");
        assertThatThrownBy(() -> Scores.of(1, 0, new TopKMeter(3)).get("dice"))
                .hasMessage("[metric] there is no score 'dice'; there are loss, top3");
    }

    @Test
    void aMeterGetsOnlyWhatItAskedFor() {
        assertThatThrownBy(() -> Measured.add(new Careless(), new float[][] {{0, 1}}, 1))
                .hasMessage("[metric] a meter reads what it did not ask for: list the readout in Meter.readouts()");
    }

    @Test
    void partsOfABatchMakeAWholeAndRecordNothing() {
        Readout doubled = output -> {
            assertThat(Scope.recording()).isFalse();
            return output.mul(2);
        };
        Meter meter = new Meter() {
            @Override
            public List<Readout> readouts() {
                return List.of(doubled, Readout.NONE, Readout.ARGMAX);
            }

            @Override
            public void add(Batch batch, Output output, double loss) {}

            @Override
            public SequencedMap<String, Double> scores() {
                return new LinkedHashMap<>();
            }
        };
        Output output = new Output(meter);
        try (Scope scope = Scope.open()) {
            output.read(Tensor.of(Device.cpu(), new float[] {5, 6}, 1, 2).requireGradient(), 2, 3);
            output.read(Tensor.of(Device.cpu(), new float[] {1, 2, 4, 3}, 2, 2), 0, 3);
        }
        assertThat(output.get(Readout.NONE)).containsExactly(1, 2, 4, 3, 5, 6);
        assertThat(output.get(doubled)).containsExactly(2, 4, 8, 6, 10, 12);
        assertThat(output.get(Readout.ARGMAX)).containsExactly(1, 0, 1);
        assertThat(output.shape().dims()).containsExactly(3, 2);
        float[] array = output.get(Readout.NONE);
        try (Scope scope = Scope.noGrad()) {
            output.read(Tensor.of(Device.cpu(), new float[6], 3, 2), 0, 3);
        }
        assertThat(output.get(Readout.NONE)).as("reused").isSameAs(array).containsOnly(0);
    }
}
