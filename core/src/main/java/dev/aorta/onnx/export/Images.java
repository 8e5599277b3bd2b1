package dev.aorta.onnx.export;

import dev.aorta.backend.NormShape;
import dev.aorta.backend.PoolShape;
import dev.aorta.backend.UpsampleShape;
import dev.aorta.op.GroupNorm;
import dev.aorta.op.NormInference;
import java.util.Arrays;
import java.util.List;
import java.util.function.ToIntFunction;

/** Pooling, resizing and normalisation. */
final class Images {
    private static final int[] IMAGE = Axes.channelsFirst(4);

    private final Lowering to;

    Images(Lowering to) {
        this.to = to;
    }

    void pool(Step s, String opType, List<PoolShape> shapes) {
        PoolShape p = shapes.getFirst();
        long[] pads = Window.pads(
                s,
                new Window(
                        p.kH(),
                        p.strideH(),
                        each(shapes, PoolShape::inH),
                        each(shapes, PoolShape::padTop),
                        each(shapes, PoolShape::outH)),
                new Window(
                        p.kW(),
                        p.strideW(),
                        each(shapes, PoolShape::inW),
                        each(shapes, PoolShape::padLeft),
                        each(shapes, PoolShape::outW)));
        NodeBuilder node = to.graph
                .node(opType, to.in(s.in(0), IMAGE))
                .with("kernel_shape", p.kH(), p.kW())
                .with("strides", p.strideH(), p.strideW());
        String y = (pads == null ? node.with("auto_pad", "SAME_UPPER") : node.with("pads", pads)).out();
        to.place(s.output(), y, IMAGE);
    }

    private static int[] each(List<PoolShape> shapes, ToIntFunction<PoolShape> of) {
        return shapes.stream().mapToInt(of).toArray();
    }

    void upsample(Step s, UpsampleShape u) {
        float[] scales = {1, 1, u.factorH(), u.factorW()};
        String name = "scales_" + u.factorH() + "_" + u.factorW();
        NodeBuilder node = to.graph
                .node("Resize", to.in(s.in(0), IMAGE), "", to.graph.floats(name, name, () -> scales, 4))
                .with("coordinate_transformation_mode", u.bilinear() ? "half_pixel" : "asymmetric")
                .with("mode", u.bilinear() ? "linear" : "nearest");
        to.place(s.output(), (u.bilinear() ? node : node.with("nearest_mode", "floor")).out(), IMAGE);
    }

    void batchNorm(Step s) {
        Value x = s.in(0);
        if (x.rank() < 2) {
            throw new IllegalArgumentException("[onnx] " + s + ": batch normalisation of " + x
                    + " without a batch has no counterpart in ONNX; give it an axis in front");
        }
        int[] order = Axes.channelsFirst(x.rank());
        float epsilon = s.same(NormInference.class, n -> n.shape().epsilon());
        String y = to.graph
                .node("BatchNormalization", to.in(x, order), per(s, 1), per(s, 2), per(s, 3), per(s, 4))
                .with("epsilon", epsilon)
                .out();
        to.place(s.output(), y, order);
    }

    private String per(Step s, int operand) {
        return to.in(s.in(operand), 0);
    }

    void groupNorm(Step s, GroupNorm op) {
        NormShape n = op.shape();
        float epsilon = s.same(GroupNorm.class, g -> g.shape().epsilon());
        if (n.groups() == 1
                && s.each(GroupNorm.class, g -> g.shape().pixels()).stream().allMatch(p -> p == 1)) {
            layerNorm(s, epsilon);
            return;
        }
        int rank = s.in(0).rank();
        int[] order = Axes.channelsFirst(rank);
        String x = to.in(s.in(0), order);
        if (n.groups() == n.channels() && rank > 2) {
            String y = instanceNorm(x, per(s, 1), per(s, 2), epsilon);
            to.place(s.output(), y, order);
            return;
        }
        // opset 21 has an operator for it; before, each group is a channel of an image of one axis, in PyTorch's words
        float[] one = new float[n.groups()];
        Arrays.fill(one, 1);
        String scale = to.graph.floats("ones " + n.groups(), "ones_" + n.groups(), () -> one, n.groups());
        String shift =
                to.graph.floats("zeros " + n.groups(), "zeros_" + n.groups(), () -> new float[n.groups()], n.groups());
        String grouped =
                to.graph.node("Reshape", x, to.graph.ints(0, n.groups(), -1)).out();
        String normal = instanceNorm(grouped, scale, shift, epsilon);
        String back = to.graph
                .node("Reshape", normal, to.graph.node("Shape", x).out())
                .out();
        String scaled =
                to.graph.node("Mul", back, to.broadcast(s.in(1), order, true)).out();
        to.place(
                s.output(),
                to.graph.node("Add", scaled, to.broadcast(s.in(2), order, true)).out(),
                order);
    }

    private String instanceNorm(String x, String scale, String shift, float epsilon) {
        return to.graph
                .node("InstanceNormalization", x, scale, shift)
                .with("epsilon", epsilon)
                .out();
    }

    private void layerNorm(Step s, float epsilon) {
        Placed x = to.lastAxisLast(s.in(0));
        String y = to.graph
                .node("LayerNormalization", x.name(), per(s, 1), per(s, 2))
                .with("axis", -1)
                .with("epsilon", epsilon)
                .out();
        to.place(s.output(), x.named(y));
    }
}
