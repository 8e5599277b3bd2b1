package dev.aorta.bench.peers;

import static java.util.Objects.requireNonNull;
import static org.bytedeco.pytorch.global.torch.*;

import dev.aorta.Shape;
import dev.aorta.bench.Batch;
import dev.aorta.bench.Layers;
import dev.aorta.bench.Network;
import dev.aorta.bench.Trainee;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.Map;
import org.bytedeco.javacpp.FloatPointer;
import org.bytedeco.javacpp.PointerScope;
import org.bytedeco.pytorch.Adam;
import org.bytedeco.pytorch.AdamOptions;
import org.bytedeco.pytorch.MemoryFormatOptional;
import org.bytedeco.pytorch.NoGradGuard;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.TensorOptional;
import org.bytedeco.pytorch.TensorVector;

/** A network in libtorch: its own autograd, its own Adam, its convolutions by oneDNN. */
@SuppressWarnings("try") // scopes and guards work by being open
final class Torch implements Trainee, Layers<Tensor> {
    private static final long[] UNIT = {1, 1};

    /** How libtorch holds images and weights, and in what type it convolves. */
    enum Mode {
        FLOAT64("libtorch float64", MemoryFormat.Contiguous, ScalarType.Double),
        NCHW("libtorch NCHW", MemoryFormat.Contiguous, ScalarType.Float),
        CHANNELS_LAST("libtorch channels-last", MemoryFormat.ChannelsLast, ScalarType.Float),
        BFLOAT16("libtorch bfloat16, channels-last", MemoryFormat.ChannelsLast, ScalarType.BFloat16);

        private final String label;
        private final MemoryFormat format;
        private final ScalarType type;

        Mode(String label, MemoryFormat format, ScalarType type) {
            this.label = label;
            this.format = format;
            this.type = type;
        }

        /** Type of the parameters and of the loss. */
        private ScalarType master() {
            return type == ScalarType.Double ? type : ScalarType.Float;
        }
    }

    private final Network network;
    private final Mode mode;
    private final Map<String, Tensor> parameters = new LinkedHashMap<>();
    private final Tensor image;
    private final Tensor labels;
    private final Adam adam;

    /**
     * Loads a network into libtorch.
     *
     * @param shapes by parameter name, with weights (out, kH, kW, in) and transposed ones (in, kH, kW, out)
     * @param weights values in these shapes
     */
    Torch(
            Network network,
            Mode mode,
            Map<String, Shape> shapes,
            Map<String, float[]> weights,
            Batch batch,
            double rate) {
        this.network = network;
        this.mode = mode;
        shapes.forEach((name, shape) -> parameters.put(name, leaf(shape, requireNonNull(weights.get(name)))));
        long side = Network.SIZE;
        image = tensor(batch.images())
                .reshape(batch.size(), 1, side, side)
                .to(mode.type)
                .clone(new MemoryFormatOptional(mode.format));
        long[] classes = Arrays.stream(batch.labels()).asLongStream().toArray();
        labels = tensor(classes).reshape(batch.size(), side, side);
        adam = new Adam(new TensorVector(parameters.values().toArray(Tensor[]::new)), new AdamOptions(rate));
    }

    boolean isFloat32() {
        return mode.type == ScalarType.Float;
    }

    @Override
    public String engine() {
        return mode.label;
    }

    @Override
    public double step() {
        try (PointerScope scope = new PointerScope()) {
            double loss = backward();
            adam.step();
            return loss;
        }
    }

    @Override
    public void infer() {
        try (PointerScope scope = new PointerScope();
                NoGradGuard guard = new NoGradGuard()) {
            network.forward(this, image);
        }
    }

    @Override
    public float[] logits() {
        try (PointerScope scope = new PointerScope();
                NoGradGuard guard = new NoGradGuard()) {
            return values(network.forward(this, image));
        }
    }

    @Override
    public Map<String, float[]> gradients() {
        try (PointerScope scope = new PointerScope()) {
            backward();
            Map<String, float[]> result = new LinkedHashMap<>();
            parameters.forEach((name, p) -> result.put(name, values(p.grad())));
            return result;
        }
    }

    @Override
    public void close() {
        adam.close();
        parameters.values().forEach(Tensor::close);
        image.close();
        labels.close();
    }

    @Override
    public Tensor conv(String name, Tensor x, int outChannels, int kernel, int stride, boolean relu) {
        long total =
                Math.max(0, (x.size(2) - 1) / stride * stride + kernel - x.size(2)); // SAME padding of a square image
        long before = total / 2;
        boolean even = total % 2 == 0;
        Tensor padded = even ? x : constant_pad_nd(x, before, total - before, before, total - before);
        long[] pad = even ? new long[] {before, before} : new long[] {0, 0};
        long[] strides = {stride, stride};
        Tensor y = conv2d(padded, parameter(name, ".weight"), bias(name), strides, pad, UNIT, 1);
        return relu ? relu_(y) : y;
    }

    @Override
    public Tensor transposedConv(String name, Tensor x, int outChannels, int kernel, int stride) {
        int before = (kernel - stride) / 2;
        long size = x.size(2) * stride;
        long[] strides = {stride, stride};
        long[] pad = {before, before};
        Tensor y =
                conv_transpose2d(x, parameter(name, ".weight"), bias(name), strides, pad, new long[] {0, 0}, 1, UNIT);
        return y.size(2) == size ? y : y.narrow(2, 0, size).narrow(3, 0, size); // SAME padding drops an odd last row
    }

    @Override
    public Tensor maxPool(Tensor x) {
        return max_pool2d(x, 2, 2);
    }

    @Override
    public Tensor concat(Tensor a, Tensor b) {
        return cat(new TensorVector(a, b), 1);
    }

    private double backward() {
        adam.zero_grad();
        Tensor loss = cross_entropy_loss(network.forward(this, image).to(mode.master()), labels);
        loss.backward();
        return loss.item_double();
    }

    private Tensor leaf(Shape shape, float[] values) {
        long[] dims = Arrays.stream(shape.dims()).asLongStream().toArray();
        Tensor t = tensor(values).to(mode.master()).reshape(dims);
        if (shape.rank() == 4) {
            t = t.permute(0, 3, 1, 2).clone(new MemoryFormatOptional(mode.format));
        }
        return t.set_requires_grad(true);
    }

    private TensorOptional bias(String name) {
        return new TensorOptional(parameter(name, ".bias"));
    }

    private Tensor parameter(String name, String kind) {
        return requireNonNull(parameters.get(name + kind)).to(mode.type);
    }

    private static float[] values(Tensor t) {
        Tensor channelsLast = t.dim() == 4 ? t.permute(0, 2, 3, 1) : t;
        Tensor plain = channelsLast.detach().to(ScalarType.Float).contiguous();
        float[] values = new float[Math.toIntExact(plain.numel())];
        new FloatPointer(plain.data_ptr_float()).get(values);
        return values;
    }
}
