package dev.aorta.unet.imaging;

import java.io.ByteArrayOutputStream;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;

/** Builds DICOM files for tests: a small grey image, whose elements can be replaced or left out. */
final class DicomFile {
    static final int PREAMBLE = 132;
    private static final List<String> LONG = List.of("OB", "OW", "SQ", "UN", "UT");

    private final boolean explicit;
    private final Map<Integer, Element> elements = new TreeMap<>();
    private String syntax;

    private record Element(String vr, byte[] value, int length) {}

    private DicomFile(boolean explicit) {
        this.explicit = explicit;
        this.syntax = explicit ? "1.2.840.10008.1.2.1" : "1.2.840.10008.1.2";
    }

    /** A signed 16 bit image of {@code rows} x {@code columns} whose pixel i is {@code first} + i. */
    static DicomFile image(boolean explicit, int rows, int columns, int first) {
        ByteBuffer pixels = ByteBuffer.allocate(2 * rows * columns).order(ByteOrder.LITTLE_ENDIAN);
        for (int i = 0; i < rows * columns; i++) {
            pixels.putShort((short) (first + i));
        }
        return new DicomFile(explicit)
                .text(0x00080060, "CS", "MR")
                .text(0x00100020, "LO", "P1")
                .text(0x00180050, "DS", "8.5")
                .text(0x0020000E, "UI", "1.2.3")
                .text(0x00200011, "IS", "300")
                .text(0x00200013, "IS", "48")
                .number(0x00280002, 1)
                .text(0x00280004, "CS", "MONOCHROME2")
                .number(0x00280010, rows)
                .number(0x00280011, columns)
                .text(0x00280030, "DS", "1.25\\1.5")
                .number(0x00280100, 16)
                .number(0x00280101, 16)
                .number(0x00280102, 15)
                .number(0x00280103, 1)
                .value(0x7FE00010, "OW", pixels.array());
    }

    DicomFile syntax(String uid) {
        syntax = uid;
        return this;
    }

    DicomFile text(int tag, String vr, String text) {
        byte[] padded = (text + (text.length() % 2 == 0 ? "" : " ")).getBytes(StandardCharsets.ISO_8859_1);
        return value(tag, vr, padded);
    }

    DicomFile number(int tag, int value) {
        return value(tag, "US", new byte[] {(byte) value, (byte) (value >> 8)});
    }

    DicomFile value(int tag, String vr, byte[] value) {
        elements.put(tag, new Element(vr, value, value.length));
        return this;
    }

    /** An element whose header claims {@code length} whatever its value is. */
    DicomFile claiming(int tag, String vr, int length, byte[] value) {
        elements.put(tag, new Element(vr, value, length));
        return this;
    }

    DicomFile without(int tag) {
        elements.remove(tag);
        return this;
    }

    byte[] bytes() {
        ByteArrayOutputStream out = new ByteArrayOutputStream();
        out.writeBytes(new byte[128]);
        out.writeBytes("DICM".getBytes(StandardCharsets.ISO_8859_1));
        byte[] uid = (syntax + (syntax.length() % 2 == 0 ? "" : "\0")).getBytes(StandardCharsets.ISO_8859_1);
        write(out, true, 0x00020010, new Element("UI", uid, uid.length));
        elements.forEach((tag, element) -> write(out, explicit, tag, element));
        return out.toByteArray();
    }

    /** An item or delimiter, or an element of Implicit VR. */
    static byte[] implicitElement(int tag, int length, byte... value) {
        return ByteBuffer.allocate(8 + value.length)
                .order(ByteOrder.LITTLE_ENDIAN)
                .putShort((short) (tag >>> 16))
                .putShort((short) tag)
                .putInt(length)
                .put(value)
                .array();
    }

    private static void write(ByteArrayOutputStream out, boolean explicit, int tag, Element element) {
        if (!explicit) {
            out.writeBytes(implicitElement(tag, element.length(), element.value()));
            return;
        }
        ByteBuffer header = ByteBuffer.allocate(12).order(ByteOrder.LITTLE_ENDIAN);
        header.putShort((short) (tag >>> 16))
                .putShort((short) tag)
                .put(element.vr().getBytes(StandardCharsets.ISO_8859_1));
        if (LONG.contains(element.vr())) {
            header.putShort((short) 0).putInt(element.length());
        } else {
            header.putShort((short) element.length());
        }
        out.write(header.array(), 0, header.position());
        out.writeBytes(element.value());
    }
}
