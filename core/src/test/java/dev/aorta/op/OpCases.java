package dev.aorta.op;

import dev.aorta.Conv2dOptions;
import dev.aorta.Padding;
import dev.aorta.Pool2dOptions;
import dev.aorta.Shape;
import dev.aorta.Tensor;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
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
        convolutionsOfParts(c);
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

    private static void convolutionsOfParts(List<Case> c) {
        List<Input> inputs = real(
                Shape.of(1, 4, 5, 16), Shape.of(1, 4, 5, 16), Shape.of(1, 4, 5, 3), Shape.of(8, 3, 3, 35), Shape.of(8));
        for (boolean relu : new boolean[] {false, true}) {
            c.add(new Case(
                    "three parts" + (relu ? " relu" : ""),
                    ConcatConv2d.class,
                    inputs,
                    t -> Tensor.concatConv2d(List.of(t[0], t[1], t[2]), t[3], t[4], Conv2dOptions.SAME, relu)));
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
        c.add(new Case("space", Crop.class, real(image), t -> t[0].crop(1, 2, 3, 4)));
        c.add(new Case("channels", Crop.class, real(image), t -> t[0].channels(1, 2)));
        c.add(new Case("flat", Reshape.class, real(small), t -> t[0].reshape(2, 18)));
    }

    private static void pointwise(List<Case> c) {
        Shape s = Shape.of(3, 7);
        c.add(new Case("relu", Activate.class, inputs(Kind.AWAY_FROM_ZERO, s), t -> t[0].relu()));
        c.add(new Case("leaky", Activate.class, inputs(Kind.AWAY_FROM_ZERO, s), t -> t[0].leakyRelu(0.1f)));
        c.add(new Case("sigmoid", Activate.class, real(s), t -> t[0].sigmoid()));
        c.add(new Case("tanh", Activate.class, real(s), t -> t[0].tanh()));
        c.add(new Case("two", Add.class, real(s, s), t -> t[0].add(t[1])));
        c.add(new Case("itself", Add.class, real(s), t -> t[0].add(t[0])));
        c.add(new Case("two", Mul.class, real(s, s), t -> t[0].mul(t[1])));
        c.add(new Case("itself", Mul.class, real(s), t -> t[0].mul(t[0])));
        c.add(new Case("by -1.5", Scale.class, real(s), t -> t[0].scale(-1.5f)));
        c.add(new Case("(3, 7) + (7)", BiasAdd.class, real(s, Shape.of(7)), t -> t[0].biasAdd(t[1])));
        c.add(new Case("half", Dropout.class, real(s), t -> t[0].dropout(0.5f, 42)));
        c.add(new Case("sum", Sum.class, real(s), t -> t[0].sum()));
        c.add(new Case("mean", Sum.class, real(s), t -> t[0].mean()));
        c.add(new Case("3 classes", Softmax.class, real(Shape.of(2, 2, 2, 3)), t -> t[0].softmax()));
        c.add(new Case("(3, 4) (4, 5)", MatMul.class, real(Shape.of(3, 4), Shape.of(4, 5)), t -> t[0].matmul(t[1])));
        c.add(new Case(
                "linear",
                MatMul.class,
                real(Shape.of(3, 4), Shape.of(5, 4), Shape.of(5)),
                t -> t[0].linear(t[1], t[2])));
    }

    private static void normalisation(List<Case> c) {
        Shape x = Shape.of(3, 2, 2, 4);
        Shape v = Shape.of(4);
        List<Input> batch = new ArrayList<>(real(x, v, v));
        batch.addAll(inputs(Kind.STATE, v, v));
        c.add(new Case("training", BatchNorm.class, batch, t -> t[0].batchNorm(t[1], t[2], t[3], t[4], 0.1f, 1e-3f)));
        c.add(new Case(
                "inference",
                BatchNormInference.class,
                batch,
                t -> t[0].batchNormInference(t[1], t[2], t[3], t[4], 1e-3f)));
        c.add(new Case("2 groups", GroupNorm.class, real(x, v, v), t -> t[0].groupNorm(2, t[1], t[2], 1e-3f)));
        c.add(new Case("1 group", GroupNorm.class, real(x, v, v), t -> t[0].groupNorm(1, t[1], t[2], 1e-3f)));
    }

    private static void losses(List<Case> c) {
        List<Input> plain = new ArrayList<>(real(Shape.of(2, 3, 2, 3)));
        plain.addAll(inputs(Kind.LABELS, Shape.of(2, 3, 2)));
        List<Input> weighted = new ArrayList<>(plain);
        weighted.addAll(inputs(Kind.STATE, Shape.of(3)));
        c.add(new Case("plain", SoftmaxCrossEntropy.class, plain, t -> t[0].crossEntropy(t[1], null)));
        c.add(new Case("weighted", SoftmaxCrossEntropy.class, weighted, t -> t[0].crossEntropy(t[1], t[2])));
        c.add(new Case("focus 2", FocalLoss.class, plain, t -> t[0].focalLoss(t[1], null, 2)));
        c.add(new Case("focus 0.5 weighted", FocalLoss.class, weighted, t -> t[0].focalLoss(t[1], t[2], 0.5f)));
        c.add(new Case("smooth 1", DiceLoss.class, plain, t -> t[0].diceLoss(t[1], 1)));
        c.add(new Case(
                "plus cross-entropy",
                DiceLoss.class,
                plain,
                t -> t[0].crossEntropy(t[1], null).add(t[0].diceLoss(t[1], 1).scale(0.5f))));
    }

    private static List<Input> real(Shape... shapes) {
        return inputs(Kind.REAL, shapes);
    }

    private static List<Input> inputs(Kind kind, Shape... shapes) {
        return Arrays.stream(shapes).map(s -> new Input(kind, s)).toList();
    }
}
