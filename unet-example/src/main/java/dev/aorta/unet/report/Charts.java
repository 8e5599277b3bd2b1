package dev.aorta.unet.report;

import dev.aorta.train.EpochScores;
import dev.aorta.unet.train.SliceScore;
import java.awt.BasicStroke;
import java.awt.Color;
import java.awt.Font;
import java.awt.Graphics2D;
import java.awt.font.FontRenderContext;
import java.awt.font.TextLayout;
import java.awt.image.BufferedImage;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.math.BigDecimal;
import java.math.MathContext;
import java.util.List;
import java.util.Locale;
import java.util.SequencedMap;
import java.util.function.ToDoubleFunction;
import java.util.stream.IntStream;
import javax.imageio.ImageIO;
import javax.imageio.stream.ImageOutputStream;
import javax.imageio.stream.MemoryCacheImageOutputStream;
import org.jspecify.annotations.Nullable;
import org.knowm.xchart.CategoryChart;
import org.knowm.xchart.CategoryChartBuilder;
import org.knowm.xchart.XYChart;
import org.knowm.xchart.XYChartBuilder;
import org.knowm.xchart.XYSeries;
import org.knowm.xchart.internal.chartpart.Chart;
import org.knowm.xchart.style.AxesChartStyler;
import org.knowm.xchart.style.Styler;
import org.knowm.xchart.style.lines.SeriesLines;
import org.knowm.xchart.style.markers.Marker;
import org.knowm.xchart.style.markers.SeriesMarkers;

/** The charts of the report, as PNG files. */
final class Charts {
    static final int WIDTH = 560;
    static final int HEIGHT = 320;
    /** Pixels of the file for one of the page, so that phones and good screens show sharp letters. */
    private static final int SHARPNESS = 2;

    private static final Color INK = new Color(0x3B4652);
    private static final Color GRID = new Color(0xE6EAEE);
    private static final Color TRAIN = new Color(0x9AA7B4);
    private static final Color VALIDATION = new Color(0x0B6E99);
    private static final Color[] MANY = {
        new Color(0x0B6E99),
        new Color(0xD61FAE),
        new Color(0x00A82C),
        new Color(0xE0A100),
        new Color(0x7A4FD0),
        new Color(0xC8442E),
        new Color(0x3B4652),
        new Color(0x4FB3BF)
    };
    private static final int BINS = 50;

    private static final Font FONT = new Font(Font.SANS_SERIF, Font.PLAIN, 12);

    private Charts() {}

    /** Why no chart can be drawn here, and what to install; empty where they can. Java has no fonts of its own for the letters. */
    static String unusableBecause() {
        try {
            new TextLayout("0", FONT, new FontRenderContext(null, true, true));
            return "";
        } catch (RuntimeException | LinkageError | InternalError e) {
            return "Java finds no fonts on this machine (" + e.getMessage()
                    + "); install fontconfig and a font, for example with 'apt-get install fontconfig fonts-dejavu-core'"
                    + " or 'dnf install fontconfig dejavu-sans-fonts'";
        }
    }

    /** A score of training and validation against the epoch. */
    static byte[] curve(String title, List<EpochScores> epochs, String score) throws IOException {
        XYChart chart = new XYChartBuilder()
                .width(WIDTH)
                .height(HEIGHT)
                .xAxisTitle("epoch")
                .yAxisTitle(title)
                .build();
        Marker marker = epochs.size() <= 40 ? SeriesMarkers.CIRCLE : SeriesMarkers.NONE;
        addSeries(chart, marker, "training", epochs, e -> e.training().get(score));
        addSeries(chart, marker, "validation", epochs, e -> e.judged().get(score));
        chart.getStyler().setMarkerSize(5);
        chart.getStyler().setXAxisMin(0.5).setXAxisMax(epochs.getLast().epoch() + 0.5);
        chart.getStyler().setXAxisDecimalPattern("0");
        chart.getStyler().setYAxisMin(0.0);
        chart.getStyler().setYAxisTickLabelsFormattingFunction(Charts::label);
        style(chart.getStyler());
        return png(chart);
    }

    /** A score of the validation of several trainings against the epoch. */
    static byte[] overlay(String score, SequencedMap<String, List<EpochScores>> runs) throws IOException {
        XYChart chart = new XYChartBuilder()
                .width(WIDTH)
                .height(HEIGHT)
                .xAxisTitle("epoch")
                .yAxisTitle("validation " + score)
                .build();
        int number = 0;
        for (var run : runs.entrySet()) {
            XYSeries series = addSeries(
                    chart,
                    SeriesMarkers.NONE,
                    run.getKey(),
                    run.getValue(),
                    e -> e.judged().values().getOrDefault(score, Double.NaN));
            if (series != null) {
                series.setLineColor(MANY[number % MANY.length]);
                series.setLineStyle(isDashed(number) ? SeriesLines.DASH_DASH : SeriesLines.SOLID);
            }
            number++;
        }
        chart.getStyler().setXAxisDecimalPattern("0");
        chart.getStyler().setYAxisTickLabelsFormattingFunction(Charts::label);
        style(chart.getStyler());
        chart.getStyler().setLegendVisible(false); // it does not wrap: see key
        return png(chart);
    }

    private static boolean isDashed(int number) {
        return number / MANY.length % 2 == 1;
    }

    /** How the curve number {@code number} of {@link #overlay} is drawn, as a background in CSS. */
    static String key(int number) {
        String colour = "#%06x".formatted(MANY[number % MANY.length].getRGB() & 0xFFFFFF);
        return isDashed(number)
                ? "repeating-linear-gradient(90deg, %1$s 0 .35rem, transparent .35rem .52rem)".formatted(colour)
                : colour;
    }

    /** Lines by name, each of x and y. */
    static byte[] lines(String title, String xTitle, SequencedMap<String, double[][]> lines) throws IOException {
        XYChart chart = new XYChartBuilder()
                .width(WIDTH)
                .height(HEIGHT)
                .xAxisTitle(xTitle)
                .yAxisTitle(title)
                .build();
        lines.forEach((name, xy) -> {
            int[] known = IntStream.range(0, xy[0].length)
                    .filter(i -> Double.isFinite(xy[1][i]))
                    .toArray();
            if (known.length > 0) {
                chart.addSeries(name, pick(xy[0], known), pick(xy[1], known)).setMarker(SeriesMarkers.NONE);
            }
        });
        chart.getStyler().setXAxisTickLabelsFormattingFunction(Charts::label);
        chart.getStyler().setYAxisTickLabelsFormattingFunction(Charts::label);
        style(chart.getStyler());
        return png(chart);
    }

    /** The points that are numbers; XChart takes no others, and nothing is added where there is none. */
    private static @Nullable XYSeries addSeries(
            XYChart chart, Marker marker, String name, List<EpochScores> epochs, ToDoubleFunction<EpochScores> score) {
        List<EpochScores> finite = epochs.stream()
                .filter(e -> Double.isFinite(score.applyAsDouble(e)))
                .toList();
        double[] x = finite.stream().mapToDouble(EpochScores::epoch).toArray();
        double[] y = finite.stream().mapToDouble(score).toArray();
        if (x.length == 0) {
            return null;
        }
        XYSeries series = chart.addSeries(name, x, y);
        series.setMarker(marker);
        return series;
    }

    /**
     * A volume over the beat, with the phases of its largest and its smallest value.
     *
     * @param x times or numbers of the phases
     * @param volumes ml; those that are not known are left out
     */
    static byte[] beat(String xTitle, double[] x, double[] volumes, int endDiastole, int endSystole)
            throws IOException {
        XYChart chart = new XYChartBuilder()
                .width(WIDTH)
                .height(HEIGHT)
                .xAxisTitle(xTitle)
                .yAxisTitle("volume, ml")
                .build();
        int[] known = IntStream.range(0, x.length)
                .filter(i -> Double.isFinite(volumes[i]))
                .toArray();
        chart.addSeries("cavity", pick(x, known), pick(volumes, known)).setMarker(SeriesMarkers.CIRCLE);
        int[] ends = {endDiastole, endSystole};
        XYSeries marks = chart.addSeries("end-diastole and end-systole", pick(x, ends), pick(volumes, ends));
        marks.setXYSeriesRenderStyle(XYSeries.XYSeriesRenderStyle.Scatter);
        marks.setMarker(SeriesMarkers.DIAMOND);
        chart.getStyler().setMarkerSize(7);
        chart.getStyler().setXAxisTickLabelsFormattingFunction(Charts::label);
        chart.getStyler().setYAxisMin(0.0);
        chart.getStyler().setYAxisTickLabelsFormattingFunction(Charts::label);
        style(chart.getStyler());
        return png(chart);
    }

    private static double[] pick(double[] values, int[] indices) {
        return IntStream.of(indices).mapToDouble(i -> values[i]).toArray();
    }

    /** How many images have which Dice, in bins of 0.02. */
    static byte[] histogram(List<SliceScore> results) throws IOException {
        int[] counts = new int[BINS];
        for (SliceScore r : results) {
            counts[Math.min((int) (r.dice() * BINS), BINS - 1)]++;
        }
        int first = 0;
        while (first < BINS - 15 && counts[first] == 0) {
            first++;
        }
        List<String> names = IntStream.range(first, BINS)
                .mapToObj(i -> String.format(Locale.ROOT, "%.2f", (double) i / BINS))
                .toList();
        List<Integer> shown =
                IntStream.range(first, BINS).mapToObj(i -> counts[i]).toList();
        CategoryChart chart = new CategoryChartBuilder()
                .width(WIDTH)
                .height(HEIGHT)
                .xAxisTitle("dice of an image, from … to 0.02 more")
                .yAxisTitle("images")
                .build();
        chart.addSeries("validation", names, shown);
        chart.getStyler().setAvailableSpaceFill(0.92);
        chart.getStyler().setYAxisDecimalPattern("0");
        style(chart.getStyler());
        chart.getStyler().setLegendVisible(false);
        chart.getStyler().setSeriesColors(new Color[] {VALIDATION});
        return png(chart);
    }

    /** Three digits, and the 0 before the point that XChart leaves out. */
    static String label(double value) {
        return BigDecimal.valueOf(value)
                .round(new MathContext(3))
                .stripTrailingZeros()
                .toPlainString();
    }

    private static void style(AxesChartStyler s) {
        s.setBaseFont(FONT);
        s.setAxisTickLabelsFont(FONT);
        s.setAxisTitleFont(FONT.deriveFont(13f));
        s.setLegendFont(FONT.deriveFont(13f));
        s.setChartFontColor(INK);
        s.setAxisTickLabelsColor(INK);
        s.setChartBackgroundColor(Color.WHITE);
        s.setPlotBackgroundColor(Color.WHITE);
        s.setPlotBorderVisible(false);
        s.setPlotGridLinesColor(GRID);
        s.setPlotGridLinesStroke(new BasicStroke(1));
        s.setPlotGridVerticalLinesVisible(false);
        s.setAxisTickMarksColor(GRID);
        s.setLegendPosition(Styler.LegendPosition.OutsideS);
        s.setLegendLayout(Styler.LegendLayout.Horizontal);
        s.setLegendBorderColor(Color.WHITE);
        s.setSeriesColors(new Color[] {TRAIN, VALIDATION});
        s.setLocale(Locale.ROOT);
    }

    private static byte[] png(Chart<?, ?> chart) throws IOException {
        BufferedImage image = new BufferedImage(WIDTH * SHARPNESS, HEIGHT * SHARPNESS, BufferedImage.TYPE_INT_RGB);
        Graphics2D g = image.createGraphics();
        try {
            g.scale(SHARPNESS, SHARPNESS);
            chart.paint(g, WIDTH, HEIGHT);
        } finally {
            g.dispose();
        }
        ByteArrayOutputStream bytes = new ByteArrayOutputStream();
        // ImageIO makes a temporary file for a plain stream
        try (ImageOutputStream out = new MemoryCacheImageOutputStream(bytes)) {
            ImageIO.write(image, "png", out);
        }
        return bytes.toByteArray();
    }
}
