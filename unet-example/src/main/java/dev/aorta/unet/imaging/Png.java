package dev.aorta.unet.imaging;

import java.awt.image.BufferedImage;
import java.awt.image.IndexColorModel;
import java.awt.image.Raster;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Path;
import javax.imageio.ImageIO;
import javax.imageio.ImageReader;
import javax.imageio.stream.FileImageInputStream;
import javax.imageio.stream.MemoryCacheImageOutputStream;

/** PNG files: grey levels of 8 or 16 bits in and out, colour out. */
public final class Png {
    private static final int MAX_SIDE = 4096;

    /**
     * A grey-level picture.
     *
     * @param rows height in pixels
     * @param columns width in pixels
     * @param pixels [rows, columns] in row-major order
     */
    public record Grey(int rows, int columns, int[] pixels) {}

    private Png() {}

    /**
     * The picture in {@code file}: samples as stored, 0 … 255 or 0 … 65,535.
     *
     * @throws IOException if the file is no PNG, is not grey of 8 or 16 bits, or has a side over 4,096 pixels
     */
    public static Grey read(Path file) throws IOException {
        try (FileImageInputStream in = new FileImageInputStream(file.toFile())) {
            ImageReader reader = ImageIO.getImageReadersByFormatName("png").next();
            try {
                reader.setInput(in);
                int rows = reader.getHeight(0);
                int columns = reader.getWidth(0);
                if (rows > MAX_SIDE || columns > MAX_SIDE) {
                    throw new IOException(
                            "%d x %d pixels; sides over %d are not read".formatted(rows, columns, MAX_SIDE));
                }
                return grey(reader.read(0));
            } finally {
                reader.dispose();
            }
        } catch (IOException | RuntimeException e) {
            throw new IOException("%s: not a PNG file that can be read: %s".formatted(file, e.getMessage()), e);
        }
    }

    private static Grey grey(BufferedImage image) throws IOException {
        Raster raster = image.getRaster();
        if (raster.getNumBands() != 1 || image.getColorModel() instanceof IndexColorModel) {
            throw new IOException("a colour, palette or black-and-white image; only 8 and 16 bit grey are read");
        }
        int rows = image.getHeight();
        int columns = image.getWidth();
        return new Grey(rows, columns, raster.getSamples(0, 0, columns, rows, 0, new int[rows * columns]));
    }

    /** A PNG file of 8 bit grey, from {@code pixels} [rows, columns] in 0 … 255. */
    public static byte[] grey8(int rows, int columns, int[] pixels) {
        return encode(rows, columns, pixels, BufferedImage.TYPE_BYTE_GRAY, 0xFF);
    }

    /** A PNG file of 16 bit grey, from {@code pixels} [rows, columns] in 0 … 65,535. */
    public static byte[] grey16(int rows, int columns, int[] pixels) {
        return encode(rows, columns, pixels, BufferedImage.TYPE_USHORT_GRAY, 0xFFFF);
    }

    /** A PNG file of a label mask [rows, columns]: class 0 black, every other white. */
    public static byte[] mask(int rows, int columns, byte[] mask) {
        int[] pixels = new int[rows * columns];
        for (int i = 0; i < pixels.length; i++) {
            pixels[i] = mask[i] == 0 ? 0 : 255;
        }
        return grey8(rows, columns, pixels);
    }

    /** A PNG file of {@code pixels} [rows, columns], 0xRRGGBB each. */
    public static byte[] colour(int rows, int columns, int[] pixels) {
        BufferedImage image = new BufferedImage(columns, rows, BufferedImage.TYPE_INT_RGB);
        image.setRGB(0, 0, columns, rows, pixels, 0, columns);
        return encode(image);
    }

    private static byte[] encode(int rows, int columns, int[] pixels, int type, int max) {
        for (int pixel : pixels) {
            if (pixel < 0 || pixel > max) {
                throw new IllegalArgumentException("pixel value %d is not in 0 … %d".formatted(pixel, max));
            }
        }
        BufferedImage image = new BufferedImage(columns, rows, type);
        image.getRaster().setSamples(0, 0, columns, rows, 0, pixels);
        return encode(image);
    }

    private static byte[] encode(BufferedImage image) {
        ByteArrayOutputStream bytes = new ByteArrayOutputStream();
        try (MemoryCacheImageOutputStream out = new MemoryCacheImageOutputStream(bytes)) {
            ImageIO.write(image, "png", out);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        return bytes.toByteArray();
    }
}
