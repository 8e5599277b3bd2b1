package dev.aorta.io;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.aorta.Device;
import dev.aorta.Scope;
import dev.aorta.nn.Layer;
import dev.aorta.nn.Layers;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Random;
import java.util.SequencedMap;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A saved network whose bits have changed is not taken for a network. */
class DigestTest {
    private static final int SEED = 330;

    @TempDir
    Path folder;

    private Path file;

    @BeforeEach
    void save() throws IOException {
        file = folder.resolve("model.safetensors");
        try (Scope model = Scope.open()) {
            Checkpoint.save(file, network().parameters(), Map.of("what", "a linear layer"));
        }
    }

    private static Layer network() {
        return new Layers(Device.cpu(), 1).linear(30, 40);
    }

    @Test
    void aFileWithItsDigestIsRead() throws IOException {
        Safetensors saved = Safetensors.read(file);
        assertThat(saved.isDigested()).isTrue();
        assertThat(saved.metadata()).containsEntry("what", "a linear layer").containsKey("aorta.sha256");
        Path again = folder.resolve("again");
        saved.write(again);
        assertThat(again).hasSameBinaryContentAs(file);
        assertThat(saved.digested()).isEqualTo(new Safetensors(saved.metadata(), saved.tensors()));
    }

    /** 330 of 330 such files were taken. */
    @Test
    void everyFlippedBitIsFound() throws IOException {
        byte[] sound = Files.readAllBytes(file);
        Random random = new Random(SEED);
        Path flipped = folder.resolve("flipped");
        for (int i = 0; i < 330; i++) {
            byte[] bytes = sound.clone();
            int at = random.nextInt(bytes.length);
            int bit = random.nextInt(8);
            bytes[at] ^= (byte) (1 << bit);
            Files.write(flipped, bytes);
            assertThatThrownBy(() -> Safetensors.read(flipped))
                    .as("seed %d, number %d: byte %d, bit %d", SEED, i, at, bit)
                    .isInstanceOf(FormatException.class)
                    .hasMessageContaining(flipped.toString());
        }
    }

    @Test
    void aWeightThatIsNoNumberIsNotLoaded() throws IOException {
        try (Scope model = Scope.open()) {
            Layer network = network();
            Safetensors saved = Safetensors.read(file);
            String name = network.parameters().getFirst().name();
            SequencedMap<String, Safetensors.Entry> tensors = new LinkedHashMap<>(saved.tensors());
            float[] values = saved.tensor(name).floats();
            values[7] = Float.NaN;
            tensors.put(name, Safetensors.Entry.of(values, saved.tensor(name).shape()));
            assertThatThrownBy(() -> Checkpoint.restore(file, new Safetensors(Map.of(), tensors), network.parameters()))
                    .isInstanceOf(FormatException.class)
                    .hasMessage(file + ": tensor '" + name + "' holds NaN at element 7, which is no weight; the file is"
                            + " damaged, or of a training that failed");
        }
    }
}
