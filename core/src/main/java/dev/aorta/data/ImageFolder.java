package dev.aorta.data;

import dev.aorta.Shape;
import dev.aorta.io.FormatException;
import java.awt.Graphics2D;
import java.awt.RenderingHints;
import java.awt.image.BufferedImage;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.stream.Stream;
import javax.imageio.ImageIO;

/**
 * A folder with a folder of images for each class, {@code root/cat/1.jpg}: PNG, JPEG, GIF and BMP, read when they are asked for.
 * The label is the place of the class in {@link #classes()}. A program with a module descriptor needs {@code requires
 * java.desktop}.
 */
public final class ImageFolder implements Dataset {
    private record Item(Path file, int label) {}

    private final List<String> classes;
    private final List<Item> items = new ArrayList<>();
    private final int height;
    private final int width;
    private final int channels;

    /**
     * Lists the images.
     *
     * @param root with a folder for each class
     * @param height to which all are scaled
     * @param width to which all are scaled
     * @param channels 1 for grey, 3 for red, green and blue
     * @throws FormatException if there is no image
     */
    public ImageFolder(Path root, int height, int width, int channels) throws IOException {
        if (height < 1 || width < 1 || (channels != 1 && channels != 3)) {
            throw new IllegalArgumentException("[data] images of " + height + " x " + width + " pixels and " + channels
                    + " channels cannot be: there are 1 or 3 channels");
        }
        this.height = height;
        this.width = width;
        this.channels = channels;
        List<Path> folders = list(root).filter(Files::isDirectory).toList();
        classes = folders.stream().map(f -> f.getFileName().toString()).toList();
        for (int label = 0; label < folders.size(); label++) {
            for (Path file :
                    list(folders.get(label)).filter(ImageFolder::isImage).toList()) {
                items.add(new Item(file, label));
            }
        }
        if (items.isEmpty()) {
            throw new FormatException(
                    root + ": there is no folder with images (png, jpg, jpeg, gif, bmp) in it, one for each"
                            + " class; its folders are " + classes);
        }
    }

    private static Stream<Path> list(Path folder) throws IOException {
        try (Stream<Path> all = Files.list(folder)) {
            return all.sorted().toList().stream();
        }
    }

    private static boolean isImage(Path file) {
        return file.getFileName().toString().toLowerCase(Locale.ROOT).matches(".*\\.(png|jpe?g|gif|bmp)");
    }

    /** {@return names of the classes, sorted: the folders} */
    public List<String> classes() {
        return classes;
    }

    /**
     * {@return the file of a sample}
     *
     * @param index of the sample
     */
    public Path file(int index) {
        return items.get(index).file;
    }

    @Override
    public int size() {
        return items.size();
    }

    @Override
    public Shape inputShape() {
        return Shape.of(height, width, channels);
    }

    @Override
    public Shape labelShape() {
        return Shape.SCALAR;
    }

    /** Pixels from 0 to 1; grey is {@code 0.299 R + 0.587 G + 0.114 B}. */
    @Override
    public void read(int index, float[] input, float[] label) throws IOException {
        label[0] = items.get(index).label;
        int[] pixels = scaled(items.get(index).file).getRGB(0, 0, width, height, null, 0, width);
        for (int i = 0; i < pixels.length; i++) {
            int r = pixels[i] >> 16 & 0xff;
            int g = pixels[i] >> 8 & 0xff;
            int b = pixels[i] & 0xff;
            if (channels == 1) {
                input[i] = (0.299f * r + 0.587f * g + 0.114f * b) / 255;
            } else {
                input[3 * i] = r / 255f;
                input[3 * i + 1] = g / 255f;
                input[3 * i + 2] = b / 255f;
            }
        }
    }

    private BufferedImage scaled(Path file) throws IOException {
        BufferedImage image;
        try {
            image = ImageIO.read(file.toFile());
        } catch (IOException e) {
            throw new FormatException(file + ": " + e.getMessage(), e);
        }
        if (image == null) {
            throw new FormatException(file + ": is no image that Java reads");
        }
        BufferedImage scaled = new BufferedImage(width, height, BufferedImage.TYPE_INT_RGB);
        Graphics2D graphics = scaled.createGraphics();
        graphics.setRenderingHint(RenderingHints.KEY_INTERPOLATION, RenderingHints.VALUE_INTERPOLATION_BILINEAR);
        graphics.drawImage(image, 0, 0, width, height, null);
        graphics.dispose();
        return scaled;
    }
}
