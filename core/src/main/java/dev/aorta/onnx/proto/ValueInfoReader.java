package dev.aorta.onnx.proto;

import dev.aorta.io.FormatException;
import dev.aorta.io.wire.ProtobufReader;
import dev.aorta.onnx.proto.ValueInfo.Dim;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** Reads a ValueInfoProto with its TypeProto and TensorShapeProto. */
final class ValueInfoReader {
    private String name = "";
    private ElementType type = ElementType.UNDEFINED;
    private @Nullable List<Dim> dims;

    private ValueInfoReader() {}

    static ValueInfo read(ProtobufReader in) throws FormatException {
        ValueInfoReader reader = new ValueInfoReader();
        for (int tag = in.tag(); tag != 0; tag = in.tag()) {
            switch (tag) {
                case 1 << 3 | 2 -> reader.name = in.text();
                case 2 << 3 | 2 -> reader.type(in.message());
                default -> in.skip(tag);
            }
        }
        return new ValueInfo(reader.name, reader.type, reader.dims);
    }

    private void type(ProtobufReader in) throws FormatException {
        for (int tag = in.tag(); tag != 0; tag = in.tag()) {
            switch (tag) {
                case 1 << 3 | 2 -> tensor(in.message());
                default -> in.skip(tag);
            }
        }
    }

    private void tensor(ProtobufReader in) throws FormatException {
        for (int tag = in.tag(); tag != 0; tag = in.tag()) {
            switch (tag) {
                case 1 << 3 -> type = TensorReader.type(in, in.varint());
                case 2 << 3 | 2 -> shape(in.message());
                default -> in.skip(tag);
            }
        }
    }

    private void shape(ProtobufReader in) throws FormatException {
        List<Dim> axes = new ArrayList<>();
        for (int tag = in.tag(); tag != 0; tag = in.tag()) {
            switch (tag) {
                case 1 << 3 | 2 -> axes.add(dim(in.message()));
                default -> in.skip(tag);
            }
        }
        dims = axes;
    }

    private static Dim dim(ProtobufReader in) throws FormatException {
        Dim dim = new Dim.Unknown();
        for (int tag = in.tag(); tag != 0; tag = in.tag()) {
            switch (tag) {
                case 1 << 3 -> dim = new Dim.Fixed(in.varint());
                case 2 << 3 | 2 -> dim = new Dim.Symbol(in.text());
                default -> in.skip(tag);
            }
        }
        return dim;
    }
}
