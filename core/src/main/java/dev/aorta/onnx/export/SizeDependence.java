package dev.aorta.onnx.export;

/** What a network does depends on the size of its input in a way that a graph for all sizes cannot say. */
final class SizeDependence extends RuntimeException {
    private static final long serialVersionUID = 1L;

    SizeDependence(String what) {
        super(what);
    }
}
