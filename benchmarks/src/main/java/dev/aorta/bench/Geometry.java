package dev.aorta.bench;

import dev.aorta.Conv2dOptions;
import dev.aorta.Shape;
import dev.aorta.backend.ConvShape;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.SequencedMap;

/** Reads from a {@link Network} the shapes of its parameters and the geometry of its convolutions, without computing anything. */
public final class Geometry implements Layers<Shape> {
    private final Map<String, Shape> parameters = new LinkedHashMap<>();
    private final SequencedMap<String, ConvShape> convolutions = new LinkedHashMap<>();
    private final SequencedMap<String, ConvShape> transposed = new LinkedHashMap<>();

    /** The geometry of a network on {@code batch} images. */
    public static Geometry of(Network network, int batch) {
        Geometry g = new Geometry();
        network.forward(g, Shape.of(batch, Network.SIZE, Network.SIZE, 1));
        return g;
    }

    /** Shapes by parameter name in order of creation: weights are (out, kH, kW, in), transposed ones (in, kH, kW, out). */
    public Map<String, Shape> parameters() {
        return parameters;
    }

    /** The convolutions by layer, in order of execution. */
    public SequencedMap<String, ConvShape> convolutions() {
        return convolutions;
    }

    /** The convolutions whose transposes the network runs, by layer, in order of execution. */
    public SequencedMap<String, ConvShape> transposed() {
        return transposed;
    }

    /** Floating-point operations of the forward pass, counted as direct convolution. */
    public double forwardFlop() {
        double flop = 0;
        for (var layers : List.of(convolutions, transposed)) {
            for (ConvShape s : layers.values()) {
                flop += 2.0 * s.multiplyAdds();
            }
        }
        return flop;
    }

    /** He-initialised weights and small random biases, the same for the same seed. */
    public Map<String, float[]> randomParameters(long seed) {
        Random random = new Random(seed);
        Map<String, float[]> values = new LinkedHashMap<>();
        parameters.forEach((name, shape) -> {
            double deviation = shape.rank() == 1 ? 0.01 : Math.sqrt(2.0 * shape.dim(0) / shape.size());
            float[] v = new float[Math.toIntExact(shape.size())];
            for (int i = 0; i < v.length; i++) {
                v[i] = (float) (deviation * random.nextGaussian());
            }
            values.put(name, v);
        });
        return values;
    }

    @Override
    public Shape conv(String name, Shape x, int outChannels, int kernel, int stride, boolean relu) {
        Shape weight = parameter(name, Shape.of(outChannels, kernel, kernel, x.dim(3)), outChannels);
        ConvShape s = ConvShape.of(name, x, weight, Conv2dOptions.SAME.withStride(stride));
        convolutions.put(name, s);
        return s.output();
    }

    @Override
    public Shape transposedConv(String name, Shape x, int outChannels, int kernel, int stride) {
        Shape weight = parameter(name, Shape.of(x.dim(3), kernel, kernel, outChannels), outChannels);
        ConvShape s = ConvShape.transposed(name, x, weight, Conv2dOptions.SAME.withStride(stride), 0, 0);
        transposed.put(name, s);
        return s.input();
    }

    @Override
    public Shape maxPool(Shape x) {
        return Shape.of(x.dim(0), x.dim(1) / 2, x.dim(2) / 2, x.dim(3));
    }

    @Override
    public Shape concat(Shape a, Shape b) {
        return Shape.of(a.dim(0), a.dim(1), a.dim(2), a.dim(3) + b.dim(3));
    }

    private Shape parameter(String name, Shape weight, int outChannels) {
        parameters.put(name + ".weight", weight);
        parameters.put(name + ".bias", Shape.of(outChannels));
        return weight;
    }
}
