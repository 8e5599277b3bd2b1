package dev.aorta.unet.imaging;

import dev.aorta.io.FormatException;
import dev.aorta.io.ReadBudget;
import java.awt.Color;
import java.awt.image.BufferedImage;
import java.awt.image.DataBuffer;
import java.awt.image.IndexColorModel;
import java.awt.image.Raster;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.Base64;
import javax.imageio.ImageIO;
import javax.imageio.ImageReader;
import javax.imageio.stream.MemoryCacheImageInputStream;
import javax.imageio.stream.MemoryCacheImageOutputStream;

/** Pictures: PNG files in and out, and the JPEG files that TFRecords hold. */
public final class Png {
    private static final int MAX_SIDE = 4096;
    private static final long MAX_BYTES = 256L << 20;

    /**
     * A grey-level picture.
     *
     * @param rows height in pixels
     * @param columns width in pixels
     * @param pixels [rows, columns] in row-major order: 0 … 255, or 0 … 65,535 where samples have 16 bits
     * @param stored how it stands in the file, for messages
     */
    public record Grey(int rows, int columns, int[] pixels, String stored) {}

    private Png() {}

    /**
     * The picture in {@code file}. Samples of fewer than 8 bits are scaled to 0 … 255; colours with equal channels count as grey,
     * be they stored as RGB or in a palette; transparency is ignored.
     *
     * @throws IOException if the file is no PNG, a chunk does not match its checksum, it shows colours, or has a side over 4,096
     *     pixels
     */
    public static Grey read(Path file) throws IOException {
        return read(file, false);
    }

    /**
     * The picture of a mask: as {@link #read(Path)}, but of a palette of colours the numbers of the colours, which is how drawing
     * programs store classes.
     *
     * @throws IOException as {@link #read(Path)}
     */
    public static Grey readMask(Path file) throws IOException {
        return read(file, true);
    }

    private static Grey read(Path file, boolean isMask) throws IOException {
        if (Files.size(file) > MAX_BYTES) {
            throw new IOException("%s: files over %d bytes are not read".formatted(file, MAX_BYTES));
        }
        try {
            return decode(Files.readAllBytes(file), isMask);
        } catch (FormatException e) {
            throw new FormatException("%s: not a PNG file that can be read: %s".formatted(file, e.getMessage()), e);
        }
    }

    /** Whether bytes begin as a PNG or a JPEG file does. */
    static boolean isPicture(byte[] bytes) {
        return isPng(bytes) || bytes.length > 3 && ByteBuffer.wrap(bytes).getInt() >>> 8 == 0xFFD8FF;
    }

    private static boolean isPng(byte[] bytes) {
        return bytes.length > Long.BYTES && ByteBuffer.wrap(bytes).getLong() == PngFile.SIGNATURE;
    }

    /**
     * The picture in the bytes of a PNG or JPEG file, as {@link #read(Path)}, or as {@link #readMask}.
     *
     * @throws FormatException if they cannot be read, or show colours
     */
    static Grey decode(byte[] bytes, boolean isMask) throws FormatException {
        boolean jpeg = isPicture(bytes) && !isPng(bytes);
        try {
            byte[] picture = jpeg ? bytes : PngFile.picture(bytes);
            ImageReader reader =
                    ImageIO.getImageReadersByFormatName(jpeg ? "jpeg" : "png").next();
            try {
                reader.setInput(new MemoryCacheImageInputStream(new ByteArrayInputStream(picture)), true, true);
                int rows = reader.getHeight(0);
                int columns = reader.getWidth(0);
                if (rows > MAX_SIDE || columns > MAX_SIDE) {
                    throw new FormatException(
                            "%d x %d pixels; sides over %d are not read".formatted(rows, columns, MAX_SIDE));
                }
                // samples as they are read, of four bands of up to 16 bits, and the grey levels
                ReadBudget.ofReading().take((2L * 4 + Integer.BYTES) * rows * columns, "a picture");
                return grey(reader.read(0), jpeg ? "JPEG, " : "", isMask);
            } finally {
                reader.dispose();
            }
        } catch (FormatException e) {
            throw e;
        } catch (IOException | RuntimeException e) {
            throw new FormatException(String.valueOf(e.getMessage()), e);
        }
    }

    private static Grey grey(BufferedImage image, String format, boolean isMask) throws FormatException {
        Raster raster = image.getRaster();
        int rows = image.getHeight();
        int columns = image.getWidth();
        int bits = image.getSampleModel().getSampleSize(0);
        int[] pixels = raster.getSamples(0, 0, columns, rows, 0, new int[rows * columns]);
        int bands = raster.getNumBands();
        if (image.getColorModel() instanceof IndexColorModel palette) {
            if (isMask && isColoured(palette)) {
                return new Grey(rows, columns, pixels, bits + " bit palette of colours");
            }
            return new Grey(rows, columns, pixels, format + looked(pixels, palette, bits));
        }
        for (int band = 1; band < bands && bands > 2; band++) {
            int[] other = band == 3 ? pixels : raster.getSamples(0, 0, columns, rows, band, new int[pixels.length]);
            if (!Arrays.equals(pixels, other)) {
                throw new FormatException("a colour image; only grey levels are read");
            }
        }
        String[] kinds = {
            "grey",
            "grey with alpha, which is ignored",
            "RGB of equal channels",
            "RGB of equal channels with alpha, which is ignored"
        };
        return new Grey(rows, columns, pixels, "%s%d bit %s".formatted(format, bits, kinds[bands - 1]));
    }

    private static boolean isColoured(IndexColorModel palette) {
        for (int i = 0; i < palette.getMapSize(); i++) {
            if (palette.getRed(i) != palette.getGreen(i) || palette.getRed(i) != palette.getBlue(i)) {
                return true;
            }
        }
        return false;
    }

    /** Replaces numbers of colours by their grey levels, and says what kind of picture that is. */
    private static String looked(int[] pixels, IndexColorModel palette, int bits) throws FormatException {
        boolean ramp = true;
        for (int i = 0; i < pixels.length; i++) {
            int rgb = palette.getRGB(pixels[i]);
            int grey = rgb & 0xFF;
            if ((rgb >> 8 & 0xFF) != grey || (rgb >> 16 & 0xFF) != grey) {
                throw new FormatException("a colour image; only grey levels are read");
            }
            ramp &= grey == pixels[i] * 255 / ((1 << bits) - 1);
            pixels[i] = grey;
        }
        return ramp && bits < 8
                ? "%d bit grey, scaled to 0 … 255".formatted(bits)
                : bits + " bit palette of grey levels";
    }

    /** A PNG file of 8 bit grey, from {@code pixels} [rows, columns] in 0 … 255. */
    public static byte[] grey8(int rows, int columns, int[] pixels) {
        return encode(rows, columns, pixels, BufferedImage.TYPE_BYTE_GRAY, 0xFF);
    }

    /** A PNG file of 16 bit grey, from {@code pixels} [rows, columns] in 0 … 65,535. */
    public static byte[] grey16(int rows, int columns, int[] pixels) {
        return encode(rows, columns, pixels, BufferedImage.TYPE_USHORT_GRAY, 0xFFFF);
    }

    /**
     * A PNG file of a mask of classes: of two black and white, of more a palette of colours whose numbers are the classes, as {@link
     * #readMask} reads it.
     *
     * @param mask [rows, columns], each below {@code classes}
     */
    public static byte[] mask(int rows, int columns, byte[] mask, int classes) {
        int[] pixels = new int[rows * columns];
        for (int i = 0; i < pixels.length; i++) {
            pixels[i] = mask[i] & 0xFF;
        }
        if (classes == 2) {
            return grey8(rows, columns, Arrays.stream(pixels).map(c -> 255 * c).toArray());
        }
        int[] colours = new int[classes];
        for (int c = 1; c < classes; c++) {
            colours[c] = Color.HSBtoRGB((c - 1f) / (classes - 1), 1, 1);
        }
        IndexColorModel palette = new IndexColorModel(Byte.SIZE, classes, colours, 0, false, -1, DataBuffer.TYPE_BYTE);
        BufferedImage image = new BufferedImage(columns, rows, BufferedImage.TYPE_BYTE_INDEXED, palette);
        image.getRaster().setSamples(0, 0, columns, rows, 0, pixels);
        return encode(image);
    }

    /** A PNG file of {@code pixels} [rows, columns], 0xRRGGBB each. */
    public static byte[] colour(int rows, int columns, int[] pixels) {
        BufferedImage image = new BufferedImage(columns, rows, BufferedImage.TYPE_INT_RGB);
        image.setRGB(0, 0, columns, rows, pixels, 0, columns);
        return encode(image);
    }

    /** A PNG file as the address of a picture in a page. */
    public static String dataUri(byte[] png) {
        return "data:image/png;base64," + Base64.getEncoder().encodeToString(png);
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
