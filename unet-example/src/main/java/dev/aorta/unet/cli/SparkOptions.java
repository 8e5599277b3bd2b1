package dev.aorta.unet.cli;

import java.io.File;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Model.OptionSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;

/**
 * The options of commands that run on a cluster of Spark: {@code spark-submit} starts the program of {@code extensions/unet-spark}, which
 * has a command of the same name. Nothing of Spark is needed here.
 */
final class SparkOptions {
    private static final String MASTER = "--spark";
    private static final String CONF = "--spark-conf";
    private static final String JAR = "AORTA_SPARK_JAR";

    @Spec(Spec.Target.MIXEE)
    private @Nullable CommandSpec command;

    @Option(
            names = MASTER,
            paramLabel = "MASTER",
            description =
                    "Run on the cluster of that master, such as spark://node0:7077, yarn or local[4], by the spark-submit of"
                            + " SPARK_HOME or PATH (docs/cluster.md). Files are named as Spark names them, such as hdfs://namenode/parts.")
    private @Nullable String master;

    @Option(
            names = CONF,
            paramLabel = "KEY=VALUE",
            description =
                    "With --spark, a setting of Spark, such as spark.executor.cores=16; may be given several times.")
    private List<String> settings = List.of();

    /** Whether Spark is to run the command; if not, no option that is for it may be given. */
    boolean given(String... moreOptions) {
        if (master == null) {
            for (OptionSpec option : matched()) {
                if (option.longestName().equals(CONF) || List.of(moreOptions).contains(option.longestName())) {
                    throw new ParameterException(
                            spec().commandLine(),
                            option.longestName() + " goes with " + MASTER + " MASTER; add that or leave it out");
                }
            }
        }
        return master != null;
    }

    /**
     * Has {@code spark-submit} run the command.
     *
     * @param before settings that the user's own go before
     * @param own options that the program on Spark has itself
     * @param others whether it takes all other options too, for its workers
     * @return the exit code
     */
    int submit(List<String> before, Set<String> own, boolean others) throws IOException {
        List<String> words = new ArrayList<>(List.of(program(), "--master", Objects.requireNonNull(master)));
        Stream.concat(before.stream(), settings.stream()).forEach(setting -> words.addAll(List.of("--conf", setting)));
        words.add(jar());
        words.add(spec().name());
        List<String> forWorkers = new ArrayList<>();
        for (OptionSpec option : matched()) {
            String name = option.longestName();
            if (name.equals(MASTER) || name.equals(CONF)) {
                continue;
            }
            if (!own.contains(name) && !others) {
                throw new ParameterException(spec().commandLine(), name + " is not there on Spark; leave it out");
            }
            List<String> to = own.contains(name) ? words : forWorkers;
            for (String value : option.originalStringValues()) {
                to.add(option.arity().max() == 0 ? name : name + "=" + value);
            }
        }
        if (!forWorkers.isEmpty()) {
            words.add("--");
            words.addAll(forWorkers);
        }
        spec().commandLine().getParseResult().matchedPositionals().forEach(p -> words.addAll(p.originalStringValues()));
        return run(words);
    }

    private int run(List<String> words) throws IOException {
        ProcessBuilder submit = new ProcessBuilder(words).inheritIO();
        submit.environment().put("JAVA_HOME", System.getProperty("java.home"));
        Process process = submit.start();
        Thread end = new Thread(process::destroy); // who is told to end tells it on
        Runtime.getRuntime().addShutdownHook(end);
        try {
            return process.waitFor();
        } catch (InterruptedException e) {
            process.destroy();
            Thread.currentThread().interrupt();
            throw new IOException("interrupted while spark-submit ran", e);
        } finally {
            if (!process.isAlive()) {
                Runtime.getRuntime().removeShutdownHook(end);
            }
        }
    }

    /** The {@code spark-submit} of SPARK_HOME, or without that the first in PATH. */
    private static String program() throws IOException {
        Map<String, String> environment = System.getenv();
        String home = environment.get("SPARK_HOME");
        List<Path> places = home != null
                ? List.of(Path.of(home, "bin"))
                : Stream.of(environment.getOrDefault("PATH", "").split(File.pathSeparator, -1))
                        .filter(place -> !place.isEmpty())
                        .map(Path::of)
                        .toList();
        for (Path place : places) {
            Path program = place.resolve("spark-submit");
            if (Files.isExecutable(program)) {
                return program.toString();
            }
        }
        throw new IOException("there is no spark-submit "
                + (home != null ? "in " + places.getFirst() + ", where SPARK_HOME points" : "in PATH")
                + "; install Spark 4.2 for Scala 2.13 from https://spark.apache.org and set SPARK_HOME to its folder");
    }

    private static String jar() throws IOException {
        String jar = System.getenv(JAR);
        if (jar == null || !Files.isRegularFile(Path.of(jar))) {
            throw new IOException((jar == null ? JAR + " is not set" : JAR + " is " + jar + ", where there is no file")
                    + "; it names the jar that './mvnw -pl extensions/unet-spark -am package -DskipTests -Dquick' makes in"
                    + " extensions/unet-spark/target");
        }
        return jar;
    }

    private List<OptionSpec> matched() {
        return spec().commandLine().getParseResult().matchedOptions();
    }

    private CommandSpec spec() {
        return Objects.requireNonNull(command);
    }
}
