package dev.aorta.unet.explain;

import dev.aorta.Scope;
import dev.aorta.Shape;
import dev.aorta.Tensor;
import dev.aorta.data.Values;
import dev.aorta.explain.GradCam;
import dev.aorta.explain.IntegratedGradients;
import dev.aorta.explain.Occlusion;
import dev.aorta.explain.SmoothGrad;
import dev.aorta.explain.Target;
import dev.aorta.explain.Uncertainty;
import dev.aorta.nn.Layer;
import dev.aorta.nn.Pass;
import dev.aorta.unet.imaging.InputSlice;
import dev.aorta.unet.train.Segmenter;
import java.io.IOException;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * How slices are explained.
 *
 * @param methods maps to make
 * @param layer of Grad-CAM, or null for the deepest
 * @param target class that is explained, from 1
 * @param steps of integrated gradients and copies of SmoothGrad
 * @param dropout predictions with the network's dropout that tell the uncertainty; 0 for one for each of {@link #VIEWS}
 * @param seed of noise and dropout
 */
public record Explainer(Set<Method> methods, @Nullable String layer, int target, int steps, int dropout, long seed) {
    /** Scans that might as well have been made: moved by less than the network's halvings see, of less and of more contrast. */
    public static final List<Uncertainty.View> VIEWS = List.of(
            Uncertainty.View.SAME,
            Uncertainty.View.shifted(5, 3),
            Uncertainty.View.shifted(-3, 5),
            Uncertainty.View.shifted(-5, -3),
            Uncertainty.View.shifted(3, -5),
            Uncertainty.View.scaled(0.85f, 0),
            Uncertainty.View.scaled(1.15f, 0));

    private static final double NOISE = 0.1;
    private static final int CELL = 16;
    private static final int WINDOWS = 8;

    /**
     * A slice explained.
     *
     * @param mask class of each pixel, [rows, columns]
     * @param probabilities of the classes, (1, rows, columns, classes)
     * @param maps (1, rows, columns)
     * @param gap of integrated gradients: what is missing of the score that they should add up to, as a part of it; NaN without them
     * @param empty whether no pixel is of the class, so that the score is that of all pixels
     */
    public record Explained(byte[] mask, Values probabilities, Map<Method, Values> maps, double gap, boolean empty) {}

    /** Explains a slice of the size that the network was trained on. */
    public Explained explain(Segmenter segmenter, InputSlice slice) throws IOException {
        try (Scope scope = Scope.noGrad()) {
            Tensor x = segmenter.input(slice.source(), slice.rows(), slice.columns(), slice.grey());
            Layer network = segmenter.network();
            Tensor logits = segmenter.finished().forward(x, Pass.INFERENCE);
            Segmenter.requireFinite(slice.source(), logits.toArray());
            byte[] mask = Segmenter.classes(logits);
            Target score = score(mask, target);
            Values probabilities = new Values(logits.softmax().toArray(), logits.shape());
            Map<Method, Values> maps = new EnumMap<>(Method.class);
            double gap = Double.NaN;
            if (methods.contains(Method.GRADCAM)) {
                maps.put(Method.GRADCAM, gradCam(network, x, layer, score));
            }
            if (methods.contains(Method.INTEGRATED)) {
                IntegratedGradients integrated = IntegratedGradients.of(network, x, blurred(x), score, steps);
                maps.put(Method.INTEGRATED, integrated.contributions());
                gap = Math.abs(integrated.gaps()[0]
                        / (sum(integrated.contributions()) - integrated.gaps()[0]));
            }
            if (methods.contains(Method.SMOOTHGRAD)) {
                maps.put(Method.SMOOTHGRAD, SmoothGrad.map(network, x, score, steps, NOISE, seed));
            }
            if (methods.contains(Method.OCCLUSION)) {
                int window = Math.max(2, Math.min(slice.rows(), slice.columns()) / WINDOWS);
                maps.put(Method.OCCLUSION, Occlusion.map(network, x, score, window, window / 2, mean(x)));
            }
            if (methods.contains(Method.UNCERTAINTY)) {
                maps.put(
                        Method.UNCERTAINTY, uncertainty(segmenter.finished(), x).entropy());
            }
            maps.replaceAll((method, map) -> map.reshaped(1, slice.rows(), slice.columns()));
            return new Explained(mask, probabilities, maps, gap, isEmpty(mask, target));
        }
    }

    /** The score that explains a mask: the logits of a class in its pixels, and where no pixel is of it in all. */
    public static Target score(byte[] mask, int target) {
        byte[] pixels = new byte[mask.length];
        for (int i = 0; i < mask.length; i++) {
            pixels[i] = (byte) (mask[i] == target ? 1 : 0);
        }
        return isEmpty(mask, target) ? Target.ofClass(target) : Target.ofPixels(target, pixels);
    }

    private static boolean isEmpty(byte[] mask, int target) {
        for (byte c : mask) {
            if (c == target) {
                return false;
            }
        }
        return true;
    }

    /**
     * Grad-CAM as large as the images.
     *
     * @param x (N, H, W, C)
     * @param layer or null for the deepest
     * @return (N, H, W)
     */
    public static Values gradCam(Layer network, Tensor x, @Nullable String layer, Target score) {
        return GradCam.resized(
                GradCam.map(network, x, layer, score),
                x.shape().dim(1),
                x.shape().dim(2));
    }

    private Uncertainty uncertainty(Layer network, Tensor x) {
        return dropout == 0 ? Uncertainty.ofViews(network, x, VIEWS) : Uncertainty.ofDropout(network, x, dropout, seed);
    }

    /** Cells of 16 pixels: without contrast at all, normalisations would change everything in the first step of the integral. */
    private static Tensor blurred(Tensor x) {
        int rows = Math.max(2, x.shape().dim(1) / CELL);
        int columns = Math.max(2, x.shape().dim(2) / CELL);
        Values coarse = new Values(x.adaptiveAvgPool2d(rows, columns).toArray(), Shape.of(1, rows, columns));
        return Tensor.of(
                x.device(),
                GradCam.resized(coarse, x.shape().dim(1), x.shape().dim(2)).array(),
                x.shape().dims());
    }

    private static float mean(Tensor x) {
        return (float) x.mean().item();
    }

    private static double sum(Values values) {
        double sum = 0;
        for (float v : values.array()) {
            sum += v;
        }
        return sum;
    }
}
