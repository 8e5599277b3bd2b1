import dev.aorta.Device;
import dev.aorta.GradientCheck;
import dev.aorta.Parameter;
import dev.aorta.Scope;
import dev.aorta.Shape;
import dev.aorta.Tensor;
import dev.aorta.backend.Backend;
import dev.aorta.backend.Binary;
import dev.aorta.backend.Broadcast;
import dev.aorta.backend.Buffer;
import dev.aorta.backend.Unary;
import dev.aorta.data.Batch;
import dev.aorta.data.DataLoader;
import dev.aorta.data.Idx;
import dev.aorta.data.InMemoryDataset;
import dev.aorta.loss.Loss;
import dev.aorta.metric.Meter;
import dev.aorta.metric.Output;
import dev.aorta.metric.Readout;
import dev.aorta.nn.Layer;
import dev.aorta.nn.Layers;
import dev.aorta.nn.Pass;
import dev.aorta.op.CustomOp;
import dev.aorta.optim.Adam;
import dev.aorta.optim.Schedule;
import dev.aorta.train.Callback;
import dev.aorta.train.EpochScores;
import dev.aorta.train.Fit;
import dev.aorta.train.Trainer;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.SequencedMap;

/** An operation of your own: {@code y = x^3}, with its derivative. */
record Cube(Shape outputShape) implements CustomOp {
    static Tensor of(Tensor x) {
        return Tensor.apply(new Cube(x.shape()), x);
    }

    public String name() {
        return "cube";
    }

    public void forward(Call c) {
        Buffer x = c.in()[0];
        c.backend().binary(c.out(), x, x, Binary.MUL, Broadcast.same(outputShape));
        c.backend().binary(c.out(), c.out(), x, Binary.MUL, Broadcast.same(outputShape));
    }

    public void backward(Call c, Buffer dy, Buffer[] dx) {
        Backend b = c.backend();
        b.unary(dx[0], c.in()[0], Unary.of(Unary.Kind.SQUARE));
        b.unary(dx[0], dx[0], Unary.affine(3, 0));
        b.binary(dx[0], dx[0], dy, Binary.MUL, Broadcast.same(outputShape));
    }
}

/** A layer of your own: {@code x + scale * tanh(x)^3}, with a scale for each channel. */
record Bend(String name, Parameter scale) implements Layer {
    static Bend of(Layers net, int channels) {
        Layers own = net.part("bend");
        return new Bend(own.prefix(), own.named("scale").constant(0.1f, channels));
    }

    public Tensor forward(Tensor x, Pass pass) {
        return x.add(Cube.of(x.tanh()).mul(scale));
    }

    public List<Parameter> parameters() {
        return List.of(scale);
    }
}

/** A metric of your own: the share of digits that are read one off or better. */
static final class NearlyRight implements Meter {
    private int right;
    private int count;

    @Override
    public List<Readout> readouts() {
        return List.of(Readout.ARGMAX);
    }

    public void add(Batch batch, Output output, double loss) {
        float[] read = output.get(Readout.ARGMAX);
        for (int i = 0; i < read.length; i++) {
            right += Math.abs(read[i] - batch.labels().array()[i]) <= 1 ? 1 : 0;
        }
        count += read.length;
    }

    public SequencedMap<String, Double> scores() {
        return new LinkedHashMap<>(Map.of("nearly right", right / (double) count));
    }
}

/** A callback of your own: ends the training once the score is reached. */
record GoodEnough(double score) implements Callback {
    @Override
    public void epochEnds(Fit fit, EpochScores epoch) {
        if (epoch.judged().get("nearly right") > score) {
            fit.stop("over " + score);
        }
    }
}

void main(String[] args) throws Exception {
    Path data = Path.of(args.length == 0 ? "docs/examples/data" : args[0]);
    try (Device exact = Device.reference();
            Scope scope = Scope.open()) {
        Tensor x = Tensor.of(exact, new float[] {0.5f, -2, 3}, 3).requireGradient();
        GradientCheck.of(t -> Cube.of(t[0]), x).requirePassed();
    }
    InMemoryDataset all = Idx.images(data.resolve("digits-images.idx.gz"), data.resolve("digits-labels.idx.gz"));
    InMemoryDataset.Split digits = all.withInputs(all.inputs().times(255 / 16f)).split(0.8, 1);
    try (Device device = Device.auto();
            Scope model = Scope.open()) {
        Layers net = new Layers(device, 42);
        Layer network = net.sequential(
                net.flatten(), net.linear(64, 64), Bend.of(net, 64), net.relu(), net.linear(64, 10));
        Loss calm = (logits, labels) ->
                Loss.crossEntropy().of(logits, labels).add(logits.square().mean().mul(1e-3f)); // a loss of your own
        var history = new Trainer(network, device, calm, new Adam(network.parameters(), Schedule.constant(3e-3)))
                .meter(NearlyRight::new)
                .callbacks(new GoodEnough(0.97))
                .fit(new DataLoader(digits.first(), 32).shuffled(1), new DataLoader(digits.second(), 100), 15);
        IO.println("nearly right " + history.epochs().getLast().judged().get("nearly right"));
        IO.println("stopped because " + history.stoppedBecause());
    }
}
