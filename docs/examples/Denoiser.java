import dev.aorta.Device;
import dev.aorta.Scope;
import dev.aorta.data.DataLoader;
import dev.aorta.data.Idx;
import dev.aorta.data.InMemoryDataset;
import dev.aorta.data.Values;
import dev.aorta.loss.Loss;
import dev.aorta.metric.RegressionMeter;
import dev.aorta.nn.Layer;
import dev.aorta.nn.Layers;
import dev.aorta.optim.Adam;
import dev.aorta.optim.Schedule;
import dev.aorta.train.Trainer;
import java.nio.file.Path;
import java.util.Random;

/** An autoencoder that takes the noise off handwritten digits: the input is the noisy image, the label the clean one. */
void main(String[] args) throws Exception {
    Path data = Path.of(args.length == 0 ? "docs/examples/data" : args[0]);
    Values clean = Idx.read(data.resolve("digits-images.idx.gz")).times(1 / 16f);
    clean = clean.reshaped(clean.shape().dim(0), 8, 8, 1);
    Random random = new Random(1);
    float[] noisy = clean.array().clone();
    for (int i = 0; i < noisy.length; i++) {
        noisy[i] += (float) random.nextGaussian(0, 0.3);
    }
    InMemoryDataset.Split digits = new InMemoryDataset(new Values(noisy, clean.shape()), clean).split(0.8, 1);
    try (Device device = Device.auto();
            Scope model = Scope.open()) {
        Layers net = new Layers(device, 42);
        Layer network = net.sequential(
                net.conv2d(1, 32, 3).withRelu(),
                net.maxPool2d(2), // 4 x 4
                net.conv2d(32, 64, 3).withRelu(),
                net.flatten(),
                net.linear(4 * 4 * 64, 48), // what a digit is, in 48 numbers
                net.gelu(),
                net.linear(48, 8 * 8),
                net.function(x -> x.reshape(-1, 8, 8, 1)));
        Adam adam = new Adam(network.parameters(), Schedule.constant(2e-3));
        var history = new Trainer(network, device, Loss.mse(), adam)
                .meter(RegressionMeter::new)
                .fit(new DataLoader(digits.first(), 32).shuffled(1), new DataLoader(digits.second(), 100), 8);
        IO.println("r2 " + history.epochs().getLast().judged().get("r2")); // the noise alone: 0 and less
    }
}
