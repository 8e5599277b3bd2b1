package dev.aorta.unet.cli;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.List;
import java.util.Map;
import javax.tools.ToolProvider;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * The script {@code unet} in a folder of its own, where Maven is a script that makes the next version of the program, and Java one
 * that tells its locale, or the version that it runs.
 */
class LauncherTest {
    private static final String MAVEN = """
            #!/bin/sh
            sleep 0.5
            echo "build" >>"$LOG"
            mkdir -p unet-example/target/classes unet-example/target/lib
            wc -l <"$LOG" >unet-example/target/classes/version
            """;
    private static final String JAVA = """
            #!/bin/sh
            case "$1" in *Locked.java) shift; exec "$REAL_JAVA" -XX:TieredStopAtLevel=1 -cp "$LOCKED" Locked "$@" ;; esac
            case "$*" in
                *--version) echo "${LC_ALL:-unchanged}" ;;
                *wait) : >"$GO.waits"; while [ ! -e "$GO" ]; do sleep 0.05; done ;;
            esac
            for word in "$@"; do
                case $word in */classes:*) cat "${word%%:*}/version" ;; esac
            done
            """;

    /** Compiled once, not at each start. */
    @TempDir
    static Path locked;

    @TempDir
    Path folder;

    private Path root;
    private Path launcher;

    @BeforeAll
    static void compile() {
        int status = ToolProvider.getSystemJavaCompiler()
                .run(null, null, null, "-d", locked.toString(), "../.mvn/Locked.java");
        assertThat(status).isZero();
    }

    @BeforeEach
    void install() throws IOException {
        Assumptions.assumeTrue(Files.isExecutable(Path.of("/bin/sh")), "needs a POSIX shell");
        root = Files.createDirectories(folder.resolve("a root"));
        for (String module : List.of("core/src/main", "cuda-kernels", "extensions/serve", "unet-example", ".mvn")) {
            Files.createDirectories(root.resolve(module));
        }
        Files.createFile(root.resolve("pom.xml"));
        for (String file : List.of("launch.sh", "Locked.java")) {
            Files.copy(Path.of("../.mvn", file), root.resolve(".mvn").resolve(file));
        }
        Path jdk = Files.createDirectories(folder.resolve("jdk/bin"));
        Files.writeString(folder.resolve("jdk/release"), "JAVA_VERSION=\"25.0.1\"\n");
        executable(jdk.resolve("javac"), "#!/bin/sh\n");
        executable(jdk.resolve("java"), JAVA);
        executable(jdk.resolve("mvn"), MAVEN);
        launcher = executable(root.resolve("unet-example/unet"), Files.readString(Path.of("unet")));
    }

    private static Path executable(Path file, String script) throws IOException {
        Files.writeString(file, script);
        return Files.setPosixFilePermissions(file, PosixFilePermissions.fromString("rwxr-xr-x"));
    }

    /** The programs that launchers call, and no Maven: a path to be put into the place of another. */
    private String pathWithoutMaven() throws IOException {
        Path tools = Files.createDirectories(folder.resolve("tools"));
        for (String name : List.of(
                "sh",
                "cat",
                "cp",
                "date",
                "dirname",
                "find",
                "head",
                "locale",
                "ls",
                "mkdir",
                "mv",
                "ps",
                "readlink",
                "rm",
                "sed",
                "sleep",
                "wc")) {
            for (String place : System.getenv("PATH").split(":", -1)) {
                Path tool = Path.of(place, name);
                if (Files.isExecutable(tool)) {
                    executable(tools.resolve(name), "#!/bin/sh\nexec " + tool + " \"$@\"\n");
                }
            }
        }
        Files.deleteIfExists(folder.resolve("jdk/bin/mvn"));
        return tools.toString();
    }

    @Test
    void withoutMavenTheWrapperBuilds() throws Exception {
        executable(root.resolve("mvnw"), MAVEN);
        assertThat(told(start(Map.of("PATH", pathWithoutMaven()), "--help"))).endsWith("1");
        assertThat(folder.resolve("log")).hasContent("build");
    }

    @Test
    void aBuildWithoutNetworkSaysWhatItNeeds() throws Exception {
        executable(root.resolve("mvnw"), "#!/bin/sh\necho 'wget: Failed to fetch' >&2\nexit 1\n");
        Process unet = start(Map.of("PATH", pathWithoutMaven()), "--help");
        assertThat(new String(unet.getInputStream().readAllBytes(), StandardCharsets.UTF_8))
                .containsSubsequence("wget: Failed to fetch", "unet: the build failed", "Maven has to be on the PATH");
        assertThat(unet.waitFor()).isEqualTo(1);
        executable(root.resolve("mvnw"), MAVEN);
        assertThat(told(start(Map.of("PATH", pathWithoutMaven()), "--help")))
                .as("nothing is left of the build that failed")
                .endsWith("1");
    }

    private Process start(Map<String, String> variables, String argument) throws IOException {
        ProcessBuilder unet = new ProcessBuilder(launcher.toString(), argument).redirectErrorStream(true);
        unet.environment().keySet().removeIf(name -> name.equals("LANG") || name.startsWith("LC_"));
        unet.environment().putAll(variables);
        unet.environment().put("JAVA_HOME", folder.resolve("jdk").toString());
        unet.environment()
                .put(
                        "REAL_JAVA",
                        Path.of(System.getProperty("java.home"), "bin", "java").toString());
        unet.environment().put("LOCKED", locked.toString());
        unet.environment().put("LOG", folder.resolve("log").toString());
        unet.environment().put("GO", folder.resolve("go").toString());
        unet.environment().merge("PATH", "", (path, none) -> folder.resolve("jdk/bin") + ":" + path);
        return unet.start();
    }

    private static List<String> told(Process process) throws Exception {
        String out = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8).strip();
        assertThat(process.waitFor()).as(out).isZero();
        return out.lines().map(String::strip).toList();
    }

    @Test
    void namesThatAreNotAsciiCanBeGivenInEveryLocale() throws Exception {
        told(start(Map.of(), "--help"));
        assertThat(locale(Map.of())).isEqualTo("C.UTF-8");
        assertThat(locale(Map.of("LANG", "C"))).isEqualTo("C.UTF-8");
        assertThat(locale(Map.of("LANG", "C.UTF-8", "LC_ALL", "POSIX"))).isEqualTo("C.UTF-8");
        assertThat(locale(Map.of("LANG", "C.UTF-8"))).isEqualTo("unchanged");
        assertThat(locale(Map.of("LANG", "C", "LC_CTYPE", "C.UTF-8"))).isEqualTo("unchanged");
        assertThat(locale(Map.of("LC_ALL", "xx_XX.UTF-8")))
                .as("a locale that is not installed")
                .isEqualTo("C.UTF-8");
    }

    private String locale(Map<String, String> locale) throws Exception {
        return told(start(locale, "--version")).getFirst();
    }

    /** Two first starts built into one another, and failed. */
    @Test
    void twoFirstStartsBuildOnce() throws Exception {
        Process first = start(Map.of(), "--help");
        Process second = start(Map.of(), "--help");
        assertThat(told(first)).endsWith("1");
        assertThat(told(second)).endsWith("1");
        assertThat(folder.resolve("log")).hasContent("build");
    }

    /** A training ended with a stack trace when the program was built anew meanwhile. */
    @Test
    void whatRunsKeepsItsClassesAndOldOnesAreDeleted() throws Exception {
        assertThat(told(start(Map.of(), "--help"))).endsWith("1");
        Process training = start(Map.of(), "wait");
        while (!Files.exists(folder.resolve("go.waits"))) {
            assertThat(training.isAlive()).isTrue();
            Thread.sleep(20);
        }
        Path programs = root.resolve("unet-example/target/programs");
        for (int version = 2; version <= 4; version++) {
            Files.writeString(root.resolve("core/src/main/A.java"), "changed");
            assertThat(told(start(Map.of(), "--help"))).endsWith(Integer.toString(version));
        }
        assertThat(programs.toFile().list())
                .as("of the training, the last and the one before")
                .hasSize(3);
        Files.createFile(folder.resolve("go"));
        assertThat(told(training)).containsExactly("1");
        Files.writeString(root.resolve("core/src/main/A.java"), "changed again");
        assertThat(told(start(Map.of(), "--help"))).endsWith("5");
        assertThat(programs.toFile().list()).hasSize(2);
    }
}
