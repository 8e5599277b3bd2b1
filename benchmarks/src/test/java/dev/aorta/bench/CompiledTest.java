package dev.aorta.bench;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.DisabledOnOs;
import org.junit.jupiter.api.condition.OS;
import org.junit.jupiter.api.io.TempDir;

/** The protocol, with a shell script in Python's place. */
@DisabledOnOs(OS.WINDOWS)
class CompiledTest {
    private static final Network.UNet UNET = new Network.UNet(16);

    @TempDir
    Path folder;

    @Test
    void asksForStepsAndInferences() throws IOException {
        Path log = folder.resolve("log");
        String python = python("""
                shift 2
                echo "$@" > %s
                echo ready
                while read -r line; do echo "$line" >> %s; echo "done"; done
                """.formatted(log, log));
        try (Compiled compiled = new Compiled(python, UNET, 4, true, 2)) {
            compiled.step();
            compiled.infer();
            assertThat(compiled.engine()).isEqualTo("torch.compile channels-last");
        }
        assertThat(log).hasContent("16 4 channels-last 2 1.0E-5\nstep\ninfer");
    }

    @Test
    void aProcessThatEndsOrSaysElseIsAnError() throws IOException {
        String python = python("exit 1");
        assertThatThrownBy(() -> new Compiled(python, UNET, 1, false, 1))
                .isInstanceOf(IOException.class)
                .hasMessage(
                        "torch.compile NCHW: its process ended where it should have said 'ready'; what it printed above"
                                + " tells why");
        String other = python("echo ready; read -r line; echo no");
        try (Compiled compiled = new Compiled(other, UNET, 1, false, 1)) {
            assertThatThrownBy(compiled::step)
                    .isInstanceOf(UncheckedIOException.class)
                    .hasMessageContaining("said 'no' where it should have said 'done'");
        }
    }

    @Test
    void onlyAPythonWithTorch2IsTaken() throws IOException {
        assertThat(Compiled.torch(python("echo 2.6.0+debian"))).contains("2.6.0+debian");
        assertThat(Compiled.torch(python("echo 1.13.1"))).isEmpty();
        assertThat(Compiled.torch(python("echo No module named torch >&2; exit 1")))
                .isEmpty();
        assertThat(Compiled.torch(folder.resolve("none").toString())).isEmpty();
    }

    private String python(String script) throws IOException {
        Path file = Files.createTempFile(
                folder,
                "python",
                "",
                PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rwx------")));
        return Files.writeString(file, "#!/bin/sh\n" + script).toString();
    }
}
