package dev.aorta.backend;

import dev.aorta.Shape;

/**
 * What labels are checked for, and the words in which a bad one is refused.
 *
 * @param op that uses the labels
 * @param shape of the labels
 * @param classes that there are
 */
public record LabelCheck(String op, Shape shape, int classes) {
    /**
     * {@return whether a label is a class; NaN is not}
     *
     * @param label any number
     */
    public boolean accepts(double label) {
        return label >= 0 && label < classes && label == Math.rint(label);
    }

    /**
     * The exception for a label that is not a class.
     *
     * @param label which is not a class
     * @param element its place in row-major order
     * @return the exception, to be thrown
     */
    public IllegalArgumentException refusal(float label, int element) {
        return new IllegalArgumentException("[" + op + "] label " + label + " at element " + element + " of " + shape
                + " is not a class: expected a whole number from 0 to " + (classes - 1)
                + (classes == 1 ? "; for one logit and labels 0 or 1 there is binaryCrossEntropy" : ""));
    }
}
