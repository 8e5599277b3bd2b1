package dev.aorta.unet.monitor;

import dev.aorta.serve.Metrics;

/** A window as Prometheus reads it. */
public final class Gauges {
    private static final int DIGITS = 12;

    private Gauges() {}

    /** Shows a window in the place of the one before it. */
    public static void show(Metrics metrics, Monitor monitor, Monitor.Window window) {
        String model = monitor.reference().model().substring(0, DIGITS);
        gauge(metrics, "window", "Number of the last full window", window.number(), model);
        gauge(metrics, "window_images", "Images of the window", window.images().size(), model);
        gauge(metrics, "verdict", "0 fine, 1 watch, 2 retrain", window.verdict().ordinal(), model);
        window.means().forEach((f, mean) -> {
            gauge(metrics, "mean", "Mean of a feature in the window", mean, model, "feature", f.toString());
            gauge(
                    metrics,
                    "reference_mean",
                    "Mean of a feature in the reference",
                    monitor.referenceMean(f),
                    model,
                    "feature",
                    f.toString());
        });
        for (Drift d : window.drifts()) {
            String[] labels = {"feature", d.feature(), "test", d.test()};
            gauge(metrics, "statistic", "Difference from the reference", d.statistic(), model, labels);
            gauge(
                    metrics,
                    "p_value",
                    "p of the difference, for all tests of the window together",
                    d.adjusted(),
                    model,
                    labels);
        }
    }

    private static void gauge(Metrics metrics, String name, String help, double value, String model, String... more) {
        String[] labels = new String[more.length + 2];
        labels[0] = "model_sha256";
        labels[1] = model;
        System.arraycopy(more, 0, labels, 2, more.length);
        metrics.gauge("aorta_monitor_" + name, help, () -> value, labels);
    }
}
