package dev.aorta.unet.imaging;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;

/**
 * The borders of a class in a mask, as closed polygons along the edges of pixels: x to the right, y down, in pixels, (0, 0) the centre
 * of the first. Outer borders run clockwise on the screen and holes the other way, so that signed areas add up to that of the pixels.
 */
public final class MaskOutline {
    private MaskOutline() {}

    /**
     * The polygons, corners only, each without its first point at the end.
     *
     * @param mask [rows, columns]
     */
    public static List<Contour> of(int rows, int columns, byte[] mask, int wanted) {
        Map<Integer, List<Integer>> edges = new LinkedHashMap<>(); // from a corner to those that follow
        int width = columns + 1;
        for (int i = 0; i < mask.length; i++) {
            if (mask[i] == wanted) {
                int row = i / columns;
                int column = i % columns;
                int corner = row * width + column;
                edge(edges, row == 0 || mask[i - columns] != wanted, corner, corner + 1);
                edge(edges, column == columns - 1 || mask[i + 1] != wanted, corner + 1, corner + 1 + width);
                edge(edges, row == rows - 1 || mask[i + columns] != wanted, corner + 1 + width, corner + width);
                edge(edges, column == 0 || mask[i - 1] != wanted, corner + width, corner);
            }
        }
        List<Contour> outlines = new ArrayList<>();
        while (!edges.isEmpty()) {
            outlines.add(polygon(edges, width));
        }
        return outlines;
    }

    private static void edge(Map<Integer, List<Integer>> edges, boolean border, int from, int to) {
        if (border) {
            edges.computeIfAbsent(from, f -> new ArrayList<>(1)).add(to);
        }
    }

    private static Contour polygon(Map<Integer, List<Integer>> edges, int width) {
        int start = edges.keySet().iterator().next();
        List<Contour.Point> points = new ArrayList<>();
        int at = start;
        int before = 0;
        do {
            int next = take(edges, at, before);
            if (next - at != before) {
                int row = at / width;
                points.add(new Contour.Point(at % width - 0.5, row - 0.5));
            }
            before = next - at;
            at = next;
        } while (at != start);
        int last = edges.containsKey(start) ? 0 : before; // the first corner may lie on a straight line
        if (last != 0 && points.size() > 1 && sameLine(points, last, width)) {
            points.removeFirst();
        }
        return new Contour(points);
    }

    private static boolean sameLine(List<Contour.Point> points, int last, int width) {
        Contour.Point first = points.get(0);
        Contour.Point second = points.get(1);
        boolean across = Math.abs(last) != width;
        return across ? first.y() == second.y() : first.x() == second.x();
    }

    /** The edge that goes on from a corner; where two pixels meet there alone, the one that turns right stays with its pixel. */
    private static int take(Map<Integer, List<Integer>> edges, int at, int direction) {
        List<Integer> next = Objects.requireNonNull(edges.get(at));
        int chosen = 0;
        for (int i = 0; i < next.size() && next.size() > 1; i++) {
            if (isRight(direction, next.get(i) - at)) {
                chosen = i;
            }
        }
        int to = next.remove(chosen);
        if (next.isEmpty()) {
            edges.remove(at);
        }
        return to;
    }

    /** Whether the second step is the first one turned clockwise: right, down, left, up. */
    private static boolean isRight(int before, int after) {
        int down = Math.max(Math.abs(before), Math.abs(after));
        return before == 1 && after == down
                || before == down && after == -1
                || before == -1 && after == -down
                || before == -down && after == 1;
    }
}
