package dev.aorta;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import dev.aorta.backend.ConvShape;
import dev.aorta.op.Concat;
import java.util.List;
import org.junit.jupiter.api.Test;

class ShapeTest {
    @Test
    void describesItself() {
        Shape s = Shape.of(8, 64, 32, 3);
        assertThat(s).hasToString("[8, 64, 32, 3]");
        assertThat(s.rank()).isEqualTo(4);
        assertThat(s.size()).isEqualTo(8 * 64 * 32 * 3);
        assertThat(s.rows()).isEqualTo(8 * 64 * 32);
        assertThat(s.dim(1)).isEqualTo(64);
        assertThat(s.dim(-1)).isEqualTo(3);
        assertThat(s.with(-1, 5)).isEqualTo(Shape.of(8, 64, 32, 5)).isNotEqualTo(s);
    }

    @Test
    void scalarHasOneElement() {
        assertThat(Shape.of()).isSameAs(Shape.SCALAR).hasToString("[]");
        assertThat(Shape.SCALAR.size()).isEqualTo(1);
        assertThat(Shape.SCALAR.rows()).isEqualTo(1);
    }

    @Test
    void isAValue() {
        int[] dims = {2, 3};
        Shape s = Shape.of(dims);
        dims[0] = 7;
        s.dims()[1] = 7;
        assertThat(s)
                .isEqualTo(Shape.of(2, 3))
                .hasSameHashCodeAs(Shape.of(2, 3))
                .isNotEqualTo(Shape.of(3, 2));
    }

    @Test
    void axesBeyondAnIntAreErrorsOfTheirOperation() {
        Tensor x = Tensor.zeros(Device.reference(), Shape.of(1, 2, 2, 1));
        Conv2dOptions padded = Conv2dOptions.VALID.withPadding(Padding.of(Integer.MAX_VALUE));
        assertThatExceptionOfType(ShapeException.class)
                .isThrownBy(() -> x.conv2d(x, padded))
                .withMessageContaining("[conv2d]")
                .withMessageContaining("4294967295 pixels along one axis");
        Shape w = Shape.of(1, 5, 5, 1);
        assertThatExceptionOfType(ShapeException.class)
                .isThrownBy(() -> ConvShape.of("", w, w, Conv2dOptions.SAME.withDilation(Integer.MAX_VALUE)))
                .withMessageContaining("4294967294 pixels along one axis");
        assertThatExceptionOfType(ShapeException.class)
                .isThrownBy(() -> x.upsampleNearest(Integer.MAX_VALUE))
                .withMessage("[upsampleNearest] [1, 2, 2, 1] enlarged by 2147483647 has an axis of 4294967294 pixels");
        Shape half = Shape.of(1, 1 << 30, 1, 1);
        assertThatExceptionOfType(ShapeException.class)
                .isThrownBy(() -> Concat.of(1, List.of(half, half)))
                .withMessageContaining("[concat] axis 1 would have 2147483648 elements");
    }

    @Test
    void emptyAxesAndTooManyElementsAreErrors() {
        assertThatExceptionOfType(ShapeException.class)
                .isThrownBy(() -> Shape.of(2, 0, 3))
                .withMessage("[shape] every axis must be at least 1, got [2, 0, 3]");
        assertThatExceptionOfType(ShapeException.class)
                .isThrownBy(() -> Shape.of(1 << 20, 1 << 20, 1 << 24))
                .withMessage(
                        "[shape] [1048576, 1048576, 16777216] has more than 2^31 - 9 elements, the most one array can"
                                + " hold");
        assertThat(Shape.of(Integer.MAX_VALUE - 8).size()).isEqualTo(Integer.MAX_VALUE - 8);
    }
}
