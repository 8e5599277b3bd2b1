package dev.aorta.onnx.proto;

import dev.aorta.io.FormatException;
import dev.aorta.io.wire.ProtobufReader;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;

/**
 * A repeated number, packed or not, gathered as the little-endian elements of a type. It takes no more than eight bytes for each
 * byte that was read; packed floats and doubles are not copied.
 */
final class Numbers {
    private final ElementType type;
    private ByteBuffer elements = ByteBuffer.allocate(0);

    Numbers(ElementType type) {
        this.type = type;
    }

    /** Adds the value of a field to what there is. */
    void read(ProtobufReader in, int tag) throws FormatException {
        if ((tag & 7) != ProtobufReader.DELIMITED) {
            one(in, in, tag & 7);
            return;
        }
        ByteBuffer packed = in.bytes();
        boolean fixed = type == ElementType.FLOAT || type == ElementType.DOUBLE;
        if (!fixed) {
            ProtobufReader values = new ProtobufReader(packed);
            while (values.hasRemaining()) {
                one(in, values, ProtobufReader.VARINT);
            }
        } else if (packed.remaining() % type.bytes() != 0) {
            throw in.error(packed.remaining() + " bytes are no whole number of " + type.label());
        } else if (elements.position() == 0) {
            elements = packed.position(packed.limit());
        } else {
            room(in, packed.remaining()).put(packed);
        }
    }

    /** Reads one of {@code values}, a field of {@code message} or a list in it. */
    private void one(ProtobufReader message, ProtobufReader values, int wire) throws FormatException {
        switch (wire) {
            case ProtobufReader.FIXED32 -> room(message, Float.BYTES).putFloat(values.float32());
            case ProtobufReader.FIXED64 -> room(message, Double.BYTES).putDouble(values.float64());
            default -> {
                long value = values.varint();
                switch (type.bytes()) {
                    case 1 -> room(message, 1).put((byte) value);
                    case 2 -> room(message, 2).putShort((short) value);
                    case 4 -> room(message, 4).putInt((int) value);
                    default -> room(message, 8).putLong(value);
                }
            }
        }
    }

    private ByteBuffer room(ProtobufReader message, int bytes) throws FormatException {
        if (elements.isReadOnly() || elements.remaining() < bytes) {
            int filled = elements.position();
            long wanted = Math.max(64, Math.min(2L * (filled + bytes), Integer.MAX_VALUE - 8L));
            message.take(wanted, "a list of numbers");
            elements = ByteBuffer.allocate((int) wanted)
                    .put(elements.duplicate().flip())
                    .order(ByteOrder.LITTLE_ENDIAN);
        }
        return elements;
    }

    /** Bytes that were gathered. */
    int bytes() {
        return elements.position();
    }

    /** What was gathered. */
    ByteBuffer data() {
        return elements.duplicate().flip();
    }

    /** What was gathered, as a vector. */
    TensorProto toTensor(String name) {
        return new TensorProto(name, type, new long[] {bytes() / type.bytes()}, data());
    }
}
