package dev.aorta.unet.imaging;

import java.io.IOException;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.SequencedMap;
import java.util.TreeMap;
import java.util.function.UnaryOperator;

/** Turns the Sunnybrook data into a {@link SliceFolder}. */
public final class SunnybrookDataset {
    private SunnybrookDataset() {}

    /**
     * Writes the frames of {@code split} to {@code out}, with a manifest that holds the SHA-256 of every file they came from.
     *
     * @param pseudonyms in place of the patients' names; where they are kept, nobody but the owner may read the files
     * @param seed what the split was made with, for the manifest
     * @throws IOException if a source cannot be read or the folder cannot be written
     */
    public static void write(
            Sunnybrook.Survey survey,
            SunnybrookSplit split,
            SliceSchema schema,
            Pseudonyms pseudonyms,
            long seed,
            Path out)
            throws IOException {
        SliceFolder.create(out);
        if (pseudonyms.keepsNames()) {
            SliceFolder.keepForOwner(out);
        }
        UnaryOperator<String> hidden = text -> pseudonyms.hide(text, survey.names());
        SequencedMap<String, Object> manifest = new LinkedHashMap<>();
        manifest.put("source", "Sunnybrook Cardiac Data");
        manifest.put("schema", schema.name());
        manifest.put("split", split.kind());
        manifest.put("seed", seed);
        manifest.put("identifiers", pseudonyms.description());
        manifest.put("train", writeSide(out.resolve(SliceFolder.TRAIN), schema, split.train(), hidden));
        manifest.put("validation", writeSide(out.resolve(SliceFolder.VALIDATION), schema, split.validation(), hidden));
        manifest.put("notes", survey.notes().stream().map(hidden).toList());
        manifest.put("sha256", sources(survey, split, hidden));
        SliceFolder.writeManifest(out, manifest);
    }

    private static SequencedMap<String, Object> writeSide(
            Path file, SliceSchema schema, List<SunnybrookFrame> frames, UnaryOperator<String> hidden)
            throws IOException {
        SliceFolder.writeSlices(file, schema, frames.size(), i -> {
            LabelledSlice slice = frames.get(i).read();
            return slice.called(hidden.apply(slice.name()));
        });
        SequencedMap<String, Object> side = new LinkedHashMap<>();
        side.put("file", file.getFileName().toString());
        side.put("records", frames.size());
        side.put(
                "patients",
                frames.stream()
                        .map(SunnybrookFrame::patient)
                        .distinct()
                        .map(hidden)
                        .sorted()
                        .toList());
        side.put(
                "frames", frames.stream().map(SunnybrookFrame::name).map(hidden).toList());
        return side;
    }

    private static SequencedMap<String, Object> sources(
            Sunnybrook.Survey survey, SunnybrookSplit split, UnaryOperator<String> hidden) throws IOException {
        SequencedMap<String, Object> hashes = new TreeMap<>();
        for (List<SunnybrookFrame> side : List.of(split.train(), split.validation())) {
            for (SunnybrookFrame frame : side) {
                for (Path file : List.of(frame.image(), frame.contour())) {
                    String path = survey.root().relativize(file).toString().replace('\\', '/');
                    hashes.put(hidden.apply(path), Sha256.of(file));
                }
            }
        }
        return hashes;
    }
}
