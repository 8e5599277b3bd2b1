package dev.aorta.explain;

import dev.aorta.Shape;
import dev.aorta.ShapeException;
import dev.aorta.Tensor;
import dev.aorta.data.Values;
import dev.aorta.nn.Layer;
import java.util.Comparator;
import java.util.stream.IntStream;

/**
 * Whether a map tells what the network looks at: the score while the pixels of one image are deleted, or put into an empty one, in the
 * order of the map. The lower the area under a deletion curve, and the higher that under an insertion curve, the better the map.
 *
 * @param curve scores after equal shares of the pixels, the first with none and the last with all
 * @see <a href="https://arxiv.org/abs/1806.07421">Petsiuk, Das and Saenko 2018: RISE</a>
 */
public record Perturbation(double[] curve) {
    /**
     * Deletes pixels, the most important first.
     *
     * @param network any
     * @param x one image (1, H, W, C)
     * @param map (1, H, W), or (1, H, W, C) of which channels are added
     * @param target what is explained
     * @param steps shares, at least 1
     * @param empty what a deleted pixel becomes
     * @return the curve
     */
    public static Perturbation deletion(Layer network, Tensor x, Values map, Target target, int steps, float empty) {
        return new Perturbation(curve(network, x, map, target, steps, empty, true));
    }

    /**
     * Inserts pixels, the most important first; otherwise as {@link #deletion}.
     *
     * @param network any
     * @param x one image (1, H, W, C)
     * @param map (1, H, W), or (1, H, W, C) of which channels are added
     * @param target what is explained
     * @param steps shares, at least 1
     * @param empty what the image is filled with at first
     * @return the curve
     */
    public static Perturbation insertion(Layer network, Tensor x, Values map, Target target, int steps, float empty) {
        return new Perturbation(curve(network, x, map, target, steps, empty, false));
    }

    /** {@return the area under the curve by trapezia, of a base of 1} */
    public double area() {
        double sum = 0;
        for (int i = 1; i < curve.length; i++) {
            sum += (curve[i - 1] + curve[i]) / 2;
        }
        return sum / (curve.length - 1);
    }

    private static double[] curve(
            Layer network, Tensor x, Values map, Target target, int steps, float empty, boolean deletes) {
        Shape s = x.shape();
        if (s.rank() != 4 || s.dim(0) != 1 || map.array().length % (s.dim(1) * s.dim(2)) != 0) {
            throw new ShapeException(
                    "perturbation", "needs one image (1, H, W, C) and its map, got " + s + " and " + map.shape());
        }
        int pixels = s.dim(1) * s.dim(2);
        int[] order = order(map, pixels);
        float[] image = x.toArray();
        double[] curve = new double[steps + 1];
        for (int step = 0; step <= steps; step++) {
            float[] changed = image.clone();
            int done = (int) ((long) pixels * step / steps);
            for (int i = 0; i < pixels; i++) {
                boolean emptied = i < done == deletes;
                for (int c = 0; emptied && c < s.dim(3); c++) {
                    changed[order[i] * s.dim(3) + c] = empty;
                }
            }
            curve[step] = InputGradient.scores(network, Tensor.of(x.device(), changed, s.dims()), target)[0];
        }
        return curve;
    }

    private static int[] order(Values map, int pixels) {
        int channels = map.array().length / pixels;
        double[] importance = new double[pixels];
        for (int i = 0; i < map.array().length; i++) {
            importance[i / channels] += map.array()[i];
        }
        return IntStream.range(0, pixels)
                .boxed()
                .sorted(Comparator.comparingDouble((Integer i) -> -importance[i]))
                .mapToInt(Integer::intValue)
                .toArray();
    }
}
