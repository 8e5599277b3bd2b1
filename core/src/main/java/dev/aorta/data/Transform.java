package dev.aorta.data;

/** A change of a pair on its way into a batch, such as augmentation; of several inputs it sees the first. */
@FunctionalInterface
public interface Transform extends MultiInputTransform {
    /**
     * Changes a pair in place.
     *
     * @param input modified
     * @param label modified
     * @param epoch counted from 0
     * @param index of the pair in its data set
     */
    void apply(float[] input, float[] label, long epoch, int index);

    @Override
    default void apply(float[][] inputs, float[] label, long epoch, int index) {
        apply(inputs[0], label, epoch, index);
    }
}
