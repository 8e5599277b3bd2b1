package dev.aorta.unet.phantom;

import dev.aorta.unet.imaging.Contour;
import dev.aorta.unet.imaging.RandomStream;
import java.util.ArrayList;
import java.util.List;

/**
 * Simulated short-axis cardiac MRI: any number of slices of imagined patients, each a function of the seed and its number alone.
 *
 * <p>The slices vary in anatomy, level from base to apex, diastole and systole, position, rotation, contrast, coil sensitivity,
 * noise and field of view; bowel loops, vessels and the right ventricle are as bright as the blood pool. Every slice shows the left
 * ventricle.
 */
public final class Phantom {
    /** Rows and columns of a slice. */
    public static final int SIZE = 256;
    /** Distance of rows and of columns, mm: that of the scans it is modelled on. */
    public static final double SPACING = 1.37;

    private static final long HEART = 1;
    private static final long TORSO = 2;
    private static final long SCANNER = 3;
    private static final long WARP = 4;

    /**
     * A simulated slice.
     *
     * @param image magnitudes 0 … 1,800, [256, 256] in row-major order
     * @param label 1 inside the endocardial contour (papillary muscles included), else 0, [256, 256]
     */
    public record Slice(int[] image, byte[] label) {}

    private Phantom() {}

    /** Slice number {@code record} of the data set {@code seed}. */
    public static Slice slice(long seed, long record) {
        return slice(seed, record, 1);
    }

    /**
     * The same of another population.
     *
     * @param size by which the radius of the left ventricle is multiplied; above 1 for dilated hearts
     */
    public static Slice slice(long seed, long record, double size) {
        RandomStream random = new RandomStream(seed, record);
        double angle = Math.toRadians(random.chance(0.2) ? random.uniform(-100, 60) : 14 * random.gaussian());
        double scale = random.uniform(0.88, 1.15);
        double x = (SIZE - 1) / 2.0 + 8 * random.gaussian();
        double y = (SIZE - 1) / 2.0 + 8 * random.gaussian();
        Canvas canvas = new Canvas(SIZE, new Warp(new RandomStream(seed, record, WARP)), angle, scale, x, y);
        new Torso(new RandomStream(seed, record, TORSO)).paint(canvas);
        Heart heart = new Heart(new RandomStream(seed, record, HEART), size);
        heart.paint(canvas);
        int[] image = new Scanner(new RandomStream(seed, record, SCANNER), SIZE).image(canvas.pixels(), angle, x, y);
        return new Slice(image, contour(canvas.place(heart.endocardium())).mask(SIZE, SIZE));
    }

    /** The curve as an expert's contour, which {@link Contour#mask} labels by the lab's rule. */
    private static Contour contour(Curve curve) {
        List<Contour.Point> points = new ArrayList<>();
        for (int i = 0; i < curve.x.length; i++) {
            points.add(
                    new Contour.Point(curve.x[i] + 0.5, curve.y[i] + 0.5)); // truncation moves points by half a pixel
        }
        return new Contour(points);
    }
}
