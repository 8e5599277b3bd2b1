package dev.aorta.unet.report;

import dev.aorta.unet.imaging.PlainText;
import java.io.IOException;
import java.util.List;
import java.util.SequencedMap;
import java.util.stream.Collectors;

/** Pages that need no other file. */
public final class Page {
    private Page() {}

    /**
     * A page.
     *
     * @param title as plain text
     * @param body as HTML
     */
    public static String of(String title, String body) throws IOException {
        return """
                <!DOCTYPE html>
                <html lang="en">
                <head>
                <meta charset="utf-8">
                <meta name="viewport" content="width=device-width, initial-scale=1">
                <title>%1$s</title>
                <style>
                %2$s</style>
                </head>
                <body>
                <h1>%1$s</h1>
                <p class="note">For research only. This is not a medical device: nothing on this page may be used to diagnose or to treat.</p>
                %3$s
                </body>
                </html>
                """.formatted(PlainText.html(title), Report.resource("page.css"), body);
    }

    /** A table of plain texts as HTML. */
    public static String table(List<String> heads, List<List<String>> rows) {
        String body = rows.stream().map(row -> row("td", row)).collect(Collectors.joining("\n"));
        return "<div class=\"scroll\"><table>\n<thead>%s</thead>\n<tbody>%s</tbody>\n</table></div>\n"
                .formatted(row("th", heads), body);
    }

    /**
     * A chart of lines, or where none can be drawn a note that says why.
     *
     * @param title of the chart, which stands along its vertical axis
     * @param xTitle of the horizontal axis
     * @param lines by name: x and y of their points; points that are no numbers are left out
     */
    public static String lines(String title, String xTitle, SequencedMap<String, double[][]> lines) throws IOException {
        return Report.chart(PlainText.html(title), () -> Charts.lines(title, xTitle, lines));
    }

    private static String row(String tag, List<String> cells) {
        return cells.stream()
                .map(cell -> "<%1$s>%2$s</%1$s>".formatted(tag, PlainText.html(cell)))
                .collect(Collectors.joining("", "<tr>", "</tr>"));
    }
}
