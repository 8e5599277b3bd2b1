package dev.aorta.explain;

import dev.aorta.Scope;
import dev.aorta.Shape;
import dev.aorta.ShapeException;
import dev.aorta.Tensor;
import dev.aorta.data.Values;
import dev.aorta.nn.Layer;
import dev.aorta.nn.Pass;
import java.util.Arrays;

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
                throw new ShapeException("uncertainty", "needs logits (.., classes) of two classes or more, got " + shape);
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
     * One prediction for each way to lay the image: the eight of a square, the four of another rectangle that keep its sides. Each is
     * turned back before they are added up, where the output has pixels.
     *
     * @param network to logits (N, H, W, classes) or (N, classes)
     * @param x images (N, H, W, C)
     * @return the uncertainty of each pixel, or of each image
     */
    public static Uncertainty ofSymmetries(Layer network, Tensor x) {
        if (x.shape().rank() != 4) {
            throw new ShapeException("uncertainty", "needs images (N, H, W, C), got " + x.shape());
        }
        Sums sums = new Sums();
        int symmetries = x.shape().dim(1) == x.shape().dim(2) ? 8 : 4;
        for (int s = 0; s < symmetries; s++) {
            try (Scope scope = Scope.noGrad()) {
                Tensor turned = s >= 4 ? x.permute(0, 2, 1, 3) : x;
                Tensor output = network.forward(flipped(turned, s), Pass.INFERENCE).softmax();
                if (output.shape().rank() == 4) {
                    output = flipped(output, s);
                    output = s >= 4 ? output.permute(0, 2, 1, 3) : output;
                }
                sums.add(output);
            }
        }
        return sums.result();
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
                    + " are the same: it has no dropout (an ONNX file never has), so take ofSymmetries");
        }
        return sums.result();
    }
}
