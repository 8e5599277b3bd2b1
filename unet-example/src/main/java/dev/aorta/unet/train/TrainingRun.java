package dev.aorta.unet.train;

import dev.aorta.Device;
import dev.aorta.Scope;
import dev.aorta.data.DataLoader;
import dev.aorta.data.Transform;
import dev.aorta.io.EventFile;
import dev.aorta.io.FormatException;
import dev.aorta.metric.SegmentationScores;
import dev.aorta.nn.Layer;
import dev.aorta.optim.Adam;
import dev.aorta.optim.Schedule;
import dev.aorta.train.Trainer;
import dev.aorta.unet.augment.Augmentation;
import dev.aorta.unet.imaging.SliceFolder;
import java.io.IOException;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.List;

/** One training from initial weights to a run folder. */
public final class TrainingRun {
    private final TrainingConfig config;
    private final Device device;
    private final RunFolder run;
    private final Monitor monitor;

    /** Who watches a training. */
    public interface Monitor {
        /** An epoch begins. */
        void start(int epoch, int images);

        /** Some images of it are done. */
        void batch(int done, double loss, double dice);

        /** An epoch has ended; {@code best} when its network is the best so far. */
        void end(EpochRow row, boolean best);
    }

    /** Prepares a run; nothing is read or written yet. */
    public TrainingRun(TrainingConfig config, Device device, RunFolder run, Monitor monitor) {
        this.config = config;
        this.device = device;
        this.run = run;
        this.monitor = monitor;
    }

    /**
     * Trains.
     *
     * @return a row for each epoch
     * @throws FormatException if the data do not fit the network
     * @throws dev.aorta.train.TrainingException if a loss is not finite
     */
    public List<EpochRow> train() throws IOException {
        int classes = config.model().classes();
        try (SliceDataset training = SliceDataset.open(config.data().resolve(SliceFolder.TRAIN), classes);
                SliceDataset validation = SliceDataset.open(config.data().resolve(SliceFolder.VALIDATION), classes);
                Scope model = Scope.open()) {
            requireSize(training);
            requireSize(validation);
            Layer network = config.model().build(device, config.seed());
            DataLoader trainLoader = new DataLoader(training, config.batch(), true, config.seed(), transforms());
            DataLoader valLoader = new DataLoader(validation, config.batch(), false, 0, scaling());
            Schedule schedule =
                    config.schedule().schedule(config.rate(), (long) config.epochs() * trainLoader.batches());
            Adam adam = new Adam(network.parameters(), schedule);
            Trainer trainer = new Trainer(network, config.loss().loss(), adam, device, classes, 0, config.seed());
            run.writeConfig(config.toJson(device.toString()));
            return epochs(network, adam, trainer, trainLoader, valLoader);
        }
    }

    private List<EpochRow> epochs(Layer network, Adam adam, Trainer trainer, DataLoader training, DataLoader validation)
            throws IOException {
        List<EpochRow> rows = new ArrayList<>();
        double best = -1;
        try (EventFile events = EventFile.create(run.folder(), InstantSource.system())) {
            for (int e = 0; e < config.epochs(); e++) {
                monitor.start(e + 1, training.size());
                SegmentationScores train =
                        trainer.train(training, e, (done, of, loss, dice) -> monitor.batch(done, loss, dice));
                EpochRow row =
                        new EpochRow(e + 1, adam.rate(), train, trainer.evaluate(validation, Trainer.Listener.NONE));
                rows.add(row);
                boolean better = row.validation().dice() > best;
                if (better) {
                    best = row.validation().dice();
                    config.model().save(run.model(), network);
                }
                run.writeMetrics(rows);
                record(events, row);
                monitor.end(row, better);
            }
        }
        return rows;
    }

    private static void record(EventFile events, EpochRow row) throws IOException {
        events.scalar("loss/train", row.epoch(), row.train().loss());
        events.scalar("loss/validation", row.epoch(), row.validation().loss());
        events.scalar("dice/train", row.epoch(), row.train().dice());
        events.scalar("dice/validation", row.epoch(), row.validation().dice());
        events.scalar("learning_rate", row.epoch(), row.rate());
        events.flush();
    }

    private Transform[] transforms() {
        if (!config.augment()) {
            return new Transform[] {scaling()};
        }
        Transform augmentation = Augmentation.standard()
                .transform(config.seed(), config.model().rows(), config.model().columns());
        return new Transform[] {augmentation, scaling()};
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
