package dev.aorta.train;

import dev.aorta.Tensor;
import dev.aorta.nn.Layer;
import dev.aorta.nn.Pass;
import java.util.List;

/**
 * How a network takes the inputs of a batch. A network of one input needs none; one of several says, for example, {@code (net,
 * in, pass) -> ((TwoTowers) net).forward(in.get(0), in.get(1), pass)}.
 */
@FunctionalInterface
public interface Forward {
    /**
     * The output of a network for a batch. Several devices may be at it at once, each with its network.
     *
     * @param network on the device of the inputs
     * @param inputs of the samples in the order of the data set, each (N, ..)
     * @param pass whether it is training or inference
     * @return what the loss takes, in the current scope
     */
    Tensor of(Layer network, List<Tensor> inputs, Pass pass);

    /**
     * One input, as {@link Layer#forward(Tensor, Pass)} takes it.
     *
     * @return one that refuses samples of several inputs with an {@link IllegalArgumentException}
     */
    static Forward ofOneInput() {
        return (network, inputs, pass) -> {
            if (inputs.size() != 1) {
                throw new IllegalArgumentException("[train] the samples have " + inputs.size()
                        + " inputs and a layer takes one: say with forward(..) how " + network.name() + " takes them");
            }
            return network.forward(inputs.getFirst(), pass);
        };
    }
}
