package dev.aorta.nn;

import dev.aorta.Parameter;
import dev.aorta.Scope;
import dev.aorta.Shape;
import dev.aorta.Tensor;
import java.util.List;

/**
 * A map from tensor to tensor with parameters: a plain object, without registry or reflection. Running one layer from several
 * threads at once is safe in inference.
 */
public interface Layer {
    /** Name in summaries, in messages and, as a prefix, in the names of its parameters. */
    String name();

    /** Applies the layer; x is not modified. */
    Tensor forward(Tensor x, Pass pass);

    /**
     * Shape of the output.
     *
     * @throws dev.aorta.ShapeException when the layer does not take such an input
     */
    Shape outputShape(Shape input);

    /** All parameters, state such as running means included, each once and in a fixed order. */
    List<Parameter> parameters();

    /** {@link #forward} for an x that nobody needs afterwards: outside recording its memory is given back at once. */
    default Tensor consume(Tensor x, Pass pass) {
        Tensor y = forward(x, pass);
        if (y != x && !Scope.recording()) {
            x.release();
        }
        return y;
    }
}
