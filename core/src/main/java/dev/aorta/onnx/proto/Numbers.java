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
            one(in, tag & 7);
            return;
        }
        ByteBuffer packed = in.bytes();
        boolean fixed = type == ElementType.FLOAT || type == ElementType.DOUBLE;
        if (!fixed) {
            ProtobufReader values = new ProtobufReader(packed);
            while (values.hasRemaining()) {
                one(values, ProtobufReader.VARINT);
            }
        } else if (packed.remaining() % type.bytes() != 0) {
            throw in.error(packed.remaining() + " bytes are no whole number of " + type.label());
        } else if (elements.position() == 0) {
            elements = packed.position(packed.limit());
        } else {
            room(packed.remaining()).put(packed);
        }
    }

    private void one(ProtobufReader in, int wire) throws FormatException {
        switch (wire) {
            case ProtobufReader.FIXED32 -> room(Float.BYTES).putFloat(in.float32());
            case ProtobufReader.FIXED64 -> room(Double.BYTES).putDouble(in.float64());
            default -> {
                long value = in.varint();
                switch (type.bytes()) {
                    case 1 -> room(1).put((byte) value);
                    case 2 -> room(2).putShort((short) value);
                    case 4 -> room(4).putInt((int) value);
                    default -> room(8).putLong(value);
                }
            }
        }
    }

    private ByteBuffer room(int bytes) {
        if (elements.isReadOnly() || elements.remaining() < bytes) {
            int filled = elements.position();
            long wanted = Math.max(64, Math.min(2L * (filled + bytes), Integer.MAX_VALUE - 8L));
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
