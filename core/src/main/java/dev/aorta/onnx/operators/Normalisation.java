package dev.aorta.onnx.operators;

import dev.aorta.Shape;
import dev.aorta.Tensor;
import dev.aorta.onnx.value.DeviceValue;
import dev.aorta.onnx.value.Dims;
import dev.aorta.onnx.value.Value;
import java.util.Arrays;
import java.util.List;
import java.util.stream.IntStream;

/** Normalisations. */
final class Normalisation {
    private Normalisation() {}

    static List<Operator> rows() {
        return List.of(
                Operator.many(
                                "BatchNormalization",
                                "consumed_inputs epsilon is_test momentum spatial training_mode",
                                Normalisation::batch)
                        .weights(1, 2, 3, 4),
                Operator.of("InstanceNormalization", "consumed_inputs epsilon", Normalisation::instance)
                        .weights(1, 2),
                Operator.of("GroupNormalization", "epsilon num_groups stash_type", Normalisation::group)
                        .weights(1, 2),
                Operator.of(Fused.GROUP_NORM, "epsilon num_groups", c -> Movement.reshape(c, group(c), c.longs(3)))
                        .weights(1, 2)
                        .host(3),
                Operator.many("LayerNormalization", "axis epsilon stash_type", Normalisation::layer)
                        .weights(1, 2),
                Operator.of("RMSNormalization", "axis epsilon stash_type", Normalisation::rootMeanSquare)
                        .weights(1),
                Operator.of("MeanVarianceNormalization", "axes", Normalisation::meanVariance),
                Operator.of("LpNormalization", "axis p", Normalisation::lp),
                Operator.of("LRN", "alpha beta bias size", Normalisation::localResponse));
    }

    /** With axis 1, the channels, last in memory. */
    private static DeviceValue channelsLast(DeviceValue x) {
        return x.rank() < 2 ? x : x.to(Dims.withLast(x.order(), 1));
    }

    private static Tensor perChannel(Call c, int input, int channels) {
        DeviceValue v = c.device(input);
        if (v.size() != channels) {
            throw c.invalid("input " + input + " is " + v + ", but there are " + channels + " channels");
        }
        return v.shaped(channels);
    }

    private static List<Value> batch(Call c) {
        if (c.opset() < 9 && c.integer("spatial", 1) == 0) {
            throw c.unsupported("spatial = 0");
        }
        DeviceValue x = channelsLast(c.device(0));
        int channels = x.rank() < 2 ? 1 : x.dim(1);
        Tensor image = x.rank() < 2 ? x.shaped(x.size(), 1) : x.tensor();
        Tensor gamma = perChannel(c, 1, channels);
        Tensor beta = perChannel(c, 2, channels);
        Tensor mean = perChannel(c, 3, channels);
        Tensor variance = perChannel(c, 4, channels);
        float epsilon = c.real("epsilon", 1e-5);
        boolean trains =
                c.integer("training_mode", 0) != 0 || c.opset() < 7 && c.integer("is_test", 0) == 0 && c.outputs() > 1;
        if (!trains) {
            return List.of(x.map(t -> image.batchNormInference(gamma, beta, mean, variance, epsilon)));
        }
        if (c.opset() < 14) {
            throw c.unsupported("training before opset 14");
        }
        int[] rows = IntStream.range(0, image.shape().rank() - 1).toArray();
        Tensor own = image.mean(rows);
        Tensor spread = image.sub(own).square().mean(rows);
        float momentum = c.real("momentum", 0.9);
        Tensor y = image.sub(own).div(spread.add(epsilon).sqrt()).mul(gamma).add(beta);
        return List.of(
                x.like(y, x.dims(), x.order()),
                DeviceValue.of(mean.mul(momentum).add(own.mul(1 - momentum))),
                DeviceValue.of(variance.mul(momentum).add(spread.mul(1 - momentum))));
    }

    private static Value instance(Call c) {
        DeviceValue x = channelsLast(c.device(0));
        if (x.rank() < 3) {
            throw c.invalid("needs (N, C, ..), got " + x);
        }
        return groups(c, x, x.dim(1), perChannel(c, 1, x.dim(1)), perChannel(c, 2, x.dim(1)));
    }

    /** Before opset 21 there was one scale and shift for each group. */
    private static Value group(Call c) {
        DeviceValue x = channelsLast(c.device(0));
        int groups = c.integer("num_groups", 1);
        if (x.rank() < 2 || groups < 1 || x.dim(1) % groups != 0) {
            throw c.invalid(groups + " groups do not divide the channels of " + x);
        }
        boolean perGroup = c.opset() < 21 && c.node().opType().equals("GroupNormalization");
        int count = perGroup ? groups : x.dim(1);
        Tensor[] maps = {perChannel(c, 1, count), perChannel(c, 2, count)};
        for (int i = 0; i < 2 && count < x.dim(1); i++) {
            int each = x.dim(1) / groups;
            maps[i] = maps[i].reshape(groups, 1).expand(Shape.of(groups, each)).reshape(x.dim(1));
        }
        return groups(c, x, groups, maps[0], maps[1]);
    }

    private static Value groups(Call c, DeviceValue given, int groups, Tensor gamma, Tensor beta) {
        int[] order = IntStream.concat(
                        IntStream.of(0), IntStream.of(given.order()).filter(a -> a > 0))
                .toArray();
        DeviceValue x = given.to(Dims.withLast(order, 1));
        Tensor image = x.tensor();
        return x.like(image.groupNorm(groups, gamma, beta, c.real("epsilon", 1e-5)), x.dims(), x.order());
    }

    /** Values whose axes from {@code axis} on stand last in memory, in order. */
    private static DeviceValue trailing(DeviceValue x, int axis) {
        return x.to(Dims.withLast(x.order(), IntStream.range(axis, x.rank()).toArray()));
    }

    private static List<Value> layer(Call c) {
        DeviceValue given = c.device(0);
        int axis = c.axis(c.integer("axis", -1), given.rank());
        DeviceValue x = trailing(given, axis);
        int[] normal = Arrays.copyOfRange(x.dims(), axis, x.rank());
        int columns = Dims.size(normal);
        float epsilon = c.real("epsilon", 1e-5);
        Tensor gamma = perElement(c, 1, normal, 1);
        Tensor beta = perElement(c, 2, normal, 0);
        Tensor rows = x.shaped(x.size() / columns, columns);
        DeviceValue y = x.like(rows.layerNorm(gamma, beta, epsilon), x.dims(), x.order());
        if (c.outputs() < 2) {
            return List.of(y);
        }
        int[] kept = x.dims();
        Arrays.fill(kept, axis, kept.length, 1);
        Tensor mean = rows.mean(1);
        Tensor variance =
                rows.sub(mean.reshape(rows.shape().dim(0), 1)).square().mean(1);
        return List.of(
                y,
                x.like(mean, kept, x.order()),
                x.like(variance.add(epsilon).sqrt().reciprocal(), kept, x.order()));
    }

    /** A scale or shift of the normalised axes, as a row. */
    private static Tensor perElement(Call c, int input, int[] normal, float otherwise) {
        int columns = Dims.size(normal);
        if (!c.has(input)) {
            Tensor row = Tensor.zeros(c.on(), Shape.of(columns));
            return otherwise == 0 ? row : row.add(otherwise);
        }
        DeviceValue v = c.device(input);
        return v.size() == columns
                ? v.to(Dims.inOrder(v.rank())).shaped(columns)
                : v.inOrder().expand(Shape.of(normal)).reshape(columns);
    }

    private static Value rootMeanSquare(Call c) {
        DeviceValue given = c.device(0);
        int axis = c.axis(c.integer("axis", -1), given.rank());
        DeviceValue x = trailing(given, axis);
        int[] normal = Arrays.copyOfRange(x.dims(), axis, x.rank());
        int columns = Dims.size(normal);
        Tensor rows = x.shaped(x.size() / columns, columns);
        Tensor size = rows.square().mean(1).add(c.real("epsilon", 1e-5)).sqrt();
        Tensor y = rows.div(size.reshape(rows.shape().dim(0), 1)).mul(perElement(c, 1, normal, 1));
        return x.like(y, x.dims(), x.order());
    }

    private static Value meanVariance(Call c) {
        DeviceValue x = c.device(0);
        long[] stated = c.ints("axes");
        int[] axes = c.axes(stated == null ? new long[] {0, 2, 3} : stated, x.rank());
        Value mean = Reductions.reduce(c, x, "ReduceMean", axes, true);
        DeviceValue centred = c.device(Arithmetic.sub(c, x, mean));
        DeviceValue spread = c.device(Reductions.reduce(c, centred.map(Tensor::square), "ReduceMean", axes, true));
        return Arithmetic.div(c, centred, spread.map(t -> t.sqrt().add(1e-9f)));
    }

    private static Value lp(Call c) {
        DeviceValue x = c.device(0);
        int[] axis = {c.axis(c.integer("axis", -1), x.rank())};
        boolean absolute = c.integer("p", 2) == 1;
        Value size = Reductions.reduce(c, x, absolute ? "ReduceL1" : "ReduceL2", axis, true);
        return Arithmetic.div(c, x, size);
    }

    private static Value localResponse(Call c) {
        DeviceValue x = channelsLast(c.device(0));
        int size = c.integer("size", 1);
        int channels = x.dim(1);
        if (size < 1 || size > 2L * channels + 1) {
            throw c.invalid("size " + size + " of a window over " + channels + " channels");
        }
        Tensor all = x.tensor();
        Tensor squares = all.square().pad(-1, (size - 1) / 2, size / 2, 0);
        Tensor sum = squares.slice(-1, 0, channels);
        for (int k = 1; k < size; k++) {
            sum = sum.add(squares.slice(-1, k, k + channels));
        }
        Tensor scale =
                sum.mul(c.real("alpha", 1e-4) / size).add(c.real("bias", 1)).pow(-c.real("beta", 0.75));
        return x.like(all.mul(scale), x.dims(), x.order());
    }
}
