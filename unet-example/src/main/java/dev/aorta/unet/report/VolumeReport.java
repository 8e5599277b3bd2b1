package dev.aorta.unet.report;

import dev.aorta.unet.clinical.LeftVentricle;
import dev.aorta.unet.clinical.LeftVentricle.Measure;
import dev.aorta.unet.clinical.Tracing;
import dev.aorta.unet.clinical.VolumeResult;
import dev.aorta.unet.imaging.CineStack;
import dev.aorta.unet.imaging.Overlay;
import dev.aorta.unet.imaging.PlainText;
import dev.aorta.unet.imaging.Png;
import dev.aorta.unet.imaging.Pseudonyms;
import java.io.IOException;
import java.time.ZoneId;
import java.time.ZonedDateTime;
import java.time.format.DateTimeFormatter;
import java.util.LinkedHashMap;
import java.util.Locale;
import java.util.Map;
import java.util.SequencedMap;
import java.util.stream.Collectors;
import java.util.stream.IntStream;

/** The page of a patient's volumes: all that it shows is in the one file. */
public final class VolumeReport {
    /** Side of the part of a slice that is shown, in parts of its shorter side. */
    private static final double PART = 0.4;

    private VolumeReport() {}

    /**
     * The page.
     *
     * @param method how the contours were found
     * @param dicom whether a DICOM segmentation and report were written too
     */
    public static String page(VolumeResult result, Pseudonyms names, String method, boolean dicom) throws IOException {
        LeftVentricle v = result.ventricle();
        CineStack stack = v.tracing().stack();
        Map<String, String> parts = new LinkedHashMap<>();
        parts.put("patient", PlainText.html(result.patient()));
        parts.put(
                "written",
                DateTimeFormatter.ofPattern("d MMMM uuuu, HH:mm", Locale.ENGLISH)
                        .format(ZonedDateTime.now(ZoneId.systemDefault())));
        parts.put(
                "identity",
                names.keepsNames()
                        ? "The patient's own name and identifiers are kept (--keep-ids): hand this page on as you would a patient's file."
                        : "The patient is called by a pseudonym.");
        parts.put("ef", measure(v.ejection(), "%"));
        parts.put("edv", measure(v.edv(), "ml"));
        parts.put("esv", measure(v.esv(), "ml"));
        parts.put("sv", measure(v.stroke(), "ml"));
        parts.put("mass", measure(new Measure(v.mass(), Double.NaN), "g"));
        parts.put("curve", curve(v));
        parts.put(
                "motion",
                eye(
                        "Inward motion of the endocardium, % of its radius",
                        result.regions().motion(), 0, 60));
        parts.put("thickness", eye("Wall at end-diastole, mm", result.regions().thickness(), 0, 16));
        parts.put("slices", slices(v));
        parts.put("rows", rows(v));
        parts.put("method", Report.definitions(method(v, method, dicom)));
        parts.put(
                "notes",
                result.notes().stream()
                        .map(note -> "<li>" + PlainText.html(note) + "</li>")
                        .collect(Collectors.joining("\n", "", result.notes().isEmpty() ? "<li>none</li>" : "")));
        parts.put("count", Integer.toString(stack.slices()));
        parts.put("phases", Integer.toString(stack.phases()));
        return Report.fill("volumes.html", parts);
    }

    private static String measure(Measure m, String unit) {
        String deviation =
                Double.isFinite(m.deviation()) ? "<small> ± %s</small>".formatted(Report.number(m.deviation(), 1)) : "";
        return Double.isFinite(m.value())
                ? "%s%s <small>%s</small>".formatted(Report.number(m.value(), 1), deviation, unit)
                : "–";
    }

    private static String curve(LeftVentricle v) throws IOException {
        CineStack stack = v.tracing().stack();
        boolean timed = stack.times().length > 0;
        double[] x = timed
                ? stack.times()
                : IntStream.range(0, stack.phases()).asDoubleStream().toArray();
        return Report.chart(
                "Volume of the cavity over the beat",
                () -> Charts.beat(
                        timed ? "after the R wave, ms" : "phase", x, v.curve(), v.endDiastole(), v.endSystole()));
    }

    private static SequencedMap<String, String> method(LeftVentricle v, String method, boolean dicom) {
        SequencedMap<String, String> m = new LinkedHashMap<>();
        m.put("contours", method);
        m.put(
                "volume",
                "Summation of disks (Simpson's rule): Σ area · height. A slice is as high as half the way to each"
                        + " neighbour by their positions; papillary muscles count as cavity.");
        m.put(
                "phases",
                "End-diastole is the phase of the largest volume (%d), end-systole that of the smallest (%d), counted from 0."
                        .formatted(v.endDiastole(), v.endSystole()));
        m.put(
                "uncertainty",
                v.tracing().quartiles().length == 0
                        ? "Not known: masks and contours that are given say nothing of how sure they are."
                        : LeftVentricle.DEVIATIONS);
        m.put("mass", "Wall at end-diastole · 1.05 g/ml.");
        m.put(
                "segments",
                "Of the American Heart Association. Slices with a cavity at end-diastole, in thirds; the base is the end"
                        + " with the larger areas. Anterior is towards the patient's head and lateral to the left, both projected on"
                        + " the slices: not where the right ventricle joins.");
        m.put(
                "DICOM",
                dicom
                        ? "A segmentation (SEG) and a report (SR, TID 1500) lie beside this page."
                        : "No segmentation and no report: the pictures do not say what DICOM objects must refer to.");
        return m;
    }

    private static String slices(LeftVentricle v) throws IOException {
        StringBuilder html = new StringBuilder();
        for (int slice = 0; slice < v.heights().length; slice++) {
            html.append(figure(v, slice, v.endDiastole(), "end-diastole"));
            html.append(figure(v, slice, v.endSystole(), "end-systole"));
        }
        return html.toString();
    }

    private static String figure(LeftVentricle v, int slice, int phase, String name) throws IOException {
        Tracing tracing = v.tracing();
        CineStack stack = tracing.stack();
        byte[] mask = tracing.masks()[slice][phase];
        int side = (int) (PART * Math.min(stack.rows(), stack.columns()));
        int[] middle = middle(v);
        int top = Math.clamp(middle[0] - side / 2, 0, stack.rows() - side);
        int left = Math.clamp(middle[1] - side / 2, 0, stack.columns() - side);
        float[] grey = stack.pictures().grey(slice, phase);
        float[] part = new float[side * side];
        byte[] cavity = new byte[side * side];
        byte[] whole = new byte[side * side];
        for (int i = 0; i < part.length; i++) {
            int from = (top + i / side) * stack.columns() + left + i % side;
            part[i] = grey[from];
            cavity[i] = (byte) (mask != null && mask[from] == Tracing.CAVITY ? 1 : 0);
            whole[i] = (byte) (mask != null && mask[from] != 0 ? 1 : 0);
        }
        boolean wall = !Double.isNaN(tracing.myocardium()[slice][phase]);
        byte[] png = Overlay.png(side, side, part, wall ? whole : null, cavity);
        String area = mask == null ? "not traced" : Report.number(tracing.cavity()[slice][phase] / 100, 1) + " cm²";
        return """
                <figure><img src="%s" alt="Slice %d, %s"><figcaption><b>%d</b> %s, %s</figcaption></figure>
                """.formatted(Png.dataUri(png), slice, name, slice, name, area);
    }

    /** The middle of all cavities at end-diastole, (row, column). */
    private static int[] middle(LeftVentricle v) {
        CineStack stack = v.tracing().stack();
        long rows = 0;
        long columns = 0;
        long count = 0;
        for (byte[][] slice : v.tracing().masks()) {
            byte[] mask = slice[v.endDiastole()];
            for (int i = 0; mask != null && i < mask.length; i++) {
                if (mask[i] == Tracing.CAVITY) {
                    rows += i / stack.columns();
                    columns += i % stack.columns();
                    count++;
                }
            }
        }
        return count == 0
                ? new int[] {stack.rows() / 2, stack.columns() / 2}
                : new int[] {(int) (rows / count), (int) (columns / count)};
    }

    private static String rows(LeftVentricle v) {
        Tracing tracing = v.tracing();
        StringBuilder html = new StringBuilder();
        for (int slice = 0; slice < v.heights().length; slice++) {
            html.append("<tr><td>%d</td><td>%s</td><td>%s</td><td>%s</td><td>%s</td><td>%s</td></tr>%n"
                    .formatted(
                            slice,
                            Report.number(tracing.stack().places()[slice], 1),
                            Report.number(v.heights()[slice], 1),
                            Report.number(tracing.cavity()[slice][v.endDiastole()] / 100, 2),
                            Report.number(tracing.cavity()[slice][v.endSystole()] / 100, 2),
                            Report.number(tracing.myocardium()[slice][v.endDiastole()] / 100, 2)));
        }
        return html.toString();
    }

    /** Three rings of sectors, the base outside, anterior up and septal to the left; nothing where no value is known. */
    private static String eye(String title, double[] values, double low, double high) {
        if (IntStream.range(0, values.length).noneMatch(i -> Double.isFinite(values[i]))) {
            return "";
        }
        StringBuilder svg = new StringBuilder(
                "<figure><svg class=\"eye\" viewBox=\"-120 -120 240 240\" role=\"img\" aria-label=\"%s\">"
                        .formatted(title));
        int[] counts = {6, 6, 4};
        int segment = 0;
        for (int ring = 0; ring < counts.length; ring++) {
            for (int k = 0; k < counts[ring]; k++) {
                svg.append(sector(values[segment++], 100 - 30.0 * ring, counts[ring], k, low, high));
            }
        }
        return svg.append("<text y=\"-106\">anterior</text><text y=\"114\">inferior</text>")
                .append("<text transform=\"translate(-106 0) rotate(-90)\">septal</text>")
                .append("<text transform=\"translate(114 0) rotate(-90)\">lateral</text>")
                .append("<circle r=\"10\" class=\"apex\"/></svg><figcaption>")
                .append(title)
                .append("; base outside</figcaption></figure>")
                .toString();
    }

    private static String sector(double value, double radius, int count, int k, double low, double high) {
        double width = 2 * Math.PI / count;
        double from = Math.PI / 2 + (k - 0.5) * width;
        double inner = radius - 30;
        double share = Math.clamp((value - low) / (high - low), 0, 1);
        String colour = Double.isFinite(value)
                ? String.format(Locale.ROOT, "hsl(%.0f 70%% %.0f%%)", 40 + 160 * share, 88 - 38 * share)
                : "#f0f2f4";
        double middle = from + width / 2;
        return String.format(
                Locale.ROOT,
                "<path fill=\"%1$s\" d=\"M%2$s A%3$.0f %3$.0f 0 0 0 %4$s L%5$s A%6$.0f %6$.0f 0 0 1 %7$sZ\"/><text x=\"%8$.1f\" y=\"%9$.1f\">%10$s</text>",
                colour,
                point(radius, from),
                radius,
                point(radius, from + width),
                point(inner, from + width),
                inner,
                point(inner, from),
                (radius - 15) * Math.cos(middle),
                4 - (radius - 15) * Math.sin(middle),
                Report.number(value, 0));
    }

    private static String point(double radius, double angle) {
        return String.format(Locale.ROOT, "%.2f %.2f", radius * Math.cos(angle), -radius * Math.sin(angle));
    }
}
