package dev.aorta.unet.train;

import dev.aorta.metric.Confusion;
import dev.aorta.unet.imaging.LabelledSlice;
import java.io.IOException;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;

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

    /** All slices of a data set, the best first. */
    public static List<SliceResult> ranked(Segmenter segmenter, SliceDataset data) throws IOException {
        List<SliceResult> results = new ArrayList<>();
        for (int i = 0; i < data.size(); i++) {
            LabelledSlice slice = data.slice(i);
            byte[] mask = segmenter.segment(data.file() + ", record " + i, slice.rows(), slice.columns(), grey(slice));
            double dice = Confusion.of(floats(mask), floats(slice.label()), 0, mask.length, 1)
                    .dice(1);
            String name = slice.name().isEmpty() ? "record " + i : slice.name();
            results.add(new SliceResult(name, slice, mask, dice));
        }
        results.sort(Comparator.comparingDouble(SliceResult::dice).reversed());
        return results;
    }

    private static float[] grey(LabelledSlice slice) {
        float[] grey = new float[slice.image().length];
        for (int i = 0; i < grey.length; i++) {
            grey[i] = slice.image()[i];
        }
        return grey;
    }

    private static float[] floats(byte[] classes) {
        float[] f = new float[classes.length];
        for (int i = 0; i < f.length; i++) {
            f[i] = classes[i];
        }
        return f;
    }
}
