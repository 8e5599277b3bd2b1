package dev.aorta;

import dev.aorta.backend.Placement;
import dev.aorta.op.Concat;
import dev.aorta.op.Crop;
import java.util.ArrayList;
import java.util.List;

/** Shape rules of the operations that move blocks of images. */
final class Layout {
    private Layout() {}

    static Concat concat(int axis, List<Shape> parts) {
        if (parts.isEmpty() || axis < 1 || axis > 3) {
            throw new ShapeException(
                    "concat", "needs at least one image and axis 1 (rows), 2 (columns) or 3 (channels)");
        }
        Shape first = parts.getFirst();
        long extent = 0;
        for (Shape p : parts) {
            if (p.rank() != 4 || first.rank() != 4 || !p.with(axis, 1).equals(first.with(axis, 1))) {
                throw new ShapeException(
                        "concat", "images (N, H, W, C) must agree on all axes but axis " + axis + ", got " + parts);
            }
            extent += p.dim(axis);
        }
        if (extent > Integer.MAX_VALUE) {
            throw new ShapeException("concat", "axis " + axis + " would have " + extent + " elements, got " + parts);
        }
        Shape whole = first.with(axis, (int) extent);
        List<Placement> places = new ArrayList<>();
        int at = 0;
        for (Shape p : parts) {
            places.add(place(whole, axis == 1 ? at : 0, axis == 2 ? at : 0, axis == 3 ? at : 0));
            at += p.dim(axis);
        }
        return new Concat(whole, List.copyOf(places), parts);
    }

    static Crop crop(Shape x, int top, int left, int channel, int h, int w, int c) {
        boolean inside =
                x.rank() == 4 && fits(top, h, x.dim(1)) && fits(left, w, x.dim(2)) && fits(channel, c, x.dim(3));
        if (!inside) {
            throw new ShapeException(
                    "crop",
                    "block of " + h + " rows from " + top + ", " + w + " columns from " + left + " and " + c
                            + " channels from " + channel + " does not lie in " + x + " (N, H, W, C)");
        }
        return new Crop(Shape.of(x.dim(0), h, w, c), place(x, top, left, channel));
    }

    private static boolean fits(int from, int count, int extent) {
        return from >= 0 && count >= 1 && count <= extent - from;
    }

    private static Placement place(Shape whole, int top, int left, int channel) {
        return new Placement(whole.dim(1), whole.dim(2), whole.dim(3), top, left, channel);
    }
}
