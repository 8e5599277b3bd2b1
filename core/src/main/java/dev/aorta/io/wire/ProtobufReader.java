package dev.aorta.io.wire;

import dev.aorta.io.FormatException;
import dev.aorta.io.ReadBudget;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;

/**
 * Reads the fields of one protobuf message in order, without a schema: ask for the {@link #tag()}, then read the value or
 * {@link #skip} it. Nothing is copied, and no length is believed before it is checked against the bytes that are left.
 *
 * @see <a href="https://protobuf.dev/programming-guides/encoding/">Protocol Buffers: encoding</a>
 */
public final class ProtobufReader {
    /** Wire types: the low three bits of a tag. */
    public static final int VARINT = 0, FIXED64 = 1, DELIMITED = 2, FIXED32 = 5;

    private static final int MAX_VARINT_BYTES = 10;

    /** Memory of what a caller makes of a value: an object, its place in a list or map. */
    private static final int VALUE_BYTES = 160;

    private final ByteBuffer bytes;
    private final int start;
    private final ReadBudget budget;

    public ProtobufReader(byte[] message) {
        this(ByteBuffer.wrap(message));
    }

    /** Reads from the buffer's position to its limit; what {@link #bytes()} gives are views of it. */
    public ProtobufReader(ByteBuffer message) {
        this(message, ReadBudget.ofReading());
    }

    /** With a budget to which the message and those within it charge their values. */
    public ProtobufReader(ByteBuffer message, ReadBudget budget) {
        this(message.slice(), 0, budget);
    }

    private ProtobufReader(ByteBuffer bytes, int start, ReadBudget budget) {
        this.bytes = bytes.order(ByteOrder.LITTLE_ENDIAN);
        this.start = start;
        this.budget = budget;
    }

    /** Takes memory for what is made of this message, such as an array of its numbers. */
    public void take(long memory, String what) throws FormatException {
        budget.take(memory, what);
    }

    /** Whether bytes are left. */
    public boolean hasRemaining() {
        return bytes.hasRemaining();
    }

    /** Bytes left. */
    public int remaining() {
        return bytes.remaining();
    }

    /** {@code field << 3 | wire type} of the next field, or 0 at the end of the message. */
    public int tag() throws FormatException {
        if (!bytes.hasRemaining()) {
            return 0;
        }
        long tag = varint();
        if (tag >>> 32 != 0 || tag >>> 3 == 0) {
            throw error(
                    "field number " + Long.toUnsignedString(tag >>> 3) + " is outside 1.." + (1 << 29) + " exclusive");
        }
        return (int) tag;
    }

    /** A base-128 number of at most 10 bytes and 64 bits. */
    public long varint() throws FormatException {
        long value = 0;
        for (int i = 0; i < MAX_VARINT_BYTES; i++) {
            require(1, "varint");
            byte b = bytes.get();
            if (i == MAX_VARINT_BYTES - 1 && (b & 0xfe) != 0) {
                break;
            }
            value |= (long) (b & 0x7f) << (7 * i);
            if (b >= 0) {
                return value;
            }
        }
        throw error("varint is longer than 64 bits");
    }

    /** A little-endian float32. */
    public float float32() throws FormatException {
        require(Float.BYTES, "fixed32");
        return bytes.getFloat();
    }

    /** A little-endian float64. */
    public double float64() throws FormatException {
        require(Double.BYTES, "fixed64");
        return bytes.getDouble();
    }

    /** The bytes of a length-delimited value, as a little-endian view. */
    public ByteBuffer bytes() throws FormatException {
        long length = varint();
        if (length < 0 || length > bytes.remaining()) {
            throw error(
                    "a value of " + Long.toUnsignedString(length) + " bytes, but " + bytes.remaining() + " are left");
        }
        budget.element(VALUE_BYTES, "a protobuf message");
        ByteBuffer value = bytes.slice(bytes.position(), (int) length).order(ByteOrder.LITTLE_ENDIAN);
        bytes.position(bytes.position() + (int) length);
        return value;
    }

    /** A length-delimited message within this one. */
    public ProtobufReader message() throws FormatException {
        ByteBuffer value = bytes();
        return new ProtobufReader(value, start + bytes.position() - value.limit(), budget);
    }

    /** A length-delimited UTF-8 string. */
    public String text() throws FormatException {
        ByteBuffer value = bytes();
        try {
            return StandardCharsets.UTF_8.newDecoder().decode(value).toString();
        } catch (CharacterCodingException e) {
            throw error("a string that ends here is not UTF-8");
        }
    }

    /** A second reader at this position, to look ahead with. */
    public ProtobufReader ahead() {
        return new ProtobufReader(bytes.slice(), start + bytes.position(), budget);
    }

    /** Passes over the value that belongs to {@code tag}. */
    public void skip(int tag) throws FormatException {
        switch (tag & 7) {
            case VARINT -> varint();
            case FIXED64 -> float64();
            case DELIMITED -> bytes();
            case FIXED32 -> float32();
            case 3, 4 -> throw error("field " + (tag >>> 3) + " is a group, which this reader does not accept");
            default -> throw error("field " + (tag >>> 3) + " has the unknown wire type " + (tag & 7));
        }
    }

    /** A complaint about the bytes just before the reader's position. */
    public FormatException error(String what) {
        return new FormatException("malformed protobuf at byte " + (start + bytes.position()) + ": " + what);
    }

    private void require(int count, String what) throws FormatException {
        if (bytes.remaining() < count) {
            throw error("the message ends inside a " + what);
        }
    }
}
