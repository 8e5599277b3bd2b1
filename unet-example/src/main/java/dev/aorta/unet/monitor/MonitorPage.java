package dev.aorta.unet.monitor;

import dev.aorta.unet.report.Page;
import java.io.IOException;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.SequencedMap;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;

/** Windows as a page. */
public final class MonitorPage {
    private static final int MOST_REASONS = 3;

    private MonitorPage() {}

    /**
     * The page.
     *
     * @param windows at least one
     */
    public static String of(Monitor monitor, List<Monitor.Window> windows) throws IOException {
        Monitor.Window last = windows.getLast();
        StringBuilder body = new StringBuilder(figures(monitor, last));
        body.append("<h2>Why</h2>\n");
        if (last.reasons().isEmpty()) {
            body.append("<p>No test shows a difference from the images on which the model was validated.</p>\n");
        } else {
            body.append(Page.table(
                    List.of("what has shifted"),
                    last.reasons().stream().map(List::of).toList()));
        }
        if (windows.size() > 1) {
            body.append("<h2>Window by window</h2>\n<p class=\"soft\">Means.</p>\n<div class=\"charts\">\n");
            for (Feature f : Feature.values()) {
                if (windows.stream().anyMatch(w -> w.means().containsKey(f))) {
                    body.append(overWindows(monitor, windows, f));
                }
            }
            body.append("</div>\n").append(table(windows));
        }
        body.append("<h2>Images of the last window beside those of the reference</h2>\n<p class=\"soft\">Part of the"
                + " images that are not above a value.</p>\n<div class=\"charts\">\n");
        for (Feature f : last.means().keySet()) {
            body.append(distributions(monitor.reference().images(), last.images(), f));
        }
        body.append("</div>\n<h2>All tests of the last window</h2>\n")
                .append(Page.table(List.of("feature", "test", "statistic", "p", "p of all together"), tests(last)))
                .append(String.format(
                        Locale.ROOT,
                        "<p class=\"soft\">p values by %,d permutations of window and reference together, patients as a whole;"
                                + " by the method of Westfall and Young for all tests of a window. A window in which nothing has shifted is said"
                                + " to have with a probability of at most %s.</p>%n",
                        monitor.permutations(),
                        monitor.alpha()));
        return Page.of("Is the model still seeing what it was validated on?", body.toString());
    }

    private static String figures(Monitor monitor, Monitor.Window last) {
        return "<div class=\"figures\">\n"
                + figure(" class=\"first\"", last.verdict().toString(), "window " + last.number())
                + figure(
                        "",
                        number(last.means().get(Feature.ESTIMATED_DICE)),
                        dice("estimated", monitor, Feature.ESTIMATED_DICE))
                + figure("", number(last.means().get(Feature.DICE)), dice("measured", monitor, Feature.DICE))
                + figure("", Integer.toString(last.images().size()), "images, of " + last.patients() + " patients")
                + "</div>\n";
    }

    private static String dice(String how, Monitor monitor, Feature f) {
        return "Dice, " + how + "; reference " + number(monitor.referenceMean(f));
    }

    private static String figure(String style, String value, String what) {
        return "<div%s><strong>%s</strong><span>%s</span></div>%n".formatted(style, value, what);
    }

    private static String number(@Nullable Double value) {
        return value == null || value.isNaN() ? "–" : String.format(Locale.ROOT, "%.4g", value);
    }

    private static String overWindows(Monitor monitor, List<Monitor.Window> windows, Feature f) throws IOException {
        double[] x = windows.stream().mapToDouble(Monitor.Window::number).toArray();
        double[] reference = new double[x.length];
        Arrays.fill(reference, monitor.referenceMean(f));
        double[] means = windows.stream()
                .mapToDouble(w -> w.means().getOrDefault(f, Double.NaN))
                .toArray();
        SequencedMap<String, double[][]> lines = new LinkedHashMap<>();
        lines.put("reference", new double[][] {x, reference});
        lines.put("windows", new double[][] {x, means});
        return Page.lines(f.toString(), "window", lines);
    }

    private static String distributions(List<Observation> reference, List<Observation> window, Feature f)
            throws IOException {
        SequencedMap<String, double[][]> lines = new LinkedHashMap<>();
        lines.put("reference", distribution(reference, f));
        lines.put("window", distribution(window, f));
        return Page.lines("images", f.toString(), lines);
    }

    /** The empirical distribution function as corners of its steps. */
    private static double[][] distribution(List<Observation> images, Feature f) {
        double[] sorted = images.stream()
                .mapToDouble(o -> o.value(f))
                .filter(v -> !Double.isNaN(v))
                .sorted()
                .toArray();
        int n = sorted.length;
        return new double[][] {
            IntStream.range(0, 2 * n).mapToDouble(i -> sorted[i / 2]).toArray(),
            IntStream.range(0, 2 * n)
                    .mapToDouble(i -> Math.ceilDiv(i, 2) / (double) n)
                    .toArray()
        };
    }

    private static String table(List<Monitor.Window> windows) {
        return Page.table(
                List.of("window", "verdict", "images", "estimated Dice", "measured Dice", "reasons"),
                windows.stream()
                        .map(w -> List.of(
                                Integer.toString(w.number()),
                                w.verdict().toString(),
                                Integer.toString(w.images().size()),
                                number(w.means().get(Feature.ESTIMATED_DICE)),
                                number(w.means().get(Feature.DICE)),
                                String.join(
                                        "; ",
                                        w.reasons().stream().limit(MOST_REASONS).toList())))
                        .toList());
    }

    private static List<List<String>> tests(Monitor.Window window) {
        return window.drifts().stream()
                .map(d -> List.of(
                        d.feature(),
                        d.test(),
                        String.format(Locale.ROOT, "%.3g", d.statistic()),
                        String.format(Locale.ROOT, "%.2g", d.p()),
                        String.format(Locale.ROOT, "%.2g", d.adjusted())))
                .toList();
    }
}
