package dev.aorta.unet.cli;

import dev.aorta.cluster.ProcessGroup;
import dev.aorta.unet.imaging.PixelType;
import dev.aorta.unet.imaging.SliceFolder;
import dev.aorta.unet.model.InputScaling;
import dev.aorta.unet.model.ModelConfig;
import dev.aorta.unet.model.Norm;
import dev.aorta.unet.model.Views;
import dev.aorta.unet.train.AugmentName;
import dev.aorta.unet.train.Keep;
import dev.aorta.unet.train.LossName;
import dev.aorta.unet.train.Recipe;
import dev.aorta.unet.train.ScheduleName;
import dev.aorta.unet.train.SliceDataset;
import dev.aorta.unet.train.TrainingConfig;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.Objects;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;

/** The options that say how a network is trained. */
final class TrainingOptions {
    private static final int MOST_CLASSES = 256;
    /** Parts of a batch where several processes train and nobody says how many. */
    private static final int SHARDS = 8;

    @Spec(Spec.Target.MIXEE)
    private @Nullable CommandSpec command;

    @Option(
            names = "--recipe",
            paramLabel = "NAME",
            description =
                    "A set of the options below, each of which may be given beside it; patients: for patients whom the"
                            + " network has never seen.")
    private @Nullable Recipe recipe;

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

    @Option(
            names = "--classes",
            paramLabel = "N",
            description = "Classes of the labels, the background included. Default: what manifest.json says, else 2")
    private @Nullable Integer classes;

    @Option(names = "--epochs", description = "Passes over the training slices. Default: 12; lab: 30")
    private @Nullable Integer epochs;

    @Option(names = "--batch", description = "Slices in a step. Default: 2; lab: 1")
    private @Nullable Integer batch;

    @Option(names = "--lr", description = "Highest learning rate of Adam. Default: 0.001")
    private @Nullable Double rate;

    @Option(names = "--schedule", description = "constant, step, cosine or polynomial. Default: cosine; lab: constant")
    private @Nullable ScheduleName schedule;

    @Option(names = "--loss", description = "ce, dice, ce+dice, focal or tversky. Default: ce+dice; lab: ce")
    private @Nullable String loss;

    @Option(
            names = "--augment",
            arity = "0..1",
            fallbackValue = "standard",
            defaultValue = "none",
            paramLabel = "HOW",
            description =
                    "Rotate, scale, shift, bend and re-tone the training slices: standard, which goes without saying,"
                            + " in any orientation and mirrored; upright, not mirrored, and turned by up to 90 degrees.")
    private AugmentName augment = AugmentName.NONE;

    @Option(
            names = "--patch",
            paramLabel = "SIDE",
            defaultValue = "0",
            description =
                    "Train on square patches of so many pixels a side, two in three of them around the foreground."
                            + " Default: whole slices")
    private int patch;

    @Option(
            names = "--centre",
            paramLabel = "SIDE",
            defaultValue = "0",
            description =
                    "Look only at the square of so many pixels a side in the middle of slices; all else is background."
                            + " Default: whole slices")
    private int centre;

    @Option(
            names = "--average",
            paramLabel = "DECAY",
            defaultValue = "0",
            description = "Score and keep a moving average of the weights of that decay, such as 0.995. Default: none")
    private double average;

    @Option(
            names = "--keep",
            defaultValue = "best",
            description =
                    "Which weights the model file gets: of the best epoch by the validation slices, or of the last."
                            + " Default: best")
    private Keep keep = Keep.BEST;

    @Option(
            names = "--shards",
            paramLabel = "N",
            description =
                    "Cut each batch into N parts, 1, 2, 4, 8 or so, which several processes may share; the bytes that come out depend on"
                            + " N and not on the number of processes. Default: 1, and 8 where WORLD_SIZE says that there are several")
    private @Nullable Integer shards;

    @Option(
            names = "--sync-norm",
            description =
                    "Batch normalisation takes the statistics of all shards of a batch together, not of each. It then needs the"
                            + " memory of all shards that a process has at once")
    private boolean synchronised;

    @Option(
            names = "--views",
            defaultValue = "one",
            description =
                    "Of which views of a slice the model's masks are the mean: one, mirrored (and its mirror images, for"
                            + " networks trained in any orientation), or turned (and six that are turned, scaled and"
                            + " moved a little). Default: one")
    private Views views = Views.ONE;

    @Option(names = "--largest", description = "Of the foreground of the model's masks the largest part is left.")
    private boolean largest;

    /** The options of the recipe, in words; empty where none is given. */
    String recipe() {
        return recipe == null
                ? ""
                : "recipe " + recipe.name().toLowerCase(java.util.Locale.ROOT) + ": "
                        + String.join(" ", recipe.options());
    }

    /**
     * How a network is trained on the slices of a folder.
     *
     * @param pixels type of plain numbers, or null when the records say it or they can be only one
     * @param group of the processes that train together, all of which call this
     */
    TrainingConfig config(Path folder, @Nullable PixelType pixels, long seed, ProcessGroup group) throws IOException {
        boolean lab = kind == ModelConfig.Kind.LAB;
        int count = classes != null ? classes : SliceFolder.classes(folder);
        require(
                !lab || count == 2,
                "the lab's network has two classes, the data %d; use --model unet".formatted(count));
        try (SliceDataset first = SliceDataset.open(folder.resolve(SliceFolder.TRAIN), count, pixels)) {
            ModelConfig model = new ModelConfig(
                    kind,
                    base,
                    depth,
                    norm,
                    count,
                    first.rows(),
                    first.columns(),
                    lab ? InputScaling.LAB : InputScaling.STANDARD,
                    centre,
                    views,
                    largest,
                    first.spacing(group),
                    1);
            return new TrainingConfig(
                    folder,
                    pixels,
                    model,
                    epochs != null ? epochs : lab ? 30 : 12,
                    batch != null ? batch : lab ? 1 : 2,
                    rate != null ? rate : 1e-3,
                    schedule != null ? schedule : lab ? ScheduleName.CONSTANT : ScheduleName.COSINE,
                    loss != null ? LossName.of(loss) : lab ? LossName.CE : LossName.CE_DICE,
                    augment,
                    patch,
                    average,
                    keep,
                    shards != null ? shards : group.size() > 1 ? Math.max(SHARDS, group.size()) : 1,
                    synchronised,
                    seed);
        }
    }

    /** Checks what can be checked before any file is opened. */
    void check() {
        require(epochs == null || epochs >= 1, "--epochs must be at least 1");
        require(batch == null || batch >= 1, "--batch must be at least 1");
        require(rate == null || (rate > 0 && Double.isFinite(rate)), "--lr must be above 0");
        require(base >= 1 && base <= 512, "--base must be from 1 to 512");
        require(depth >= 1 && depth <= 8, "--depth must be from 1 to 8");
        require(
                classes == null || classes >= 2 && classes <= MOST_CLASSES,
                "--classes must be from 2 to " + MOST_CLASSES);
        require(patch >= 0 && patch <= 4096, "--patch must be from 1 to 4096, or 0 for whole slices");
        require(centre >= 0 && centre <= 4096, "--centre must be from 1 to 4096, or 0 for whole slices");
        require(
                shards == null || shards >= 1 && Integer.bitCount(shards) == 1,
                "--shards must be 1, 2, 4, 8 or another power of two");
        require(average >= 0 && average < 1, "--average must be at least 0 and below 1");
        for (String option : List.of("--base", "--depth", "--norm", "--centre")) {
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

    private CommandSpec spec() {
        return Objects.requireNonNull(command);
    }
}
