package dev.aorta.onnx.proto;

import dev.aorta.io.AtomicFile;
import dev.aorta.io.wire.ProtobufWriter;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.Channels;
import java.nio.channels.WritableByteChannel;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/** Writes ONNX files; the same model gives the same bytes. */
public final class ModelWriter {
    /** Bytes of weights from which on they stand in a file beside the model: protobuf ends at 2 GB. */
    public static final long EXTERNAL_ABOVE = Integer.MAX_VALUE - (1L << 24);

    private static final int ALIGNMENT = 4096;
    private static final int SMALLEST_OUTSIDE =
            1024; // shapes stand inside, where readers look before they load weights

    private final String dataFile;
    private final long smallestOutside;
    private final List<ByteBuffer> outside = new ArrayList<>();
    private long offset;

    private ModelWriter(String dataFile, long smallestOutside) {
        this.dataFile = dataFile;
        this.smallestOutside = smallestOutside;
    }

    /** The bytes of a model, with all its tensors inside. */
    public static byte[] toByteArray(Model model) {
        return new ModelWriter("", 0).model(model).toByteArray();
    }

    /** Writes a model, its weights in {@code NAME.data} beside it where they have more than {@link #EXTERNAL_ABOVE} bytes. */
    public static void write(Model model, Path file) throws IOException {
        write(model, file, EXTERNAL_ABOVE);
    }

    /** Writes a model, its weights in {@code NAME.data} beside it, small ones apart, where they have more bytes than stated. */
    public static void write(Model model, Path file, long externalAbove) throws IOException {
        long weights = model.graph().initializers().stream()
                .mapToLong(t -> t.data().remaining())
                .sum();
        String data = weights > externalAbove ? file.getFileName() + ".data" : "";
        ModelWriter writer = new ModelWriter(data, Math.min(SMALLEST_OUTSIDE, externalAbove));
        ProtobufWriter message = writer.model(model);
        if (!data.isEmpty()) {
            AtomicFile.write(file.resolveSibling(data), out -> {
                WritableByteChannel channel = Channels.newChannel(out);
                for (ByteBuffer tensor : writer.outside) {
                    channel.write(tensor);
                    channel.write(ByteBuffer.allocate(padding(tensor.capacity())));
                }
            });
        }
        AtomicFile.write(file, message::writeTo);
    }

    /** The message of one tensor, as in the standard's test data. */
    public static byte[] toByteArray(TensorProto tensor) {
        return new ModelWriter("", 0).tensor(tensor).toByteArray();
    }

    private static int padding(long bytes) {
        return (int) (-bytes & ALIGNMENT - 1);
    }

    private ProtobufWriter model(Model m) {
        ProtobufWriter out = new ProtobufWriter().varint(1, m.irVersion());
        text(out, 2, m.producer());
        text(out, 3, m.producerVersion());
        text(out, 4, m.domain());
        if (m.modelVersion() != 0) {
            out.varint(5, m.modelVersion());
        }
        text(out, 6, m.doc());
        out.message(7, graph(m.graph(), true));
        m.opsets().forEach((domain, version) -> {
            ProtobufWriter opset = new ProtobufWriter();
            text(opset, 1, domain);
            out.message(8, opset.varint(2, version));
        });
        m.metadata().forEach((key, value) -> out.message(14, entry(key, value)));
        return out;
    }

    private static void text(ProtobufWriter out, int field, String value) {
        if (!value.isEmpty()) {
            out.text(field, value);
        }
    }

    private static ProtobufWriter entry(String key, String value) {
        return new ProtobufWriter().text(1, key).text(2, value);
    }

    private ProtobufWriter graph(Graph g, boolean top) {
        ProtobufWriter out = new ProtobufWriter();
        g.nodes().forEach(node -> out.message(1, node(node)));
        text(out, 2, g.name());
        g.initializers().forEach(t -> out.message(5, top && isOutside(t) ? external(t) : tensor(t)));
        g.inputs().forEach(v -> out.message(11, value(v)));
        g.outputs().forEach(v -> out.message(12, value(v)));
        return out;
    }

    private ProtobufWriter node(Node n) {
        ProtobufWriter out = new ProtobufWriter();
        n.inputs().forEach(name -> out.text(1, name));
        n.outputs().forEach(name -> out.text(2, name));
        text(out, 3, n.name());
        out.text(4, n.opType());
        n.attributes().forEach((name, value) -> out.message(5, attribute(name, value)));
        text(out, 7, n.domain());
        return out;
    }

    private ProtobufWriter attribute(String name, Attribute a) {
        ProtobufWriter out = new ProtobufWriter().text(1, name);
        switch (a) {
            case Attribute.OfFloat f -> out.float32(2, f.value());
            case Attribute.OfInt i -> out.varint(3, i.value());
            case Attribute.OfString s -> out.text(4, s.value());
            case Attribute.OfTensor t -> out.message(5, tensor(t.value()));
            case Attribute.OfGraph g -> out.message(6, graph(g.value(), false));
            case Attribute.OfFloats f -> {
                for (float v : f.value()) {
                    out.float32(7, v);
                }
            }
            case Attribute.OfInts i -> {
                for (long v : i.value()) {
                    out.varint(8, v);
                }
            }
            case Attribute.OfStrings s -> s.value().forEach(v -> out.text(9, v));
            case Attribute.Other other ->
                throw new IllegalArgumentException(
                        "[onnx] attribute '" + name + "' of kind " + other.kind() + " cannot be written");
        }
        return out.varint(20, a.kind());
    }

    private ProtobufWriter tensor(TensorProto t) {
        if (t.type().bytes() == 0) {
            throw new IllegalArgumentException("[onnx] " + t + " cannot be written: its elements were not read");
        }
        return head(t).bytes(9, t.data());
    }

    private static ProtobufWriter head(TensorProto t) {
        ProtobufWriter out = new ProtobufWriter();
        out.packed(1, t.dims()).varint(2, t.type().number());
        text(out, 8, t.name());
        return out;
    }

    private boolean isOutside(TensorProto t) {
        return !dataFile.isEmpty() && t.data().remaining() >= smallestOutside;
    }

    private ProtobufWriter external(TensorProto t) {
        Map<String, String> place = new LinkedHashMap<>();
        place.put("location", dataFile);
        place.put("offset", Long.toString(offset));
        place.put("length", Integer.toString(t.data().remaining()));
        outside.add(t.data());
        offset += t.data().remaining() + padding(t.data().remaining());
        ProtobufWriter out = head(t);
        place.forEach((key, value) -> out.message(13, entry(key, value)));
        return out.varint(14, 1);
    }

    private static ProtobufWriter value(ValueInfo v) {
        ProtobufWriter tensor = new ProtobufWriter().varint(1, v.type().number());
        if (v.dims() != null) {
            ProtobufWriter shape = new ProtobufWriter();
            for (ValueInfo.Dim dim : v.dims()) {
                shape.message(
                        1,
                        switch (dim) {
                            case ValueInfo.Dim.Fixed f -> new ProtobufWriter().varint(1, f.extent());
                            case ValueInfo.Dim.Symbol s -> new ProtobufWriter().text(2, s.name());
                            case ValueInfo.Dim.Unknown u -> new ProtobufWriter();
                        });
            }
            tensor.message(2, shape);
        }
        return new ProtobufWriter().text(1, v.name()).message(2, new ProtobufWriter().message(1, tensor));
    }
}
