package dev.aorta.io;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.aorta.Device;
import dev.aorta.Parameter;
import dev.aorta.Shape;
import java.io.IOException;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.SequencedMap;
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
        assertThat(saved.metadata()).containsEntry("network", "test").containsOnlyKeys("network", "aorta.sha256");
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

    @Test
    void aSharedParameterIsSavedOnceAndTwoOfOneNameAreRefused() throws IOException {
        Path file = folder.resolve("model.safetensors");
        Parameter a = parameter("a", 1);
        Checkpoint.save(file, List.of(a, a), Map.of());
        assertThat(Safetensors.read(file).tensors()).containsOnlyKeys("a");
        assertThatThrownBy(() -> Checkpoint.save(file, List.of(a, parameter("a", 2)), Map.of()))
                .hasMessageStartingWith("[checkpoint] two parameters have one name, a [");
    }

    @Test
    void aTensorOfAnotherTypeIsNamedWithItsFile() {
        Path file = folder.resolve("model.safetensors");
        SequencedMap<String, Safetensors.Entry> tensors = new LinkedHashMap<>();
        tensors.put("a", Safetensors.Entry.of(Safetensors.DType.I32, new byte[4], 1));
        Safetensors saved = new Safetensors(Map.of(), tensors);
        assertThatThrownBy(() -> Checkpoint.restore(file, saved, List.of(parameter("a", 7))))
                .isInstanceOf(FormatException.class)
                .hasMessage(file + ": tensor 'a': a tensor of I32 cannot be read as float32; convert it first");
    }

    @Test
    void aFolderInPlaceOfTheFileIsNamed() {
        assertThatThrownBy(() -> Safetensors.read(folder))
                .isInstanceOf(IOException.class)
                .hasMessageContaining(folder.toString());
    }

    private static Parameter parameter(String name, float... values) {
        return new Parameter(name, Device.cpu(), Shape.of(values.length), values, true);
    }
}
