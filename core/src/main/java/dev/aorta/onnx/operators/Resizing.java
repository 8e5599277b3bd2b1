package dev.aorta.onnx.operators;

import dev.aorta.onnx.proto.Attribute;
import dev.aorta.onnx.proto.ElementType;
import dev.aorta.onnx.value.DeviceValue;
import dev.aorta.onnx.value.Dims;
import dev.aorta.onnx.value.HostValue;
import dev.aorta.onnx.value.Value;
import java.util.Arrays;
import java.util.List;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/** Resize and its elder Upsample: one map along each axis, {@link ResizeAxis}. */
final class Resizing {
    private Resizing() {}

    static List<Operator> rows() {
        return List.of(
                Operator.of(
                                "Resize",
                                "antialias axes coordinate_transformation_mode cubic_coeff_a exclude_outside"
                                        + " extrapolation_value keep_aspect_ratio_policy mode nearest_mode",
                                Resizing::resize)
                        .host(1, 2, 3),
                Operator.of("Upsample", "height_scale mode scales width_scale", Resizing::upsample)
                        .host(1));
    }

    private static Value resize(Call c) {
        DeviceValue x = c.device(0);
        boolean old = c.opset() < 11;
        long[] stated = c.ints("axes");
        int[] axes = stated == null ? Dims.inOrder(x.rank()) : c.axes(stated, x.rank());
        HostValue scales = old ? c.host(1) : c.has(2) ? c.host(2) : null;
        HostValue sizes = !old && c.has(3) && c.host(3).size() > 0 ? c.host(3) : null;
        HostValue roi = !old && c.has(1) && c.host(1).size() > 0 ? c.host(1) : null;
        if (sizes == null && (scales == null || scales.size() == 0)) {
            throw c.invalid("there are neither scales nor sizes");
        }
        HostValue given = sizes != null ? sizes : Objects.requireNonNull(scales);
        if (given.size() != axes.length || roi != null && roi.size() != 2 * axes.length) {
            throw c.invalid("scales, sizes and roi must have a number for each of " + axes.length + " axes");
        }
        double[] factors = new double[axes.length];
        int[] extents = new int[axes.length];
        String policy = c.text("keep_aspect_ratio_policy", "stretch");
        double common = policy.equals("not_larger") ? Double.POSITIVE_INFINITY : 0;
        for (int i = 0; i < axes.length; i++) {
            factors[i] = sizes == null ? given.real(i) : given.real(i) / x.dim(axes[i]);
            common = policy.equals("not_larger") ? Math.min(common, factors[i]) : Math.max(common, factors[i]);
        }
        for (int i = 0; i < axes.length; i++) {
            boolean keeps = sizes != null && !policy.equals("stretch");
            factors[i] = keeps ? common : factors[i];
            double extent = keeps
                    ? Math.floor(common * x.dim(axes[i]) + 0.5)
                    : sizes != null ? given.real(i) : Math.floor(factors[i] * x.dim(axes[i]));
            if (!(factors[i] > 0) || !(extent >= 1) || extent > Integer.MAX_VALUE) {
                throw c.invalid("the scale " + factors[i] + " of axis " + axes[i] + " of " + x);
            }
            extents[i] = (int) extent;
        }
        ResizeAxis.Rule rule = new ResizeAxis.Rule(
                c.text("mode", "nearest"),
                old ? "asymmetric" : c.text("coordinate_transformation_mode", "half_pixel"),
                old ? "floor" : c.text("nearest_mode", "round_prefer_floor"),
                c.real("cubic_coeff_a", -0.75),
                c.integer("exclude_outside", 0) != 0,
                c.integer("antialias", 0) != 0);
        return along(c, x, axes, factors, extents, roi, rule);
    }

    private static Value upsample(Call c) {
        DeviceValue x = c.device(0);
        double[] factors = new double[x.rank()];
        if (c.has(1)) {
            factors = c.host(1).toDoubles();
        } else if (c.node().attributes().get("scales") instanceof Attribute.OfFloats a) {
            factors = new double[a.value().length];
            for (int i = 0; i < factors.length; i++) {
                factors[i] = a.value()[i];
            }
        } else if (x.rank() == 4) {
            factors = new double[] {1, 1, c.real("height_scale", 0), c.real("width_scale", 0)};
        }
        if (factors.length != x.rank()) {
            throw c.invalid(factors.length + " scales for " + x);
        }
        int[] extents = new int[factors.length];
        for (int i = 0; i < extents.length; i++) {
            double extent = Math.floor(factors[i] * x.dim(i));
            if (!(extent >= 1) || extent > Integer.MAX_VALUE) {
                throw c.invalid("the scale " + factors[i] + " of axis " + i + " of " + x);
            }
            extents[i] = (int) extent;
        }
        String mode = c.text("mode", "nearest");
        ResizeAxis.Rule rule = new ResizeAxis.Rule(
                mode.equals("bilinear") ? "linear" : mode, "asymmetric", "floor", -0.75f, false, false);
        return along(c, x, Dims.inOrder(x.rank()), factors, extents, null, rule);
    }

    private static Value along(
            Call c,
            DeviceValue x,
            int[] axes,
            double[] factors,
            int[] extents,
            @Nullable HostValue roi,
            ResizeAxis.Rule rule) {
        int[] dims = x.dims();
        for (int i = 0; i < axes.length; i++) {
            dims[axes[i]] = extents[i];
        }
        c.limited(dims);
        DeviceValue whole = wholeFactor(x, axes, factors, extents, rule);
        if (whole != null) {
            return whole;
        }
        Value y = x;
        double[][] inside = new double[axes.length][];
        for (int i = 0; i < axes.length; i++) {
            double from = roi == null ? 0 : roi.real(i);
            double to = roi == null ? 1 : roi.real(axes.length + i);
            ResizeAxis axis = new ResizeAxis(c, rule, x.dim(axes[i]), extents[i], factors[i], from, to);
            inside[i] = axis.inside();
            if (!axis.isIdentity()) {
                y = rule.mode().equals("nearest")
                        ? y.pick(axes[i], axis.nearest())
                        : AxisMap.apply(c, c.device(y), axes[i], axis.matrix(), extents[i]);
            }
        }
        return rule.crops() ? outside(c, c.device(y), axes, inside) : y;
    }

    /** What lies outside of the image has one value. */
    private static Value outside(Call c, DeviceValue y, int[] axes, double[][] inside) {
        Value result = y;
        Value extrapolated =
                HostValue.of(ElementType.FLOAT, new int[0], new double[] {c.real("extrapolation_value", 0)});
        for (int i = 0; i < axes.length; i++) {
            if (Arrays.stream(inside[i]).allMatch(v -> v != 0)) {
                continue;
            }
            int[] dims = new int[y.rank()];
            Arrays.fill(dims, 1);
            dims[axes[i]] = inside[i].length;
            long[] condition = Arrays.stream(inside[i]).mapToLong(v -> (long) v).toArray();
            result = Arithmetic.where(c, HostValue.of(ElementType.BOOL, dims, condition), result, extrapolated);
        }
        return result;
    }

    /** Images enlarged by one whole factor have a kernel; null where it does not compute this. */
    private static @Nullable DeviceValue wholeFactor(
            DeviceValue x, int[] axes, double[] factors, int[] extents, ResizeAxis.Rule rule) {
        boolean bilinear = rule.mode().equals("linear")
                && rule.transformation().endsWith("half_pixel")
                && !rule.antialias()
                && !rule.excludes();
        boolean repeats = rule.mode().equals("nearest")
                && (rule.transformation().equals("asymmetric")
                                && rule.rounding().equals("floor")
                        || rule.transformation().endsWith("half_pixel")
                                && rule.rounding().startsWith("round"));
        if (x.rank() != 4 || !bilinear && !repeats) {
            return null;
        }
        int[] factor = {1, 1, 1, 1};
        for (int i = 0; i < axes.length; i++) {
            factor[axes[i]] = (int) factors[i];
            if (factors[i] != (int) factors[i] || extents[i] != (int) factors[i] * x.dim(axes[i])) {
                return null;
            }
        }
        boolean even = factor[0] == 1 && factor[1] == 1 && factor[2] == factor[3] && factor[2] > 1;
        if (!even) {
            return null;
        }
        DeviceValue image = x.to(Planes.order(4));
        int[] dims = {x.dim(0), x.dim(1), x.dim(2) * factor[2], x.dim(3) * factor[3]};
        return image.like(
                bilinear
                        ? image.tensor().upsampleBilinear(factor[2])
                        : image.tensor().upsampleNearest(factor[2]),
                dims,
                image.order());
    }
}
