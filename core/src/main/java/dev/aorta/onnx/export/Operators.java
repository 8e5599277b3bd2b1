package dev.aorta.onnx.export;

import dev.aorta.op.AvgPool2d;
import dev.aorta.op.BatchNorm;
import dev.aorta.op.BinaryOp;
import dev.aorta.op.Concat;
import dev.aorta.op.Conv2d;
import dev.aorta.op.Conv2dChain;
import dev.aorta.op.ConvTranspose2d;
import dev.aorta.op.CustomOp;
import dev.aorta.op.DiceLoss;
import dev.aorta.op.Dropout;
import dev.aorta.op.Expand;
import dev.aorta.op.FocalLoss;
import dev.aorta.op.Gather;
import dev.aorta.op.GroupNorm;
import dev.aorta.op.MatMul;
import dev.aorta.op.MaxPool2d;
import dev.aorta.op.Move;
import dev.aorta.op.NormInference;
import dev.aorta.op.Reduce;
import dev.aorta.op.Reshape;
import dev.aorta.op.Softmax;
import dev.aorta.op.UnaryOp;
import dev.aorta.op.Upsample;

/** Which nodes each operation becomes: the one table of them. */
final class Operators {
    private final Convolutions convolutions;
    private final Images images;
    private final Pointwise pointwise;
    private final Movements movements;
    private final Reshapes reshapes;
    private final Products products;
    private final Reductions reductions;

    Operators(Lowering to) {
        convolutions = new Convolutions(to);
        images = new Images(to);
        pointwise = new Pointwise(to);
        movements = new Movements(to);
        reshapes = new Reshapes(to);
        products = new Products(to);
        reductions = new Reductions(to);
    }

    /**
     * Adds the nodes of an operation.
     *
     * @throws IllegalArgumentException when it has no counterpart in ONNX, naming it
     */
    void lower(Step s) {
        switch (s.op()) {
            case Conv2d op -> convolutions.convolution(s, op);
            case Conv2dChain op ->
                throw new IllegalStateException("[onnx] " + s + ": a dry run has its operations apart");
            case ConvTranspose2d op -> convolutions.transposed(s, op);
            case NormInference op -> images.batchNorm(s);
            case GroupNorm op -> images.groupNorm(s, op);
            case MaxPool2d op -> images.pool(s, "MaxPool", s.each(MaxPool2d.class, MaxPool2d::shape));
            case AvgPool2d op -> images.pool(s, "AveragePool", s.each(AvgPool2d.class, AvgPool2d::shape));
            case Upsample op -> images.upsample(s, op.shape());
            case UnaryOp op -> pointwise.unary(s, s.same(UnaryOp.class, UnaryOp::f));
            case BinaryOp op -> pointwise.binary(s, op.f());
            case Concat op -> movements.concat(s, op);
            case Expand op -> movements.expand(s);
            case Gather op -> movements.gather(s, op);
            case Move op -> movements.move(s);
            case Reshape op -> reshapes.reshape(s);
            case MatMul op -> products.matmul(s, op);
            case Reduce op -> reductions.reduce(s);
            case Softmax op -> reductions.softmax(s);
            case BatchNorm op -> throw training(s);
            case Dropout op -> throw training(s);
            case FocalLoss op -> throw training(s);
            case DiceLoss op -> throw training(s);
            case CustomOp op ->
                throw new IllegalArgumentException(
                        "[onnx] " + s + ": " + op.getClass().getSimpleName()
                                + " is an operation of your own, which has no counterpart in ONNX; for the export put it together from"
                                + " the operations of Tensor");
        }
    }

    private static IllegalArgumentException training(Step s) {
        return new IllegalArgumentException(
                "[onnx] " + s + " belongs to training and has no counterpart in ONNX; leave it out"
                        + " where Pass.training() is false");
    }
}
