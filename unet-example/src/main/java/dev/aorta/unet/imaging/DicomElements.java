package dev.aorta.unet.imaging;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.util.Set;

/**
 * Walks the elements of a DICOM data set, one {@link #next} after another, stepping over sequences.
 *
 * @see <a href="https://dicom.nema.org/medical/dicom/current/output/chtml/part05/chapter_7.html">DICOM PS3.5, chapter 7</a>
 */
final class DicomElements {
    /** Length that says "until the delimiter". */
    static final int UNDEFINED = 0xFFFFFFFF;

    private static final int MAX_DEPTH = 16;
    private static final int ITEM = 0xFFFEE000;
    private static final int ITEM_END = 0xFFFEE00D;
    private static final int SEQUENCE_END = 0xFFFEE0DD;
    private static final Set<String> SHORT_LENGTH = Set.of(
            "AE", "AS", "AT", "CS", "DA", "DS", "DT", "FL", "FD", "IS", "LO", "LT", "PN", "SH", "SL", "SS", "ST", "TM",
            "UI", "UL", "US");
    private static final Set<String> LONG_LENGTH =
            Set.of("OB", "OD", "OF", "OL", "OV", "OW", "SQ", "SV", "UC", "UN", "UR", "UT", "UV");

    /**
     * An element that lies in the file.
     *
     * @param tag group in the upper, element in the lower 16 bits
     * @param vr value representation, empty in Implicit VR
     * @param offset first byte of the value
     * @param length bytes of the value, or {@link #UNDEFINED}
     */
    record Element(int tag, String vr, int offset, int length) {
        String name() {
            return "(%04X,%04X)".formatted(tag >>> 16, tag & 0xFFFF);
        }
    }

    private final String source;
    private final ByteBuffer bytes;
    private boolean explicit = true;

    DicomElements(String source, byte[] bytes, int start) {
        this.source = source;
        this.bytes = ByteBuffer.wrap(bytes).order(ByteOrder.LITTLE_ENDIAN).position(start);
    }

    /** Reads on in Explicit or in Implicit VR. */
    void useExplicit(boolean isExplicit) {
        explicit = isExplicit;
    }

    int offset() {
        return bytes.position();
    }

    boolean hasNext() {
        return bytes.hasRemaining();
    }

    /** The group of the next element, without moving. */
    int nextGroup() throws DicomException {
        need(2, "the tag of an element");
        return Short.toUnsignedInt(bytes.getShort(bytes.position()));
    }

    /** The next element; the position is then behind its value, except for one of undefined length that is no sequence. */
    Element next() throws DicomException {
        Element element = header();
        if (element.length() != UNDEFINED) {
            skip(element);
        } else if (element.vr().equals("SQ")
                || element.vr().equals("UN")
                || (!explicit && element.tag() != DicomReader.PIXEL_DATA)) {
            skipSequence(element, 1);
        } else if (element.tag() != DicomReader.PIXEL_DATA) {
            throw new DicomException(
                    source, element.offset(), element.name() + " has undefined length, which only a sequence may have");
        }
        return element;
    }

    private Element header() throws DicomException {
        int start = bytes.position();
        need(8, "the header of an element");
        int tag = tag();
        boolean delimiter = tag >>> 16 == 0xFFFE;
        if (delimiter || !explicit) {
            int length = bytes.getInt();
            return checked(new Element(tag, "", bytes.position(), length), start);
        }
        byte[] name = new byte[2];
        bytes.get(name);
        String vr = new String(name, StandardCharsets.ISO_8859_1);
        if (SHORT_LENGTH.contains(vr)) {
            int length = Short.toUnsignedInt(bytes.getShort());
            return checked(new Element(tag, vr, bytes.position(), length), start);
        }
        if (!LONG_LENGTH.contains(vr)) {
            throw new DicomException(
                    source,
                    start,
                    "(%04X,%04X) has no known value representation: bytes %02X %02X; the file is damaged or not Explicit VR"
                            .formatted(tag >>> 16, tag & 0xFFFF, name[0], name[1]));
        }
        bytes.getShort();
        need(4, "the length of an element");
        int length = bytes.getInt();
        return checked(new Element(tag, vr, bytes.position(), length), start);
    }

    private int tag() {
        int group = Short.toUnsignedInt(bytes.getShort());
        return group << 16 | Short.toUnsignedInt(bytes.getShort());
    }

    private Element checked(Element element, int start) throws DicomException {
        long length = Integer.toUnsignedLong(element.length());
        if (element.length() != UNDEFINED && length > bytes.remaining()) {
            throw new DicomException(
                    source,
                    start,
                    "%s claims %d bytes, but the file has only %d left; it is truncated or damaged"
                            .formatted(element.name(), length, bytes.remaining()));
        }
        return element;
    }

    private void skip(Element element) {
        bytes.position(element.offset() + element.length());
    }

    private void skipSequence(Element sequence, int depth) throws DicomException {
        if (depth > MAX_DEPTH) {
            throw new DicomException(
                    source, sequence.offset(), "sequences are nested more than %d deep".formatted(MAX_DEPTH));
        }
        boolean outer = explicit;
        explicit &= !sequence.vr().equals("UN"); // PS3.5, 6.2.2, note 2: the inside of such an element is Implicit VR
        for (Element item = header(); item.tag() != SEQUENCE_END; item = header()) {
            if (item.tag() != ITEM) {
                throw new DicomException(
                        source,
                        item.offset(),
                        "%s stands where an item of sequence %s should".formatted(item.name(), sequence.name()));
            }
            if (item.length() == UNDEFINED) {
                skipItem(depth);
            } else {
                skip(item);
            }
        }
        explicit = outer;
    }

    private void skipItem(int depth) throws DicomException {
        for (Element element = header(); element.tag() != ITEM_END; element = header()) {
            if (element.length() == UNDEFINED) {
                skipSequence(element, depth + 1);
            } else {
                skip(element);
            }
        }
    }

    private void need(int count, String what) throws DicomException {
        if (bytes.remaining() < count) {
            throw new DicomException(
                    source,
                    bytes.position(),
                    "the file ends inside %s: %d bytes wanted, %d left".formatted(what, count, bytes.remaining()));
        }
    }
}
