package org.openjdk.jmh;

import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.List;
import java.util.Objects;
import java.util.regex.Pattern;

/** Stands for JMH in tests: writes the scores of its script as the results of forks, and 1 for the smaller of two sizes. */
public final class Main {
    private static final String BENCHMARK = "example.Words.count";

    private Main() {}

    /** The arguments are JMH's; the script has this jar's name, a log, and scores. */
    public static void main(String[] args) throws Exception {
        List<String> arguments = List.of(args);
        if (arguments.contains("-lp")) {
            System.out.println("Benchmarks: ");
            if (Pattern.compile(args[0]).matcher(BENCHMARK).find()) {
                System.out.println(BENCHMARK + "\n  param \"size\" = {8, 32}");
            }
            return;
        }
        if (arguments.contains("-foul")) {
            System.out.println("foul is not a recognized option");
            System.exit(1);
        }
        String[] script;
        try (InputStream in = Objects.requireNonNull(Main.class.getClassLoader().getResourceAsStream("script"))) {
            script = new String(in.readAllBytes(), StandardCharsets.UTF_8).split("\n");
        }
        String size = arguments.get(arguments.lastIndexOf("-p") + 1).replace("size=", "");
        Path log = Path.of(script[1]);
        String line = script[0] + " " + size;
        long forks = Files.exists(log)
                ? Files.readAllLines(log).stream().filter(line::equals).count()
                : 0;
        Files.writeString(log, line + "\n", StandardOpenOption.CREATE, StandardOpenOption.APPEND);
        String[] scores = script[2].split(" ");
        String score = size.equals("8") ? "1" : scores[(int) (forks % scores.length)];
        Files.writeString(
                Path.of(arguments.get(arguments.indexOf("-rff") + 1)), """
                [{"benchmark": "%s", "mode": "avgt", "params": {"size": "%s"}, "vmName": "VM", "jdkVersion": "25",
                  "primaryMetric": {"scoreUnit": "us/op", "rawData": [[%s, %s]]}, "secondaryMetrics": {}}]""".formatted(BENCHMARK, size, score, score));
    }
}
