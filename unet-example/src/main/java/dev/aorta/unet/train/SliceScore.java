package dev.aorta.unet.train;

import java.io.IOException;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;

/**
 * How good a network is on one labelled slice, without the pictures.
 *
 * @param index of the slice in its file
 * @param name of the slice
 * @param dice hard Dice of class 1, smooth 1
 * @param expert pixels that the expert marked
 * @param network pixels that the network marked
 */
public record SliceScore(int index, String name, double dice, int expert, int network) {
    /** All slices of a data set, the best first; in memory is one slice at a time. */
    public static List<SliceScore> ranked(Segmenter segmenter, SliceDataset data) throws IOException {
        List<SliceScore> scores = new ArrayList<>();
        for (int i = 0; i < data.size(); i++) {
            SliceResult r = SliceResult.of(segmenter, data, i);
            scores.add(new SliceScore(
                    i, r.name(), r.dice(), SliceResult.area(r.slice().label()), SliceResult.area(r.mask())));
        }
        scores.sort(Comparator.comparingDouble(SliceScore::dice).reversed());
        return scores;
    }
}
