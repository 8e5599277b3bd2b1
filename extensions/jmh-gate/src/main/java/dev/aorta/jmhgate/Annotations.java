package dev.aorta.jmhgate;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.regex.Pattern;

/** A report as GitHub's workflow commands, which mark a pull request. */
final class Annotations {
    private Annotations() {}

    /**
     * The lines to print.
     *
     * @param directory in the git repository in which the benchmarks' sources are looked for
     */
    static List<String> of(Report report, Path directory) {
        List<String> lines = new ArrayList<>();
        for (Comparison c : report.failures()) {
            lines.add("::error " + place(c.benchmark(), directory) + "title=" + property(c.verdict() + " " + c.key())
                    + "::" + data(c.reason()));
        }
        report.missing()
                .forEach(key -> lines.add("::warning title=" + property("MISSING " + key)
                        + "::only in the base, so nothing was compared"));
        if (report.failures().isEmpty()) {
            lines.add((report.passes() ? "::notice" : "::error") + " title=jmh-gate::" + data(report.conclusion()));
        }
        return lines;
    }

    /** {@code file=...,line=...,} of a benchmark's method, or nothing where git has no such file. */
    private static String place(String benchmark, Path directory) {
        int method = benchmark.lastIndexOf('.');
        if (method < 0) {
            return "";
        }
        String type = benchmark.substring(0, method).replace('.', '/').replaceFirst("\\$.*", "");
        try {
            Path root = Build.root(directory);
            String files = Programs.output(root, "git", "ls-files", "--", "**/" + type + ".*", type + ".*");
            Optional<String> file = files.lines().findFirst();
            return file.isEmpty()
                    ? ""
                    : "file=" + property(file.get()) + "," + line(root.resolve(file.get()), benchmark);
        } catch (IOException e) {
            return ""; // no repository, no place
        }
    }

    private static String line(Path file, String benchmark) throws IOException {
        Pattern method =
                Pattern.compile("\\b" + Pattern.quote(benchmark.substring(benchmark.lastIndexOf('.') + 1)) + "\\s*\\(");
        List<String> lines = Files.readAllLines(file);
        for (int i = 0; i < lines.size(); i++) {
            if (method.matcher(lines.get(i)).find()) {
                return "line=" + (i + 1) + ",";
            }
        }
        return "";
    }

    private static String data(String text) {
        return text.replace("%", "%25").replace("\r", "%0D").replace("\n", "%0A");
    }

    private static String property(String text) {
        return data(text).replace(":", "%3A").replace(",", "%2C");
    }
}
