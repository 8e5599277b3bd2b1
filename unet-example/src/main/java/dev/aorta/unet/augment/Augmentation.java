package dev.aorta.unet.augment;

import dev.aorta.data.Transform;
import dev.aorta.unet.imaging.RandomStream;

/**
 * How far training images may be changed. What happens to an image is a function of (seed, epoch, index) alone, whichever thread
 * asks.
 *
 * @param rotation largest rotation either way, degrees
 * @param scale largest enlargement, a factor of at least 1; the smallest is 1 / scale, and logarithms are uniform between
 * @param shift largest shift along each axis, as a part of the image's side
 * @param flip probability of mirroring left to right, and, independently, top to bottom
 * @param elastic standard deviation of the elastic displacement's control points along each axis, pixels
 * @param elasticSpacing distance between those control points, pixels
 * @param gamma largest exponent of the grey-level curve, at least 1; the smallest is 1 / gamma, and logarithms are uniform between
 * @param contrast largest relative change of all grey levels, below 1
 * @param shading standard deviation of the logarithm of a smooth gain over the image, as the coils of a scanner give it, at control
 *     points that are 48 pixels apart
 * @param noise largest standard deviation of added noise, as a part of the image's largest grey level
 */
public record Augmentation(
        double rotation,
        double scale,
        double shift,
        double flip,
        double elastic,
        int elasticSpacing,
        double gamma,
        double contrast,
        double shading,
        double noise) {

    private static final int SHADES = 48;
    private static final long GEOMETRY = 1;
    private static final long TONE = 2;

    public Augmentation {
        check(rotation >= 0 && rotation <= 180, "rotation", rotation, "between 0 and 180 degrees");
        check(scale >= 1 && scale <= 4, "scale", scale, "between 1 and 4");
        check(shift >= 0 && shift <= 1, "shift", shift, "between 0 and 1");
        check(flip >= 0 && flip <= 1, "flip", flip, "between 0 and 1");
        check(elastic >= 0 && elastic <= 100, "elastic", elastic, "between 0 and 100 pixels");
        check(elasticSpacing >= 2, "elasticSpacing", elasticSpacing, "at least 2 pixels");
        check(gamma >= 1 && gamma <= 4, "gamma", gamma, "between 1 and 4");
        check(contrast >= 0 && contrast < 1, "contrast", contrast, "at least 0 and below 1");
        check(shading >= 0 && shading <= 1, "shading", shading, "between 0 and 1");
        check(noise >= 0 && noise <= 1, "noise", noise, "between 0 and 1");
    }

    private static void check(boolean ok, String name, double value, String range) {
        if (!ok) {
            throw new IllegalArgumentException("augmentation: %s is %s; it must be %s".formatted(name, value, range));
        }
    }

    /** Leaves images as they are. */
    public static Augmentation none() {
        return new Augmentation(0, 1, 0, 0, 0, 32, 1, 0, 0, 0);
    }

    /** What few patients need: any orientation, other sizes and positions, gently bent organs, other contrast. */
    public static Augmentation standard() {
        return new Augmentation(180, 1.25, 0.08, 0.5, 4, 32, 1.4, 0.25, 0, 0.01);
    }

    /**
     * What patients scanned alike need: never mirrored nor upside down, but turned by up to a quarter, as one heart in fifteen lies;
     * patches shift them already.
     */
    public static Augmentation upright() {
        return new Augmentation(90, 1.3, 0, 0, 4, 32, 1.5, 0.3, 0.5, 0.02);
    }

    /** Whether images stay as they are. */
    public boolean isNone() {
        return equals(none());
    }

    /**
     * Changes one image and its label alike: bilinear interpolation for the image, the nearest pixel for the label, 0 for what
     * comes from outside.
     *
     * @param image grey levels, [rows, columns] in row-major order
     * @param label classes, [rows, columns]
     * @param window of them that the new ones show
     * @param newImage of the window's size, written; not {@code image} itself
     * @param newLabel of the window's size, written; not {@code label} itself
     */
    public void apply(
            long seed,
            long epoch,
            long index,
            int rows,
            int columns,
            float[] image,
            float[] label,
            Window window,
            float[] newImage,
            float[] newLabel) {
        geometry(new RandomStream(seed, epoch, index, GEOMETRY), window.rows(), window.columns())
                .apply(rows, columns, image, label, window, newImage, newLabel);
        RandomStream random = new RandomStream(seed, epoch, index, TONE);
        double curve = power(random, gamma);
        double gain = 1 + random.uniform(-contrast, contrast);
        double noisy = random.uniform(0, noise);
        if (shading > 0) {
            Tone.shade(
                    newImage, window.columns(), new Elastic(random, shading, SHADES, window.rows(), window.columns()));
        }
        Tone.apply(newImage, curve, gain, noisy, random);
    }

    /** These changes for images of {@code rows} x {@code columns} on their way into a batch. */
    public Transform transform(long seed, int rows, int columns) {
        Window whole = Window.whole(rows, columns);
        return (image, label, epoch, index) ->
                apply(seed, epoch, index, rows, columns, image.clone(), label.clone(), whole, image, label);
    }

    private Geometry geometry(RandomStream random, int rows, int columns) {
        return new Geometry(
                Math.toRadians(random.uniform(-rotation, rotation)),
                power(random, scale),
                columns * random.uniform(-shift, shift),
                rows * random.uniform(-shift, shift),
                random.chance(flip),
                random.chance(flip),
                new Elastic(random, elastic, elasticSpacing, rows, columns));
    }

    private static double power(RandomStream random, double base) {
        return Math.pow(base, random.uniform(-1, 1));
    }
}
