package dev.aorta.unet.train;

import dev.aorta.Device;
import dev.aorta.Scope;
import dev.aorta.cluster.ProcessGroup;
import dev.aorta.data.DataLoader;
import dev.aorta.data.Transform;
import dev.aorta.io.FormatException;
import dev.aorta.nn.Layer;
import dev.aorta.optim.Adam;
import dev.aorta.optim.Schedule;
import dev.aorta.optim.WeightAverage;
import dev.aorta.train.BestCheckpoint;
import dev.aorta.train.Callback;
import dev.aorta.train.Checkpoints;
import dev.aorta.train.CsvLog;
import dev.aorta.train.EpochScores;
import dev.aorta.train.Fit;
import dev.aorta.train.History;
import dev.aorta.train.TensorBoardLog;
import dev.aorta.train.Trainer;
import dev.aorta.unet.augment.Augmentation;
import dev.aorta.unet.imaging.SliceFolder;
import java.io.IOException;
import java.nio.file.Path;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** One training into a run folder. */
public final class TrainingRun {
    /** Under which the metadata of a model say the epoch that it is of. */
    public static final String EPOCH = "aorta.epoch";

    private static final int FAR_READERS = 4;

    private final RunRecord record;
    private final TrainingConfig config;
    private final Device device;
    private final @Nullable RunFolder run; // of process 0
    private final ProcessGroup group;
    private final Callback[] watchers;

    /**
     * Prepares a run; nothing is read or written yet.
     *
     * @param run for this training alone
     * @param group of the processes that train, of which this one writes the files
     * @param watchers told of each epoch once its files are written
     */
    public TrainingRun(RunRecord record, Device device, RunFolder run, ProcessGroup group, Callback... watchers) {
        this(record, device, group, run, watchers);
    }

    private TrainingRun(
            RunRecord record, Device device, ProcessGroup group, @Nullable RunFolder run, Callback... watchers) {
        this.record = record;
        config = record.config();
        this.device = device;
        this.run = run;
        this.group = group;
        this.watchers = watchers;
    }

    /** The part of a process that writes no files. */
    public static TrainingRun helper(RunRecord record, Device device, ProcessGroup group) {
        return new TrainingRun(record, device, group, null);
    }

    /**
     * Trains from initial weights, or goes on from the last good checkpoint.
     *
     * @throws FormatException if the data do not fit the network
     * @throws dev.aorta.train.TrainingException if a loss is not finite
     */
    public History train(boolean resume) throws IOException {
        int classes = config.model().classes();
        try (SliceDataset training = config.open(SliceFolder.TRAIN);
                SliceDataset validation = config.open(SliceFolder.VALIDATION);
                Scope model = Scope.open()) {
            requireSize(training);
            requireSize(validation);
            Layer network = config.model().build(device, config.seed());
            DataLoader trainLoader = ahead(trainLoader(training));
            DataLoader valLoader =
                    ahead(new DataLoader(validation, config.batch())).transform(scaling());
            Schedule schedule =
                    config.schedule().schedule(config.rate(), (long) config.epochs() * trainLoader.batches());
            Adam adam = new Adam(network.parameters(), schedule);
            if (run != null && !resume) {
                record.write(run);
            }
            Trainer trainer = new Trainer(network, device, config.loss().loss(), adam)
                    .meter(() -> Scoring.meter(classes))
                    .seed(config.seed())
                    .shards(config.shards(), group)
                    .callbacks(run == null ? new Callback[0] : files(run))
                    .callbacks(watchers)
                    .checkpoints(Checkpoints.in(run == null ? Path.of("") : run.checkpoints())
                            .facts(record.facts()));
            if (config.synchronised()) {
                trainer.synchronised();
            }
            if (config.average() != 0) {
                trainer.average(new WeightAverage(network.parameters(), config.average()));
            }
            return (resume ? trainer.resume() : trainer).fit(trainLoader, valLoader, config.epochs());
        }
    }

    /** Files that are far are waited for by several threads. */
    private DataLoader ahead(DataLoader loader) {
        return config.isLocal() ? loader : loader.threads(FAR_READERS);
    }

    private Callback[] files(RunFolder run) throws IOException {
        return new Callback[] {
            new CsvLog(run.metrics(), "loss", "dice"), // has the epoch of the model, whenever it is stopped
            config.keep() == Keep.BEST
                    ? new BestCheckpoint(Scoring.BEST, (network, epoch) -> save(run, network, epoch))
                    : everyEpoch(run),
            new TensorBoardLog(run.folder()),
            new Timings(run.timings())
        };
    }

    private void save(RunFolder run, Layer network, EpochScores epoch) throws IOException {
        Map<String, String> made = Map.of(EPOCH, Integer.toString(epoch.epoch()), "aorta.simd", record.simd());
        config.model().save(run.model(), network, made);
    }

    private Callback everyEpoch(RunFolder run) {
        return new Callback() {
            @Override
            public void epochEnds(Fit fit, EpochScores epoch) throws IOException {
                save(run, fit.network(), epoch);
            }
        };
    }

    private DataLoader trainLoader(SliceDataset slices) {
        Augmentation changes = config.augment().augmentation();
        if (config.patch() != 0) {
            PatchDataset patches = new PatchDataset(
                    slices,
                    config.patch(),
                    config.model().centre(),
                    config.model().input(),
                    changes,
                    config.seed(),
                    config.epochs());
            return new DataLoader(patches, config.batch())
                    .sampler(patches.sampler())
                    .dropLast();
        }
        DataLoader whole = new DataLoader(slices, config.batch()).shuffled(config.seed());
        return (changes.isNone()
                        ? whole
                        : whole.transform(changes.transform(config.seed(), slices.rows(), slices.columns())))
                .transform(scaling());
    }

    private Transform scaling() {
        return (input, label, epoch, index) -> config.model().input().apply(input);
    }

    private void requireSize(SliceDataset data) throws FormatException {
        if (data.rows() != config.model().rows()
                || data.columns() != config.model().columns()) {
            throw new FormatException("%s: slices are %d x %d pixels, but %d x %d in the other file"
                    .formatted(
                            data.file(),
                            data.rows(),
                            data.columns(),
                            config.model().rows(),
                            config.model().columns()));
        }
    }
}
