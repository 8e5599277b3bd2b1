package dev.aorta.bench.peers;

import static org.bytedeco.pytorch.global.torch.tensor;

import dev.aorta.Device;
import dev.aorta.bench.TrainedZoo;
import dev.aorta.bench.Trainee;
import dev.aorta.nn.Layer;
import java.util.function.Function;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.global.torch.ScalarType;

/** A classifier of the zoo in libtorch, as torchvision has it, without dropout. */
final class TorchZoo extends Torch {
    private final Weights weights;
    private final Networks.Forward network;

    /**
     * Loads a network into libtorch, with the images and labels of {@link TrainedZoo}.
     *
     * @param build makes it in Aorta
     * @param network in libtorch
     */
    TorchZoo(Function<Device, Layer> build, Networks.Forward network, Mode mode, int batch, int side) {
        this(Weights.of(build, mode.master(), mode.format), network, mode, batch, side);
    }

    private TorchZoo(Weights weights, Networks.Forward network, Mode mode, int batch, int side) {
        super(mode, weights.trained(), images(batch, side), labels(batch), Trainee.RATE);
        this.weights = weights;
        this.network = network;
    }

    private static Tensor images(int batch, int side) {
        return Libtorch.channelsFirst(tensor(TrainedZoo.images(batch, side)).reshape(batch, side, side, 3));
    }

    private static Tensor labels(int batch) {
        return tensor(TrainedZoo.labels(batch)).to(ScalarType.Long);
    }

    @Override
    Tensor forward(Tensor images, boolean training) {
        return network.of(weights.training(training), images);
    }

    @Override
    Tensor inOrder(Tensor t) {
        return t; // Weights has Aorta's layout
    }

    @Override
    public void close() {
        super.close();
        weights.close();
    }
}
