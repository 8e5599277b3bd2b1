package dev.aorta.jmhgate;

import com.google.gson.Gson;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Random;

/** Writes results as JMH would, with noise from a seed. */
final class JmhJson {
    private final List<Map<String, Object>> results = new ArrayList<>();
    private final Random random;
    private final int forks;
    private String jdk = "25";

    JmhJson(long seed, int forks) {
        this.random = new Random(seed);
        this.forks = forks;
    }

    /** What is added from now on ran on this JDK. */
    JmhJson jdk(String version) {
        jdk = version;
        return this;
    }

    /** A benchmark in ms/op, {@code noise} being the relative deviation of a fork. */
    JmhJson time(String name, double milliseconds, double noise) {
        return add(name, "avgt", "ms/op", milliseconds, noise, Map.of());
    }

    /** A benchmark in ms/op whose allocation was measured. */
    JmhJson time(String name, double milliseconds, double noise, double bytes) {
        return add(name, "avgt", "ms/op", milliseconds, noise, Map.of("gc.alloc.rate.norm", metric("B/op", bytes, 0)));
    }

    JmhJson add(String name, String mode, String unit, double score, double noise, Map<String, Object> secondary) {
        results.add(Map.of(
                "benchmark",
                name,
                "mode",
                mode,
                "params",
                Map.of("size", "32"),
                "vmName",
                "VM",
                "jdkVersion",
                jdk,
                "primaryMetric",
                metric(unit, score, noise),
                "secondaryMetrics",
                secondary));
        return this;
    }

    Path write(Path file) throws IOException {
        return Files.writeString(file, new Gson().toJson(results));
    }

    /** Three iterations a fork, the last one disturbed. */
    private Map<String, Object> metric(String unit, double score, double noise) {
        List<List<Double>> raw = new ArrayList<>();
        for (int fork = 0; fork < forks; fork++) {
            double mean = score * (1 + noise * random.nextGaussian());
            raw.add(List.of(mean * (1 - noise / 10), mean, mean * 1.5));
        }
        return Map.of("scoreUnit", unit, "score", score, "scoreError", "NaN", "rawData", raw);
    }
}
