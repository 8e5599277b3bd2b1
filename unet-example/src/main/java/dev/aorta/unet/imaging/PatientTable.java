package dev.aorta.unet.imaging;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * The table scd_patientdata.csv: which PatientID is which OriginalID. It is read as spreadsheets save it: with a byte order mark,
 * quotes, and semicolons or tabs between columns.
 */
final class PatientTable {
    static final String NAME = "scd_patientdata.csv";

    private static final Pattern CASE = Pattern.compile("(.+)-(\\d{1,9})");
    private static final long MAX_BYTES = 1 << 20;

    private PatientTable() {}

    /** PatientID → name of the case folder. */
    static SortedMap<String, String> read(Path table) throws IOException {
        List<String> lines = text(table).lines().toList();
        String first = lines.isEmpty() ? "" : lines.getFirst();
        char separator = first.indexOf('\t') >= 0 ? '\t' : first.indexOf(';') >= 0 ? ';' : ',';
        List<String> header = cells(first, separator);
        int patient = header.indexOf("PatientID");
        int original = header.indexOf("OriginalID");
        if (patient < 0 || original < 0) {
            throw new IOException(
                    "%s: line 1: the columns PatientID and OriginalID are not both there".formatted(table));
        }
        SortedMap<String, String> patients = new TreeMap<>();
        for (int i = 1; i < lines.size(); i++) {
            List<String> cells = cells(lines.get(i), separator);
            if (cells.size() <= Math.max(patient, original)) {
                if (!lines.get(i).isBlank()) {
                    throw new IOException("%s: line %d has %d columns, the header %d"
                            .formatted(table, i + 1, cells.size(), header.size()));
                }
            } else if (!cells.get(patient).isEmpty()) {
                patients.put(cells.get(patient), caseFolder(cells.get(original)));
            }
        }
        return patients;
    }

    private static String text(Path table) throws IOException {
        if (Files.size(table) > MAX_BYTES) {
            throw new IOException("%s: tables over %d bytes are not read".formatted(table, MAX_BYTES));
        }
        byte[] bytes = Files.readAllBytes(table);
        boolean little = bytes.length > 1 && bytes[0] == (byte) 0xFF && bytes[1] == (byte) 0xFE;
        boolean big = bytes.length > 1 && bytes[0] == (byte) 0xFE && bytes[1] == (byte) 0xFF;
        try {
            return (little || big ? StandardCharsets.UTF_16 : StandardCharsets.UTF_8)
                    .newDecoder()
                    .decode(ByteBuffer.wrap(bytes))
                    .toString()
                    .replace("\uFEFF", "");
        } catch (CharacterCodingException e) {
            throw new IOException(table + ": neither UTF-8 nor UTF-16 text; save the table as CSV in UTF-8", e);
        }
    }

    /** The cells of a line; quotes hold separators, and stand twice for themselves. */
    private static List<String> cells(String line, char separator) {
        List<String> cells = new ArrayList<>();
        StringBuilder cell = new StringBuilder();
        boolean quoted = false;
        for (int i = 0; i < line.length(); i++) {
            char c = line.charAt(i);
            if (c == '"') {
                if (quoted && i + 1 < line.length() && line.charAt(i + 1) == '"') {
                    cell.append(line.charAt(++i));
                } else {
                    quoted = !quoted;
                }
            } else if (c == separator && !quoted) {
                cells.add(cell.toString().strip());
                cell.setLength(0);
            } else {
                cell.append(c);
            }
        }
        cells.add(cell.toString().strip());
        return cells;
    }

    /** The case folder of an OriginalID: SC-HF-I-1 → SC-HF-I-01. */
    static String caseFolder(String original) {
        Matcher name = CASE.matcher(original);
        return name.matches() ? "%s-%02d".formatted(name.group(1), Integer.parseInt(name.group(2))) : original;
    }
}
