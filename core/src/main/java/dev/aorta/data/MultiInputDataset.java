package dev.aorta.data;

import dev.aorta.Shape;
import java.io.IOException;
import java.util.List;

/** Samples of several inputs and a label, read by index; reading from several threads is safe. {@link Dataset} has one input. */
public interface MultiInputDataset {
    /** {@return the number of samples} */
    int size();

    /** {@return the shape of each input without the batch axis, at least one} */
    List<Shape> inputShapes();

    /** {@return the shape of one label without the batch axis, for example (H, W)} */
    Shape labelShape();

    /**
     * Reads one sample.
     *
     * @param index from 0 to {@code size() - 1}
     * @param inputs each receives as many values as its shape holds
     * @param label receives {@code labelShape().size()} values, such as class indices
     * @throws IOException when it cannot be read, naming the file and the record
     */
    void read(int index, float[][] inputs, float[] label) throws IOException;
}
