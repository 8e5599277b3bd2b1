package dev.aorta.io;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.aorta.Device;
import dev.aorta.Parameter;
import dev.aorta.Shape;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class CheckpointTest {
    @TempDir
    Path folder;

    @Test
    void whatIsSavedIsRestored() throws IOException {
        Path file = folder.resolve("model.safetensors");
        Checkpoint.save(file, List.of(parameter("a", 1, 2), parameter("b", 3)), Map.of("network", "test"));
        Safetensors saved = Safetensors.read(file);
        assertThat(saved.metadata()).containsExactly(Map.entry("network", "test"));
        Parameter a = parameter("a", 0, 0);
        Parameter b = parameter("b", 0);
        Checkpoint.restore(file, saved, List.of(a, b));
        assertThat(a.toArray()).containsExactly(1, 2);
        assertThat(b.toArray()).containsExactly(3);
    }

    @Test
    void aFileOfAnotherNetworkChangesNothing() throws IOException {
        Path file = folder.resolve("model.safetensors");
        Checkpoint.save(file, List.of(parameter("a", 1, 2), parameter("b", 3)), Map.of());
        Safetensors saved = Safetensors.read(file);
        Parameter a = parameter("a", 7, 7);
        assertThatThrownBy(() -> Checkpoint.restore(file, saved, List.of(a, parameter("b", 0, 0))))
                .isInstanceOf(FormatException.class)
                .hasMessage(file + ": tensor 'b' is [1], the network needs [2]");
        assertThatThrownBy(() -> Checkpoint.restore(file, saved, List.of(a, parameter("c", 0))))
                .hasMessage(file + ": there is no tensor 'c' [1]; the file is of another network");
        assertThatThrownBy(() -> Checkpoint.restore(file, saved, List.of(a)))
                .hasMessage(file + ": holds 2 tensors, the network has 1; the file is of another network");
        assertThat(a.toArray()).containsExactly(7, 7);
    }

    private static Parameter parameter(String name, float... values) {
        return new Parameter(name, Device.cpu(), Shape.of(values.length), values, true);
    }
}
