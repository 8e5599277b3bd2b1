package dev.aorta.explain;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import dev.aorta.Device;
import dev.aorta.Gradients;
import dev.aorta.Scope;
import dev.aorta.Shape;
import dev.aorta.Tensor;
import dev.aorta.backend.CounterRandom;
import dev.aorta.backend.reference.ReferenceBackend;
import dev.aorta.data.Values;
import dev.aorta.explain.Trained.Picture;
import dev.aorta.nn.Layer;
import dev.aorta.nn.Layers;
import dev.aorta.nn.Pass;
import dev.aorta.onnx.Onnx;
import dev.aorta.onnx.OnnxExport;
import java.io.IOException;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What maps mean: on networks that learnt to find a square, and one that learnt to cheat. */
class ExplainTest {
    private static final long SEED = 17;
    private static final int SIDE = Trained.SIDE;
    private static final Device DEVICE = Device.cpu();

    private static Layer network;
    private static Picture picture;
    private static Tensor x;
    private static Target target;

    @BeforeAll
    static void learn() {
        network = Trained.learnsSquares(DEVICE, SEED);
        picture = Picture.of(12345, 0.7f, false);
        x = picture.on(DEVICE);
        target = Target.ofPixels(1, picture.pixels());
    }

    /** All maps of one value for each pixel. */
    private static Map<String, Values> maps(Layer network, Tensor x, Target target) {
        Tensor empty = Tensor.zeros(DEVICE, x.shape());
        Map<String, Values> maps = new LinkedHashMap<>();
        maps.put("gradcam", GradCam.resized(GradCam.map(network, x, "bottom", target), SIDE, SIDE));
        maps.put(
                "integrated",
                IntegratedGradients.of(network, x, empty, target, 30).contributions());
        maps.put("smoothgrad", SmoothGrad.map(network, x, target, 10, 0.1, SEED));
        maps.put("occlusion", Occlusion.map(network, x, target, 4, 2, 0));
        return maps;
    }

    /** The gradient of a layer before a linear head is the head's weight, so that the map is what the head adds up. */
    @Test
    void gradCamOfTheLastLayerIsTheLogitWithoutItsBias() {
        Values map = GradCam.map(network, x, "up.relu", Target.ofClass(1));
        float[] logits;
        try (Scope scope = Scope.noGrad()) {
            logits = network.forward(x, Pass.INFERENCE).toArray();
        }
        float bias = network.parameters().getLast().toArray()[1];
        for (int i = 0; i < SIDE * SIDE; i++) {
            assertThat(map.array()[i]).isCloseTo(Math.max(0, logits[2 * i + 1] - bias), within(1e-4f));
        }
        assertThat(GradCam.layers(network, x))
                .containsExactly("first", "first.maxPool2d", "bottom", "up", "up.relu", "head");
        assertThatThrownBy(() -> GradCam.map(network, x, "buttom", target))
                .hasMessageContaining("nothing is called 'buttom'; there are [first, ");
    }

    @Test
    void contributionsAddUpToTheDifferenceOfTheScores() {
        Tensor empty = Tensor.zeros(DEVICE, x.shape());
        double difference =
                InputGradient.scores(network, x, target)[0] - InputGradient.scores(network, empty, target)[0];
        assertThat(Math.abs(difference)).isGreaterThan(10);
        IntegratedGradients fine = IntegratedGradients.of(network, x, empty, target, 300);
        double sum = 0;
        for (float c : fine.contributions().array()) {
            sum += c;
        }
        assertThat(sum).isCloseTo(difference, within(0.005 * Math.abs(difference)));
        assertThat((double) fine.gaps()[0]).isCloseTo(sum - difference, within(1e-3));
        IntegratedGradients coarse = IntegratedGradients.of(network, x, empty, target, 2);
        assertThat(Math.abs(coarse.gaps()[0])).isGreaterThan(Math.abs(fine.gaps()[0]));
    }

    @Test
    void otherWeightsGiveOtherMaps() {
        Map<String, Values> learnt = maps(network, x, target);
        Map<String, Double> likeness = new LinkedHashMap<>();
        for (int seed = 1; seed <= 5; seed++) {
            maps(Trained.segmenter(DEVICE, seed), x, target)
                    .forEach((method, map) -> likeness.merge(
                            method, correlation(map, Objects.requireNonNull(learnt.get(method))) / 5, Double::sum));
        }
        assertThat(likeness)
                .hasSize(4)
                .allSatisfy((method, mean) -> assertThat(mean).as(method).isLessThan(0.5));
    }

    @Test
    void orderedByAMapTheScoreFallsSoonerAndRisesSoonerThanByChance() {
        double[] chance = new double[2];
        for (int i = 0; i < 5; i++) {
            float[] noise = new float[SIDE * SIDE];
            for (int k = 0; k < noise.length; k++) {
                noise[k] = CounterRandom.uniform(SEED + i, k);
            }
            Values random = new Values(noise, Shape.of(1, SIDE, SIDE));
            chance[0] +=
                    Perturbation.deletion(network, x, random, target, 16, 0).area() / 5;
            chance[1] +=
                    Perturbation.insertion(network, x, random, target, 16, 0).area() / 5;
        }
        maps(network, x, target).forEach((method, map) -> {
            assertThat(Perturbation.deletion(network, x, map, target, 16, 0).area())
                    .as("deletion by " + method)
                    .isLessThan(chance[0]);
            assertThat(Perturbation.insertion(network, x, map, target, 16, 0).area())
                    .as("insertion by " + method)
                    .isGreaterThan(chance[1]);
        });
    }

    /** The cheat's maps lie in the corner with the marker, the honest network's on the square. */
    @Test
    void aNetworkThatLooksAtAMarkerIsCaught() {
        Layer cheat = Trained.learnsClasses(DEVICE, SEED, true);
        Layer honest = Trained.learnsClasses(DEVICE, SEED, false);
        Tensor marked = Picture.of(777, 0.15f, true).on(DEVICE);
        Tensor unmarked = Picture.of(777, 0.15f, false).on(DEVICE);
        Tensor clean = Picture.of(777, 0.7f, false).on(DEVICE);
        Target yes = output -> output.slice(1, 1, 2).sub(output.slice(1, 0, 1)).sum(1);
        assertThat(InputGradient.scores(cheat, marked, yes)[0]).isPositive();
        assertThat(InputGradient.scores(cheat, unmarked, yes)[0])
                .as("without the marker it is lost")
                .isNegative();
        maps(cheat, marked, yes)
                .forEach((method, map) -> assertThat(inCorner(map))
                        .as(method + " of the cheat")
                        .isGreaterThan(method.equals("smoothgrad") ? 0.2 : 0.5));
        maps(honest, clean, yes)
                .forEach((method, map) -> assertThat(inCorner(map))
                        .as(method + " of the honest one")
                        .isLessThan(0.2));
    }

    /** Share of what speaks for the class in the 5 x 5 pixels around the marker. */
    private static double inCorner(Values map) {
        double corner = 0;
        double all = 0;
        for (int i = 0; i < SIDE * SIDE; i++) {
            double value = Math.max(0, map.array()[i]);
            all += value;
            corner += i / SIDE < 5 && i % SIDE < 5 ? value : 0;
        }
        return corner / all;
    }

    private static double correlation(Values a, Values b) {
        double n = a.array().length;
        double sa = 0;
        double sb = 0;
        double saa = 0;
        double sbb = 0;
        double sab = 0;
        for (int i = 0; i < n; i++) {
            double p = a.array()[i];
            double q = b.array()[i];
            sa += p;
            sb += q;
            saa += p * p;
            sbb += q * q;
            sab += p * q;
        }
        double spread = (saa - sa * sa / n) * (sbb - sb * sb / n);
        return spread == 0 ? 0 : (sab - sa * sb / n) / Math.sqrt(spread);
    }

    @Test
    void anImportedNetworkIsExplainedAsTheOriginal(@TempDir Path folder) throws IOException {
        Path file = folder.resolve("segmenter.onnx");
        OnnxExport.save(network, file, Shape.of(1, SIDE, SIDE, 1));
        Layer imported = Onnx.load(file, DEVICE).channelsLast();
        assertThat(GradCam.layers(imported, x)).contains("bottom");
        Map<String, Values> originals = maps(network, x, target);
        maps(imported, x, target)
                .forEach((method, map) -> assertThat(correlation(map, Objects.requireNonNull(originals.get(method))))
                        .as(method)
                        .isGreaterThan(0.999));
    }

    @Test
    void symmetriesAreTurnedBack() {
        Uncertainty sure = Uncertainty.ofSymmetries(network, x);
        int inside = 0;
        for (int i = 0; i < SIDE * SIDE; i++) {
            boolean found = sure.probabilities().array()[2 * i + 1] > 0.5;
            inside += found == (picture.mask()[i] == 1) ? 1 : 0;
        }
        assertThat(inside).as("pixels that the mean of all eight has right").isGreaterThan(SIDE * SIDE - 20);
        assertThat(sure.entropy().shape()).isEqualTo(Shape.of(1, SIDE, SIDE));
        Layers net = new Layers(DEVICE, 1);
        Layer guesses = net.conv2d(1, 2, 1);
        guesses.parameters().forEach(p -> p.fill(0));
        assertThat(Uncertainty.ofSymmetries(guesses, x).entropy().array()).containsOnly(1f);
        assertThat(Uncertainty.ofSymmetries(guesses, x).disagreement().array()).containsOnly(0f);
    }

    /** A network that gives each pixel its own number as a logit: what is moved must come back to its place. */
    @Test
    void viewsAreTakenBack() {
        Layer each = new Layers(DEVICE, 1).function(image -> Tensor.concat(3, image.mul(0), image));
        List<Uncertainty.View> moved = List.of(Uncertainty.View.shifted(2, -3), Uncertainty.View.shifted(-1, 4));
        float[] p = Uncertainty.ofViews(each, x, moved).probabilities().array();
        float[] straight = Uncertainty.ofViews(each, x, List.of(Uncertainty.View.SAME))
                .probabilities()
                .array();
        for (int i = 0; i < SIDE * SIDE; i++) {
            boolean inside = i / SIDE >= 2 && i / SIDE < SIDE - 2 && i % SIDE >= 4 && i % SIDE < SIDE - 4;
            if (inside) {
                assertThat(p[2 * i + 1]).isCloseTo(straight[2 * i + 1], within(1e-6f));
            }
        }
        Uncertainty louder = Uncertainty.ofViews(each, x, List.of(Uncertainty.View.scaled(3, 1)));
        assertThat(louder.probabilities().array()[1])
                .isCloseTo((float) (1 / (1 + Math.exp(-3 * x.toArray()[0] - 1))), within(1e-5f));
    }

    @Test
    void dropoutSpreadsPredictionsAndLeavesTheNetworkAlone() {
        Layers net = new Layers(DEVICE, 1);
        Layer batch = net.batchNorm(8);
        Layer dropping = net.sequential(net.conv2d(1, 8, 3), batch, net.relu(), net.dropout(0.5f), net.conv2d(8, 2, 1));
        float[] before = batch.parameters().get(2).toArray();
        Uncertainty spread = Uncertainty.ofDropout(dropping, x, 20, SEED);
        double sum = 0;
        for (float d : spread.disagreement().array()) {
            sum += d;
        }
        assertThat(sum / (SIDE * SIDE)).isGreaterThan(0.01);
        assertThat(batch.parameters().get(2).toArray()).isEqualTo(before);
        assertThat(Uncertainty.ofDropout(dropping, x, 20, SEED).entropy().array())
                .isEqualTo(spread.entropy().array());
        assertThatThrownBy(() -> Uncertainty.ofDropout(network, x, 3, SEED)).hasMessageContaining("it has no dropout");
    }

    @Test
    void calibrationComparesConfidenceWithWhatIsRight() {
        Calibration calibration = new Calibration(10);
        float[] p = {0.85f, 0.15f, 0.85f, 0.15f, 0.25f, 0.75f, 0.25f, 0.75f, 0.5f, 0.5f};
        calibration.add(new Values(p, Shape.of(5, 2)), new int[] {0, 1, 1, 1, -1});
        assertThat(calibration.curve())
                .containsExactly(new Calibration.Point(2, 0.75, 1), new Calibration.Point(2, 0.8500000238418579, 0.5));
        assertThat(calibration.error()).isCloseTo((0.25 + 0.35) / 2, within(1e-6));
    }

    /** On the backend that counts memory. */
    @Test
    void resultsKeepTheirGradientWhereAskedAndGiveItBack() {
        ReferenceBackend backend = new ReferenceBackend();
        Device device = Device.of(backend);
        try (Scope scope = Scope.open()) {
            Tensor a = Tensor.of(device, new float[] {1, 2, 3}, 3).requireGradient();
            Tensor square = a.square().keepGradient();
            Tensor other = square.mul(5);
            Gradients g = other.mul(square).sum().backward();
            assertThat(g.of(square).toArray()).containsExactly(10, 40, 90);
            assertThat(g.of(a).toArray()).containsExactly(20, 160, 540);
            assertThat(g.leaves()).containsExactly(a);
            assertThatThrownBy(() -> g.of(other)).hasMessageContaining("there is none for");
        }
        assertThat(backend.liveBuffers()).isZero();
    }
}
