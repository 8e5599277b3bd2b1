package dev.aorta.bench.peers;

import static java.util.Objects.requireNonNull;

import dev.aorta.Shape;
import dev.aorta.bench.Batch;
import dev.aorta.bench.Case;
import dev.aorta.bench.Geometry;
import dev.aorta.bench.Layers;
import dev.aorta.bench.Network;
import dev.aorta.bench.Trainee;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.tensorflow.Graph;
import org.tensorflow.Operand;
import org.tensorflow.Output;
import org.tensorflow.Result;
import org.tensorflow.Session;
import org.tensorflow.ndarray.buffer.DataBuffers;
import org.tensorflow.op.Op;
import org.tensorflow.op.Ops;
import org.tensorflow.op.core.Variable;
import org.tensorflow.proto.ConfigProto;
import org.tensorflow.types.TFloat32;
import org.tensorflow.types.TInt32;

/** A network as a graph of TensorFlow: channels last, the gradients by its graph construction, Adam by its kernel. */
@SuppressWarnings("try") // results are fetched only to be freed
final class TensorFlow implements Trainee, Layers<Operand<TFloat32>> {
    private static final double BETA1 = 0.9;
    private static final double BETA2 = 0.999;

    private final Graph graph = new Graph();
    private final Ops tf = Ops.create(graph);
    private final Session session;
    private final Map<String, Shape> shapes;
    private final Map<String, Variable<TFloat32>> parameters = new LinkedHashMap<>();
    private final Operand<TFloat32> logits;
    private final Operand<TFloat32> loss;
    private final Output<?>[] gradients;
    private final Operand<TFloat32> power1 = tf.placeholder(TFloat32.class);
    private final Operand<TFloat32> power2 = tf.placeholder(TFloat32.class);
    private final List<Op> updates = new ArrayList<>();
    private int steps;

    /** The network of a case, with the weights and images that the other engines have. */
    static TensorFlow of(Case c, int threads) {
        Geometry geometry = Geometry.of(c.network(), c.batch());
        return new TensorFlow(
                c.network(),
                geometry.parameters(),
                geometry.randomParameters(1),
                Batch.random(c.batch(), 2),
                threads,
                RATE);
    }

    private TensorFlow(
            Network network,
            Map<String, Shape> shapes,
            Map<String, float[]> weights,
            Batch batch,
            int threads,
            double rate) {
        this.shapes = shapes;
        ConfigProto config = ConfigProto.newBuilder()
                .setIntraOpParallelismThreads(threads)
                .setInterOpParallelismThreads(1)
                .setExperimental(ConfigProto.Experimental.newBuilder().setDisableThreadSpinning(true))
                .build();
        session = new Session(graph, config);
        shapes.forEach((name, shape) -> {
            float[] values = requireNonNull(weights.get(name));
            parameters.put(
                    name,
                    shape.rank() == 4
                            ? variable(inputsBeforeOutputs(values, shape), turned(shape))
                            : variable(values, shape));
        });
        Operand<TFloat32> image = variable(
                batch.images(), Shape.of(batch.size(), Network.SIZE, Network.SIZE, 1)); // not folded as a constant
        logits = network.forward(this, image);
        Operand<TFloat32> rows = tf.reshape(logits, tf.constant(new int[] {-1, Network.CLASSES}));
        Operand<TInt32> labels = tf.constant(batch.labels());
        Operand<TFloat32> truth = tf.oneHot(labels, tf.constant(Network.CLASSES), tf.constant(1f), tf.constant(0f));
        loss = tf.math.mean(tf.nn.softmaxCrossEntropyWithLogits(rows, truth).loss(), tf.constant(0));
        gradients = graph.addGradients(
                loss.asOutput(),
                parameters.values().stream().map(Operand::asOutput).toArray(Output<?>[]::new));
        addUpdates((float) rate);
    }

    @Override
    public String engine() {
        return "TensorFlow";
    }

    @Override
    public double step() {
        steps++;
        try (TFloat32 p1 = TFloat32.scalarOf((float) Math.pow(BETA1, steps));
                TFloat32 p2 = TFloat32.scalarOf((float) Math.pow(BETA2, steps))) {
            Session.Runner run =
                    session.runner().feed(power1, p1).feed(power2, p2).fetch(loss);
            updates.forEach(run::addTarget);
            try (Result result = run.run()) {
                return ((TFloat32) result.get(0)).getFloat();
            }
        }
    }

    @Override
    public void infer() {
        try (Result result = session.runner().fetch(logits).run()) {}
    }

    @Override
    public float[] logits() {
        try (Result result = session.runner().fetch(logits).run()) {
            return values(result, 0);
        }
    }

    @Override
    public Map<String, float[]> gradients() {
        Session.Runner run = session.runner();
        Arrays.stream(gradients).forEach(run::fetch);
        Map<String, float[]> byName = new LinkedHashMap<>();
        try (Result result = run.run()) {
            int i = 0;
            for (var p : shapes.entrySet()) {
                float[] values = values(result, i++);
                byName.put(p.getKey(), p.getValue().rank() == 4 ? outputsFirst(values, p.getValue()) : values);
            }
        }
        return byName;
    }

    @Override
    public void close() {
        session.close();
        graph.close();
    }

    @Override
    public Operand<TFloat32> conv(
            String name, Operand<TFloat32> x, int outChannels, int kernel, int stride, boolean relu) {
        Operand<TFloat32> y = tf.nn.conv2d(x, parameter(name, ".weight"), strides(stride), "SAME");
        Operand<TFloat32> biased = tf.nn.biasAdd(y, parameter(name, ".bias"));
        return relu ? tf.nn.relu(biased) : biased;
    }

    @Override
    public Operand<TFloat32> transposedConv(String name, Operand<TFloat32> x, int outChannels, int kernel, int stride) {
        int batch = Math.toIntExact(x.shape().get(0));
        int side = Math.toIntExact(x.shape().get(1)) * stride;
        Operand<TInt32> size = tf.constant(new int[] {batch, side, side, outChannels});
        Operand<TFloat32> y = tf.nn.conv2dBackpropInput(size, parameter(name, ".weight"), x, strides(stride), "SAME");
        return tf.nn.biasAdd(y, parameter(name, ".bias"));
    }

    @Override
    public Operand<TFloat32> maxPool(Operand<TFloat32> x) {
        Operand<TInt32> window = tf.constant(new int[] {1, 2, 2, 1});
        return tf.nn.maxPool(x, window, window, "VALID");
    }

    @Override
    public Operand<TFloat32> concat(Operand<TFloat32> a, Operand<TFloat32> b) {
        return tf.concat(List.of(a, b), tf.constant(3));
    }

    private void addUpdates(float rate) {
        List<Op> all = Arrays.stream(gradients)
                .<Op>map(g -> g.expect(TFloat32.class))
                .toList(); // no weight changes while a gradient still reads it
        Ops afterwards = tf.withControlDependencies(all);
        int i = 0;
        for (Variable<TFloat32> p : parameters.values()) {
            Shape shape = Shape.of(Arrays.stream(p.shape().asArray())
                    .mapToInt(Math::toIntExact)
                    .toArray());
            updates.add(afterwards.train.applyAdam(
                    p,
                    variable(new float[shape.size()], shape),
                    variable(new float[shape.size()], shape),
                    power1,
                    power2,
                    tf.constant(rate),
                    tf.constant((float) BETA1),
                    tf.constant((float) BETA2),
                    tf.constant(1e-8f),
                    gradients[i++].expect(TFloat32.class)));
        }
    }

    private Operand<TFloat32> parameter(String name, String kind) {
        return requireNonNull(parameters.get(name + kind));
    }

    private Variable<TFloat32> variable(float[] values, Shape shape) {
        var dims = org.tensorflow.ndarray.Shape.of(
                Arrays.stream(shape.dims()).asLongStream().toArray());
        Variable<TFloat32> variable = tf.variable(dims, TFloat32.class);
        Operand<TFloat32> initial = tf.placeholder(TFloat32.class);
        try (TFloat32 tensor = TFloat32.tensorOf(dims, DataBuffers.of(values));
                Result result = session.runner()
                        .feed(initial, tensor)
                        .addTarget(tf.assign(variable, initial))
                        .run()) {
            return variable;
        }
    }

    private static List<Long> strides(int stride) {
        return List.of(1L, (long) stride, (long) stride, 1L);
    }

    /** (out, kH, kW, in) as (kH, kW, in, out). */
    private static Shape turned(Shape s) {
        return Shape.of(s.dim(1), s.dim(2), s.dim(3), s.dim(0));
    }

    private static float[] inputsBeforeOutputs(float[] values, Shape s) {
        return transpose(values, s.dim(0), s.size() / s.dim(0));
    }

    private static float[] outputsFirst(float[] values, Shape s) {
        return transpose(values, s.size() / s.dim(0), s.dim(0));
    }

    private static float[] transpose(float[] matrix, int rows, int columns) {
        float[] t = new float[matrix.length];
        for (int r = 0; r < rows; r++) {
            for (int c = 0; c < columns; c++) {
                t[c * rows + r] = matrix[r * columns + c];
            }
        }
        return t;
    }

    private static float[] values(Result result, int index) {
        TFloat32 tensor = (TFloat32) result.get(index);
        float[] values = new float[Math.toIntExact(tensor.size())];
        tensor.copyTo(DataBuffers.of(values));
        return values;
    }
}
