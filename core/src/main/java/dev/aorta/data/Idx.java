package dev.aorta.data;

import dev.aorta.Shape;
import dev.aorta.io.FormatException;
import dev.aorta.io.ReadBudget;
import java.io.IOException;
import java.io.InputStream;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;

/**
 * Files of the MNIST data set and its relatives: an array of any number of axes, also compressed by gzip.
 *
 * @see <a href="https://yann.lecun.com/exdb/mnist/">the format, at the end of the page</a>
 */
public final class Idx {
    private Idx() {}

    /**
     * Reads a file, such as {@code train-images-idx3-ubyte.gz}: numbers as they stand, pixels from 0 to 255.
     *
     * @param file also compressed by gzip
     * @return the numbers in the file's shape
     * @throws FormatException if the file breaks its format
     * @throws IOException if it cannot be read
     */
    public static Values read(Path file) throws IOException {
        byte[] bytes = bytes(file);
        if (bytes.length < 4 || bytes[0] != 0 || bytes[1] != 0) {
            throw new FormatException(file + ": does not begin with two zero bytes as an IDX file does");
        }
        int size = size(file, bytes[2]);
        int rank = bytes[3];
        int begin = 4 + 4 * rank;
        if (rank < 1 || bytes.length < begin) {
            throw new FormatException(file + ": " + rank + " axes do not fit; the file is cut off");
        }
        ByteBuffer in = ByteBuffer.wrap(bytes);
        int[] dims = new int[rank];
        for (int axis = 0; axis < rank; axis++) {
            dims[axis] = in.getInt(4 + 4 * axis);
        }
        Shape shape;
        try {
            shape = Shape.of(dims);
        } catch (IllegalArgumentException e) {
            throw new FormatException(file + ": " + e.getMessage(), e);
        }
        if ((long) shape.size() * size != bytes.length - begin) {
            throw new FormatException(file + ": " + shape + " takes " + (long) shape.size() * size + " bytes, and "
                    + (bytes.length - begin) + " follow the header; the file may be cut off");
        }
        float[] values = new float[shape.size()];
        for (int i = 0; i < values.length; i++) {
            int at = begin + i * size;
            values[i] = switch (bytes[2]) {
                case 0x08 -> Byte.toUnsignedInt(bytes[at]);
                case 0x09 -> bytes[at];
                case 0x0b -> in.getShort(at);
                case 0x0c -> in.getInt(at);
                case 0x0d -> in.getFloat(at);
                default -> (float) in.getDouble(at);
            };
        }
        return new Values(values, shape);
    }

    /**
     * {@return images with pixels from 0 to 1 as inputs (N, H, W, 1), and their classes as labels (N)}
     *
     * @param images file of images (N, H, W) with pixels from 0 to 255
     * @param labels file of classes (N)
     * @throws FormatException if a file breaks its format
     * @throws IOException if one cannot be read
     */
    public static InMemoryDataset images(Path images, Path labels) throws IOException {
        Values pixels = read(images);
        int[] dims = pixels.shape().dims();
        if (dims.length != 3) {
            throw new FormatException(images + ": " + pixels.shape() + " are no images (N, H, W)");
        }
        return new InMemoryDataset(pixels.times(1 / 255f).reshaped(dims[0], dims[1], dims[2], 1), read(labels));
    }

    private static int size(Path file, byte type) throws FormatException {
        return switch (type) {
            case 0x08, 0x09 -> 1;
            case 0x0b -> 2;
            case 0x0c, 0x0d -> 4;
            case 0x0e -> 8;
            default -> throw new FormatException(file + ": there is no type of numbers " + type + " in IDX files");
        };
    }

    private static byte[] bytes(Path file) throws IOException {
        try (InputStream in = Files.newInputStream(file)) {
            byte[] magic = in.readNBytes(2);
            if (magic.length < 2 || (magic[0] & 0xff | (magic[1] & 0xff) << 8) != InflatedInput.GZIP_MAGIC) {
                return Files.readAllBytes(file);
            }
        }
        try (InputStream in =
                new InflatedInput(Files.newInputStream(file), true, ReadBudget.expansionOf(Files.size(file)))) {
            return in.readAllBytes();
        }
    }
}
