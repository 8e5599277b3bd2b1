package dev.aorta.unet.imaging;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;

/**
 * Walks the elements of a DICOM data set, one {@link #next} after another, stepping over sequences. Harmless breaches of the
 * encoding are read as other readers read them: value representations that nobody knows, elements of Implicit VR among those of
 * Explicit VR, delimiters where none belongs.
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
            return DicomElements.name(tag);
        }
    }

    private final String source;
    private final ByteBuffer bytes;
    private boolean explicit;

    DicomElements(String source, ByteBuffer bytes, boolean explicit) {
        this.source = source;
        this.bytes = bytes;
        this.explicit = explicit;
    }

    /** A tag as (gggg,eeee). */
    static String name(int tag) {
        return "(%04X,%04X)".formatted(tag >>> 16, tag & 0xFFFF);
    }

    /** Whether an element with a known value representation may begin at {@code offset}. */
    static boolean isExplicit(ByteBuffer bytes, int offset) {
        if (bytes.limit() - offset < 8) {
            return true;
        }
        String vr = vr(bytes, offset + 4);
        return SHORT_LENGTH.contains(vr) || LONG_LENGTH.contains(vr);
    }

    private static String vr(ByteBuffer bytes, int offset) {
        return new String(new byte[] {bytes.get(offset), bytes.get(offset + 1)}, StandardCharsets.ISO_8859_1);
    }

    boolean hasNext() {
        return bytes.hasRemaining();
    }

    int offset() {
        return bytes.position();
    }

    /** The group of the next element, without moving. */
    int nextGroup() throws DicomException {
        need(2, "the tag of an element");
        return Short.toUnsignedInt(bytes.getShort(bytes.position()));
    }

    /** The next element; the position is then behind its value, except for pixel data of undefined length. */
    Element next() throws DicomException {
        Element element = header();
        while (element.tag() >>> 16 == 0xFFFE && bytes.remaining() >= 8) {
            element = header(); // a delimiter that belongs to nothing
        }
        pass(element, 0);
        return element;
    }

    /** The values of the first items of a sequence, {@code most} at most, each a data set of its own. */
    static List<DicomValues> items(DicomValues outer, Element sequence, boolean explicit, int most)
            throws DicomException {
        ByteBuffer all = outer.bytes();
        int end = sequence.length() == UNDEFINED ? all.limit() : sequence.offset() + sequence.length();
        ByteBuffer inside = all.duplicate().order(all.order()).limit(end).position(sequence.offset());
        DicomElements elements = new DicomElements(
                outer.source(), inside, explicit && !sequence.vr().equals("UN"));
        List<DicomValues> items = new ArrayList<>();
        while (inside.hasRemaining() && items.size() < most) {
            Element item = elements.header();
            if (item.tag() != ITEM) {
                break;
            }
            int itemEnd = item.length() == UNDEFINED ? end : item.offset() + item.length();
            DicomValues values = outer.within();
            items.add(values);
            while (inside.position() < itemEnd) {
                Element element = elements.header();
                if (element.tag() == ITEM_END) {
                    break;
                }
                elements.pass(element, 1);
                values.add(element);
            }
        }
        return items;
    }

    /** The fragments of encapsulated pixel data; the first is the table of offsets, which may be empty. */
    List<Element> fragments() throws DicomException {
        List<Element> fragments = new ArrayList<>();
        while (bytes.hasRemaining()) {
            Element item = header();
            if (item.tag() == SEQUENCE_END) {
                break;
            }
            if (item.tag() != ITEM || item.length() == UNDEFINED) {
                throw new DicomException(
                        source, item.offset(), item.name() + " stands where a piece of compressed pixels should");
            }
            fragments.add(item);
            pass(item, 0);
        }
        return fragments;
    }

    private void pass(Element element, int depth) throws DicomException {
        boolean pixels = element.tag() == DicomReader.PIXEL_DATA;
        if (element.length() != UNDEFINED) {
            bytes.position(element.offset() + element.length());
        } else if (!pixels) {
            skipSequence(element, depth + 1);
        }
    }

    private Element header() throws DicomException {
        int start = bytes.position();
        need(8, "the header of an element");
        int tag = Short.toUnsignedInt(bytes.getShort()) << 16 | Short.toUnsignedInt(bytes.getShort());
        if (tag >>> 16 == 0xFFFE) {
            return checked(new Element(tag, "", start + 8, bytes.getInt()), start);
        }
        String vr = vr(bytes, start + 4);
        boolean known = SHORT_LENGTH.contains(vr) || LONG_LENGTH.contains(vr);
        long implicitLength = Integer.toUnsignedLong(bytes.getInt(start + 4));
        boolean fits = implicitLength <= bytes.limit() - start - 8 || (int) implicitLength == UNDEFINED;
        if (explicit ? !known && !isName(vr) && fits : fits || !known) {
            return checked(new Element(tag, "", start + 8, bytes.getInt()), start);
        }
        bytes.position(start + 6);
        if (!LONG_LENGTH.contains(vr)) {
            if (!known && !isName(vr)) {
                throw new DicomException(
                        source,
                        start,
                        "%s has no known value representation: bytes %02X %02X; the file is damaged or not Explicit VR"
                                .formatted(name(tag), bytes.get(start + 4), bytes.get(start + 5)));
            }
            return checked(new Element(tag, vr, start + 8, Short.toUnsignedInt(bytes.getShort())), start);
        }
        bytes.getShort();
        need(4, "the length of an element");
        return checked(new Element(tag, vr, start + 12, bytes.getInt()), start);
    }

    /** Two capitals, or the two blanks that some programs write: a value representation, if not one that is known. */
    private static boolean isName(String vr) {
        return vr.equals("  ") || vr.chars().allMatch(c -> c >= 'A' && c <= 'Z');
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
                for (Element element = header(); element.tag() != ITEM_END; element = header()) {
                    pass(element, depth);
                }
            } else {
                bytes.position(item.offset() + item.length());
            }
        }
        explicit = outer;
    }

    private void need(int count, String what) throws DicomException {
        if (bytes.remaining() < count) {
            throw new DicomException(
                    source,
                    bytes.position(),
                    "the file ends inside %s: %d bytes wanted, %d left".formatted(what, count, bytes.remaining()));
        }
    }

    /** The bytes of an explicit or implicit data set in the given order, from {@code start}. */
    static ByteBuffer view(byte[] bytes, int start, ByteOrder order) {
        return ByteBuffer.wrap(bytes).order(order).position(start);
    }
}
