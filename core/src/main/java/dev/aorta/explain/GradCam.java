package dev.aorta.explain;

import dev.aorta.Gradients;
import dev.aorta.Scope;
import dev.aorta.Shape;
import dev.aorta.ShapeException;
import dev.aorta.Tensor;
import dev.aorta.data.Values;
import dev.aorta.nn.Layer;
import dev.aorta.nn.Pass;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Where a layer's activation speaks for a score: {@code relu(sum_k a_k A_k)}, with {@code a_k} the mean over the pixels of the score's
 * derivative by channel k. With {@link Target#ofPixels} it is Seg-Grad-CAM.
 *
 * @see <a href="https://arxiv.org/abs/1610.02391">Selvaraju et al. 2017: Grad-CAM</a>
 */
public final class GradCam {
    private GradCam() {}

    /**
     * {@return the names that {@link #map} knows, in the order in which the layers run}
     *
     * @param network any
     * @param x an input, (N, ..)
     */
    public static List<String> layers(Layer network, Tensor x) {
        try (Scope scope = Scope.open()) {
            network.forward(x.detach().requireGradient(), Pass.INFERENCE);
            return Activations.of(scope).names();
        }
    }

    /**
     * The map of one layer, as large as its activation.
     *
     * @param network any
     * @param x images (N, H, W, C)
     * @param layer one of {@link #layers}, whose activation is (N, h, w, channels); null for {@link Activations#deepest}
     * @param target what is explained
     * @return (N, h, w), 0 or more
     * @throws ShapeException when the layer gives no images
     */
    public static Values map(Layer network, Tensor x, @Nullable String layer, Target target) {
        try (Scope scope = Scope.open()) {
            Tensor output = network.forward(x.detach().requireGradient(), Pass.INFERENCE);
            Activations activations = Activations.of(scope);
            String name = layer != null ? layer : activations.deepest();
            Tensor activation = activations.get(name);
            if (activation.shape().rank() != 4) {
                throw new ShapeException(
                        "gradcam",
                        name + " gives " + activation.shape() + ", not images (N, H, W, C): take another layer");
            }
            Gradients gradients = target.scores(output).sum().backward();
            return weighted(activation, gradients.of(activation).toArray());
        }
    }

    private static Values weighted(Tensor activation, float[] gradient) {
        Shape shape = activation.shape();
        float[] a = activation.toArray();
        int channels = shape.dim(3);
        int pixels = shape.dim(1) * shape.dim(2);
        float[] map = new float[shape.dim(0) * pixels];
        for (int n = 0; n < shape.dim(0); n++) {
            double[] weight = new double[channels];
            for (int i = 0; i < pixels * channels; i++) {
                weight[i % channels] += gradient[n * pixels * channels + i] / (double) pixels;
            }
            for (int p = 0; p < pixels; p++) {
                double sum = 0;
                for (int k = 0; k < channels; k++) {
                    sum += weight[k] * a[(n * pixels + p) * channels + k];
                }
                map[n * pixels + p] = (float) Math.max(0, sum);
            }
        }
        return new Values(map, Shape.of(shape.dim(0), shape.dim(1), shape.dim(2)));
    }

    /**
     * A map in another size: linear between the centres of its pixels, and flat beyond the outermost.
     *
     * @param map (N, h, w)
     * @param rows wanted
     * @param columns wanted
     * @return (N, rows, columns)
     */
    public static Values resized(Values map, int rows, int columns) {
        int h = map.shape().dim(1);
        int w = map.shape().dim(2);
        float[] large = new float[map.shape().dim(0) * rows * columns];
        for (int i = 0; i < large.length; i++) {
            int from = i / (rows * columns) * h * w;
            double y = Math.clamp((i / columns % rows + 0.5) * h / rows - 0.5, 0, h - 1);
            double x = Math.clamp((i % columns + 0.5) * w / columns - 0.5, 0, w - 1);
            int y0 = (int) y;
            int x0 = (int) x;
            int y1 = Math.min(y0 + 1, h - 1);
            int x1 = Math.min(x0 + 1, w - 1);
            double top = mix(map.array()[from + y0 * w + x0], map.array()[from + y0 * w + x1], x - x0);
            double bottom = mix(map.array()[from + y1 * w + x0], map.array()[from + y1 * w + x1], x - x0);
            large[i] = (float) mix(top, bottom, y - y0);
        }
        return new Values(large, Shape.of(map.shape().dim(0), rows, columns));
    }

    private static double mix(double a, double b, double t) {
        return a + (b - a) * t;
    }
}
