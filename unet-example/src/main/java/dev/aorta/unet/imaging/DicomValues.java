package dev.aorta.unet.imaging;

import dev.aorta.unet.imaging.DicomElements.Element;
import java.nio.ByteBuffer;
import java.nio.charset.Charset;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.OptionalDouble;
import java.util.OptionalInt;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/** The values of a data set's elements, by tag. What cannot be read and is not needed counts as absent, with a note. */
final class DicomValues {
    private static final int CHARACTER_SET = 0x00080005;
    private static final int MAX_TEXT = 1024;
    /** A decimal string of DICOM: no hexadecimal digits, no suffixes. */
    private static final Pattern DECIMAL = Pattern.compile("[+-]?(\\d+\\.?\\d*|\\.\\d+)([eE][+-]?\\d{1,3})?");

    /** Java's names of the character sets that are not ISO-8859-1 or US-ASCII (PS3.3, C.12.1.1.2). */
    private static final Map<String, String> CHARSETS = Map.ofEntries(
            Map.entry("ISO_IR 101", "ISO-8859-2"),
            Map.entry("ISO_IR 109", "ISO-8859-3"),
            Map.entry("ISO_IR 110", "ISO-8859-4"),
            Map.entry("ISO_IR 144", "ISO-8859-5"),
            Map.entry("ISO_IR 127", "ISO-8859-6"),
            Map.entry("ISO_IR 126", "ISO-8859-7"),
            Map.entry("ISO_IR 138", "ISO-8859-8"),
            Map.entry("ISO_IR 148", "ISO-8859-9"),
            Map.entry("ISO_IR 203", "ISO-8859-15"),
            Map.entry("ISO_IR 13", "Shift_JIS"),
            Map.entry("ISO_IR 166", "TIS-620"),
            Map.entry("ISO_IR 192", "UTF-8"),
            Map.entry("GB18030", "GB18030"),
            Map.entry("GBK", "GBK"),
            Map.entry("ISO_IR 87", "ISO-2022-JP"),
            Map.entry("ISO_IR 159", "ISO-2022-JP-2"),
            Map.entry("ISO_IR 149", "EUC-KR"),
            Map.entry("ISO_IR 58", "GB2312"));

    private final String source;
    private final ByteBuffer bytes;
    private final Map<Integer, Element> elements = new HashMap<>();
    private final List<String> notes;

    DicomValues(String source, ByteBuffer bytes) {
        this(source, bytes, new ArrayList<>());
    }

    private DicomValues(String source, ByteBuffer bytes, List<String> notes) {
        this.source = source;
        this.bytes = bytes;
        this.notes = notes;
    }

    /** Empty values of an item within this data set, with the same notes. */
    DicomValues within() {
        return new DicomValues(source, bytes, notes);
    }

    String source() {
        return source;
    }

    ByteBuffer bytes() {
        return bytes;
    }

    /** What counted as absent, a sentence each. */
    List<String> notes() {
        return List.copyOf(notes);
    }

    /** Adds an element; of two with one tag the later counts. */
    void add(Element element) {
        elements.put(element.tag(), element);
    }

    boolean has(int tag) {
        return elements.containsKey(tag);
    }

    @Nullable
    Element element(int tag) {
        return elements.get(tag);
    }

    /** The element {@code tag}, which must be there; {@code name} is for the message. */
    Element require(int tag, String name) throws DicomException {
        Element element = elements.get(tag);
        if (element == null) {
            throw new DicomException(
                    source, bytes.limit(), "the file has no %s %s".formatted(name, DicomElements.name(tag)));
        }
        return element;
    }

    /** Text without padding, in the data set's character set; empty where the element is absent. */
    String text(int tag) {
        Element element = elements.get(tag);
        if (element == null) {
            return "";
        }
        if (Integer.compareUnsigned(element.length(), MAX_TEXT) > 0) {
            ignore(tag, "%d bytes of text".formatted(Integer.toUnsignedLong(element.length())));
            return "";
        }
        byte[] value = new byte[element.length()];
        bytes.get(element.offset(), value);
        Charset charset = tag == CHARACTER_SET ? StandardCharsets.US_ASCII : charset();
        return new String(value, charset).replace('\0', ' ').strip();
    }

    /** The character set of texts: where there are several, the first that extends ASCII. */
    private Charset charset() {
        for (String name : text(CHARACTER_SET).split("\\\\", -1)) {
            String known = CHARSETS.get(name.strip().replace("ISO 2022 IR ", "ISO_IR "));
            if (known != null && Charset.isSupported(known)) {
                return Charset.forName(known);
            }
        }
        return StandardCharsets.ISO_8859_1;
    }

    /** The one whole number of the element {@code tag}, binary or as text, which must be there. */
    int unsigned(int tag, String name) throws DicomException {
        Element element = require(tag, name);
        boolean written = element.vr().equals("IS") || element.vr().equals("DS");
        if (!written && element.length() == 2) {
            return Short.toUnsignedInt(bytes.getShort(element.offset()));
        }
        if (!written && element.length() == 4 && bytes.getInt(element.offset()) >= 0) {
            return bytes.getInt(element.offset());
        }
        if (written && text(tag).matches("\\d{1,9}")) {
            return Integer.parseInt(text(tag));
        }
        throw problem(tag, "%s has %d bytes, not 2".formatted(name, Integer.toUnsignedLong(element.length())));
    }

    /** As {@link #unsigned}, but {@code absent} where the element is not there. */
    int unsigned(int tag, String name, int absent) throws DicomException {
        Element element = elements.get(tag);
        return element == null || element.length() == 0 ? absent : unsigned(tag, name);
    }

    /** A backslash-separated list of {@code count} decimal numbers; empty where there is none that can be read. */
    double[] decimals(int tag, String name, int count) {
        String text = text(tag);
        String[] words = text.split("\\\\", -1);
        double[] values = new double[count];
        for (int i = 0; i < count && words.length == count; i++) {
            String word = words[i].strip();
            values[i] = DECIMAL.matcher(word).matches() ? Double.parseDouble(word) : Double.NaN;
        }
        for (double value : values) {
            if (words.length != count || !Double.isFinite(value)) {
                if (!text.isEmpty()) {
                    ignore(
                            tag,
                            "%s '%s' is not %s".formatted(name, text, count == 1 ? "a number" : count + " numbers"));
                }
                return new double[0];
            }
        }
        return values;
    }

    OptionalDouble decimal(int tag, String name) {
        double[] values = decimals(tag, name, 1);
        return values.length == 0 ? OptionalDouble.empty() : OptionalDouble.of(values[0]);
    }

    /** A length in mm, which is above 0 and that of a thing in a scanner. */
    static boolean isLength(double millimetres) {
        return millimetres >= 1e-3 && millimetres <= 1e3;
    }

    /** Lengths in mm, as {@link #decimals}; those that cannot be count as absent. */
    double[] lengths(int tag, String name, int count) {
        double[] values = decimals(tag, name, count);
        for (double value : values) {
            if (!isLength(value)) {
                ignore(tag, "%s '%s' is no length in mm".formatted(name, text(tag)));
                return new double[0];
            }
        }
        return values;
    }

    /** A binary floating-point number of 8 bytes. */
    OptionalDouble real(int tag, String name) {
        Element element = elements.get(tag);
        if (element == null || element.length() == 0) {
            return OptionalDouble.empty();
        }
        double value = element.length() == Double.BYTES ? bytes.getDouble(element.offset()) : Double.NaN;
        if (!Double.isFinite(value)) {
            ignore(tag, "%s is not a number of 8 bytes".formatted(name));
            return OptionalDouble.empty();
        }
        return OptionalDouble.of(value);
    }

    /** A binary number of 4 bytes. */
    OptionalInt index(int tag, String name) {
        Element element = elements.get(tag);
        if (element == null || element.length() == 0) {
            return OptionalInt.empty();
        }
        if (element.length() != Integer.BYTES || bytes.getInt(element.offset()) < 0) {
            ignore(tag, "%s is not a number of 4 bytes".formatted(name));
            return OptionalInt.empty();
        }
        return OptionalInt.of(bytes.getInt(element.offset()));
    }

    OptionalInt integer(int tag, String name) {
        OptionalDouble value = decimal(tag, name);
        if (value.isEmpty()) {
            return OptionalInt.empty();
        }
        int rounded = (int) value.getAsDouble();
        if (rounded != value.getAsDouble()) {
            ignore(tag, "%s '%s' is not a whole number of 32 bits".formatted(name, text(tag)));
            return OptionalInt.empty();
        }
        return OptionalInt.of(rounded);
    }

    void ignore(int tag, String why) {
        String note = "%s %s; it counts as absent".formatted(DicomElements.name(tag), why);
        if (!notes.contains(note)) {
            notes.add(note);
        }
    }

    DicomException problem(int tag, String problem) {
        Element element = elements.get(tag);
        return new DicomException(source, element == null ? bytes.limit() : element.offset(), problem);
    }
}
