package dev.aorta.train;

import dev.aorta.Device;
import dev.aorta.Scope;
import dev.aorta.Tensor;
import dev.aorta.data.Batch;
import dev.aorta.data.DataLoader;
import dev.aorta.data.Epoch;
import dev.aorta.loss.Loss;
import dev.aorta.metric.Meter;
import dev.aorta.metric.Scores;
import dev.aorta.nn.Layer;
import dev.aorta.nn.Pass;
import java.util.Objects;
import java.util.function.BooleanSupplier;
import org.jspecify.annotations.Nullable;

/** Scores a network as it is, in inference. Not thread-safe. */
public final class Evaluator {
    private final Layer network;
    private final Device device;
    private final Loss loss;
    private final Forward forward;

    /**
     * An evaluator of a network of one input.
     *
     * @param network left as it is
     * @param device of the network; closed by the caller
     * @param loss a mean over the samples of a batch
     */
    public Evaluator(Layer network, Device device, Loss loss) {
        this(network, device, loss, Forward.ofOneInput());
    }

    /**
     * An evaluator of a network of any inputs.
     *
     * @param network left as it is
     * @param device of the network; closed by the caller
     * @param loss a mean over the samples of a batch
     * @param forward how the network takes the inputs of a batch
     */
    public Evaluator(Layer network, Device device, Loss loss, Forward forward) {
        this.network = network;
        this.device = device;
        this.loss = loss;
        this.forward = forward;
    }

    /**
     * The mean loss, and the scores of a meter.
     *
     * @param data read once, in the order of its epoch 0
     * @param meter a new one; it can be asked for more than scores afterwards
     * @return the loss as mean over samples, and what the meter measured
     * @throws java.io.UncheckedIOException when a sample cannot be read
     * @throws TrainingException when the loss of a batch is NaN or infinite
     */
    public Scores evaluate(DataLoader data, Meter meter) {
        return Objects.requireNonNull(evaluate(data, meter, () -> false));
    }

    /** Null when it was ended. */
    @Nullable
    Scores evaluate(DataLoader data, Meter meter, BooleanSupplier end) {
        Tally tally = new Tally(meter);
        try (Epoch batches = data.epoch(0)) {
            while (batches.hasNext()) {
                if (end.getAsBoolean()) {
                    return null;
                }
                Batch batch = batches.next();
                try (Scope step = Scope.noGrad()) {
                    Tensor output = forward.of(network, batch.inputs(device), Pass.INFERENCE);
                    double value = loss.of(output, batch.labels(device)).item();
                    if (!Double.isFinite(value)) {
                        throw new TrainingException("[evaluate] the loss is " + value + " (" + batch
                                + "): the weights are of a training that failed, or there is NaN in the input");
                    }
                    tally.read(output, 0, batch);
                    tally.add(batch, value);
                }
            }
        }
        return tally.scores();
    }
}
