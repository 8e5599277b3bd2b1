package dev.aorta.unet.spark;

import dev.aorta.spark.SparkTraining;
import dev.aorta.spark.Worker;
import dev.aorta.unet.cli.Main;
import java.io.IOException;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

@Command(
        name = "train",
        mixinStandardHelpOptions = true,
        sortOptions = false,
        description = "Trains as 'unet train' does, with workers on Spark; the run folder has the same bytes.")
final class TrainCommand implements Callable<Integer> {
    private static final int NOT_UNDERSTOOD = 2;

    @Option(
            names = "--workers",
            paramLabel = "N",
            defaultValue = "1",
            description = "Tasks that train together, 1, 2, 4, 8 or another power of two. Default: ${DEFAULT-VALUE}")
    private int workers;

    @Option(
            names = "--retries",
            paramLabel = "N",
            defaultValue = "3",
            description = "How often the training goes on from its last checkpoint when a worker was lost. Default:"
                    + " ${DEFAULT-VALUE}")
    private int retries;

    @Option(
            names = "--data",
            required = true,
            paramLabel = "URI",
            description = "Folder of 'unet prepare' in any file system that Spark knows, such as hdfs: or s3a:.")
    private String data = "";

    @Option(
            names = "--out",
            required = true,
            paramLabel = "DIR",
            description = "Run folder to make, or to go on with by its own settings; a folder that all executors see.")
    private String out = "";

    @Option(
            names = "--threads",
            paramLabel = "N",
            defaultValue = "0",
            description = "Threads of each worker; 0, the default, is one for each processor.")
    private int threads;

    @Parameters(
            arity = "0..*",
            paramLabel = "OPTION",
            description = "After --, further options of 'unet train', such as --shards 8.")
    private List<String> options = List.of();

    @Override
    public Integer call() {
        // what the lambda takes along
        String from = data;
        String run = out;
        String each = Integer.toString(threads);
        List<String> more = List.copyOf(options);
        String printed = SparkTraining.of(dev.aorta.unet.spark.Main.session().sparkContext())
                .workers(workers)
                .retries(retries)
                .run(worker -> train(worker, from, run, each, more));
        System.out.print(printed);
        return 0;
    }

    /** One worker's part; gives what it printed. */
    private static String train(Worker worker, String from, String run, String threads, List<String> more)
            throws IOException {
        Path data = worker.data(from);
        byte[] begun = new byte[Files.exists(Path.of(run, "config.json")) ? 1 : 0];
        boolean resume = worker.group().broadcast(begun).length == 1;
        List<String> args = new ArrayList<>(List.of(
                "train",
                "--data",
                data.toString(),
                resume ? "--resume" : "--out",
                run,
                "--device",
                "cpu",
                "--threads"));
        args.add(threads);
        if (!resume) {
            args.addAll(more);
        }
        StringWriter out = new StringWriter();
        if (resume && worker.attempt() == 0 && !more.isEmpty()) {
            out.write(run + " goes on by its own settings, without " + String.join(" ", more) + System.lineSeparator());
        }
        StringWriter err = new StringWriter();
        int code = Main.run(
                worker.group(),
                word -> word.equals(data.toString()) ? data : Path.of(word),
                new PrintWriter(out),
                new PrintWriter(err),
                args.toArray(String[]::new));
        if (code == NOT_UNDERSTOOD) {
            throw new IllegalArgumentException(err.toString());
        }
        if (code != 0) {
            throw new IOException(err.toString());
        }
        return out.toString();
    }
}
