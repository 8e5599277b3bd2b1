package dev.aorta.unet.train;

import dev.aorta.Shape;
import dev.aorta.data.Dataset;
import dev.aorta.data.Sampler;
import dev.aorta.unet.augment.Augmentation;
import dev.aorta.unet.augment.Window;
import dev.aorta.unet.imaging.RandomStream;
import dev.aorta.unet.model.InputScaling;
import java.io.IOException;
import java.util.Arrays;
import org.jspecify.annotations.Nullable;

/**
 * Square patches of slices, augmented, each cut anew in each epoch: a step on them costs as little as they are small, and a network
 * that is all convolutions then takes whole slices. Two in three have a random pixel of the foreground in their middle half, as far as
 * the slice goes, the others lie anywhere. An epoch has so many patches of each slice that their area is the slice's. Grey levels are scaled as those of
 * the whole slice are; what comes from outside is as dark as the darkest pixel.
 *
 * <p>Sample {@code e * perEpoch + i} is number i of epoch e, of slice i modulo the slices.
 */
final class PatchDataset implements Dataset {
    private static final double FOREGROUND = 2 / 3.0;
    private static final long PLACE = 3;
    /** Part of the heap that slices may take to be kept; more of them are read again for each patch. */
    private static final int HEAP_SHARE = 4;

    private final SliceDataset slices;
    private final int side;
    private final int height;
    private final int width;
    private final InputScaling scaling;
    private final Augmentation augmentation;
    private final long seed;
    private final int perEpoch;
    private final int size;
    private final @Nullable Slice[] kept;

    /** A scaled slice whose darkest pixel is 0. */
    private record Slice(float[] image, float[] label, float least, int[] foreground) {}

    /**
     * Patches of slices.
     *
     * @param side of a patch, pixels
     * @param centre side of the square in the middle of slices in which patches lie, pixels; 0 for all of a slice
     * @param epochs that can be read
     */
    PatchDataset(
            SliceDataset slices,
            int side,
            int centre,
            InputScaling scaling,
            Augmentation augmentation,
            long seed,
            int epochs) {
        this.slices = slices;
        this.side = side;
        this.scaling = scaling;
        this.augmentation = augmentation;
        this.seed = seed;
        long pixels = (long) slices.rows() * slices.columns();
        height = centre == 0 ? slices.rows() : centre;
        width = centre == 0 ? slices.columns() : centre;
        long cover = Math.max(1, Math.round((double) height * width / ((long) side * side)));
        perEpoch = Math.toIntExact(cover * slices.size());
        size = Math.multiplyExact(perEpoch, epochs);
        boolean fits =
                pixels * slices.size() * 2 * Float.BYTES <= Runtime.getRuntime().maxMemory() / HEAP_SHARE;
        kept = new Slice[fits ? slices.size() : 0];
    }

    /** Each patch of an epoch once, in an order drawn for it. */
    Sampler sampler() {
        return new Sampler() {
            @Override
            public int[] order(int all, long epoch) {
                int[] order = Sampler.shuffled(seed).order(perEpoch, epoch);
                int first = Math.toIntExact(epoch * perEpoch);
                return Arrays.stream(order).map(i -> first + i).toArray();
            }

            @Override
            public int count(int all) {
                return perEpoch;
            }
        };
    }

    @Override
    public int size() {
        return size;
    }

    @Override
    public Shape inputShape() {
        return Shape.of(side, side, 1);
    }

    @Override
    public Shape labelShape() {
        return Shape.of(side, side);
    }

    @Override
    public void read(int index, float[] input, float[] label) throws IOException {
        int epoch = index / perEpoch;
        int number = index % perEpoch;
        Slice slice = slice(number % slices.size());
        augmentation.apply(
                seed,
                epoch,
                number,
                slices.rows(),
                slices.columns(),
                slice.image,
                slice.label,
                window(new RandomStream(seed, epoch, number, PLACE), slice.foreground),
                input,
                label);
        for (int i = 0; i < input.length; i++) {
            input[i] += slice.least;
        }
    }

    private Window window(RandomStream random, int[] foreground) {
        if (foreground.length > 0 && random.chance(FOREGROUND)) {
            int pixel = foreground[random.below(foreground.length)];
            int row = pixel / slices.columns();
            int column = pixel % slices.columns();
            double quarter = side / 4.0;
            double x = column + random.uniform(-quarter, quarter);
            double y = row + random.uniform(-quarter, quarter);
            return new Window(
                    inside(x, slices.columns(), reach(width)), inside(y, slices.rows(), reach(height)), side, side);
        }
        return new Window(
                (slices.columns() - 1) / 2.0 + random.uniform(-reach(width), reach(width)),
                (slices.rows() - 1) / 2.0 + random.uniform(-reach(height), reach(height)),
                side,
                side);
    }

    private static double inside(double place, int extent, double reach) {
        double middle = (extent - 1) / 2.0;
        return Math.clamp(place, middle - reach, middle + reach);
    }

    /** How far from the middle of a slice the middle of a patch may lie along an axis so that the patch lies inside. */
    private double reach(int extent) {
        return Math.max(0, extent - side) / 2.0;
    }

    private Slice slice(int index) throws IOException {
        if (kept.length == 0) {
            return read(index);
        }
        Slice slice;
        synchronized (kept) {
            slice = kept[index];
        }
        if (slice == null) {
            slice = read(index);
            synchronized (kept) {
                kept[index] = slice;
            }
        }
        return slice;
    }

    private Slice read(int index) throws IOException {
        float[] image = new float[slices.inputShape().size()];
        float[] label = new float[image.length];
        slices.read(index, image, label);
        scaling.apply(image);
        float least = Float.POSITIVE_INFINITY;
        for (float v : image) {
            least = Math.min(least, v);
        }
        int[] foreground = new int[image.length];
        int count = 0;
        for (int i = 0; i < image.length; i++) {
            image[i] -= least;
            if (label[i] != 0) {
                foreground[count++] = i;
            }
        }
        return new Slice(image, label, least, Arrays.copyOf(foreground, count));
    }
}
