package dev.aorta.metric;

import dev.aorta.Scope;
import dev.aorta.Shape;
import dev.aorta.Tensor;
import dev.aorta.cluster.ProcessGroup;
import dev.aorta.data.Batch;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * What a network made of a batch, on the host, reduced as a meter asks. The arrays are reused for batches of one size.
 *
 * <pre>{@code
 * Output output = new Output(meter);
 * output.read(logits, 0, batch.size());
 * meter.add(batch, output, loss.item());
 * }</pre>
 */
public final class Output {
    private final List<Readout> readouts;
    private final Map<Readout, float[]> arrays = new HashMap<>();
    private float[] gathered = {};
    private @Nullable Shape shape;

    /**
     * Holds what this meter reads.
     *
     * @param meter whose readouts are kept
     */
    public Output(Meter meter) {
        readouts = meter.readouts().stream().distinct().toList();
    }

    /**
     * Copies a part of the batch's output; the parts of one batch may come from several threads at once.
     *
     * @param output (N, ..) of the samples from {@code from} on
     * @param from index of the first of these samples in the batch
     * @param size samples of the whole batch
     */
    public void read(Tensor output, int from, int size) {
        int count = output.shape().dim(0);
        resize(output.shape(), size);
        try (Scope quiet = Scope.noGrad()) {
            for (Readout readout : readouts) {
                Tensor reduced = readout.of(output);
                int part = reduced.shape().size();
                if (part % count != 0) {
                    throw new IllegalArgumentException("[metric] a readout made " + reduced.shape() + " of "
                            + output.shape() + ": the first axis must stay");
                }
                float[] whole = array(readout, part / count * size);
                if (part == whole.length) {
                    reduced.copyTo(whole);
                } else {
                    System.arraycopy(reduced.toArray(), 0, whole, part / count * from, part);
                }
            }
        }
    }

    /**
     * Gives all processes of a group the labels and the output of the whole batch, in one sum; nothing where the meter reads no output.
     *
     * @param from the first sample that this process has read
     * @param to one behind the last; what stands in the place of others is overwritten
     * @param batch its labels are completed
     * @param group whose processes have read all samples between them, each one once
     */
    public synchronized void gather(int from, int to, Batch batch, ProcessGroup group) {
        if (group.size() == 1 || readouts.isEmpty()) {
            return;
        }
        List<float[]> arrays = new ArrayList<>(List.of(batch.labels().array()));
        readouts.forEach(readout -> arrays.add(get(readout)));
        int length = arrays.stream().mapToInt(array -> array.length).reduce(0, Math::addExact);
        if (gathered.length != length) {
            gathered = new float[length];
        }
        float[] all = gathered;
        Arrays.fill(all, 0);
        int at = 0;
        for (float[] array : arrays) {
            int sample = array.length / batch.size();
            System.arraycopy(array, from * sample, all, at + from * sample, (to - from) * sample);
            at += array.length;
        }
        group.allReduce(all);
        at = 0;
        for (float[] array : arrays) {
            System.arraycopy(all, at, array, 0, array.length);
            at += array.length;
        }
    }

    /**
     * The reduced output of the batch in row-major order.
     *
     * @param readout one of the meter's
     * @return not a copy
     */
    public synchronized float[] get(Readout readout) {
        float[] array = arrays.get(readout);
        if (array == null) {
            throw new IllegalStateException(
                    "[metric] a meter reads what it did not ask for: list the readout in Meter.readouts()");
        }
        return array;
    }

    /** {@return the shape of the output of the batch before it is reduced} */
    public synchronized Shape shape() {
        return Objects.requireNonNull(shape, "nothing was read yet");
    }

    private synchronized void resize(Shape part, int size) {
        int[] dims = part.dims().clone();
        dims[0] = size;
        shape = Shape.of(dims);
    }

    private synchronized float[] array(Readout readout, int length) {
        float[] array = arrays.get(readout);
        if (array == null || array.length != length) {
            array = new float[length];
            arrays.put(readout, array);
        }
        return array;
    }
}
