package dev.aorta.backend.reference;

import static org.assertj.core.api.Assertions.assertThat;

import dev.aorta.Conv2dOptions;
import dev.aorta.Padding;
import dev.aorta.Shape;
import dev.aorta.backend.Buffer;
import dev.aorta.backend.ConvShape;
import dev.aorta.backend.Masked;
import org.junit.jupiter.api.Test;

/**
 * Convolutions with known results: by hand, and from TensorFlow's conv_ops_test.py, whose image and filter count 1, 2, 3, ...
 */
class ReferenceConvTest {
    private final Doubles d = new Doubles(2);

    private static final Conv2dOptions STRIDE_2 = Conv2dOptions.SAME.withStride(2);

    /** The result for x and a filter (kH, kW, in, out), TensorFlow's order, that both count from 1. */
    private double[] counting(Shape x, Conv2dOptions o, int kH, int kW, int in, int out) {
        double[] w = new double[kH * kW * in * out];
        for (int i = 0; i < w.length; i++) {
            w[i % out * kH * kW * in + i / out] = i + 1;
        }
        ConvShape s = ConvShape.of("", x, Shape.of(out, kH, kW, in), o);
        Buffer y = d.empty(s.output().size());
        d.backend.conv2d(y, d.counting(x.size()), d.of(w), null, false, s);
        return ReferenceBackend.values(y);
    }

    @Test
    void tensorFlowValid() {
        assertThat(counting(Shape.of(1, 2, 3, 3), Conv2dOptions.VALID, 1, 1, 3, 3))
                .containsExactly(30, 36, 42, 66, 81, 96, 102, 126, 150, 138, 171, 204, 174, 216, 258, 210, 261, 312);
        assertThat(counting(Shape.of(1, 2, 3, 3), Conv2dOptions.VALID, 2, 2, 3, 3))
                .containsExactly(2271, 2367, 2463, 2901, 3033, 3165);
        assertThat(counting(Shape.of(1, 2, 3, 3), Conv2dOptions.VALID, 1, 2, 3, 3))
                .containsExactly(231, 252, 273, 384, 423, 462, 690, 765, 840, 843, 936, 1029);
        assertThat(counting(Shape.of(1, 3, 6, 1), new Conv2dOptions(1, 2, Padding.VALID, 1, 1, 1), 2, 2, 1, 1))
                .containsExactly(58, 78, 98, 118, 138, 158);
    }

    @Test
    void tensorFlowSame() {
        assertThat(counting(Shape.of(1, 2, 3, 3), STRIDE_2, 2, 2, 3, 3))
                .containsExactly(2271, 2367, 2463, 1230, 1305, 1380);
        assertThat(counting(Shape.of(1, 3, 3, 1), STRIDE_2, 1, 1, 1, 1)).containsExactly(1, 3, 7, 9);
        assertThat(counting(Shape.of(1, 4, 4, 1), STRIDE_2, 1, 1, 1, 1)).containsExactly(1, 3, 9, 11);
        assertThat(counting(Shape.of(1, 4, 4, 1), Conv2dOptions.SAME.withStride(3), 2, 2, 1, 1))
                .containsExactly(44, 28, 41, 16);
    }

    /** Sums of the 3 x 3 neighbours of 1 to 16. With stride 2 the odd zero goes to the bottom and the right. */
    @Test
    void sumsByHand() {
        Buffer ones = d.of(1, 1, 1, 1, 1, 1, 1, 1, 1);
        Shape x = Shape.of(1, 4, 4, 1);
        Shape w = Shape.of(1, 3, 3, 1);
        ConvShape s = ConvShape.of("", x, w, Conv2dOptions.SAME);
        Buffer y = d.empty(16);
        d.backend.conv2d(y, d.counting(16), ones, null, false, s);
        assertThat(ReferenceBackend.values(y))
                .containsExactly(14, 24, 30, 22, 33, 54, 63, 45, 57, 90, 99, 69, 46, 72, 78, 54);
        ConvShape half = ConvShape.of("", x, w, STRIDE_2);
        Buffer z = d.empty(4);
        d.backend.conv2d(z, d.counting(16), ones, null, false, half);
        assertThat(ReferenceBackend.values(z)).containsExactly(54, 45, 72, 54);
    }

    /** Two groups of one channel, dilation 2, bias and ReLU. */
    @Test
    void groupsDilationBiasAndRelu() {
        ConvShape s = ConvShape.of(
                "", Shape.of(1, 1, 3, 2), Shape.of(2, 1, 2, 1), new Conv2dOptions(1, 1, Padding.VALID, 1, 2, 2));
        Buffer y = d.empty(2);
        Buffer x = d.of(1, 10, 2, 20, 3, 30);
        d.backend.conv2d(y, x, d.of(1, 2, -1, -2), d.of(0.5, 5), false, s);
        assertThat(ReferenceBackend.values(y)).containsExactly(1 + 2 * 3 + 0.5, -10 - 2 * 30 + 5);
        d.backend.conv2d(y, x, d.of(1, 2, -1, -2), d.of(0.5, 5), true, s);
        assertThat(ReferenceBackend.values(y)).containsExactly(7.5, 0);
    }

    /** Each pixel of a 2 x 2 image paints the 3 x 3 kernel on every second pixel; where they overlap they add. */
    @Test
    void transposedByHand() {
        ConvShape s = ConvShape.transposed(
                "", Shape.of(1, 2, 2, 1), Shape.of(1, 3, 3, 1), Conv2dOptions.VALID.withStride(2), 0, 0);
        Buffer y = d.empty(25);
        d.backend.convTranspose2d(y, d.of(1, 2, 3, 4), d.counting(9), d.of(100), s);
        assertThat(ReferenceBackend.values(y))
                .containsExactly(
                        101, 102, 105, 104, 106, 104, 105, 114, 110, 112, 110, 114, 136, 124, 130, 112, 115, 134, 120,
                        124, 121, 124, 155, 132, 136);
    }

    @Test
    void maskStopsTheGradient() {
        ConvShape s = ConvShape.of("", Shape.of(1, 1, 3, 1), Shape.of(1, 1, 1, 1), Conv2dOptions.VALID);
        Buffer dx = d.empty(3);
        Buffer dw = d.empty(1);
        Buffer mask = d.of(0.1, -0.0, Double.NaN);
        Masked dy = new Masked(d.of(2, 3, 5), mask);
        d.backend.conv2dGrad(dx, dw, null, dy, d.of(11, 13, 17), d.of(7), s);
        assertThat(ReferenceBackend.values(dx)).containsExactly(14, 0, 0);
        assertThat(ReferenceBackend.values(dw)).containsExactly(22);
    }
}
