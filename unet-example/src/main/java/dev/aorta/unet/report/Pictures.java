package dev.aorta.unet.report;

import dev.aorta.unet.imaging.Overlay;
import dev.aorta.unet.imaging.PlainText;
import dev.aorta.unet.imaging.Png;
import dev.aorta.unet.train.SliceResult;
import java.util.List;
import java.util.Locale;

/** Slices with both contours: the heart enlarged, and the whole slice in the corner with the part that is shown. */
final class Pictures {
    /** Sides of the enlarged part and of the corner, in parts of the slice. */
    private static final double PART = 0.375;

    private static final double CORNER = 0.3;
    private static final int MOST = 3;

    private Pictures() {}

    /** The best, the middle or the worst of ranked results. */
    enum Rank {
        BEST,
        MEDIAN,
        WORST;

        /** At most three of the results, the best first. */
        <T> List<T> of(List<T> ranked) {
            int n = ranked.size();
            int k = Math.clamp(n / 3, 1, MOST);
            int from = switch (this) {
                case BEST -> 0;
                case MEDIAN -> (n - k) / 2;
                case WORST -> n - k;
            };
            return ranked.subList(from, from + k);
        }

        /** The word itself. */
        String title() {
            return name().charAt(0) + name().substring(1).toLowerCase(Locale.ROOT);
        }
    }

    /** A PNG file of the whole slice. */
    static byte[] png(SliceResult r) {
        return Overlay.png(
                r.slice().rows(), r.slice().columns(), r.grey(), r.slice().label(), r.mask());
    }

    /** A slice as HTML. */
    static String figure(SliceResult r, String id) {
        int rows = r.slice().rows();
        int columns = r.slice().columns();
        double side = PART * Math.min(rows, columns);
        double[] centre = centre(r);
        double x = Math.clamp(centre[0] - side / 2, 0, columns - side);
        double y = Math.clamp(centre[1] - side / 2, 0, rows - side);
        double corner = CORNER * side;
        return String.format(
                Locale.ROOT,
                """
                <figure>
                <svg viewBox="%1$.1f %2$.1f %3$.1f %3$.1f" role="img" aria-label="%4$s">
                <image id="%5$s" width="%6$d" height="%7$d" href="%8$s"/>
                <svg x="%9$.1f" y="%10$.1f" width="%11$.1f" height="%11$.1f" viewBox="0 0 %6$d %7$d">
                <use href="#%5$s"/><rect x="%1$.1f" y="%2$.1f" width="%3$.1f" height="%3$.1f" class="part"/>
                <rect width="%6$d" height="%7$d" class="frame"/>
                </svg>
                </svg>
                <figcaption><b>%12$.3f</b> %4$s</figcaption>
                </figure>
                """,
                x,
                y,
                side,
                PlainText.html(r.name()),
                id,
                columns,
                rows,
                Png.dataUri(png(r)),
                x + side - corner,
                y + side - corner,
                corner,
                r.dice());
    }

    /** Centre of mass of what the expert or the network marked, (x, y) in pixels; of the slice where there is nothing. */
    private static double[] centre(SliceResult r) {
        int columns = r.slice().columns();
        double sx = 0;
        double sy = 0;
        int count = 0;
        byte[] expert = r.slice().label();
        byte[] first = SliceResult.area(expert) > 0 ? expert : r.mask();
        for (int i = 0; i < first.length; i++) {
            if (first[i] != 0) {
                int row = i / columns;
                sx += i % columns + 0.5;
                sy += row + 0.5;
                count++;
            }
        }
        return count == 0
                ? new double[] {columns / 2.0, r.slice().rows() / 2.0}
                : new double[] {sx / count, sy / count};
    }
}
