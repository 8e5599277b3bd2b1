package dev.aorta.unet.imaging;

import java.util.OptionalDouble;
import org.jspecify.annotations.Nullable;

/**
 * How far the centres of neighbouring pixels are apart.
 *
 * @param row between rows, mm
 * @param column between columns, mm
 */
public record PixelSpacing(double row, double column) {
    public PixelSpacing {
        if (!DicomValues.isLength(row) || !DicomValues.isLength(column)) {
            throw new IllegalArgumentException("pixels of %s x %s mm cannot be".formatted(row, column));
        }
    }

    /** That of two lengths, or null where one is not known. */
    static @Nullable PixelSpacing of(OptionalDouble row, OptionalDouble column) {
        return row.isPresent() && column.isPresent() ? new PixelSpacing(row.getAsDouble(), column.getAsDouble()) : null;
    }

    /** Between rows, mm, where it is known. */
    static OptionalDouble row(@Nullable PixelSpacing known) {
        return known == null ? OptionalDouble.empty() : OptionalDouble.of(known.row);
    }

    /** Between columns, mm, where it is known. */
    static OptionalDouble column(@Nullable PixelSpacing known) {
        return known == null ? OptionalDouble.empty() : OptionalDouble.of(known.column);
    }

    /** Area of a pixel, mm². */
    public double area() {
        return row * column;
    }

    /** Such as 1.25 x 1.25 mm. */
    @Override
    public String toString() {
        return "%s x %s mm".formatted(rounded(row), rounded(column));
    }

    private static double rounded(double millimetres) {
        return Math.round(millimetres * 1e4) / 1e4;
    }
}
