package dev.aorta.metric;

import dev.aorta.data.Batch;

/** What meters of classes ask of an output. */
final class Logits {
    private Logits() {}

    /** Checks that the output is (N, .., classes) and the labels are (N, ..). */
    static void require(Output output, Batch batch, int classes) {
        int labels = batch.labels().array().length;
        if (output.shape().dim(-1) != classes || output.shape().size() / classes != labels) {
            throw new IllegalArgumentException("[metric] logits (N, .., " + classes + ") of labels "
                    + batch.labels().shape() + " (N, ..) were expected, got " + output.shape());
        }
    }

    /**
     * The label of a row.
     *
     * @throws IllegalArgumentException when it is not a class
     */
    static int label(Batch batch, int row, int classes) {
        float label = batch.labels().array()[row];
        if (!(label >= 0 && label < classes && label == (int) label)) {
            throw new IllegalArgumentException("[metric] label " + label + " of element " + row
                    + " is not a class; expected 0 to " + (classes - 1));
        }
        return (int) label;
    }
}
