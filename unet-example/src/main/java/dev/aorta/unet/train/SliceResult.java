package dev.aorta.unet.train;

import dev.aorta.metric.Confusion;
import dev.aorta.unet.imaging.LabelledSlice;
import java.io.IOException;

/**
 * What a network makes of one labelled slice.
 *
 * @param name of the slice, or the number of its record, counted from 0, in files that name none
 * @param slice image and expert's mask
 * @param mask the network's, (rows, columns)
 * @param dice hard Dice of class 1, smooth 1
 */
public record SliceResult(String name, LabelledSlice slice, byte[] mask, double dice) {
    /** The grey levels as float32. */
    public float[] grey() {
        return grey(slice);
    }

    /** One slice of a data set. */
    public static SliceResult of(Segmenter segmenter, SliceDataset data, int index) throws IOException {
        LabelledSlice slice = data.slice(index);
        byte[] mask = segmenter.segment(data.file() + ", record " + index, slice.rows(), slice.columns(), grey(slice));
        return new SliceResult(name(slice, index), slice, mask, dice(mask, slice.label()));
    }

    /** What a slice is called. */
    public static String name(LabelledSlice slice, int index) {
        return slice.name().isEmpty() ? "record " + index : slice.name();
    }

    /** Hard Dice of class 1, smooth 1. */
    public static double dice(byte[] mask, byte[] expert) {
        return Confusion.of(floats(mask), floats(expert), 0, mask.length, 1).dice(1);
    }

    /** Pixels of a mask that are not background. */
    public static int area(byte[] mask) {
        int count = 0;
        for (byte b : mask) {
            count += b == 0 ? 0 : 1;
        }
        return count;
    }

    /** The grey levels of a slice as float32. */
    public static float[] grey(LabelledSlice slice) {
        float[] grey = new float[slice.image().length];
        for (int i = 0; i < grey.length; i++) {
            grey[i] = slice.image()[i];
        }
        return grey;
    }

    static float[] floats(byte[] classes) {
        float[] f = new float[classes.length];
        for (int i = 0; i < f.length; i++) {
            f[i] = classes[i];
        }
        return f;
    }
}
