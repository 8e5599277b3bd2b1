package dev.aorta.cuda;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.aorta.Device;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Drivers that end or hang the process that loads them; a program that takes what there is goes on with the CPU. */
class TrialTest {
    @TempDir
    Path folder;

    private @Nullable String before;

    /** A program that takes what there is. */
    public static void main(String[] arguments) {
        try (Device device = Device.of("auto")) {
            System.out.println("device " + device);
        }
    }

    @BeforeEach
    void remember() {
        before = System.getProperty("aorta.cuda.path");
    }

    @AfterEach
    void restore() {
        if (before == null) {
            System.clearProperty("aorta.cuda.path");
        } else {
            System.setProperty("aorta.cuda.path", before);
        }
    }

    @ParameterizedTest
    @CsvSource({
        "exit, _exit(0), ends the program that loads it (exit status 0)",
        "abort, abort(), ends the program that loads it (exit status 134)",
        "crash, raise(SIGSEGV), ends the program that loads it (exit status 1",
        "hang, for (;;) pause(), does not answer within 2 s"
    })
    void aDriverThatHarmsItsProcessIsRefusedAndRemembered(String name, String code, String message) throws Exception {
        Path driver = driver(name, code);
        System.setProperty("aorta.cuda.path", driver.resolveSibling("").toString());
        Path memory = folder.resolve("cache").resolve("memory");
        assertThat(Trial.run(driver, memory, name.equals("hang") ? 2 : 30))
                .startsWith("[cuda] the driver " + driver + " " + message);
        assertThat(Files.readString(memory)).contains(message);
    }

    @Test
    void aDriverThatSaysNoIsNotRemembered() throws Exception {
        Path driver = driver("symbols", "(void)0");
        System.setProperty("aorta.cuda.path", driver.resolveSibling("").toString());
        Path memory = folder.resolve("memory");
        assertThat(Trial.run(driver, memory, 30)).isNotEmpty().doesNotContain("refused");
    }

    @Test
    void autoReachesTheCpu() throws Exception {
        Path driver = driver("abort", "abort()");
        assertThat(auto(driver)).contains("device cpu");
        assertThat(auto(driver)).as("remembered").contains("device cpu", "tried     before");
        assertThat(auto(driver, "-Djava.io.tmpdir=/nonexistent", "-Daorta.cuda.other=1"))
                .contains("device cpu");
    }

    private String auto(Path driver, String... options) throws Exception {
        var command = new ArrayList<>(List.of(
                Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                "-XX:TieredStopAtLevel=1",
                "-Daorta.cuda.path=" + driver.resolveSibling("")));
        command.addAll(List.of(options));
        command.addAll(List.of("-cp", System.getProperty("java.class.path"), TrialTest.class.getName()));
        ProcessBuilder builder = new ProcessBuilder(command).redirectErrorStream(true);
        builder.environment().put("XDG_CACHE_HOME", folder.resolve("cache").toString());
        Process process = builder.start();
        String output = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
        assertThat(process.waitFor(1, TimeUnit.MINUTES)).isTrue();
        assertThat(process.exitValue()).as(output).isZero();
        return output;
    }

    /** A library that does {@code code} when it is loaded. */
    private Path driver(String name, String code) throws IOException, InterruptedException {
        assumeTrue(
                SoftwareCuda.isInstalled("gcc"), "skipped: broken drivers are made with gcc, which is not installed");
        Path made = Files.createDirectories(folder.resolve(name)).resolve("libcuda.so.1");
        Path source = Files.writeString(
                folder.resolve(name + ".c"),
                "#include <signal.h>\n#include <stdlib.h>\n#include <unistd.h>\n__attribute__((constructor)) static void f(void) { "
                        + code + "; }\n");
        int status = new ProcessBuilder("gcc", "-shared", "-fPIC", "-o", made.toString(), source.toString())
                .inheritIO()
                .start()
                .waitFor();
        assertThat(status).isZero();
        return made;
    }
}
