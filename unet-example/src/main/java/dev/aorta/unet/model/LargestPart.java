package dev.aorta.unet.model;

import dev.aorta.Device;
import dev.aorta.Parameter;
import dev.aorta.Shape;
import dev.aorta.Tensor;
import dev.aorta.nn.Layer;
import dev.aorta.nn.Pass;
import dev.aorta.unet.imaging.Region;
import java.util.List;

/**
 * Leaves of the foreground of each image its largest part, connected along rows and columns: elsewhere the background gets a logit
 * that is one above the highest. For inference; the gradient is that of these logits, with the parts as they are.
 *
 * @param network images (N, H, W, C) to logits (N, H, W, classes)
 * @param device of the network
 */
record LargestPart(Layer network, Device device) implements Layer {
    @Override
    public String name() {
        return network.name();
    }

    @Override
    public Tensor forward(Tensor x, Pass pass) {
        Tensor y = network.forward(x, pass);
        Shape s = y.shape();
        int pixels = s.dim(1) * s.dim(2);
        float[] best = y.detach().argmax().toArray();
        float[] dropped = new float[best.length];
        for (int image = 0; image < s.dim(0); image++) {
            int from = image * pixels;
            boolean[] largest = Region.largest(s.dim(1), s.dim(2), i -> best[from + i] != 0);
            for (int i = 0; i < pixels; i++) {
                dropped[from + i] = best[from + i] != 0 && !largest[i] ? 1 : 0;
            }
        }
        Tensor where = Tensor.of(device, dropped, s.dim(0), s.dim(1), s.dim(2), 1);
        Tensor above = y.max(-1).reshape(s.dim(0), s.dim(1), s.dim(2), 1).add(1);
        return Tensor.concat(-1, where.where(above, y.channels(0, 1)), y.channels(1, s.dim(3) - 1));
    }

    @Override
    public List<Parameter> parameters() {
        return network.parameters();
    }
}
