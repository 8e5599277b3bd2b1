package dev.aorta.data;

import dev.aorta.Shape;
import dev.aorta.io.FormatException;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.Reader;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.TreeSet;

/**
 * A table of a CSV file whose first line names the columns: UTF-8, with fields in quotes where needed (RFC 4180).
 *
 * <pre>{@code
 * InMemoryDataset houses = CsvTable.read(file, ',').regression("price");
 * }</pre>
 */
public final class CsvTable {
    private final Path file;
    private final List<String> columns;
    private final List<String[]> rows = new ArrayList<>();
    private final List<Integer> lines = new ArrayList<>(); // at which each row begins

    private CsvTable(Path file, char separator) throws IOException {
        this.file = file;
        try (Lexer in = new Lexer(file, separator)) {
            List<String> names = in.record();
            if (names == null) {
                throw new FormatException(file + ": is empty; the first line must name the columns");
            }
            columns = List.copyOf(names);
            if (columns.stream().distinct().count() < columns.size()) {
                throw new FormatException(file + ": two columns have one name in " + columns);
            }
            int line = in.line;
            for (List<String> row = in.record(); row != null; row = in.record()) {
                if (row.size() != columns.size()) {
                    throw new FormatException(
                            file + ", line " + line + ": " + row.size() + " fields where the first line names "
                                    + columns.size() + " columns; is '" + separator + "' the separator?");
                }
                rows.add(row.toArray(String[]::new));
                lines.add(line);
                line = in.line;
            }
        }
        if (rows.isEmpty()) {
            throw new FormatException(file + ": there is no row behind the names of the columns");
        }
    }

    /**
     * Reads a file.
     *
     * @param file whose first line names the columns
     * @param separator of fields, a comma or a semicolon as a rule
     * @return the table
     * @throws IOException if it cannot be read
     * @throws FormatException if a row has not as many fields as the first, or a quote does not end
     */
    public static CsvTable read(Path file, char separator) throws IOException {
        return new CsvTable(file, separator);
    }

    /** {@return the names of the columns} */
    public List<String> columns() {
        return columns;
    }

    /** {@return the number of rows} */
    public int size() {
        return rows.size();
    }

    /**
     * {@return the fields of a column}
     *
     * @param column its name
     * @throws FormatException if there is no such column
     */
    public List<String> texts(String column) throws FormatException {
        int c = index(column);
        return rows.stream().map(r -> r[c]).toList();
    }

    /**
     * {@return a column of numbers}
     *
     * @param column its name
     * @throws FormatException if a field is no number, naming its line
     */
    public float[] numbers(String column) throws FormatException {
        int c = index(column);
        float[] numbers = new float[rows.size()];
        for (int i = 0; i < numbers.length; i++) {
            numbers[i] = number(i, c);
        }
        return numbers;
    }

    /**
     * {@return the different texts of a column, sorted: class 0, 1 and so on of {@link #classification}}
     *
     * @param column its name
     * @throws FormatException if there is no such column
     */
    public List<String> classes(String column) throws FormatException {
        return List.copyOf(new TreeSet<>(texts(column)));
    }

    /**
     * {@return the numbers of one column as labels (N, 1), and those of all others as inputs, in their order}
     *
     * @param target name of the column of labels
     * @throws FormatException if a field is no number
     */
    public InMemoryDataset regression(String target) throws FormatException {
        return new InMemoryDataset(inputs(index(target)), new Values(numbers(target), Shape.of(size(), 1)));
    }

    /**
     * {@return the {@linkplain #classes classes} of one column as labels (N), and the numbers of all others as inputs, in their order}
     *
     * @param label name of the column of classes
     * @throws FormatException if a field of an input is no number
     */
    public InMemoryDataset classification(String label) throws FormatException {
        int c = index(label);
        List<String> classes = classes(label);
        float[] labels = new float[size()];
        for (int i = 0; i < labels.length; i++) {
            labels[i] = classes.indexOf(rows.get(i)[c]);
        }
        return new InMemoryDataset(inputs(c), new Values(labels, Shape.of(labels.length)));
    }

    private Values inputs(int without) throws FormatException {
        int width = columns.size() - 1;
        if (width == 0) {
            throw new FormatException(file + ": there is no column beside " + columns);
        }
        float[] inputs = new float[Math.multiplyExact(size(), width)];
        int at = 0;
        for (int i = 0; i < size(); i++) {
            for (int c = 0; c <= width; c++) {
                if (c != without) {
                    inputs[at++] = number(i, c);
                }
            }
        }
        return new Values(inputs, Shape.of(size(), width));
    }

    private float number(int row, int column) throws FormatException {
        String text = rows.get(row)[column].strip();
        try {
            return Float.parseFloat(text);
        } catch (NumberFormatException e) {
            throw new FormatException(
                    file + ", line " + lines.get(row) + ": '" + text + "' in column '" + columns.get(column)
                            + "' is no number; texts are classes, of a label alone",
                    e);
        }
    }

    private int index(String column) throws FormatException {
        int c = columns.indexOf(column);
        if (c < 0) {
            throw new FormatException(file + ": there is no column '" + column + "', only " + columns);
        }
        return c;
    }

    /** Records of a file; empty lines are passed over. */
    private static final class Lexer implements AutoCloseable {
        private final Path file;
        private final Reader in;
        private final char separator;
        private int line = 1;
        private int next;

        Lexer(Path file, char separator) throws IOException {
            this.file = file;
            this.separator = separator;
            in = new BufferedReader(Files.newBufferedReader(file));
            next = in.read();
            if (next == '\ufeff') {
                next = in.read();
            }
        }

        /** The fields of the next record, or null at the end. */
        @org.jspecify.annotations.Nullable
        List<String> record() throws IOException {
            while (next == '\n' || next == '\r') {
                advance();
            }
            if (next < 0) {
                return null;
            }
            List<String> fields = new ArrayList<>();
            fields.add(field());
            while (next == separator) {
                advance();
                fields.add(field());
            }
            while (next == '\n' || next == '\r') {
                advance();
            }
            return fields;
        }

        private String field() throws IOException {
            StringBuilder field = new StringBuilder();
            if (next == '"') {
                quoted(field);
            }
            while (next >= 0 && next != separator && next != '\n' && next != '\r') {
                field.append((char) next);
                advance();
            }
            return field.toString();
        }

        private void quoted(StringBuilder field) throws IOException {
            int begin = line;
            for (advance(); ; advance()) {
                if (next < 0) {
                    throw new FormatException(file + ", line " + begin + ": a quote that begins here does not end");
                }
                if (next == '"') {
                    advance();
                    if (next != '"') {
                        return;
                    }
                }
                field.append((char) next);
            }
        }

        private void advance() throws IOException {
            if (next == '\n') {
                line++;
            }
            next = in.read();
        }

        @Override
        public void close() throws IOException {
            in.close();
        }
    }
}
