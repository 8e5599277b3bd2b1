package dev.aorta.bench.kernel;

import dev.aorta.backend.Buffer;
import dev.aorta.backend.ConvShape;

/** What the suites of convolutions and transposed convolutions share: one geometry, and its operands with their gradients. */
@SuppressWarnings("NullAway.Init") // JMH calls the method that calls load()
public abstract class ConvolutionOperands extends Kernels {
    ConvShape shape;
    Buffer x;
    Buffer dx;
    Buffer w;
    Buffer dw;
    Buffer biasOfX;
    Buffer biasOfY;
    Buffer y;
    Buffer dy;

    /** Fills the operands of a convolution, or of the one that a transposed convolution transposes. */
    void load(String layer) {
        shape = Convolutions.named(layer);
        x = normal(shape.input().size());
        dx = normal(shape.input().size());
        w = normal(shape.weight().size());
        dw = normal(shape.weight().size());
        biasOfX = normal(shape.inC());
        biasOfY = normal(shape.outC());
        y = normal(shape.output().size());
        dy = normal(shape.output().size());
    }
}
