package dev.aorta.unet.cli;

import dev.aorta.Device;
import dev.aorta.unet.imaging.SliceFolder;
import dev.aorta.unet.model.InputScaling;
import dev.aorta.unet.model.ModelConfig;
import dev.aorta.unet.model.Norm;
import dev.aorta.unet.phantom.PhantomDataset;
import dev.aorta.unet.train.LossName;
import dev.aorta.unet.train.RunFolder;
import dev.aorta.unet.train.RunRecord;
import dev.aorta.unet.train.ScheduleName;
import dev.aorta.unet.train.SliceDataset;
import dev.aorta.unet.train.TrainingConfig;
import java.io.IOException;
import java.io.PrintWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.LocalDateTime;
import java.time.format.DateTimeFormatter;
import java.util.List;
import java.util.Locale;
import java.util.Objects;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Model.OptionSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
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
    private static final int CLASSES = 2;
    private static final List<String> RESUMING = List.of("--resume", "--data", "--device", "--threads");

    @Option(
            names = "--data",
            paramLabel = "DIR",
            description = "Folder with train_images.tfrecords and val_images.tfrecords."
                    + " Default: data/phantom, made on first use.")
    private @Nullable Path data;

    @Option(
            names = "--model",
            defaultValue = "unet",
            description = "unet, or lab (the lab's own network). Default: unet")
    private ModelConfig.Kind kind = ModelConfig.Kind.UNET;

    @Option(names = "--base", defaultValue = "16", description = "Channels of the U-Net's first level. Default: 16")
    private int base;

    @Option(names = "--depth", defaultValue = "4", description = "Halvings of the U-Net. Default: 4")
    private int depth;

    @Option(names = "--norm", defaultValue = "none", description = "none, batch or group. Default: none")
    private Norm norm = Norm.NONE;

    @Option(names = "--epochs", description = "Passes over the training slices. Default: 8; lab: 30")
    private @Nullable Integer epochs;

    @Option(names = "--batch", description = "Slices in a step. Default: 2; lab: 1")
    private @Nullable Integer batch;

    @Option(names = "--lr", description = "Highest learning rate of Adam. Default: 0.001")
    private @Nullable Double rate;

    @Option(names = "--schedule", description = "constant, step, cosine or polynomial. Default: cosine; lab: constant")
    private @Nullable ScheduleName schedule;

    @Option(names = "--loss", description = "ce, dice, ce+dice, focal or tversky. Default: ce+dice; lab: ce")
    private @Nullable String loss;

    @Option(names = "--augment", description = "Rotate, scale, shift, flip, bend and re-tone the training slices.")
    private boolean augment;

    @Option(names = "--out", paramLabel = "DIR", description = "Run folder to make. Default: runs/DATE-TIME")
    private @Nullable Path out;

    @Option(
            names = "--resume",
            paramLabel = "RUN",
            description = "Go on with a training that was stopped, from its last checkpoint, as if it had not been."
                    + " Of the other options it takes --data, --device and --threads.")
    private @Nullable Path resume;

    @Mixin
    private DeviceOptions device = new DeviceOptions();

    @Spec
    private @Nullable CommandSpec spec;

    @Override
    public Integer call() throws IOException {
        if (resume != null) {
            return goOn(resume);
        }
        checkOptions();
        Path folder = data != null ? data : phantom(spec().commandLine().getOut());
        TrainingConfig config = config(folder);
        config.model().requireTrainable(config.batch());
        try (Device on = device.open();
                RunFolder run = out != null ? RunFolder.create(out) : RunFolder.createUnused(dated())) {
            return new Session(spec(), run, on).train(RunRecord.begin(config, on, arguments()), false);
        }
    }

    private int goOn(Path folder) throws IOException {
        for (OptionSpec given : spec().commandLine().getParseResult().matchedOptions()) {
            require(
                    RESUMING.contains(given.longestName()),
                    given.longestName() + " cannot be given with --resume, which goes on with the settings of "
                            + folder.resolve("config.json"));
        }
        try (RunFolder run = RunFolder.reopen(folder)) {
            RunRecord begun = RunRecord.read(run);
            RunRecord record = begun.with(data != null ? data : begun.config().data());
            try (Device on = device.open(record.device())) {
                return new Session(spec(), run, on).train(record, true);
            }
        }
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

    private TrainingConfig config(Path folder) throws IOException {
        boolean lab = kind == ModelConfig.Kind.LAB;
        try (SliceDataset first = SliceDataset.open(folder.resolve(SliceFolder.TRAIN), CLASSES)) {
            ModelConfig model = new ModelConfig(
                    kind,
                    base,
                    depth,
                    norm,
                    CLASSES,
                    first.rows(),
                    first.columns(),
                    lab ? InputScaling.LAB : InputScaling.STANDARD);
            return new TrainingConfig(
                    folder,
                    model,
                    epochs != null ? epochs : lab ? 30 : 8,
                    batch != null ? batch : lab ? 1 : 2,
                    rate != null ? rate : 1e-3,
                    schedule != null ? schedule : lab ? ScheduleName.CONSTANT : ScheduleName.COSINE,
                    loss != null ? LossName.of(loss) : lab ? LossName.CE : LossName.CE_DICE,
                    augment,
                    device.seed());
        }
    }

    private void checkOptions() {
        require(epochs == null || epochs >= 1, "--epochs must be at least 1");
        require(batch == null || batch >= 1, "--batch must be at least 1");
        require(rate == null || (rate > 0 && Double.isFinite(rate)), "--lr must be above 0");
        require(base >= 1 && base <= 512, "--base must be from 1 to 512");
        require(depth >= 1 && depth <= 8, "--depth must be from 1 to 8");
        for (String option : List.of("--base", "--depth", "--norm")) {
            boolean given = spec().commandLine().getParseResult().hasMatchedOption(option);
            require(kind == ModelConfig.Kind.UNET || !given, option + " is for the U-Net; the lab's network is fixed");
        }
        try {
            if (loss != null) {
                LossName.of(loss);
            }
        } catch (IllegalArgumentException e) {
            require(false, "--loss: " + e.getMessage());
        }
    }

    private void require(boolean holds, String rule) {
        if (!holds) {
            throw new ParameterException(spec().commandLine(), rule);
        }
    }

    private Path phantom(PrintWriter print) throws IOException {
        if (!Files.isRegularFile(PHANTOM.resolve(SliceFolder.MANIFEST))) {
            print.printf("making %d + %d phantom slices in %s%n", PHANTOM_TRAIN, PHANTOM_VALIDATION, PHANTOM);
            PhantomDataset.write(PHANTOM, PHANTOM_TRAIN, PHANTOM_VALIDATION, 1);
        }
        return PHANTOM;
    }
}
