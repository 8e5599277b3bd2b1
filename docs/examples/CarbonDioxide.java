import dev.aorta.Device;
import dev.aorta.Scope;
import dev.aorta.Shape;
import dev.aorta.data.CsvTable;
import dev.aorta.data.DataLoader;
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

static final int WEEKS = 104; // that the network sees
static final int AHEAD = 13; // that it predicts, a quarter of a year

/** What it sees at each week, from {@code from} on: the rise over the weeks before; and what it predicts: that to come. */
InMemoryDataset windows(float[] ppm, int from, int to) {
    int count = to - from;
    float[] seen = new float[count * WEEKS];
    float[] rise = new float[count];
    for (int i = 0; i < count; i++) {
        int now = from + i;
        for (int w = 0; w < WEEKS; w++) {
            seen[i * WEEKS + w] = (ppm[now - WEEKS + 1 + w] - ppm[now]) / 3;
        }
        rise[i] = (ppm[now + AHEAD] - ppm[now]) / 3;
    }
    return new InMemoryDataset(new Values(seen, Shape.of(count, WEEKS, 1)), new Values(rise, Shape.of(count, 1)));
}

/** A time series by convolution: carbon dioxide in the air a quarter ahead, from the two years before. */
void main(String[] args) throws Exception {
    Path data = Path.of(args.length == 0 ? "docs/examples/data" : args[0]);
    float[] ppm = CsvTable.read(data.resolve("co2.csv"), ',').numbers("ppm");
    int split = ppm.length * 3 / 4; // trained on the past, judged on what came later
    InMemoryDataset past = windows(ppm, WEEKS, split - AHEAD);
    InMemoryDataset later = windows(ppm, split, ppm.length - AHEAD);
    try (Device device = Device.auto();
            Scope model = Scope.open()) {
        Layers net = new Layers(device, 42);
        Layer network = net.sequential(
                net.conv1d(1, 16, 7),
                net.relu(),
                net.conv1d(16, 16, 7),
                net.relu(),
                net.flatten(),
                net.linear(WEEKS * 16, 1));
        Adam adam = new Adam(network.parameters(), Schedule.cosine(2e-3, 0, 4 * 50));
        var history = new Trainer(network, device, Loss.mse(), adam)
                .meter(RegressionMeter::new)
                .fit(new DataLoader(past, 32).shuffled(1), new DataLoader(later, 100), 4);
        IO.println("r2 " + history.epochs().getLast().judged().get("r2")); // of the rise; "as it is now" has 0
    }
}
