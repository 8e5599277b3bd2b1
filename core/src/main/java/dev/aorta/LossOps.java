package dev.aorta;

import dev.aorta.backend.Backend;
import dev.aorta.backend.LabelCheck;
import dev.aorta.op.DiceLoss;
import dev.aorta.op.FocalLoss;
import java.util.Arrays;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/** The losses that are one kernel, of logits (.., classes), which this is, and labels (..), which hold class indices. */
sealed interface LossOps permits Tensor {
    private Tensor self() {
        return (Tensor) this;
    }

    /**
     * Softmax cross-entropy with integer labels, averaged: {@code -sum w[l] * log softmax(x)[l] / sum w[l]}.
     *
     * @param labels (..), whole numbers from 0 to classes - 1
     * @param classWeights (classes), or null for all 1
     * @return a scalar
     * @throws IllegalArgumentException when a label is not a class; from a GPU where values are read next, see {@link
     * Backend#checkLabels}
     */
    default Tensor crossEntropy(Tensor labels, @Nullable Tensor classWeights) {
        return focal("crossEntropy", labels, classWeights, 0);
    }

    /**
     * Focal loss, averaged: cross-entropy with each term scaled by {@code (1 - p)^focus}.
     *
     * @param labels (..), whole numbers from 0 to classes - 1
     * @param classWeights (classes), or null for all 1
     * @param focus not negative; 0 is cross-entropy, 2 is usual
     * @return a scalar
     * @throws IllegalArgumentException when a label is not a class; from a GPU where values are read next, see {@link
     * Backend#checkLabels}
     */
    default Tensor focalLoss(Tensor labels, @Nullable Tensor classWeights, float focus) {
        if (!(focus >= 0)) {
            throw new IllegalArgumentException("[focalLoss] focus must not be negative, got " + focus);
        }
        return focal("focalLoss", labels, classWeights, focus);
    }

    private Tensor focal(String name, Tensor labels, @Nullable Tensor classWeights, float focus) {
        int classes = checkLabels(name, labels);
        Hints.loss(name, self(), labels);
        if (classWeights == null) {
            return Tensor.apply(new FocalLoss(self().shape(), false, focus), self(), labels);
        }
        Checks.shape(name, "class weights", classWeights, Shape.of(classes), self());
        Checks.constants(name, classWeights);
        return Tensor.apply(new FocalLoss(self().shape(), true, focus), self(), labels, classWeights);
    }

    /**
     * Soft Dice loss of the foreground, 1 minus the mean over images and classes from 1 on of {@code (2 sum pg + smooth) / (sum p
     * + sum g + smooth)}.
     *
     * @param labels (N, ..), whole numbers from 0 to classes - 1
     * @param smooth above 0; keeps an empty class defined
     * @return a scalar
     * @throws IllegalArgumentException when a label is not a class; from a GPU where values are read next, see {@link
     * Backend#checkLabels}
     */
    default Tensor diceLoss(Tensor labels, float smooth) {
        Shape x = self().shape();
        checkLabels("diceLoss", labels);
        if (x.rank() < 2 || x.dim(-1) < 2 || !(smooth > 0)) {
            throw new ShapeException(
                    "diceLoss",
                    "needs logits (N, .., classes) with 2 classes or more and smooth above 0, got " + x + " and "
                            + smooth);
        }
        return Tensor.apply(new DiceLoss(x, smooth), self(), labels);
    }

    private int checkLabels(String op, Tensor labels) {
        Shape x = self().shape();
        int classes = Checks.lastAxis(op, self());
        Shape expected = Shape.of(Arrays.copyOf(x.dims(), x.rank() - 1));
        boolean oneHot = Objects.requireNonNull(labels, "[" + op + "] the labels are null")
                .shape()
                .equals(x);
        Checks.shape(
                op,
                oneHot ? "labels are class indices, for one-hot ones there is softCrossEntropy; they" : "labels",
                labels,
                expected,
                self());
        Checks.constants(op, labels);
        Checks.device(op, self(), labels);
        labels.check(new LabelCheck(op, expected, classes));
        return classes;
    }
}
