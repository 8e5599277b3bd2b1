package dev.aorta.unet.phantom;

import dev.aorta.unet.imaging.LabelledSlice;
import dev.aorta.unet.imaging.PixelSpacing;
import dev.aorta.unet.imaging.SliceFolder;
import dev.aorta.unet.imaging.SliceOrigin;
import dev.aorta.unet.imaging.SliceSchema;
import java.io.IOException;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.SequencedMap;

/** Turns the phantom into a {@link SliceFolder}. */
public final class PhantomDataset {
    private PhantomDataset() {}

    /**
     * Writes slices 0, 1, … to train on and −1, −2, … for validation to {@code out}, in schema B; neither set depends on the size
     * of the other.
     *
     * @throws IOException if the folder cannot be written
     */
    public static void write(Path out, int train, int validation, long seed) throws IOException {
        if (train < 1 || validation < 1) {
            throw new IllegalArgumentException(
                    "%d slices to train on and %d to validate on; both need at least one".formatted(train, validation));
        }
        SliceFolder.create(out);
        SliceFolder.writeSlices(out.resolve(SliceFolder.TRAIN), SliceSchema.B, train, i -> slice(seed, i));
        SliceFolder.writeSlices(
                out.resolve(SliceFolder.VALIDATION), SliceSchema.B, validation, i -> slice(seed, -1 - i));
        SequencedMap<String, Object> manifest = new LinkedHashMap<>();
        manifest.put("source", "phantom");
        manifest.put("schema", SliceSchema.B.name());
        manifest.put("seed", seed);
        manifest.put("train", Map.of("file", SliceFolder.TRAIN, "records", train));
        manifest.put("validation", Map.of("file", SliceFolder.VALIDATION, "records", validation));
        SliceFolder.writeManifest(out, manifest);
    }

    private static LabelledSlice slice(long seed, long record) {
        Phantom.Slice slice = Phantom.slice(seed, record);
        String name = "phantom-%d-%d".formatted(seed, record);
        SliceOrigin origin = new SliceOrigin(name, new PixelSpacing(Phantom.SPACING, Phantom.SPACING), Double.NaN, -1);
        return new LabelledSlice(name, Phantom.SIZE, Phantom.SIZE, slice.image(), slice.label(), origin);
    }
}
