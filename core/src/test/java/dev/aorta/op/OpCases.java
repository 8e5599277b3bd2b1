package dev.aorta.op;

import dev.aorta.Conv2dOptions;
import dev.aorta.Padding;
import dev.aorta.Pool2dOptions;
import dev.aorta.Shape;
import dev.aorta.Tensor;
import dev.aorta.backend.Binary;
import dev.aorta.backend.Reduction;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.BinaryOperator;
import java.util.function.Function;

/** One row or more for each op: how to call it, on what. */
final class OpCases {
    private OpCases() {}

    /** What the values of an input must look like. */
    enum Kind {
        /** Any real numbers. */
        REAL,
        /** At least 0.05 away from 0, where some functions have a kink. */
        AWAY_FROM_ZERO,
        /** At least 0.3. */
        POSITIVE,
        /** All different by at least 1, so that a maximum stays where it is. */
        DISTINCT,
        /** Class indices 0, 1, 2; no gradient. */
        LABELS,
        /** Above 0; no gradient. */
        STATE
    }

    record Input(Kind kind, Shape shape) {
        boolean wantsGradient() {
            return kind != Kind.LABELS && kind != Kind.STATE;
        }
    }

    record Case(String name, Class<? extends Op> op, List<Input> inputs, Function<Tensor[], Tensor> call) {
        @Override
        public String toString() {
            return op.getSimpleName() + " " + name;
        }
    }

    static List<Case> all() {
        List<Case> c = new ArrayList<>();
        convolutions(c);
        transposedConvolutions(c);
        poolingAndLayout(c);
        pointwise(c);
        normalisation(c);
        losses(c);
        return c;
    }

    private static void convolutions(List<Case> c) {
        record Geometry(String name, Shape x, Shape w, Conv2dOptions o) {}
        List<Geometry> geometries = List.of(
                new Geometry("3x3 same", Shape.of(1, 5, 6, 3), Shape.of(4, 3, 3, 3), Conv2dOptions.SAME),
                new Geometry("1x1", Shape.of(2, 3, 3, 3), Shape.of(2, 1, 1, 3), Conv2dOptions.VALID),
                new Geometry("5x5/2", Shape.of(1, 8, 7, 1), Shape.of(3, 5, 5, 1), Conv2dOptions.SAME.withStride(2)),
                new Geometry(
                        "dilated", Shape.of(2, 7, 7, 2), Shape.of(2, 3, 3, 2), Conv2dOptions.VALID.withDilation(2)),
                new Geometry("groups", Shape.of(1, 4, 4, 4), Shape.of(6, 3, 3, 2), Conv2dOptions.SAME.withGroups(2)),
                new Geometry(
                        "asymmetric padding",
                        Shape.of(1, 4, 5, 2),
                        Shape.of(2, 2, 3, 2),
                        Conv2dOptions.VALID.withPadding(Padding.of(1, 0, 2, 1))));
        for (Geometry g : geometries) {
            Shape bias = Shape.of(g.w.dim(0));
            c.add(new Case(g.name, Conv2d.class, real(g.x, g.w), t -> t[0].conv2d(t[1], g.o)));
            for (boolean relu : new boolean[] {false, true}) {
                c.add(new Case(
                        g.name + (relu ? " bias relu" : " bias"),
                        Conv2d.class,
                        real(g.x, g.w, bias),
                        t -> t[0].conv2d(t[1], t[2], g.o, relu)));
            }
        }
    }

    private static void transposedConvolutions(List<Case> c) {
        record Geometry(String name, Shape x, Shape w, Conv2dOptions o, int outH, int outW) {}
        Conv2dOptions same2 = Conv2dOptions.SAME.withStride(2);
        List<Geometry> geometries = List.of(
                new Geometry("2x2/2", Shape.of(2, 3, 4, 3), Shape.of(3, 2, 2, 2), same2, 0, 0),
                new Geometry(
                        "7x7/4", Shape.of(1, 3, 3, 2), Shape.of(2, 7, 7, 2), Conv2dOptions.SAME.withStride(4), 0, 0),
                new Geometry("stated size", Shape.of(1, 3, 3, 2), Shape.of(2, 3, 3, 1), same2, 5, 6),
                new Geometry(
                        "explicit padding",
                        Shape.of(1, 3, 2, 2),
                        Shape.of(2, 3, 3, 3),
                        Conv2dOptions.VALID.withStride(2).withPadding(Padding.of(1)),
                        0,
                        0),
                new Geometry(
                        "groups, dilated",
                        Shape.of(1, 3, 3, 4),
                        Shape.of(4, 2, 2, 3),
                        Conv2dOptions.VALID.withGroups(2).withDilation(2),
                        0,
                        0));
        for (Geometry g : geometries) {
            c.add(new Case(
                    g.name,
                    ConvTranspose2d.class,
                    real(g.x, g.w, Shape.of(g.w.dim(3) * g.o.groups())),
                    t -> t[0].convTranspose2d(t[1], t[2], g.o, g.outH, g.outW)));
        }
        c.add(new Case(
                "no bias",
                ConvTranspose2d.class,
                real(Shape.of(1, 2, 3, 2), Shape.of(2, 2, 2, 3)),
                t -> t[0].convTranspose2d(t[1], same2)));
    }

    private static void poolingAndLayout(List<Case> c) {
        Shape image = Shape.of(2, 5, 7, 3);
        for (Pool2dOptions o : List.of(
                Pool2dOptions.of(2),
                new Pool2dOptions(3, 2, 2, 1, Padding.SAME),
                new Pool2dOptions(3, 3, 2, 2, Padding.of(1)))) {
            c.add(new Case(o.toString(), MaxPool2d.class, inputs(Kind.DISTINCT, image), t -> t[0].maxPool2d(o)));
            c.add(new Case(o.toString(), AvgPool2d.class, real(image), t -> t[0].avgPool2d(o)));
        }
        Shape small = Shape.of(2, 3, 2, 3);
        c.add(new Case("nearest 2", Upsample.class, real(small), t -> t[0].upsampleNearest(2)));
        c.add(new Case("bilinear 2", Upsample.class, real(small), t -> t[0].upsampleBilinear(2)));
        c.add(new Case("bilinear 3", Upsample.class, real(small), t -> t[0].upsampleBilinear(3)));
        c.add(new Case("channels", Concat.class, real(small, Shape.of(2, 3, 2, 1)), t -> Tensor.concat(3, t)));
        c.add(new Case("rows", Concat.class, real(small, Shape.of(2, 1, 2, 3), small), t -> Tensor.concat(1, t)));
        c.add(new Case("columns", Concat.class, real(small, Shape.of(2, 3, 4, 3)), t -> Tensor.concat(2, t)));
        c.add(new Case("one tensor twice", Concat.class, real(small), t -> Tensor.concat(3, t[0], t[0])));
        c.add(new Case("space", Move.class, real(image), t -> t[0].crop(1, 2, 3, 4)));
        c.add(new Case("channels", Move.class, real(image), t -> t[0].channels(1, 2)));
        c.add(new Case("matrices", Concat.class, real(Shape.of(2, 3), Shape.of(4, 3)), t -> Tensor.concat(0, t)));
        c.add(new Case("stack", Concat.class, real(small, small), t -> Tensor.stack(2, t)));
        c.add(new Case("permute", Move.class, real(image), t -> t[0].permute(0, 3, 1, 2)));
        c.add(new Case("transpose", Move.class, real(image), t -> t[0].transpose(1, -1)));
        c.add(new Case("slice", Move.class, real(image), t -> t[0].slice(2, 1, 6)));
        c.add(new Case("slice by 2", Move.class, real(image), t -> t[0].slice(1, 0, 5, 2)));
        c.add(new Case("flip", Move.class, real(image), t -> t[0].flip(2)));
        c.add(new Case("pad", Move.class, real(small), t -> t[0].pad(1, 2, 1, 0.5f)));
        c.add(new Case("pad edge", Gather.class, real(small), t -> t[0].padEdge(2, 2, 1)));
        c.add(new Case("pad reflect", Gather.class, real(image), t -> t[0].padReflect(1, 3, 4)));
        c.add(new Case(
                "split",
                Concat.class,
                real(image),
                t -> Tensor.concat(3, t[0].split(3, 1, 2).reversed().toArray(Tensor[]::new))));
        c.add(new Case("tile", Reshape.class, real(Shape.of(2, 3)), t -> t[0].tile(3, 2)));
        c.add(new Case("expand", Expand.class, real(Shape.of(3, 1)), t -> t[0].expand(Shape.of(2, 3, 4))));
        List<Input> picked = new ArrayList<>(real(Shape.of(2, 3, 4)));
        picked.addAll(inputs(Kind.LABELS, Shape.of(2, 5)));
        c.add(new Case("rows", Gather.class, picked, t -> t[0].gather(1, t[1])));
        c.add(new Case("adaptive mean", Concat.class, real(image), t -> t[0].adaptiveAvgPool2d(2, 3)));
        c.add(new Case("adaptive max", Concat.class, inputs(Kind.DISTINCT, image), t -> t[0].adaptiveMaxPool2d(3, 2)));
        c.add(new Case("flat", Reshape.class, real(small), t -> t[0].reshape(2, 18)));
    }

    private static void pointwise(List<Case> c) {
        Shape s = Shape.of(3, 7);
        unary(c, s);
        c.add(new Case("half", Dropout.class, real(s), t -> t[0].dropout(0.5f, 42)));
        c.add(new Case("itself", BinaryOp.class, real(s), t -> t[0].mul(t[0])));
        binary(c, real(s, s), "alike");
        binary(c, real(s, Shape.of(7)), "(3, 7) and (7)");
        binary(c, real(Shape.of(3, 1), Shape.of(2, 1, 4)), "both broadcast");
        c.add(new Case("prelu", BinaryOp.class, inputs(Kind.AWAY_FROM_ZERO, s, Shape.of(7)), t -> t[0].prelu(t[1])));
        c.add(new Case("where", BinaryOp.class, real(s, s, s), t -> t[0].where(t[1], t[2])));
        for (int[] axes : new int[][] {{}, {0}, {1}, {2}, {0, 2}, {0, 1}, {-1, 0}}) {
            Shape x = Shape.of(2, 3, 4);
            String name = Arrays.toString(axes);
            c.add(new Case("sum " + name, Reduce.class, real(x), t -> t[0].sum(axes)));
            c.add(new Case("mean " + name, Reduce.class, real(x), t -> t[0].mean(axes)));
            c.add(new Case("max " + name, Reduce.class, inputs(Kind.DISTINCT, x), t -> t[0].max(axes)));
            c.add(new Case("min " + name, Reduce.class, inputs(Kind.DISTINCT, x), t -> t[0].min(axes)));
            c.add(new Case("logSumExp " + name, Reduce.class, real(x), t -> t[0].logSumExp(axes)));
            c.add(new Case(
                    "sumOfSquares " + name,
                    Reduce.class,
                    real(x),
                    t -> t[0].reduce(Reduction.SUM_OF_SQUARES, true, axes)));
        }
        c.add(new Case("3 classes", Softmax.class, real(Shape.of(2, 2, 2, 3)), t -> t[0].softmax()));
        c.add(new Case("logSoftmax", BinaryOp.class, real(Shape.of(2, 2, 2, 3)), t -> t[0].logSoftmax()));
        products(c);
    }

    private static void unary(List<Case> c, Shape s) {
        record Function(Kind kind, java.util.function.UnaryOperator<Tensor> f) {}
        Map<String, Function> functions = new LinkedHashMap<>();
        functions.put("affine", new Function(Kind.REAL, x -> x.mul(-1.5f).add(0.5f)));
        functions.put("abs", new Function(Kind.AWAY_FROM_ZERO, Tensor::abs));
        functions.put("sign", new Function(Kind.AWAY_FROM_ZERO, Tensor::sign));
        functions.put("exp", new Function(Kind.REAL, Tensor::exp));
        functions.put("log", new Function(Kind.POSITIVE, Tensor::log));
        functions.put("sqrt", new Function(Kind.POSITIVE, Tensor::sqrt));
        functions.put("reciprocal", new Function(Kind.AWAY_FROM_ZERO, Tensor::reciprocal));
        functions.put("square", new Function(Kind.REAL, Tensor::square));
        functions.put("power", new Function(Kind.POSITIVE, x -> x.pow(1.7f)));
        functions.put("clamp", new Function(Kind.AWAY_FROM_ZERO, x -> x.clamp(0.01f, 30)));
        functions.put("erf", new Function(Kind.REAL, Tensor::erf));
        functions.put("relu", new Function(Kind.AWAY_FROM_ZERO, Tensor::relu));
        functions.put("leakyRelu", new Function(Kind.AWAY_FROM_ZERO, x -> x.leakyRelu(0.1f)));
        functions.put("elu", new Function(Kind.AWAY_FROM_ZERO, x -> x.elu(0.7f)));
        functions.put("gelu", new Function(Kind.REAL, Tensor::gelu));
        functions.put("geluTanh", new Function(Kind.REAL, Tensor::geluTanh));
        functions.put("silu", new Function(Kind.REAL, Tensor::silu));
        functions.put("hardSwish", new Function(Kind.REAL, Tensor::hardSwish));
        functions.put("hardSigmoid", new Function(Kind.REAL, Tensor::hardSigmoid));
        functions.put("softplus", new Function(Kind.REAL, Tensor::softplus));
        functions.put("sigmoid", new Function(Kind.REAL, Tensor::sigmoid));
        functions.put("sinh", new Function(Kind.REAL, Tensor::sinh));
        functions.put("tanh", new Function(Kind.REAL, Tensor::tanh));
        functions.forEach((name, f) -> c.add(new Case(name, UnaryOp.class, inputs(f.kind, s), t -> f.f.apply(t[0]))));
    }

    private static void binary(List<Case> c, List<Input> in, String shapes) {
        record Function(Kind kind, BinaryOperator<Tensor> f) {}
        Map<String, Function> functions = new LinkedHashMap<>();
        functions.put("add", new Function(Kind.REAL, Tensor::add));
        functions.put("sub", new Function(Kind.REAL, Tensor::sub));
        functions.put("mul", new Function(Kind.REAL, Tensor::mul));
        functions.put("div", new Function(Kind.AWAY_FROM_ZERO, Tensor::div));
        functions.put("min", new Function(Kind.REAL, Tensor::min));
        functions.put("max", new Function(Kind.REAL, Tensor::max));
        functions.put("pow", new Function(Kind.POSITIVE, Tensor::pow));
        functions.put("equal", new Function(Kind.REAL, Tensor::equal));
        functions.put("notEqual", new Function(Kind.REAL, Tensor::notEqual));
        functions.put("less", new Function(Kind.REAL, Tensor::less));
        functions.put("lessEqual", new Function(Kind.REAL, Tensor::lessEqual));
        functions.put("greater", new Function(Kind.REAL, Tensor::greater));
        functions.put("greaterEqual", new Function(Kind.REAL, Tensor::greaterEqual));
        functions.put("where", new Function(Kind.REAL, (a, b) -> a.combine(Binary.WHERE, b.greater(a))));
        functions.put("whereNot", new Function(Kind.REAL, (a, b) -> a.combine(Binary.WHERE_NOT, b.greater(a))));
        functions.forEach((name, f) -> {
            List<Input> inputs =
                    in.stream().map(i -> new Input(f.kind, i.shape())).toList();
            c.add(new Case(name + " of " + shapes, BinaryOp.class, inputs, t -> f.f.apply(t[0], t[1])));
        });
    }

    private static void products(List<Case> c) {
        c.add(new Case("(3, 4) (4, 5)", MatMul.class, real(Shape.of(3, 4), Shape.of(4, 5)), t -> t[0].matmul(t[1])));
        record Batches(Shape a, Shape b) {}
        for (Batches p : List.of(
                new Batches(Shape.of(2, 3, 4), Shape.of(2, 4, 5)),
                new Batches(Shape.of(2, 3, 4), Shape.of(4, 5)),
                new Batches(Shape.of(3, 4), Shape.of(2, 4, 5)),
                new Batches(Shape.of(2, 1, 3, 4), Shape.of(3, 4, 2)))) {
            c.add(new Case(p.a + " " + p.b, MatMul.class, real(p.a, p.b), t -> t[0].matmul(t[1])));
        }
        List<Input> linear = real(Shape.of(3, 4), Shape.of(5, 4), Shape.of(5));
        c.add(new Case("linear", BinaryOp.class, linear, t -> t[0].linear(t[1], t[2])));
        c.add(new Case(
                "linear without bias",
                MatMul.class,
                linear,
                t -> t[0].linear(t[1], null).add(t[2])));
        List<Input> rows = real(Shape.of(2, 3, 4), Shape.of(5, 4), Shape.of(5));
        c.add(new Case("linear of (2, 3, 4)", BinaryOp.class, rows, t -> t[0].linear(t[1], t[2])));
    }

    private static void normalisation(List<Case> c) {
        Shape x = Shape.of(3, 2, 2, 4);
        Shape v = Shape.of(4);
        List<Input> batch = new ArrayList<>(real(x, v, v));
        batch.addAll(inputs(Kind.STATE, v, v));
        c.add(new Case("training", BatchNorm.class, batch, t -> t[0].batchNorm(t[1], t[2], t[3], t[4], 0.1f, 1e-3f)));
        c.add(new Case(
                "inference", NormInference.class, batch, t -> t[0].batchNormInference(t[1], t[2], t[3], t[4], 1e-3f)));
        c.add(new Case("2 groups", GroupNorm.class, real(x, v, v), t -> t[0].groupNorm(2, t[1], t[2], 1e-3f)));
        c.add(new Case("1 group", GroupNorm.class, real(x, v, v), t -> t[0].groupNorm(1, t[1], t[2], 1e-3f)));
        c.add(new Case("layer", GroupNorm.class, real(x, v, v), t -> t[0].layerNorm(t[1], t[2], 1e-3f)));
    }

    private static void losses(List<Case> c) {
        List<Input> plain = new ArrayList<>(real(Shape.of(2, 3, 2, 3)));
        plain.addAll(inputs(Kind.LABELS, Shape.of(2, 3, 2)));
        List<Input> weighted = new ArrayList<>(plain);
        weighted.addAll(inputs(Kind.STATE, Shape.of(3)));
        c.add(new Case("plain", FocalLoss.class, plain, t -> t[0].crossEntropy(t[1], null)));
        c.add(new Case("weighted", FocalLoss.class, weighted, t -> t[0].crossEntropy(t[1], t[2])));
        c.add(new Case("focus 2", FocalLoss.class, plain, t -> t[0].focalLoss(t[1], null, 2)));
        c.add(new Case("focus 0.5 weighted", FocalLoss.class, weighted, t -> t[0].focalLoss(t[1], t[2], 0.5f)));
        c.add(new Case("smooth 1", DiceLoss.class, plain, t -> t[0].diceLoss(t[1], 1)));
        c.add(new Case(
                "plus cross-entropy",
                DiceLoss.class,
                plain,
                t -> t[0].crossEntropy(t[1], null).add(t[0].diceLoss(t[1], 1).mul(0.5f))));
    }

    private static List<Input> real(Shape... shapes) {
        return inputs(Kind.REAL, shapes);
    }

    private static List<Input> inputs(Kind kind, Shape... shapes) {
        return Arrays.stream(shapes).map(s -> new Input(kind, s)).toList();
    }
}
