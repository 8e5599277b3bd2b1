package dev.aorta.unet.imaging;

import java.io.ByteArrayOutputStream;
import java.math.BigDecimal;
import java.math.MathContext;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.List;
import java.util.SortedMap;
import java.util.TreeMap;

/** A data set, or an item of a sequence, that is written in Explicit VR Little Endian. */
final class DicomItem {
    static final String IMPLEMENTATION = "2.25.312054731389253211862735182764021586943";

    private static final int MAX_SHORT = 0xFFFE;
    private static final List<String> LONG_LENGTH = List.of("OB", "SQ", "UC", "UT");

    private final SortedMap<Integer, byte[]> elements = new TreeMap<>(Integer::compareUnsigned);

    /** Text; several values are parted by backslashes. */
    DicomItem text(int tag, String vr, String text) {
        byte[] value = text.getBytes(StandardCharsets.UTF_8);
        byte[] even = Arrays.copyOf(value, value.length + (value.length & 1));
        if (even.length > value.length && !vr.equals("UI")) {
            even[value.length] = ' ';
        }
        return bytes(tag, vr, even);
    }

    /** Decimal numbers of at most 16 characters. */
    DicomItem decimals(int tag, double... values) {
        String[] texts = Arrays.stream(values).mapToObj(DicomItem::decimal).toArray(String[]::new);
        return text(tag, "DS", String.join("\\", texts));
    }

    /** The number in as many digits as 16 characters hold. */
    static String decimal(double value) {
        String exact = Double.toString(value);
        for (int digits = 15; exact.length() > 16; digits--) {
            exact = Double.toString(
                    new BigDecimal(value).round(new MathContext(digits)).doubleValue());
        }
        return exact.endsWith(".0") ? exact.substring(0, exact.length() - 2) : exact;
    }

    /** Unsigned numbers of 16 bits. */
    DicomItem shorts(int tag, int... values) {
        ByteBuffer value = ByteBuffer.allocate(2 * values.length).order(ByteOrder.LITTLE_ENDIAN);
        for (int v : values) {
            value.putShort((short) v);
        }
        return bytes(tag, "US", value.array());
    }

    /** Unsigned numbers of 32 bits. */
    DicomItem ints(int tag, int... values) {
        ByteBuffer value = ByteBuffer.allocate(4 * values.length).order(ByteOrder.LITTLE_ENDIAN);
        for (int v : values) {
            value.putInt(v);
        }
        return bytes(tag, "UL", value.array());
    }

    /** Tags. */
    DicomItem tag(int tag, int pointed) {
        return bytes(
                tag,
                "AT",
                ByteBuffer.allocate(4)
                        .order(ByteOrder.LITTLE_ENDIAN)
                        .putShort((short) (pointed >>> 16))
                        .putShort((short) pointed)
                        .array());
    }

    DicomItem items(int tag, DicomItem... items) {
        return items(tag, List.of(items));
    }

    DicomItem items(int tag, List<DicomItem> items) {
        ByteArrayOutputStream out = new ByteArrayOutputStream();
        for (DicomItem item : items) {
            byte[] content = item.toBytes();
            out.writeBytes(ByteBuffer.allocate(8)
                    .order(ByteOrder.LITTLE_ENDIAN)
                    .putShort((short) 0xFFFE)
                    .putShort((short) 0xE000)
                    .putInt(content.length)
                    .array());
            out.writeBytes(content);
        }
        return bytes(tag, "SQ", out.toByteArray());
    }

    /** A sequence of one coded concept. */
    DicomItem code(int tag, DicomCode code) {
        return items(tag, code.item());
    }

    /** A value of even length. */
    DicomItem bytes(int tag, String vr, byte[] value) {
        boolean wide = LONG_LENGTH.contains(vr);
        if ((value.length & 1) == 1 || !wide && value.length > MAX_SHORT) {
            throw new IllegalArgumentException(
                    "%d bytes for %s of %s".formatted(value.length, DicomElements.name(tag), vr));
        }
        ByteBuffer element = ByteBuffer.allocate((wide ? 12 : 8) + value.length)
                .order(ByteOrder.LITTLE_ENDIAN)
                .putShort((short) (tag >>> 16))
                .putShort((short) tag)
                .put(vr.getBytes(StandardCharsets.US_ASCII));
        if (wide) {
            element.putShort((short) 0).putInt(value.length);
        } else {
            element.putShort((short) value.length);
        }
        elements.put(tag, element.put(value).array());
        return this;
    }

    byte[] toBytes() {
        ByteArrayOutputStream out = new ByteArrayOutputStream();
        elements.values().forEach(out::writeBytes);
        return out.toByteArray();
    }

    /** A whole file of this data set, with preamble and meta information. */
    byte[] file(String sopClass, String sopInstance) {
        text(0x00080005, "CS", "ISO_IR 192");
        text(0x00080016, "UI", sopClass);
        text(0x00080018, "UI", sopInstance);
        byte[] meta = new DicomItem()
                .bytes(0x00020001, "OB", new byte[] {0, 1})
                .text(0x00020002, "UI", sopClass)
                .text(0x00020003, "UI", sopInstance)
                .text(0x00020010, "UI", TransferSyntax.EXPLICIT_LITTLE_ENDIAN)
                .text(0x00020012, "UI", IMPLEMENTATION)
                .text(0x00020013, "SH", "AORTA")
                .toBytes();
        ByteArrayOutputStream out = new ByteArrayOutputStream();
        out.writeBytes(new byte[DicomReader.PREAMBLE]);
        out.writeBytes("DICM".getBytes(StandardCharsets.US_ASCII));
        out.writeBytes(new DicomItem().ints(0x00020000, meta.length).toBytes());
        out.writeBytes(meta);
        out.writeBytes(toBytes());
        return out.toByteArray();
    }
}
