package dev.aorta.metric;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.data.Offset.offset;

import dev.aorta.Shape;
import org.junit.jupiter.api.Test;

class RegressionMeterTest {
    private static void add(Meter meter, float[] y, float... labels) {
        Measured.add(meter, y, Shape.of(y.length), labels, Shape.of(labels.length));
    }

    /** The example of scikit-learn's r2_score, 0.948..., mean_absolute_error, 0.5, and mean_squared_error, 0.375. */
    @Test
    void scoresAreThoseOfTheDocumentationOfScikitLearn() {
        RegressionMeter meter = new RegressionMeter();
        add(meter, new float[] {2.5f, 0}, 3, -0.5f);
        add(meter, new float[] {2, 8}, 2, 7);
        assertThat(meter.scores().sequencedKeySet()).containsExactly("mae", "rmse", "r2");
        assertThat(meter.scores().get("mae")).isEqualTo(0.5);
        assertThat(meter.scores().get("rmse")).isCloseTo(Math.sqrt(0.375), offset(1e-12));
        assertThat(meter.scores().get("r2")).isCloseTo(0.9486081370449679, offset(1e-12));
    }

    /** The sum of squares less the square of the sum would lose all digits. */
    @Test
    void labelsFarFromZeroKeepTheirSpread() {
        RegressionMeter meter = new RegressionMeter();
        add(meter, new float[] {8_000_000, 8_000_001, 8_000_001}, 8_000_000, 8_000_001, 8_000_002);
        assertThat(meter.scores().get("r2")).isCloseTo(0.5, offset(1e-9));
    }

    @Test
    void whatIsNotDefinedIsNaNAndWhatDoesNotFitIsRefused() {
        RegressionMeter meter = new RegressionMeter();
        assertThat(meter.scores().values()).allMatch(s -> s.isNaN());
        add(meter, new float[] {1, 2}, 3, 3);
        assertThat(meter.scores().get("r2")).isNaN();
        assertThat(meter.scores().get("mae")).isEqualTo(1.5);
        assertThatThrownBy(() -> add(meter, new float[3], 1, 2))
                .hasMessage("[metric] an output for each label [2] was expected, got [3]");
    }
}
