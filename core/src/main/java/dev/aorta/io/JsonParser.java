package dev.aorta.io;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.SequencedMap;

/** Recursive descent over a JSON text. */
final class JsonParser {
    /** Memory of a value: the object, its place in a list or map, its share of their spare room. */
    private static final int VALUE_BYTES = 160;

    /** Memory of a number in an array of nothing else: its two places, and their share of spare room. */
    private static final int NUMBER_BYTES = 16;

    private final String text;
    private final ReadBudget budget;
    private int position;

    JsonParser(String text, ReadBudget budget) {
        this.text = text;
        this.budget = budget;
    }

    Json parse() throws FormatException {
        Json value = value(0);
        peek();
        if (position != text.length()) {
            throw error("something follows the value");
        }
        return value;
    }

    private Json value(int depth) throws FormatException {
        if (depth > Json.MAX_DEPTH) {
            throw error("more than " + Json.MAX_DEPTH + " levels");
        }
        budget.element(VALUE_BYTES, "JSON");
        return switch (peek()) {
            case '{' -> object(depth);
            case '[' -> array(depth);
            case '"' -> new Json.Text(string());
            case 't' -> literal("true", new Json.Bool(true));
            case 'f' -> literal("false", new Json.Bool(false));
            case 'n' -> literal("null", new Json.Null());
            default -> number();
        };
    }

    private Json object(int depth) throws FormatException {
        SequencedMap<String, Json> members = new LinkedHashMap<>();
        expect('{');
        for (boolean more = peek() != '}'; more; more = comma()) {
            if (peek() != '"') {
                throw error("a name in quotes expected");
            }
            String name = string();
            budget.element(VALUE_BYTES, "JSON");
            expect(':');
            if (members.put(name, value(depth + 1)) != null) {
                throw error("the name '" + name + "' stands twice in an object");
            }
        }
        expect('}');
        return new Json.Obj(members);
    }

    private Json array(int depth) throws FormatException {
        expect('[');
        JsonNumbers numbers = new JsonNumbers(text);
        boolean more = peek() != ']';
        for (; more && numberEnd(text, position) > position; more = comma()) {
            int begin = position;
            position = numberEnd(text, begin);
            budget.element(NUMBER_BYTES, "JSON");
            numbers.append(begin, position);
        }
        List<Json> elements = numbers;
        if (more) {
            budget.element((long) VALUE_BYTES * numbers.size(), "JSON");
            elements = new ArrayList<>(numbers);
            for (; more; more = comma()) {
                elements.add(value(depth + 1));
            }
        }
        expect(']');
        return new Json.Arr(elements);
    }

    private boolean comma() {
        boolean comma = peek() == ',';
        if (comma) {
            position++;
            peek();
        }
        return comma;
    }

    private Json number() throws FormatException {
        int end = numberEnd(text, position);
        if (end == position) {
            throw error("a value expected");
        }
        Json number = new Json.Num(text.substring(position, end));
        position = end;
        return number;
    }

    /** Where the number ends that begins at a place, which is that place where none does. */
    static int numberEnd(String text, int from) {
        int at = from < text.length() && text.charAt(from) == '-' ? from + 1 : from;
        int whole = at < text.length() && text.charAt(at) == '0' ? at + 1 : digits(text, at);
        if (whole == at) {
            return from;
        }
        int end = whole;
        if (end < text.length() && text.charAt(end) == '.') {
            int fraction = digits(text, end + 1);
            if (fraction == end + 1) {
                return end;
            }
            end = fraction;
        }
        if (end < text.length() && (text.charAt(end) == 'e' || text.charAt(end) == 'E')) {
            int sign = end + 1;
            if (sign < text.length() && (text.charAt(sign) == '+' || text.charAt(sign) == '-')) {
                sign++;
            }
            int exponent = digits(text, sign);
            end = exponent == sign ? end : exponent;
        }
        return end;
    }

    private static int digits(String text, int from) {
        int at = from;
        while (at < text.length() && text.charAt(at) >= '0' && text.charAt(at) <= '9') {
            at++;
        }
        return at;
    }

    private Json literal(String word, Json value) throws FormatException {
        if (!text.startsWith(word, position)) {
            throw error("a value expected");
        }
        position += word.length();
        return value;
    }

    private String string() throws FormatException {
        expect('"');
        StringBuilder out = new StringBuilder();
        for (char c = next(); c != '"'; c = next()) {
            if (c < ' ') {
                throw error("a control character in a string; write it as an escape");
            }
            out.append(c == '\\' ? escape() : c);
        }
        if (!wellFormed(out)) {
            throw error("half of a surrogate pair in a string");
        }
        budget.element(2L * out.length(), "JSON");
        return out.toString();
    }

    private char escape() throws FormatException {
        char c = next();
        return switch (c) {
            case '"', '\\', '/' -> c;
            case 'b' -> '\b';
            case 'f' -> '\f';
            case 'n' -> '\n';
            case 'r' -> '\r';
            case 't' -> '\t';
            case 'u' -> {
                int code = 0;
                for (int i = 0; i < 4; i++) {
                    int digit = hexDigit(next());
                    code = code << 4 | digit;
                }
                yield (char) code;
            }
            default -> throw error("unknown escape \\" + c);
        };
    }

    private int hexDigit(char c) throws FormatException {
        if (c > 'f' || Character.digit(c, 16) < 0) {
            throw error("four hexadecimal digits expected");
        }
        return Character.digit(c, 16);
    }

    private static boolean wellFormed(CharSequence text) {
        return text.codePoints().noneMatch(c -> c >= Character.MIN_SURROGATE && c <= Character.MAX_SURROGATE);
    }

    private char next() throws FormatException {
        if (position == text.length()) {
            throw error("the text ends inside a string");
        }
        return text.charAt(position++);
    }

    private void expect(char c) throws FormatException {
        if (peek() != c) {
            throw error("'" + c + "' expected");
        }
        position++;
    }

    /** The next character that is not white space, left in place; at the end one that means nothing in JSON. */
    private char peek() {
        while (position < text.length()) {
            char c = text.charAt(position);
            if (c != ' ' && c != '\n' && c != '\r' && c != '\t') {
                return c;
            }
            position++;
        }
        return '\0';
    }

    private FormatException error(String what) {
        long line = text.chars().limit(position).filter(c -> c == '\n').count() + 1;
        int column = position - text.lastIndexOf('\n', position - 1);
        return new FormatException("JSON at line " + line + ", column " + column + ": " + what);
    }
}
