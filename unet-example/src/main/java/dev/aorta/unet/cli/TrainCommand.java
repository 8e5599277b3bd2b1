package dev.aorta.unet.cli;

import dev.aorta.Device;
import dev.aorta.Scope;
import dev.aorta.train.EpochScores;
import dev.aorta.train.History;
import dev.aorta.train.ProgressLine;
import dev.aorta.unet.imaging.SliceFolder;
import dev.aorta.unet.model.InputScaling;
import dev.aorta.unet.model.ModelConfig;
import dev.aorta.unet.model.Norm;
import dev.aorta.unet.phantom.PhantomDataset;
import dev.aorta.unet.report.Report;
import dev.aorta.unet.train.LossName;
import dev.aorta.unet.train.RunFolder;
import dev.aorta.unet.train.ScheduleName;
import dev.aorta.unet.train.Scoring;
import dev.aorta.unet.train.SliceDataset;
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
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
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

    @Mixin
    private DeviceOptions device = new DeviceOptions();

    @Spec
    private @Nullable CommandSpec spec;

    @Override
    public Integer call() throws IOException {
        PrintWriter print = Objects.requireNonNull(spec).commandLine().getOut();
        checkOptions();
        Path folder = data != null ? data : phantom(print);
        TrainingConfig config = config(folder);
        config.model().requireTrainable(config.batch());
        Path target = out != null
                ? out
                : Path.of(
                        "runs",
                        DateTimeFormatter.ofPattern("yyyyMMdd-HHmmss", Locale.ROOT)
                                .format(LocalDateTime.now(java.time.ZoneId.systemDefault())));
        try (Device on = device.open()) {
            RunFolder run = RunFolder.create(target);
            printNetwork(config, on, print);
            warnOfMissingCharts();
            History history = new TrainingRun(
                            config,
                            on,
                            run,
                            new EpochBar(),
                            new ProgressLine(print, Scoring.BEST, "images", "loss", "dice"))
                    .train();
            EpochScores best = history.best(Scoring.BEST);
            print.printf(
                    Locale.ROOT,
                    "best validation %s %.4f in epoch %d%nmodel   %s%n",
                    Scoring.BEST.score(),
                    Scoring.BEST.of(best),
                    best.epoch(),
                    run.model());
            print.printf("report  %s%n", Report.write(run, config, on, history, arguments()));
        }
        return 0;
    }

    private void warnOfMissingCharts() {
        String reason = Report.chartlessBecause();
        if (!reason.isEmpty()) {
            Objects.requireNonNull(spec)
                    .commandLine()
                    .getErr()
                    .println("unet: warning: report.html will have no charts, everything else is written: " + reason);
        }
    }

    private List<String> arguments() {
        return Objects.requireNonNull(spec)
                .root()
                .commandLine()
                .getParseResult()
                .originalArgs();
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
            boolean given =
                    Objects.requireNonNull(spec).commandLine().getParseResult().hasMatchedOption(option);
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
            throw new ParameterException(Objects.requireNonNull(spec).commandLine(), rule);
        }
    }

    private Path phantom(PrintWriter print) throws IOException {
        if (!Files.isRegularFile(PHANTOM.resolve(SliceFolder.MANIFEST))) {
            print.printf("making %d + %d phantom slices in %s%n", PHANTOM_TRAIN, PHANTOM_VALIDATION, PHANTOM);
            PhantomDataset.write(PHANTOM, PHANTOM_TRAIN, PHANTOM_VALIDATION, 1);
        }
        return PHANTOM;
    }

    private static void printNetwork(TrainingConfig config, Device on, PrintWriter print) {
        try (Scope scope = Scope.noGrad()) {
            print.println(config.model().summary(config.model().build(on, config.seed())));
        }
        print.printf("device %s (%s)%n", on, on.backend().description());
    }
}
