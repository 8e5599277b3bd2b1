package dev.aorta;

/**
 * How many zeros stand around an image before a window slides over it.
 *
 * <p>{@link #SAME} is TensorFlow's rule: the output has {@code ceil(in / stride)} positions, the total padding is
 * {@code max((out - 1) * stride + (kernel - 1) * dilation + 1 - in, 0)}, and an odd one goes to the bottom and the right.
 *
 * @see <a href="https://www.tensorflow.org/api_docs/python/tf/nn#notes_on_padding_2">TensorFlow: notes on padding</a>
 */
public sealed interface Padding {
    /** As much as makes the output {@code ceil(in / stride)}; asymmetric where it must be. */
    Padding SAME = new Same();
    /** None. */
    Padding VALID = new Explicit(0, 0, 0, 0);

    /**
     * The same number of zeros on all four sides.
     *
     * @param all not negative
     * @return the padding
     */
    static Padding of(int all) {
        return new Explicit(all, all, all, all);
    }

    /**
     * Zeros above and below an image, and left and right of it.
     *
     * @param top rows above
     * @param bottom rows below
     * @param left columns to the left
     * @param right columns to the right
     * @return the padding
     */
    static Padding of(int top, int bottom, int left, int right) {
        return new Explicit(top, bottom, left, right);
    }

    /** The rule of {@link #SAME}. */
    record Same() implements Padding {}

    /**
     * Stated zeros on each side, none negative.
     *
     * @param top rows above
     * @param bottom rows below
     * @param left columns to the left
     * @param right columns to the right
     */
    record Explicit(int top, int bottom, int left, int right) implements Padding {
        /** Checks the numbers. */
        public Explicit {
            if (top < 0 || bottom < 0 || left < 0 || right < 0) {
                throw new ShapeException(
                        "padding",
                        "must not be negative: top " + top + ", bottom " + bottom + ", left " + left + ", right "
                                + right);
            }
        }

        /** For example {@code top 0, bottom 1, left 0, right 1}. */
        @Override
        public String toString() {
            return "top " + top + ", bottom " + bottom + ", left " + left + ", right " + right;
        }
    }
}
