package dev.aorta.bench.peers;

import static dev.aorta.bench.peers.Libtorch.channelsFirst;
import static dev.aorta.bench.peers.Libtorch.channelsLast;
import static dev.aorta.bench.peers.Libtorch.scalar;
import static dev.aorta.bench.peers.Operand.normal;
import static org.bytedeco.pytorch.global.torch.*;

import dev.aorta.Device;
import dev.aorta.Gradients;
import dev.aorta.Parameter;
import dev.aorta.Scope;
import dev.aorta.examples.Denoiser;
import dev.aorta.examples.Gan;
import dev.aorta.examples.Regression;
import dev.aorta.examples.ResNet;
import dev.aorta.examples.VisionTransformer;
import dev.aorta.loss.Loss;
import dev.aorta.nn.Layer;
import dev.aorta.nn.Pass;
import java.util.List;
import java.util.function.BinaryOperator;
import java.util.function.Function;
import org.bytedeco.javacpp.PointerScope;
import org.bytedeco.pytorch.MultiheadAttentionForwardFuncOptions;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.TensorVector;

/** The networks of the examples as PyTorch has them, with weights of Aorta's layout. */
@SuppressWarnings("try") // scopes work by being open
final class Networks {
    private static final double FLOOR = 1e-4; // where rounding turns a ReLU on or off, a gradient jumps
    private static final Operand IMAGES = normal(6, 16, 16, 1).constant();
    private static final Operand DIGITS = Operand.of(3, 1, 4, 1, 5, 9).constant();
    private static final Operand NOISE = normal(32, 2).constant();
    private static final Operand REAL = normal(2, 32).reshape(32, 2).constant();

    private Networks() {}

    static List<Twin> all() {
        Operand x = normal(64, 1).constant();
        Operand values = normal(1, 64).reshape(64, 1).constant();
        return List.of(
                trained("Regression", Regression::network, x, values, Networks::regression),
                trained("Denoiser", Denoiser::network, IMAGES, IMAGES, Networks::denoiser),
                trained("ResNet", device -> ResNet.network(device, 8), IMAGES, DIGITS, Networks::resNet),
                trained("VisionTransformer", VisionTransformer::network, IMAGES, DIGITS, Networks::transformer),
                new Twin("Gan", FLOOR, Networks::gan, Networks::gan));
    }

    // ---- one network with a loss

    /** A network in libtorch. */
    interface Forward {
        Tensor of(Weights w, Tensor x);
    }

    /** A step of training from shaken weights. */
    private static Twin trained(
            String name, Function<Device, Layer> build, Operand input, Operand labels, Forward theirs) {
        return twin(name, device -> Weights.shaken(build.apply(device)), Pass.training(0, 0), input, labels, theirs);
    }

    /** Squared errors where the labels have the shape of images or numbers, cross-entropy where they are classes. */
    static Twin twin(
            String name, Function<Device, Layer> build, Pass pass, Operand input, Operand labels, Forward theirs) {
        boolean classes = labels.shape().rank() == 1;
        Loss loss = classes ? Loss.crossEntropy() : Loss.mse();
        BinaryOperator<Tensor> theirLoss =
                (y, t) -> classes ? cross_entropy_loss(y, t.to(ScalarType.Long)) : mse_loss(y, t);
        return new Twin(
                name,
                FLOOR,
                device -> {
                    try (Scope scope = Scope.open()) {
                        Layer network = build.apply(device);
                        var y = network.forward(input.on(device), pass).keep();
                        var value = loss.of(y, labels.on(device)).keep();
                        Gradients gradients = value.backward();
                        Numbers numbers = new Numbers();
                        numbers.outputs().put("output", Numbers.doubles(y.toArray()));
                        numbers.outputs().put("loss", new double[] {value.item()});
                        read(network, gradients, numbers);
                        return numbers;
                    }
                },
                type -> {
                    try (PointerScope scope = new PointerScope()) {
                        Weights weights = Weights.of(build, type).training(pass.training());
                        Tensor y = theirs.of(weights, input.inTorch(type));
                        Tensor value = theirLoss.apply(y, labels.inTorch(type));
                        value.backward();
                        Numbers numbers = new Numbers();
                        numbers.outputs().put("output", Libtorch.values(y));
                        numbers.outputs().put("loss", Libtorch.values(value));
                        weights.read(numbers);
                        return numbers;
                    }
                });
    }

    private static void read(Layer network, Gradients gradients, Numbers numbers) {
        for (Parameter p : network.parameters()) {
            if (p.state()) {
                numbers.outputs().put(p.name(), Numbers.doubles(p.toArray()));
            } else {
                numbers.gradients()
                        .put(p.name(), Numbers.doubles(gradients.of(p).toArray()));
            }
        }
    }

    private static Tensor regression(Weights w, Tensor x) {
        return w.linear("linear3", tanh(w.linear("linear2", tanh(w.linear("linear1", x)))));
    }

    private static Tensor denoiser(Weights w, Tensor x) {
        Tensor y = channelsFirst(x);
        for (int i = 1; i <= 3; i++) {
            y = relu(w.convolution("conv" + i, y, 2, 1));
        }
        for (int i = 1; i <= 3; i++) {
            Tensor up = w.transposed("convTranspose" + i, y, 2, 1);
            y = i < 3 ? relu(up) : up;
        }
        return channelsLast(y);
    }

    private static Tensor resNet(Weights w, Tensor x) {
        Tensor y = relu(w.norm("norm1", w.convolution("conv1", channelsFirst(x), 1, 1)));
        for (int stage = 1; stage <= 4; stage++) {
            for (int block = 1; block <= 2; block++) {
                boolean narrows = stage > 1 && block == 1;
                String at = "stage" + stage + ".block" + block + ".";
                Tensor body = relu(w.norm(at + "norm1", w.convolution(at + "conv1", y, narrows ? 2 : 1, 1)));
                body = w.norm(at + "norm2", w.convolution(at + "conv2", body, 1, 1));
                Tensor shortcut = narrows ? w.norm(at + "norm3", w.convolution(at + "conv3", y, 2, 0)) : y;
                y = relu(add(shortcut, body));
            }
        }
        return w.linear("linear1", y.mean(2, 3));
    }

    private static Tensor transformer(Weights w, Tensor x) {
        Tensor y = flatten(w.convolution("conv1", channelsFirst(x), 4, 0), 2, 3).transpose(1, 2);
        y = add(y, w.get("positions1.weight"));
        for (int block = 1; block <= 2; block++) {
            String at = "block" + block + ".";
            y = add(y, attention(w, at + "attention1", w.layerNorm(at + "norm1", y)));
            Tensor wide = gelu(w.linear(at + "linear1", w.layerNorm(at + "norm2", y)));
            y = add(y, w.linear(at + "linear2", wide));
        }
        return w.linear("linear1", w.layerNorm("norm1", y).mean(1));
    }

    /** PyTorch's own, which takes (T, N, width) and the three projections as one. */
    private static Tensor attention(Weights w, String name, Tensor x) {
        Tensor sequence = x.transpose(0, 1);
        var options = new MultiheadAttentionForwardFuncOptions(
                x.size(2),
                4,
                joined(w, name, ".weight"),
                joined(w, name, ".bias"),
                new Tensor(),
                new Tensor(),
                false,
                0,
                w.get(name + ".output.weight"),
                w.get(name + ".output.bias"));
        return multi_head_attention_forward(sequence, sequence, sequence, options)
                .get0()
                .transpose(0, 1);
    }

    private static Tensor joined(Weights w, String name, String part) {
        return cat(new TensorVector(
                w.get(name + ".query" + part), w.get(name + ".key" + part), w.get(name + ".value" + part)));
    }

    // ---- two networks with two losses

    private static Layer generator(Device device) {
        return Weights.shaken(Gan.network(new dev.aorta.nn.Layers(device, 42).in("generator"), 2, 2));
    }

    private static Layer critic(Device device) {
        return Weights.shaken(Gan.network(new dev.aorta.nn.Layers(device, 42).in("critic"), 2, 1));
    }

    private static Numbers gan(Device device) {
        try (Scope scope = Scope.open()) {
            Layer generator = generator(device);
            Layer critic = critic(device);
            Gan.Step step = Gan.Step.of(generator, critic, NOISE.on(device), REAL.on(device), Pass.training(0, 0));
            Numbers numbers = new Numbers();
            read(generator, step.forging(), numbers);
            read(critic, step.telling(), numbers);
            return numbers;
        }
    }

    /** As PyTorch's users write it: the critic sees the fakes twice, once detached. */
    private static Numbers gan(ScalarType type) {
        try (PointerScope scope = new PointerScope()) {
            Weights generator = Weights.of(Networks::generator, type);
            Weights critic = Weights.of(Networks::critic, type);
            Tensor fake = points(generator, "generator.", NOISE.inTorch(type));
            Tensor onFake = points(critic, "critic.", fake);
            Tensor onDetached = points(critic, "critic.", fake.detach());
            Tensor onReal = points(critic, "critic.", REAL.inTorch(type));
            Numbers numbers = new Numbers();
            binary_cross_entropy_with_logits(onFake, ones_like(onFake)).backward();
            generator.read(numbers);
            critic.clear();
            Tensor real = binary_cross_entropy_with_logits(onReal, ones_like(onReal));
            add(real, binary_cross_entropy_with_logits(onDetached, zeros_like(onDetached)))
                    .backward();
            critic.read(numbers);
            return numbers;
        }
    }

    private static Tensor points(Weights w, String prefix, Tensor x) {
        Tensor y = leaky_relu(w.linear(prefix + "linear1", x), scalar(0.2f));
        return w.linear(prefix + "linear3", leaky_relu(w.linear(prefix + "linear2", y), scalar(0.2f)));
    }
}
