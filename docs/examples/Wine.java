import dev.aorta.Device;
import dev.aorta.Scope;
import dev.aorta.data.CsvTable;
import dev.aorta.data.DataLoader;
import dev.aorta.data.InMemoryDataset;
import dev.aorta.data.Standardization;
import dev.aorta.loss.Loss;
import dev.aorta.metric.RegressionMeter;
import dev.aorta.nn.Layer;
import dev.aorta.nn.Layers;
import dev.aorta.optim.Adam;
import dev.aorta.optim.Optimizer;
import dev.aorta.optim.Schedule;
import dev.aorta.train.Trainer;
import java.nio.file.Path;

/** Regression on a table: the alcohol of wines from what else was measured of them. */
void main(String[] args) throws Exception {
    Path data = Path.of(args.length == 0 ? "docs/examples/data" : args[0]);
    InMemoryDataset.Split wines = CsvTable.read(data.resolve("wine.csv"), ',').regression("alcohol").split(0.75, 1);
    Standardization inputs = Standardization.of(wines.first().inputs()); // by the training samples alone
    Standardization alcohol = Standardization.of(wines.first().labels());
    try (Device device = Device.auto();
            Scope model = Scope.open()) {
        Layers net = new Layers(device, 42);
        Layer network = net.sequential(
                net.linear(13, 32), net.relu(), net.dropout(0.2f), net.linear(32, 1));
        Optimizer adam = new Adam(network.parameters(), Schedule.constant(5e-3)).weightDecay(0.01);
        var history = new Trainer(network, device, Loss.mse(), adam)
                .meter(RegressionMeter::new)
                .fit(
                        new DataLoader(standardised(wines.first(), inputs, alcohol), 16).shuffled(1),
                        new DataLoader(standardised(wines.second(), inputs, alcohol), 16),
                        60);
        IO.println("r2 " + history.epochs().getLast().judged().get("r2"));
    }
}

InMemoryDataset standardised(InMemoryDataset wines, Standardization inputs, Standardization labels) {
    return new InMemoryDataset(inputs.apply(wines.inputs()), labels.apply(wines.labels()));
}
