package dev.aorta.zoo;

import dev.aorta.Parameter;
import dev.aorta.Tensor;
import dev.aorta.nn.Layer;
import dev.aorta.nn.Pass;
import java.util.List;

/** Enlarges what a layer makes to the size of its input (N, H, W, C), by bilinear interpolation that keeps the edges. */
record SameSize(Layer smaller) implements Layer {
    @Override
    public String name() {
        return smaller.name() + ".enlarged";
    }

    @Override
    public Tensor forward(Tensor x, Pass pass) {
        return Bilinear.resize(
                smaller.forward(x, pass), x.shape().dim(1), x.shape().dim(2), false);
    }

    @Override
    public List<Parameter> parameters() {
        return smaller.parameters();
    }
}
