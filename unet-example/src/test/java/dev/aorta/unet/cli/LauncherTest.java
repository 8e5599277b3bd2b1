package dev.aorta.unet.cli;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The script {@code unet}, copied to a folder where all is built and Java is a script that tells its locale and arguments. */
class LauncherTest {
    @TempDir
    Path folder;

    @Test
    void namesThatAreNotAsciiCanBeGivenInEveryLocale() throws Exception {
        Assumptions.assumeTrue(Files.isExecutable(Path.of("/bin/sh")), "needs a POSIX shell");
        Path launcher = install();
        assertThat(run(launcher, Map.of())).isEqualTo("C.UTF-8");
        assertThat(run(launcher, Map.of("LANG", "C"))).isEqualTo("C.UTF-8");
        assertThat(run(launcher, Map.of("LANG", "C.UTF-8", "LC_ALL", "POSIX"))).isEqualTo("C.UTF-8");
        assertThat(run(launcher, Map.of("LANG", "C.UTF-8"))).isEqualTo("unchanged");
        assertThat(run(launcher, Map.of("LANG", "C", "LC_CTYPE", "C.UTF-8"))).isEqualTo("unchanged");
        assertThat(run(launcher, Map.of("LC_ALL", "xx_XX.UTF-8")))
                .as("a locale that is not installed")
                .isEqualTo("C.UTF-8");
    }

    private Path install() throws IOException {
        Path root = Files.createDirectories(folder.resolve("a root"));
        for (String module : List.of("core", "cuda-kernels", "unet-example/target", ".mvn")) {
            Files.createDirectories(root.resolve(module));
        }
        Files.createFile(root.resolve("pom.xml"));
        Files.createFile(root.resolve("unet-example/target/built"));
        Files.copy(Path.of("../.mvn/launch.sh"), root.resolve(".mvn/launch.sh"));
        Path jdk = Files.createDirectories(folder.resolve("jdk/bin"));
        Files.writeString(folder.resolve("jdk/release"), "JAVA_VERSION=\"25.0.1\"\n");
        executable(jdk.resolve("javac"), "#!/bin/sh\n");
        executable(jdk.resolve("java"), "#!/bin/sh\necho \"${LC_ALL:-unchanged}\"\n");
        return executable(root.resolve("unet-example/unet"), Files.readString(Path.of("unet")));
    }

    private static Path executable(Path file, String script) throws IOException {
        Files.writeString(file, script);
        return Files.setPosixFilePermissions(file, PosixFilePermissions.fromString("rwxr-xr-x"));
    }

    private String run(Path launcher, Map<String, String> locale) throws Exception {
        ProcessBuilder unet = new ProcessBuilder(launcher.toString(), "--version").redirectErrorStream(true);
        unet.environment().keySet().removeIf(name -> name.equals("LANG") || name.startsWith("LC_"));
        unet.environment().putAll(locale);
        unet.environment().put("JAVA_HOME", folder.resolve("jdk").toString());
        Process process = unet.start();
        String out = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8).strip();
        assertThat(process.waitFor()).as(out).isZero();
        return out;
    }
}
