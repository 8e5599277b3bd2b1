package dev.aorta.onnx.operators;

import dev.aorta.Device;
import dev.aorta.Scope;
import dev.aorta.onnx.OnnxException;
import dev.aorta.onnx.proto.Attribute;
import dev.aorta.onnx.proto.ElementType;
import dev.aorta.onnx.proto.Node;
import dev.aorta.onnx.value.DeviceValue;
import dev.aorta.onnx.value.Dims;
import dev.aorta.onnx.value.HostValue;
import dev.aorta.onnx.value.Value;
import java.util.Arrays;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** One run of a node: its inputs, its attributes with their defaults, and how it complains. */
public final class Call {
    private final Site site;
    private final Node node;
    private final @Nullable Value[] inputs;

    /**
     * Where nodes run.
     *
     * @param file for messages
     * @param opset version of the standard's operators
     * @param device that computes
     * @param maxElements the most that one value may have
     */
    public record Site(String file, int opset, Device device, long maxElements) {}

    /** @param inputs null for an optional one that is not there */
    public Call(Site site, Node node, @Nullable Value... inputs) {
        this.site = site;
        this.node = node;
        this.inputs = inputs;
    }

    /** The run of a node that is part of this one. */
    Call part(Node part, @Nullable Value... ofPart) {
        return new Call(site, part, ofPart);
    }

    // ---- inputs

    int inputs() {
        return inputs.length;
    }

    boolean has(int i) {
        return inOrNull(i) != null;
    }

    @Nullable
    Value inOrNull(int i) {
        return i < inputs.length ? inputs[i] : null;
    }

    Value in(int i) {
        Value value = inOrNull(i);
        if (value == null) {
            throw invalid("input " + i + " is missing");
        }
        return value;
    }

    List<Value> all() {
        Value[] present = new Value[inputs.length];
        Arrays.setAll(present, this::in);
        return List.of(present);
    }

    HostValue host(int i) {
        return in(i).host();
    }

    /** A value on the host, for an operator that has no derivative there: while gradients are recorded that is an error. */
    HostValue constant(Value value) {
        if (Scope.recording() && value instanceof DeviceValue d && d.type().isFloat()) {
            throw unsupported("its derivative is asked for (Scope.noGrad() runs it without)");
        }
        return value.host();
    }

    /** An input on the device, of at least one element. */
    DeviceValue device(int i) {
        return device(in(i));
    }

    DeviceValue device(Value value) {
        if (value.size() == 0) {
            throw unsupported("an empty tensor " + Arrays.toString(value.dims()) + " is not computed with");
        }
        return switch (value) {
            case DeviceValue d -> d;
            case HostValue h -> new DeviceValue(h.upload(site.device), h.type(), h.dims(), Dims.inOrder(h.rank()));
        };
    }

    /** Whole numbers of an input. */
    long[] longs(int i) {
        return host(i).toLongs();
    }

    /** Whole numbers of an input, or of an attribute where older versions have them. */
    long @Nullable [] longsOrNull(int i, String attribute) {
        return has(i) ? longs(i) : node.attributes().get(attribute) instanceof Attribute.OfInts a ? a.value() : null;
    }

    /** The number of an input with one element. */
    double number(int i) {
        HostValue value = host(i);
        if (value.size() != 1) {
            throw invalid("input " + i + " must be one number, got " + value);
        }
        return value.real(0);
    }

    double number(int i, double otherwise) {
        return has(i) ? number(i) : otherwise;
    }

    // ---- attributes

    boolean given(String attribute) {
        return node.attributes().containsKey(attribute);
    }

    int integer(String name, long otherwise) {
        long value = longInteger(name, otherwise);
        if (value != (int) value) {
            throw invalid("attribute " + name + " is " + value);
        }
        return (int) value;
    }

    long longInteger(String name, long otherwise) {
        return switch (node.attributes().get(name)) {
            case null -> otherwise;
            case Attribute.OfInt a -> a.value();
            default -> throw kind(name, "a whole number");
        };
    }

    float real(String name, double otherwise) {
        return switch (node.attributes().get(name)) {
            case null -> (float) otherwise;
            case Attribute.OfFloat a -> a.value();
            default -> throw kind(name, "a number");
        };
    }

    String text(String name, String otherwise) {
        return switch (node.attributes().get(name)) {
            case null -> otherwise;
            case Attribute.OfString a -> a.value();
            default -> throw kind(name, "a string");
        };
    }

    long @Nullable [] ints(String name) {
        return switch (node.attributes().get(name)) {
            case null -> null;
            case Attribute.OfInts a -> a.value();
            default -> throw kind(name, "a list of whole numbers");
        };
    }

    /** An attribute with one whole number for each of some axes. */
    int[] ints(String name, int count, int otherwise) {
        long[] given = ints(name);
        int[] values = new int[count];
        Arrays.fill(values, otherwise);
        if (given != null) {
            if (given.length != count) {
                throw invalid("attribute " + name + " must have " + count + " numbers, got " + Arrays.toString(given));
            }
            Arrays.setAll(values, i -> extent(given[i]));
        }
        return values;
    }

    /** The nodes of an attribute that is a graph. */
    List<Node> nodes(String name) {
        if (node.attributes().get(name) instanceof Attribute.OfGraph g) {
            return g.value().nodes();
        }
        throw kind(name, "a graph");
    }

    /** The standard's type that an attribute names. */
    ElementType type(String name, ElementType otherwise) {
        ElementType type = ElementType.of(longInteger(name, otherwise.number()));
        if (type == null || type.bytes() == 0) {
            throw unsupported("elements of " + (type == null ? "an unknown type" : type.label()));
        }
        return type;
    }

    private OnnxException kind(String name, String expected) {
        return invalid("attribute " + name + " must be " + expected);
    }

    // ---- rules

    /** An axis counted from 0. */
    int axis(long axis, int rank) {
        if (axis < -rank || axis >= rank) {
            throw invalid("there is no axis " + axis + " among " + rank);
        }
        return (int) (axis < 0 ? axis + rank : axis);
    }

    /** Axes counted from 0, each once. */
    int[] axes(long[] axes, int rank) {
        int[] all = Arrays.stream(axes).mapToInt(a -> axis(a, rank)).toArray();
        if (Arrays.stream(all).distinct().count() != all.length) {
            throw invalid("axes " + Arrays.toString(axes) + " name one twice");
        }
        return all;
    }

    /** A number that must fit in 31 bits. */
    int extent(long value) {
        if (value != (int) value) {
            throw invalid("the number " + value + " is too large");
        }
        return (int) value;
    }

    /** Extents that were computed from values rather than from what is there; checked before memory is taken. */
    int[] limited(int... dims) {
        long count = Dims.count(dims);
        if (Dims.anyNegative(dims) || count > site.maxElements) {
            throw invalid("the result " + Arrays.toString(dims) + " would have " + count + " elements; the most is "
                    + site.maxElements + " (property aorta.onnx.maxElements)");
        }
        return dims;
    }

    int[] limited(long... dims) {
        int[] extents = new int[dims.length];
        Arrays.setAll(extents, i -> extent(dims[i]));
        return limited(extents);
    }

    int opset() {
        return site.opset;
    }

    Device on() {
        return site.device;
    }

    Node node() {
        return node;
    }

    /** Number of outputs that are wanted, counted to the last one with a name. */
    int outputs() {
        int count = node.outputs().size();
        while (count > 1 && node.outputs().get(count - 1).isEmpty()) {
            count--;
        }
        return count;
    }

    OnnxException unsupported(String what) {
        return OnnxException.unsupported(describe() + ": " + what + ", which is not supported");
    }

    OnnxException invalid(String what) {
        return OnnxException.invalid(describe() + ": " + what);
    }

    /** For example {@code model.onnx: Conv 'stem' (opset 17)}. */
    public String describe() {
        return site.file + ": " + describe(node) + " (opset " + site.opset + ")";
    }

    /** For example {@code Conv 'stem'}. */
    public static String describe(Node node) {
        String name = node.name().isEmpty()
                ? node.outputs().isEmpty() ? "" : node.outputs().getFirst()
                : node.name();
        return (node.domain().isEmpty() ? "" : node.domain() + ".") + node.opType() + " '" + name + "'";
    }
}
