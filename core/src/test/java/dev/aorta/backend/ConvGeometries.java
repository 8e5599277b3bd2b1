package dev.aorta.backend;

import dev.aorta.Conv2dOptions;
import dev.aorta.Padding;
import dev.aorta.Shape;
import java.util.ArrayList;
import java.util.List;

/** Convolutions that take every path of a kernel: sizes around vector widths and tiles, and all options. */
public final class ConvGeometries {
    private ConvGeometries() {}

    /** The whole grid, the same at each call. */
    public static List<ConvShape> all() {
        List<ConvShape> shapes = new ArrayList<>();
        for (int in : new int[] {1, 2, 3, 7, 8, 9, 15, 16, 17, 33}) {
            for (int out : new int[] {1, 2, 5, 8, 16, 17, 32, 33}) {
                shapes.add(square(1, 5, 7, in, out, 3, Conv2dOptions.SAME));
                shapes.add(square(2, 3, 4, in, out, 1, Conv2dOptions.SAME));
            }
        }
        for (int kernel : new int[] {1, 2, 3, 5}) {
            for (int stride = 1; stride <= 3; stride++) {
                for (Padding padding : List.of(Padding.SAME, Padding.VALID, Padding.of(1, 0, 0, 2), Padding.of(2))) {
                    Conv2dOptions o = Conv2dOptions.SAME.withStride(stride).withPadding(padding);
                    shapes.add(square(2, 7, 10, 3, 5, kernel, o));
                    shapes.add(square(1, 9, 8, 8, 16, kernel, o));
                }
            }
        }
        for (int dilation = 2; dilation <= 3; dilation++) {
            for (Padding padding : List.of(Padding.SAME, Padding.VALID)) {
                Conv2dOptions o = Conv2dOptions.SAME.withDilation(dilation).withPadding(padding);
                shapes.add(square(2, 9, 11, 3, 4, 3, o));
                shapes.add(square(1, 12, 9, 16, 8, 2, o.withStride(2)));
            }
        }
        for (int groups : new int[] {2, 3, 8}) {
            shapes.add(square(2, 6, 5, groups, groups, 3, Conv2dOptions.SAME.withGroups(groups)));
            shapes.add(square(1, 5, 6, 2 * groups, 3 * groups, 3, Conv2dOptions.VALID.withGroups(groups)));
            shapes.add(square(
                    1,
                    7,
                    7,
                    groups,
                    2 * groups,
                    2,
                    Conv2dOptions.SAME.withGroups(groups).withStride(2)));
        }
        for (int channels : new int[] {20, 32, 51}) {
            Conv2dOptions depthwise = Conv2dOptions.SAME.withGroups(channels);
            shapes.add(square(2, 19, 37, channels, channels, 3, depthwise));
            shapes.add(square(1, 6, 7, channels, channels, 5, depthwise.withStride(2)));
            shapes.add(square(1, 13, 9, channels, channels, 3, depthwise.withDilation(3)));
            shapes.add(square(2, 33, 29, channels, channels, 3, depthwise.withStride(2)));
            shapes.add(square(1, 16, 14, channels, channels, 2, depthwise.withStride(3)));
            shapes.add(square(1, 11, 17, channels, channels, 4, depthwise.withPadding(Padding.of(3, 1, 0, 2))));
            shapes.add(square(1, 9, 10, channels, channels, 2, depthwise.withPadding(Padding.of(3))));
            shapes.add(square(
                    1, 12, 13, channels, channels, 3, depthwise.withStride(2).withDilation(2)));
            shapes.add(square(1, 5, 6, channels, 2 * channels, 3, depthwise));
            shapes.add(square(1, 5, 6, 3 * channels, channels, 3, depthwise.withPadding(Padding.VALID)));
        }
        for (int perGroup : new int[] {3, 4, 8, 9}) {
            shapes.add(square(1, 17, 5, 8 * perGroup, 8 * perGroup, 3, Conv2dOptions.SAME.withGroups(8)));
            shapes.add(square(2, 4, 3, 6 * perGroup, 12, 2, Conv2dOptions.SAME.withGroups(6)));
        }
        shapes.add(square(1, 50, 3, 16, 16, 3, Conv2dOptions.SAME.withGroups(16).withDilation(20)));
        shapes.add(square(1, 33, 40, 4, 4, 31, Conv2dOptions.SAME.withGroups(4).withStride(16)));
        Conv2dOptions sixteenth = Conv2dOptions.SAME.withStride(16);
        shapes.add(square(1, 32, 48, 1, 2, 31, sixteenth));
        shapes.add(square(2, 16, 32, 3, 1, 31, sixteenth));
        shapes.add(square(1, 12, 13, 2, 3, 31, Conv2dOptions.SAME));
        shapes.add(square(1, 20, 24, 16, 16, 3, Conv2dOptions.SAME));
        shapes.add(square(2, 13, 19, 32, 32, 3, Conv2dOptions.SAME));
        shapes.add(square(1, 9, 11, 64, 40, 1, Conv2dOptions.SAME));
        shapes.add(square(1, 1, 1, 5, 6, 3, Conv2dOptions.SAME));
        shapes.add(square(3, 1, 37, 4, 4, 3, Conv2dOptions.SAME));
        shapes.add(square(1, 40, 1, 1, 8, 3, Conv2dOptions.SAME));
        Conv2dOptions half = Conv2dOptions.SAME.withStride(2);
        shapes.add(square(1, 16, 20, 40, 24, 5, half));
        shapes.add(square(2, 11, 13, 17, 33, 5, half));
        shapes.add(square(1, 13, 12, 9, 16, 5, half.withPadding(Padding.of(0, 3, 2, 4))));
        shapes.add(square(2, 12, 17, 8, 20, 6, half));
        shapes.add(square(1, 17, 10, 8, 20, 6, half.withPadding(Padding.of(1))));
        shapes.add(square(2, 13, 30, 1, 36, 5, half));
        shapes.add(square(2, 9, 21, 3, 40, 3, Conv2dOptions.SAME.withDilation(2)));
        shapes.add(square(1, 7, 9, 7, 16, 3, Conv2dOptions.VALID.withPadding(Padding.of(3, 1, 0, 5))));
        shapes.add(square(2, 19, 23, 40, 3, 1, Conv2dOptions.SAME));
        shapes.add(square(2, 16, 18, 16, 33, 2, half));
        shapes.add(square(1, 48, 32, 37, 40, 2, half));
        shapes.add(square(1, 27, 30, 12, 36, 3, Conv2dOptions.VALID.withStride(3)));
        shapes.add(square(1, 16, 32, 130, 160, 2, half));
        shapes.add(square(2, 9, 12, 16, 2, 3, Conv2dOptions.SAME));
        shapes.add(square(1, 10, 9, 12, 4, 5, Conv2dOptions.SAME.withPadding(Padding.of(1, 3, 0, 2))));
        for (int i = 0; i < 60; i++) {
            shapes.add(random(Samples.of("convolution " + i)));
        }
        return shapes;
    }

    /** Convolutions one after the other: 1x1 to many channels, depthwise, and mostly 1x1 back; and some that are not that. */
    static List<List<ConvShape>> chains() {
        Conv2dOptions same = Conv2dOptions.SAME;
        List<List<ConvShape>> chains = new ArrayList<>();
        chains.add(chain(Shape.of(2, 30, 11, 5), 48, 3, same, 20));
        chains.add(chain(Shape.of(1, 57, 13, 8), 40, 3, same.withStride(2).withPadding(Padding.of(1)), 24));
        chains.add(chain(Shape.of(1, 120, 6, 16), 64, 5, same, 33));
        chains.add(chain(Shape.of(1, 14, 15, 16), 96, 3, same, 17));
        chains.add(chain(Shape.of(1, 90, 20, 8), 32, 2, same.withStride(3), 16));
        chains.add(chain(Shape.of(3, 7, 7, 24), 80, 5, same.withStride(2), 0));
        chains.add(chain(Shape.of(2, 9, 16, 8), 88, 5, same, 0));
        chains.add(chain(Shape.of(1, 31, 17, 8), 40, 5, same.withStride(2), 19));
        chains.add(chain(Shape.of(1, 9, 33, 4), 32, 3, same.withDilation(2).withPadding(Padding.VALID), 0));
        chains.add(chain(Shape.of(17, 8, 9, 3), 51, 3, same, 0));
        ConvShape plain = square(1, 30, 9, 32, 32, 3, same);
        ConvShape deep = square(1, 30, 9, 32, 32, 3, same.withGroups(32));
        ConvShape narrow = square(1, 30, 9, 32, 16, 1, same);
        chains.add(List.of(plain, deep, narrow));
        chains.add(List.of(deep, narrow));
        chains.add(List.of(narrow));
        return chains;
    }

    private static List<ConvShape> chain(Shape x, int wide, int kernel, Conv2dOptions deep, int narrow) {
        List<ConvShape> chain = new ArrayList<>();
        chain.add(ConvShape.of("", x, Shape.of(wide, 1, 1, x.dim(3)), Conv2dOptions.SAME));
        chain.add(ConvShape.of("", chain.getLast().output(), Shape.of(wide, kernel, kernel, 1), deep.withGroups(wide)));
        if (narrow > 0) {
            chain.add(ConvShape.of("", chain.getLast().output(), Shape.of(narrow, 1, 1, wide), Conv2dOptions.SAME));
        }
        return chain;
    }

    private static ConvShape square(int batch, int h, int w, int in, int out, int kernel, Conv2dOptions o) {
        return ConvShape.of("", Shape.of(batch, h, w, in), Shape.of(out, kernel, kernel, in / o.groups()), o);
    }

    /** Any geometry that fits: every option of each axis on its own. */
    static ConvShape random(Samples r) {
        int groups = r.between(1, 3);
        int kH = r.between(1, 4);
        int kW = r.between(1, 4);
        int dilationH = r.between(1, 3);
        int dilationW = r.between(1, 3);
        Padding padding = r.between(0, 1) == 0
                ? Padding.SAME
                : Padding.of(r.between(0, 2), r.between(0, 2), r.between(0, 2), r.between(0, 2));
        Shape x = Shape.of(
                r.between(1, 2),
                (kH - 1) * dilationH + r.between(1, 8),
                (kW - 1) * dilationW + r.between(1, 8),
                groups * r.between(1, 5));
        Shape w = Shape.of(groups * r.between(1, 5), kH, kW, x.dim(3) / groups);
        return ConvShape.of(
                "", x, w, new Conv2dOptions(r.between(1, 3), r.between(1, 3), padding, dilationH, dilationW, groups));
    }
}
