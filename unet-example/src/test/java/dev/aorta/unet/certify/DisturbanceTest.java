package dev.aorta.unet.certify;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import dev.aorta.Device;
import dev.aorta.Scope;
import dev.aorta.Tensor;
import dev.aorta.nn.Pass;
import dev.aorta.unet.imaging.LabelledSlice;
import dev.aorta.unet.imaging.SliceFiles;
import dev.aorta.unet.model.InputScaling;
import dev.aorta.unet.model.ModelConfig;
import dev.aorta.unet.model.Norm;
import dev.aorta.unet.model.Views;
import dev.aorta.unet.train.Segmenter;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class DisturbanceTest {
    private static final int SIDE = 33; // turned by 90 degrees onto its own pixels

    @TempDir
    Path folder;

    private final LabelledSlice slice = SliceFiles.disk(SIDE, 3);
    private Segmenter segmenter;

    @BeforeEach
    void load() throws IOException {
        Path file = folder.resolve("model");
        ModelConfig config = new ModelConfig(
                ModelConfig.Kind.UNET, 2, 2, Norm.NONE, 2, 32, 32, InputScaling.STANDARD, 0, Views.ONE, false);
        try (Scope scope = Scope.noGrad()) {
            config.save(file, config.build(Device.cpu(), 7), Map.of());
        }
        segmenter = Segmenter.load(file, Device.cpu(), null);
    }

    @AfterEach
    void close() {
        segmenter.close();
    }

    private LabelledSlice changed(Disturbance d, double strength) throws IOException {
        return d.change(strength, segmenter, Device.cpu()).of(slice, 0);
    }

    private static double deviation(float[] a) {
        double mean = 0;
        for (float v : a) {
            mean += v / a.length;
        }
        double square = 0;
        for (float v : a) {
            square += (v - mean) * (v - mean) / a.length;
        }
        return Math.sqrt(square);
    }

    @Test
    void noneOfStrengthNothingChangesNothing() throws IOException {
        for (Disturbance d :
                new Disturbance[] {Disturbance.NONE, Disturbance.NOISE, Disturbance.ROTATION, Disturbance.BIAS_FIELD}) {
            assertThat(changed(d, 0).image()).as(d.text()).containsExactly(slice.image(), within(1e-3f));
        }
        assertThat(changed(Disturbance.CONTRAST, 1).image()).containsExactly(slice.image(), within(1e-3f));
    }

    @Test
    void noiseHasItsDeviationAndIsTheSameAgain() throws IOException {
        float[] noisy = changed(Disturbance.NOISE, 0.5).image();
        float[] noise = noisy.clone();
        for (int i = 0; i < noise.length; i++) {
            noise[i] -= slice.image()[i];
        }
        double expected = 0.5 * deviation(slice.image());
        assertThat(deviation(noise)).isCloseTo(expected, within(expected * 0.1));
        assertThat(changed(Disturbance.NOISE, 0.5).image()).containsExactly(noisy);
    }

    @Test
    void aQuarterTurnMovesPixelsAndLabelsAlike() throws IOException {
        LabelledSlice turned = changed(Disturbance.ROTATION, 90);
        for (int row = 0; row < SIDE; row++) {
            for (int column = 0; column < SIDE; column++) {
                int from = (SIDE - 1 - column) * SIDE + row;
                int to = row * SIDE + column;
                assertThat(turned.image()[to]).isCloseTo(slice.image()[from], within(0.01f));
                assertThat(turned.label()[to]).isEqualTo(slice.label()[from]);
            }
        }
    }

    @Test
    void attacksStayInTheirBoundAndRaiseTheError() throws IOException {
        LabelledSlice even = SliceFiles.disk(32, 3);
        double confident = confidenceInTheExpert(segmenter, even);
        double bound = 0.2 * deviation(even.image());
        for (Disturbance attack : new Disturbance[] {Disturbance.FGSM, Disturbance.PGD}) {
            LabelledSlice attacked = attack.change(0.2, segmenter, Device.cpu()).of(even, 0);
            double farthest = 0;
            for (int i = 0; i < even.image().length; i++) {
                farthest = Math.max(farthest, Math.abs(attacked.image()[i] - even.image()[i]));
            }
            assertThat(farthest).as(attack.text()).isBetween(bound * 0.99, bound * 1.001);
            assertThat(confidenceInTheExpert(segmenter, attacked))
                    .as(attack.text())
                    .isLessThan(confident);
        }
    }

    /**
     * A network like the recipe's, whose mask is finished before it is scored: the attack moves each grey level whose influence on the
     * finished network's cross-entropy is clear in the direction in which that grows, and none that has no influence.
     */
    @Test
    void attacksGoThroughWhatFinishesAMask() throws IOException {
        Path file = folder.resolve("finished");
        ModelConfig config = new ModelConfig(
                ModelConfig.Kind.UNET, 2, 2, Norm.NONE, 2, 32, 32, InputScaling.STANDARD, 16, Views.MIRRORED, true);
        try (Scope scope = Scope.noGrad()) {
            config.save(file, config.build(Device.cpu(), 7), Map.of());
        }
        LabelledSlice even = SliceFiles.disk(32, 3);
        try (Segmenter recipe = Segmenter.load(file, Device.cpu(), null)) {
            LabelledSlice attacked =
                    Disturbance.FGSM.change(0.1, recipe, Device.cpu()).of(even, 0);
            float[] slopes = slopes(recipe, even);
            int clear = 0;
            for (int i = 0; i < slopes.length; i++) {
                int row = i / 32;
                int column = i % 32;
                boolean seen = row >= 8 && row < 24 && column >= 8 && column < 24;
                float moved = attacked.image()[i] - even.image()[i];
                if (!seen) {
                    assertThat(moved).as("outside, %d", i).isZero();
                } else if (Math.abs(slopes[i]) > 2e-5) {
                    clear++;
                    assertThat(Math.signum(moved))
                            .as("pixel %d, slope %s", i, slopes[i])
                            .isEqualTo(Math.signum(slopes[i]));
                }
            }
            assertThat(clear).isGreaterThan(8);
        }
    }

    /**
     * By how much the finished network's cross-entropy is larger with a grey level 3 higher than with it 3 lower, for those in
     * every fourth row of the square in the middle.
     */
    private static float[] slopes(Segmenter segmenter, LabelledSlice s) {
        int pixels = s.label().length;
        float[] slopes = new float[pixels];
        for (int row = 8; row < 24; row += 4) { // 32 images at once
            int first = row * s.columns() + 8;
            float[] images = new float[32 * pixels];
            for (int k = 0; k < 32; k++) {
                float[] grey = s.image().clone();
                grey[first + k / 2] += k % 2 == 0 ? 3 : -3;
                segmenter.config().input().apply(grey);
                System.arraycopy(grey, 0, images, k * pixels, pixels);
            }
            try (Scope scope = Scope.noGrad()) {
                Tensor x = Tensor.of(Device.cpu(), images, 32, s.rows(), s.columns(), 1);
                float[] p = segmenter
                        .finished()
                        .forward(x, Pass.INFERENCE)
                        .softmax()
                        .toArray();
                for (int k = 0; k < 32; k++) {
                    double error = 0;
                    for (int i = 0; i < pixels; i++) {
                        error -= Math.log(p[2 * (k * pixels + i) + s.label()[i]]) / pixels;
                    }
                    slopes[first + k / 2] += (float) (k % 2 == 0 ? error : -error);
                }
            }
        }
        return slopes;
    }

    /** Mean probability of the expert's classes, of two. */
    private static double confidenceInTheExpert(Segmenter segmenter, LabelledSlice s) throws IOException {
        float[] p = segmenter
                .predict("slice", s.rows(), s.columns(), s.image())
                .probabilities()
                .array();
        double sum = 0;
        for (int i = 0; i < s.label().length; i++) {
            sum += p[2 * i + s.label()[i]];
        }
        return sum / s.label().length;
    }

    @Test
    void requirementsAreReadStrictly() throws IOException {
        Path root = Path.of("requirements");
        assertThat(Requirements.read(root.resolve("phantom.yaml")).rows()).hasSize(17);
        assertThat(Requirements.read(root.resolve("impossible.yaml")).rows()).hasSize(3);
        Path file = folder.resolve("r.yaml");
        for (Map.Entry<String, String> bad : Map.of(
                        "{id: a, measure: dice}", "it needs either min or max",
                        "{id: a, measure: dice, min: 0, max: 1}", "it needs either min or max",
                        "{id: a, measure: beauty, min: 1}", "'beauty' is not known; there are dice, ",
                        "{id: a, measure: dice, min: 1, maximum: 2}", "'maximum' is not known",
                        "{id: a, measure: dice, under: noise, min: 1}", "it needs a strength",
                        "{id: a, measure: latency_p50_ms, under: fgsm, strength: 1, max: 1}", "a measure of masks",
                        "{id: a, measure: dice, min: 1}\n- {id: a, measure: dice, min: 1}", "are called a",
                        "{id: a, id: b}", "duplicate key")
                .entrySet()) {
            Files.writeString(file, "name: n\nrequirements:\n- " + bad.getKey() + "\n");
            assertThatThrownBy(() -> Requirements.read(file))
                    .as(bad.getKey())
                    .hasMessageStartingWith(file + ": these are no requirements: ")
                    .hasMessageContaining(bad.getValue());
        }
    }
}
