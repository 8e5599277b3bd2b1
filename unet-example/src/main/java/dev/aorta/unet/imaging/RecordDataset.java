package dev.aorta.unet.imaging;

import dev.aorta.data.TfRecordIndex;
import dev.aorta.io.FormatException;
import java.io.IOException;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.SequencedMap;
import org.jspecify.annotations.Nullable;

/** Turns records of other layouts into a {@link SliceFolder}. */
public final class RecordDataset {
    private RecordDataset() {}

    /**
     * Writes the records of {@code source}, as {@link RecordShards#open} finds them, to {@code file}.
     *
     * @param pixels type of plain numbers, or null when the records say it or they can be only one
     * @return how many
     */
    public static int write(Path source, @Nullable PixelType pixels, Path file) throws IOException {
        try (TfRecordIndex records = RecordShards.open(source)) {
            SliceFolder.writeSlices(file, SliceSchema.B, records.size(), index -> {
                try {
                    return LabelledSlice.parse(records.readExample(index), pixels);
                } catch (FormatException e) {
                    throw new FormatException(records.where(index) + ": " + e.getMessage(), e);
                }
            });
            return records.size();
        }
    }

    /** Writes the manifest of {@code folder}, made of {@code sources} of so many records. */
    public static void writeManifest(List<Path> sources, int[] records, Path folder) throws IOException {
        SequencedMap<String, Object> manifest = new LinkedHashMap<>();
        manifest.put("source", sources.stream().map(Path::toString).toList());
        manifest.put("schema", SliceSchema.B.name());
        manifest.put("identifiers", "the records' names");
        manifest.put("train", side(SliceFolder.TRAIN, records[0]));
        manifest.put("validation", side(SliceFolder.VALIDATION, records[1]));
        SliceFolder.writeManifest(folder, manifest);
    }

    private static SequencedMap<String, Object> side(String file, int records) {
        SequencedMap<String, Object> side = new LinkedHashMap<>();
        side.put("file", file);
        side.put("records", records);
        return side;
    }
}
