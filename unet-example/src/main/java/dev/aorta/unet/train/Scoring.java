package dev.aorta.unet.train;

import dev.aorta.metric.Meter;
import dev.aorta.metric.SegmentationMeter;
import dev.aorta.train.Monitor;
import dev.aorta.unet.imaging.Fit;
import dev.aorta.unet.imaging.LabelledSlice;
import java.io.IOException;
import java.util.SequencedMap;

/** How the application scores networks: the one place that knows. Tables, curves, JSON and the report go by the names. */
public final class Scoring {
    /** The best epoch is that of the highest validation dice. */
    public static final Monitor BEST = Monitor.highest("dice");

    private Scoring() {}

    /**
     * The scores of masks, each in its slice's own pixels, without a loss.
     *
     * @param fit how slices, which may have any size, are brought to the pixels that the network knows
     */
    public static SequencedMap<String, Double> scores(Segmenter segmenter, SliceDataset slices, Fit fit)
            throws IOException {
        SegmentationMeter meter = new SegmentationMeter(segmenter.config().classes());
        for (int i = 0; i < slices.size(); i++) {
            LabelledSlice slice = slices.classified(i);
            byte[] mask = segmenter.segment(slice.toSegment(slices.where(i)), fit);
            meter.add(SliceResult.floats(mask), SliceResult.floats(slice.label()));
        }
        return meter.scores();
    }

    /**
     * A new meter.
     *
     * @param classes background included
     */
    public static Meter meter(int classes) {
        return new SegmentationMeter(classes);
    }
}
