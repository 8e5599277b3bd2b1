package dev.aorta.unet.clinical;

import dev.aorta.unet.imaging.Contour;
import dev.aorta.unet.imaging.Contour.Point;
import java.util.ArrayList;
import java.util.List;

/** Closed curves in mm. */
final class Outline {
    /** Headings east, south, west, north. */
    private static final int[] DX = {1, 0, -1, 0};

    private static final int[] DY = {0, 1, 0, -1};

    private Outline() {}

    /**
     * The border of a region: the middles of the pixels' edges that part inside from outside, once around it.
     *
     * @param mask [rows, columns]; what is {@link Tracing#CAVITY} must be one region
     * @return in mm from the centre of the first pixel; empty where there is no region
     */
    static List<Point> of(byte[] mask, int rows, int columns, double rowSpacing, double columnSpacing) {
        int first = 0;
        while (first < mask.length && mask[first] != Tracing.CAVITY) {
            first++;
        }
        List<Point> points = new ArrayList<>();
        if (first == mask.length) {
            return points;
        }
        int startX = first % columns;
        int startY = first / columns;
        int x = startX; // corner (x, y) lies above and left of pixel (x, y); the region is to the right of the heading
        int y = startY;
        int heading = 0;
        do {
            points.add(new Point(
                    (x + DX[heading] / 2.0 - 0.5) * columnSpacing, (y + DY[heading] / 2.0 - 0.5) * rowSpacing));
            x += DX[heading];
            y += DY[heading];
            int right = (heading + 1) % 4;
            if (!inside(mask, rows, columns, x, y, heading, right)) {
                heading = right;
            } else if (inside(mask, rows, columns, x, y, heading, (heading + 3) % 4)) {
                heading = (heading + 3) % 4;
            }
        } while (x != startX || y != startY || heading != 0);
        return points;
    }

    /** Whether the pixel ahead of a corner, on one side of the heading, is inside. */
    private static boolean inside(byte[] mask, int rows, int columns, int x, int y, int heading, int side) {
        int column = x + (DX[heading] + DX[side] - 1) / 2;
        int row = y + (DY[heading] + DY[side] - 1) / 2;
        return row >= 0
                && row < rows
                && column >= 0
                && column < columns
                && mask[row * columns + column] == Tracing.CAVITY;
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
