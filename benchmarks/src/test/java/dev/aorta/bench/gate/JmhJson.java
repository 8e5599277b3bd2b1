package dev.aorta.bench.gate;

import dev.aorta.io.Json;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Random;

/** Writes results as JMH would, with noise from a seed. */
final class JmhJson {
    private final List<Json> results = new ArrayList<>();
    private final Random random;
    private final int forks;

    JmhJson(long seed, int forks) {
        this.random = new Random(seed);
        this.forks = forks;
    }

    /** A benchmark in ms/op, {@code noise} being the relative deviation of a fork. */
    JmhJson time(String name, double milliseconds, double noise) {
        return add(name, "avgt", "ms/op", milliseconds, noise, Map.of());
    }

    /** A benchmark in ms/op whose allocation was measured. */
    JmhJson time(String name, double milliseconds, double noise, double bytes) {
        Json allocation = metric("B/op", bytes, 0);
        return add(name, "avgt", "ms/op", milliseconds, noise, Map.of("gc.alloc.rate.norm", allocation));
    }

    JmhJson add(String name, String mode, String unit, double score, double noise, Map<String, Json> secondary) {
        results.add(Json.of(Map.of(
                "benchmark", name,
                "mode", mode,
                "params", Map.of("size", "32"),
                "primaryMetric", metric(unit, score, noise),
                "secondaryMetrics", secondary)));
        return this;
    }

    Path write(Path file) throws IOException {
        return Files.writeString(file, new Json.Arr(results).pretty());
    }

    /** Three iterations a fork, the last one disturbed. */
    private Json metric(String unit, double score, double noise) {
        List<List<Double>> raw = new ArrayList<>();
        for (int fork = 0; fork < forks; fork++) {
            double mean = score * (1 + noise * random.nextGaussian());
            raw.add(List.of(mean * (1 - noise / 10), mean, mean * 1.5));
        }
        return Json.of(Map.of("scoreUnit", unit, "score", score, "scoreError", "NaN", "rawData", raw));
    }
}
