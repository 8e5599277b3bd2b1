package dev.aorta;

import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.function.IntToDoubleFunction;

/** Values of a tensor as nested brackets, of long axes the first and the last ones, as NumPy prints them. */
final class TensorText {
    private static final int WHOLE = 1000; // elements up to which all are shown
    private static final int EDGE = 3; // of a long axis
    private static final int MOST = 2000; // elements shown, or else none

    private final int[] dims;
    private final int edge;
    private final IntToDoubleFunction read;
    private final List<String> numbers = new ArrayList<>();

    private TensorText(Shape shape, IntToDoubleFunction read) {
        this.dims = shape.dims();
        this.edge = shape.size() <= WHOLE ? Integer.MAX_VALUE / 2 : EDGE;
        this.read = read;
    }

    /**
     * The text.
     *
     * @param read the element at a row-major index
     */
    static String of(Shape shape, IntToDoubleFunction read) {
        TensorText text = new TensorText(shape, read);
        double shown = 1;
        for (int d : text.dims) {
            shown *= Math.min(d, 2.0 * text.edge);
        }
        return shown > MOST ? "[...]" : text.print();
    }

    private String print() {
        List<Double> values = new ArrayList<>();
        visit(0, 0, values);
        String format = format(values);
        int width = 0;
        for (double v : values) {
            numbers.add(number(format, v));
            width = Math.max(width, numbers.getLast().length());
        }
        StringBuilder s = new StringBuilder();
        append(s, 0, width);
        return s.toString();
    }

    private void visit(int axis, int at, List<Double> values) {
        if (axis == dims.length) {
            values.add(read.applyAsDouble(at));
            return;
        }
        for (int i = 0; i < dims[axis]; i = next(i, axis)) {
            visit(axis + 1, at * dims[axis] + i, values);
        }
    }

    private void append(StringBuilder s, int axis, int width) {
        if (axis == dims.length) {
            String number = numbers.removeFirst();
            s.repeat(' ', width - number.length()).append(number);
            return;
        }
        String between = axis == dims.length - 1 ? " " : "\n".repeat(dims.length - 1 - axis) + " ".repeat(axis + 1);
        s.append('[');
        for (int i = 0; i < dims[axis]; i = next(i, axis)) {
            s.append(i == 0 ? "" : between);
            if (i > 0 && i == dims[axis] - edge && dims[axis] > 2 * edge) {
                s.append("...").append(between);
            }
            append(s, axis + 1, width);
        }
        s.append(']');
    }

    /** The next index to show along an axis. */
    private int next(int i, int axis) {
        return i == edge - 1 && dims[axis] > 2 * edge ? dims[axis] - edge : i + 1;
    }

    private static String format(List<Double> values) {
        boolean whole = true;
        double largest = 0;
        double smallest = Double.MAX_VALUE;
        for (double v : values) {
            double size = Math.abs(v);
            if (Double.isFinite(v) && v != 0) {
                whole &= v == Math.rint(v);
                largest = Math.max(largest, size);
                smallest = Math.min(smallest, size);
            }
        }
        boolean wide = largest >= 1e6 || smallest < 1e-4;
        return wide ? "%.4e" : whole ? "%.0f." : "%.4f";
    }

    private static String number(String format, double v) {
        return Double.isFinite(v)
                ? String.format(Locale.ROOT, format, v)
                : Double.isNaN(v) ? "nan" : v > 0 ? "inf" : "-inf";
    }
}
