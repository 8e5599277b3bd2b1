package dev.aorta.backend;

import dev.aorta.Conv2dOptions;
import dev.aorta.Padding;
import dev.aorta.Shape;
import dev.aorta.ShapeException;

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
     * @throws ShapeException when a rank, the channels or the groups do not match or the kernel does not fit
     */
    public static ConvShape of(String layer, Shape x, Shape w, Conv2dOptions options) {
        requireImage("conv2d", layer, "input", x, w);
        int groups = options.groups();
        if (x.dim(3) != w.dim(3) * groups) {
            throw mismatch("conv2d", layer, "input channels do not match the weight", x, "C  = " + x.dim(3), w, groups);
        }
        if (w.dim(0) % groups != 0) {
            throw mismatch("conv2d", layer, "groups do not divide the output channels", x, "", w, groups);
        }
        return windows("conv2d", x.dim(0), x.dim(1), x.dim(2), x.dim(3), w.dim(0), w, options);
    }

    /**
     * The geometry of the convolution that a transposed convolution transposes: its {@code x} is the output of the transposed
     * one.
     *
     * @param layer named in errors, may be empty
     * @param input input of the transposed convolution, (N, h, w, in)
     * @param w weight, (in, kH, kW, out / groups)
     * @param outH rows to produce; 0 for {@code h * stride} under SAME padding and else the least that fits, {@code (h - 1) *
     *     stride + (kH - 1) * dilation + 1 - padding}
     * @param outW columns to produce; 0 as for outH
     * @throws ShapeException when ranks or channels do not match or no convolution maps the stated output to the input
     */
    public static ConvShape transposed(String layer, Shape input, Shape w, Conv2dOptions options, int outH, int outW) {
        String op = "convTranspose2d";
        requireImage(op, layer, "input", input, w);
        if (input.dim(3) != w.dim(0)) {
            throw mismatch(op, layer, "input channels do not match the weight", input, "C  = " + input.dim(3), w, 1);
        }
        if (w.dim(0) % options.groups() != 0) {
            throw mismatch(op, layer, "groups do not divide the input channels", input, "", w, options.groups());
        }
        int h = outH != 0 ? outH : transposedExtent(input.dim(1), w.dim(1), options, true);
        int v = outW != 0 ? outW : transposedExtent(input.dim(2), w.dim(2), options, false);
        if (h < 1 || v < 1) {
            throw mismatch(op, layer, "the output would be " + h + " x " + v, input, "", w, options.groups());
        }
        int channels = Math.multiplyExact(w.dim(3), options.groups());
        ConvShape s = windows(op, input.dim(0), h, v, channels, w.dim(0), w, options);
        if (s.outH != input.dim(1) || s.outW != input.dim(2)) {
            throw mismatch(
                    op,
                    layer,
                    "no convolution with these options maps an output of " + h + " x " + v
                            + " to the input; it would be " + s.outH + " x " + s.outW,
                    input,
                    "",
                    w,
                    options.groups());
        }
        return s;
    }

    /** Shape of {@code x}, (N, H, W, C). */
    public Shape input() {
        return Shape.of(batch, inH, inW, inC);
    }

    /** Shape of {@code w}, (out, kH, kW, C / groups). */
    public Shape weight() {
        return Shape.of(outC, kH, kW, inC / groups);
    }

    /** Shape of {@code y}, (N, outH, outW, out). */
    public Shape output() {
        return Shape.of(batch, outH, outW, outC);
    }

    /** Multiply-adds of one pass, counted as direct convolution with padding included. */
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
            String op, int batch, int inH, int inW, int inC, int outC, Shape w, Conv2dOptions o) {
        Padding.Explicit p = o.padding() instanceof Padding.Explicit e ? e : new Padding.Explicit(0, 0, 0, 0);
        SlidingAxis v = SlidingAxis.of(op, inH, w.dim(1), o.strideH(), o.dilationH(), o.padding(), p.top(), p.bottom());
        SlidingAxis h = SlidingAxis.of(op, inW, w.dim(2), o.strideW(), o.dilationW(), o.padding(), p.left(), p.right());
        return new ConvShape(
                batch,
                inH,
                inW,
                inC,
                outC,
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

    private static int transposedExtent(int in, int kernel, Conv2dOptions o, boolean rows) {
        int stride = rows ? o.strideH() : o.strideW();
        if (!(o.padding() instanceof Padding.Explicit p)) {
            return Math.multiplyExact(in, stride);
        }
        int dilation = rows ? o.dilationH() : o.dilationW();
        int pad = rows ? p.top() + p.bottom() : p.left() + p.right();
        return Math.toIntExact((in - 1L) * stride + (kernel - 1L) * dilation + 1 - pad);
    }

    private static void requireImage(String op, String layer, String what, Shape x, Shape w) {
        if (x.rank() != 4 || w.rank() != 4) {
            throw mismatch(op, layer, what + " and weight must have four axes", x, "", w, 1);
        }
    }

    private static ShapeException mismatch(
            String op, String layer, String rule, Shape x, String xNote, Shape w, int groups) {
        String axes = op.equals("conv2d") ? "(out, kH, kW, in)" : "(in, kH, kW, out)";
        String in = w.rank() != 4 ? "" : op.equals("conv2d") ? "in = " + w.dim(3) : "in = " + w.dim(0);
        return new ShapeException(
                op,
                (layer.isEmpty() ? "" : layer + ": ")
                        + rule
                        + String.format("%n    input   %-20s (N, H, W, C)         %s", x, xNote)
                        + String.format("%n    weight  %-20s %-20s %s", w, axes, in)
                        + (groups == 1 ? "" : String.format("%n    groups  %d", groups)));
    }
}
