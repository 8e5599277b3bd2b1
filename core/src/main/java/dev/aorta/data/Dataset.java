package dev.aorta.data;

import dev.aorta.Shape;
import java.io.IOException;

/** Pairs of an input and its label, read by index; reading from several threads is safe. */
public interface Dataset {
    /** Number of pairs. */
    int size();

    /** Shape of one input without the batch axis, for example (H, W, C). */
    Shape inputShape();

    /** Shape of one label without the batch axis, for example (H, W). */
    Shape labelShape();

    /**
     * Reads one pair.
     *
     * @param index from 0 to {@code size() - 1}
     * @param input receives {@code inputShape().size()} values
     * @param label receives {@code labelShape().size()} class indices
     * @throws IOException when it cannot be read, naming the file and the record
     */
    void read(int index, float[] input, float[] label) throws IOException;
}
