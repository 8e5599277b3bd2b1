package dev.aorta.unet.train;

import dev.aorta.metric.Meter;
import dev.aorta.metric.SegmentationMeter;
import dev.aorta.train.Monitor;

/** How the application scores networks: the one place that knows. Tables, curves, JSON and the report go by the names. */
public final class Scoring {
    /** The best epoch is that of the highest validation dice. */
    public static final Monitor BEST = Monitor.highest("dice");

    private Scoring() {}

    /**
     * A new meter.
     *
     * @param classes background included
     */
    public static Meter meter(int classes) {
        return new SegmentationMeter(classes);
    }
}
