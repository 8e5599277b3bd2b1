package dev.aorta.unet.imaging;

import dev.aorta.io.FormatException;
import java.io.IOException;
import org.jspecify.annotations.Nullable;

/** How a slice is brought to the pixels that a network was trained on, and its mask back to the slice's own. */
public enum Fit {
    /** Not at all: other sizes are refused. */
    EXACT,
    /** Its pixels are as large as those that the network knows: it is padded with its darkest level, or cut into tiles that overlap. */
    TILE,
    /**
     * It is resampled to pixels as large as those that the network knows, and then padded or cut into tiles; where nothing says how
     * large pixels are, it is taken to show as much of the body as the slices that the network knows.
     */
    RESAMPLE;

    private static final int MAX_SIDE = 4096;

    /**
     * The slices that a network was trained on.
     *
     * @param rows height in pixels; 0 when the network takes any
     * @param columns width in pixels; 0 when the network takes any
     * @param spacing of the pixels, or null where nobody knows it
     * @param middle whether it only looks at the middle of them, so that what is larger is cut and not tiled
     */
    public record Known(int rows, int columns, @Nullable PixelSpacing spacing, boolean middle) {}

    /** A network for slices of one size. */
    @FunctionalInterface
    public interface Network {
        /** What belongs to each pixel of a slice's grey levels (rows, columns): a class, or several bytes. */
        byte[] segment(int rows, int columns, float[] grey) throws IOException;
    }

    /** Whether a slice is resampled by the size of its pixels. */
    public boolean isBySpacing(InputSlice slice, Known known) {
        return this == RESAMPLE && slice.spacing() != null && known.spacing() != null;
    }

    /**
     * The mask of a slice, in its own pixels, by a network of which nobody knows how large its pixels were.
     *
     * @param rows that the network takes; 0 for any
     * @param columns that the network takes; 0 for any
     */
    public byte[] segment(InputSlice slice, int rows, int columns, Network network) throws IOException {
        return segment(slice, new Known(rows, columns, null, false), 1, network);
    }

    /**
     * What a network gives for the slice's own pixels, (rows, columns, depth).
     *
     * @param depth bytes that it gives for a pixel
     * @throws FormatException if the slice would have no pixel, or sides over 4,096
     */
    public byte[] segment(InputSlice slice, Known known, int depth, Network network) throws IOException {
        Picture own = new Picture(slice.rows(), slice.columns(), slice.grey());
        if (this == EXACT) {
            return network.segment(own.rows, own.columns, own.grey);
        }
        Picture other = this == RESAMPLE ? other(slice, own, known) : own;
        byte[] given = tiled(other, known, depth, network);
        return nearest(given, other.rows, other.columns, depth, own.rows, own.columns);
    }

    private record Picture(int rows, int columns, float[] grey) {
        Picture resampled(int height, int width) {
            return height == rows && width == columns
                    ? this
                    : new Picture(height, width, resample(grey, rows, columns, height, width));
        }
    }

    private Picture other(InputSlice slice, Picture own, Known known) throws FormatException {
        PixelSpacing here = slice.spacing();
        PixelSpacing there = known.spacing();
        if (here == null || there == null) {
            return own.resampled(
                    known.rows == 0 ? own.rows : known.rows, known.columns == 0 ? own.columns : known.columns);
        }
        return own.resampled(
                side(slice.source(), own.rows * here.row(), there.row()),
                side(slice.source(), own.columns * here.column(), there.column()));
    }

    /** The pixels of {@code spacing} that a length of the body takes. */
    static int side(String source, double millimetres, double spacing) throws FormatException {
        long side = Math.round(millimetres / spacing);
        if (side < 1 || side > MAX_SIDE) {
            throw new FormatException(
                    "%s: %d pixels of %s mm; 1 to %d can be".formatted(source, side, spacing, MAX_SIDE));
        }
        return (int) side;
    }

    /** Classes on another grid over the same area: those in which the new pixels' centres lie. */
    static byte[] nearest(byte[] classes, int rows, int columns, int height, int width) {
        return nearest(classes, rows, columns, 1, height, width);
    }

    private static byte[] nearest(byte[] here, int rows, int columns, int depth, int height, int width) {
        if (rows == height && columns == width) {
            return here;
        }
        byte[] there = new byte[height * width * depth];
        for (int i = 0; i < height * width; i++) {
            int from = nearest(i / width, height, rows) * columns + nearest(i % width, width, columns);
            System.arraycopy(here, from * depth, there, i * depth, depth);
        }
        return there;
    }

    /** The pixel of {@code there} in which the centre of pixel {@code i} of {@code here} lies. */
    private static int nearest(int i, int here, int there) {
        return Math.min(there - 1, (int) ((i + 0.5) * there / here));
    }

    /**
     * Grey levels on another grid over the same area: linear between the centres of pixels, and the mean over a pixel's width where
     * the new grid is coarser.
     */
    static float[] resample(float[] grey, int rows, int columns, int height, int width) {
        Share[] down = shares(rows, height);
        Share[] across = shares(columns, width);
        float[] rowsDone = new float[height * columns];
        for (int row = 0; row < height; row++) {
            Share share = down[row];
            for (int k = 0; k < share.weights.length; k++) {
                for (int column = 0; column < columns; column++) {
                    rowsDone[row * columns + column] +=
                            (float) (share.weights[k] * grey[(share.first + k) * columns + column]);
                }
            }
        }
        float[] resampled = new float[height * width];
        for (int column = 0; column < width; column++) {
            Share share = across[column];
            for (int k = 0; k < share.weights.length; k++) {
                for (int row = 0; row < height; row++) {
                    resampled[row * width + column] +=
                            (float) (share.weights[k] * rowsDone[row * columns + share.first + k]);
                }
            }
        }
        return resampled;
    }

    /** The shares that old pixels have in a new one, from the first old one on that has any. */
    private record Share(int first, double[] weights) {}

    /** Shares by a triangle as wide as the coarser of both grids, cut at the border. */
    private static Share[] shares(int here, int there) {
        double scale = (double) here / there;
        double reach = Math.max(1, scale);
        Share[] shares = new Share[there];
        for (int i = 0; i < there; i++) {
            double centre = (i + 0.5) * scale - 0.5;
            int first = Math.max(0, (int) Math.floor(centre - reach));
            int last = Math.min(here - 1, (int) (centre + reach));
            double[] weights = new double[last - first + 1];
            double sum = 0;
            for (int k = 0; k < weights.length; k++) {
                weights[k] = Math.max(0, 1 - Math.abs(first + k - centre) / reach);
                sum += weights[k];
            }
            for (int k = 0; k < weights.length; k++) {
                weights[k] /= sum;
            }
            shares[i] = new Share(first, weights);
        }
        return shares;
    }

    private static byte[] tiled(Picture picture, Known known, int depth, Network network) throws IOException {
        int height = known.rows == 0 ? picture.rows : known.rows;
        int width = known.columns == 0 ? picture.columns : known.columns;
        if (height == picture.rows && width == picture.columns) {
            return network.segment(height, width, picture.grey);
        }
        int[] tops = starts(picture.rows, height, known.middle);
        int[] lefts = starts(picture.columns, width, known.middle);
        float least = Float.POSITIVE_INFINITY;
        for (float v : picture.grey) {
            least = Math.min(least, v);
        }
        byte[] mask = new byte[picture.grey.length * depth];
        for (int t = 0; t < tops.length; t++) {
            for (int l = 0; l < lefts.length; l++) {
                float[] tile = new float[height * width];
                for (int i = 0; i < tile.length; i++) {
                    int row = tops[t] + i / width;
                    int column = lefts[l] + i % width;
                    boolean inside = row >= 0 && row < picture.rows && column >= 0 && column < picture.columns;
                    tile[i] = inside ? picture.grey[row * picture.columns + column] : least;
                }
                byte[] part = network.segment(height, width, tile);
                int from = border(lefts, l, width, picture.columns, false);
                int to = border(lefts, l, width, picture.columns, true);
                for (int row = border(tops, t, height, picture.rows, false);
                        row < border(tops, t, height, picture.rows, true);
                        row++) {
                    System.arraycopy(
                            part,
                            ((row - tops[t]) * width + from - lefts[l]) * depth,
                            mask,
                            (row * picture.columns + from) * depth,
                            (to - from) * depth);
                }
            }
        }
        return mask;
    }

    /** Where tiles begin: one in the middle of what is smaller or of which the middle counts, else as few as cover it, evenly spread. */
    private static int[] starts(int length, int tile, boolean middle) {
        int count = middle ? 1 : Math.max(1, Math.ceilDiv(length, tile));
        int[] starts = new int[count];
        for (int i = 0; i < count; i++) {
            starts[i] = count == 1 ? Math.floorDiv(length - tile, 2) : (int) ((long) i * (length - tile) / (count - 1));
        }
        return starts;
    }

    /** The first pixel that tile {@code i} gives, or the one behind the last: half way through what it shares with its neighbour. */
    private static int border(int[] starts, int i, int tile, int length, boolean end) {
        int other = end ? i + 1 : i - 1;
        if (other < 0 || other == starts.length) {
            return end ? Math.min(length, starts[i] + tile) : Math.max(0, starts[i]);
        }
        int low = Math.max(starts[i], starts[other]);
        int high = Math.min(starts[i], starts[other]) + tile;
        return (low + high) / 2;
    }
}
