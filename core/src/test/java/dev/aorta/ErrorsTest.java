package dev.aorta;

import static org.assertj.core.api.Assertions.assertThat;

import dev.aorta.data.DataLoader;
import dev.aorta.data.InMemoryDataset;
import dev.aorta.data.Values;
import dev.aorta.io.Safetensors;
import dev.aorta.io.StateDict;
import dev.aorta.loss.Loss;
import dev.aorta.nn.FunctionLayer;
import dev.aorta.nn.Layer;
import dev.aorta.nn.Layers;
import dev.aorta.nn.Pass;
import dev.aorta.nn.Sequential;
import dev.aorta.optim.Adam;
import dev.aorta.optim.Schedule;
import dev.aorta.optim.Sgd;
import dev.aorta.train.Trainer;
import dev.aorta.warn.Warnings;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.atomic.AtomicReference;
import java.util.stream.Stream;
import org.assertj.core.api.ThrowableAssert.ThrowingCallable;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** Makes each mistake of docs/errors.md and compares what is said with the table. */
@SuppressWarnings("NullAway") // null is one of the mistakes
class ErrorsTest {
    private static final Device CPU = Device.cpu();

    @TempDir
    static Path folder;

    private static Tensor zeros(int... dims) {
        return Tensor.zeros(CPU, Shape.of(dims));
    }

    private static Tensor ones(int... dims) {
        Tensor ones = zeros(dims);
        ones.fill(1);
        return ones;
    }

    private static float[] random(int count) {
        var random = new java.util.Random(1);
        float[] values = new float[count];
        for (int i = 0; i < count; i++) {
            values[i] = (float) random.nextGaussian();
        }
        return values;
    }

    private static Layers net() {
        return new Layers(CPU, 42);
    }

    private static void inScope(ThrowingCallable action) throws Throwable {
        try (Scope scope = Scope.open()) {
            action.call();
        }
    }

    /** Takes steps, each with a loss of its own. */
    private static void train(Layer network, dev.aorta.optim.Optimizer optimizer, Tensor x, int steps, Pass pass) {
        for (int i = 0; i < steps; i++) {
            try (Scope step = Scope.open()) {
                optimizer.step(network.forward(x, pass).square().mean().backward());
            }
        }
    }

    static Map<String, ThrowingCallable> mistakes() {
        Map<String, ThrowingCallable> m = new LinkedHashMap<>();
        shapes(m);
        losses(m);
        recording(m);
        lifetimes(m);
        training(m);
        files(m);
        return m;
    }

    private static void shapes(Map<String, ThrowingCallable> m) {
        m.put("Tensor.of(device, new float[100], 4, 28, 28, 1)", () -> Tensor.of(CPU, new float[100], 4, 28, 28, 1));
        m.put("Tensor.of(device, pixels)", () -> Tensor.of(CPU, new float[784]));
        m.put("Tensor.of(device, rows) of different lengths", () -> Tensor.of(CPU, new float[][] {{1, 2}, {3}}));
        m.put(
                "an image without its batch axis, (28, 28, 1), into a convolution",
                () -> net().conv2d(1, 8, 3).forward(zeros(28, 28, 1), Pass.INFERENCE));
        m.put(
                "images (N, C, H, W) into a convolution",
                () -> net().conv2d(3, 8, 3).forward(zeros(4, 3, 32, 32), Pass.INFERENCE));
        m.put(
                "images (N, C, H, W) whose width is the number of channels",
                () -> inScope(() -> net().conv2d(32, 8, 3)
                        .forward(Tensor.of(CPU, new float[4 * 3 * 32 * 32], 4, 3, 32, 32), Pass.training(1, 0))));
        m.put(
                "conv2d(1, 8, 3) on three channels",
                () -> net().conv2d(1, 8, 3).forward(zeros(4, 28, 28, 3), Pass.INFERENCE));
        m.put("linear(100, 10) on 784 values", () -> net().linear(100, 10).forward(zeros(4, 784), Pass.INFERENCE));
        m.put("a linear layer behind a convolution, without flatten()", () -> {
            Layers net = net();
            net.sequential(net.conv2d(1, 4, 3), net.linear(4 * 28 * 28, 10))
                    .forward(zeros(2, 28, 28, 1), Pass.INFERENCE);
        });
        m.put(
                "a kernel larger than the image",
                () -> net().conv2d(1, 1, 7, Conv2dOptions.VALID).forward(zeros(1, 5, 5, 1), Pass.INFERENCE));
        m.put("a.add(b) of shapes that do not broadcast", () -> zeros(4, 10).add(zeros(4, 9)));
        m.put("Tensor.concat(3, a, b) of tensors with two axes", () -> Tensor.concat(3, zeros(4, 10), zeros(4, 10)));
        m.put("Tensor.concat(1, a, b) of different rows", () -> Tensor.concat(1, zeros(4, 10), zeros(5, 10)));
        m.put("x.reshape(3, -1) of ten values", () -> zeros(10).reshape(3, -1));
        m.put("a.matmul(b) whose inner extents differ", () -> zeros(4, 10).matmul(zeros(9, 3)));
        m.put("x.sum(2) of two axes", () -> zeros(4, 10).sum(2));
        m.put("shape.dim(4) of four axes", () -> Shape.of(1, 2, 3, 4).dim(4));
        m.put("x.item() of many values", () -> zeros(4, 10).item());
        m.put("x.set(values) of another number", () -> zeros(4, 10).set(new float[39]));
        m.put("Shape.of(4, 0)", () -> Shape.of(4, 0));
        m.put("Shape.of(100_000, 100_000)", () -> Shape.of(100_000, 100_000));
        m.put(
                "batch normalisation of one value in training",
                () -> net().batchNorm(4).forward(zeros(1, 4), Pass.training(1, 0)));
        m.put("a residual whose body changes the shape", () -> {
            Layers net = net();
            net.residual(net.conv2d(3, 8, 3)).forward(zeros(1, 8, 8, 3), Pass.INFERENCE);
        });
        m.put("groupNorm(10, 3)", () -> net().groupNorm(10, 3).forward(zeros(2, 4, 4, 10), Pass.INFERENCE));
        m.put("dropout(1)", () -> net().dropout(1));
        m.put("Padding.of(-1)", () -> Padding.of(-1));
        m.put("an operation on null", () -> zeros(2).add(null));
    }

    private static void losses(Map<String, ThrowingCallable> m) {
        Tensor labels = Tensor.of(CPU, new int[] {0, 1, 2, 1}, 4);
        m.put(
                "label 10 of classes 0 to 9",
                () -> zeros(4, 10).crossEntropy(Tensor.of(CPU, new int[] {0, 1, 10, 2}, 4), null));
        m.put("label -1", () -> zeros(4, 10).crossEntropy(Tensor.of(CPU, new int[] {0, -1, 1, 2}, 4), null));
        m.put("label NaN", () -> zeros(2, 10).crossEntropy(Tensor.of(CPU, new float[] {Float.NaN, 1}, 2), null));
        m.put("labels one-hot", () -> zeros(4, 10).crossEntropy(zeros(4, 10), null));
        m.put("labels of another number than logits", () -> zeros(5, 10).crossEntropy(labels, null));
        m.put("labels null", () -> zeros(4, 10).crossEntropy(null, null));
        m.put(
                "one logit with labels 0 and 1",
                () -> zeros(4, 1).crossEntropy(Tensor.of(CPU, new int[] {0, 1, 1, 0}, 4), null));
        m.put(
                "softmax before crossEntropy",
                () -> inScope(() -> net().linear(3, 10)
                        .forward(ones(4, 3), Pass.training(1, 0))
                        .softmax()
                        .crossEntropy(labels, null)
                        .backward()));
        m.put("Loss.mse() of (N, 1) and targets (N)", () -> Loss.mse().of(zeros(4, 1), zeros(4)));
        m.put("class weights of another number", () -> zeros(4, 10).crossEntropy(labels, ones(9)));
        m.put("labels that are all one class, batch after batch", () -> {
            Layer network = net().linear(3, 2);
            for (int i = 0; i < 25; i++) {
                inScope(() -> network.forward(ones(16, 3), Pass.training(1, 0))
                        .crossEntropy(Tensor.of(CPU, new int[16], 16), null)
                        .backward());
            }
        });
        m.put(
                "pixels from 0 to 255 as they are",
                () -> inScope(() -> {
                    float[] pixels = new float[784];
                    for (int i = 0; i < pixels.length; i++) {
                        pixels[i] = i % 256;
                    }
                    net().linear(784, 10).forward(Tensor.of(CPU, pixels, 1, 784), Pass.training(1, 0));
                }));
    }

    private static void recording(Map<String, ThrowingCallable> m) {
        m.put(
                "backward() without a scope",
                () -> ones(2).requireGradient().sum().backward());
        m.put("backward() inside Scope.noGrad()", () -> {
            try (Scope scope = Scope.noGrad()) {
                ones(2).requireGradient().sum().backward();
            }
        });
        m.put(
                "backward() twice",
                () -> inScope(() -> {
                    Tensor loss = ones(2).requireGradient().sum();
                    loss.backward();
                    loss.backward();
                }));
        m.put(
                "a.backward() and b.backward() of losses that share a part",
                () -> inScope(() -> {
                    Tensor trunk = ones(2).requireGradient().mul(2).keep();
                    Tensor a = trunk.sum();
                    Tensor b = trunk.square().sum();
                    a.backward();
                    b.backward();
                }));
        m.put(
                "logits.backward()",
                () -> inScope(() -> ones(3, 2).requireGradient().mul(2).backward()));
        m.put(
                "reading logits behind backward()",
                () -> inScope(() -> {
                    Tensor logits = ones(3, 2).requireGradient().mul(2);
                    logits.sum().backward();
                    logits.toArray();
                }));
        m.put("backward() on another thread than the forward pass", () -> {
            AtomicReference<@Nullable Throwable> thrown = new AtomicReference<>();
            inScope(() -> {
                Tensor loss = ones(2).requireGradient().sum();
                Thread other = new Thread(() -> {
                    try {
                        loss.backward();
                    } catch (RuntimeException e) {
                        thrown.set(e);
                    }
                });
                other.start();
                other.join();
            });
            throw thrown.get();
        });
        m.put(
                "gradients.of(x) of what the loss does not depend on",
                () -> inScope(() -> ones(2).requireGradient().sum().backward().of(ones(3))));
        m.put(
                "requireGradient() of a result",
                () -> inScope(() -> ones(2).requireGradient().mul(2).requireGradient()));
        m.put(
                "predictions in a recording scope",
                () -> inScope(() -> {
                    Layers net = net();
                    Layer network = net.sequential(net.linear(3, 4), net.relu());
                    for (int i = 0; i < 3; i++) {
                        network.forward(ones(1, 3), Pass.INFERENCE).toArray();
                    }
                }));
        m.put("one scope around a whole loop", () -> {
            try (Scope scope = Scope.noGrad()) {
                for (int i = 0; i < 10_000; i++) {
                    ones(1);
                }
            }
        });
    }

    private static void lifetimes(Map<String, ThrowingCallable> m) {
        m.put("a tensor of a scope that is closed", () -> {
            Tensor x;
            try (Scope scope = Scope.open()) {
                x = ones(2);
            }
            x.toArray();
        });
        m.put("a layer that was made in an inner scope", () -> {
            Layer layer;
            try (Scope scope = Scope.open()) {
                layer = net().linear(2, 2);
            }
            layer.forward(ones(1, 2), Pass.INFERENCE);
        });
        m.put("Adam made inside the scope of a step", () -> {
            Layer layer = net().linear(2, 2);
            Adam adam;
            try (Scope scope = Scope.open()) {
                adam = new Adam(layer.parameters(), Schedule.constant(1e-3));
            }
            train(layer, adam, ones(1, 2), 1, Pass.training(1, 0));
        });
        m.put("scopes closed in the wrong order", () -> {
            Scope outer = Scope.open();
            Scope inner = Scope.open();
            try {
                outer.close();
            } finally {
                inner.close();
                outer.close();
            }
        });
        m.put("a scope closed by another thread", () -> {
            AtomicReference<@Nullable Throwable> thrown = new AtomicReference<>();
            Scope scope = Scope.noGrad();
            Thread other = new Thread(
                    () -> {
                        try {
                            scope.close();
                        } catch (RuntimeException e) {
                            thrown.set(e);
                        }
                    },
                    "shutdown");
            other.start();
            other.join();
            scope.close();
            throw thrown.get();
        });
        m.put("a device closed and used", () -> {
            Device own = Device.cpu(1);
            own.close();
            Tensor.zeros(own, Shape.of(1));
        });
        m.put(
                "a device closed while a scope holds its tensors",
                () -> inScope(() -> {
                    Device own = Device.cpu(1);
                    Tensor.zeros(own, Shape.of(1));
                    own.close();
                }));
        m.put("Device.cpu(1) beside Device.cpu()", () -> ones(2).add(Tensor.zeros(Device.cpu(1), Shape.of(2))));
        m.put(
                "operands on the CPU and another device",
                () -> ones(2).add(Tensor.zeros(Device.reference(), Shape.of(2))));
        m.put("Device.of(\"tpu\")", () -> Device.of("tpu"));
        m.put("Device.cpu(0)", () -> Device.cpu(0));
        m.put("a model used behind its close()", () -> {
            var model = dev.aorta.nn.Model.of(() -> net().linear(2, 2));
            model.close();
            model.run(network -> 1);
        });
        m.put("a tensor larger than the heap", () -> zeros((1 << 31) - 9));
    }

    private static void training(Map<String, ThrowingCallable> m) {
        m.put("Schedule.constant(-0.1)", () -> Schedule.constant(-0.1));
        m.put("Schedule.constant(NaN)", () -> Schedule.constant(Double.NaN));
        m.put("a schedule of your own that gives NaN", () -> {
            Layer layer = net().linear(2, 2);
            train(layer, new Sgd(layer.parameters(), step -> Double.NaN), ones(1, 2), 1, Pass.training(1, 0));
        });
        m.put("new Adam(parameters, null)", () -> new Adam(net().linear(2, 2).parameters(), null));
        m.put("an optimiser of no parameters", () -> new Adam(List.of(), Schedule.constant(1e-3)));
        m.put("an optimiser of another network", () -> {
            Adam adam = new Adam(net().linear(2, 2).parameters(), Schedule.constant(1e-3));
            train(net().linear(2, 2), adam, ones(1, 2), 1, Pass.training(1, 0));
        });
        m.put("two optimisers of one parameter", () -> {
            Layer layer = net().linear(2, 2);
            Adam a = new Adam(layer.parameters(), Schedule.constant(1e-3));
            Adam b = new Adam(layer.parameters(), Schedule.constant(1e-3));
            for (int i = 0; i < 3; i++) {
                train(layer, a, ones(1, 2), 1, Pass.training(1, 0));
                train(layer, b, ones(1, 2), 1, Pass.training(1, 0));
            }
        });
        m.put("a layer that is listed and not used", () -> {
            Layers net = net();
            Layer used = net.linear(2, 2);
            Layer unused = net.linear(2, 2);
            List<Parameter> all = new ArrayList<>(used.parameters());
            all.addAll(unused.parameters());
            train(used, new Adam(all, Schedule.constant(1e-3)), ones(1, 2), 4, Pass.training(1, 0));
        });
        m.put("a parameter that its layer does not list", () -> {
            Layers net = net();
            Layer linear = net.linear(2, 2);
            Parameter forgotten = net.constant(1, 2);
            Layer layer = new FunctionLayer(
                    "mine", x -> linear.forward(x, Pass.INFERENCE).mul(forgotten), linear.parameters());
            train(layer, new Adam(layer.parameters(), Schedule.constant(1e-3)), ones(1, 2), 4, Pass.training(1, 0));
        });
        m.put("Pass.INFERENCE in training", () -> {
            Layers net = net();
            Layer network = net.sequential(net.linear(2, 2), net.batchNorm(2));
            train(network, new Adam(network.parameters(), Schedule.constant(1e-3)), ones(4, 2), 1, Pass.INFERENCE);
        });
        m.put("a loss that is NaN, in a loop of your own", () -> {
            Layer layer = net().linear(2, 2);
            Tensor x = Tensor.of(CPU, new float[] {Float.NaN, 1}, 1, 2);
            train(layer, new Adam(layer.parameters(), Schedule.constant(1e-3)), x, 1, Pass.training(1, 0));
        });
        m.put("a loss that is NaN, in Trainer", () -> {
            Layer layer = net().linear(2, 2);
            InMemoryDataset data = InMemoryDataset.of(new float[][] {{Float.NaN, 1}}, new int[] {0});
            new Trainer(layer, CPU, Loss.crossEntropy(), new Adam(layer.parameters(), Schedule.constant(1e-3)))
                    .fit(new DataLoader(data, 1), null, 1);
        });
        m.put("a ReLU behind the last layer that lets nothing pass any more", () -> {
            Layers net = net();
            Layer layer = net.linear(1, 2);
            layer.parameters().forEach(p -> p.fill(-1));
            InMemoryDataset data = InMemoryDataset.of(new float[40][1], new int[40]);
            new Trainer(
                            net.sequential(layer, net.relu()),
                            CPU,
                            Loss.crossEntropy(),
                            new Adam(layer.parameters(), Schedule.constant(1e-3)))
                    .fit(new DataLoader(data, 2), null, 1);
        });
        m.put("fit(training, null, 0)", () -> {
            Layer layer = net().linear(2, 2);
            InMemoryDataset data = InMemoryDataset.of(new float[][] {{1, 1}}, new int[] {0});
            new Trainer(layer, CPU, Loss.crossEntropy(), new Adam(layer.parameters(), Schedule.constant(1e-3)))
                    .fit(new DataLoader(data, 1), null, 0);
        });
        m.put("two layers of one name", () -> Sequential.of("net", net().linear(2, 2), net().linear(2, 2)));
        m.put("net.named(\"a\") twice", () -> {
            Layers net = net();
            net.named("a").linear(2, 2);
            net.named("a").conv2d(1, 1, 1);
        });
        m.put("two parameters of one name in an optimiser", () -> {
            List<Parameter> all = new ArrayList<>(net().linear(2, 2).parameters());
            all.addAll(net().linear(2, 2).parameters());
            new Adam(all, Schedule.constant(1e-3));
        });
        m.put("sequential() of nothing", () -> net().sequential());
    }

    private static void files(Map<String, ThrowingCallable> m) {
        m.put("weights of another network", () -> {
            Path file = folder.resolve("other.safetensors");
            Layers net = net();
            StateDict.save(
                    file,
                    net.sequential(
                            net.named("head").linear(2, 3), net.named("body").linear(3, 3)));
            Layers mine = net();
            StateDict.load(
                    file,
                    mine.sequential(
                            mine.named("head").linear(2, 4), mine.named("tail").linear(4, 3)));
        });
        m.put("a file that is cut off", () -> {
            Path file = folder.resolve("cut.safetensors");
            StateDict.save(file, net().linear(2, 3));
            Files.write(file, java.util.Arrays.copyOf(Files.readAllBytes(file), 100));
            Safetensors.read(file);
        });
        m.put("a text file for weights", () -> {
            Path file = Files.writeString(folder.resolve("notes.txt"), "these are no weights at all");
            StateDict.load(file, net().linear(2, 3));
        });
        m.put("an empty data set", () -> new DataLoader(new Empty(), 4));
        m.put("batches of 0", () -> new DataLoader(InMemoryDataset.of(new float[][] {{1}}, new int[] {0}), 0));
        m.put("less labels than inputs", () -> InMemoryDataset.of(new float[][] {{1}, {2}}, new int[] {0}));
        m.put("samples of different lengths", () -> InMemoryDataset.of(new float[][] {{1, 2}, {3}}, new int[] {0, 1}));
        m.put("new Values(array, shape) that do not fit", () -> new Values(new float[3], Shape.of(2, 2)));
        m.put(
                "a text in a column of numbers",
                () -> dev.aorta.data.CsvTable.read(
                                Files.writeString(folder.resolve("houses.csv"), "rooms,price\n3,100\nfour,200\n"), ',')
                        .regression("price"));
        m.put(
                "a column that is not there",
                () -> dev.aorta.data.CsvTable.read(
                                Files.writeString(folder.resolve("cars.csv"), "doors,price\n3,100\n"), ',')
                        .regression("cost"));
    }

    private record Empty() implements dev.aorta.data.Dataset {
        @Override
        public int size() {
            return 0;
        }

        @Override
        public Shape inputShape() {
            return Shape.of(1);
        }

        @Override
        public Shape labelShape() {
            return Shape.SCALAR;
        }

        @Override
        public void read(int index, float[] input, float[] label) {}
    }

    /** What is said of a mistake, on one line, without the places and sizes of this machine. */
    private static String said(ThrowingCallable mistake) {
        String[] thrown = {""};
        List<String> warned = Warnings.of(() -> {
            try {
                mistake.call();
            } catch (AssertionError e) {
                throw e;
            } catch (Throwable e) {
                thrown[0] = e instanceof NullPointerException || e instanceof OutOfMemoryError || e.getMessage() != null
                        ? String.valueOf(e.getMessage())
                        : e.toString();
            }
        });
        String all = thrown[0].isEmpty() ? String.join(" ", warned) : thrown[0];
        return all.replaceAll("\\s+", " ")
                .replaceAll("\\(\\w+\\.java:\\d+\\)", "(Main.java:12)")
                .replaceAll("the scope of \\S+ \\(", "the scope of Main.main (")
                .replaceAll("heap of [\\d,]+ MB", "heap of 4,295 MB")
                .replace(folder + "/", "")
                .strip();
    }

    private static Map<String, String> table() throws IOException {
        Map<String, String> rows = new TreeMap<>();
        for (String line : Files.readAllLines(Path.of(System.getProperty("aorta.root"), "docs/errors.md"))) {
            String[] cells = line.split(" \\| ");
            if (line.startsWith("| ") && cells.length == 2 && cells[1].endsWith("` |")) {
                String key = cells[0].substring(2).replace("`", "");
                assertThat(rows.put(key, cells[1].substring(1, cells[1].length() - 3)))
                        .as(key)
                        .isNull();
            }
        }
        return rows;
    }

    static Stream<String> names() {
        return mistakes().keySet().stream();
    }

    @ParameterizedTest
    @MethodSource("names")
    void theTableSaysWhatIsSaid(String mistake) throws IOException {
        assertThat(said(mistakes().get(mistake))).as(mistake).isNotEmpty().isEqualTo(table().get(mistake));
    }

    @Test
    void eachRowOfTheTableIsTested() throws IOException {
        assertThat(table().keySet())
                .containsExactlyInAnyOrderElementsOf(mistakes().keySet());
    }

    /** A training and predictions as they should be say nothing. */
    @Test
    void noMistakeNoWarning() {
        assertThat(Warnings.of(() -> {
                    try (Scope model = Scope.open()) {
                        Layers net = net();
                        Layer network =
                                net.sequential(net.linear(4, 8), net.batchNorm(8), net.relu(), net.linear(8, 2));
                        Adam adam = new Adam(network.parameters(), Schedule.constant(1e-3));
                        for (int step = 0; step < 30; step++) {
                            try (Scope scope = Scope.open()) {
                                Tensor x = Tensor.of(CPU, random(40), 10, 4);
                                Tensor labels = Tensor.of(CPU, new int[] {0, 1, 0, 1, 0, 1, 0, 1, 0, 1}, 10);
                                Tensor logits = network.forward(x, Pass.training(1, step));
                                adam.step(logits.crossEntropy(labels, null).backward());
                            }
                            try (Scope scope = Scope.noGrad()) {
                                network.forward(Tensor.of(CPU, random(4), 1, 4), Pass.INFERENCE)
                                        .softmax()
                                        .toArray();
                            }
                        }
                    }
                }))
                .isEmpty();
    }

    /** Prints the table, for docs/errors.md. */
    static final class Print {
        private Print() {}

        public static void main(String[] args) throws IOException {
            folder = Files.createTempDirectory("errors");
            mistakes().forEach((name, mistake) -> System.out.println("| " + name + " | `" + said(mistake) + "` |"));
        }
    }
}
