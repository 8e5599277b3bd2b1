package dev.aorta.onnx.proto;

import dev.aorta.io.FormatException;
import dev.aorta.io.wire.ProtobufReader;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.SequencedMap;
import org.jspecify.annotations.Nullable;

/** Reads TensorProto messages. */
final class TensorReader {
    private static final int MAX_RANK = 64;

    private final @Nullable Path folder;

    /** @param folder of external data, or null when there can be none */
    TensorReader(@Nullable Path folder) {
        this.folder = folder;
    }

    /** The type with a number. */
    static ElementType type(ProtobufReader in, long number) throws FormatException {
        ElementType type = ElementType.of(number);
        if (type == null) {
            throw in.error("there is no element type " + number);
        }
        return type;
    }

    TensorProto read(ProtobufReader in) throws IOException {
        String name = "";
        Numbers dims = new Numbers(ElementType.INT64);
        ElementType type = typeAhead(in);
        ByteBuffer raw = null;
        Numbers typed = new Numbers(type);
        SequencedMap<String, String> external = new LinkedHashMap<>();
        boolean outside = false;
        for (int tag = in.tag(); tag != 0; tag = in.tag()) {
            switch (tag) {
                case 1 << 3, 1 << 3 | 2 -> dims.read(in, tag);
                case 3 << 3 | 2 -> throw in.error("tensor '" + name + "' is cut into segments, which is not supported");
                case 4 << 3 | 2, 4 << 3 | 5 -> typed(in, typed, tag, type == ElementType.FLOAT, type);
                case 5 << 3 | 2, 5 << 3 -> typed(in, typed, tag, standsInInt32(type), type);
                case 7 << 3 | 2, 7 << 3 -> typed(in, typed, tag, type == ElementType.INT64, type);
                case 10 << 3 | 2, 10 << 3 | 1 -> typed(in, typed, tag, type == ElementType.DOUBLE, type);
                case 11 << 3 | 2, 11 << 3 ->
                    typed(in, typed, tag, type == ElementType.UINT64 || type == ElementType.UINT32, type);
                case 8 << 3 | 2 -> name = in.text();
                case 9 << 3 | 2 -> raw = in.bytes();
                case 13 << 3 | 2 -> ModelReader.entry(in.message(), external);
                case 14 << 3 -> outside = in.varint() == 1;
                default -> in.skip(tag);
            }
        }
        long[] extents = dims.toTensor(name).longs();
        String what = type.label() + " tensor '" + name + "' " + Arrays.toString(extents);
        if (extents.length > MAX_RANK) {
            throw in.error(extents.length + " axes of tensor '" + name + "' are more than " + MAX_RANK);
        }
        if (Arrays.stream(extents).anyMatch(d -> d > Integer.MAX_VALUE)) {
            throw in.error(what + " has an axis of more than 2^31 - 1");
        }
        if (type.bytes() == 0) {
            return new TensorProto(name, type, extents, ByteBuffer.allocate(0));
        }
        long expected = TensorProto.byteCount(type, extents);
        ByteBuffer data =
                outside ? ExternalData.map(folder, external, expected, in, what) : raw != null ? raw : typed.data();
        if (data.remaining() != expected) {
            throw in.error(what + " has " + data.remaining() + " bytes of data"
                    + (expected < 0 ? " and an impossible shape" : " instead of " + expected));
        }
        return new TensorProto(name, type, extents, data);
    }

    private static boolean standsInInt32(ElementType type) {
        return switch (type) {
            case INT32, INT16, INT8, UINT16, UINT8, BOOL, FLOAT16, BFLOAT16 -> true;
            default -> false;
        };
    }

    private static void typed(ProtobufReader in, Numbers values, int tag, boolean fits, ElementType type)
            throws FormatException {
        if (!fits) {
            throw in.error("elements of " + type.label() + " do not stand in field " + (tag >>> 3));
        }
        values.read(in, tag);
    }

    /** The element type, which may stand behind the elements. */
    private static ElementType typeAhead(ProtobufReader in) throws FormatException {
        ProtobufReader ahead = in.ahead();
        long number = 0;
        for (int tag = ahead.tag(); tag != 0; tag = ahead.tag()) {
            if (tag == 2 << 3) {
                number = ahead.varint();
            } else {
                ahead.skip(tag);
            }
        }
        return type(in, number);
    }
}
