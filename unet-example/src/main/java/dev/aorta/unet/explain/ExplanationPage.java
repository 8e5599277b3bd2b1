package dev.aorta.unet.explain;

import dev.aorta.data.Values;
import dev.aorta.explain.Calibration;
import dev.aorta.unet.imaging.InputSlice;
import dev.aorta.unet.imaging.Overlay;
import dev.aorta.unet.imaging.PlainText;
import dev.aorta.unet.imaging.Png;
import dev.aorta.unet.report.Page;
import java.io.IOException;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.Locale;
import java.util.Map;
import java.util.SequencedMap;

/** A page of slices with their maps, and the calibration where experts' masks are known; all that it shows is in the one file. */
public final class ExplanationPage {
    private static final String INTRODUCTION = """
            <p class="soft">The network's contour is magenta, the expert's green. Red to yellow speaks for the mask, blue against it; each
            map is scaled to its own largest values. Maps show what the score depends on, not whether the contour is right.</p>
            """;

    private final StringBuilder body = new StringBuilder();
    private final Calibration calibration = new Calibration(10);
    private int labelled;

    /**
     * Adds a slice.
     *
     * @return its pictures, PNG files, by what they show
     */
    public SequencedMap<String, byte[]> add(InputSlice slice, Explainer.Explained e) {
        int rows = slice.rows();
        int columns = slice.columns();
        SequencedMap<String, byte[]> pictures = new LinkedHashMap<>();
        byte[] contours = Overlay.png(rows, columns, slice.grey(), slice.label(), e.mask());
        pictures.put("overlay", contours);
        body.append("<section>\n<h2>").append(html(slice.source())).append("</h2>\n<div class=\"maps\">\n");
        figure(contours, "Contour", "the mask that is explained");
        for (Map.Entry<Method, Values> entry : e.maps().entrySet()) {
            Method method = entry.getKey();
            float[] map = entry.getValue().array();
            float most = method == Method.UNCERTAINTY ? 1 : large(map);
            byte[] png = Overlay.heat(rows, columns, slice.grey(), map, most, e.mask());
            pictures.put(method.toString(), png);
            String gap = method == Method.INTEGRATED && Double.isFinite(e.gap())
                    ? String.format(Locale.ROOT, "; the sum misses the score's change by %.1f %%", 100 * e.gap())
                    : "";
            figure(png, method.title(), method.meaning() + gap);
        }
        body.append("</div>\n");
        if (e.empty()) {
            body.append(
                    "<p class=\"note\">No pixel is of the class: the maps explain its score summed over all pixels.</p>\n");
        }
        body.append("</section>\n");
        if (slice.label() != null) {
            int[] labels = new int[slice.label().length];
            for (int i = 0; i < labels.length; i++) {
                labels[i] = slice.label()[i];
            }
            calibration.add(e.probabilities(), labels);
            labelled++;
        }
        return pictures;
    }

    /** The 99.5th percentile of the absolute values, which is where colours end; above 0. */
    private static float large(float[] map) {
        float[] sizes = map.clone();
        for (int i = 0; i < sizes.length; i++) {
            sizes[i] = Math.abs(sizes[i]);
        }
        Arrays.sort(sizes);
        return Math.max(sizes[(int) (0.995 * (sizes.length - 1))], Float.MIN_NORMAL);
    }

    private void figure(byte[] png, String title, String meaning) {
        body.append("<figure><img src=\"%s\" alt=\"%s\"><figcaption><b>%s</b> %s</figcaption></figure>%n"
                .formatted(Png.dataUri(png), html(title + ": " + meaning), html(title), html(meaning)));
    }

    /** How many slices have an expert's mask, from which the calibration is known. */
    public int labelled() {
        return labelled;
    }

    /** The confidence of pixels against what is right. */
    public Calibration calibration() {
        return calibration;
    }

    /** The whole page. */
    public String html() throws IOException {
        return Page.of("What the network looked at", INTRODUCTION + body + (labelled == 0 ? "" : reliability()));
    }

    private String reliability() {
        StringBuilder line = new StringBuilder();
        StringBuilder table = new StringBuilder();
        for (Calibration.Point p : calibration.curve()) {
            line.append(String.format(Locale.ROOT, "%.1f,%.1f ", 100 * p.confidence(), 100 - 100 * p.accuracy()));
            table.append(String.format(
                    Locale.ROOT,
                    "<tr><td>%.3f</td><td>%.3f</td><td>%,d</td></tr>%n",
                    p.confidence(),
                    p.accuracy(),
                    p.count()));
        }
        return String.format(Locale.ROOT, """
                <section>
                <h2>Calibration</h2>
                <p>Confidence of the pixels of %d slices with an expert's mask, and the part that was right. The expected calibration error
                is <b>%.4f</b>; on the diagonal, probabilities are what they say.</p>
                <svg width="320" viewBox="45 -3 60 65" role="img" aria-label="Part that is right against confidence">
                <rect x="50" y="0" width="50" height="50" fill="none" stroke="#e3e8ed" stroke-width=".4"/>
                <path d="M50 50 100 0" stroke="#9aa5b1" stroke-width=".4" stroke-dasharray="1.5"/>
                <polyline points="%s" fill="none" stroke="#0b6e99" stroke-width=".8"/>
                <g font-size="3" fill="#5a6775"><text x="50" y="54">0.5</text><text x="96" y="54">1</text>
                <text x="65" y="58">confidence</text><text x="45.5" y="51">0.5</text><text x="47.5" y="1">1</text></g>
                </svg>
                <table><thead><tr><th>confidence</th><th>right</th><th>pixels</th></tr></thead><tbody>
                %s</tbody></table>
                </section>
                """, labelled, calibration.error(), line, table);
    }

    private static String html(String text) {
        return PlainText.html(PlainText.line(text));
    }
}
