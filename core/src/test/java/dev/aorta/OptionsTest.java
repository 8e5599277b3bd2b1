package dev.aorta;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import org.junit.jupiter.api.Test;

/** Padding and the options of convolution and pooling refuse what has no meaning. */
class OptionsTest {
    @Test
    void paddingIsNotNegative() {
        assertThatExceptionOfType(ShapeException.class)
                .isThrownBy(() -> Padding.of(1, -2, 3, 4))
                .withMessage("[padding] must not be negative: top 1, bottom -2, left 3, right 4");
        assertThat(Padding.of(2)).isEqualTo(Padding.of(2, 2, 2, 2));
        assertThat(Padding.of(0)).isEqualTo(Padding.VALID);
    }

    @Test
    void convolutionStepsAreAtLeastOne() {
        assertThatExceptionOfType(ShapeException.class)
                .isThrownBy(() -> Conv2dOptions.SAME.withStride(0))
                .withMessage("[conv2d] stride (0, 0), dilation (1, 1) and groups 1 must all be at least 1");
        assertThatExceptionOfType(ShapeException.class).isThrownBy(() -> Conv2dOptions.SAME.withDilation(0));
        assertThatExceptionOfType(ShapeException.class).isThrownBy(() -> Conv2dOptions.SAME.withGroups(0));
        assertThat(Conv2dOptions.VALID
                        .withStride(2)
                        .withDilation(3)
                        .withGroups(4)
                        .withPadding(Padding.SAME))
                .isEqualTo(new Conv2dOptions(2, 2, Padding.SAME, 3, 3, 4));
    }

    @Test
    void poolingStepsAreAtLeastOne() {
        assertThatExceptionOfType(ShapeException.class)
                .isThrownBy(() -> Pool2dOptions.of(0))
                .withMessage("[pool2d] window (0, 0) and stride (0, 0) must all be at least 1");
        assertThat(Pool2dOptions.of(3).withStride(2).withPadding(Padding.SAME))
                .isEqualTo(new Pool2dOptions(3, 3, 2, 2, Padding.SAME));
    }
}
