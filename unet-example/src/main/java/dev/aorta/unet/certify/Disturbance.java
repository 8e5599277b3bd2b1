package dev.aorta.unet.certify;

import dev.aorta.Device;
import dev.aorta.Scope;
import dev.aorta.Tensor;
import dev.aorta.loss.Loss;
import dev.aorta.nn.Pass;
import dev.aorta.unet.clinical.Evaluation;
import dev.aorta.unet.imaging.LabelledSlice;
import dev.aorta.unet.imaging.RandomStream;
import dev.aorta.unet.train.Segmenter;
import java.util.Locale;

/** What is done to slices to see whether a network still finds the heart. Seeded: the same slice is disturbed in the same way. */
public enum Disturbance {
    /** Nothing. */
    NONE,
    /** Normal noise of standard deviation {@code strength} · σ, with σ that of the slice's grey levels. */
    NOISE,
    /** Image and label turned about the centre by {@code strength} degrees, with a sign that alternates. */
    ROTATION,
    /** Grey levels v between their extremes a and b become a + (b − a) · ((v − a) / (b − a))^strength. */
    CONTRAST,
    /** Grey levels times 1 + strength · (x · cos φ + y · sin φ), x and y from −1 to 1 over the slice, φ drawn. */
    BIAS_FIELD,
    /** Grey levels ± strength · σ, with the sign that makes the cross-entropy larger: the fast gradient sign method. */
    FGSM,
    /** The same in {@value #STEPS} steps of a quarter, each from where the last one led, never further away than strength · σ. */
    PGD;

    private static final int STEPS = 10;
    private static final long SEED = 1;

    /** How it is called in files. */
    String text() {
        return name().toLowerCase(Locale.ROOT);
    }

    /**
     * The change of a slice; σ and positions are those of the slice before.
     *
     * @param segmenter that is attacked by those that attack one
     */
    public Evaluation.Change change(double strength, Segmenter segmenter, Device device) {
        return (slice, index) -> switch (this) {
            case NONE -> slice;
            case NOISE -> noise(slice, strength, index);
            case ROTATION -> rotated(slice, index % 2 == 0 ? strength : -strength);
            case CONTRAST -> contrast(slice, strength);
            case BIAS_FIELD -> bias(slice, strength, index);
            case FGSM -> attacked(slice, strength, 1, 1, segmenter, device);
            case PGD -> attacked(slice, strength, STEPS, 0.25, segmenter, device);
        };
    }

    private static LabelledSlice with(LabelledSlice s, float[] image) {
        return s.with(image, s.label());
    }

    private static double deviation(float[] image) {
        double mean = 0;
        for (float v : image) {
            mean += v;
        }
        mean /= image.length;
        double square = 0;
        for (float v : image) {
            square += (v - mean) * (v - mean);
        }
        return Math.sqrt(square / image.length);
    }

    private static LabelledSlice noise(LabelledSlice s, double strength, int index) {
        RandomStream random = new RandomStream(SEED, index);
        double sigma = strength * deviation(s.image());
        float[] image = s.image().clone();
        for (int i = 0; i < image.length; i++) {
            image[i] += (float) (sigma * random.gaussian());
        }
        return with(s, image);
    }

    private static LabelledSlice rotated(LabelledSlice s, double degrees) {
        int rows = s.rows();
        int columns = s.columns();
        double cos = Math.cos(Math.toRadians(degrees));
        double sin = Math.sin(Math.toRadians(degrees));
        double cx = (columns - 1) / 2.0;
        double cy = (rows - 1) / 2.0;
        float[] image = new float[rows * columns];
        byte[] label = new byte[image.length];
        for (int i = 0; i < image.length; i++) {
            int r = i / columns;
            double u = i % columns - cx;
            double v = r - cy;
            double x = cx + cos * u + sin * v;
            double y = cy - sin * u + cos * v;
            image[i] = (float) bilinear(s, x, y);
            int column = (int) Math.floor(x + 0.5);
            int row = (int) Math.floor(y + 0.5);
            boolean inside = row >= 0 && column >= 0 && row < rows && column < columns;
            label[i] = inside ? s.label()[row * columns + column] : 0;
        }
        return s.with(image, label);
    }

    /** Beyond the slice are the grey levels of its edge. */
    private static double bilinear(LabelledSlice s, double x, double y) {
        double column = Math.clamp(x, 0, s.columns() - 1);
        double row = Math.clamp(y, 0, s.rows() - 1);
        int c = (int) Math.min(column, s.columns() - 2.0);
        int r = (int) Math.min(row, s.rows() - 2.0);
        double fx = column - c;
        double fy = row - r;
        int i = r * s.columns() + c;
        float[] g = s.image();
        double above = (1 - fx) * g[i] + fx * g[i + 1];
        double below = (1 - fx) * g[i + s.columns()] + fx * g[i + s.columns() + 1];
        return (1 - fy) * above + fy * below;
    }

    private static LabelledSlice contrast(LabelledSlice s, double gamma) {
        float low = Float.POSITIVE_INFINITY;
        float high = Float.NEGATIVE_INFINITY;
        for (float v : s.image()) {
            low = Math.min(low, v);
            high = Math.max(high, v);
        }
        double range = high - low;
        float[] image = s.image().clone();
        for (int i = 0; i < image.length && range > 0; i++) {
            image[i] = (float) (low + range * Math.pow((image[i] - low) / range, gamma));
        }
        return with(s, image);
    }

    private static LabelledSlice bias(LabelledSlice s, double strength, int index) {
        double phi = 2 * Math.PI * new RandomStream(SEED, index).uniform();
        float[] image = s.image().clone();
        for (int i = 0; i < image.length; i++) {
            double x = 2.0 * (i % s.columns()) / (s.columns() - 1) - 1;
            int row = i / s.columns();
            double y = 2.0 * row / (s.rows() - 1) - 1;
            image[i] *= (float) (1 + strength * (x * Math.cos(phi) + y * Math.sin(phi)));
        }
        return with(s, image);
    }

    private static LabelledSlice attacked(
            LabelledSlice s, double strength, int steps, double part, Segmenter segmenter, Device device) {
        double bound = strength * deviation(s.image());
        float[] image = s.image().clone();
        for (int step = 0; step < steps; step++) {
            float[] slope = slope(s, image, segmenter, device);
            for (int i = 0; i < image.length; i++) {
                double moved = image[i] + part * bound * Math.signum(slope[i]);
                image[i] = (float) Math.clamp(moved, s.image()[i] - bound, s.image()[i] + bound);
            }
        }
        return with(s, image);
    }

    /**
     * The gradient of the finished network's cross-entropy by its input, which has the sign of that by the grey levels. Which part is
     * the largest is taken as it is; all else that the score sees is differentiated.
     */
    private static float[] slope(LabelledSlice s, float[] image, Segmenter segmenter, Device device) {
        float[] input = image.clone();
        segmenter.config().input().apply(input);
        float[] label = new float[s.label().length];
        for (int i = 0; i < label.length; i++) {
            label[i] = s.label()[i];
        }
        try (Scope scope = Scope.open()) {
            Tensor x = Tensor.of(device, input, 1, s.rows(), s.columns(), 1).requireGradient();
            Tensor expert = Tensor.of(device, label, 1, s.rows(), s.columns());
            Tensor loss = Loss.crossEntropy().of(segmenter.finished().forward(x, Pass.INFERENCE), expert);
            return loss.backward().of(x).toArray();
        }
    }
}
