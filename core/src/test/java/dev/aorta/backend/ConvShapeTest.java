package dev.aorta.backend;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import dev.aorta.Conv2dOptions;
import dev.aorta.Padding;
import dev.aorta.Shape;
import dev.aorta.ShapeException;
import org.assertj.core.api.ThrowableAssert.ThrowingCallable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class ConvShapeTest {
    /** Output and padding before of {@code tf.nn.conv2d(padding="SAME")}; the padding after is at most one more. */
    @ParameterizedTest(name = "{0} pixels, kernel {1}, stride {2}, dilation {3}: {4} with {5} before and {6} after")
    @CsvSource({
        "5, 3, 1, 1, 5, 1, 1",
        "5, 2, 1, 1, 5, 0, 1",
        "5, 1, 1, 1, 5, 0, 0",
        "5, 5, 1, 1, 5, 2, 2",
        "5, 4, 1, 1, 5, 1, 2",
        "6, 3, 2, 1, 3, 0, 1",
        "5, 3, 2, 1, 3, 1, 1",
        "6, 2, 2, 1, 3, 0, 0",
        "7, 2, 2, 1, 4, 0, 1",
        "6, 5, 2, 1, 3, 1, 2",
        "4, 1, 2, 1, 2, 0, 0",
        "4, 1, 3, 1, 2, 0, 0",
        "10, 3, 3, 1, 4, 1, 1",
        "9, 3, 3, 1, 3, 0, 0",
        "8, 3, 3, 1, 3, 0, 1",
        "224, 7, 2, 1, 112, 2, 3",
        "256, 31, 16, 1, 16, 7, 8",
        "16, 31, 16, 1, 1, 7, 8",
        "5, 3, 1, 2, 5, 2, 2",
        "9, 3, 2, 2, 5, 2, 2",
        "8, 2, 1, 3, 8, 1, 2",
        "1, 3, 1, 1, 1, 1, 1",
        "1, 31, 16, 1, 1, 15, 15",
        "3, 2, 5, 1, 1, 0, 0"
    })
    void sameIsTensorFlows(int pixels, int kernel, int stride, int dilation, int out, int before, int after) {
        Conv2dOptions o = Conv2dOptions.SAME.withStride(stride).withDilation(dilation);
        ConvShape rows = ConvShape.of("", Shape.of(1, pixels, 40, 1), Shape.of(1, kernel, 1, 1), o);
        assertThat(rows.outH()).isEqualTo(out);
        assertThat(rows.padTop()).isEqualTo(before);
        ConvShape columns = ConvShape.of("", Shape.of(1, 40, pixels, 1), Shape.of(1, 1, kernel, 1), o);
        assertThat(columns.outW()).isEqualTo(out);
        assertThat(columns.padLeft()).isEqualTo(before);
        int stated = before + after;
        ConvShape explicit = ConvShape.of(
                "",
                Shape.of(1, pixels, 40, 1),
                Shape.of(1, kernel, 1, 1),
                o.withPadding(Padding.of(before, stated - before, 0, 0)));
        assertThat(explicit.outH()).as("the same padding, stated").isEqualTo(out);
        assertThat(explicit.padTop()).isEqualTo(before);
    }

    /** For every size: the rule in TensorFlow's notes on padding, and windows that reach the last pixel but no further. */
    @Test
    void sameFollowsTheRule() {
        for (int pixels = 1; pixels <= 40; pixels++) {
            for (int kernel = 1; kernel <= 7; kernel++) {
                for (int stride = 1; stride <= 5; stride++) {
                    ConvShape s = ConvShape.of(
                            "",
                            Shape.of(1, pixels, pixels, 1),
                            Shape.of(1, kernel, kernel, 1),
                            Conv2dOptions.SAME.withStride(stride));
                    int total =
                            pixels % stride == 0 ? Math.max(kernel - stride, 0) : Math.max(kernel - pixels % stride, 0);
                    assertThat(s.outH()).as(s.toString()).isEqualTo((int) Math.ceil((double) pixels / stride));
                    assertThat(s.padTop()).as(s.toString()).isEqualTo(total / 2);
                }
            }
        }
    }

    @Test
    void validAndExplicitPadding() {
        ConvShape valid =
                ConvShape.of("", Shape.of(2, 7, 10, 3), Shape.of(5, 3, 2, 3), Conv2dOptions.VALID.withStride(2));
        assertThat(valid.output()).isEqualTo(Shape.of(2, 3, 5, 5));
        ConvShape padded = ConvShape.of(
                "",
                Shape.of(2, 7, 10, 3),
                Shape.of(5, 3, 2, 3),
                Conv2dOptions.VALID.withPadding(Padding.of(2, 1, 0, 4)));
        assertThat(padded.output()).isEqualTo(Shape.of(2, 8, 13, 5));
        assertThat(padded.padTop()).isEqualTo(2);
        assertThat(padded.padLeft()).isZero();
        assertThat(padded.input()).isEqualTo(Shape.of(2, 7, 10, 3));
        assertThat(padded.weight()).isEqualTo(Shape.of(5, 3, 2, 3));
        assertThat(padded.multiplyAdds()).isEqualTo(2L * 8 * 13 * 5 * 3 * 2 * 3);
        assertThat(padded)
                .hasToString(
                        "[2, 7, 10, 3] * [5, 3, 2, 3] -> [2, 8, 13, 5], stride 1x1, pad 2,0, dilation 1x1, groups 1");
    }

    /** The last layer of the cardiac network: 16 x 16 to 256 x 256 by a kernel of 31 x 31. */
    @Test
    void transposedSixteenfold() {
        ConvShape s = ConvShape.transposed(
                "", Shape.of(8, 16, 16, 2), Shape.of(2, 31, 31, 2), Conv2dOptions.SAME.withStride(16), 0, 0);
        assertThat(s.input()).isEqualTo(Shape.of(8, 256, 256, 2));
        assertThat(s.output()).isEqualTo(Shape.of(8, 16, 16, 2));
        assertThat(s.padTop()).isEqualTo(7);
        assertThat(s.padLeft()).isEqualTo(7);
    }

    @Test
    void transposedSizes() {
        Shape x = Shape.of(1, 5, 7, 6);
        Shape w = Shape.of(6, 3, 3, 4);
        Conv2dOptions valid = Conv2dOptions.VALID.withStride(2);
        assertThat(ConvShape.transposed("", x, w, valid, 0, 0).input()).isEqualTo(Shape.of(1, 11, 15, 4));
        assertThat(ConvShape.transposed("", x, w, valid, 12, 16).input()).isEqualTo(Shape.of(1, 12, 16, 4));
        assertThat(ConvShape.transposed("", x, w, valid.withPadding(Padding.of(1)), 0, 0)
                        .input())
                .isEqualTo(Shape.of(1, 9, 13, 4));
        assertThat(ConvShape.transposed("", x, w, Conv2dOptions.SAME.withStride(2), 9, 13)
                        .input())
                .isEqualTo(Shape.of(1, 9, 13, 4));
        assertThat(ConvShape.transposed(
                                "", x, w, Conv2dOptions.SAME.withStride(2).withGroups(3), 0, 0)
                        .input())
                .isEqualTo(Shape.of(1, 10, 14, 12));
    }

    @Test
    void transposedInvertsEveryConvolution() {
        for (ConvShape s : ConvGeometries.all()) {
            Conv2dOptions o = new Conv2dOptions(
                    s.strideH(),
                    s.strideW(),
                    Padding.of(
                            s.padTop(),
                            after(s.inH(), s.outH(), s.kH(), s.strideH(), s.dilationH(), s.padTop()),
                            s.padLeft(),
                            after(s.inW(), s.outW(), s.kW(), s.strideW(), s.dilationW(), s.padLeft())),
                    s.dilationH(),
                    s.dilationW(),
                    s.groups());
            assertThat(ConvShape.transposed("", s.output(), s.weight(), o, s.inH(), s.inW()))
                    .isEqualTo(s);
        }
    }

    private static int after(int in, int out, int kernel, int stride, int dilation, int before) {
        return Math.max((out - 1) * stride + (kernel - 1) * dilation + 1 - in - before, 0);
    }

    @Test
    void channelMismatchNamesLayerAndShapes() {
        assertError(
                () -> ConvShape.of("enc2.conv1", Shape.of(8, 64, 64, 32), Shape.of(128, 3, 3, 64), Conv2dOptions.SAME),
                """
                [conv2d] enc2.conv1: input channels do not match the weight
                    input   [8, 64, 64, 32]      (N, H, W, C)         C  = 32
                    weight  [128, 3, 3, 64]      (out, kH, kW, in)    in = 64""");
    }

    @Test
    void groupsAreNamed() {
        assertError(
                () -> ConvShape.of("", Shape.of(1, 8, 8, 6), Shape.of(4, 3, 3, 4), Conv2dOptions.SAME.withGroups(2)),
                """
                [conv2d] input channels do not match the weight
                    input   [1, 8, 8, 6]         (N, H, W, C)         C  = 6
                    weight  [4, 3, 3, 4]         (out, kH, kW, in)    in = 4
                    groups  2""");
        assertError(
                () -> ConvShape.of("dw", Shape.of(1, 8, 8, 6), Shape.of(4, 3, 3, 2), Conv2dOptions.SAME.withGroups(3)),
                """
                [conv2d] dw: groups do not divide the output channels
                    input   [1, 8, 8, 6]         (N, H, W, C)         C  = 6
                    weight  [4, 3, 3, 2]         (out, kH, kW, in)    in = 2
                    groups  3""");
    }

    @Test
    void ranksAreFour() {
        assertError(() -> ConvShape.of("stem", Shape.of(64, 64, 3), Shape.of(8, 3, 3, 3), Conv2dOptions.SAME), """
                [conv2d] stem: input and weight must have four axes
                    input   [64, 64, 3]          (N, H, W, C)
                    weight  [8, 3, 3, 3]         (out, kH, kW, in)""");
        assertError(() -> ConvShape.of("", Shape.of(1, 64, 64, 3), Shape.of(8, 27), Conv2dOptions.SAME), """
                [conv2d] input and weight must have four axes
                    input   [1, 64, 64, 3]       (N, H, W, C)
                    weight  [8, 27]              (out, kH, kW, in)""");
    }

    @Test
    void kernelMustFit() {
        assertError(() -> ConvShape.of("head", Shape.of(1, 4, 9, 1), Shape.of(1, 5, 5, 1), Conv2dOptions.VALID), """
                [conv2d] head: a window of 5 does not fit into 4 pixels with padding 0 and 0; use a larger image, a smaller \
                kernel or more padding
                    input   [1, 4, 9, 1]         (N, H, W, C)         C  = 1
                    weight  [1, 5, 5, 1]         (out, kH, kW, in)    in = 1""");
    }

    @Test
    void transposedErrors() {
        Shape x = Shape.of(1, 5, 7, 6);
        assertError(() -> ConvShape.transposed("up1", x, Shape.of(4, 3, 3, 6), Conv2dOptions.SAME, 0, 0), """
                [convTranspose2d] up1: input channels do not match the weight
                    input   [1, 5, 7, 6]         (N, H, W, C)         C  = 6
                    weight  [4, 3, 3, 6]         (in, kH, kW, out)    in = 4""");
        assertError(
                () -> ConvShape.transposed("up1", x, Shape.of(6, 3, 3, 4), Conv2dOptions.SAME.withStride(2), 11, 14),
                """
                [convTranspose2d] up1: no convolution with these options maps an output of 11 x 14 to the input; it would \
                be 6 x 7
                    input   [1, 5, 7, 6]         (N, H, W, C)         C  = 6
                    weight  [6, 3, 3, 4]         (in, kH, kW, out)    in = 6""");
        assertError(
                () -> ConvShape.transposed(
                        "up1", x, Shape.of(6, 1, 1, 4), Conv2dOptions.VALID.withPadding(Padding.of(3)), 0, 0),
                """
                [convTranspose2d] up1: the output would be -1 x 1 of 4 channels
                    input   [1, 5, 7, 6]         (N, H, W, C)         C  = 6
                    weight  [6, 1, 1, 4]         (in, kH, kW, out)    in = 6""");
    }

    private static void assertError(ThrowingCallable call, String message) {
        assertThatExceptionOfType(ShapeException.class)
                .isThrownBy(call)
                .withMessage(message.replace("\n", System.lineSeparator()));
    }
}
