package dev.aorta.bench;

import dev.aorta.Device;
import dev.aorta.Scope;
import dev.aorta.Shape;
import dev.aorta.data.DataLoader;
import dev.aorta.data.InMemoryDataset;
import dev.aorta.data.Values;
import dev.aorta.nn.Layer;
import dev.aorta.optim.Adam;
import dev.aorta.optim.Schedule;
import dev.aorta.train.Callback;
import dev.aorta.train.Checkpoints;
import dev.aorta.train.EpochScores;
import dev.aorta.train.Fit;
import dev.aorta.train.Trainer;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.concurrent.Callable;
import java.util.stream.Stream;
import org.apache.commons.math3.stat.StatUtils;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

/** The command {@code bench checkpoint}. */
@Command(
        name = "checkpoint",
        description = "Measures what the checkpoint after each epoch of 'unet train' costs, on images made at random.")
final class CheckpointCommand implements Callable<Integer> {
    @Option(names = "--network", description = "lab or unet-BASE (default: ${DEFAULT-VALUE})")
    private String network = "unet-16";

    @Option(names = "--images", description = "in an epoch (default: ${DEFAULT-VALUE}, those of Sunnybrook)")
    private int images = 234;

    @Option(names = "--epochs", description = "after one that is not measured (default: ${DEFAULT-VALUE})")
    private int epochs = 3;

    @Option(names = "--dir", description = "where the checkpoints are written (default: a temporary folder)")
    private Path folder = Path.of(System.getProperty("java.io.tmpdir"));

    /** The last callback: the trainer saves between its end of an epoch and what comes next. */
    private static final class Watch implements Callback {
        private final List<Double> training = new ArrayList<>();
        private final List<Double> saving = new ArrayList<>();
        private long begin;
        private long end;

        @Override
        public void epochBegins(Fit fit) {
            saved();
            begin = System.nanoTime();
        }

        @Override
        public void epochEnds(Fit fit, EpochScores epoch) {
            end = System.nanoTime();
            training.add((end - begin) / 1e6);
        }

        @Override
        public void fitEnds(Fit fit) {
            saved();
        }

        private void saved() {
            if (!training.isEmpty()) {
                saving.add((System.nanoTime() - end) / 1e6);
            }
        }

        static double median(List<Double> values) {
            return StatUtils.percentile(
                    values.stream().skip(1).mapToDouble(v -> v).toArray(), 50);
        }
    }

    @Override
    public Integer call() throws IOException {
        Path own = Files.createTempDirectory(folder, "aorta-checkpoint");
        Watch watch = new Watch();
        long bytes = 0;
        try (Device device = Device.cpu();
                Scope model = Scope.open()) {
            Layer layer = Network.named(network).model(device);
            Adam adam = new Adam(layer.parameters(), Schedule.constant(1e-3));
            new Trainer(
                            layer,
                            device,
                            (y, labels) -> y.crossEntropy(labels, null).add(y.diceLoss(labels, 1)),
                            adam)
                    .checkpoints(Checkpoints.in(own))
                    .callbacks(watch)
                    .fit(new DataLoader(data(), 2).shuffled(0), null, epochs + 1);
        } finally {
            try (Stream<Path> files = Files.list(own)) {
                for (Path file : files.toList()) {
                    bytes = Math.max(bytes, Files.size(file));
                    Files.delete(file);
                }
            }
            Files.delete(own);
        }
        double saving = Watch.median(watch.saving);
        double training = Watch.median(watch.training);
        System.out.printf(
                Locale.ROOT,
                "%s, %d images of %d x %d: a checkpoint of %.1f MB takes %.0f ms, %.2f %% of an epoch of %.1f s%n",
                network,
                images,
                Network.SIZE,
                Network.SIZE,
                bytes / 1e6,
                saving,
                100 * saving / (saving + training),
                training / 1e3);
        return 0;
    }

    private InMemoryDataset data() {
        Batch all = Batch.random(images, 1);
        float[] classes = new float[all.labels().length];
        for (int i = 0; i < classes.length; i++) {
            classes[i] = all.labels()[i];
        }
        return new InMemoryDataset(
                new Values(all.images(), Shape.of(images, all.side(), all.side(), 1)),
                new Values(classes, Shape.of(images, all.side(), all.side())));
    }
}
