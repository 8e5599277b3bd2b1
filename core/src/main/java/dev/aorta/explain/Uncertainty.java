package dev.aorta.explain;

import dev.aorta.Scope;
import dev.aorta.Shape;
import dev.aorta.ShapeException;
import dev.aorta.Tensor;
import dev.aorta.data.Values;
import dev.aorta.nn.Layer;
import dev.aorta.nn.Pass;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.function.UnaryOperator;

/**
 * How sure a network is, from several predictions of one input. Entropies are parts of the largest there can be, ln classes: 0 is sure
 * and 1 is a guess.
 *
 * @param probabilities their mean, (.., classes)
 * @param entropy of that mean, (..): all uncertainty
 * @param disagreement the part of it that lies between the predictions, (..): the mutual information, which more training data of the
 *     kind would lower
 * @see <a href="https://arxiv.org/abs/1703.02910">Gal, Islam and Ghahramani 2017, for the mutual information</a>
 */
public record Uncertainty(Values probabilities, Values entropy, Values disagreement) {
    /** Sums over predictions. */
    private static final class Sums {
        private Shape shape = Shape.SCALAR;
        private double[] probabilities = {};
        private double[] entropies = {};
        private float[] first = {};
        private boolean differ;
        private int count;

        void add(Tensor softmax) {
            float[] p = softmax.toArray();
            shape = softmax.shape();
            int classes = shape.dim(shape.rank() - 1);
            if (classes < 2) {
                throw new ShapeException(
                        "uncertainty", "needs logits (.., classes) of two classes or more, got " + shape);
            }
            if (count++ == 0) {
                probabilities = new double[p.length];
                entropies = new double[p.length / classes];
                first = p;
            }
            differ |= !Arrays.equals(first, p);
            for (int i = 0; i < p.length; i++) {
                probabilities[i] += p[i];
                entropies[i / classes] += entropyTerm(p[i], classes);
            }
        }

        Uncertainty result() {
            int classes = shape.dim(shape.rank() - 1);
            float[] mean = new float[probabilities.length];
            double[] total = new double[entropies.length];
            for (int i = 0; i < mean.length; i++) {
                mean[i] = (float) (probabilities[i] / count);
                total[i / classes] += entropyTerm(probabilities[i] / count, classes);
            }
            float[] entropy = new float[total.length];
            float[] disagreement = new float[total.length];
            for (int i = 0; i < total.length; i++) {
                entropy[i] = (float) total[i];
                disagreement[i] = (float) Math.max(0, total[i] - entropies[i] / count);
            }
            Shape each = Shape.of(Arrays.copyOf(shape.dims(), shape.rank() - 1));
            return new Uncertainty(new Values(mean, shape), new Values(entropy, each), new Values(disagreement, each));
        }

        private static double entropyTerm(double p, int classes) {
            return p <= 0 ? 0 : -p * Math.log(p) / Math.log(classes);
        }
    }

    /**
     * Another view of an image, and what takes a network's output for it back to the image.
     *
     * @param there makes the view of (N, H, W, C)
     * @param back undoes it for an output with pixels (N, H, W, classes); other outputs are left as they are
     */
    public record View(UnaryOperator<Tensor> there, UnaryOperator<Tensor> back) {
        /** The image itself. */
        public static final View SAME = new View(x -> x, y -> y);

        /**
         * {@return the image moved, its border repeated}
         *
         * @param rows down, pixels; negative for up
         * @param columns to the right, pixels; negative for left
         */
        public static View shifted(int rows, int columns) {
            return new View(x -> shift(x, rows, columns), y -> shift(y, -rows, -columns));
        }

        /**
         * {@return the image with other numbers}
         *
         * @param factor times each
         * @param offset added then
         */
        public static View scaled(float factor, float offset) {
            return new View(x -> x.mul(factor).add(offset), y -> y);
        }

        private static Tensor shift(Tensor x, int rows, int columns) {
            return x.padEdge(1, Math.max(rows, 0), Math.max(-rows, 0))
                    .padEdge(2, Math.max(columns, 0), Math.max(-columns, 0))
                    .crop(
                            Math.max(-rows, 0),
                            Math.max(-columns, 0),
                            x.shape().dim(1),
                            x.shape().dim(2));
        }
    }

    /**
     * One prediction for each view: test-time augmentation. Views should be as likely as the image itself; to a network that never saw
     * a mirrored heart a mirrored one says nothing of its doubts.
     *
     * @param network to logits (N, H, W, classes) or (N, classes)
     * @param x images (N, H, W, C)
     * @param views at least one
     * @return the uncertainty of each pixel, or of each image
     */
    public static Uncertainty ofViews(Layer network, Tensor x, List<View> views) {
        if (x.shape().rank() != 4 || views.isEmpty()) {
            throw new ShapeException(
                    "uncertainty", "needs images (N, H, W, C) and a view, got " + x.shape() + " and " + views.size());
        }
        Sums sums = new Sums();
        for (View view : views) {
            try (Scope scope = Scope.noGrad()) {
                Tensor output =
                        network.forward(view.there().apply(x), Pass.INFERENCE).softmax();
                sums.add(output.shape().rank() == 4 ? view.back().apply(output) : output);
            }
        }
        return sums.result();
    }

    /**
     * {@link #ofViews} of every way to lay the image: the eight of a square, the four of another rectangle that keep its sides. For
     * networks to which up and left mean nothing.
     *
     * @param network to logits (N, H, W, classes) or (N, classes)
     * @param x images (N, H, W, C)
     * @return the uncertainty of each pixel, or of each image
     */
    public static Uncertainty ofSymmetries(Layer network, Tensor x) {
        List<View> views = new ArrayList<>();
        boolean square = x.shape().rank() == 4 && x.shape().dim(1) == x.shape().dim(2);
        for (int s = 0; s < (square ? 8 : 4); s++) {
            int symmetry = s;
            views.add(new View(
                    image -> flipped(turned(image, symmetry), symmetry),
                    output -> turned(flipped(output, symmetry), symmetry)));
        }
        return ofViews(network, x, views);
    }

    private static Tensor turned(Tensor x, int symmetry) {
        return symmetry >= 4 ? x.permute(0, 2, 1, 3) : x;
    }

    private static Tensor flipped(Tensor x, int symmetry) {
        Tensor rows = (symmetry & 1) != 0 ? x.flip(1) : x;
        return (symmetry & 2) != 0 ? rows.flip(2) : rows;
    }

    /**
     * Predictions with the network's dropout.
     *
     * @param network to logits (.., classes), with dropout or stochastic depth
     * @param x input (N, ..)
     * @param samples at least 2
     * @param seed of what is dropped
     * @return the uncertainty
     * @throws IllegalArgumentException when all predictions are the same, since the network has nothing to drop
     */
    public static Uncertainty ofDropout(Layer network, Tensor x, int samples, long seed) {
        if (samples < 2) {
            throw new IllegalArgumentException("[uncertainty] needs at least 2 samples, got " + samples);
        }
        Sums sums = new Sums();
        for (int sample = 0; sample < samples; sample++) {
            try (Scope scope = Scope.noGrad()) {
                sums.add(network.forward(x, Pass.monteCarlo(seed, sample)).softmax());
            }
        }
        if (!sums.differ) {
            throw new IllegalArgumentException("[uncertainty] " + samples + " predictions of " + network.name()
                    + " are the same: it has no dropout (an ONNX file never has), so take ofViews");
        }
        return sums.result();
    }
}
