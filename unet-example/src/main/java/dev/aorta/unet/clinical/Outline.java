package dev.aorta.unet.clinical;

import dev.aorta.unet.imaging.Contour;
import dev.aorta.unet.imaging.Contour.Point;
import dev.aorta.unet.imaging.MaskOutline;
import java.util.ArrayList;
import java.util.List;

/** Closed curves in mm. */
final class Outline {
    private Outline() {}

    /**
     * The border of a region: the middles of the pixels' edges that part inside from outside, once around it.
     *
     * @param mask [rows, columns]; what is {@link Tracing#CAVITY} must be one region
     * @return in mm from the centre of the first pixel; empty where there is no region
     */
    static List<Point> of(byte[] mask, int rows, int columns, double rowSpacing, double columnSpacing) {
        List<Contour> borders = MaskOutline.of(rows, columns, mask, Tracing.CAVITY);
        List<Point> points = new ArrayList<>();
        if (borders.isEmpty()) {
            return points;
        }
        List<Point> corners = borders.getFirst().points(); // the outer one, which the first pixel of all begins
        for (int corner = 0; corner < corners.size(); corner++) {
            Point a = corners.get(corner);
            Point b = corners.get((corner + 1) % corners.size());
            int edges = (int) distance(a, b);
            for (int i = 0; i < edges; i++) {
                double t = (i + 0.5) / edges;
                points.add(scaled(
                        new Point(a.x() + t * (b.x() - a.x()), a.y() + t * (b.y() - a.y())),
                        rowSpacing,
                        columnSpacing));
            }
        }
        return points;
    }

    /** A contour in mm, with points at most {@code step} mm apart. */
    static List<Point> of(Contour contour, double rowSpacing, double columnSpacing, double step) {
        List<Point> points = new ArrayList<>();
        Point a = scaled(contour.points().getLast(), rowSpacing, columnSpacing);
        for (Point corner : contour.points()) {
            Point b = scaled(corner, rowSpacing, columnSpacing);
            int parts = Math.max(1, (int) Math.ceil(distance(a, b) / step));
            for (int i = 1; i <= parts; i++) {
                double t = (double) i / parts;
                points.add(new Point(a.x() + t * (b.x() - a.x()), a.y() + t * (b.y() - a.y())));
            }
            a = b;
        }
        return points;
    }

    private static Point scaled(Point p, double rowSpacing, double columnSpacing) {
        return new Point(p.x() * columnSpacing, p.y() * rowSpacing);
    }

    private static double distance(Point a, Point b) {
        return Math.hypot(a.x() - b.x(), a.y() - b.y());
    }

    /** Distance of a point from the nearest place of a closed curve. */
    static double distance(Point p, List<Point> curve) {
        double least = Double.POSITIVE_INFINITY;
        Point a = curve.getLast();
        for (Point b : curve) {
            double dx = b.x() - a.x();
            double dy = b.y() - a.y();
            double length = dx * dx + dy * dy;
            double t = length == 0 ? 0 : Math.clamp(((p.x() - a.x()) * dx + (p.y() - a.y()) * dy) / length, 0.0, 1.0);
            least = Math.min(least, Math.hypot(p.x() - a.x() - t * dx, p.y() - a.y() - t * dy));
            a = b;
        }
        return least;
    }
}
