package dev.aorta;

/**
 * Shapes that do not fit an operation. The message names the operation, the layer where one is known, and every shape
 * with its axes.
 */
public final class ShapeException extends IllegalArgumentException {
    private static final long serialVersionUID = 1L;

    /**
     * Makes an exception.
     *
     * @param op the operation, printed in brackets
     * @param what the rule that was broken and, on further lines, the shapes
     */
    public ShapeException(String op, String what) {
        super("[" + op + "] " + what);
    }
}
