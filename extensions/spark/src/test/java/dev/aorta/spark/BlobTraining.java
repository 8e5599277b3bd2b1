package dev.aorta.spark;

import dev.aorta.Device;
import dev.aorta.Scope;
import dev.aorta.cluster.ProcessGroup;
import dev.aorta.data.DataLoader;
import dev.aorta.data.TfRecordFiles;
import dev.aorta.data.TfRecordIndex;
import dev.aorta.io.Checkpoint;
import dev.aorta.loss.Loss;
import dev.aorta.metric.ClassificationMeter;
import dev.aorta.nn.Layer;
import dev.aorta.nn.Layers;
import dev.aorta.optim.Adam;
import dev.aorta.optim.Schedule;
import dev.aorta.train.Callback;
import dev.aorta.train.Checkpoints;
import dev.aorta.train.Fit;
import dev.aorta.train.History;
import dev.aorta.train.Trainer;
import java.io.IOException;
import java.io.Serializable;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** A small network with batch normalisation and dropout, trained on {@link Blobs}. */
final class BlobTraining {
    static final int EPOCHS = 4;
    static final int SHARDS = 4;
    private static final int BATCH = 32;

    private BlobTraining() {}

    /** What it came to: bytes of the model, its last scores, from which checkpoint it went on, and how many trained. */
    record Result(byte[] model, Map<String, Double> scores, String resumedFrom, int processes)
            implements Serializable {}

    static Result train(Path data, Path checkpoints, long seed, ProcessGroup group, Callback... callbacks)
            throws IOException {
        try (Device device = Device.cpu(1);
                Scope scope = Scope.open();
                TfRecordIndex records = TfRecordIndex.open(TfRecordFiles.find(data.resolve("blobs")))) {
            Layers net = new Layers(device, seed);
            Layer network = net.sequential(
                    net.linear(2, 16), net.batchNorm(16), net.dropout(0.2f), net.linear(16, Blobs.CLASSES));
            Adam adam = new Adam(network.parameters(), Schedule.constant(0.02));
            From from = new From();
            History history = new Trainer(network, device, Loss.crossEntropy(), adam)
                    .meter(() -> new ClassificationMeter(Blobs.CLASSES))
                    .seed(seed)
                    .shards(SHARDS, group)
                    .callbacks(from)
                    .callbacks(callbacks)
                    .checkpoints(Checkpoints.in(checkpoints).every(Duration.ZERO))
                    .resume()
                    .fit(
                            new DataLoader(new Blobs(records), BATCH)
                                    .shuffled(seed)
                                    .threads(2),
                            new DataLoader(new Blobs(records), BATCH),
                            EPOCHS);
            Path file = Files.createTempFile("model", ".safetensors");
            Checkpoint.save(file, network.parameters(), Map.of());
            byte[] model = Files.readAllBytes(file);
            Files.delete(file);
            return new Result(
                    model,
                    Map.copyOf(history.epochs().getLast().training().values()),
                    from.file == null ? "" : String.valueOf(from.file.getFileName()),
                    group.size());
        }
    }

    private static final class From implements Callback {
        private @Nullable Path file;

        @Override
        public void fitBegins(Fit fit) {
            file = fit.resumedFrom();
        }
    }

    /** Writes its process's number into a file after some batches, and waits for its end. */
    record WaitsForItsEnd(int[] left, Path file) implements Callback {
        @Override
        public void batchEnds(Fit fit) throws IOException {
            if (--left[0] == 0) {
                Path part = file.resolveSibling("part");
                Files.writeString(part, Long.toString(ProcessHandle.current().pid()));
                Files.move(part, file);
                try {
                    Thread.sleep(Duration.ofMinutes(2));
                } catch (InterruptedException e) {
                    Thread.currentThread().interrupt();
                }
            }
        }
    }
}
