package dev.aorta.unet.cli;

import dev.aorta.Device;
import dev.aorta.cluster.ProcessGroup;
import dev.aorta.train.History;
import dev.aorta.unet.imaging.SliceFolder;
import dev.aorta.unet.phantom.PhantomDataset;
import dev.aorta.unet.train.RunFolder;
import dev.aorta.unet.train.RunRecord;
import dev.aorta.unet.train.TrainingConfig;
import dev.aorta.unet.train.TrainingRun;
import java.io.IOException;
import java.io.PrintWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.LocalDateTime;
import java.time.format.DateTimeFormatter;
import java.util.List;
import java.util.Locale;
import java.util.Objects;
import java.util.Set;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Model.OptionSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.ParentCommand;
import picocli.CommandLine.Spec;

@Command(
        name = "train",
        mixinStandardHelpOptions = true,
        sortOptions = false,
        description = "Trains a network and leaves a run folder with the model, the curves and a report."
                + " Without arguments it trains the U-Net on a phantom, which it makes first.")
final class TrainCommand implements Callable<Integer> {
    private static final Path PHANTOM = Path.of("data", "phantom");
    private static final int PHANTOM_TRAIN = 234;
    private static final int PHANTOM_VALIDATION = 26;
    /** All places at once, without waiting for the scheduler's next look. */
    private static final List<String> BARRIER_STAGE = List.of(
            "spark.scheduler.minRegisteredResourcesRatio=1.0",
            "spark.scheduler.barrier.maxConcurrentTasksCheck.interval=1s",
            "spark.dynamicAllocation.enabled=false");

    private static final Set<String> ON_SPARK = Set.of("--workers", "--retries", "--data", "--out", "--threads");
    private static final List<String> RESUMING = List.of("--resume", "--data", "--device", "--threads", "--track");

    @Option(
            names = "--data",
            paramLabel = "DIR",
            description =
                    "Folder with train_images.tfrecords and val_images.tfrecords, each one file, or .gz, or shards."
                            + " Default: data/phantom, made on first use.")
    private @Nullable Path data;

    @Mixin
    private PixelOptions pixels = new PixelOptions();

    @Mixin
    private TrainingOptions training = new TrainingOptions();

    @Option(names = "--out", paramLabel = "DIR", description = "Run folder to make. Default: runs/DATE-TIME")
    private @Nullable Path out;

    @Option(
            names = "--resume",
            paramLabel = "RUN",
            description = "Go on with a training that was stopped, from its last checkpoint, as if it had not been."
                    + " Of the other options it takes --data, --device, --threads and --track.")
    private @Nullable Path resume;

    @Option(
            names = "--track",
            paramLabel = "URL",
            description =
                    "Tell an MLflow server of the training, as http://localhost:5000. A server that cannot be reached or"
                            + " answers nonsense does not matter; 'unet track sync' sends what it has missed.")
    private @Nullable String track;

    @Mixin
    private SparkOptions spark = new SparkOptions();

    @Option(
            names = "--workers",
            paramLabel = "N",
            description = "With --spark, tasks that train together, 1, 2, 4, 8 or another power of two. Default: 1")
    private @Nullable Integer workers;

    @Option(
            names = "--retries",
            paramLabel = "N",
            description = "With --spark, how often the training goes on when a worker was lost. Default: 3")
    private @Nullable Integer retries;

    @Mixin
    private DeviceOptions device = new DeviceOptions();

    @ParentCommand
    private @Nullable Main main;

    @Spec
    private @Nullable CommandSpec spec;

    @Override
    public Integer call() throws IOException {
        if (resume == null) {
            training.check();
        }
        if (spark.given("--workers", "--retries")) {
            require(resume == null, "with --spark the same command goes on with what is in --out; leave --resume out");
            require(data != null && out != null, "--spark needs --data and --out, which all executors see");
            require(
                    workers == null || workers >= 1 && Integer.bitCount(workers) == 1,
                    "--workers must be 1, 2, 4, 8 or another power of two");
            require(retries == null || retries >= 0, "--retries must not be negative");
            return spark.submit(BARRIER_STAGE, ON_SPARK, true);
        }
        try (ProcessGroup group = Objects.requireNonNull(main).group()) {
            return resume == null ? begin(group) : goOn(resume, group);
        }
    }

    private int begin(ProcessGroup group) throws IOException {
        if (!training.recipe().isEmpty()) {
            spec().commandLine().getOut().println(training.recipe());
        }
        Path folder = data != null ? data : phantom(spec().commandLine().getOut(), group);
        TrainingConfig config = training.config(folder, pixels.type(), device.seed(), group);
        config.requireTrainable();
        try (Device on = device.open()) {
            RunRecord record = RunRecord.begin(config, on, arguments(), group);
            if (group.rank() > 0) {
                return help(record, on, false, group);
            }
            try (RunFolder run = out != null ? RunFolder.create(out) : RunFolder.createUnused(dated())) {
                return session(run, on).train(record, false, group);
            }
        }
    }

    /** Trains along with process 0, which writes the files. */
    private int help(RunRecord record, Device on, boolean resume, ProcessGroup group) throws IOException {
        spec().commandLine()
                .getOut()
                .printf("process %d of %d, device %s; process 0 has the files%n", group.rank(), group.size(), on);
        History history = TrainingRun.helper(record, on, group).train(resume);
        return history.epochs().size() < record.config().epochs() ? Session.INTERRUPTED : 0;
    }

    private int goOn(Path folder, ProcessGroup group) throws IOException {
        for (OptionSpec given : spec().commandLine().getParseResult().matchedOptions()) {
            require(
                    RESUMING.contains(given.longestName()),
                    given.longestName() + " cannot be given with --resume, which goes on with the settings of "
                            + folder.resolve("config.json"));
        }
        try (RunFolder run = group.rank() == 0 ? RunFolder.reopen(folder) : RunFolder.at(folder)) {
            RunRecord begun = RunRecord.read(run);
            RunRecord record = begun.with(data != null ? data : begun.config().data(), group);
            try (Device on = device.open(record.device())) {
                return group.rank() == 0 ? session(run, on).train(record, true, group) : help(record, on, true, group);
            }
        }
    }

    private Session session(RunFolder run, Device on) {
        Session session = new Session(spec(), run, on);
        return track == null ? session : session.trackedBy(track);
    }

    private static Path dated() {
        return Path.of(
                "runs",
                DateTimeFormatter.ofPattern("yyyyMMdd-HHmmss", Locale.ROOT)
                        .format(LocalDateTime.now(java.time.ZoneId.systemDefault())));
    }

    private CommandSpec spec() {
        return Objects.requireNonNull(spec);
    }

    private List<String> arguments() {
        return spec().root().commandLine().getParseResult().originalArgs();
    }

    private void require(boolean holds, String rule) {
        if (!holds) {
            throw new ParameterException(spec().commandLine(), rule);
        }
    }

    private Path phantom(PrintWriter print, ProcessGroup group) throws IOException {
        if (group.rank() == 0 && !Files.isRegularFile(PHANTOM.resolve(SliceFolder.MANIFEST))) {
            print.printf("making %d + %d phantom slices in %s%n", PHANTOM_TRAIN, PHANTOM_VALIDATION, PHANTOM);
            PhantomDataset.write(PHANTOM, PHANTOM_TRAIN, PHANTOM_VALIDATION, 1);
        }
        group.broadcast(new byte[0]); // the others wait until it is there
        return PHANTOM;
    }
}
