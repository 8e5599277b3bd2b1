package dev.aorta.unet.imaging;

/** Texts from files and names of files as they can be shown: nothing in them commands a terminal, a table or a page. */
public final class PlainText {
    private PlainText() {}

    /** {@code text} on one line: line breaks, control characters and those that turn the direction of writing as escapes, such as \x1B. */
    public static String line(String text) {
        return escaped(text, false);
    }

    /** As {@link #line}, but line breaks and tabulators stay. */
    public static String lines(String text) {
        return escaped(text, true);
    }

    private static String escaped(String text, boolean layout) {
        if (text.codePoints().noneMatch(c -> commands(c) && !(layout && isLayout(c)))) {
            return text;
        }
        StringBuilder plain = new StringBuilder();
        text.codePoints().forEach(c -> {
            if (!commands(c) || layout && isLayout(c)) {
                plain.appendCodePoint(c);
            } else {
                plain.append(c < 0x100 ? "\\x%02X".formatted(c) : "\\u%04X".formatted(c));
            }
        });
        return plain.toString();
    }

    private static boolean isLayout(int c) {
        return c == '\n' || c == '\t' || c == '\r';
    }

    private static boolean commands(int c) {
        return Character.isISOControl(c)
                || c == 0x2028
                || c == 0x2029
                || c >= 0x202A && c <= 0x202E
                || c >= 0x2066 && c <= 0x2069
                || c == 0x200E
                || c == 0x200F
                || c == 0x061C;
    }

    /** {@code text} as content or attribute of HTML. */
    public static String html(String text) {
        return text.replace("&", "&amp;")
                .replace("<", "&lt;")
                .replace(">", "&gt;")
                .replace("\"", "&quot;")
                .replace("'", "&#39;");
    }

    /** A field of a CSV file (RFC 4180) that no spreadsheet takes for a formula: those that begin like one get an apostrophe. */
    public static String cell(String field) {
        String plain = line(field);
        if (!plain.isEmpty() && "=+-@".indexOf(plain.charAt(0)) >= 0) {
            plain = "'" + plain;
        }
        return plain.matches("[^,\"]*") ? plain : '"' + plain.replace("\"", "\"\"") + '"';
    }
}
