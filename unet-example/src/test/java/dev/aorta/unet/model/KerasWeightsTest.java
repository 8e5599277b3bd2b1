package dev.aorta.unet.model;

import static org.assertj.core.api.Assertions.assertThat;

import dev.aorta.Device;
import dev.aorta.Parameter;
import dev.aorta.io.Safetensors;
import dev.aorta.io.Safetensors.Entry;
import dev.aorta.io.StateDict;
import dev.aorta.io.WeightLayout;
import dev.aorta.nn.Layer;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.SequencedMap;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The lab network's weights as Keras keeps them, by the map of docs/weights.md. */
class KerasWeightsTest {
    private static final Map<String, String> NAMES = Map.of(
            "conv2d", "conv1",
            "conv2d_1", "conv2",
            "conv2d_2", "conv3",
            "conv2d_3", "conv4",
            "conv2d_4", "score",
            "conv2d_transpose", "up");

    @TempDir
    Path folder;

    @Test
    void theLabNetworksWeightsLoadByTheDocumentedMap() throws IOException {
        try (Device device = Device.cpu(1)) {
            Layer trained = LabNetwork.of(device, 1);
            Layer network = LabNetwork.of(device, 2);
            Path file = folder.resolve("lab.safetensors");
            new Safetensors(Map.of(), keras(trained)).write(file);
            StateDict.read(file, WeightLayout.KERAS).renamed(NAMES).load(network);
            for (int i = 0; i < network.parameters().size(); i++) {
                assertThat(network.parameters().get(i).toArray())
                        .as(network.parameters().get(i).name())
                        .isEqualTo(trained.parameters().get(i).toArray());
            }
        }
    }

    /** Convolutions are (kH, kW, in, out) in Keras, transposed ones (kH, kW, out, in); ours begin with the last of these axes. */
    private static SequencedMap<String, Entry> keras(Layer network) {
        SequencedMap<String, Entry> tensors = new LinkedHashMap<>();
        NAMES.forEach((theirs, ours) -> {
            for (Parameter p : network.parameters()) {
                if (p.name().equals(ours + ".weight")) {
                    int[] s = p.shape().dims();
                    float[] values = p.toArray();
                    float[] kernel = new float[values.length];
                    for (int i = 0; i < values.length; i++) {
                        int first = i / (values.length / s[0]);
                        kernel[i % (values.length / s[0]) * s[0] + first] = values[i];
                    }
                    tensors.put(theirs + "/kernel:0", Entry.of(kernel, s[1], s[2], s[3], s[0]));
                } else if (p.name().equals(ours + ".bias")) {
                    tensors.put(
                            theirs + "/bias:0", Entry.of(p.toArray(), p.shape().dims()));
                }
            }
        });
        return tensors;
    }

    @Test
    void theMapStandsInTheDocumentation() throws IOException {
        String docs = Files.readString(Path.of(System.getProperty("aorta.root")).resolve("docs/weights.md"));
        NAMES.forEach((theirs, ours) -> assertThat(docs).contains('"' + theirs + "\", \"" + ours + '"'));
    }
}
