package dev.aorta.unet.imaging;

import dev.aorta.unet.imaging.DicomElements.Element;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.util.HashMap;
import java.util.Map;
import java.util.OptionalDouble;
import java.util.OptionalInt;
import org.jspecify.annotations.Nullable;

/** The values of a data set's elements, by tag. */
final class DicomValues {
    private static final int MAX_TEXT = 1024;

    private final String source;
    private final ByteBuffer bytes;
    private final Map<Integer, Element> elements = new HashMap<>();

    DicomValues(String source, byte[] bytes) {
        this.source = source;
        this.bytes = ByteBuffer.wrap(bytes).order(ByteOrder.LITTLE_ENDIAN);
    }

    void add(Element element) {
        elements.put(element.tag(), element);
    }

    boolean has(int tag) {
        return elements.containsKey(tag);
    }

    /** The element {@code tag}, which must be there; {@code name} is for the message. */
    Element require(int tag, String name) throws DicomException {
        Element element = elements.get(tag);
        if (element == null) {
            throw new DicomException(
                    source,
                    bytes.capacity(),
                    "the file has no %s (%04X,%04X)".formatted(name, tag >>> 16, tag & 0xFFFF));
        }
        return element;
    }

    /** Text without padding, empty where the element is absent. */
    String text(int tag) throws DicomException {
        Element element = elements.get(tag);
        if (element == null) {
            return "";
        }
        if (Integer.compareUnsigned(element.length(), MAX_TEXT) > 0) {
            throw problem(
                    tag,
                    "%d bytes of text; at most %d are read"
                            .formatted(Integer.toUnsignedLong(element.length()), MAX_TEXT));
        }
        return new String(bytes.array(), element.offset(), element.length(), StandardCharsets.ISO_8859_1)
                .replace('\0', ' ')
                .strip();
    }

    /** The one unsigned 16-bit value of the element {@code tag}, which must be there. */
    int unsignedShort(int tag, String name) throws DicomException {
        Element element = require(tag, name);
        if (element.length() != 2) {
            throw problem(tag, "%s has %d bytes, not 2".formatted(name, Integer.toUnsignedLong(element.length())));
        }
        return Short.toUnsignedInt(bytes.getShort(element.offset()));
    }

    /** Value {@code index} of a backslash-separated list of {@code count} decimal numbers. */
    OptionalDouble decimal(int tag, int index, int count) throws DicomException {
        String text = text(tag);
        if (text.isEmpty()) {
            return OptionalDouble.empty();
        }
        String[] values = text.split("\\\\", -1);
        Double value = values.length == count ? finite(values[index]) : null;
        if (value == null) {
            throw problem(tag, "'%s' is not %s".formatted(text, count == 1 ? "a number" : count + " numbers"));
        }
        return OptionalDouble.of(value);
    }

    OptionalInt integer(int tag) throws DicomException {
        OptionalDouble value = decimal(tag, 0, 1);
        if (value.isEmpty()) {
            return OptionalInt.empty();
        }
        int rounded = (int) value.getAsDouble();
        if (rounded != value.getAsDouble()) {
            throw problem(tag, "'%s' is not a whole number of 32 bits".formatted(text(tag)));
        }
        return OptionalInt.of(rounded);
    }

    DicomException problem(int tag, String problem) throws DicomException {
        return new DicomException(source, require(tag, "element").offset(), problem);
    }

    private static @Nullable Double finite(String text) {
        try {
            double value = Double.parseDouble(text.strip());
            return Double.isFinite(value) ? value : null;
        } catch (NumberFormatException e) {
            return null;
        }
    }
}
