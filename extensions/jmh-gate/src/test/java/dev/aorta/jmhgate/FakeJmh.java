package dev.aorta.jmhgate;

import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Objects;
import java.util.jar.JarEntry;
import java.util.jar.JarOutputStream;

/** Jars that look like JMH's from outside: {@code org.openjdk.jmh.Main} of these tests, and a script of what it scores. */
final class FakeJmh {
    private FakeJmh() {}

    /**
     * A jar with one benchmark {@code example.Words.count} of two sizes, 8 and 32.
     *
     * @param scores of the forks of the larger one, one after the other, then again from the first; the smaller one scores 1
     * @param log file that gets the jar's name and the size for each fork
     */
    static Path jar(Path file, String scores, Path log) throws IOException {
        try (OutputStream out = Files.newOutputStream(file);
                JarOutputStream jar = new JarOutputStream(out)) {
            String main = "org/openjdk/jmh/Main.class";
            jar.putNextEntry(new JarEntry(main));
            try (InputStream in = FakeJmh.class.getClassLoader().getResourceAsStream(main)) {
                Objects.requireNonNull(in).transferTo(jar);
            }
            jar.putNextEntry(new JarEntry("script"));
            jar.write((file.getFileName().toString().replace(".jar", "") + "\n" + log + "\n" + scores)
                    .getBytes(StandardCharsets.UTF_8));
        }
        return file;
    }
}
