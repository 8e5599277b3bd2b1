package dev.aorta.data;

import static java.nio.file.StandardCopyOption.REPLACE_EXISTING;

import dev.aorta.io.ReadBudget;
import java.io.BufferedInputStream;
import java.io.Closeable;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Objects;

/**
 * The records of a TFRecord file, or of several, by number. Opening it reads the lengths, not the data; a record's data are checked when
 * it is read. A compressed file is expanded to a temporary one first. Of a file system that has {@linkplain IndexedFiles tables of its
 * records} not even the lengths are read, and a record must be the one that was there when the table was made. Several threads may read
 * at once.
 */
public final class TfRecordIndex implements Closeable {
    private final List<IndexedRecords> files;
    private final int[] ends; // numbers behind the last record of each file

    private TfRecordIndex(List<IndexedRecords> files) {
        this.files = files;
        ends = new int[files.size()];
        int end = 0;
        for (int f = 0; f < ends.length; f++) {
            end = Math.addExact(end, files.get(f).size());
            ends[f] = end;
        }
    }

    /**
     * Finds the records of a file with the default limit on their length.
     *
     * @param file compressed or not
     * @return the index
     * @throws IOException if it cannot be read, or breaks the format
     */
    public static TfRecordIndex open(Path file) throws IOException {
        return open(file, TfRecordReader.DEFAULT_MAX_RECORD_BYTES);
    }

    /**
     * Finds the records of a file, none of them longer than {@code maxRecordBytes}.
     *
     * @param file compressed or not
     * @param maxRecordBytes the longest record that is taken
     * @return the index
     * @throws IOException if it cannot be read, or breaks the format
     */
    public static TfRecordIndex open(Path file, int maxRecordBytes) throws IOException {
        return new TfRecordIndex(List.of(records(file, maxRecordBytes)));
    }

    /**
     * Finds the records of several files, which are counted through in the order of the files.
     *
     * @param files compressed or not
     * @return the index
     * @throws IOException if one cannot be read, or breaks the format
     */
    public static TfRecordIndex open(List<Path> files) throws IOException {
        List<IndexedRecords> opened = new ArrayList<>();
        try {
            for (Path file : files) {
                opened.add(records(file, TfRecordReader.DEFAULT_MAX_RECORD_BYTES));
            }
        } catch (IOException | RuntimeException e) {
            for (IndexedRecords records : opened) {
                records.close();
            }
            throw e;
        }
        return new TfRecordIndex(opened);
    }

    private static IndexedRecords records(Path file, int maxRecordBytes) throws IOException {
        RecordTable table = file.getFileSystem() instanceof IndexedFiles indexed ? indexed.records(file) : null;
        if (table != null) {
            return IndexedRecords.of(file, table, maxRecordBytes);
        }
        TfRecordCompression compression = TfRecordCompression.detect(file);
        if (compression == TfRecordCompression.NONE) {
            return IndexedRecords.of(file, file, maxRecordBytes);
        }
        Path expanded = expanded(file, compression);
        try {
            return IndexedRecords.of(file, expanded, maxRecordBytes);
        } finally {
            expanded.toFile().deleteOnExit(); // where an open file cannot be deleted
            expanded.toFile().delete();
        }
    }

    private static Path expanded(Path file, TfRecordCompression compression) throws IOException {
        Path expanded = Files.createTempFile("aorta-", ".tfrecords");
        try (InputStream raw = new BufferedInputStream(Files.newInputStream(file), TfRecordReader.BUFFER_BYTES);
                InputStream in = compression.decode(raw, ReadBudget.expansionOf(Files.size(file)))) {
            Files.copy(in, expanded, REPLACE_EXISTING);
            return expanded;
        } catch (IOException e) {
            Files.deleteIfExists(expanded);
            throw new TfRecordException(file, 0, 0, TfRecordReader.unreadable(e), e);
        }
    }

    /** {@return the number of records} */
    public int size() {
        return ends.length == 0 ? 0 : ends[ends.length - 1];
    }

    /**
     * The data of record {@code index}, from 0.
     *
     * @param index from 0
     * @return a new array
     * @throws IOException if it cannot be read, or has another checksum than it says
     */
    public byte[] read(int index) throws IOException {
        int file = file(index);
        return files.get(file).read(index - first(file));
    }

    /**
     * Record {@code index}, from 0, as a {@code tf.train.Example}.
     *
     * @param index from 0
     * @return the example
     * @throws IOException if it cannot be read, or is not an example
     */
    public Example readExample(int index) throws IOException {
        int file = file(index);
        return files.get(file).readExample(index - first(file));
    }

    /**
     * Which record that is, for messages.
     *
     * @param index from 0
     * @return the file, and the number of the record in it
     */
    public String where(int index) {
        int file = file(index);
        return files.get(file).file() + ": record " + (index - first(file));
    }

    private int file(int index) {
        Objects.checkIndex(index, size());
        int found = Arrays.binarySearch(ends, index + 1);
        int file = found < 0 ? -found - 1 : found;
        while (file > 0 && ends[file - 1] > index) {
            file--; // files without a record have equal ends
        }
        return file;
    }

    private int first(int file) {
        return file == 0 ? 0 : ends[file - 1];
    }

    @Override
    public void close() throws IOException {
        for (IndexedRecords records : files) {
            records.close();
        }
    }
}
