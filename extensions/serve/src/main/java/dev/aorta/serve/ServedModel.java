package dev.aorta.serve;

import dev.aorta.Device;
import dev.aorta.data.Values;
import dev.aorta.nn.Model;
import java.time.Duration;
import java.util.Arrays;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/** One version of a model as it is served: what it takes and gives, and how requests become batches. */
public final class ServedModel implements AutoCloseable {
    private final Model model;
    private final Device device;
    private final Port input;
    private final Port output;
    private final Batching batching;
    private @Nullable Batcher batcher;

    /**
     * A tensor of float32 that goes in or comes out.
     *
     * @param name of the tensor
     * @param shape extents, -1 for any; the first is the batch
     */
    public record Port(String name, int... shape) {
        /** Checks that there is a batch. */
        public Port {
            if (shape.length == 0 || shape[0] != -1) {
                throw new IllegalArgumentException("[serve] the first axis of " + name + " is the batch, which is -1");
            }
            shape = shape.clone();
        }

        /** {@return whether an extent of each axis is one that it takes} */
        boolean takes(int[] dims) {
            boolean takes = dims.length == shape.length;
            for (int i = 0; takes && i < dims.length; i++) {
                takes = shape[i] == -1 || shape[i] == dims[i];
            }
            return takes;
        }

        @Override
        public boolean equals(@Nullable Object other) {
            return other instanceof Port p && name.equals(p.name) && Arrays.equals(shape, p.shape);
        }

        @Override
        public int hashCode() {
            return 31 * name.hashCode() + Arrays.hashCode(shape);
        }

        /** For example {@code x [-1, 28, 28, 1]}. */
        @Override
        public String toString() {
            return name + Arrays.stream(shape).mapToObj(Integer::toString).collect(Collectors.joining(", ", " [", "]"));
        }
    }

    /**
     * A model to be served, which this closes.
     *
     * @param model to run
     * @param device where it is
     * @param input what it takes
     * @param output what it gives
     * @param batching how requests become batches
     */
    public ServedModel(Model model, Device device, Port input, Port output, Batching batching) {
        this.model = model;
        this.device = device;
        this.input = input;
        this.output = output;
        this.batching = batching;
    }

    Port input() {
        return input;
    }

    Port output() {
        return output;
    }

    /** {@return the model itself, for what is no inference of a batch} */
    public Model model() {
        return model;
    }

    /** Begins to serve. */
    void start(String name, String version, Metrics metrics) {
        Batcher started = new Batcher(name + " " + version, model, device, batching, (took, samples) -> {
            metrics.observe(
                    "aorta_batch_seconds", "Time to run a batch", seconds(took), "model", name, "version", version);
            metrics.count("aorta_batches_total", "Batches that ran", 1, "model", name, "version", version);
            metrics.count("aorta_samples_total", "Samples that ran", samples, "model", name, "version", version);
        });
        batcher = started;
        metrics.gauge(
                "aorta_queue_requests", "Requests that wait", started::waiting, "model", name, "version", version);
    }

    /** Requests that wait for it. */
    int waiting() {
        return batcher == null ? 0 : batcher.waiting();
    }

    /** Whether a request that came now would be refused. */
    boolean isFull() {
        return batcher != null && batcher.isFull();
    }

    static double seconds(Duration duration) {
        return duration.toNanos() / 1e9;
    }

    /**
     * Runs it in a batch with other callers' and waits for it.
     *
     * @param values (N, ..), of a shape that the input takes
     * @return what it gives, (N, ..)
     * @throws HttpError 429 when the queue is full, 503 when it is not served, 500 when it fails
     * @throws InterruptedException when the waiting thread is interrupted
     */
    public Values run(Values values) throws HttpError, InterruptedException {
        Batcher running = batcher;
        if (running == null) {
            throw new HttpError(503, "the version is not served yet");
        }
        return running.run(values);
    }

    /** Answers what waits, and frees the model. */
    @Override
    public void close() {
        if (batcher != null) {
            batcher.close();
        }
        model.close();
    }
}
