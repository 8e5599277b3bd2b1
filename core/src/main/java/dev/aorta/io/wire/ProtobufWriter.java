package dev.aorta.io.wire;

import static dev.aorta.io.wire.ProtobufReader.DELIMITED;
import static dev.aorta.io.wire.ProtobufReader.FIXED32;
import static dev.aorta.io.wire.ProtobufReader.FIXED64;
import static dev.aorta.io.wire.ProtobufReader.VARINT;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;

/**
 * Writes the fields of one protobuf message, in the order of the calls; the same calls give the same bytes. Large values are
 * referred to, not copied, until {@link #writeTo}.
 */
public final class ProtobufWriter {
    private static final int COPIED_BYTES = 1 << 12;

    private final List<ByteBuffer> before = new ArrayList<>(); // what stands before out
    private long bytesBefore;
    private ByteArrayOutputStream out = new ByteArrayOutputStream();

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
        return bytes(field, ByteBuffer.wrap(value));
    }

    /** A bytes field, from the buffer's position to its limit; a large one must not change before it is written. */
    public ProtobufWriter bytes(int field, ByteBuffer value) {
        tag(field, DELIMITED);
        putVarint(value.remaining());
        append(value.slice());
        return this;
    }

    /** A string field. */
    public ProtobufWriter text(int field, String value) {
        return bytes(field, value.getBytes(StandardCharsets.UTF_8));
    }

    /** A message within this one. */
    public ProtobufWriter message(int field, ProtobufWriter value) {
        tag(field, DELIMITED);
        putVarint(value.size());
        value.before.forEach(this::append);
        append(ByteBuffer.wrap(value.out.toByteArray()));
        return this;
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

    /** Bytes of the message. */
    public long size() {
        return bytesBefore + out.size();
    }

    /** The message. */
    public byte[] toByteArray() {
        byte[] message = new byte[Math.toIntExact(size())];
        ByteBuffer all = ByteBuffer.wrap(message);
        before.forEach(part -> all.put(part.duplicate()));
        all.put(out.toByteArray());
        return message;
    }

    /** Writes the message. */
    public void writeTo(OutputStream stream) throws IOException {
        byte[] piece = new byte[1 << 16];
        for (ByteBuffer part : before) {
            for (ByteBuffer rest = part.duplicate(); rest.hasRemaining(); ) {
                int count = Math.min(piece.length, rest.remaining());
                rest.get(piece, 0, count);
                stream.write(piece, 0, count);
            }
        }
        out.writeTo(stream);
    }

    private void append(ByteBuffer value) {
        if (value.remaining() < COPIED_BYTES) {
            byte[] copy = new byte[value.remaining()];
            value.duplicate().get(copy);
            out.writeBytes(copy);
            return;
        }
        before.add(ByteBuffer.wrap(out.toByteArray()));
        before.add(value);
        bytesBefore += out.size() + value.remaining();
        out = new ByteArrayOutputStream();
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
