package dev.aorta.onnx;

/** A sound ONNX file that cannot be run: an operator or a case of one that is not supported, or operands that break its rules. */
public final class OnnxException extends IllegalArgumentException {
    private static final long serialVersionUID = 1L;

    private final boolean unsupported;

    private OnnxException(String message, boolean unsupported) {
        super(message);
        this.unsupported = unsupported;
    }

    /**
     * Something that the standard has and Aorta has not.
     *
     * @param message naming the node
     * @return the exception
     */
    public static OnnxException unsupported(String message) {
        return new OnnxException(message, true);
    }

    /**
     * Something that breaks the rules of the standard.
     *
     * @param message naming the node
     * @return the exception
     */
    public static OnnxException invalid(String message) {
        return new OnnxException(message, false);
    }

    /** {@return whether the model is sound and Aorta lacks what it needs} */
    public boolean isUnsupported() {
        return unsupported;
    }
}
