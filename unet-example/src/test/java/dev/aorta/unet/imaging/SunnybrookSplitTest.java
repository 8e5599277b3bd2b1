package dev.aorta.unet.imaging;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import org.junit.jupiter.api.Test;

class SunnybrookSplitTest {
    private final List<SunnybrookFrame> frames = new ArrayList<>();

    SunnybrookSplitTest() {
        for (int patient = 1; patient <= 10; patient++) {
            for (int frame = 0; frame < 26; frame++) {
                frames.add(new SunnybrookFrame(
                        "P" + patient,
                        "SC-N-%02d".formatted(patient),
                        frame,
                        Path.of("a/b/%d.dcm".formatted(frame)),
                        Path.of("c")));
            }
        }
    }

    @Test
    void labSplitHoldsOutOneInTen() {
        SunnybrookSplit split = SunnybrookSplit.lab(frames, 5);
        assertThat(split.train()).hasSize(234);
        assertThat(split.validation()).hasSize(26).doesNotContainAnyElementsOf(split.train());
        assertThat(SunnybrookSplit.lab(frames, 5)).isEqualTo(split);
        assertThat(SunnybrookSplit.lab(frames, 6)).isNotEqualTo(split);
    }

    @Test
    void noPatientIsEverOnBothSides() {
        for (long seed = 0; seed < 50; seed++) {
            for (double fraction : new double[] {0, 0.1, 0.33, 0.9}) {
                SunnybrookSplit split = SunnybrookSplit.patients(frames, fraction, seed);
                assertThat(patients(split.validation()))
                        .as("seed %d, fraction %s", seed, fraction)
                        .hasSize(Math.max(1, (int) Math.round(10 * fraction)))
                        .doesNotContainAnyElementsOf(patients(split.train()));
                assertThat(split.train().size() + split.validation().size()).isEqualTo(260);
            }
        }
    }

    @Test
    void patientsCanBeNamedEitherWay() {
        for (String name : List.of("P7", "SC-N-7", "SC-N-07")) {
            assertThat(patients(SunnybrookSplit.patients(frames, List.of(name)).validation()))
                    .as(name)
                    .containsExactly("P7");
        }
    }

    @Test
    void refusesUnknownPatientsAndEmptySides() {
        assertThatThrownBy(() -> SunnybrookSplit.patients(frames, List.of("P77")))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageStartingWith("there is no patient 'P77'; there are [P1, P2, ");
        assertThatThrownBy(() -> SunnybrookSplit.patients(frames, 1, 0))
                .hasMessageContaining("leaves 0 frames to train on");
        assertThatThrownBy(() -> SunnybrookSplit.patients(frames, List.of())).hasMessageContaining("0 to validate on");
    }

    private static Set<String> patients(List<SunnybrookFrame> frames) {
        return Set.copyOf(frames.stream().map(SunnybrookFrame::patient).toList());
    }
}
