package dev.aorta.unet.model;

import dev.aorta.Device;
import dev.aorta.Parameter;
import dev.aorta.Shape;
import dev.aorta.Tensor;
import dev.aorta.nn.Layer;
import dev.aorta.nn.Pass;
import java.util.Arrays;
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
            boolean[] largest = largest(foreground, s.dim(2));
            for (int i = 0; i < pixels; i++) {
                if (foreground[i] && !largest[i]) {
                    int at = (from + i) * classes;
                    logits[at] = logits[at + (int) best[from + i]] + 1;
                }
            }
        }
        return Tensor.of(device, logits, s.dims());
    }

    /** The largest of the connected parts of a mask of so many columns, the first of equal ones. */
    static boolean[] largest(boolean[] mask, int columns) {
        boolean[] left = mask.clone();
        int[] queue = new int[mask.length];
        int[] most = {};
        for (int start = 0; start < mask.length; start++) {
            int end = left[start] ? fill(left, columns, start, queue) : 0;
            if (end > most.length) {
                most = Arrays.copyOf(queue, end);
            }
        }
        boolean[] largest = new boolean[mask.length];
        for (int i : most) {
            largest[i] = true;
        }
        return largest;
    }

    /** Takes the part of {@code start} out of {@code left}, and lists it in {@code queue}. */
    private static int fill(boolean[] left, int columns, int start, int[] queue) {
        int end = 0;
        queue[end++] = start;
        left[start] = false;
        for (int head = 0; head < end; head++) {
            int i = queue[head];
            int column = i % columns;
            int[] neighbours = {i - columns, i + columns, column > 0 ? i - 1 : -1, column < columns - 1 ? i + 1 : -1};
            for (int n : neighbours) {
                if (n >= 0 && n < left.length && left[n]) {
                    left[n] = false;
                    queue[end++] = n;
                }
            }
        }
        return end;
    }

    @Override
    public List<Parameter> parameters() {
        return network.parameters();
    }
}
