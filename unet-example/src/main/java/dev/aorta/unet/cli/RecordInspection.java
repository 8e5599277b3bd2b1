package dev.aorta.unet.cli;

import dev.aorta.data.Example;
import dev.aorta.data.TfRecordCompression;
import dev.aorta.data.TfRecordException;
import dev.aorta.data.TfRecordReader;
import dev.aorta.io.FormatException;
import dev.aorta.unet.imaging.LabelledSlice;
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
    private final List<String> notes = new ArrayList<>();
    private @Nullable String damage;
    private int records;
    private int slices;
    private int unlabelled;
    private long corrupt;
    private long low = Long.MAX_VALUE;
    private long high = Long.MIN_VALUE;
    private double sum;
    private long pixels;

    /** Where the lines go. */
    interface Printer {
        /** Prints one line: what it is about, and a format with its values. */
        void line(String what, String format, Object... values);
    }

    RecordInspection(Path file) throws IOException {
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
        LabelledSlice slice;
        try {
            slice = LabelledSlice.parse(example);
        } catch (FormatException e) {
            if (notes.size() < MOST) {
                notes.add("record " + record + " is no labelled slice: " + e.getMessage());
            }
            return;
        }
        slices++;
        sizes.merge(slice.rows() + " x " + slice.columns(), 1, Integer::sum);
        for (int v : slice.image()) {
            low = Math.min(low, v);
            high = Math.max(high, v);
            sum += v;
        }
        long background = labels.getOrDefault(0, 0L);
        for (byte c : slice.label()) {
            labels.merge(Byte.toUnsignedInt(c), 1L, Long::sum);
        }
        if (labels.getOrDefault(0, 0L) - background == slice.label().length) {
            unlabelled++;
        }
        pixels += slice.label().length;
    }

    /** Prints what was found; true when the file is sound. */
    boolean print(Printer to) {
        to.line("kind", "TFRecord, compression %s", compression);
        to.line("records", "%d", records + corrupt);
        to.line("checksums", corrupt == 0 ? "all right" : "%d records do not match theirs", corrupt);
        features.forEach((name, kinds) -> to.line("feature", "%-16s %s", name, some(kinds)));
        if (slices > 0) {
            to.line("slices", "%s", counts());
            to.line("grey levels", "%d … %d, mean %.1f", low, high, sum / pixels);
            labels.forEach((label, count) -> to.line("label " + label, "%.3f %% of pixels", 100.0 * count / pixels));
            to.line("without a label", "%d slices", unlabelled);
        }
        notes.forEach(note -> to.line("note", "%s", note));
        if (damage != null) {
            to.line("damage", "%s", damage);
        }
        return damage == null && corrupt == 0;
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
