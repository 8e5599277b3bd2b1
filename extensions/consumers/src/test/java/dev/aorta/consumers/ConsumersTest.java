package dev.aorta.consumers;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.File;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.jar.JarFile;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What {@code docs/library.md} says of building, packaging and starting, done with the installed jar. */
class ConsumersTest {
    private static final String VECTORS = "--add-modules=jdk.incubator.vector";
    private static final String VERSION = System.getProperty("aorta.version");
    private static final Path CORE =
            Path.of(System.getProperty("aorta.installed"), "aorta-core", VERSION, "aorta-core-" + VERSION + ".jar");
    private static final Path PROJECTS = Path.of(System.getProperty("aorta.projects"));
    private static final Path TRAIN = PROJECTS.resolve("quickstart/src/main/java/quickstart/Train.java");
    private static final Path SOURCES =
            Path.of(System.getProperty("aorta.root"), "extensions", "consumers", "src", "consumers");
    private static final String LEARNED = "accuracy 0\\.9[6-9]\\d*";

    @TempDir
    Path folder;

    @Test
    void theJarIsSmallAndNeedsTheJdkAlone() throws IOException {
        assertThat(Files.size(CORE)).isLessThan(1_500_000);
        String modules = Tool.run(
                        "jdeps", "--print-module-deps", "--ignore-missing-deps", "--multi-release", "25", CORE)
                .output();
        assertThat(modules.strip().split(",")).allMatch(m -> m.startsWith("java.") || m.startsWith("jdk."));
        try (JarFile jar = new JarFile(CORE.toFile())) {
            assertThat(jar.stream())
                    .noneMatch(e -> e.getName().endsWith(".so") || e.getName().endsWith(".jar"));
        }
    }

    @Test
    void fromTheClassPath() throws IOException, InterruptedException {
        compile("-Xlint:all", "-Werror", "-cp", CORE, "-d", folder, TRAIN);
        assertLearned(Tool.java(VECTORS, "--illegal-native-access=deny", "-cp", classPath(), "quickstart.Train"));
    }

    @Test
    void withoutTheVectorModule() throws IOException, InterruptedException {
        compile("-cp", CORE, "-d", folder, TRAIN);
        Tool run = Tool.java("-cp", classPath(), "quickstart.Train");
        assertThat(run.output()).containsPattern(LEARNED).containsOnlyOnce("WARNING");
        assertThat(run.output())
                .containsOnlyOnce("slow scalar kernels, because the Vector API is not enabled;"
                        + " start java with --add-modules jdk.incubator.vector");
    }

    @Test
    void fromTheModulePath() throws IOException, InterruptedException {
        compile(
                "-Xlint:all,-incubating",
                "-Werror",
                "-cp",
                folder,
                "-p",
                CORE,
                "-d",
                folder,
                descriptor("modular"),
                TRAIN);
        assertLearned(Tool.java(VECTORS, "-p", classPath(), "-m", "quickstart/quickstart.Train"));
    }

    @Test
    void fromAModuleThatRequiresTheVectorModule() throws IOException, InterruptedException {
        compile(
                "-Xlint:all,-incubating",
                "-Werror",
                "-cp",
                folder,
                "-p",
                CORE,
                "-d",
                folder,
                descriptor("vectors"),
                TRAIN);
        assertLearned(Tool.java("-p", classPath(), "-m", "quickstart/quickstart.Train"));
    }

    @Test
    void asAnImageOfItsOwn() throws IOException, InterruptedException {
        Path classes = folder.resolve("classes");
        Path image = folder.resolve("image");
        compile("-p", CORE, "-d", classes, descriptor("modular"), TRAIN);
        Tool jlink = Tool.run(
                "jlink",
                "--add-modules",
                "quickstart,jdk.incubator.vector",
                "--add-options=" + VECTORS,
                "--launcher",
                "train=quickstart/quickstart.Train",
                "-p",
                CORE + File.pathSeparator + classes,
                "--output",
                image);
        assertThat(jlink.status()).as(jlink.output()).isZero();
        assertLearned(Tool.start(image.resolve("bin/train")));
    }

    /** Maven has built it, as it has run its tests. */
    @Test
    void asOneJar() throws IOException, InterruptedException {
        assertLearned(Tool.java(VECTORS, "-jar", PROJECTS.resolve("quickstart/target/quickstart-1.0.jar")));
    }

    @Test
    void inAWebServiceThatSwapsModels() throws IOException, InterruptedException {
        compile("-Xlint:all", "-Werror", "-cp", CORE, "-d", folder, SOURCES.resolve("service/service/Service.java"));
        Tool run = Tool.java(VECTORS, "-Xmx256m", "-cp", classPath(), "service.Service", folder);
        assertThat(run.status()).as(run.output()).isZero();
        assertThat(run.output()).containsPattern("answers [1-9]\\d* [1-9]\\d*, swaps [1-9]\\d+");
    }

    @Test
    void anOlderJdkSaysThatItIsOlder() throws IOException, InterruptedException {
        Optional<Path> javac = Tool.javac(17);
        assumeTrue(javac.isPresent(), "there is no JDK 17 on this machine");
        Tool run = Tool.start(javac.get(), "-cp", CORE, "-d", folder, TRAIN);
        assertThat(run.status()).isNotZero();
        assertThat(run.output()).contains("class file has wrong version 69.0, should be 61.0");
    }

    /** The POM's parts, the first program and the descriptor in the guide are those that are built here. */
    @Test
    void asTheGuideShows() throws IOException {
        String built = "";
        for (Path file : List.of(PROJECTS.resolve("quickstart/pom.xml"), TRAIN, descriptor("vectors"))) {
            built += unindented(Files.readString(file));
        }
        Path guide = Path.of(System.getProperty("aorta.root"), "docs", "library.md");
        Matcher blocks = Pattern.compile("```(?:xml\n|java\n(?=package|module))(.*?)```", Pattern.DOTALL)
                .matcher(Files.readString(guide));
        int found = 0;
        for (; blocks.find(); found++) {
            assertThat(built).contains(unindented(blocks.group(1)));
        }
        assertThat(found).isEqualTo(7);
    }

    private static String unindented(String text) {
        return text.lines()
                .map(String::strip)
                .filter(line -> !line.isEmpty())
                .collect(Collectors.joining("\n", "", "\n"));
    }

    private static Path descriptor(String of) {
        return SOURCES.resolve(of).resolve("module-info.java");
    }

    private String classPath() {
        return CORE + File.pathSeparator + folder;
    }

    private static void compile(Object... arguments) {
        Tool javac = Tool.run("javac", arguments);
        assertThat(javac.status()).as(javac.output()).isZero();
    }

    /** It has learned, with the vector kernels, and the one thing that it was warned of is that they are an incubator's. */
    private static void assertLearned(Tool run) {
        assertThat(run.output()).containsPattern(LEARNED);
        assertThat(run.output().replace("WARNING: Using incubator modules: jdk.incubator.vector", ""))
                .doesNotContain("WARNING");
    }
}
