package dev.aorta.onnx.export;

import dev.aorta.Tensor;
import java.util.List;

/** What is exported: a function of tensors. */
@FunctionalInterface
public interface Network {
    /** The outputs for some inputs, in inference. */
    List<Tensor> apply(List<Tensor> inputs);
}
