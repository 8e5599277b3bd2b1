package dev.aorta.unet.clinical;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import dev.aorta.unet.imaging.CineStack;
import java.util.Arrays;
import java.util.List;
import java.util.OptionalInt;
import org.junit.jupiter.api.Test;

/** Worked by hand. */
class LeftVentricleTest {
    private static final int SIDE = 16;

    /** Slices of 2 mm x 3 mm pixels, rows to the left of the patient and columns to the feet. */
    static CineStack stack(int phases, double... places) {
        return new CineStack(
                "test",
                "P",
                SIDE,
                SIDE,
                3,
                2,
                places,
                5,
                phases,
                new double[0],
                new double[] {1, 0, 0},
                new double[] {0, 0, -1},
                List.of(),
                List.of(),
                (slice, phase) -> new float[SIDE * SIDE]);
    }

    /** A network that marks the first {@code pixels[slice][phase]} pixels of row 2 on, and holds one more likely by 0.5. */
    private static Tracing tracing(CineStack stack, int[][] pixels) throws Exception {
        int[] call = {0};
        return Tracing.of(stack, new Tracing.Classes(1, OptionalInt.empty()), 2, slice -> {
            int count = pixels[call[0] / stack.phases()][call[0]++ % stack.phases()];
            byte[] given = new byte[2 * SIDE * SIDE];
            for (int i = 0; i <= count; i++) {
                given[2 * (2 * SIDE + i)] = (byte) (i < count ? 1 : 0);
                given[2 * (2 * SIDE + i) + 1] = (byte) (i < count ? 230 : 102);
            }
            return given;
        });
    }

    @Test
    void heightsReachHalfWayToTheNeighbours() {
        assertThat(Simpson.heights(new double[] {0, 10, 20}, 8)).containsExactly(10, 10, 10);
        assertThat(Simpson.heights(new double[] {0, 8, 24, 32}, 8)).containsExactly(8, 12, 12, 8);
        assertThat(Simpson.heights(new double[] {7}, 5)).containsExactly(5);
        assertThat(Simpson.heights(new double[] {0, 6}, 5)).containsExactly(6, 6);
    }

    @Test
    void volumesFractionAndDeviations() throws Exception {
        CineStack stack = stack(3, 0, 8, 24);
        LeftVentricle v = LeftVentricle.of(tracing(stack, new int[][] {{40, 50, 20}, {60, 60, 30}, {10, 15, 0}}));
        // heights 8, 12, 16 mm and pixels of 6 mm²
        assertThat(v.curve())
                .containsExactly(
                        (40 * 8 + 60 * 12 + 10 * 16) * 6e-3,
                        (50 * 8 + 60 * 12 + 15 * 16) * 6e-3,
                        (20 * 8 + 30 * 12) * 6e-3);
        assertThat(v.endDiastole()).isEqualTo(1);
        assertThat(v.endSystole()).isEqualTo(2);
        assertThat(v.edv().value()).isCloseTo(8.16, within(1e-9));
        assertThat(v.esv().value()).isCloseTo(3.12, within(1e-9));
        assertThat(v.stroke().value()).isCloseTo(5.04, within(1e-9));
        assertThat(v.ejection().value()).isCloseTo(100 * 5.04 / 8.16, within(1e-9));
        assertThat(v.mass()).isNaN();
        // a pixel more in each slice between the probabilities 0.25 and 0.75
        double sd = (8 + 12 + 16) * 6e-3 / 1.349;
        assertThat(v.edv().deviation()).isCloseTo(sd, within(1e-9));
        assertThat(v.esv().deviation()).isCloseTo(sd, within(1e-9));
        assertThat(v.stroke().deviation()).isCloseTo(sd * Math.sqrt(2), within(1e-9));
        double ratio = 3.12 / 8.16;
        assertThat(v.ejection().deviation())
                .isCloseTo(100 / 8.16 * Math.sqrt(sd * sd + ratio * ratio * sd * sd), within(1e-9));
    }

    @Test
    void oneOfSeveralRegionsCounts() throws Exception {
        CineStack stack = stack(1, 0, 8);
        Tracing tracing = Tracing.of(stack, new Tracing.Classes(2, OptionalInt.of(1)), 3, slice -> {
            byte[] given = new byte[3 * SIDE * SIDE];
            for (int i : new int[] {0, 1, SIDE, 100, 103}) {
                given[3 * i] = 2;
                given[3 * i + 2] = (byte) 255;
            }
            given[3 * 101] = 1;
            return given;
        });
        assertThat(tracing.cavity()[0][0]).isEqualTo(3 * 6);
        assertThat(tracing.myocardium()[1][0]).isEqualTo(6);
        assertThat(tracing.notes())
                .containsExactly("in 2 of 2 pictures the network marked more than one region; the largest counts");
        LeftVentricle v = LeftVentricle.of(tracing);
        assertThat(v.mass()).isCloseTo(2 * 8 * 6e-3 * 1.05, within(1e-9));
        assertThat(v.esv().value()).isNaN();
        assertThat(v.ejection().value()).isNaN();
        assertThat(new VolumeResult("P", v, BullsEye.of(v)).json().compact())
                .contains("\"esv_ml\":{\"value\":null,\"sd\":null}", "\"edv_ml\":{\"value\":0.29,\"sd\":0.0}");
        assertThat(new VolumeResult("P", v, BullsEye.of(v)).row()).isEqualTo("P,2,1,0,0,0.29,0.00,,,,,,,0.10");
        assertThat(new VolumeResult("P", v, BullsEye.of(v)).measurements())
                .extracting(m -> m.name().meaning())
                .containsExactly("Left Ventricular ED Volume", "Left Ventricle Mass");
    }

    @Test
    void nothingThereIsAnErrorAndPhasesThatNobodyTracedDoNotCount() throws Exception {
        CineStack stack = stack(3, 0, 8);
        Tracing nothing = tracing(stack, new int[2][3]);
        assertThatThrownBy(() -> LeftVentricle.of(nothing)).hasMessage("test: there is no left ventricle in any slice");
        Tracing some = tracing(stack, new int[][] {{5, 1, 4}, {5, 1, 4}});
        for (double[] slice : some.cavity()) {
            slice[1] = Double.NaN;
        }
        LeftVentricle v = LeftVentricle.of(some);
        assertThat(v.curve()[1]).isNaN();
        assertThat(v.endSystole()).isEqualTo(2);
    }

    /** Rings around the middle of the picture, from the base: the wall is 6 mm thick, and the radius goes from 15 to 12 mm. */
    @Test
    void bullsEye() throws Exception {
        int side = 160;
        CineStack stack = new CineStack(
                "rings",
                "P",
                side,
                side,
                0.5,
                0.5,
                new double[] {0, 8, 16},
                8,
                2,
                new double[0],
                new double[] {1, 0, 0},
                new double[] {0, 0, -1},
                List.of(),
                List.of(),
                (slice, phase) -> new float[0]);
        int[] call = {0};
        Tracing tracing = Tracing.of(stack, new Tracing.Classes(1, OptionalInt.of(2)), 3, s -> {
            double inner = call[0]++ % 2 == 0 ? 15 : 12;
            byte[] given = new byte[3 * side * side];
            for (int i = 0; i < side * side; i++) {
                int row = i / side;
                double r = 0.5 * Math.hypot(i % side - 79.5, row - 79.5);
                // septal, on the right side of the patient, the wall is thinner
                double wall = i % side < 79.5 ? 4 : 6;
                given[3 * i] = (byte) (r < inner ? 1 : r < inner + wall ? 2 : 0);
            }
            return given;
        });
        BullsEye eye = BullsEye.of(LeftVentricle.of(tracing));
        assertThat(eye.motion()).hasSize(16);
        assertThat(Arrays.stream(eye.motion()).allMatch(m -> Math.abs(m - 20) < 1.5))
                .isTrue();
        assertThat(eye.thickness()[1]).as("basal anteroseptal").isCloseTo(4, within(0.3));
        assertThat(eye.thickness()[5]).as("basal anterolateral").isCloseTo(6, within(0.3));
        assertThat(eye.thickness()[13]).as("apical septal").isCloseTo(4, within(0.3));
        assertThat(eye.thickness()[15]).as("apical lateral").isCloseTo(6, within(0.3));
        assertThat(BullsEye.sector(Math.toRadians(90), 6)).isZero();
        assertThat(BullsEye.sector(Math.toRadians(-90), 6)).isEqualTo(3);
        assertThat(BullsEye.sector(Math.toRadians(-170), 4)).isEqualTo(1);
    }
}
