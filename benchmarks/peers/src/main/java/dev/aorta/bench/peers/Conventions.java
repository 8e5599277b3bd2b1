package dev.aorta.bench.peers;

import static dev.aorta.bench.peers.Libtorch.channelsFirst;
import static dev.aorta.bench.peers.Libtorch.channelsLast;
import static dev.aorta.bench.peers.Libtorch.optional;
import static dev.aorta.bench.peers.Libtorch.scalar;
import static dev.aorta.bench.peers.Operand.normal;
import static org.bytedeco.pytorch.global.torch.*;

import dev.aorta.Padding;
import dev.aorta.Pool2dOptions;
import dev.aorta.Tensor;
import dev.aorta.loss.Loss;
import java.util.List;
import java.util.stream.Stream;
import org.bytedeco.pytorch.LongOptional;
import org.bytedeco.pytorch.TensorOptional;

/** The operations whose meaning is a convention: on borders, among equals, in what is averaged. */
final class Conventions {
    private static final long MEAN = Reduction.Mean.value;
    private static final long[] UNIT = {1, 1};
    private static final long[] TWO = {2, 2};
    private static final long[] THREE = {3, 3};

    /** Every border and both sides of it, of each function that is made of pieces. */
    private static final Operand BORDERS = Operand.of(
            -20, -6, -3.5f, -3, -2.5f, -1.5f, -1, -0.5f, -0.1f, 0, 0.1f, 0.5f, 1, 1.5f, 2.5f, 3, 3.5f, 6, 20);

    private static final Operand TIES =
            Operand.of(1, 3, 3, 2, 3, -1, 0, 0, 5, 5, 5, 5).reshape(3, 4);
    private static final Operand IMAGES = normal(2, 7, 5, 4);
    private static final Operand LOGITS = normal(6, 5);
    private static final Operand CLASSES = Operand.of(0, 4, 2, 2, 1, 3).constant();

    private Conventions() {}

    static List<Operation> all() {
        return Stream.of(functions(), extrema(), images(), losses())
                .flatMap(List::stream)
                .toList();
    }

    private static List<Operation> functions() {
        return List.of(
                Operation.of("relu", x -> x[0].relu(), x -> relu(x[0]), BORDERS),
                Operation.of("leakyRelu", x -> x[0].leakyRelu(0.1f), x -> leaky_relu(x[0], scalar(0.1f)), BORDERS),
                Operation.of(
                        "prelu",
                        x -> x[0].prelu(x[1]),
                        x -> channelsLast(prelu(channelsFirst(x[0]), x[1])),
                        IMAGES,
                        Operand.of(0.25f, 0, 0.5f, -0.1f)),
                Operation.of("elu", x -> x[0].elu(1), x -> elu(x[0]), BORDERS),
                Operation.of(
                        "elu, alpha 1/2",
                        x -> x[0].elu(0.5f),
                        x -> elu(x[0], scalar(0.5), scalar(1), scalar(1)),
                        BORDERS),
                Operation.of("gelu", x -> x[0].gelu(), x -> gelu(x[0]), BORDERS),
                Operation.of("geluTanh", x -> x[0].geluTanh(), x -> gelu(x[0], "tanh"), BORDERS),
                Operation.of("silu", x -> x[0].silu(), x -> silu(x[0]), BORDERS),
                Operation.of("softplus", x -> x[0].softplus(), x -> softplus(x[0]), BORDERS),
                Operation.of("hardSwish", x -> x[0].hardSwish(), x -> hardswish(x[0]), BORDERS),
                Operation.of("hardSigmoid", x -> x[0].hardSigmoid(), x -> hardsigmoid(x[0]), BORDERS),
                Operation.of("abs", x -> x[0].abs(), x -> x[0].abs(), BORDERS),
                Operation.of("erf", x -> x[0].erf(), x -> erf(x[0]), BORDERS),
                Operation.of("clamp", x -> x[0].clamp(-1, 3), x -> clamp(x[0], optional(-1), optional(3)), BORDERS),
                Operation.of("pow 3/2", x -> x[0].abs().pow(1.5f), x -> pow(x[0].abs(), scalar(1.5)), BORDERS),
                Operation.of("logSoftmax", x -> x[0].logSoftmax(), x -> log_softmax(x[0], -1), LOGITS));
    }

    private static List<Operation> extrema() {
        return List.of(
                Operation.of(
                        "max of two, equal ones",
                        x -> x[0].max(x[1]),
                        x -> maximum(x[0], x[1]),
                        TIES,
                        Operand.of(1, 2, 4, 2, 3, -1, 1, 0, 5, 6, 5, 4).reshape(3, 4)),
                Operation.of(
                        "max over an axis, equal ones", x -> x[0].max(1), x -> amax(x[0], new long[] {1}, false), TIES),
                Operation.of(
                        "min over rows, equal ones", x -> x[0].min(0), x -> amin(x[0], new long[] {0}, false), TIES),
                Operation.of("max of all, equal ones", x -> x[0].max(), x -> x[0].max(), TIES),
                Operation.of(
                        "argmax, equal ones",
                        x -> x[0].argmax(),
                        x -> argmax(x[0], new LongOptional(1), false),
                        TIES.constant()),
                Operation.of("logSumExp", x -> x[0].logSumExp(-1), x -> logsumexp(x[0], -1), LOGITS));
    }

    private static List<Operation> images() {
        Operand plateaus = Operand.of(2, 2, 1, 0, 2, 2, 1, 1, 3, 3, 0, 0, 1, 3, 3, 1);
        return List.of(
                Operation.of(
                        "maxPool2d, equal ones",
                        x -> x[0].maxPool2d(new Pool2dOptions(3, 3, 2, 2, Padding.of(1))),
                        x -> channelsLast(max_pool2d(channelsFirst(x[0]), THREE, TWO, UNIT, UNIT, false)),
                        plateaus.reshape(1, 4, 4, 1)),
                Operation.of(
                        "avgPool2d, padded", // what lies outside of the image does not count
                        x -> x[0].avgPool2d(new Pool2dOptions(3, 3, 2, 2, Padding.of(1))),
                        x -> channelsLast(
                                avg_pool2d(channelsFirst(x[0]), THREE, TWO, UNIT, false, false, new LongOptional())),
                        IMAGES),
                Operation.of(
                        "adaptiveAvgPool2d",
                        x -> x[0].adaptiveAvgPool2d(3, 2),
                        x -> channelsLast(adaptive_avg_pool2d(channelsFirst(x[0]), 3, 2)),
                        IMAGES),
                Operation.of(
                        "adaptiveMaxPool2d",
                        x -> x[0].adaptiveMaxPool2d(3, 2),
                        x -> channelsLast(
                                adaptive_max_pool2d(channelsFirst(x[0]), 3, 2).get0()),
                        IMAGES),
                Operation.of(
                        "padReflect",
                        x -> x[0].padReflect(1, 2, 3).padReflect(2, 1, 4),
                        x -> channelsLast(reflection_pad2d(channelsFirst(x[0]), 1, 4, 2, 3)),
                        IMAGES),
                Operation.of(
                        "padEdge",
                        x -> x[0].padEdge(1, 2, 3).padEdge(2, 1, 4),
                        x -> channelsLast(replication_pad2d(channelsFirst(x[0]), 1, 4, 2, 3)),
                        IMAGES),
                Operation.of(
                        "upsampleBilinear",
                        x -> x[0].upsampleBilinear(3),
                        x -> channelsLast(upsample_bilinear2d(channelsFirst(x[0]), new long[] {21, 15}, false)),
                        IMAGES),
                Operation.of(
                        "layerNorm",
                        x -> x[0].layerNorm(x[1], x[2], 1e-5f),
                        x -> layer_norm(x[0], new long[] {4}, optional(x[1]), optional(x[2]), 1e-5f, false),
                        IMAGES,
                        normal(4),
                        normal(4, 1).reshape(4)),
                Operation.of(
                        "groupNorm",
                        x -> x[0].groupNorm(2, x[1], x[2], 1e-5f),
                        x -> channelsLast(group_norm(
                                channelsFirst(x[0]).contiguous(), 2, optional(x[1]), optional(x[2]), 1e-5f, false)),
                        IMAGES,
                        normal(4),
                        normal(4, 1).reshape(4)),
                Operation.of(
                        "attention",
                        Conventions::attention,
                        x -> scaled_dot_product_attention(x[0], x[1], x[2]),
                        normal(2, 3, 5, 4),
                        normal(2, 3, 6, 4),
                        normal(2, 18, 4).reshape(2, 3, 6, 4)));
    }

    private static Tensor attention(Tensor... x) {
        float scale = (float) (1 / Math.sqrt(x[0].shape().dim(-1)));
        return x[0].matmul(x[1].transpose(-2, -1)).mul(scale).softmax().matmul(x[2]);
    }

    private static List<Operation> losses() {
        Operand numbers = normal(5, 6).reshape(6, 5);
        Operand zeros = Operand.of(new float[BORDERS.values().length]);
        Operand halves = Operand.of(1, 0, 1, 0, 1, 0, 1, 0, 1, 0.5f, 1, 0, 1, 0, 1, 0, 1, 0, 0.25f);
        return List.of(
                loss("mse", Loss.mse(), x -> mse_loss(x[0], x[1], MEAN), LOGITS, numbers),
                loss("mae", Loss.mae(), x -> l1_loss(x[0], x[1], MEAN), LOGITS, numbers),
                loss("huber", Loss.huber(0.5f), x -> huber_loss(x[0], x[1], MEAN, 0.5), BORDERS, zeros),
                loss(
                        "binaryCrossEntropy",
                        Loss.binaryCrossEntropy(2),
                        x -> binary_cross_entropy_with_logits(
                                x[0], x[1], new TensorOptional(), optional(full_like(x[0], scalar(2))), MEAN),
                        BORDERS,
                        halves),
                loss(
                        "klDivergence", // PyTorch's batchmean
                        Loss.klDivergence(),
                        x -> mul(kl_div(log_softmax(x[0], -1), x[1], Reduction.Sum.value, false), scalar(1.0 / 6)),
                        LOGITS,
                        distributions()),
                loss(
                        "softCrossEntropy",
                        Loss.softCrossEntropy(),
                        x -> cross_entropy_loss(x[0], x[1]),
                        LOGITS,
                        distributions()),
                loss(
                        "crossEntropy",
                        Loss.crossEntropy().weighted(1, 2, 0.5f, 1, 3),
                        x -> crossEntropy(x, -100, 0, 1, 2, 0.5f, 1, 3),
                        LOGITS,
                        CLASSES),
                loss(
                        "crossEntropy, smoothed",
                        Loss.crossEntropy().weighted(1, 2, 0.5f, 1, 3).smoothed(0.1f),
                        x -> crossEntropy(x, -100, 0.1f, 1, 2, 0.5f, 1, 3),
                        LOGITS,
                        CLASSES),
                loss(
                        "crossEntropy, ignoring",
                        Loss.crossEntropy().smoothed(0.1f).ignoring(2),
                        x -> crossEntropy(x, 2, 0.1f, 1, 1, 1, 1, 1),
                        LOGITS,
                        CLASSES));
    }

    private static Operation loss(String name, Loss ours, Operation.Theirs theirs, Operand output, Operand labels) {
        return Operation.of(name, x -> ours.of(x[0], x[1]), theirs, output, labels.constant());
    }

    private static org.bytedeco.pytorch.Tensor crossEntropy(
            org.bytedeco.pytorch.Tensor[] x, long ignored, double smoothing, float... weights) {
        var w = tensor(weights).to(x[0].scalar_type());
        return cross_entropy_loss(x[0], x[1].to(ScalarType.Long), optional(w), MEAN, ignored, smoothing);
    }

    /** One for each row of the logits, most with a class that cannot be. */
    private static Operand distributions() {
        float[] p = new float[30];
        for (int i = 0; i < p.length; i++) {
            p[i] = i >= 25 ? 0.2f : i % 6 == 0 ? 0 : 0.25f;
        }
        return Operand.of(p).reshape(6, 5);
    }
}
