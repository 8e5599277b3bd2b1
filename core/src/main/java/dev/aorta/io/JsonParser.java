package dev.aorta.io;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.SequencedMap;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** Recursive descent over a JSON text. */
final class JsonParser {
    static final Pattern NUMBER = Pattern.compile("-?(0|[1-9][0-9]*+)(\\.[0-9]++)?([eE][+-]?[0-9]++)?");

    /** Memory of a value: the object, its place in a list or map, its share of their spare room. */
    private static final int VALUE_BYTES = 160;

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
        List<Json> elements = new ArrayList<>();
        expect('[');
        for (boolean more = peek() != ']'; more; more = comma()) {
            elements.add(value(depth + 1));
        }
        expect(']');
        return new Json.Arr(elements);
    }

    private boolean comma() {
        boolean comma = peek() == ',';
        position += comma ? 1 : 0;
        return comma;
    }

    private Json number() throws FormatException {
        Matcher number = NUMBER.matcher(text).region(position, text.length());
        if (!number.lookingAt()) {
            throw error("a value expected");
        }
        position = number.end();
        return new Json.Num(number.group());
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
        while (position < text.length() && " \t\n\r".indexOf(text.charAt(position)) >= 0) {
            position++;
        }
        return position < text.length() ? text.charAt(position) : '\0';
    }

    private FormatException error(String what) {
        long line = text.chars().limit(position).filter(c -> c == '\n').count() + 1;
        int column = position - text.lastIndexOf('\n', position - 1);
        return new FormatException("JSON at line " + line + ", column " + column + ": " + what);
    }
}
