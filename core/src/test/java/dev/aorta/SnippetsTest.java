package dev.aorta;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.URL;
import java.net.URLClassLoader;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import javax.tools.ToolProvider;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Compiles every Java snippet of the README, of docs and of the Javadoc, and runs those that need no file. */
class SnippetsTest {
    private static final Path ROOT = Path.of(System.getProperty("aorta.root"));
    private static final Pattern MARKDOWN = Pattern.compile("```java\n(.*?)```", Pattern.DOTALL);
    private static final Pattern JAVADOC = Pattern.compile("<pre>\\{@code\\n(.*?)\n\\s*\\* *\\}</pre>", Pattern.DOTALL);
    private static final Pattern MEMBER = Pattern.compile(
            "^(public |static |final |abstract |sealed |@\\w+ |/\\*\\*.*\\*/\\s)*(class|record|interface|enum) ");
    private static final String IMPORTS = Stream.of(
                    "dev.aorta",
                    "dev.aorta.backend",
                    "dev.aorta.cluster",
                    "dev.aorta.data",
                    "dev.aorta.explain",
                    "dev.aorta.io",
                    "dev.aorta.loss",
                    "dev.aorta.metric",
                    "dev.aorta.nn",
                    "dev.aorta.onnx",
                    "dev.aorta.optim",
                    "dev.aorta.train",
                    "dev.aorta.zoo",
                    "java.nio.file",
                    "java.util")
            .map(p -> "import " + p + ".*;\n")
            .collect(Collectors.joining(
                    "", "import dev.aorta.op.CustomOp;\nimport org.jspecify.annotations.Nullable;\n", ""));

    private record Snippet(String place, String type, String source) {}

    @TempDir
    static Path folder;

    private static final List<Snippet> SNIPPETS = new ArrayList<>();

    @BeforeAll
    static void compile() throws IOException {
        List<String> programs = new ArrayList<>();
        for (Path file : files()) {
            String text = Files.readString(file).replace("\r\n", "\n");
            boolean java = file.toString().endsWith(".java");
            for (Matcher m = (java ? JAVADOC : MARKDOWN).matcher(text); m.find(); ) {
                String code = java ? m.group(1).replaceAll("(?m)^\\s*\\* ?", "") : m.group(1);
                String place = ROOT.relativize(file) + ", line "
                        + text.substring(0, m.start()).lines().count();
                if (code.startsWith("module ")) {
                    continue; // the consumers' tests build it
                }
                if (code.startsWith("package ")) {
                    String name = code.replaceAll("(?s).*?public final class (\\w+).*", "$1");
                    programs.add(Files.writeString(folder.resolve(name + ".java"), code)
                            .toString());
                    continue;
                }
                String type = "Snippet" + SNIPPETS.size();
                SNIPPETS.add(new Snippet(place, type, source(type, place, code)));
            }
        }
        addNames("docs/migration.md");
        List<String> arguments = new ArrayList<>(List.of(
                "-proc:none", "-Xlint:none", "-d", folder.toString(), "-cp", System.getProperty("java.class.path")));
        arguments.addAll(programs);
        for (Snippet s : SNIPPETS) {
            arguments.add(Files.writeString(folder.resolve(s.type + ".java"), s.source)
                    .toString());
        }
        var messages = new ByteArrayOutputStream();
        int result =
                ToolProvider.getSystemJavaCompiler().run(null, messages, messages, arguments.toArray(String[]::new));
        assertThat(result).as(messages.toString(StandardCharsets.UTF_8)).isZero();
    }

    /** The expressions in the second column of the tables, each as a statement. */
    private static void addNames(String file) throws IOException {
        List<String> statements = new ArrayList<>();
        for (String row : Files.readAllLines(ROOT.resolve(file))) {
            if (row.startsWith("| ")) {
                Matcher expression = Pattern.compile("`([^`]+)`").matcher(row.split(" \\|", 3)[1]);
                while (expression.find()) {
                    statements.add(expression.group(1) + ";");
                }
            }
        }
        assertThat(statements).hasSizeGreaterThan(50);
        String type = "Snippet" + SNIPPETS.size();
        SNIPPETS.add(new Snippet(file, type, source(type, file, String.join("\n", statements))));
    }

    private static List<Path> files() throws IOException {
        List<Path> all = new ArrayList<>();
        for (String root :
                List.of("docs", "core/src/main/java", "cuda-kernels/src/main/java", "unet-example/src/main/java")) {
            try (Stream<Path> files = Files.walk(ROOT.resolve(root))) {
                files.filter(f -> f.toString().matches(".*\\.(md|java)"))
                        .filter(f -> !f.startsWith(ROOT.resolve("docs/examples"))) // programs, with a test of their own
                        .sorted()
                        .forEach(all::add);
            }
        }
        all.add(ROOT.resolve("README.md"));
        all.add(ROOT.resolve("CONTRIBUTING.md"));
        return all;
    }

    private static String source(String type, String place, String code) {
        String open = code.replaceAll("(?m)^\\.\\.\\.$", "")
                .replace("-> ...", "-> null")
                .replace("{ ... }", "{ }");
        List<String> imports = open.lines().filter(l -> l.startsWith("import ")).toList();
        String rest = open.lines().filter(l -> !l.startsWith("import ")).collect(Collectors.joining("\n"));
        boolean members = MEMBER.matcher(rest.strip()).find();
        return "// " + place + "\n" + String.join("\n", imports) + "\n" + IMPORTS + "class " + type
                + " extends dev.aorta.Snippets {\n"
                + (members
                        ? rest + "\npublic Object run() {\n"
                        : "public Object run() throws Exception {\nif (true) {\n" + rest + "\n}\n")
                + "return null;\n}\n}\n";
    }

    @Test
    void thereAreSnippetsEverywhere() {
        assertThat(SNIPPETS).hasSizeGreaterThan(30);
        assertThat(SNIPPETS).anyMatch(s -> s.place.startsWith("README.md"));
        assertThat(SNIPPETS).anyMatch(s -> s.place.startsWith("core/src/main/java/dev/aorta/Scope.java"));
    }

    /** In an open scope, with what {@link Snippets} has. */
    @Test
    void thoseThatNeedNoFileRun() throws Exception {
        List<String> run = new ArrayList<>();
        URL[] path = {folder.toUri().toURL()};
        try (var loader = new URLClassLoader(path, SnippetsTest.class.getClassLoader())) {
            for (Snippet s : SNIPPETS) {
                try (Scope scope = Scope.open()) {
                    var constructor = loader.loadClass(s.type).getDeclaredConstructor();
                    constructor.setAccessible(true);
                    ((Snippets) constructor.newInstance()).run();
                    run.add(s.place);
                } catch (NullPointerException
                        | IOException
                        | UncheckedIOException
                        | IllegalStateException
                        | ShapeException needsMore) {
                    assertThat(s.source).as(s.place + ": " + needsMore).matches(NEEDS_MORE);
                }
            }
        }
        assertThat(run).hasSizeGreaterThan(15);
    }

    /** Names of what is not there when a snippet runs. */
    private static final Pattern NEEDS_MORE = Pattern.compile(
            ".*\\b(224, 224|256, 256|file|newer|folder|example|training|validation|average|parallel|planes|Path\\.of|cuda|meter|gradients|dataset|image)\\b.*",
            Pattern.DOTALL);
}
