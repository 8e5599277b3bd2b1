package dev.aorta.unet.train;

import dev.aorta.io.FormatException;
import dev.aorta.io.Json;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.SequencedMap;
import java.util.stream.IntStream;

/**
 * How far a network's confidence is what it is worth: pixels in 15 bins of equal width by the probability of the class that the
 * network gives them.
 *
 * @param pixels in each bin
 * @param confidence sum of the probabilities in each bin
 * @param right how many have the expert's class, in each bin
 * @see <a href="https://arxiv.org/abs/1706.04599">On Calibration of Modern Neural Networks</a>
 */
public record Calibration(long[] pixels, double[] confidence, long[] right) {
    private static final int BINS = 15;
    /** Pixels around both masks that count too; far from them there is nothing to be unsure of. */
    private static final int MARGIN = 8;

    Calibration() {
        this(new long[BINS], new double[BINS], new long[BINS]);
    }

    /** Adds the pixels of the box around both masks, wider by 8 pixels on each side; those of the slice where both are empty. */
    void add(int rows, int columns, Segmenter.Prediction prediction, byte[] expert) {
        int top = rows;
        int bottom = -1;
        int left = columns;
        int last = -1;
        for (int i = 0; i < expert.length; i++) {
            if (expert[i] != 0 || prediction.mask()[i] != 0) {
                top = Math.min(top, i / columns);
                bottom = Math.max(bottom, i / columns);
                left = Math.min(left, i % columns);
                last = Math.max(last, i % columns);
            }
        }
        boolean empty = bottom < 0;
        int rowEnd = empty ? rows : Math.min(bottom + MARGIN + 1, rows);
        int columnEnd = empty ? columns : Math.min(last + MARGIN + 1, columns);
        for (int row = empty ? 0 : Math.max(top - MARGIN, 0); row < rowEnd; row++) {
            for (int column = empty ? 0 : Math.max(left - MARGIN, 0); column < columnEnd; column++) {
                int i = row * columns + column;
                float p = prediction.confidence()[i];
                int bin = Math.min((int) (p * BINS), BINS - 1);
                pixels[bin]++;
                confidence[bin] += p;
                right[bin] += prediction.mask()[i] == expert[i] ? 1 : 0;
            }
        }
    }

    /** Expected calibration error: Σ |right − confidence| over the bins, by the number of pixels. */
    public double error() {
        double sum = 0;
        long count = 0;
        for (int i = 0; i < pixels.length; i++) {
            sum += Math.abs(right[i] - confidence[i]);
            count += pixels[i];
        }
        return count == 0 ? 0 : sum / count;
    }

    /** The bins as JSON. */
    public Json toJson() {
        SequencedMap<String, Object> m = new LinkedHashMap<>();
        m.put("pixels", IntStream.range(0, BINS).mapToObj(i -> pixels[i]).toList());
        m.put(
                "confidence",
                IntStream.range(0, BINS).mapToObj(i -> confidence[i]).toList());
        m.put("right", IntStream.range(0, BINS).mapToObj(i -> right[i]).toList());
        return Json.of(m);
    }

    /** What {@link #toJson} gives. */
    public static Calibration of(Json json) throws FormatException {
        Calibration c = new Calibration();
        List<Json> pixels = json.get("pixels").asList();
        List<Json> right = json.get("right").asList();
        double[] confidence = json.get("confidence").asDoubles();
        if (pixels.size() != BINS || right.size() != BINS || confidence.length != BINS) {
            throw new FormatException("a calibration has not " + BINS + " bins");
        }
        for (int i = 0; i < BINS; i++) {
            c.pixels[i] = pixels.get(i).asLong();
            c.right[i] = right.get(i).asLong();
            c.confidence[i] = confidence[i];
        }
        return c;
    }
}
