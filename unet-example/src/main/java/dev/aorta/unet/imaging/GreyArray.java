package dev.aorta.unet.imaging;

import dev.aorta.data.Npy;
import dev.aorta.data.Values;
import dev.aorta.io.FormatException;
import dev.aorta.io.ReadBudget;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;

/**
 * Slices in a NumPy file.
 *
 * @param slices number of them
 * @param rows height of a slice, pixels
 * @param columns width of a slice, pixels
 * @param values grey levels, (slices, rows, columns)
 */
public record GreyArray(int slices, int rows, int columns, float[] values) {
    private static final int MAX_SIDE = 4096;
    private static final byte[] MAGIC = {(byte) 0x93, 'N', 'U', 'M', 'P', 'Y'};

    /** Whether bytes begin as a NumPy file does. */
    static boolean isNpy(byte[] head) {
        return head.length > MAGIC.length && Arrays.equals(MAGIC, 0, MAGIC.length, head, 0, MAGIC.length);
    }

    /**
     * Reads an array (rows, columns) or (slices, rows, columns), or one of these with a last axis of 1.
     *
     * @throws FormatException if it has other axes or numbers, is damaged, or one is no grey level
     */
    public static GreyArray read(Path file) throws IOException {
        ReadBudget.ofReading().take(Files.size(file) + Float.BYTES * Files.size(file), "an array"); // of bytes at least
        Values array = Npy.read(file);
        int[] dims = array.shape().dims();
        int rank = dims.length > 2 && dims[dims.length - 1] == 1 ? dims.length - 1 : dims.length;
        boolean slices = rank == 3;
        if (rank != 2 && !(slices && dims[0] > 0)
                || Arrays.stream(dims, rank - 2, rank).anyMatch(d -> d < 1 || d > MAX_SIDE)) {
            throw new FormatException(
                    "%s: an array of shape %s; (rows, columns) or (slices, rows, columns) with sides of 1 to %d are read"
                            .formatted(file, Arrays.toString(dims), MAX_SIDE));
        }
        float[] values = array.array();
        for (int i = 0; i < values.length; i++) {
            if (!Float.isFinite(values[i])) {
                throw new FormatException("%s: element %d is %s, which is no grey level".formatted(file, i, values[i]));
            }
        }
        return new GreyArray(slices ? dims[0] : 1, dims[rank - 2], dims[rank - 1], values);
    }

    /** Grey levels of a slice, (rows, columns). */
    float[] slice(int index) {
        return Arrays.copyOfRange(values, index * rows * columns, (index + 1) * rows * columns);
    }
}
