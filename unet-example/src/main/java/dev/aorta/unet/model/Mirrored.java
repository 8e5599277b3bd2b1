package dev.aorta.unet.model;

import dev.aorta.Parameter;
import dev.aorta.Scope;
import dev.aorta.Tensor;
import dev.aorta.nn.Layer;
import dev.aorta.nn.Pass;
import java.util.List;

/**
 * The mean of the logits of an image and of its mirror images, each mirrored back: left to right, top to bottom, and both. For
 * inference.
 *
 * @param network images (N, H, W, C) to logits (N, H, W, classes)
 */
record Mirrored(Layer network) implements Layer {
    private static final int ROWS = 1;
    private static final int COLUMNS = 2;

    @Override
    public String name() {
        return network.name();
    }

    @Override
    public Tensor forward(Tensor x, Pass pass) {
        Scope.networkBegins(pass.training());
        try {
            Tensor upright = pair(x, pass);
            Tensor upsideDown = pair(x.flip(ROWS), pass).flip(ROWS);
            return upright.add(upsideDown).mul(0.25f);
        } finally {
            Scope.networkEnds();
        }
    }

    private Tensor pair(Tensor x, Pass pass) {
        return network.forward(x, pass)
                .add(network.forward(x.flip(COLUMNS), pass).flip(COLUMNS));
    }

    @Override
    public List<Parameter> parameters() {
        return network.parameters();
    }
}
