import dev.aorta.Device;
import dev.aorta.Scope;
import dev.aorta.Tensor;
import dev.aorta.data.DataLoader;
import dev.aorta.data.Idx;
import dev.aorta.data.InMemoryDataset;
import dev.aorta.io.StateDict;
import dev.aorta.loss.Loss;
import dev.aorta.metric.ClassificationMeter;
import dev.aorta.nn.Layer;
import dev.aorta.nn.Layers;
import dev.aorta.nn.Pass;
import dev.aorta.optim.Adam;
import dev.aorta.optim.Schedule;
import dev.aorta.train.Trainer;
import java.nio.file.Files;
import java.nio.file.Path;

/** The network: images (N, 8, 8, 1) to the logits of ten classes. */
Layer network(Device device) {
    Layers net = new Layers(device, 42);
    return net.sequential(
            net.conv2d(1, 16, 3).withRelu(),
            net.conv2d(16, 32, 3).withRelu(),
            net.maxPool2d(2),
            net.flatten(),
            net.dropout(0.25f),
            net.linear(4 * 4 * 32, 10));
}

/** Classification: trains on handwritten digits, saves the weights, loads them again and reads one digit. */
void main(String[] args) throws Exception {
    Path data = Path.of(args.length == 0 ? "docs/examples/data" : args[0]);
    InMemoryDataset all = Idx.images(data.resolve("digits-images.idx.gz"), data.resolve("digits-labels.idx.gz"));
    InMemoryDataset.Split digits = all.withInputs(all.inputs().times(255 / 16f)).split(0.8, 1); // pixels are 0 to 16
    Path file = Files.createTempFile("digits", ".safetensors");
    file.toFile().deleteOnExit();
    try (Device device = Device.auto();
            Scope model = Scope.open()) {
        Layer network = network(device);
        Adam adam = new Adam(network.parameters(), Schedule.constant(2e-3));
        var history = new Trainer(network, device, Loss.crossEntropy(), adam)
                .meter(() -> new ClassificationMeter(10))
                .fit(new DataLoader(digits.first(), 32).shuffled(1), new DataLoader(digits.second(), 100), 6);
        IO.println("accuracy " + history.epochs().getLast().judged().get("accuracy"));
        StateDict.save(file, network);
    }
    try (Device device = Device.auto();
            Scope scope = Scope.noGrad()) {
        Layer network = network(device);
        StateDict.load(file, network);
        Tensor digit = digits.second().inputs().rows(1, 2).on(device);
        double read = network.forward(digit, Pass.INFERENCE).argmax().item();
        IO.println("read a " + (int) read + ", it is a " + (int) digits.second().labels().array()[1]);
    }
}
