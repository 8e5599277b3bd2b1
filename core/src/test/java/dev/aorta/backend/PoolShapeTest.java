package dev.aorta.backend;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import dev.aorta.Padding;
import dev.aorta.Pool2dOptions;
import dev.aorta.Shape;
import dev.aorta.ShapeException;
import org.junit.jupiter.api.Test;

class PoolShapeTest {
    @Test
    void sizes() {
        Shape x = Shape.of(2, 7, 10, 3);
        assertThat(PoolShape.of("maxPool2d", x, Pool2dOptions.of(2)).output()).isEqualTo(Shape.of(2, 3, 5, 3));
        PoolShape same = PoolShape.of("maxPool2d", x, Pool2dOptions.of(2).withPadding(Padding.SAME));
        assertThat(same.output()).isEqualTo(Shape.of(2, 4, 5, 3));
        assertThat(same.padTop()).isZero();
        assertThat(same.input()).isEqualTo(x);
        PoolShape stated = PoolShape.of("maxPool2d", x, new Pool2dOptions(3, 2, 2, 1, Padding.of(2, 1, 1, 0)));
        assertThat(stated.output()).isEqualTo(Shape.of(2, 4, 10, 3));
        assertThat(stated.padTop()).isEqualTo(2);
        assertThat(stated.padLeft()).isEqualTo(1);
    }

    /** Kernels rely on it: no window lies in the padding alone. */
    @Test
    void everyWindowHoldsAPixel() {
        for (int pixels = 1; pixels <= 12; pixels++) {
            for (int kernel = 1; kernel <= 5; kernel++) {
                for (int stride = 1; stride <= 6; stride++) {
                    PoolShape s = PoolShape.of(
                            "avgPool2d",
                            Shape.of(1, pixels, pixels, 1),
                            new Pool2dOptions(kernel, kernel, stride, stride, Padding.SAME));
                    int last = (s.outH() - 1) * stride - s.padTop();
                    assertThat(s.padTop()).as(s.toString()).isLessThan(kernel);
                    assertThat(last).as(s.toString()).isLessThan(pixels);
                }
            }
        }
    }

    @Test
    void errors() {
        assertError(Shape.of(4, 4, 1), Pool2dOptions.of(2), """
                [maxPool2d] input must have four axes
                    input   [4, 4, 1]            (N, H, W, C)""");
        assertError(Shape.of(1, 4, 4, 1), Pool2dOptions.of(2).withPadding(Padding.of(0, 2, 0, 0)), """
                [maxPool2d] padding top 0, bottom 2, left 0, right 0 must be smaller than the window 2 x 2, or a window \
                would hold no pixel
                    input   [1, 4, 4, 1]         (N, H, W, C)""");
        assertError(Shape.of(1, 4, 3, 1), Pool2dOptions.of(4), """
                [maxPool2d] a window of 4 does not fit into 3 pixels with padding 0 and 0; use a larger image, a smaller \
                kernel or more padding
                    input   [1, 4, 3, 1]         (N, H, W, C)""");
    }

    private static void assertError(Shape x, Pool2dOptions o, String message) {
        assertThatExceptionOfType(ShapeException.class)
                .isThrownBy(() -> PoolShape.of("maxPool2d", x, o))
                .withMessage(message.replace("\n", System.lineSeparator()));
    }
}
