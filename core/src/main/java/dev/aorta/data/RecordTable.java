package dev.aorta.data;

import dev.aorta.cluster.ProcessGroup;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.List;

/** Where the records of a TFRecord file without compression begin, and the checksums of their data: 12 bytes of memory a record. */
public final class RecordTable {
    private final long[] offsets; // and last the end of the file
    private final int[] checksums;

    RecordTable(long[] offsets, int[] checksums) {
        this.offsets = offsets;
        this.checksums = checksums;
    }

    /**
     * Reads files together with other processes, each an equal part of all bytes, once, and checks every record. All processes call this
     * with the same files, and get the same.
     *
     * @param files without compression, in one order
     * @param group of the processes; {@link ProcessGroup#alone} reads all by itself
     * @return the tables, in the order of the files
     * @throws TfRecordException in all processes, when a record is corrupt or too long, or a file breaks off
     * @throws IOException when a file cannot be read, or has another size in another process
     */
    public static List<RecordTable> of(List<Path> files, ProcessGroup group) throws IOException {
        return new RecordSurvey(files, group).tables();
    }

    /** {@return the number of records} */
    public int size() {
        return checksums.length;
    }

    /** Where a record begins, in bytes; that of {@link #size} is the end of the file. */
    long[] offsets() {
        return offsets;
    }

    /** The masked CRC-32C of a record's data, as the file has it. */
    int checksum(int index) {
        return checksums[index];
    }

    /** {@return the SHA-256 of all lengths and checksums, in hexadecimal digits: files of one digest have the same records} */
    public String digest() {
        try {
            MessageDigest sha = MessageDigest.getInstance("SHA-256");
            ByteBuffer entry = ByteBuffer.allocate(Long.BYTES + Integer.BYTES);
            for (int i = 0; i < checksums.length; i++) {
                sha.update(entry.clear()
                        .putLong(offsets[i + 1] - offsets[i])
                        .putInt(checksums[i])
                        .flip());
            }
            return HexFormat.of().formatHex(sha.digest());
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException("every Java has SHA-256", e);
        }
    }

    @Override
    public boolean equals(Object other) {
        return other instanceof RecordTable t
                && Arrays.equals(offsets, t.offsets)
                && Arrays.equals(checksums, t.checksums);
    }

    @Override
    public int hashCode() {
        return Arrays.hashCode(checksums);
    }
}
