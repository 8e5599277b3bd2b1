package dev.aorta.unet.spark;

import org.apache.spark.sql.SparkSession;
import picocli.CommandLine;
import picocli.CommandLine.Command;

/** The program that {@code spark-submit} starts. Exit codes are those of {@code unet}. */
@Command(
        name = "unet on Spark",
        mixinStandardHelpOptions = true,
        description =
                "Trains the U-Net on the executors of Spark, or segments DICOM files and measures volumes on them. For research only,"
                        + " not a medical device.",
        subcommands = {TrainCommand.class, PredictCommand.class, VolumesCommand.class})
public final class Main {
    private Main() {}

    /**
     * Runs the program and exits.
     *
     * @param args a command and its options
     */
    public static void main(String[] args) {
        int code = run(args);
        if (code != 0) {
            System.exit(code);
        }
    }

    static int run(String... args) {
        return new CommandLine(new Main())
                .setCaseInsensitiveEnumValuesAllowed(true)
                .setExecutionExceptionHandler((e, commandLine, parsed) -> {
                    commandLine.getErr().println("unet: " + e.getMessage());
                    return 1;
                })
                .execute(args);
    }

    /** The session of {@code spark-submit}. */
    static SparkSession session() {
        return SparkSession.builder().appName("unet").getOrCreate();
    }
}
