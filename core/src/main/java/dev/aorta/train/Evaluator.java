package dev.aorta.train;

import dev.aorta.Device;
import dev.aorta.Scope;
import dev.aorta.Tensor;
import dev.aorta.cluster.ProcessGroup;
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
        return Objects.requireNonNull(evaluate(data, meter, () -> false, new Shards(1, ProcessGroup.alone())));
    }

    /** Null when it was ended. */
    @Nullable
    Scores evaluate(DataLoader data, Meter meter, BooleanSupplier end, Shards shards) {
        Tally tally = new Tally(meter);
        Shards.Sum sums = shards.new Sum(1);
        try (Epoch batches = shards.own(data).epoch(0)) {
            while (batches.hasNext()) {
                if (shards.isOne() && end.getAsBoolean()) {
                    return null;
                }
                Batch batch = batches.next();
                double value = shards.isOne()
                        ? loss(batch, 0, batch.size(), tally)
                        : loss(batch, tally, end.getAsBoolean(), shards, sums);
                if (shards.ended()) {
                    return null;
                }
                if (!Double.isFinite(value)) {
                    throw new TrainingException("[evaluate] the loss is " + value + " (" + batch
                            + "): the weights are of a training that failed, or there is NaN in the input");
                }
                tally.add(batch, value);
            }
        }
        return tally.scores();
    }

    private double loss(Batch batch, int from, int to, Tally tally) {
        try (Scope step = Scope.noGrad()) {
            Batch part = batch.rows(from, to);
            Tensor output = forward.of(network, part.inputs(device), Pass.INFERENCE);
            tally.read(output, from, batch);
            return loss.of(output, part.labels(device)).item();
        }
    }

    private double loss(Batch batch, Tally tally, boolean end, Shards shards, Shards.Sum sums) {
        int size = batch.size();
        if (shards.from(size) == shards.to(size)) {
            loss(batch, 0, 1, tally); // for the shape of what others compute
        }
        float[] sum = sums.of(
                size,
                end,
                (from, to, share, ready) -> share[0] = (float) (loss(batch, from, to, tally) * (to - from) / size));
        tally.gather(shards, batch);
        return sum[0];
    }
}
