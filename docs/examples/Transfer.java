import dev.aorta.Device;
import dev.aorta.Parameter;
import dev.aorta.Scope;
import dev.aorta.Shape;
import dev.aorta.data.DataLoader;
import dev.aorta.data.Idx;
import dev.aorta.data.InMemoryDataset;
import dev.aorta.loss.Loss;
import dev.aorta.metric.ClassificationMeter;
import dev.aorta.nn.Layer;
import dev.aorta.nn.Layers;
import dev.aorta.nn.Sequential;
import dev.aorta.onnx.Onnx;
import dev.aorta.onnx.OnnxExport;
import dev.aorta.optim.Adam;
import dev.aorta.optim.Schedule;
import dev.aorta.train.Trainer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.function.IntPredicate;
import java.util.stream.IntStream;

/** Digits of some classes; the classes are counted from the first of them. */
InMemoryDataset some(InMemoryDataset digits, int first, IntPredicate which) {
    float[] labels = digits.labels().array();
    InMemoryDataset chosen = digits.chosen(IntStream.range(0, labels.length)
            .filter(i -> labels[i] >= first && labels[i] < first + 5 && which.test(i))
            .toArray());
    for (int i = 0; i < chosen.size(); i++) {
        chosen.labels().array()[i] -= first;
    }
    return chosen;
}

double train(Layer network, Device device, InMemoryDataset training, InMemoryDataset test, int epochs) {
    Adam adam = new Adam(network.parameters(), Schedule.constant(2e-3));
    return new Trainer(network, device, Loss.crossEntropy(), adam)
            .meter(() -> new ClassificationMeter(5))
            .fit(new DataLoader(training, 16).shuffled(1), new DataLoader(test, 100), epochs)
            .epochs()
            .getLast()
            .judged()
            .get("accuracy");
}

/**
 * Transfer learning: the trunk of a network that reads 0 to 4, from an ONNX file, stays as it is, and a new head learns 5 to 9 from
 * twenty digits of each.
 */
void main(String[] args) throws Exception {
    Path data = Path.of(args.length == 0 ? "docs/examples/data" : args[0]);
    InMemoryDataset all = Idx.images(data.resolve("digits-images.idx.gz"), data.resolve("digits-labels.idx.gz"));
    InMemoryDataset digits = all.withInputs(all.inputs().times(255 / 16f));
    Path file = Files.createTempFile("trunk", ".onnx");
    file.toFile().deleteOnExit();
    try (Device device = Device.auto();
            Scope model = Scope.open()) { // another's work, of which there is the file alone
        Layers net = new Layers(device, 42);
        Layer trunk = net.sequential(
                net.conv2d(1, 16, 3).withRelu(), net.conv2d(16, 32, 3).withRelu(), net.maxPool2d(2), net.flatten());
        Layer network = net.sequential(trunk, net.dropout(0.25f), net.linear(512, 5));
        train(network, device, some(digits, 0, i -> i % 5 != 0), some(digits, 0, i -> i % 5 == 0), 4);
        OnnxExport.save(trunk, file, Shape.of(1, 8, 8, 1));
    }
    try (Device device = Device.auto();
            Scope model = Scope.open()) {
        Layer trunk = Onnx.load(file, device).channelsLast();
        trunk.parameters().forEach(Parameter::freeze);
        Layer network = Sequential.of("transfer", trunk, new Layers(device, 7).named("head").linear(512, 5));
        InMemoryDataset few = some(digits, 5, i -> i < 200);
        double accuracy = train(network, device, few, some(digits, 5, i -> i >= 200), 20);
        IO.println("accuracy " + accuracy + " from " + few.size() + " digits");
    }
}
