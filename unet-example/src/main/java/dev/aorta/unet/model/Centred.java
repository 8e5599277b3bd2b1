package dev.aorta.unet.model;

import dev.aorta.Parameter;
import dev.aorta.Shape;
import dev.aorta.Tensor;
import dev.aorta.nn.Layer;
import dev.aorta.nn.Pass;
import java.util.List;

/**
 * Looks only at the square in the middle of images, outside of which all is background. In training, whose patches are cut from that
 * square already, it is the network itself.
 *
 * @param network images (N, H, W, C) to logits (N, H, W, classes)
 * @param side of the square, pixels; images are at least as large
 */
record Centred(Layer network, int side) implements Layer {
    /** Logit of the background outside of the square; the other classes have its negative. */
    private static final float SURE = 10;

    @Override
    public String name() {
        return network.name();
    }

    @Override
    public Tensor forward(Tensor x, Pass pass) {
        Shape s = x.shape();
        if (pass.training() || s.dim(1) == side && s.dim(2) == side) {
            return network.forward(x, pass);
        }
        int above = (s.dim(1) - side) / 2;
        int before = (s.dim(2) - side) / 2;
        int below = s.dim(1) - side - above;
        int behind = s.dim(2) - side - before;
        Tensor y = network.forward(x.slice(1, above, above + side).slice(2, before, before + side), pass);
        Tensor background = y.channels(0, 1).pad(1, above, below, SURE).pad(2, before, behind, SURE);
        Tensor others =
                y.channels(1, y.shape().dim(3) - 1).pad(1, above, below, -SURE).pad(2, before, behind, -SURE);
        return Tensor.concat(-1, background, others);
    }

    @Override
    public List<Parameter> parameters() {
        return network.parameters();
    }
}
