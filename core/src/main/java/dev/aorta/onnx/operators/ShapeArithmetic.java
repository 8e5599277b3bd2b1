package dev.aorta.onnx.operators;

import dev.aorta.onnx.proto.Attribute;
import dev.aorta.onnx.proto.ElementType;
import dev.aorta.onnx.value.DeviceValue;
import dev.aorta.onnx.value.Dims;
import dev.aorta.onnx.value.HostValue;
import dev.aorta.onnx.value.Value;
import java.util.Arrays;
import java.util.List;
import java.util.stream.IntStream;

/** What is known before anything is computed: constants, shapes, types. */
final class ShapeArithmetic {
    private ShapeArithmetic() {}

    static List<Operator> rows() {
        return List.of(
                Operator.of(
                        "Constant", "value value_float value_floats value_int value_ints", ShapeArithmetic::constant),
                Operator.of("ConstantOfShape", "value", ShapeArithmetic::constantOfShape)
                        .host(0),
                Operator.of("Shape", "end start", ShapeArithmetic::shape),
                Operator.of("Size", "", c -> HostValue.ints(c.in(0).size()).reshape()),
                Operator.of("Range", "", ShapeArithmetic::range).host(0, 1, 2),
                Operator.of("Cast", "round_mode saturate to", c -> cast(c, c.type("to", ElementType.UNDEFINED))),
                Operator.of(
                        "CastLike", "round_mode saturate", c -> cast(c, c.in(1).type())),
                Operator.many("Dropout", "consumed_inputs is_test ratio seed", ShapeArithmetic::dropout)
                        .host(1, 2));
    }

    private static Value constant(Call c) {
        Attribute value = c.node().attributes().isEmpty()
                ? null
                : c.node().attributes().firstEntry().getValue();
        if (value instanceof Attribute.OfTensor t && t.value().type().bytes() > 0) {
            return HostValue.of(t.value());
        }
        return switch (value) {
            case Attribute.OfFloat f -> HostValue.of(ElementType.FLOAT, new int[0], new double[] {f.value()});
            case Attribute.OfInt i -> HostValue.of(ElementType.INT64, new int[0], new long[] {i.value()});
            case Attribute.OfInts i -> HostValue.ints(i.value());
            case Attribute.OfFloats f -> {
                double[] values = new double[f.value().length];
                Arrays.setAll(values, k -> f.value()[k]);
                yield HostValue.of(ElementType.FLOAT, new int[] {values.length}, values);
            }
            case null -> throw c.unsupported("a constant without a value");
            default -> throw c.unsupported("a constant of this type");
        };
    }

    private static Value constantOfShape(Call c) {
        int[] dims = c.limited(c.longs(0));
        HostValue value = c.node().attributes().get("value") instanceof Attribute.OfTensor t
                ? HostValue.of(t.value())
                : HostValue.of(ElementType.FLOAT, new int[] {1}, new double[1]);
        if (value.size() != 1) {
            throw c.invalid("value must be one number, got " + value);
        }
        return value.pickAll(dims, new int[Dims.size(dims)]);
    }

    private static Value shape(Call c) {
        int[] dims = c.in(0).dims();
        int from = bound(c.integer("start", 0), dims.length);
        int to = bound(c.integer("end", dims.length), dims.length);
        return HostValue.ints(IntStream.range(from, to).mapToLong(i -> dims[i]).toArray());
    }

    private static int bound(int at, int rank) {
        return Math.clamp(at < 0 ? (long) at + rank : at, 0, rank);
    }

    private static Value range(Call c) {
        HostValue start = c.host(0);
        HostValue delta = c.host(2);
        double step = c.number(2);
        double count = Math.max(0, Math.ceil((c.number(1) - c.number(0)) / step));
        if (!(count <= Integer.MAX_VALUE)) {
            throw c.invalid("a range of " + count + " numbers");
        }
        int[] dims = c.limited((int) count);
        if (start.isReal()) {
            double[] values = new double[dims[0]];
            Arrays.setAll(values, i -> start.real(0) + i * step);
            return HostValue.of(start.type(), dims, values);
        }
        long[] values = new long[dims[0]];
        Arrays.setAll(values, i -> start.whole(0) + i * delta.whole(0));
        return HostValue.of(start.type(), dims, values);
    }

    /** On the device all numbers are float32; what must be cut or rounded goes to the host. */
    private static Value cast(Call c, ElementType to) {
        Value x = c.in(0);
        boolean same = x.type() == to
                || to == ElementType.FLOAT
                || to.isFloat() && x.type().isFloat();
        return x instanceof DeviceValue d && same ? d.as(to) : x.host().cast(to);
    }

    /** Drops only where the file itself says that it trains. */
    private static List<Value> dropout(Call c) {
        Value x = c.in(0);
        boolean trains =
                c.opset() >= 12 ? c.has(2) && c.host(2).whole(0) != 0 : c.opset() < 7 && c.integer("is_test", 1) == 0;
        double ratio = c.opset() >= 12 ? c.number(1, 0.5) : c.real("ratio", 0.5);
        if (trains && ratio > 0) {
            throw c.unsupported("dropout in training");
        }
        if (c.outputs() < 2) {
            return List.of(x);
        }
        long[] kept = new long[x.size()];
        Arrays.fill(kept, 1);
        HostValue mask = HostValue.of(ElementType.BOOL, x.dims(), kept);
        return List.of(x, c.opset() < 10 ? mask.cast(x.type()) : mask);
    }
}
