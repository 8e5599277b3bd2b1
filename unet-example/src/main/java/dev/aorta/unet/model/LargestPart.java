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
 * that is one above the highest. For inference.
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
        int classes = s.dim(3);
        int pixels = s.dim(1) * s.dim(2);
        float[] logits = y.toArray();
        float[] best = y.argmax().toArray();
        for (int image = 0; image < s.dim(0); image++) {
            int from = image * pixels;
            boolean[] foreground = new boolean[pixels];
            for (int i = 0; i < pixels; i++) {
                foreground[i] = best[from + i] != 0;
            }
            boolean[] largest = Region.largest(s.dim(1), s.dim(2), i -> foreground[i]);
            for (int i = 0; i < pixels; i++) {
                if (foreground[i] && !largest[i]) {
                    int at = (from + i) * classes;
                    logits[at] = logits[at + (int) best[from + i]] + 1;
                }
            }
        }
        return Tensor.of(device, logits, s.dims());
    }

    @Override
    public List<Parameter> parameters() {
        return network.parameters();
    }
}
