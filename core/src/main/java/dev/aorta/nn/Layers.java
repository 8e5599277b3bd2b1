package dev.aorta.nn;

import dev.aorta.Conv2dOptions;
import dev.aorta.Device;
import dev.aorta.Padding;
import dev.aorta.Parameter;
import dev.aorta.Shape;
import dev.aorta.ShapeException;
import dev.aorta.Tensor;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.function.UnaryOperator;
import org.jspecify.annotations.Nullable;

/**
 * Makes the layers of a network, each with a name of its own: {@code conv1}, {@code conv2}, .. in the order in which they are
 * made, or one that is given. Initial weights depend on the seed and the name alone; a bias begins at zero.
 *
 * <pre>{@code
 * Layers net = new Layers(device, 42);
 * Layer network = net.sequential(
 *         net.conv2d(1, 16, 3).withRelu(), // conv1
 *         net.maxPool2d(2),
 *         net.residual(net.in("block").conv2d(16, 16, 3)), // block.conv1
 *         net.globalAvgPool2d(),
 *         net.named("head").linear(16, 10));
 * }</pre>
 */
public final class Layers extends ParameterFreeLayers {
    private final Device device;
    private final long seed;
    private final Init init;
    private final String prefix;
    private final @Nullable String next; // name of the only layer that this makes
    private final Map<String, String> kinds; // of all layers of the network, by name

    /**
     * A factory of layers with He's initial weights.
     *
     * @param device where the parameters are
     * @param seed of the initial weights, with the names
     */
    public Layers(Device device, long seed) {
        this(device, seed, Init.HE_NORMAL, "", null, new HashMap<>());
    }

    private Layers(
            Device device, long seed, Init init, String prefix, @Nullable String next, Map<String, String> kinds) {
        this.device = device;
        this.seed = seed;
        this.init = init;
        this.prefix = prefix;
        this.next = next;
        this.kinds = kinds;
    }

    /**
     * Layers of the same network that begin with other weights.
     *
     * @param other initial weights
     * @return the factory
     */
    public Layers with(Init other) {
        return new Layers(device, seed, other, prefix, next, kinds);
    }

    /**
     * Layers of the same network whose names begin with {@code part.}.
     *
     * @param part of the network
     * @return the factory
     */
    public Layers in(String part) {
        return new Layers(device, seed, init, prefix + part + ".", null, kinds);
    }

    /**
     * The parts of a layer of your own, which is named as others are: {@code kind1}, {@code kind2}, .. in the order in which they
     * are made. Its name is {@link #prefix()}, with which theirs begin.
     *
     * @param kind what the layer is called in names, without a number
     * @return the factory of its parts
     */
    public Layers part(String kind) {
        return new Layers(device, seed, init, name(kind) + ".", null, kinds);
    }

    /** {@return what the names of all layers made here begin with, without the dot behind it} */
    public String prefix() {
        return prefix.isEmpty() ? "" : prefix.substring(0, prefix.length() - 1);
    }

    /**
     * One layer of the same network with a given name behind the prefix; a name that was used is an error.
     *
     * @param name of the layer
     * @return a factory of this one layer
     */
    public Layers named(String name) {
        return new Layers(device, seed, init, prefix, name, kinds);
    }

    // ---- convolutions

    /**
     * Convolution with a square kernel, stride 1 and SAME padding.
     *
     * @param in channels of the input
     * @param out channels of the output
     * @param kernel rows and columns
     * @return the layer: (N, H, W, in) to (N, H, W, out)
     */
    public Conv2dLayer conv2d(int in, int out, int kernel) {
        return conv2d(in, out, kernel, Conv2dOptions.SAME);
    }

    /**
     * Convolution with a square kernel.
     *
     * @param in channels of the input
     * @param out channels of the output
     * @param kernel rows and columns
     * @param options stride, padding, dilation, groups
     * @return the layer: (N, H, W, in) to (N, H', W', out)
     */
    public Conv2dLayer conv2d(int in, int out, int kernel, Conv2dOptions options) {
        return conv2d(in, out, kernel, kernel, options);
    }

    /**
     * Convolution with bias.
     *
     * @param in channels of the input
     * @param out channels of the output
     * @param kernelH rows of the kernel
     * @param kernelW columns of the kernel
     * @param options stride, padding, dilation, groups
     * @return the layer: (N, H, W, in) to (N, H', W', out)
     * @throws ShapeException when the groups do not divide the channels
     */
    public Conv2dLayer conv2d(int in, int out, int kernelH, int kernelW, Conv2dOptions options) {
        String name = name("conv");
        requireGroups("conv2d", name, in, out, options);
        Parameter weight = weight(name, out, kernelH, kernelW, in / options.groups());
        return new Conv2dLayer(name, weight, bias(name, out), options, false);
    }

    /**
     * Convolution of each channel by itself, with a square kernel, stride 1 and SAME padding.
     *
     * @param channels of input and output
     * @param kernel rows and columns
     * @return the layer: (N, H, W, channels) to the same shape
     */
    public Conv2dLayer depthwiseConv2d(int channels, int kernel) {
        return conv2d(channels, channels, kernel, Conv2dOptions.SAME.withGroups(channels));
    }

    /**
     * Convolution of sequences (N, L, in), stride 1 and SAME padding.
     *
     * @param in channels of the input
     * @param out channels of the output
     * @param kernel length
     * @return the layer: (N, L, in) to (N, L, out)
     */
    public Conv1dLayer conv1d(int in, int out, int kernel) {
        return conv1d(in, out, kernel, Conv2dOptions.SAME);
    }

    /**
     * Convolution of sequences (N, L, in).
     *
     * @param in channels of the input
     * @param out channels of the output
     * @param kernel length
     * @param options of which what concerns columns, and the groups, count
     * @return the layer: (N, L, in) to (N, L', out)
     */
    public Conv1dLayer conv1d(int in, int out, int kernel, Conv2dOptions options) {
        Padding padding = options.padding() instanceof Padding.Explicit p
                ? Padding.of(0, 0, p.left(), p.right())
                : options.padding();
        Conv2dOptions row = new Conv2dOptions(1, options.strideW(), padding, 1, options.dilationW(), options.groups());
        return new Conv1dLayer(conv2d(in, out, 1, kernel, row));
    }

    /**
     * Transposed convolution with a square kernel and bias.
     *
     * @param in channels of the input
     * @param out channels of the output
     * @param kernel rows and columns
     * @param options those of the convolution that it transposes
     * @return the layer: (N, H, W, in) to (N, H', W', out)
     * @throws ShapeException when the groups do not divide the channels
     */
    public ConvTranspose2dLayer convTranspose2d(int in, int out, int kernel, Conv2dOptions options) {
        String name = name("convTranspose");
        requireGroups("convTranspose2d", name, in, out, options);
        Parameter weight = weight(name, in, kernel, kernel, out / options.groups());
        return new ConvTranspose2dLayer(name, weight, bias(name, out), options);
    }

    // ---- rows and sequences

    /**
     * Linear map of the last axis with bias.
     *
     * @param in numbers of the last axis of the input
     * @param out numbers of the last axis of the output
     * @return the layer: (.., in) to (.., out)
     */
    public LinearLayer linear(int in, int out) {
        String name = name("linear");
        return new LinearLayer(name, weight(name, out, in), bias(name, out));
    }

    /**
     * A vector of {@code width} numbers for each of {@code count} indices, with PyTorch's initial weights.
     *
     * @param count number of vectors
     * @param width of each
     * @return the layer: indices of any shape (..) to (.., width)
     */
    public EmbeddingLayer embedding(int count, int width) {
        String name = name("embedding");
        return new EmbeddingLayer(name, with(Init.STANDARD_NORMAL).weight(name, count, width));
    }

    /**
     * Adds a learned vector to each position of (N, length, width).
     *
     * @param length number of positions
     * @param width of each
     * @return the layer: (N, length, width) to the same shape
     */
    public FunctionLayer positions(int length, int width) {
        String name = name("positions");
        Parameter p = with(Init.TORCH_DEFAULT).weight(name, length, width);
        return new FunctionLayer(name, x -> x.add(p), List.of(p));
    }

    /**
     * Self-attention of sequences (N, T, width), with Glorot's initial weights.
     *
     * @param width of the sequence, divided by the heads
     * @param heads that attend side by side
     * @return the layer: (N, T, width) to the same shape
     */
    public MultiHeadAttentionLayer attention(int width, int heads) {
        return attention(width, width, heads);
    }

    /**
     * Attention of sequences (N, T, width) to a context (N, S, contextWidth).
     *
     * @param width of the sequence, divided by the heads
     * @param contextWidth of what is looked at
     * @param heads divides the width
     * @return the layer, whose {@link MultiHeadAttentionLayer#attend} gives (N, T, width)
     */
    public MultiHeadAttentionLayer attention(int width, int contextWidth, int heads) {
        Layers own = with(Init.GLOROT_UNIFORM).part("attention");
        return new MultiHeadAttentionLayer(
                own.prefix(),
                own.named("query").linear(width, width),
                own.named("key").linear(contextWidth, width),
                own.named("value").linear(contextWidth, width),
                own.named("output").linear(width, width),
                heads,
                own.named("dropout").dropout(0));
    }

    // ---- normalisation

    /**
     * Batch normalisation that begins as the identity on normalised input, with PyTorch's momentum 0.1 and epsilon 1e-5.
     *
     * @param channels the last axis of the input
     * @return the layer: (.., channels) to the same shape
     */
    public BatchNormLayer batchNorm(int channels) {
        String name = name("norm");
        Parameter mean = new Parameter(name + ".running_mean", device, Shape.of(channels), new float[channels], false);
        float[] one = Init.constant(channels, 1);
        Parameter variance = new Parameter(name + ".running_var", device, Shape.of(channels), one, false);
        return new BatchNormLayer(
                name, gamma(name, channels), beta(name, channels), mean, variance, 0.1f, 1e-5f, false, null);
    }

    /**
     * Group normalisation that begins as the identity on normalised input, with epsilon 1e-5.
     *
     * @param channels the last axis of the input
     * @param groups of channels that are normalised together
     * @return the layer: (N, .., channels) to the same shape
     * @throws ShapeException when the groups do not divide the channels
     */
    public GroupNormLayer groupNorm(int channels, int groups) {
        String name = name("norm");
        return new GroupNormLayer(name, groups, gamma(name, channels), beta(name, channels), 1e-5f);
    }

    /**
     * Instance normalisation: of each channel of each image.
     *
     * @param channels the last axis of the input
     * @return the layer: (N, .., channels) to the same shape
     */
    public GroupNormLayer instanceNorm(int channels) {
        return groupNorm(channels, channels);
    }

    /**
     * Layer normalisation over the last axis that begins as the identity on normalised input, with epsilon 1e-5.
     *
     * @param channels the last axis of the input
     * @return the layer: (.., channels) to the same shape
     */
    public LayerNormLayer layerNorm(int channels) {
        String name = name("norm");
        return new LayerNormLayer(name, gamma(name, channels), beta(name, channels), 1e-5f);
    }

    /**
     * Dropout.
     *
     * @param rate share of the values that become 0, from 0 to below 1
     * @return the layer, which keeps the shape
     */
    public DropoutLayer dropout(float rate) {
        return new DropoutLayer(name("dropout"), rate);
    }

    /**
     * Drops the whole of some images in training; see {@link StochasticDepthLayer}.
     *
     * @param rate share of the images that are dropped, from 0 to below 1
     * @return the layer, which keeps the shape
     */
    public StochasticDepthLayer stochasticDepth(float rate) {
        return new StochasticDepthLayer(name("stochasticDepth"), rate);
    }

    /**
     * A weight of a layer of your own, under the name of a layer, with this factory's initial values for such a shape.
     *
     * @param dims its shape, which the initial values go by
     * @return the parameter
     */
    public Parameter parameter(int... dims) {
        return drawn(name("parameter"), dims);
    }

    /**
     * A weight of a layer of your own, under the name of a layer, that begins with one value.
     *
     * @param value of all its elements
     * @param dims its shape
     * @return the parameter
     */
    public Parameter constant(float value, int... dims) {
        return constant(name("parameter"), value, dims);
    }

    // ---- functions

    /**
     * A function of a tensor, with the parameters that it uses.
     *
     * @param function called in each forward pass
     * @param parameters for the optimiser and for files
     * @return the layer
     */
    public FunctionLayer function(UnaryOperator<Tensor> function, Parameter... parameters) {
        return new FunctionLayer(name("function"), function, List.of(parameters));
    }

    /**
     * {@link Tensor#prelu} with a slope for each channel, which begins at 0.25.
     *
     * @param channels the last axis of the input
     * @return the layer, which keeps the shape
     */
    public FunctionLayer prelu(int channels) {
        String name = name("prelu");
        Parameter slope = constant(name + ".slope", 0.25f, channels);
        return new FunctionLayer(name, x -> x.prelu(slope), List.of(slope));
    }

    // ---- names and parameters

    @Override
    String name(String kind) {
        if (next != null) {
            String name = prefix + next;
            String other = kinds.putIfAbsent(name, kind);
            if (other != null) {
                throw new IllegalArgumentException("[layers] there is already a layer " + name + " (" + other
                        + "): the new one (" + kind + ") needs a name of its own");
            }
            return name;
        }
        int number = 1;
        while (kinds.putIfAbsent(prefix + kind + number, kind) != null) {
            number++;
        }
        return prefix + kind + number;
    }

    private static void requireGroups(String op, String name, int in, int out, Conv2dOptions options) {
        if (in % options.groups() != 0 || out % options.groups() != 0) {
            throw new ShapeException(
                    op,
                    name + ": " + options.groups() + " groups do not divide " + in + " input and " + out
                            + " output channels");
        }
    }

    private Parameter weight(String layer, int... dims) {
        return drawn(layer + ".weight", dims);
    }

    private Parameter drawn(String name, int... dims) {
        Shape shape = Shape.of(dims);
        return new Parameter(name, device, shape, init.values(shape, seed, name), true);
    }

    private Parameter gamma(String layer, int channels) {
        return constant(layer + ".gamma", 1, channels);
    }

    private Parameter beta(String layer, int channels) {
        return constant(layer + ".beta", 0, channels);
    }

    private Parameter bias(String layer, int channels) {
        return constant(layer + ".bias", 0, channels);
    }

    private Parameter constant(String name, float value, int... dims) {
        Shape shape = Shape.of(dims);
        return new Parameter(name, device, shape, Init.constant(shape.size(), value), true);
    }
}
