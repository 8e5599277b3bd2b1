package dev.aorta.io.wire;

import static dev.aorta.io.wire.ProtobufReader.DELIMITED;
import static dev.aorta.io.wire.ProtobufReader.FIXED32;
import static dev.aorta.io.wire.ProtobufReader.FIXED64;
import static dev.aorta.io.wire.ProtobufReader.VARINT;

import java.io.ByteArrayOutputStream;
import java.nio.charset.StandardCharsets;

/** Writes the fields of one protobuf message, in the order of the calls; the same calls give the same bytes. */
public final class ProtobufWriter {
    private final ByteArrayOutputStream out = new ByteArrayOutputStream();

    /** An int64, uint64, int32, enum or bool field. */
    public ProtobufWriter varint(int field, long value) {
        tag(field, VARINT);
        putVarint(value);
        return this;
    }

    /** A float field. */
    public ProtobufWriter float32(int field, float value) {
        tag(field, FIXED32);
        putFixed(Integer.toUnsignedLong(Float.floatToRawIntBits(value)), Float.BYTES);
        return this;
    }

    /** A double field. */
    public ProtobufWriter float64(int field, double value) {
        tag(field, FIXED64);
        putFixed(Double.doubleToRawLongBits(value), Double.BYTES);
        return this;
    }

    /** A bytes field. */
    public ProtobufWriter bytes(int field, byte[] value) {
        tag(field, DELIMITED);
        putVarint(value.length);
        out.writeBytes(value);
        return this;
    }

    /** A string field. */
    public ProtobufWriter text(int field, String value) {
        return bytes(field, value.getBytes(StandardCharsets.UTF_8));
    }

    /** A message within this one. */
    public ProtobufWriter message(int field, ProtobufWriter value) {
        return bytes(field, value.toByteArray());
    }

    /** A packed repeated int64 field; nothing if it is empty, as protobuf does. */
    public ProtobufWriter packed(int field, long[] values) {
        ProtobufWriter packed = new ProtobufWriter();
        for (long value : values) {
            packed.putVarint(value);
        }
        return values.length == 0 ? this : message(field, packed);
    }

    /** A packed repeated float field; nothing if it is empty, as protobuf does. */
    public ProtobufWriter packed(int field, float[] values) {
        ProtobufWriter packed = new ProtobufWriter();
        for (float value : values) {
            packed.putFixed(Float.floatToRawIntBits(value), Float.BYTES);
        }
        return values.length == 0 ? this : message(field, packed);
    }

    /** The message. */
    public byte[] toByteArray() {
        return out.toByteArray();
    }

    private void tag(int field, int wireType) {
        putVarint((long) field << 3 | wireType);
    }

    private void putVarint(long value) {
        while ((value & ~0x7fL) != 0) {
            out.write((int) (value & 0x7f | 0x80));
            value >>>= 7;
        }
        out.write((int) value);
    }

    private void putFixed(long bits, int count) {
        for (int i = 0; i < count; i++) {
            out.write((int) (bits >>> (8 * i)));
        }
    }
}
