package dev.aorta.backend;

import dev.aorta.Conv2dOptions;
import dev.aorta.Padding;
import dev.aorta.Shape;
import dev.aorta.ShapeException;
import java.util.function.Function;

/**
 * The whole geometry of one 2-D convolution, computed and validated once; kernels trust it.
 *
 * <p>{@code y[n, oy, ox, o] = sum over ky, kx, i of x[n, oy * strideH - padTop + ky * dilationH, ox * strideW - padLeft + kx *
 * dilationW, g * inC / groups + i] * w[o, ky, kx, i]}, where {@code g} is the group of {@code o} and pixels outside {@code x}
 * are zero. {@code x} is {@code (batch, inH, inW, inC)}, {@code w} is {@code (outC, kH, kW, inC / groups)}, {@code y} is
 * {@code (batch, outH, outW, outC)}. A transposed convolution uses the geometry of the convolution that it transposes, with
 * {@code x} and {@code y} in exchanged roles.
 *
 * @param batch images
 * @param inH rows of x
 * @param inW columns of x
 * @param inC channels of x
 * @param outC channels of y
 * @param kH rows of the kernel
 * @param kW columns of the kernel
 * @param strideH rows between windows
 * @param strideW columns between windows
 * @param padTop zero rows above x
 * @param padLeft zero columns left of x; how many stand below and right follows from outH and outW
 * @param dilationH rows between taps
 * @param dilationW columns between taps
 * @param groups channel groups
 * @param outH rows of y
 * @param outW columns of y
 */
public record ConvShape(
        int batch,
        int inH,
        int inW,
        int inC,
        int outC,
        int kH,
        int kW,
        int strideH,
        int strideW,
        int padTop,
        int padLeft,
        int dilationH,
        int dilationW,
        int groups,
        int outH,
        int outW) {

    /**
     * The geometry of a convolution.
     *
     * @param layer named in errors, may be empty
     * @param x input, (N, H, W, C)
     * @param w weight, (out, kH, kW, C / groups)
     * @param options stride, padding, dilation, groups
     * @return the geometry
     * @throws ShapeException when a rank, the channels or the groups do not match or the kernel does not fit
     */
    public static ConvShape of(String layer, Shape x, Shape w, Conv2dOptions options) {
        Function<String, ShapeException> error = rule -> mismatch("conv2d", layer, rule, x, w, options);
        requireImages(x, w, error);
        if (x.dim(3) != (long) w.dim(3) * options.groups()) {
            boolean first = x.dim(1) == (long) w.dim(3) * options.groups() && x.dim(1) != x.dim(2);
            throw error.apply("input channels do not match the weight"
                    + (first ? " (of (N, C, H, W) take permute(0, 2, 3, 1))" : ""));
        }
        if (w.dim(0) % options.groups() != 0) {
            throw error.apply("groups do not divide the output channels");
        }
        return windows(x.dim(0), x.dim(1), x.dim(2), x.dim(3), w, options, error);
    }

    /**
     * The geometry of the convolution that a transposed convolution transposes: its {@code x} is the output of the transposed
     * one.
     *
     * @param layer named in errors, may be empty
     * @param input input of the transposed convolution, (N, h, w, in)
     * @param w weight, (in, kH, kW, out / groups)
     * @param options stride, padding, dilation, groups
     * @param outH rows to produce; 0 for {@code h * stride} under SAME padding and else the least that fits, {@code (h - 1) *
     *     stride + (kH - 1) * dilation + 1 - padding}
     * @param outW columns to produce; 0 as for outH
     * @return the geometry
     * @throws ShapeException when ranks or channels do not match or no convolution maps the stated output to the input
     */
    public static ConvShape transposed(String layer, Shape input, Shape w, Conv2dOptions options, int outH, int outW) {
        Function<String, ShapeException> error = rule -> mismatch("convTranspose2d", layer, rule, input, w, options);
        requireImages(input, w, error);
        if (input.dim(3) != w.dim(0)) {
            throw error.apply("input channels do not match the weight");
        }
        if (w.dim(0) % options.groups() != 0) {
            throw error.apply("groups do not divide the input channels");
        }
        long height = outH != 0 ? outH : transposedExtent(input.dim(1), w.dim(1), options, true);
        long width = outW != 0 ? outW : transposedExtent(input.dim(2), w.dim(2), options, false);
        long channels = (long) w.dim(3) * options.groups();
        if (Math.min(height, width) < 1 || Math.max(Math.max(height, width), channels) > Integer.MAX_VALUE) {
            throw error.apply("the output would be " + height + " x " + width + " of " + channels + " channels");
        }
        ConvShape s = windows(input.dim(0), (int) height, (int) width, (int) channels, w, options, error);
        if (s.outH != input.dim(1) || s.outW != input.dim(2)) {
            throw error.apply("no convolution with these options maps an output of " + height + " x " + width
                    + " to the input; it would be " + s.outH + " x " + s.outW);
        }
        return s;
    }

    /** {@return the shape of x, (N, H, W, C)} */
    public Shape input() {
        return Shape.of(batch, inH, inW, inC);
    }

    /** {@return the shape of w, (out, kH, kW, C / groups)} */
    public Shape weight() {
        return Shape.of(outC, kH, kW, inC / groups);
    }

    /** {@return the shape of y, (N, outH, outW, out)} */
    public Shape output() {
        return Shape.of(batch, outH, outW, outC);
    }

    /** {@return the multiply-adds of one pass, counted as direct convolution with padding included} */
    public long multiplyAdds() {
        return (long) batch * outH * outW * outC * kH * kW * (inC / groups);
    }

    /** For example {@code [8, 64, 64, 32] * [64, 3, 3, 32] -> [8, 64, 64, 64], stride 1x1, pad 1,1, dilation 1x1, groups 1}. */
    @Override
    public String toString() {
        return input() + " * " + weight() + " -> " + output() + ", stride " + strideH + "x" + strideW + ", pad "
                + padTop + "," + padLeft + ", dilation " + dilationH + "x" + dilationW + ", groups " + groups;
    }

    private static ConvShape windows(
            int batch, int inH, int inW, int inC, Shape w, Conv2dOptions o, Function<String, ShapeException> error) {
        Padding.Explicit p = o.padding() instanceof Padding.Explicit e ? e : new Padding.Explicit(0, 0, 0, 0);
        SlidingAxis v =
                SlidingAxis.of(inH, w.dim(1), o.strideH(), o.dilationH(), o.padding(), p.top(), p.bottom(), error);
        SlidingAxis h =
                SlidingAxis.of(inW, w.dim(2), o.strideW(), o.dilationW(), o.padding(), p.left(), p.right(), error);
        return new ConvShape(
                batch,
                inH,
                inW,
                inC,
                w.dim(0),
                w.dim(1),
                w.dim(2),
                o.strideH(),
                o.strideW(),
                v.before(),
                h.before(),
                o.dilationH(),
                o.dilationW(),
                o.groups(),
                v.out(),
                h.out());
    }

    private static long transposedExtent(int in, int kernel, Conv2dOptions o, boolean rows) {
        long stride = rows ? o.strideH() : o.strideW();
        if (!(o.padding() instanceof Padding.Explicit p)) {
            return in * stride;
        }
        long dilation = rows ? o.dilationH() : o.dilationW();
        long pad = rows ? (long) p.top() + p.bottom() : (long) p.left() + p.right();
        return (in - 1) * stride + (kernel - 1) * dilation + 1 - pad;
    }

    private static void requireImages(Shape x, Shape w, Function<String, ShapeException> error) {
        if (x.rank() != 4 || w.rank() != 4) {
            throw error.apply("input and weight must have four axes");
        }
    }

    private static ShapeException mismatch(
            String op, String layer, String rule, Shape x, Shape w, Conv2dOptions options) {
        boolean forward = op.equals("conv2d");
        boolean images = x.rank() == 4 && w.rank() == 4;
        String message = layer.isEmpty() ? rule : layer + ": " + rule;
        message += line("input", x, "(N, H, W, C)", images ? "C  = " + x.dim(3) : "");
        message += line(
                "weight",
                w,
                forward ? "(out, kH, kW, in)" : "(in, kH, kW, out)",
                images ? "in = " + w.dim(forward ? 3 : 0) : "");
        return new ShapeException(
                op, options.groups() == 1 ? message : message + line("groups", options.groups(), "", ""));
    }

    private static String line(String name, Object value, String axes, String channels) {
        return System.lineSeparator()
                + String.format("    %-7s %-20s %-20s %s", name, value, axes, channels)
                        .stripTrailing();
    }
}
