package dev.aorta.unet.imaging;

import dev.aorta.io.FormatException;
import java.util.Arrays;
import org.jspecify.annotations.Nullable;

/**
 * The pixels that the slices of a data set shall have.
 *
 * @param spacing distance between the centres of neighbouring rows and columns, mm; 0 keeps those of the source
 * @param rows height; 0 keeps that of the source
 * @param columns width; 0 keeps that of the source
 */
public record Grid(double spacing, int rows, int columns) {
    private static final int MAX_SIDE = 4096;

    /** The grid of the source. */
    public static final Grid OWN = new Grid(0, 0, 0);

    public Grid {
        boolean sized = rows >= 1 && rows <= MAX_SIDE && columns >= 1 && columns <= MAX_SIDE;
        if (spacing != 0 && !DicomValues.isLength(spacing) || !sized && (rows != 0 || columns != 0)) {
            throw new IllegalArgumentException(
                    "a grid of %s mm and %d x %d pixels cannot be".formatted(spacing, rows, columns));
        }
    }

    /** A grid by its options: mm, or null, and ROWSxCOLUMNS, or null. */
    public static Grid of(@Nullable Double spacing, @Nullable String size) {
        if (size != null && !size.matches("\\d{1,4}x\\d{1,4}")) {
            throw new IllegalArgumentException("--size is ROWSxCOLUMNS, such as 256x256, and is '" + size + "'");
        }
        String[] sides = size == null ? new String[] {"0", "0"} : size.split("x", -1);
        return new Grid(spacing == null ? 0 : spacing, Integer.parseInt(sides[0]), Integer.parseInt(sides[1]));
    }

    /**
     * A slice and its classes on this grid: resampled to the spacing, then cut or padded around the middle; the padding is as dark as
     * the darkest pixel, and background.
     *
     * @throws FormatException if a spacing is wanted and the picture does not say its own
     */
    LabelledSlice fit(String name, InputSlice picture, byte[] classes) throws FormatException {
        int height = picture.rows();
        int width = picture.columns();
        float[] grey = picture.grey();
        byte[] label = classes;
        SliceOrigin origin = SliceOrigin.UNKNOWN.spaced(picture.spacing());
        if (spacing != 0) {
            PixelSpacing own = picture.spacing();
            if (own == null) {
                throw new FormatException(picture.source()
                        + ": the picture does not say how large its pixels are, which --spacing needs");
            }
            height = Fit.side(picture.source(), picture.rows() * own.row(), spacing);
            width = Fit.side(picture.source(), picture.columns() * own.column(), spacing);
            origin = origin.spaced(new PixelSpacing(spacing, spacing));
            grey = Fit.resample(grey, picture.rows(), picture.columns(), height, width);
            label = Fit.nearest(classes, picture.rows(), picture.columns(), height, width);
        }
        if (rows == 0 || rows == height && columns == width) {
            return new LabelledSlice(name, height, width, grey, label, origin);
        }
        float least = Float.POSITIVE_INFINITY;
        for (float v : grey) {
            least = Math.min(least, v);
        }
        float[] cutGrey = new float[rows * columns];
        byte[] cutLabel = new byte[rows * columns];
        Arrays.fill(cutGrey, least);
        int top = Math.floorDiv(height - rows, 2);
        int left = Math.floorDiv(width - columns, 2);
        for (int i = 0; i < cutGrey.length; i++) {
            int row = top + i / columns;
            int column = left + i % columns;
            if (row >= 0 && row < height && column >= 0 && column < width) {
                cutGrey[i] = grey[row * width + column];
                cutLabel[i] = label[row * width + column];
            }
        }
        return new LabelledSlice(name, rows, columns, cutGrey, cutLabel, origin);
    }
}
