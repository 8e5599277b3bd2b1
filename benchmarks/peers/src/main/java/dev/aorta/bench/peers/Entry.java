package dev.aorta.bench.peers;

import static java.util.Objects.requireNonNull;

import dev.aorta.Device;
import dev.aorta.bench.Aorta;
import dev.aorta.bench.Batch;
import dev.aorta.bench.Case;
import dev.aorta.bench.Geometry;
import dev.aorta.bench.Imported;
import dev.aorta.bench.TrainedZoo;
import dev.aorta.bench.Trainee;
import dev.aorta.nn.Layer;
import java.util.List;
import java.util.Map;
import java.util.function.Function;
import java.util.function.Supplier;

/**
 * A case of {@code bench peers}, in the engines that have it with the same weights and images.
 *
 * @param name for tables
 * @param gigaflop of the forward pass, counted as direct convolution
 * @param layer makes the network in Aorta
 * @param dims of the images, (N, H, W, C)
 * @param images their values
 * @param aorta trains it in Aorta
 * @param libtorch trains it in libtorch
 * @param modes of libtorch that are timed
 */
@SuppressWarnings("ArrayRecordComponent") // read-only values, never compared as a record
record Entry(
        String name,
        double gigaflop,
        Function<Device, Layer> layer,
        int[] dims,
        float[] images,
        Supplier<Trainee> aorta,
        Function<Torch.Mode, Trainee> libtorch,
        List<Torch.Mode> modes) {
    /**
     * A classifier in libtorch.
     *
     * @param gigaflop of one image
     */
    private record Zoo(Networks.Forward libtorch, double gigaflop) {}

    private static final Map<String, Zoo> ZOO = Map.of(
            "resnet18",
            new Zoo(ZooTwins::resnet18, 3.63),
            "resnet50",
            new Zoo(ZooTwins::resnet50, 8.18),
            "mobilenetv2",
            new Zoo(ZooTwins::mobileNetV2, 0.60),
            "efficientnet-b0",
            new Zoo(ZooTwins::efficientNet, 0.77));

    /** The case of a name, a U-Net, the network of the lab, or a classifier of the zoo. */
    static Entry of(String name, int threads) {
        return Imported.isOfZoo(Case.networkOf(name)) ? zoo(name, threads) : network(Case.of(name), threads);
    }

    private static Entry network(Case c, int threads) {
        Geometry geometry = Geometry.of(c.network(), c.batch());
        Map<String, float[]> weights = geometry.randomParameters(1);
        Batch batch = Batch.random(c.batch(), 2);
        int side = dev.aorta.bench.Network.SIZE;
        return new Entry(
                c.toString(),
                geometry.forwardFlop() / 1e9,
                device -> {
                    Layer layer = c.network().model(device);
                    layer.parameters().forEach(p -> p.set(requireNonNull(weights.get(p.name()), p.name())));
                    return layer;
                },
                new int[] {c.batch(), side, side, 1},
                batch.images(),
                () -> new Aorta(c.network(), weights, batch, threads),
                mode -> new TorchNetwork(c.network(), mode, geometry.parameters(), weights, batch, Trainee.RATE),
                List.of(Torch.Mode.NCHW, Torch.Mode.CHANNELS_LAST, Torch.Mode.BFLOAT16));
    }

    private static Entry zoo(String name, int threads) {
        String network = Case.networkOf(name);
        int batch = Case.batchOf(name);
        int side = Imported.SIDE;
        Zoo zoo = requireNonNull(ZOO.get(Imported.key(network)), network);
        Function<Device, Layer> build =
                device -> Weights.nudged(Imported.architecture(network).build(device, 42));
        return new Entry(
                name,
                zoo.gigaflop * batch,
                build,
                new int[] {batch, side, side, 3},
                TrainedZoo.images(batch, side),
                () -> TrainedZoo.built(build, batch, side, Device.cpu(threads)),
                mode -> new TorchZoo(build, zoo.libtorch, mode, batch, side),
                List.of(Torch.Mode.NCHW, Torch.Mode.CHANNELS_LAST));
    }
}
