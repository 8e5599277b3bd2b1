package dev.aorta.bench.peers;

import static dev.aorta.bench.peers.Libtorch.channelsFirst;
import static dev.aorta.bench.peers.Libtorch.channelsLast;
import static java.util.Objects.requireNonNull;
import static org.bytedeco.pytorch.global.torch.*;

import dev.aorta.Device;
import dev.aorta.Parameter;
import dev.aorta.Scope;
import dev.aorta.nn.FunctionLayer;
import dev.aorta.nn.Layer;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Random;
import java.util.function.Function;
import org.bytedeco.pytorch.MemoryFormatOptional;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.TensorOptional;

/** The parameters of a network of Aorta in libtorch, by name and in Aorta's layout, and the layers that use them. */
@SuppressWarnings("try") // scopes work by being open
final class Weights {
    private static final long[] UNIT = {1, 1};

    private final Map<String, Tensor> trained = new LinkedHashMap<>();
    private final Map<String, Tensor> state = new LinkedHashMap<>();
    private boolean training;

    private Weights() {}

    /** Moves every parameter away from its first value, so that no bias is 0 and no scale is 1; always to the same one. */
    static Layer shaken(Layer network) {
        for (Parameter p : network.parameters()) {
            float[] values = p.toArray();
            Random random = new Random(p.name().hashCode());
            for (int i = 0; i < values.length; i++) {
                values[i] += (float) (0.1 * random.nextDouble());
            }
            p.set(values);
        }
        return network;
    }

    /** Moves the scales and biases alone, which leaves activations of deep networks in their range. */
    static Layer nudged(Layer network) {
        Layer scalesAndBiases = new FunctionLayer(
                "nudged",
                x -> x,
                network.parameters().stream()
                        .filter(p -> p.shape().rank() % 2 == 1)
                        .toList());
        shaken(scalesAndBiases);
        return network;
    }

    /** The parameters of a network; those of convolutions lie in memory as channels-last images do. */
    static Weights of(Function<Device, Layer> build, ScalarType type) {
        return of(build, type, MemoryFormat.ChannelsLast);
    }

    /** The parameters of a network; those of convolutions lie in memory as the images of a format do. */
    static Weights of(Function<Device, Layer> build, ScalarType type, MemoryFormat format) {
        Weights weights = new Weights();
        try (Device device = Device.cpu(1);
                Scope scope = Scope.noGrad()) {
            for (Parameter p : build.apply(device).parameters()) {
                Tensor t = Libtorch.of(p.toArray(), p.shape(), type);
                if (p.shape().rank() == 4) {
                    t = channelsLast(channelsFirst(t).clone(new MemoryFormatOptional(format)));
                }
                (p.state() ? weights.state : weights.trained).put(p.name(), t.set_requires_grad(!p.state()));
            }
        }
        return weights;
    }

    /** Whether the network is trained from here on. */
    Weights training(boolean trained) {
        training = trained;
        return this;
    }

    /** What is trained, by name and in Aorta's layout. */
    Map<String, Tensor> trained() {
        return trained;
    }

    /** Frees the state, which is not trained. */
    void close() {
        state.values().forEach(Tensor::close);
    }

    boolean has(String name) {
        return trained.containsKey(name);
    }

    Tensor get(String name) {
        return requireNonNull(trained.get(name), name);
    }

    /** Adds the state and the gradients. */
    void read(Numbers numbers) {
        state.forEach((name, t) -> numbers.outputs().put(name, Libtorch.values(t)));
        trained.forEach((name, t) -> numbers.gradients().put(name, Libtorch.values(t.grad())));
    }

    /** Sets the gradients to 0. */
    void clear() {
        trained.values().forEach(t -> t.grad().zero_());
    }

    Tensor linear(String name, Tensor x) {
        return org.bytedeco.pytorch.global.torch.linear(x, get(name + ".weight"), optional(name, ".bias"));
    }

    /** Of (N, C, H, W), padded alike on all sides. */
    Tensor convolution(String name, Tensor x, long stride, long padding) {
        return convolution(name, x, stride, padding, 1);
    }

    /** Of (N, C, H, W), padded alike on all sides; with as many groups as the weight leaves. */
    Tensor convolution(String name, Tensor x, long stride, long padding, long dilation) {
        Tensor weight = channelsFirst(get(name + ".weight"));
        long[] strides = {stride, stride};
        long[] pad = {padding, padding};
        long[] dilations = {dilation, dilation};
        long groups = x.size(1) / weight.size(1);
        return conv2d(x, weight, optional(name, ".bias"), strides, pad, dilations, groups);
    }

    /** Of (N, C, H, W), as the adjoint of {@link #convolution}. */
    Tensor transposed(String name, Tensor x, long stride, long padding) {
        Tensor weight = channelsFirst(get(name + ".weight"));
        long[] strides = {stride, stride};
        long[] pad = {padding, padding};
        return conv_transpose2d(x, weight, optional(name, ".bias"), strides, pad, new long[] {0, 0}, 1, UNIT);
    }

    /** Of (N, C, H, W), with 1e-5 beside the variance. */
    Tensor norm(String name, Tensor x) {
        return norm(name, x, 1e-5f);
    }

    /** Of (N, C, H, W): in training by the statistics of the batch, and moves the running ones; else by these. */
    Tensor norm(String name, Tensor x, float epsilon) {
        return batch_norm(
                x,
                optional(name, ".gamma"),
                optional(name, ".beta"),
                optional(name, ".running_mean"),
                optional(name, ".running_var"),
                training,
                0.1f,
                epsilon,
                false);
    }

    Tensor layerNorm(String name, Tensor x) {
        return layerNorm(name, x, 1e-5f);
    }

    Tensor layerNorm(String name, Tensor x, float epsilon) {
        long[] width = {x.size(-1)};
        return layer_norm(x, width, optional(name, ".gamma"), optional(name, ".beta"), epsilon, false);
    }

    private TensorOptional optional(String name, String part) {
        Tensor t = trained.getOrDefault(name + part, state.get(name + part));
        return t == null ? new TensorOptional() : new TensorOptional(t);
    }
}
