package dev.aorta.unet.imaging;

import java.io.IOException;
import java.nio.charset.MalformedInputException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.DoubleSummaryStatistics;
import java.util.List;
import java.util.OptionalDouble;
import java.util.regex.Pattern;

/**
 * A closed curve of points, in pixels: x to the right, y down, (0, 0) the centre of the first pixel.
 *
 * @param points in order; the last is joined to the first
 */
public record Contour(List<Point> points) {
    private static final long MAX_BYTES = 1 << 20;
    private static final double MAX_COORDINATE = 1 << 14;
    /** Digits as Python takes them: no suffix, no hexadecimal ones. */
    private static final Pattern NUMBER = Pattern.compile("[+-]?(\\d+\\.?\\d*|\\.\\d+)([eE][+-]?\\d+)?");

    /** A point, in pixels. */
    public record Point(double x, double y) {}

    public Contour {
        points = List.copyOf(points);
        if (points.size() < 3) {
            throw new IllegalArgumentException(
                    "a contour of %d points; at least 3 enclose an area".formatted(points.size()));
        }
    }

    /**
     * Reads a contour file: one point a line, x and y separated by blanks.
     *
     * @throws IOException if the file cannot be read or a line is not a point; the message names the line
     */
    public static Contour read(Path file) throws IOException {
        long size = Files.size(file);
        if (size > MAX_BYTES) {
            throw new IOException("%s: %d bytes; contour files over %d are not read".formatted(file, size, MAX_BYTES));
        }
        List<Point> points = new ArrayList<>();
        int number = 0;
        for (String line : lines(file)) {
            number++;
            if (!line.isBlank()) {
                points.add(point(file, number, line.strip()));
            }
        }
        if (points.size() < 3) {
            throw new IOException("%s: %d points; a contour has at least 3".formatted(file, points.size()));
        }
        return new Contour(points);
    }

    /**
     * The pixels inside and on the contour, as the lab labels them: coordinates truncated to whole numbers, then
     * {@link PolygonFill}.
     *
     * @return [rows, columns] in row-major order, 1 inside and 0 outside
     */
    public byte[] mask(int rows, int columns) {
        int[] x = points.stream().mapToInt(p -> (int) p.x()).toArray();
        int[] y = points.stream().mapToInt(p -> (int) p.y()).toArray();
        byte[] mask = new byte[rows * columns];
        PolygonFill.fill(mask, rows, columns, x, y, (byte) 1);
        return mask;
    }

    /** The area that it encloses, in pixels. */
    public double area() {
        double twice = 0;
        Point a = points.getLast();
        for (Point b : points) {
            twice += a.x() * b.y() - b.x() * a.y();
            a = b;
        }
        return Math.abs(twice) / 2;
    }

    /**
     * The pixels whose centres lie inside, by the even-odd rule: as many as the {@link #area}, but for the rounding of the border.
     *
     * @return [rows, columns], 1 inside and 0 outside
     */
    public byte[] inside(int rows, int columns) {
        byte[] mask = new byte[rows * columns];
        for (int row = 0; row < rows; row++) {
            Point a = points.getLast();
            for (Point b : points) {
                if (a.y() <= row != b.y() <= row) {
                    double x = a.x() + (row - a.y()) / (b.y() - a.y()) * (b.x() - a.x());
                    int first = Math.max(0, (int) Math.ceil(x));
                    for (int column = first; column < columns; column++) {
                        mask[row * columns + column] ^= 1;
                    }
                }
                a = b;
            }
        }
        return mask;
    }

    /** Whether the pixels of all points lie in an image. */
    public boolean liesIn(int rows, int columns) {
        return points.stream().allMatch(p -> p.x() > -1 && p.y() > -1 && p.x() < columns && p.y() < rows);
    }

    /** Where its points lie, such as x 500.0 … 900.0, y 500.0 … 900.0. */
    public String extent() {
        DoubleSummaryStatistics x = points.stream().mapToDouble(Point::x).summaryStatistics();
        DoubleSummaryStatistics y = points.stream().mapToDouble(Point::y).summaryStatistics();
        return "x %s … %s, y %s … %s".formatted(x.getMin(), x.getMax(), y.getMin(), y.getMax());
    }

    private static List<String> lines(Path file) throws IOException {
        try {
            return Files.readAllLines(file);
        } catch (MalformedInputException e) {
            throw new IOException("%s: not a text file".formatted(file), e);
        }
    }

    private static Point point(Path file, int number, String line) throws IOException {
        String[] words = line.split("\\s+");
        OptionalDouble x = coordinate(words[0]);
        OptionalDouble y = coordinate(words[words.length - 1]);
        if (words.length != 2 || x.isEmpty() || y.isEmpty()) {
            throw new IOException("%s: line %d: '%s' is not a point (x y)".formatted(file, number, line));
        }
        return new Point(x.getAsDouble(), y.getAsDouble());
    }

    private static OptionalDouble coordinate(String word) {
        if (!NUMBER.matcher(word).matches()) {
            return OptionalDouble.empty();
        }
        double value = Double.parseDouble(word);
        return Math.abs(value) <= MAX_COORDINATE ? OptionalDouble.of(value) : OptionalDouble.empty();
    }
}
