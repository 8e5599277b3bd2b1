package dev.aorta.io;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.junit.jupiter.api.Assertions.assertTimeoutPreemptively;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Arrays;
import java.util.Map;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Files that PyTorch wrote before 1.6. */
class LegacyTorchFileTest {
    @TempDir
    Path folder;

    /** A storage of two tensors, described by six parts, and one of a third. */
    private static byte[] sound() {
        TorchFile file = TorchFile.begin().beginDict().text("a");
        file.legacyTensor("0", TorchFile.floats(1, 2, 3, 4, 5, 6), 0, new long[] {2, 3}, new long[] {1, 2});
        file.text("b").legacyTensor("0", TorchFile.floats(1, 2, 3, 4, 5, 6), 4, new long[] {2}, new long[] {1});
        file.text("c").legacyTensor("1", TorchFile.floats(7), 0, new long[] {1}, new long[] {1});
        return file.endDict().opcode('.').legacy();
    }

    private Path file(byte[] bytes) throws IOException {
        return Files.write(folder.resolve("old.pth"), bytes);
    }

    @Test
    void tensorsLieBehindThePickles() throws IOException {
        StateDict read = StateDict.read(file(sound()));
        assertThat(read.tensors().sequencedKeySet()).containsExactly("a", "b", "c");
        Path again = folder.resolve("again.safetensors");
        read.write(again);
        Safetensors tensors = Safetensors.read(again);
        assertThat(tensors.tensor("a").shape()).containsExactly(2, 3);
        assertThat(tensors.tensor("a").floats()).containsExactly(1, 3, 5, 2, 4, 6);
        assertThat(tensors.tensor("b").floats()).containsExactly(5, 6);
        assertThat(tensors.tensor("c").floats()).containsExactly(7);
    }

    @Test
    void whatBreaksTheFormatIsRefused() throws IOException {
        byte[] sound = sound();
        refuses(
                Arrays.copyOf(sound, sound.length - 1),
                "a storage of 1 elements begins where 1 must be; 3 bytes are left");
        refuses(Arrays.copyOf(sound, sound.length - 8), "it ends, or goes on with a storage that no tensor uses");
        refuses(TorchFile.begin().text("longer").opcode('.').pickle(), "it is a pickle of something else");
        byte[] version = sound.clone();
        version[18]++;
        refuses(version, "it is not of version 1001");
    }

    private void refuses(byte[] bytes, String message) throws IOException {
        Path file = file(bytes);
        assertThatThrownBy(() -> StateDict.read(file))
                .isInstanceOf(FormatException.class)
                .hasMessageStartingWith(file + " is not a sound file of torch.save: ")
                .hasMessageContaining(message);
    }

    @Test
    void aThousandMutatedFilesGiveANamedErrorOrASoundFile() {
        byte[] sound = sound();
        assertTimeoutPreemptively(Duration.ofSeconds(30), () -> {
            for (long seed = 0; seed < 1000; seed++) {
                Random random = new Random(seed);
                byte[] mutated = sound.clone();
                for (int i = random.nextInt(1, 4); i > 0; i--) {
                    mutated[random.nextInt(mutated.length)] = (byte) random.nextInt();
                }
                try {
                    Map<String, Safetensors.Entry> read = LegacyTorchFile.read(file(mutated));
                    assertThat(read.size()).as("seed %d", seed).isLessThanOrEqualTo(3);
                } catch (FormatException named) {
                    assertThat(named).as("seed %d", seed).hasMessageContaining(" is not a sound file of torch.save: ");
                }
            }
        });
    }
}
