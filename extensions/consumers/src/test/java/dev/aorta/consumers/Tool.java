package dev.aorta.consumers;

import java.io.IOException;
import java.io.InputStream;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.spi.ToolProvider;
import java.util.stream.Stream;

/** What a program of the JDK did: its exit status, and its output with the errors. */
record Tool(int status, String output) {
    /** Runs a tool within this process. */
    static Tool run(String name, Object... arguments) {
        StringWriter output = new StringWriter();
        PrintWriter writer = new PrintWriter(output);
        String[] words = Stream.of(arguments).map(Object::toString).toArray(String[]::new);
        int status = ToolProvider.findFirst(name).orElseThrow().run(writer, writer, words);
        return new Tool(status, output.toString());
    }

    /** Runs a program, in the environment of nobody's Java options. */
    static Tool start(Path program, Object... arguments) throws IOException, InterruptedException {
        List<String> command = new ArrayList<>();
        command.add(program.toString());
        for (Object argument : arguments) {
            command.add(argument.toString());
        }
        ProcessBuilder builder = new ProcessBuilder(command).redirectErrorStream(true);
        builder.environment().keySet().removeAll(List.of("JDK_JAVA_OPTIONS", "JAVA_TOOL_OPTIONS"));
        Process process = builder.start();
        try (InputStream output = process.getInputStream()) {
            String text = new String(output.readAllBytes(), StandardCharsets.UTF_8);
            return new Tool(process.waitFor(), text);
        }
    }

    /** Starts this JVM's {@code java}. */
    static Tool java(Object... arguments) throws IOException, InterruptedException {
        return start(Path.of(System.getProperty("java.home"), "bin", "java"), arguments);
    }

    /** The {@code javac} of an installed JDK of some version. */
    static Optional<Path> javac(int version) throws IOException {
        List<Path> homes = new ArrayList<>(List.of(Path.of(System.getProperty("aorta.maven.jdk"))));
        Path installed = Path.of("/usr/lib/jvm");
        if (Files.isDirectory(installed)) {
            try (Stream<Path> found = Files.list(installed)) {
                homes.addAll(found.toList());
            }
        }
        for (Path home : homes) {
            Path release = home.resolve("release");
            Path javac = home.resolve("bin/javac");
            if (Files.isExecutable(javac)
                    && Files.isRegularFile(release)
                    && Files.readString(release).contains("JAVA_VERSION=\"" + version + ".")) {
                return Optional.of(javac);
            }
        }
        return Optional.empty();
    }
}
