package dev.aorta.data;

/**
 * A change of a sample on its way into a batch. It must be a function of its arguments alone, so that the result does not depend
 * on threads or order. {@link Transform} is that of one input.
 */
@FunctionalInterface
public interface MultiInputTransform {
    /**
     * Changes a sample in place.
     *
     * @param inputs modified
     * @param label modified
     * @param epoch counted from 0
     * @param index of the sample in its data set
     */
    void apply(float[][] inputs, float[] label, long epoch, int index);
}
