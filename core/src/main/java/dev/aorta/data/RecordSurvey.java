package dev.aorta.data;

import dev.aorta.cluster.ProcessGroup;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.DataInputStream;
import java.io.DataOutputStream;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Files of records, laid end to end and cut into as many equal pieces as there are processes. Each process looks through its piece, from
 * the first record that begins there; where that is it finds by the checksums of lengths. That such a beginning is a true one shows when
 * the piece before it ends there; where it does not, as when data hold what looks like a record, that piece is looked through again.
 */
final class RecordSurvey {
    private final List<Path> files;
    private final ProcessGroup group;
    private final long[] sizes;
    private final long[] ends; // of the files, laid end to end

    RecordSurvey(List<Path> files, ProcessGroup group) throws IOException {
        this.files = files;
        this.group = group;
        sizes = new long[files.size()];
        ends = new long[files.size() + 1];
        for (int f = 0; f < sizes.length; f++) {
            sizes[f] = Files.size(files.get(f));
            ends[f + 1] = ends[f] + sizes[f];
        }
    }

    List<RecordTable> tables() throws IOException {
        requireSameSizes();
        RecordPiece[][] pieces = new RecordPiece[sizes.length][group.size()];
        List<RecordPiece> mine = new ArrayList<>();
        for (int f = 0; f < sizes.length; f++) {
            long from = from(f, group.rank());
            long to = to(f, group.rank());
            if (from < to) {
                mine.add(RecordPiece.find(f, files.get(f), sizes[f], from, to));
            }
        }
        for (boolean met = false; !met; ) {
            byte[][] all = group.allGather(written(mine));
            for (int r = 0; r < all.length; r++) {
                for (RecordPiece piece : read(all[r])) {
                    pieces[piece.file()][r] = piece;
                }
            }
            mine.clear();
            met = true;
            for (int f = 0; f < sizes.length; f++) {
                met &= meet(f, pieces[f], mine);
            }
        }
        List<RecordTable> tables = new ArrayList<>();
        for (RecordPiece[] ofFile : pieces) {
            tables.add(RecordPiece.joined(ofFile));
        }
        return tables;
    }

    private long from(int file, int rank) {
        return Math.max(0, cut(rank) - ends[file]);
    }

    private long to(int file, int rank) {
        return Math.min(sizes[file], cut(rank + 1) - ends[file]);
    }

    private long cut(int rank) {
        return ends[sizes.length] / group.size() * rank + ends[sizes.length] % group.size() * rank / group.size();
    }

    /**
     * Whether the pieces of a file follow one another; where one does not it is empty, or in its process it is added to what is to be looked
     * through again.
     */
    private boolean meet(int file, @Nullable RecordPiece[] pieces, List<RecordPiece> again) throws IOException {
        long at = 0;
        int records = 0;
        for (int r = 0; r < pieces.length; r++) {
            RecordPiece piece = pieces[r];
            if (piece == null) {
                continue;
            }
            if (at >= to(file, r)) {
                pieces[r] = null;
                continue;
            }
            if (piece.begin() != at) {
                if (r == group.rank()) {
                    again.add(RecordPiece.from(file, files.get(file), sizes[file], at, to(file, r)));
                }
                return false;
            }
            if (piece.failure() != null) {
                throw new TfRecordException(
                        files.get(file), records + piece.size(), piece.end(), piece.failure(), null);
            }
            at = piece.end();
            records = Math.addExact(records, piece.size());
        }
        return true;
    }

    private void requireSameSizes() throws IOException {
        ByteArrayOutputStream bytes = new ByteArrayOutputStream();
        DataOutputStream out = new DataOutputStream(bytes);
        for (long size : sizes) {
            out.writeLong(size);
        }
        byte[][] all = group.allGather(bytes.toByteArray());
        for (int r = 0; r < all.length; r++) {
            if (all[r].length != Long.BYTES * sizes.length) {
                throw new IOException("[data] process %d has %d files of records, this one has %d: %s"
                        .formatted(r, all[r].length / Long.BYTES, sizes.length, files));
            }
            DataInputStream in = new DataInputStream(new ByteArrayInputStream(all[r]));
            for (int f = 0; f < sizes.length; f++) {
                long size = in.readLong();
                if (size != sizes[f]) {
                    throw new IOException(
                            "%s: it has %d bytes in process %d, and %d in this one; let all read the same file"
                                    .formatted(files.get(f), size, r, sizes[f]));
                }
            }
        }
    }

    private static byte[] written(List<RecordPiece> pieces) throws IOException {
        ByteArrayOutputStream bytes = new ByteArrayOutputStream();
        DataOutputStream out = new DataOutputStream(bytes);
        for (RecordPiece piece : pieces) {
            piece.write(out);
        }
        return bytes.toByteArray();
    }

    private static List<RecordPiece> read(byte[] bytes) throws IOException {
        DataInputStream in = new DataInputStream(new ByteArrayInputStream(bytes));
        List<RecordPiece> pieces = new ArrayList<>();
        while (in.available() > 0) {
            pieces.add(RecordPiece.read(in));
        }
        return pieces;
    }
}
