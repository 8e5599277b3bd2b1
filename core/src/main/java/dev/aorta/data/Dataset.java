package dev.aorta.data;

import dev.aorta.Shape;
import java.io.IOException;
import java.util.List;

/** Pairs of an input and its label, read by index; reading from several threads is safe. */
public interface Dataset extends MultiInputDataset {
    /** {@return the shape of one input without the batch axis, for example (H, W, C)} */
    Shape inputShape();

    /**
     * Reads one pair.
     *
     * @param index from 0 to {@code size() - 1}
     * @param input receives {@code inputShape().size()} values
     * @param label receives {@code labelShape().size()} values, such as class indices
     * @throws IOException when it cannot be read, naming the file and the record
     */
    void read(int index, float[] input, float[] label) throws IOException;

    @Override
    default List<Shape> inputShapes() {
        return List.of(inputShape());
    }

    @Override
    default void read(int index, float[][] inputs, float[] label) throws IOException {
        read(index, inputs[0], label);
    }
}
