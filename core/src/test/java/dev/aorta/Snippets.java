package dev.aorta;

import dev.aorta.data.Batch;
import dev.aorta.data.DataLoader;
import dev.aorta.data.Dataset;
import dev.aorta.data.Example;
import dev.aorta.explain.Target;
import dev.aorta.io.Safetensors;
import dev.aorta.loss.Loss;
import dev.aorta.metric.Meter;
import dev.aorta.nn.Layer;
import dev.aorta.nn.Layers;
import dev.aorta.nn.Model;
import dev.aorta.nn.Pass;
import dev.aorta.optim.Adam;
import dev.aorta.optim.Schedule;
import dev.aorta.optim.WeightAverage;
import dev.aorta.train.DataParallel;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;

/** What the snippets of the documentation take for granted. {@link SnippetsTest} has them extend this. */
@SuppressWarnings("NullAway") // many are only named
public abstract class Snippets {
    protected Device device = Device.cpu();
    protected Layers net = new Layers(device, 1);
    protected Layer network = net.sequential(net.linear(3, 4), net.relu(), net.linear(4, 2));
    protected Layer body = net.linear(3, 4);
    protected Layer first = net.linear(4, 1);
    protected Layer second = net.linear(4, 1);
    protected List<Parameter> parameters = Stream.of(body, first, second)
            .flatMap(layer -> layer.parameters().stream())
            .toList();
    protected Schedule schedule = Schedule.constant(1e-3);
    protected Adam adam = new Adam(network.parameters(), schedule);
    protected Tensor x = Tensor.zeros(device, Shape.of(2, 3));
    protected Tensor images = x;
    protected Tensor labels = Tensor.zeros(device, Shape.of(2));
    protected Tensor loss;
    protected Tensor logits;
    protected Tensor planes;
    protected Tensor image;
    protected Tensor baseline;
    protected byte[] heart;
    protected Target target = Target.ofClass(1);
    protected Tensor a;
    protected Tensor b;
    protected Gradients gradients;
    protected Pass pass = Pass.training(1, 1);
    protected long seed = 1;
    protected int epochs = 1;
    protected int n = 1;
    protected int step;
    protected float[] pixels = new float[28 * 28];
    protected float[] classes;
    protected float[][] rows = new float[10][28 * 28];
    protected int[] digits = new int[10];
    protected Path file;
    protected Path newer;
    protected Path folder;
    protected Example example;
    protected List<Example> examples;
    protected Dataset dataset;
    protected DataLoader training;
    protected DataLoader validation;
    protected DataParallel parallel;
    protected WeightAverage average;
    protected Meter meter;
    protected Batch batch;
    protected Loss ofLoss;
    protected Model model;
    protected Map<String, String> metadata;
    protected LinkedHashMap<String, Safetensors.Entry> tensors;

    /** Of docs/extending.md, where it is a snippet of its own. */
    protected static final class Cube {
        private Cube() {}

        public static Tensor of(Tensor x) {
            return x.mul(x).mul(x);
        }
    }

    protected static Layer network(Device on) {
        return new Layers(on, 1).linear(3, 2);
    }

    protected static void evaluate(Layer scored) {}

    /** Runs the snippet. */
    public abstract Object run() throws Exception;
}
