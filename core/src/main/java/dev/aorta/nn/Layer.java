package dev.aorta.nn;

import dev.aorta.Parameter;
import dev.aorta.Tensor;
import java.util.List;

/**
 * A map from tensor to tensor with parameters: a plain object, without registry or reflection. Running one layer from several
 * threads at once is safe in inference.
 *
 * <p>The shape of its output is found by a {@linkplain dev.aorta.Scope#dryRun() dry run}.
 */
public interface Layer {
    /**
     * {@return the name in messages, of its random stream and, as a prefix, in the names of its parameters; unique in a
     * network}
     */
    String name();

    /**
     * Applies the layer; x is not modified. Outside of training a container gives the memory of everything back that its layers
     * made, once the next one has run, and keeps its result alone; so a layer of your own must not hold x, or a tensor that it made, for
     * a later call.
     *
     * @param x as the layer wants it, with the batch as the first axis
     * @param pass whether this is training, and of which step
     * @return the output
     */
    Tensor forward(Tensor x, Pass pass);

    /** {@return all parameters, state such as running means included, each once and in a fixed order} */
    List<Parameter> parameters();
}
