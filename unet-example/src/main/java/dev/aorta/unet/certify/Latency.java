package dev.aorta.unet.certify;

import dev.aorta.io.FormatException;
import dev.aorta.io.Json;
import dev.aorta.unet.imaging.LabelledSlice;
import dev.aorta.unet.train.Segmenter;
import dev.aorta.unet.train.SliceDataset;
import java.io.IOException;
import java.lang.management.ManagementFactory;
import java.lang.management.MemoryPoolMXBean;
import java.lang.management.MemoryType;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.SequencedMap;

/**
 * How long a network takes.
 *
 * @param coldStart milliseconds to load it and get the first mask
 * @param milliseconds for each of the slices that were timed, after the first ones
 * @param peakMemory MiB
 */
record Latency(double coldStart, List<Double> milliseconds, double peakMemory) {
    private static final int WARM_UP = 10;
    private static final int TIMED = 200;

    /** Times masks of the slices, again from the first when there are no more. */
    static Latency measure(Segmenter segmenter, SliceDataset data, double coldStart) throws IOException {
        List<MemoryPoolMXBean> heap = ManagementFactory.getMemoryPoolMXBeans().stream()
                .filter(pool -> pool.getType() == MemoryType.HEAP)
                .toList();
        heap.forEach(MemoryPoolMXBean::resetPeakUsage);
        List<Double> milliseconds = new ArrayList<>();
        for (int i = -WARM_UP; i < TIMED; i++) {
            LabelledSlice slice = data.slice(Math.floorMod(i, data.size()));
            float[] grey = slice.image();
            long begin = System.nanoTime();
            segmenter.segment(slice.name(), slice.rows(), slice.columns(), grey);
            if (i >= 0) {
                milliseconds.add((System.nanoTime() - begin) / 1e6);
            }
        }
        double peak = heap.stream().mapToLong(p -> p.getPeakUsage().getUsed()).sum() / 1048576.0;
        return new Latency(coldStart, milliseconds, peak);
    }

    /** The time that {@code percent} of 100 slices do not exceed: the smallest such of those that were measured. */
    double percentile(int percent) {
        double[] sorted = milliseconds.stream().mapToDouble(Double::doubleValue).toArray();
        Arrays.sort(sorted);
        return sorted[Math.max((int) Math.ceil(percent / 100.0 * sorted.length) - 1, 0)];
    }

    double throughput() {
        return 1000
                * milliseconds.size()
                / milliseconds.stream().mapToDouble(Double::doubleValue).sum();
    }

    Json toJson() {
        SequencedMap<String, Object> m = new LinkedHashMap<>();
        m.put("cold_start_ms", coldStart);
        m.put("peak_memory_mb", peakMemory);
        m.put("milliseconds", milliseconds);
        return Json.of(m);
    }

    static Latency of(Json json) throws FormatException {
        double[] times = json.get("milliseconds").asDoubles();
        if (times.length == 0) {
            throw new FormatException("no slice was timed");
        }
        return new Latency(
                json.get("cold_start_ms").asDouble(),
                Arrays.stream(times).boxed().toList(),
                json.get("peak_memory_mb").asDouble());
    }
}
