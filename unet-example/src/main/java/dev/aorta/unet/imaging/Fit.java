package dev.aorta.unet.imaging;

import java.io.IOException;

/** How a slice is brought to the size that a network was trained on, and its mask back to the slice's own pixels. */
public enum Fit {
    /** Not at all: other sizes are refused. */
    EXACT,
    /** Its pixels are as large as those that the network knows: it is padded with its darkest level, or cut into tiles that overlap. */
    TILE,
    /** It shows as much of the body as the slices that the network knows: it is resampled. */
    RESAMPLE;

    /** A network for slices of one size. */
    @FunctionalInterface
    public interface Network {
        /** What belongs to each pixel of a slice's grey levels (rows, columns): a class, or several bytes. */
        byte[] segment(int rows, int columns, float[] grey) throws IOException;
    }

    /**
     * The mask of a slice, in its own pixels.
     *
     * @param rows that the network takes; 0 for any
     * @param columns that the network takes; 0 for any
     */
    public byte[] segment(InputSlice slice, int rows, int columns, Network network) throws IOException {
        return segment(slice, rows, columns, 1, network);
    }

    /**
     * What a network gives for the slice's own pixels, (rows, columns, depth).
     *
     * @param depth bytes that it gives for a pixel
     */
    public byte[] segment(InputSlice slice, int rows, int columns, int depth, Network network) throws IOException {
        int height = rows == 0 ? slice.rows() : rows;
        int width = columns == 0 ? slice.columns() : columns;
        if (this == EXACT || height == slice.rows() && width == slice.columns()) {
            return network.segment(slice.rows(), slice.columns(), slice.grey());
        }
        return this == TILE
                ? tiled(slice, height, width, depth, network)
                : resampled(slice, height, width, depth, network);
    }

    private static byte[] resampled(InputSlice slice, int height, int width, int depth, Network network)
            throws IOException {
        float[] grey = resample(slice.grey(), slice.rows(), slice.columns(), height, width);
        byte[] mask = network.segment(height, width, grey);
        return nearest(mask, height, width, depth, slice.rows(), slice.columns());
    }

    /** Classes on another grid over the same area: those in which the new pixels' centres lie. */
    static byte[] nearest(byte[] classes, int rows, int columns, int height, int width) {
        return nearest(classes, rows, columns, 1, height, width);
    }

    private static byte[] nearest(byte[] here, int rows, int columns, int depth, int height, int width) {
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
        double[][] down = weights(rows, height);
        double[][] across = weights(columns, width);
        float[] rowsDone = new float[height * columns];
        for (int row = 0; row < height; row++) {
            for (int k = 0; k < rows; k++) {
                double weight = down[row][k];
                for (int column = 0; weight != 0 && column < columns; column++) {
                    rowsDone[row * columns + column] += (float) (weight * grey[k * columns + column]);
                }
            }
        }
        float[] resampled = new float[height * width];
        for (int column = 0; column < width; column++) {
            for (int k = 0; k < columns; k++) {
                double weight = across[column][k];
                for (int row = 0; weight != 0 && row < height; row++) {
                    resampled[row * width + column] += (float) (weight * rowsDone[row * columns + k]);
                }
            }
        }
        return resampled;
    }

    /** For each new pixel the share of each old one: a triangle as wide as the coarser of both grids, cut at the border. */
    private static double[][] weights(int here, int there) {
        double scale = (double) here / there;
        double reach = Math.max(1, scale);
        double[][] weights = new double[there][here];
        for (int i = 0; i < there; i++) {
            double centre = (i + 0.5) * scale - 0.5;
            double sum = 0;
            for (int k = Math.max(0, (int) Math.floor(centre - reach)); k < here && k <= centre + reach; k++) {
                weights[i][k] = Math.max(0, 1 - Math.abs(k - centre) / reach);
                sum += weights[i][k];
            }
            for (int k = 0; k < here; k++) {
                weights[i][k] /= sum;
            }
        }
        return weights;
    }

    private static byte[] tiled(InputSlice slice, int height, int width, int depth, Network network)
            throws IOException {
        int[] tops = starts(slice.rows(), height);
        int[] lefts = starts(slice.columns(), width);
        float least = Float.POSITIVE_INFINITY;
        for (float v : slice.grey()) {
            least = Math.min(least, v);
        }
        byte[] mask = new byte[slice.grey().length * depth];
        for (int t = 0; t < tops.length; t++) {
            for (int l = 0; l < lefts.length; l++) {
                float[] tile = new float[height * width];
                for (int i = 0; i < tile.length; i++) {
                    int row = tops[t] + i / width;
                    int column = lefts[l] + i % width;
                    boolean inside = row >= 0 && row < slice.rows() && column >= 0 && column < slice.columns();
                    tile[i] = inside ? slice.grey()[row * slice.columns() + column] : least;
                }
                byte[] part = network.segment(height, width, tile);
                for (int row = border(tops, t, height, slice.rows(), false);
                        row < border(tops, t, height, slice.rows(), true);
                        row++) {
                    int from = border(lefts, l, width, slice.columns(), false);
                    int to = border(lefts, l, width, slice.columns(), true);
                    System.arraycopy(
                            part,
                            ((row - tops[t]) * width + from - lefts[l]) * depth,
                            mask,
                            (row * slice.columns() + from) * depth,
                            (to - from) * depth);
                }
            }
        }
        return mask;
    }

    /** Where tiles begin: one in the middle of what is smaller, else as few as cover it, evenly spread. */
    private static int[] starts(int length, int tile) {
        int count = Math.max(1, Math.ceilDiv(length, tile));
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
            return end ? length : 0;
        }
        int low = Math.max(starts[i], starts[other]);
        int high = Math.min(starts[i], starts[other]) + tile;
        return (low + high) / 2;
    }
}
