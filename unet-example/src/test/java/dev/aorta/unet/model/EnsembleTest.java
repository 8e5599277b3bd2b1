package dev.aorta.unet.model;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import dev.aorta.Device;
import dev.aorta.Scope;
import dev.aorta.Tensor;
import dev.aorta.io.FormatException;
import dev.aorta.io.Safetensors;
import dev.aorta.nn.Layer;
import dev.aorta.nn.Pass;
import dev.aorta.unet.imaging.PixelSpacing;
import java.io.IOException;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.SequencedMap;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Several networks as one. */
class EnsembleTest {
    private static final int SIDE = 16;

    private final Device device = Device.cpu();

    @TempDir
    Path folder;

    private ModelConfig config(int base, @Nullable TrainedSpacing spacing, int members) {
        return new ModelConfig(
                ModelConfig.Kind.UNET,
                base,
                2,
                Norm.BATCH,
                3,
                SIDE,
                SIDE,
                InputScaling.STANDARD,
                8,
                Views.ONE,
                true,
                spacing,
                members);
    }

    private ModelConfig.Loaded network(ModelConfig config, long seed) {
        return new ModelConfig.Loaded(config, config.build(device, seed), false);
    }

    private static SequencedMap<Path, ModelConfig.Loaded> files(ModelConfig.Loaded... networks) {
        SequencedMap<Path, ModelConfig.Loaded> files = new LinkedHashMap<>();
        for (ModelConfig.Loaded network : networks) {
            files.put(Path.of("run" + (files.size() + 1)), network);
        }
        return files;
    }

    private float[] logits(Layer network) {
        float[] grey = new float[SIDE * SIDE];
        for (int i = 0; i < grey.length; i++) {
            grey[i] = (float) Math.sin(i * i);
        }
        try (Scope scope = Scope.noGrad()) {
            return network.forward(Tensor.of(device, grey, 1, SIDE, SIDE, 1), Pass.INFERENCE)
                    .toArray();
        }
    }

    /** Softmax of the logits of one pixel, in double precision. */
    private static double[] softmax(float[] logits, int pixel) {
        double[] e = new double[3];
        for (int c = 0; c < 3; c++) {
            e[c] = Math.exp(logits[3 * pixel + c]);
        }
        double sum = e[0] + e[1] + e[2];
        return new double[] {e[0] / sum, e[1] / sum, e[2] / sum};
    }

    @Test
    void itsProbabilitiesAreTheMeanAlsoWhenItIsReadAgain() throws IOException {
        ModelConfig config = config(2, null, 1);
        ModelConfig.Loaded[] one = {network(config, 1), network(config, 2), network(config, 3)};
        ModelConfig.Loaded ensemble = Ensemble.of(files(one), device);
        Path file = folder.resolve("ensemble.safetensors");
        ensemble.config().save(file, ensemble.network(), Map.of());
        ModelConfig.Loaded read = ModelConfig.load(file, device, null);
        assertThat(read.config()).isEqualTo(config(2, null, 3));
        float[] logits = logits(read.network());
        assertThat(logits).isEqualTo(logits(ensemble.network()));
        for (int i = 0; i < SIDE * SIDE; i++) {
            int row = i / SIDE;
            int column = i % SIDE;
            if (row >= 4 && row < 12 && column >= 4 && column < 12) { // the square in the middle
                double[] mean = new double[3];
                for (ModelConfig.Loaded network : one) {
                    double[] p = softmax(logits(network.network()), i);
                    for (int c = 0; c < 3; c++) {
                        mean[c] += p[c] / 3;
                    }
                }
                for (int c = 0; c < 3; c++) {
                    assertThat(Math.exp(logits[3 * i + c]))
                            .as("pixel %d, class %d", i, c)
                            .isCloseTo(mean[c], within(1e-5));
                }
            } else {
                assertThat(logits[3 * i]).as("pixel %d", i).isEqualTo(10);
            }
        }
    }

    @Test
    void itKnowsTheSpacingsOfAll() throws IOException {
        TrainedSpacing fine = new TrainedSpacing(new PixelSpacing(1.2, 1.2), 1.1, 1.3);
        TrainedSpacing coarse = new TrainedSpacing(new PixelSpacing(1.4, 1.4), 1.3, 1.5);
        ModelConfig.Loaded one = network(config(2, fine, 1), 1);
        assertThat(Ensemble.of(files(one, network(config(2, coarse, 1), 2), network(config(2, coarse, 1), 3)), device)
                        .config()
                        .spacing())
                .isEqualTo(new TrainedSpacing(new PixelSpacing(1.4, 1.4), 1.1, 1.5));
        assertThat(Ensemble.of(files(one, network(config(2, null, 1), 2)), device)
                        .config()
                        .spacing())
                .isNull();
    }

    @Test
    void networksThatAreBuiltOtherwiseAreRefused() throws FormatException {
        ModelConfig.Loaded one = network(config(2, null, 1), 1);
        assertThatThrownBy(() -> Ensemble.of(files(one, network(config(3, null, 1), 1)), device))
                .isInstanceOf(FormatException.class)
                .hasMessageStartingWith("run2 is described as {\"kind\":\"unet\",\"base\":3,")
                .hasMessageEndingWith("; the networks of an ensemble are built alike");
        ModelConfig.Loaded two = Ensemble.of(files(one, network(config(2, null, 1), 2)), device);
        assertThatThrownBy(() -> Ensemble.of(files(one, two), device))
                .isInstanceOf(FormatException.class)
                .hasMessage("run2: it is an ensemble itself, of 2 networks; an ensemble is made of single U-Nets");
    }

    /** Before memory is taken for what the description promises. */
    @Test
    void aDescriptionOfMoreNetworksThanThereAreIsRefused() throws IOException {
        ModelConfig.Loaded two =
                Ensemble.of(files(network(config(2, null, 1), 1), network(config(2, null, 1), 2)), device);
        Path file = folder.resolve("two.safetensors");
        two.config().save(file, two.network(), Map.of());
        Safetensors saved = Safetensors.read(file);
        Map<String, String> metadata = new TreeMap<>(saved.metadata());
        metadata.remove("aorta.sha256");
        metadata.computeIfPresent("aorta.model", (k, text) -> text.replace("\"members\":2", "\"members\":2000000000"));
        new Safetensors(metadata, saved.tensors()).write(file);
        assertThatThrownBy(() -> ModelConfig.load(file, device, null))
                .isInstanceOf(FormatException.class)
                .hasMessage(file + ": there is no tensor 'member3.bottom.conv2.weight'; the file holds a description"
                        + " without its network");
        metadata.computeIfPresent("aorta.model", (k, text) -> text.replace("2000000000", "0"));
        new Safetensors(metadata, saved.tensors()).write(file);
        assertThatThrownBy(() -> ModelConfig.load(file, device, null))
                .isInstanceOf(FormatException.class)
                .hasMessage(
                        file + ": the description of the network cannot be read: an ensemble of 0 networks cannot be");
        metadata.computeIfPresent(
                "aorta.model",
                (k, text) -> text.replace("\"members\":0", "\"members\":2").replace("\"unet\"", "\"lab\""));
        new Safetensors(metadata, saved.tensors()).write(file);
        assertThatThrownBy(() -> ModelConfig.load(file, device, null))
                .isInstanceOf(FormatException.class)
                .hasMessageContaining("an ensemble of 2 is of U-Nets, not of LAB");
    }
}
