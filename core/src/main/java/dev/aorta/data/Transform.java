package dev.aorta.data;

/**
 * A change of a pair on its way into a batch, such as augmentation. It must be a function of its arguments alone, so that the
 * result does not depend on threads or order.
 */
@FunctionalInterface
public interface Transform {
    /**
     * Changes a pair in place.
     *
     * @param input modified
     * @param label modified
     * @param epoch counted from 0
     * @param index of the pair in its data set
     */
    void apply(float[] input, float[] label, long epoch, int index);
}
