package dev.aorta.nn;

import dev.aorta.Pool2dOptions;
import dev.aorta.Tensor;
import dev.aorta.backend.Unary;
import java.util.List;
import java.util.function.UnaryOperator;

/** Makes the layers that have no parameters of their own: functions of a tensor, and layers of layers. */
abstract sealed class ParameterFreeLayers permits Layers {
    /** The name of the next layer of a kind. */
    abstract String name(String kind);

    private FunctionLayer function(String kind, UnaryOperator<Tensor> function) {
        return new FunctionLayer(name(kind), function, List.of());
    }

    /**
     * A function of each element.
     *
     * @param f the function
     * @return the layer, which keeps the shape
     */
    public FunctionLayer activation(Unary f) {
        return function(f.label(), x -> x.map(f));
    }

    /**
     * {@code max(x, 0)}.
     *
     * @return the layer, which keeps the shape
     */
    public FunctionLayer relu() {
        return activation(Unary.RELU);
    }

    /**
     * {@code min(max(x, 0), 6)}.
     *
     * @return the layer, which keeps the shape
     */
    public FunctionLayer relu6() {
        return activation(Unary.RELU6);
    }

    /**
     * {@link Tensor#gelu()}.
     *
     * @return the layer, which keeps the shape
     */
    public FunctionLayer gelu() {
        return activation(Unary.of(Unary.Kind.GELU));
    }

    /**
     * {@link Tensor#silu()}.
     *
     * @return the layer, which keeps the shape
     */
    public FunctionLayer silu() {
        return activation(Unary.of(Unary.Kind.SILU));
    }

    /**
     * {@link Tensor#leakyRelu}.
     *
     * @param slope below 0
     * @return the layer, which keeps the shape
     */
    public FunctionLayer leakyRelu(float slope) {
        return function("leakyRelu", x -> x.leakyRelu(slope));
    }

    /**
     * {@link Tensor#softmax()}.
     *
     * @return the layer: softmax over the last axis, which keeps the shape
     */
    public FunctionLayer softmax() {
        return function("softmax", Tensor::softmax);
    }

    /**
     * Largest value of square windows side by side: 2 halves an image.
     *
     * @param size rows and columns of a window, and the stride
     * @return the layer: (N, H, W, C) to (N, H / size, W / size, C), rounded down
     */
    public FunctionLayer maxPool2d(int size) {
        return maxPool2d(Pool2dOptions.of(size));
    }

    /**
     * {@link Tensor#maxPool2d}.
     *
     * @param options window, stride, padding
     * @return the layer: (N, H, W, C) to (N, H', W', C)
     */
    public FunctionLayer maxPool2d(Pool2dOptions options) {
        return function("pool", x -> x.maxPool2d(options));
    }

    /**
     * {@link Tensor#avgPool2d}.
     *
     * @param options window, stride, padding
     * @return the layer: (N, H, W, C) to (N, H', W', C)
     */
    public FunctionLayer avgPool2d(Pool2dOptions options) {
        return function("pool", x -> x.avgPool2d(options));
    }

    /**
     * {@link Tensor#adaptiveAvgPool2d}.
     *
     * @param height rows of the output
     * @param width columns of the output
     * @return the layer: (N, H, W, C) to (N, height, width, C)
     */
    public FunctionLayer adaptiveAvgPool2d(int height, int width) {
        return function("pool", x -> x.adaptiveAvgPool2d(height, width));
    }

    /**
     * {@link Tensor#adaptiveMaxPool2d}.
     *
     * @param height rows of the output
     * @param width columns of the output
     * @return the layer: (N, H, W, C) to (N, height, width, C)
     */
    public FunctionLayer adaptiveMaxPool2d(int height, int width) {
        return function("pool", x -> x.adaptiveMaxPool2d(height, width));
    }

    /**
     * Mean of each channel: (N, H, W, C) to (N, C).
     *
     * @return the layer
     */
    public FunctionLayer globalAvgPool2d() {
        return function("pool", x -> x.mean(1, 2));
    }

    /**
     * Largest value of each channel: (N, H, W, C) to (N, C).
     *
     * @return the layer
     */
    public FunctionLayer globalMaxPool2d() {
        return function("pool", x -> x.max(1, 2));
    }

    /**
     * {@link Tensor#upsampleNearest}.
     *
     * @param factor of rows and of columns
     * @return the layer: (N, H, W, C) to (N, factor H, factor W, C)
     */
    public FunctionLayer upsampleNearest(int factor) {
        return function("upsample", x -> x.upsampleNearest(factor));
    }

    /**
     * {@link Tensor#upsampleBilinear}.
     *
     * @param factor of rows and of columns
     * @return the layer: (N, H, W, C) to (N, factor H, factor W, C)
     */
    public FunctionLayer upsampleBilinear(int factor) {
        return function("upsample", x -> x.upsampleBilinear(factor));
    }

    /**
     * Lays each image out as one row: (N, ..) to (N, size of the rest).
     *
     * @return the layer; a row of an image (N, H, W, C) has the order (H, W, C)
     */
    public FunctionLayer flatten() {
        return function("flatten", x -> x.reshape(x.shape().dim(0), -1));
    }

    /**
     * The input itself.
     *
     * @return the layer
     */
    public FunctionLayer identity() {
        return function("identity", x -> x);
    }

    /**
     * Layers one after another.
     *
     * @param layers each of which takes the output of the one before
     * @return the container
     */
    public Sequential sequential(Layer... layers) {
        return new Sequential(name("sequential"), List.of(layers));
    }

    /**
     * {@code x + body(x)}, for a body that keeps the shape.
     *
     * @param body a layer or a container
     * @return the container
     */
    public Parallel residual(Layer body) {
        String name = name("residual");
        return sum(name, body, new FunctionLayer(name + ".identity", x -> x, List.of()));
    }

    /**
     * {@code shortcut(x) + body(x)}.
     *
     * @param body a layer or a container
     * @param shortcut of the same output shape
     * @return the container
     * @see <a href="https://arxiv.org/abs/1512.03385">He et al. 2016</a>
     */
    public Parallel residual(Layer body, Layer shortcut) {
        return sum(name("residual"), body, shortcut);
    }

    /**
     * The outputs of several layers for one input, side by side along the last axis.
     *
     * @param layers whose outputs differ in the last axis alone
     * @return the container: to (.., sum of their last axes)
     */
    public Parallel concat(Layer... layers) {
        return new Parallel(name("concat"), Parallel.Join.CONCAT, List.of(layers));
    }

    /**
     * The sum of the outputs of several layers for one input.
     *
     * @param layers of outputs of one shape
     * @return the container
     */
    public Parallel sum(Layer... layers) {
        return sum(name("sum"), layers);
    }

    /**
     * The product of the outputs of several layers for one input, broadcast: {@code x * gate(x)}.
     *
     * @param layers of outputs that broadcast
     * @return the container
     */
    public Parallel product(Layer... layers) {
        return new Parallel(name("product"), Parallel.Join.PRODUCT, List.of(layers));
    }

    private static Parallel sum(String name, Layer... layers) {
        return new Parallel(name, Parallel.Join.SUM, List.of(layers));
    }
}
