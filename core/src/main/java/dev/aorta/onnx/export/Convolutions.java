package dev.aorta.onnx.export;

import dev.aorta.backend.ConvShape;
import dev.aorta.onnx.export.Value.Constant;
import dev.aorta.op.Conv2d;
import dev.aorta.op.ConvTranspose2d;
import dev.aorta.op.NormInference;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Objects;
import java.util.function.ToIntFunction;
import org.jspecify.annotations.Nullable;

/** Convolutions, with the batch normalisation behind them folded into their weights. */
final class Convolutions {
    private static final int[] IMAGE = Axes.channelsFirst(4);

    private final Lowering to;

    Convolutions(Lowering to) {
        this.to = to;
    }

    void convolution(Step s, Conv2d op) {
        List<ConvShape> shapes = s.each(Conv2d.class, Conv2d::shape);
        ConvShape c = shapes.getFirst();
        long[] pads = Window.pads(
                s,
                new Window(
                        (c.kH() - 1) * c.dilationH() + 1,
                        c.strideH(),
                        each(shapes, ConvShape::inH),
                        each(shapes, ConvShape::padTop),
                        each(shapes, ConvShape::outH)),
                new Window(
                        (c.kW() - 1) * c.dilationW() + 1,
                        c.strideW(),
                        each(shapes, ConvShape::inW),
                        each(shapes, ConvShape::padLeft),
                        each(shapes, ConvShape::outW)));
        Step norm = folded(s, op);
        List<String> inputs = new ArrayList<>(List.of(to.in(s.in(0), IMAGE)));
        if (norm == null) {
            inputs.add(to.in(s.in(1), 0, 3, 1, 2)); // (out, kH, kW, in) to (out, in, kH, kW)
            if (op.bias()) {
                inputs.add(to.in(s.in(2), 0));
            }
        } else {
            inputs.addAll(foldedWeights(s, norm));
        }
        NodeBuilder node = geometry(to.graph.node("Conv", inputs.toArray(String[]::new)), c);
        String y = (pads == null ? node.with("auto_pad", "SAME_UPPER") : node.with("pads", pads)).out();
        to.graph.enter(""); // as a layer of its own
        to.place(s.output(), op.relu() ? to.graph.node("Relu", y).out() : y, IMAGE);
        if (norm != null) {
            to.place(norm.output(), y, IMAGE);
            to.skip(norm);
        }
    }

    void transposed(Step s, ConvTranspose2d op) {
        List<ConvShape> shapes = s.each(ConvTranspose2d.class, ConvTranspose2d::shape);
        ConvShape c = shapes.getFirst();
        List<String> inputs = new ArrayList<>(List.of(to.in(s.in(0), IMAGE)));
        inputs.add(to.in(s.in(1), 0, 3, 1, 2)); // (in, kH, kW, out) to (in, out, kH, kW)
        if (op.bias()) {
            inputs.add(to.in(s.in(2), 0));
        }
        // the extent is stride * (in - 1) + span - padding in front - padding behind + output padding
        long below = behind(
                s, shapes, h -> h.strideH() * (h.outH() - 1) + (h.kH() - 1) * h.dilationH() + 1 - h.padTop() - h.inH());
        long right = behind(
                s,
                shapes,
                h -> h.strideW() * (h.outW() - 1) + (h.kW() - 1) * h.dilationW() + 1 - h.padLeft() - h.inW());
        NodeBuilder node = geometry(to.graph.node("ConvTranspose", inputs.toArray(String[]::new)), c)
                .with("pads", c.padTop(), c.padLeft(), Math.max(below, 0), Math.max(right, 0));
        if (Math.min(below, right) < 0) {
            node.with("output_padding", Math.max(-below, 0), Math.max(-right, 0));
        }
        to.place(s.output(), node.out(), IMAGE);
    }

    private static long behind(Step s, List<ConvShape> shapes, ToIntFunction<ConvShape> of) {
        int[] behind = each(shapes, of);
        boolean same = Lowering.isFixed(behind)
                && Lowering.isFixed(each(shapes, ConvShape::padTop))
                && Lowering.isFixed(each(shapes, ConvShape::padLeft));
        if (!same) {
            throw new SizeDependence(s + ": its padding depends on the size of the image");
        }
        return behind[0];
    }

    private static NodeBuilder geometry(NodeBuilder node, ConvShape c) {
        return node.with("dilations", c.dilationH(), c.dilationW())
                .with("group", c.groups())
                .with("kernel_shape", c.kH(), c.kW())
                .with("strides", c.strideH(), c.strideW());
    }

    private static int[] each(List<ConvShape> shapes, ToIntFunction<ConvShape> of) {
        return shapes.stream().mapToInt(of).toArray();
    }

    /** The batch normalisation that alone follows, of constants alone; or null. */
    private @Nullable Step folded(Step s, Conv2d op) {
        Step next = to.program.onlyUser(s.output());
        boolean folds = !op.relu()
                && next != null
                && next.op() instanceof NormInference
                && next.in(0) == s.output()
                && next.inputs().subList(1, 5).stream().allMatch(to::isConstant)
                && s.inputs().subList(1, s.inputs().size()).stream().allMatch(to::isConstant);
        return folds ? next : null;
    }

    /** {@code w * gamma / sqrt(variance + epsilon)} and {@code (b - mean) * gamma / sqrt(variance + epsilon) + beta}. */
    private List<String> foldedWeights(Step conv, Step norm) {
        float epsilon = norm.same(NormInference.class, n -> n.shape().epsilon());
        Value weight = conv.in(1);
        Constant w = constant(weight);
        int[] dims = weight.shape().dims();
        int size = weight.shape().size() / dims[0];
        String weights = to.graph.floats(
                List.of(weight, norm.output(), "weight"),
                w.name(),
                () -> {
                    float[] values = w.values().getFirst().get();
                    double[] scale = scale(norm, epsilon);
                    float[] scaled = new float[values.length];
                    for (int i = 0; i < scaled.length; i++) {
                        scaled[i] = (float) (values[i] * scale[i / size]);
                    }
                    return Axes.permuted(scaled, dims, new int[] {0, 3, 1, 2});
                },
                dims[0],
                dims[3],
                dims[1],
                dims[2]);
        Constant bias = conv.inputs().size() > 2 ? constant(conv.in(2)) : null;
        String layer = conv.layer().isEmpty() ? "" : conv.layer() + ".";
        String shift = to.graph.floats(
                List.of(weight, norm.output(), "bias"),
                bias == null ? layer + "bias" : bias.name(),
                () -> {
                    double[] scale = scale(norm, epsilon);
                    float[] own = bias == null
                            ? new float[dims[0]]
                            : bias.values().getFirst().get();
                    float[] beta = values(norm, 2);
                    float[] mean = values(norm, 3);
                    float[] shifted = new float[dims[0]];
                    for (int i = 0; i < shifted.length; i++) {
                        shifted[i] = (float) (((double) own[i] - mean[i]) * scale[i] + beta[i]);
                    }
                    return shifted;
                },
                dims[0]);
        return List.of(weights, shift);
    }

    private static double[] scale(Step norm, float epsilon) {
        float[] gamma = values(norm, 1);
        float[] variance = values(norm, 4);
        double[] scale = new double[gamma.length];
        Arrays.setAll(scale, i -> gamma[i] / Math.sqrt((double) variance[i] + epsilon));
        return scale;
    }

    private static float[] values(Step norm, int operand) {
        return constant(norm.in(operand)).values().getFirst().get();
    }

    private static Constant constant(Value value) {
        return Objects.requireNonNull(value.constant());
    }
}
