package dev.aorta.unet.train;

import dev.aorta.Shape;
import dev.aorta.cluster.ProcessGroup;
import dev.aorta.data.Dataset;
import dev.aorta.data.TfRecordIndex;
import dev.aorta.io.FormatException;
import dev.aorta.unet.imaging.LabelledSlice;
import dev.aorta.unet.imaging.PixelSpacing;
import dev.aorta.unet.imaging.PixelType;
import dev.aorta.unet.imaging.RecordShards;
import dev.aorta.unet.imaging.SliceRecord;
import dev.aorta.unet.model.TrainedSpacing;
import java.io.Closeable;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * A TFRecord file of labelled slices as a data set: images (rows, columns, 1) of grey levels as they are stored, labels (rows,
 * columns). All slices must have the size of the first.
 */
public final class SliceDataset implements Dataset, Closeable {
    private static final int SPACING_BYTES = 2 * Double.BYTES;

    private final Path file;
    private final TfRecordIndex records;
    private final @Nullable PixelType pixels;
    private final int classes;
    private final int rows;
    private final int columns;

    private SliceDataset(Path file, TfRecordIndex records, int classes, @Nullable PixelType pixels) throws IOException {
        this.file = file;
        this.records = records;
        this.pixels = pixels;
        this.classes = classes;
        if (records.size() == 0) {
            throw new FormatException(
                    file + ": the data set is empty, it holds no record; make one with 'unet prepare'");
        }
        LabelledSlice first = slice(0);
        rows = first.rows();
        columns = first.columns();
    }

    /** Opens a file whose pixels can be of one type only. */
    public static SliceDataset open(Path file, int classes) throws IOException {
        return open(file, classes, null);
    }

    /**
     * Opens a file, or the files of which {@code file} is the common name: shards, a compressed file.
     *
     * @param classes that labels may name, background included
     * @param pixels type of plain numbers, or null when the records say it or they can be only one
     * @throws FormatException if it is empty or not a file of labelled slices
     */
    public static SliceDataset open(Path file, int classes, @Nullable PixelType pixels) throws IOException {
        TfRecordIndex records = RecordShards.open(file);
        try {
            return new SliceDataset(file, records, classes, pixels);
        } catch (IOException | RuntimeException e) {
            records.close();
            throw e;
        }
    }

    /** Height of the slices, pixels. */
    public int rows() {
        return rows;
    }

    /** Width of the slices, pixels. */
    public int columns() {
        return columns;
    }

    /** Where it is read from. */
    public Path file() {
        return file;
    }

    /**
     * How large the pixels of all slices are, or null where one does not say it. All processes of a group call this together, and each reads
     * an equal part of the slices.
     */
    public @Nullable TrainedSpacing spacing(ProcessGroup group) throws IOException {
        int from = part(group.rank(), group);
        int to = part(group.rank() + 1, group);
        ByteBuffer own = ByteBuffer.allocate((to - from) * SPACING_BYTES);
        for (int i = from; i < to; i++) {
            PixelSpacing spacing = SliceRecord.spacing(records.readExample(i));
            if (spacing == null) {
                break;
            }
            own.putDouble(spacing.row()).putDouble(spacing.column());
        }
        List<PixelSpacing> all = new ArrayList<>();
        for (byte[] some : group.allGather(Arrays.copyOf(own.array(), own.position()))) {
            for (ByteBuffer theirs = ByteBuffer.wrap(some); theirs.hasRemaining(); ) {
                all.add(new PixelSpacing(theirs.getDouble(), theirs.getDouble()));
            }
        }
        return all.size() < records.size() ? null : TrainedSpacing.of(all);
    }

    private int part(int rank, ProcessGroup group) {
        return Math.toIntExact((long) records.size() * rank / group.size());
    }

    /** One slice as it is stored. */
    public LabelledSlice slice(int index) throws IOException {
        try {
            return LabelledSlice.parse(records.readExample(index), pixels);
        } catch (FormatException e) {
            String message = String.valueOf(e.getMessage());
            String where = records.where(index) + ": ";
            throw message.contains(": record ") ? e : new FormatException(where + message, e);
        }
    }

    @Override
    public int size() {
        return records.size();
    }

    @Override
    public Shape inputShape() {
        return Shape.of(rows, columns, 1);
    }

    @Override
    public Shape labelShape() {
        return Shape.of(rows, columns);
    }

    @Override
    public void read(int index, float[] input, float[] label) throws IOException {
        LabelledSlice slice = classified(index);
        if (slice.rows() != rows || slice.columns() != columns) {
            throw new FormatException("%s is %d x %d pixels, the first is %d x %d; all must have one size"
                    .formatted(records.where(index), slice.rows(), slice.columns(), rows, columns));
        }
        for (int i = 0; i < input.length; i++) {
            input[i] = slice.image()[i];
            label[i] = Byte.toUnsignedInt(slice.label()[i]);
        }
    }

    /**
     * One slice as it is stored, of whatever size.
     *
     * @throws FormatException if its label names another class than there are
     */
    LabelledSlice classified(int index) throws IOException {
        LabelledSlice slice = slice(index);
        for (int i = 0; i < slice.label().length; i++) {
            int c = Byte.toUnsignedInt(slice.label()[i]);
            if (c >= classes) {
                throw new FormatException("%s: label %d at row %d, column %d is not a class; expected 0 to %d"
                        .formatted(records.where(index), c, i / slice.columns(), i % slice.columns(), classes - 1));
            }
        }
        return slice;
    }

    /** Which record that is: the file, and its number in it. */
    public String where(int index) {
        return records.where(index);
    }

    @Override
    public void close() throws IOException {
        records.close();
    }
}
