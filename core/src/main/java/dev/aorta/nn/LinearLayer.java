package dev.aorta.nn;

import dev.aorta.Device;
import dev.aorta.Parameter;
import dev.aorta.Shape;
import dev.aorta.ShapeException;
import dev.aorta.Tensor;
import java.util.List;

/**
 * Linear map of rows with bias: (m, in) to (m, out).
 *
 * @param name prefix of the parameters
 * @param weight (out, in)
 * @param bias (out)
 */
public record LinearLayer(String name, Parameter weight, Parameter bias) implements Layer {
    /** Makes a layer with a bias of zeros. */
    public static LinearLayer of(String name, Device device, int in, int out, Init init, long seed) {
        Shape w = Shape.of(out, in);
        String weightName = name + ".weight";
        return new LinearLayer(
                name,
                new Parameter(weightName, device, w, init.values(w, seed, weightName), true),
                new Parameter(name + ".bias", device, Shape.of(out), Init.constant(out, 0), true));
    }

    @Override
    public Tensor forward(Tensor x, Pass pass) {
        return x.linear(weight, bias);
    }

    @Override
    public Shape outputShape(Shape input) {
        if (input.rank() != 2 || input.dim(1) != weight.shape().dim(1)) {
            throw new ShapeException(
                    "linear", name + ": needs (m, " + weight.shape().dim(1) + "), got " + input);
        }
        return Shape.of(input.dim(0), weight.shape().dim(0));
    }

    @Override
    public List<Parameter> parameters() {
        return List.of(weight, bias);
    }
}
