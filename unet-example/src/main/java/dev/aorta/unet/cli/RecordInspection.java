package dev.aorta.unet.cli;

import dev.aorta.data.Example;
import dev.aorta.data.TfRecordCompression;
import dev.aorta.data.TfRecordException;
import dev.aorta.data.TfRecordReader;
import dev.aorta.io.FormatException;
import dev.aorta.unet.imaging.PixelSpacing;
import dev.aorta.unet.imaging.PixelType;
import dev.aorta.unet.imaging.SliceRecord;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.SortedMap;
import java.util.SortedSet;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/** What is in a TFRecord file, found by reading all of it. */
final class RecordInspection {
    private static final int MOST = 3;

    private final TfRecordCompression compression;
    private final SortedMap<String, SortedSet<String>> features = new TreeMap<>();
    private final SortedMap<String, Integer> sizes = new TreeMap<>();
    private final SortedMap<Integer, Long> labels = new TreeMap<>();
    private final SortedSet<String> stored = new TreeSet<>();
    private final SortedSet<String> spacings = new TreeSet<>();
    private final List<String> notes = new ArrayList<>();
    private final @Nullable PixelType type;
    private @Nullable String damage;
    private int records;
    private int slices;
    private int unlabelled;
    private int empty;
    private int refused;
    private long labelled;
    private long corrupt;
    private double low = Double.POSITIVE_INFINITY;
    private double high = Double.NEGATIVE_INFINITY;
    private double sum;
    private long pixels;

    /** Where the lines go. */
    interface Printer {
        /** Prints one line: what it is about, and a format with its values. */
        void line(String what, String format, Object... values);
    }

    RecordInspection(Path file, @Nullable PixelType type) throws IOException {
        this.type = type;
        compression = TfRecordCompression.detect(file);
        try (TfRecordReader reader =
                TfRecordReader.open(file, TfRecordReader.Options.of(compression).skippingCorrupt())) {
            try {
                for (Example e = reader.nextExample(); e != null; e = reader.nextExample()) {
                    add(e);
                }
            } catch (TfRecordException e) {
                damage = String.valueOf(e.getMessage());
            }
            corrupt = reader.skipped();
        }
    }

    private void add(Example example) throws FormatException {
        int record = records++;
        for (String name : example.names()) {
            features.computeIfAbsent(name, n -> new TreeSet<>()).add(example.describe(name));
        }
        if (!SliceRecord.hasImage(example)) {
            note("record %d is no slice: it has no image".formatted(record));
            return;
        }
        SliceRecord slice;
        try {
            slice = SliceRecord.parse(example, type);
        } catch (FormatException e) {
            refused++;
            note("record %d cannot be read: %s".formatted(record, e.getMessage()));
            return;
        }
        slices++;
        stored.add(slice.stored());
        PixelSpacing spacing = slice.spacing();
        spacings.add(spacing == null ? "unknown" : spacing.toString());
        sizes.merge(slice.rows() + " x " + slice.columns(), 1, Integer::sum);
        for (float v : slice.image()) {
            low = Math.min(low, v);
            high = Math.max(high, v);
            sum += v;
        }
        pixels += slice.image().length;
        if (!slice.labelProblem().isEmpty()) {
            note("record %d has a label that cannot be read: %s".formatted(record, slice.labelProblem()));
        }
        byte[] label = slice.label();
        if (label == null) {
            unlabelled++;
            return;
        }
        boolean drawn = false;
        for (byte c : label) {
            labels.merge(Byte.toUnsignedInt(c), 1L, Long::sum);
            drawn |= c != 0;
        }
        empty += drawn ? 0 : 1;
        labelled += label.length;
    }

    private void note(String note) {
        if (notes.size() < MOST) {
            notes.add(note);
        }
    }

    /** Prints what was found; true when the file is sound. */
    boolean print(Printer to) {
        to.line("kind", "TFRecord, compression %s", compression);
        to.line("records", "%d", records + corrupt);
        to.line("checksums", corrupt == 0 ? "all right" : "%d records do not match theirs", corrupt);
        features.forEach((name, kinds) -> to.line("feature", "%-16s %s", name, some(kinds)));
        if (slices > 0) {
            to.line("slices", "%s", counts());
            to.line("pixels", "%s", some(stored));
            to.line("pixel spacing", "%s", some(spacings));
            to.line("grey levels", "%s … %s, mean %.1f", number(low), number(high), sum / pixels);
            labels.forEach((label, count) -> to.line("label " + label, "%.3f %% of pixels", 100.0 * count / labelled));
            to.line("without a label", "%d slices", unlabelled);
            to.line("empty labels", "%d slices", empty);
        }
        notes.forEach(note -> to.line("note", "%s", note));
        if (refused > 0) {
            to.line("refused", "%d records", refused);
        }
        if (damage != null) {
            to.line("damage", "%s", damage);
        }
        return damage == null && corrupt == 0 && refused == 0;
    }

    private static String number(double value) {
        return value == (long) value ? Long.toString((long) value) : Float.toString((float) value);
    }

    private String counts() {
        return sizes.entrySet().stream()
                .map((Map.Entry<String, Integer> e) -> e.getValue() + " of " + e.getKey() + " pixels")
                .collect(Collectors.joining(", "));
    }

    private static String some(SortedSet<String> kinds) {
        String first = kinds.stream().limit(MOST).collect(Collectors.joining(" or "));
        return kinds.size() > MOST ? first + " or others" : first;
    }
}
