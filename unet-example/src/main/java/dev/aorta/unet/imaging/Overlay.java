package dev.aorta.unet.imaging;

import java.util.Arrays;
import org.jspecify.annotations.Nullable;

/**
 * The picture of a slice with the expert's contour in green and the network's in magenta.
 *
 * <p>Grey levels are windowed from the 1st to the 99th percentile of the pixels that are not 0 (scanners fill what lies outside
 * the field of view with 0). The picture is twice the size of the slice. The expert's line runs just outside the border of the
 * mask and the network's just inside, so that both show where they agree.
 */
public final class Overlay {
    /** 0xRRGGBB. */
    public static final int EXPERT = 0x00E63C;

    /** 0xRRGGBB. */
    public static final int NETWORK = 0xFF30D0;

    private static final int SCALE = 2;

    private Overlay() {}

    /**
     * A PNG file of the slice and its contours.
     *
     * @param image grey levels, [rows, columns]
     * @param expert mask of the expert, [rows, columns], not 0 inside; null draws none
     * @param network mask of the network, [rows, columns], not 0 inside; null draws none
     */
    public static byte[] png(
            int rows, int columns, float[] image, byte @Nullable [] expert, byte @Nullable [] network) {
        int[] picture = grey(enlarge(rows, columns, window(image)));
        if (expert != null) {
            outline(rows, columns, expert, false, EXPERT, picture);
        }
        if (network != null) {
            outline(rows, columns, network, true, NETWORK, picture);
        }
        return Png.colour(rows * SCALE, columns * SCALE, picture);
    }

    /**
     * A PNG file of the slice under a map: red to yellow where the map speaks for something, blue where it speaks against, the stronger
     * the farther from 0.
     *
     * @param image grey levels, [rows, columns]
     * @param map numbers, [rows, columns]
     * @param most the number that is yellow, above 0; the darkest blue is minus it
     * @param network mask of the network, [rows, columns], not 0 inside
     */
    public static byte[] heat(int rows, int columns, float[] image, float[] map, float most, byte[] network) {
        float[] grey = enlarge(rows, columns, window(image));
        float[] heat = enlarge(rows, columns, map);
        int[] picture = new int[grey.length];
        for (int i = 0; i < picture.length; i++) {
            float strength = Math.clamp(heat[i] / most, -1f, 1f);
            float share = 0.8f * Math.abs(strength);
            int red = Math.round(mix(grey[i], strength > 0 ? 255 : 30, share));
            int green = Math.round(mix(grey[i], strength > 0 ? 230 * strength : 110, share));
            int blue = Math.round(mix(grey[i], strength > 0 ? 0 : 255, share));
            picture[i] = red << 16 | green << 8 | blue;
        }
        outline(rows, columns, network, true, NETWORK, picture);
        return Png.colour(rows * SCALE, columns * SCALE, picture);
    }

    private static int[] grey(float[] levels) {
        int[] picture = new int[levels.length];
        for (int i = 0; i < picture.length; i++) {
            picture[i] = Math.round(levels[i]) * 0x010101;
        }
        return picture;
    }

    /** Grey levels 0 … 255 of {@code image}, from the 1st to the 99th percentile of what is not 0; a flat image is black. */
    static float[] window(float[] image) {
        float[] sorted = new float[image.length];
        int count = 0;
        for (float v : image) {
            if (v != 0 && Float.isFinite(v)) {
                sorted[count++] = v;
            }
        }
        float[] grey = new float[image.length];
        if (count == 0) {
            return grey;
        }
        Arrays.sort(sorted, 0, count);
        float low = sorted[(count - 1) / 100];
        float high = sorted[(count - 1) * 99 / 100];
        float gain = high > low ? 255 / (high - low) : 0;
        for (int i = 0; i < image.length; i++) {
            grey[i] = Math.clamp((image[i] - low) * gain, 0f, 255f);
        }
        return grey;
    }

    /** Bilinear enlargement, the corners of pixels aligned. */
    private static float[] enlarge(int rows, int columns, float[] grey) {
        int width = columns * SCALE;
        float[] picture = new float[rows * SCALE * width];
        for (int y = 0; y < rows * SCALE; y++) {
            float sy = Math.clamp((y + 0.5f) / SCALE - 0.5f, 0, rows - 1);
            int y0 = (int) sy;
            int y1 = Math.min(y0 + 1, rows - 1);
            for (int x = 0; x < width; x++) {
                float sx = Math.clamp((x + 0.5f) / SCALE - 0.5f, 0, columns - 1);
                int x0 = (int) sx;
                int x1 = Math.min(x0 + 1, columns - 1);
                float top = mix(grey[y0 * columns + x0], grey[y0 * columns + x1], sx - x0);
                float bottom = mix(grey[y1 * columns + x0], grey[y1 * columns + x1], sx - x0);
                picture[y * width + x] = mix(top, bottom, sy - y0);
            }
        }
        return picture;
    }

    private static float mix(float a, float b, float t) {
        return a + (b - a) * t;
    }

    /** Colours the picture's pixels on the inner or the outer side of the mask's border. */
    private static void outline(int rows, int columns, byte[] mask, boolean inner, int colour, int[] picture) {
        int height = rows * SCALE;
        int width = columns * SCALE;
        for (int y = 0; y < height; y++) {
            for (int x = 0; x < width; x++) {
                if (inside(rows, columns, mask, y, x) == inner
                        && (inside(rows, columns, mask, y - 1, x) != inner
                                || inside(rows, columns, mask, y + 1, x) != inner
                                || inside(rows, columns, mask, y, x - 1) != inner
                                || inside(rows, columns, mask, y, x + 1) != inner)) {
                    picture[y * width + x] = colour;
                }
            }
        }
    }

    private static boolean inside(int rows, int columns, byte[] mask, int y, int x) {
        int row = Math.floorDiv(y, SCALE);
        int column = Math.floorDiv(x, SCALE);
        return row >= 0 && row < rows && column >= 0 && column < columns && mask[row * columns + column] != 0;
    }
}
