package dev.aorta.zoo;

import dev.aorta.Device;
import dev.aorta.nn.Layer;
import dev.aorta.nn.Layers;

/**
 * What a network is made from. Immutable; methods that begin with {@code with} give one with another option.
 *
 * <pre>{@code
 * Layer network = ResNet.resnet18().withClasses(10).build(device, 42);
 * StateDict.read(file).without("fc.").loadMatching(network);
 * }</pre>
 */
public interface Architecture {
    /**
     * Makes the network, its parameters named behind the prefix of {@code net}.
     *
     * @param net makes and names the layers
     * @return the network
     */
    Layer build(Layers net);

    /**
     * Makes the network with He's initial weights.
     *
     * @param device where the parameters are
     * @param seed of the initial weights
     * @return the network
     */
    default Layer build(Device device, long seed) {
        return build(new Layers(device, seed));
    }
}
