package dev.aorta.metric;

import dev.aorta.Device;
import dev.aorta.Scope;
import dev.aorta.Shape;
import dev.aorta.Tensor;
import dev.aorta.data.Batch;
import dev.aorta.data.Values;
import java.util.List;

/** Outputs and labels of a batch as a meter gets them. */
final class Measured {
    private Measured() {}

    /** Adds a batch. */
    static void add(Meter meter, float[] output, Shape outputShape, float[] labels, Shape labelShape) {
        int n = outputShape.dim(0);
        Batch batch =
                new Batch(List.of(new Values(new float[n], Shape.of(n))), new Values(labels, labelShape), new int[n]);
        try (Scope scope = Scope.noGrad()) {
            Output read = new Output(meter);
            read.read(Tensor.of(Device.cpu(), output, outputShape.dims()), 0, n);
            meter.add(batch, read, 0);
        }
    }

    /** Adds rows of logits with a label each. */
    static void add(Meter meter, float[][] logits, float... labels) {
        int classes = logits[0].length;
        float[] flat = new float[logits.length * classes];
        for (int i = 0; i < logits.length; i++) {
            System.arraycopy(logits[i], 0, flat, i * classes, classes);
        }
        add(meter, flat, Shape.of(logits.length, classes), labels, Shape.of(labels.length));
    }

    /** Adds (N, pixels) of predicted classes as logits. */
    static void addMasks(Meter meter, int classes, float[] predicted, float[] labels, int count) {
        float[] logits = new float[predicted.length * classes];
        for (int i = 0; i < predicted.length; i++) {
            logits[i * classes + (int) predicted[i]] = 1;
        }
        int pixels = predicted.length / count;
        add(meter, logits, Shape.of(count, pixels, classes), labels, Shape.of(count, labels.length / count));
    }
}
