package dev.aorta.backend;

import dev.aorta.Padding;
import dev.aorta.Pool2dOptions;
import dev.aorta.Shape;
import dev.aorta.ShapeException;
import java.util.function.Function;

/**
 * The geometry of one 2-D pooling, computed and validated once. Window {@code (oy, ox)} covers rows {@code oy * strideH -
 * padTop} to {@code + kH - 1} and columns {@code ox * strideW - padLeft} to {@code + kW - 1}, cut at the image.
 *
 * @param batch images
 * @param inH rows of the input
 * @param inW columns of the input
 * @param channels channels of both
 * @param kH rows of the window
 * @param kW columns of the window
 * @param strideH rows between windows
 * @param strideW columns between windows
 * @param padTop padded rows above
 * @param padLeft padded columns left
 * @param outH rows of the output
 * @param outW columns of the output
 */
public record PoolShape(
        int batch,
        int inH,
        int inW,
        int channels,
        int kH,
        int kW,
        int strideH,
        int strideW,
        int padTop,
        int padLeft,
        int outH,
        int outW) {

    /**
     * The geometry of a pooling.
     *
     * @param op for the error text
     * @param x input, (N, H, W, C)
     * @param o window, stride, padding
     * @return the geometry
     * @throws ShapeException when x has not four axes, the window does not fit, or it could lie in the padding alone
     */
    public static PoolShape of(String op, Shape x, Pool2dOptions o) {
        Function<String, ShapeException> error =
                rule -> new ShapeException(op, rule + String.format("%n    input   %-20s (N, H, W, C)", x));
        if (x.rank() != 4) {
            throw error.apply("input must have four axes");
        }
        Padding.Explicit p = o.padding() instanceof Padding.Explicit e ? e : new Padding.Explicit(0, 0, 0, 0);
        if (Math.max(p.top(), p.bottom()) >= o.kernelH() || Math.max(p.left(), p.right()) >= o.kernelW()) {
            throw error.apply("padding " + p + " must be smaller than the window " + o.kernelH() + " x " + o.kernelW()
                    + ", or a window would hold no pixel");
        }
        SlidingAxis v = SlidingAxis.of(x.dim(1), o.kernelH(), o.strideH(), 1, o.padding(), p.top(), p.bottom(), error);
        SlidingAxis h = SlidingAxis.of(x.dim(2), o.kernelW(), o.strideW(), 1, o.padding(), p.left(), p.right(), error);
        return new PoolShape(
                x.dim(0),
                x.dim(1),
                x.dim(2),
                x.dim(3),
                o.kernelH(),
                o.kernelW(),
                o.strideH(),
                o.strideW(),
                v.before(),
                h.before(),
                v.out(),
                h.out());
    }

    /** {@return the shape of the input, (N, H, W, C)} */
    public Shape input() {
        return Shape.of(batch, inH, inW, channels);
    }

    /** {@return the shape of the output, (N, outH, outW, C)} */
    public Shape output() {
        return Shape.of(batch, outH, outW, channels);
    }
}
