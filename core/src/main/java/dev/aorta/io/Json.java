package dev.aorta.io;

import java.nio.ByteBuffer;
import java.nio.CharBuffer;
import java.nio.charset.CharsetDecoder;
import java.nio.charset.CoderResult;
import java.nio.charset.StandardCharsets;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.SequencedMap;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/**
 * A JSON value. Reading is strict: RFC 8259 to the letter, UTF-8, no name twice in an object, at most {@value #MAX_DEPTH} levels.
 *
 * @see <a href="https://www.rfc-editor.org/rfc/rfc8259">RFC 8259</a>
 */
public sealed interface Json {
    /** Deepest nesting that is read. */
    int MAX_DEPTH = 64;

    /**
     * An object, its members in the order of the text.
     *
     * @param members values by their names; not modifiable
     */
    record Obj(SequencedMap<String, Json> members) implements Json {
        /** Makes an object; the map is copied. */
        public Obj {
            members = Collections.unmodifiableSequencedMap(new LinkedHashMap<>(members));
        }
    }

    /**
     * An array.
     *
     * @param elements in their order; not modifiable
     */
    record Arr(List<Json> elements) implements Json {
        /** Makes an array; the list is copied. */
        public Arr {
            elements = elements instanceof JsonNumbers ? elements : List.copyOf(elements);
        }
    }

    /**
     * A string.
     *
     * @param value its characters, without quotes and escapes
     */
    record Text(String value) implements Json {}

    /**
     * A number as it is written, so that no digit is lost.
     *
     * @param literal digits as JSON writes them, such as {@code -1.5e3}
     */
    record Num(String literal) implements Json {
        /**
         * Makes a number.
         *
         * @throws IllegalArgumentException if the literal is no JSON number
         */
        public Num {
            if (literal.isEmpty() || JsonParser.numberEnd(literal, 0) != literal.length()) {
                throw new IllegalArgumentException("not a JSON number: " + literal);
            }
        }
    }

    /**
     * {@code true} or {@code false}.
     *
     * @param value the truth value
     */
    record Bool(boolean value) implements Json {}

    /** {@code null}. */
    record Null() implements Json {}

    /**
     * Reads a text that holds one value.
     *
     * @param text all of it is read; white space may stand around the value
     * @return the value
     * @throws FormatException if it is not JSON, or takes more than {@link ReadBudget#ofReading()}
     */
    static Json parse(String text) throws FormatException {
        return new JsonParser(text, ReadBudget.ofReading()).parse();
    }

    /**
     * Reads UTF-8 that holds one value.
     *
     * @param utf8 all of it is read; white space may stand around the value
     * @return the value
     * @throws FormatException if it is not JSON or not UTF-8, or takes more than {@link ReadBudget#ofReading()}
     */
    static Json parse(byte[] utf8) throws FormatException {
        return parse(utf8, ReadBudget.ofReading());
    }

    /**
     * Reads UTF-8 that holds one value, within a budget.
     *
     * @param utf8 all of it is read; white space may stand around the value
     * @param budget what the reading may cost; it is charged for the bytes and for each value
     * @return the value
     * @throws FormatException if it is not JSON or not UTF-8, or takes more than the budget
     */
    static Json parse(byte[] utf8, ReadBudget budget) throws FormatException {
        budget.take(utf8.length, "JSON of " + utf8.length + " bytes");
        requireUtf8(utf8);
        return new JsonParser(new String(utf8, StandardCharsets.UTF_8), budget).parse();
    }

    private static void requireUtf8(byte[] bytes) throws FormatException {
        CharsetDecoder decoder = StandardCharsets.UTF_8.newDecoder();
        ByteBuffer in = ByteBuffer.wrap(bytes);
        CharBuffer piece = CharBuffer.allocate(1 << 13);
        CoderResult result;
        do {
            result = decoder.decode(in, piece.clear(), true);
        } while (result.isOverflow());
        if (result.isError()) {
            throw new FormatException("JSON is not valid UTF-8");
        }
    }

    /**
     * The value of a Java object: null, Boolean, Number, String, List, Map (sorted by name if it has no order of its own), or Json.
     *
     * @param value names in maps are strings; lists and maps are copied to any depth
     * @return the value as JSON
     * @throws IllegalArgumentException for any other class, NaN, and infinity
     */
    static Json of(@Nullable Object value) {
        return switch (value) {
            case null -> new Null();
            case Json json -> json;
            case Boolean bool -> new Bool(bool);
            case Number number -> new Num(number.toString());
            case String text -> new Text(text);
            case List<?> list -> new Arr(list.stream().map(Json::of).toList());
            case Map<?, ?> map -> {
                SequencedMap<String, Json> members =
                        map instanceof SequencedMap ? new LinkedHashMap<>() : new TreeMap<>();
                map.forEach((name, member) -> members.put((String) name, of(member)));
                yield new Obj(members);
            }
            default -> throw new IllegalArgumentException("no JSON for " + value.getClass());
        };
    }

    /**
     * One member of this object.
     *
     * @param name of the member
     * @return its value
     * @throws FormatException if this is no object, or has no member of that name
     */
    default Json get(String name) throws FormatException {
        Json member = asObject().get(name);
        if (member == null) {
            throw new FormatException(
                    "JSON object has no '" + name + "', only " + asObject().keySet());
        }
        return member;
    }

    /**
     * {@return the members of this object by their names, in the order of the text; not modifiable}
     *
     * @throws FormatException if this is no object
     */
    default SequencedMap<String, Json> asObject() throws FormatException {
        if (this instanceof Obj object) {
            return object.members;
        }
        throw mismatch("an object");
    }

    /**
     * {@return the elements of this array; not modifiable}
     *
     * @throws FormatException if this is no array
     */
    default List<Json> asList() throws FormatException {
        if (this instanceof Arr array) {
            return array.elements;
        }
        throw mismatch("an array");
    }

    /**
     * {@return the characters of this string}
     *
     * @throws FormatException if this is no string
     */
    default String asText() throws FormatException {
        if (this instanceof Text text) {
            return text.value;
        }
        throw mismatch("a string");
    }

    /**
     * {@return this truth value}
     *
     * @throws FormatException if this is no truth value
     */
    default boolean asBoolean() throws FormatException {
        if (this instanceof Bool bool) {
            return bool.value;
        }
        throw mismatch("true or false");
    }

    /**
     * {@return this number, rounded to the nearest double}
     *
     * @throws FormatException if this is no number
     */
    default double asDouble() throws FormatException {
        if (this instanceof Num number) {
            return JsonNumbers.toDouble(number.literal, 0, number.literal.length());
        }
        throw mismatch("a number");
    }

    /**
     * {@return the numbers of this array, rounded to the nearest doubles; the fast way for large ones}
     *
     * @throws FormatException if this is no array, or holds anything but numbers
     */
    default double[] asDoubles() throws FormatException {
        List<Json> elements = asList();
        if (elements instanceof JsonNumbers numbers) {
            return numbers.toDoubles();
        }
        double[] values = new double[elements.size()];
        for (int i = 0; i < values.length; i++) {
            values[i] = elements.get(i).asDouble();
        }
        return values;
    }

    /**
     * {@return this number, if it is a whole one without point and exponent}
     *
     * @throws FormatException if this is no such number, or does not fit in 64 bits
     */
    default long asLong() throws FormatException {
        if (this instanceof Num number) {
            try {
                return Long.parseLong(number.literal);
            } catch (NumberFormatException e) {
                throw mismatch("a whole number of 64 bits");
            }
        }
        throw mismatch("a whole number");
    }

    /**
     * {@return this number, if it is a whole one without point and exponent}
     *
     * @throws FormatException if this is no such number, or does not fit in 32 bits
     */
    default int asInt() throws FormatException {
        long value = asLong();
        if (value != (int) value) {
            throw mismatch("a whole number of 32 bits");
        }
        return (int) value;
    }

    /** {@return the text on one line, without spaces} */
    default String compact() {
        StringBuilder out = new StringBuilder();
        write(out, "", "");
        return out.toString();
    }

    /** {@return the text on many lines, indented by two spaces a level, with a line end at the end} */
    default String pretty() {
        StringBuilder out = new StringBuilder();
        write(out, "\n", "  ");
        return out.append('\n').toString();
    }

    /** Appends this value; {@code newline} starts a line at this level, and {@code indent} is added for the next one. */
    private void write(StringBuilder out, String newline, String indent) {
        String inner = newline + indent;
        String comma = "";
        switch (this) {
            case Null nothing -> out.append("null");
            case Bool bool -> out.append(bool.value);
            case Num number -> out.append(number.literal);
            case Text text -> quote(out, text.value);
            case Arr array -> {
                out.append('[');
                for (Json element : array.elements) {
                    out.append(comma).append(inner);
                    element.write(out, inner, indent);
                    comma = ",";
                }
                out.append(array.elements.isEmpty() ? "" : newline).append(']');
            }
            case Obj object -> {
                out.append('{');
                for (var member : object.members.entrySet()) {
                    out.append(comma).append(inner);
                    quote(out, member.getKey());
                    out.append(indent.isEmpty() ? ":" : ": ");
                    member.getValue().write(out, inner, indent);
                    comma = ",";
                }
                out.append(object.members.isEmpty() ? "" : newline).append('}');
            }
        }
    }

    private static void quote(StringBuilder out, String text) {
        out.append('"');
        for (int i = 0; i < text.length(); i++) {
            char c = text.charAt(i);
            switch (c) {
                case '"', '\\' -> out.append('\\').append(c);
                case '\n' -> out.append("\\n");
                case '\t' -> out.append("\\t");
                case '\r' -> out.append("\\r");
                default -> out.append(c < ' ' ? String.format("\\u%04x", (int) c) : String.valueOf(c));
            }
        }
        out.append('"');
    }

    private FormatException mismatch(String expected) {
        String found = compact();
        return new FormatException("JSON has " + (found.length() > 60 ? found.substring(0, 60) + "…" : found)
                + " where " + expected + " must be");
    }
}
