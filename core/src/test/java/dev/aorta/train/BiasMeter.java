package dev.aorta.train;

import dev.aorta.data.Batch;
import dev.aorta.metric.Meter;
import dev.aorta.metric.Output;
import dev.aorta.metric.Readout;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.SequencedMap;

/** A metric of a user's own: all that there is to write for one. */
final class BiasMeter implements Meter {
    private double sum;
    private long count;

    @Override
    public void add(Batch batch, Output output, double loss) {
        float[] y = output.get(Readout.NONE);
        for (int i = 0; i < y.length; i++) {
            sum += y[i] - batch.labels().array()[i];
        }
        count += y.length;
    }

    @Override
    public SequencedMap<String, Double> scores() {
        return new LinkedHashMap<>(Map.of("bias", sum / count));
    }
}
