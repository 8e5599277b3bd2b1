package dev.aorta.unet.monitor;

import dev.aorta.Device;
import dev.aorta.Scope;
import dev.aorta.Tensor;
import dev.aorta.explain.Activations;
import dev.aorta.nn.Layer;
import dev.aorta.nn.Pass;
import dev.aorta.unet.imaging.Fit;
import dev.aorta.unet.imaging.InputSlice;
import dev.aorta.unet.model.ModelConfig;
import dev.aorta.unet.train.Segmenter;
import dev.aorta.unet.train.SliceResult;
import java.io.IOException;
import java.util.EnumMap;
import java.util.Map;

/**
 * Watches what a network makes of images.
 *
 * @param network as it segments, images (1, rows, columns, 1) to logits (1, rows, columns, classes)
 * @param config of the network
 * @param device of the network
 * @param fit what becomes of images of another size
 */
public record FeatureExtractor(Layer network, ModelConfig config, Device device, Fit fit) {
    /** Of a network that was loaded. */
    public static FeatureExtractor of(Segmenter segmenter, Fit fit) {
        return new FeatureExtractor(segmenter.finished(), segmenter.config(), segmenter.device(), fit);
    }

    /**
     * What is kept of an image; the network runs once, or once a tile.
     *
     * @param group of the image
     * @param temperature by which logits are divided before they promise a Dice; see {@link Reference#temperature}
     */
    public Observation observe(InputSlice slice, String group, double temperature) throws IOException {
        Seen seen = see(slice, temperature);
        Map<Feature, Double> values = new EnumMap<>(seen.values);
        values.put(Feature.ESTIMATED_DICE, seen.dice(0));
        return new Observation(group, values, seen.embedding());
    }

    /** What the network said of an image, and what the image says of itself. */
    Seen see(InputSlice slice, double... temperatures) throws IOException {
        Seen seen = new Seen(temperatures);
        byte[] mask = fit.segment(slice, config.known(), 1, (rows, columns, grey) -> {
            config.requireSize(slice.source(), rows, columns);
            float[] input = grey.clone();
            config.input().apply(input);
            try (Scope scope = Scope.open()) {
                Tensor x = Tensor.of(device, input, 1, rows, columns, 1).requireGradient();
                Tensor logits = network.forward(x, Pass.INFERENCE);
                Activations activations = Activations.of(scope);
                Tensor bottom = activations.get(activations.deepest());
                Segmenter.requireFinite(slice.source(), logits.toArray());
                byte[] part = Segmenter.classes(logits);
                seen.add(
                        logits.toArray(),
                        config.classes(),
                        part,
                        bottom.toArray(),
                        bottom.shape().dim(3));
                return part;
            }
        });
        seen.finish(slice, mask);
        return seen;
    }

    /** Sums over the pixels that the network has seen. */
    static final class Seen {
        private final double[] temperatures;
        private final double[] probable; // by temperature, of the pixels the sum of the probabilities of class 1
        private final double[] probableInside; // the same of the pixels of the mask
        private double inside;
        private double entropy;
        private int pixels;
        private double[] embedding = {};
        private int runs;
        final Map<Feature, Double> values = new EnumMap<>(Feature.class);

        Seen(double[] temperatures) {
            this.temperatures = temperatures.clone();
            probable = new double[temperatures.length];
            probableInside = new double[temperatures.length];
        }

        void add(float[] logits, int classes, byte[] mask, float[] bottom, int channels) {
            double[] e = new double[classes];
            for (int i = 0; i < mask.length; i++) {
                int at = i * classes;
                entropy += entropy(logits, at, e);
                inside += mask[i] == 1 ? 1 : 0;
                for (int t = 0; t < temperatures.length; t++) {
                    double p = probability(logits, at, classes, temperatures[t]);
                    probable[t] += p;
                    probableInside[t] += mask[i] == 1 ? p : 0;
                }
            }
            pixels += mask.length;
            if (embedding.length == 0) {
                embedding = new double[channels];
            }
            for (int i = 0; i < bottom.length; i++) {
                embedding[i % channels] += (double) bottom[i] * channels / bottom.length;
            }
            runs++;
        }

        /** Entropy of the softmax of logits {@code at} and following. */
        private static double entropy(float[] logits, int at, double[] e) {
            double largest = Double.NEGATIVE_INFINITY;
            for (int c = 0; c < e.length; c++) {
                largest = Math.max(largest, logits[at + c]);
            }
            double sum = 0;
            double weighted = 0;
            for (int c = 0; c < e.length; c++) {
                double z = logits[at + c] - largest;
                e[c] = Math.exp(z);
                sum += e[c];
                weighted += e[c] * z;
            }
            return Math.log(sum) - weighted / sum;
        }

        /** Of class 1. */
        private static double probability(float[] logits, int at, int classes, double temperature) {
            double others = 0;
            for (int c = 0; c < classes; c++) {
                others += c == 1 ? 1 : Math.exp((logits[at + c] - logits[at + 1]) / temperature);
            }
            return 1 / others;
        }

        private void finish(InputSlice slice, byte[] mask) {
            values.putAll(GreyLevels.of(slice.grey(), slice.rows(), slice.columns()));
            slice.pixelArea().ifPresent(area -> values.put(Feature.SPACING, Math.sqrt(area)));
            values.put(Feature.AREA, (double) SliceResult.area(mask) / mask.length);
            values.put(Feature.ENTROPY, entropy / pixels);
            if (slice.label() != null) {
                values.put(Feature.LABEL_AREA, (double) SliceResult.area(slice.label()) / mask.length);
                values.put(Feature.DICE, SliceResult.dice(mask, slice.label()));
            }
        }

        /**
         * The Dice of class 1 that the probabilities p of the pixels promise a mask m: 2 Σ m p / (Σ m + Σ p), with 1 added above and
         * below as where it is measured.
         *
         * @param t number of the temperature
         */
        double dice(int t) {
            return (2 * probableInside[t] + 1) / (inside + probable[t] + 1);
        }

        float[] embedding() {
            float[] mean = new float[embedding.length];
            for (int i = 0; i < mean.length; i++) {
                mean[i] = (float) (embedding[i] / runs);
            }
            return mean;
        }
    }
}
