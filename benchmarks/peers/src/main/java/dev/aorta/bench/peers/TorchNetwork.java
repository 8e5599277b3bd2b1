package dev.aorta.bench.peers;

import static java.util.Objects.requireNonNull;
import static org.bytedeco.pytorch.global.torch.*;

import dev.aorta.Shape;
import dev.aorta.bench.Batch;
import dev.aorta.bench.Layers;
import dev.aorta.bench.Network;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.Map;
import org.bytedeco.pytorch.MemoryFormatOptional;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.TensorOptional;
import org.bytedeco.pytorch.TensorVector;

/** A network for 256 x 256 images in libtorch. */
final class TorchNetwork extends Torch implements Layers<Tensor> {
    private static final long[] UNIT = {1, 1};

    private final Network network;

    /**
     * Loads a network into libtorch.
     *
     * @param shapes by parameter name, with weights (out, kH, kW, in) and transposed ones (in, kH, kW, out)
     * @param weights values in these shapes
     */
    TorchNetwork(
            Network network,
            Mode mode,
            Map<String, Shape> shapes,
            Map<String, float[]> weights,
            Batch batch,
            double rate) {
        super(mode, leaves(mode, shapes, weights), images(batch), labels(batch), rate);
        this.network = network;
    }

    private static Tensor images(Batch batch) {
        return tensor(batch.images()).reshape(batch.size(), 1, Network.SIZE, Network.SIZE);
    }

    private static Tensor labels(Batch batch) {
        long[] classes = Arrays.stream(batch.labels()).asLongStream().toArray();
        return tensor(classes).reshape(batch.size(), Network.SIZE, Network.SIZE);
    }

    private static Map<String, Tensor> leaves(Mode mode, Map<String, Shape> shapes, Map<String, float[]> weights) {
        Map<String, Tensor> leaves = new LinkedHashMap<>();
        shapes.forEach((name, shape) -> {
            Tensor t = Libtorch.of(requireNonNull(weights.get(name), name), shape, mode.master());
            if (shape.rank() == 4) {
                t = Libtorch.channelsFirst(t).clone(new MemoryFormatOptional(mode.format));
            }
            leaves.put(name, t.set_requires_grad(true));
        });
        return leaves;
    }

    @Override
    Tensor forward(Tensor images, boolean training) {
        return network.forward(this, images);
    }

    @Override
    Tensor inOrder(Tensor t) {
        return t.dim() == 4 ? Libtorch.channelsLast(t) : t;
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
        Tensor y = conv2d(padded, parameter(name + ".weight"), bias(name), strides, pad, UNIT, 1);
        return relu ? relu_(y) : y;
    }

    @Override
    public Tensor transposedConv(String name, Tensor x, int outChannels, int kernel, int stride) {
        int before = (kernel - stride) / 2;
        long size = x.size(2) * stride;
        long[] strides = {stride, stride};
        long[] pad = {before, before};
        Tensor y =
                conv_transpose2d(x, parameter(name + ".weight"), bias(name), strides, pad, new long[] {0, 0}, 1, UNIT);
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

    private TensorOptional bias(String name) {
        return new TensorOptional(parameter(name + ".bias"));
    }
}
