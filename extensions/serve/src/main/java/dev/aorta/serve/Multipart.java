package dev.aorta.serve;

import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * The files of a form, as browsers and {@code curl -F} send them.
 *
 * @see <a href="https://www.rfc-editor.org/rfc/rfc7578">RFC 7578</a>
 */
public final class Multipart {
    private static final Pattern TYPE = Pattern.compile(
            "multipart/form-data\\s*;.*?\\bboundary=(?:\"([^\"]{1,70})\"|([^\\s;\"]{1,70})).*",
            Pattern.CASE_INSENSITIVE);
    private static final Pattern FIELD = Pattern.compile("[;\\s](name|filename)=\"([^\"]*)\"");
    private static final byte[] END_OF_HEAD = {'\r', '\n', '\r', '\n'};
    private static final int MOST_HEAD = 4096;
    private static final int MOST_PARTS = 4096;

    /**
     * A part of the form.
     *
     * @param field that it is in
     * @param fileName that the caller gave, or empty; a text, never a path to be opened
     * @param content bytes
     */
    public record Part(String field, String fileName, byte[] content) {}

    private Multipart() {}

    /**
     * {@return whether a request has a form}
     *
     * @param contentType header of the request
     */
    public static boolean is(String contentType) {
        return contentType.regionMatches(true, 0, "multipart/form-data", 0, 19);
    }

    /**
     * Takes a form apart.
     *
     * @param contentType header of the request, which names what stands between the parts
     * @param body of the request
     * @return the parts in their order
     * @throws HttpError 400 when it is none, or has more than 4096 parts
     */
    public static List<Part> parse(String contentType, byte[] body) throws HttpError {
        Matcher type = TYPE.matcher(contentType);
        if (!type.matches()) {
            throw new HttpError(400, "a form names its boundary: multipart/form-data; boundary=..");
        }
        String boundary = type.group(1) != null ? type.group(1) : type.group(2);
        byte[] border = ("\r\n--" + boundary).getBytes(StandardCharsets.ISO_8859_1);
        byte[] first = Arrays.copyOfRange(border, 2, border.length);
        int at = find(body, first, 0, body.length);
        if (at != 0) {
            throw new HttpError(400, "the form does not begin with its boundary");
        }
        at += first.length;
        List<Part> parts = new ArrayList<>();
        while (!startsWith(body, at, "--")) {
            if (!startsWith(body, at, "\r\n") || parts.size() == MOST_PARTS) {
                throw new HttpError(
                        400,
                        parts.size() == MOST_PARTS
                                ? "the form has more than " + MOST_PARTS + " parts"
                                : "the form is damaged behind part " + parts.size());
            }
            int head = find(body, END_OF_HEAD, at, Math.min(body.length, at + MOST_HEAD));
            int end = head < 0 ? -1 : find(body, border, head + 2, body.length);
            if (end < 0) {
                throw new HttpError(400, "part " + (parts.size() + 1) + " of the form has no end");
            }
            int from = Math.min(end, head + END_OF_HEAD.length);
            parts.add(
                    part(new String(body, at, head - at, StandardCharsets.UTF_8), Arrays.copyOfRange(body, from, end)));
            at = end + border.length;
        }
        return parts;
    }

    private static Part part(String head, byte[] content) {
        String field = "";
        String fileName = "";
        for (String line : head.split("\r\n", -1)) {
            if (line.regionMatches(true, 0, "content-disposition:", 0, 20)) {
                Matcher m = FIELD.matcher(line);
                while (m.find()) {
                    field = m.group(1).equals("name") ? m.group(2) : field;
                    fileName = m.group(1).equals("filename") ? m.group(2) : fileName;
                }
            }
        }
        return new Part(field, fileName, content);
    }

    private static boolean startsWith(byte[] body, int at, String text) {
        byte[] wanted = text.getBytes(StandardCharsets.ISO_8859_1);
        return at + wanted.length <= body.length
                && Arrays.equals(body, at, at + wanted.length, wanted, 0, wanted.length);
    }

    private static int find(byte[] body, byte[] wanted, int from, int to) {
        for (int i = from; i + wanted.length <= to; i++) {
            if (body[i] == wanted[0] && Arrays.equals(body, i, i + wanted.length, wanted, 0, wanted.length)) {
                return i;
            }
        }
        return -1;
    }
}
