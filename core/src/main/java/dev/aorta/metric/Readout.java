package dev.aorta.metric;

import dev.aorta.Tensor;

/**
 * What of a network's output is copied to the host. It is computed on the output's device, so that, for example, the most likely
 * class of each pixel is copied instead of the logits of all classes. Write it as a constant: meters that name the same object
 * share one copy.
 */
@FunctionalInterface
public interface Readout {
    /** The output as it is. */
    Readout NONE = output -> output;

    /** The most likely class: {@link Tensor#argmax}, (N, .., classes) to (N, ..). */
    Readout ARGMAX = Tensor::argmax;

    /**
     * The result for some samples, which must not depend on the other samples. Runs on the thread of the device, in a scope that
     * records nothing; several devices may be at it at once.
     *
     * @param output (N, ..)
     * @return (N, ..)
     */
    Tensor of(Tensor output);
}
