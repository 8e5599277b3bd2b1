package dev.aorta.data;

import static dev.aorta.io.wire.ProtobufReader.DELIMITED;
import static dev.aorta.io.wire.ProtobufReader.FIXED32;
import static dev.aorta.io.wire.ProtobufReader.VARINT;

import dev.aorta.io.FormatException;
import dev.aorta.io.wire.ProtobufReader;
import dev.aorta.io.wire.ProtobufWriter;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/**
 * {@code tf.train.Feature}: one list, of bytes, of floats or of integers. As protobuf demands, lists of the same kind are joined,
 * and one of another kind replaces what was there.
 */
final class Feature {
    /** In the order of their field numbers, which start at 1. */
    enum Kind {
        NONE,
        BYTES,
        FLOATS,
        INTS
    }

    private static final int VALUE = 1;
    private static final int MAX_BYTES_VALUES = 1 << 20;

    private Kind kind = Kind.NONE;
    private final List<ByteBuffer> bytes = new ArrayList<>();
    private float[] floats = {};
    private long[] ints = {};
    private int count;

    static Feature ofBytes(byte[]... values) {
        Feature feature = new Feature();
        feature.become(Kind.BYTES);
        for (byte[] value : values) {
            feature.bytes.add(ByteBuffer.wrap(value.clone()));
            feature.count++;
        }
        return feature;
    }

    static Feature ofFloats(float... values) {
        Feature feature = new Feature();
        feature.become(Kind.FLOATS);
        feature.floats = values.clone();
        feature.count = values.length;
        return feature;
    }

    static Feature ofInts(long... values) {
        Feature feature = new Feature();
        feature.become(Kind.INTS);
        feature.ints = values.clone();
        feature.count = values.length;
        return feature;
    }

    void merge(ProtobufReader in) throws FormatException {
        for (int tag = in.tag(); tag != 0; tag = in.tag()) {
            int field = tag >>> 3;
            if ((tag & 7) == DELIMITED && field < Kind.values().length) {
                become(Kind.values()[field]);
                mergeList(in.message());
            } else {
                in.skip(tag);
            }
        }
    }

    private void become(Kind next) {
        if (kind != next) {
            kind = next;
            bytes.clear();
            floats = new float[0];
            ints = new long[0];
            count = 0;
        }
    }

    private void mergeList(ProtobufReader in) throws FormatException {
        for (int tag = in.tag(); tag != 0; tag = in.tag()) {
            int wireType = tag & 7;
            if (tag >>> 3 != VALUE) {
                in.skip(tag);
            } else if (kind == Kind.BYTES && wireType == DELIMITED) {
                addBytes(in);
            } else if (kind == Kind.FLOATS && wireType == DELIMITED) {
                addPackedFloats(in);
            } else if (kind == Kind.FLOATS && wireType == FIXED32) {
                reserveFloats(1, in);
                floats[count++] = in.float32();
            } else if (kind == Kind.INTS && wireType == DELIMITED) {
                addPackedInts(in);
            } else if (kind == Kind.INTS && wireType == VARINT) {
                reserveInts(1, in);
                ints[count++] = in.varint();
            } else {
                in.skip(tag);
            }
        }
    }

    private void addBytes(ProtobufReader in) throws FormatException {
        if (count == MAX_BYTES_VALUES) {
            throw in.error("more than " + MAX_BYTES_VALUES + " values in one bytes list");
        }
        bytes.add(in.bytes());
        count++;
    }

    private void addPackedFloats(ProtobufReader in) throws FormatException {
        ByteBuffer packed = in.bytes();
        if (packed.remaining() % Float.BYTES != 0) {
            throw in.error("packed floats of " + packed.remaining() + " bytes, not a multiple of 4");
        }
        int added = packed.remaining() / Float.BYTES;
        reserveFloats(added, in);
        packed.asFloatBuffer().get(floats, count, added);
        count += added;
    }

    private void addPackedInts(ProtobufReader in) throws FormatException {
        ByteBuffer bytes = in.ahead().bytes();
        int added = 0;
        for (int i = 0; i < bytes.limit(); i++) {
            added += bytes.get(i) >= 0 ? 1 : 0; // the last byte of a varint
        }
        reserveInts(added, in);
        for (ProtobufReader packed = in.message(); packed.hasRemaining(); ) {
            ints[count++] = packed.varint();
        }
    }

    private void reserveInts(int added, ProtobufReader in) throws FormatException {
        if (ints.length - count < added) {
            ints = Arrays.copyOf(ints, grown(added, Long.BYTES, in));
        }
    }

    private void reserveFloats(int added, ProtobufReader in) throws FormatException {
        if (floats.length - count < added) {
            floats = Arrays.copyOf(floats, grown(added, Float.BYTES, in));
        }
    }

    /** Room for {@code added} more numbers: just that in an empty list, else half as many again, so that one by one is cheap. */
    private int grown(int added, int bytes, ProtobufReader in) throws FormatException {
        int size = Math.max(Math.addExact(count, added), count + (count >> 1));
        in.take((long) bytes * size, "a list of " + size + " numbers");
        return size;
    }

    Kind kind() {
        return kind;
    }

    int count() {
        return count;
    }

    List<byte[]> bytes() {
        return bytes.stream().map(Feature::copy).toList();
    }

    private static byte[] copy(ByteBuffer value) {
        byte[] copy = new byte[value.remaining()];
        value.get(value.position(), copy);
        return copy;
    }

    float[] floats() {
        return Arrays.copyOf(floats, count);
    }

    long[] ints() {
        return Arrays.copyOf(ints, count);
    }

    ProtobufWriter write() {
        ProtobufWriter list = new ProtobufWriter();
        switch (kind) {
            case NONE -> {}
            case BYTES -> bytes().forEach(value -> list.bytes(VALUE, value));
            case FLOATS -> list.packed(VALUE, floats());
            case INTS -> list.packed(VALUE, ints());
        }
        ProtobufWriter feature = new ProtobufWriter();
        return kind == Kind.NONE ? feature : feature.message(kind.ordinal(), list);
    }

    /** Such as {@code int64[1]} or {@code bytes[524288]}; the lengths of the single values for bytes. */
    @Override
    public String toString() {
        return switch (kind) {
            case NONE -> "empty";
            case BYTES ->
                "bytes" + bytes.stream().limit(4).map(ByteBuffer::remaining).toList() + (count > 4 ? " and more" : "");
            case FLOATS -> "float[" + count + "]";
            case INTS -> "int64[" + count + "]";
        };
    }
}
