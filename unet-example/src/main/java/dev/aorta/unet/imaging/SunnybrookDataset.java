package dev.aorta.unet.imaging;

import dev.aorta.io.FormatException;
import java.io.IOException;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.OptionalInt;
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
        Places places = new Places();
        SliceFolder.writeSlices(file, schema, frames.size(), i -> {
            LabelledSlice slice = frames.get(i).read();
            SliceOrigin origin = places.of(frames.get(i)).spaced(slice.spacing());
            return new LabelledSlice(
                    hidden.apply(slice.name()),
                    slice.rows(),
                    slice.columns(),
                    slice.image(),
                    slice.label(),
                    origin.of(hidden.apply(origin.patient())));
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

    /** Where slices lie in the cines of their folders, each of which is read once. */
    private static final class Places {
        private final Map<Path, Map<Path, SliceOrigin>> byFolder = new HashMap<>();

        SliceOrigin of(SunnybrookFrame frame) throws IOException {
            Path image = frame.image().toAbsolutePath();
            Path folder = Objects.requireNonNull(image.getParent());
            Map<Path, SliceOrigin> known = byFolder.get(folder);
            if (known == null) {
                known = read(folder);
                byFolder.put(folder, known);
            }
            return known.getOrDefault(image, SliceOrigin.UNKNOWN).of(frame.patient());
        }

        /** Where and when the pictures of a cine are. Nothing of a folder that is no cine, whose pictures can be learnt from all the same. */
        private static Map<Path, SliceOrigin> read(Path folder) throws IOException {
            Map<Path, SliceOrigin> origins = new HashMap<>();
            try {
                CineStack stack = CineStack.read(folder, OptionalInt.empty());
                for (int slice = 0; slice < stack.slices(); slice++) {
                    for (int phase = 0; phase < stack.phases(); phase++) {
                        Path file = Path.of(
                                stack.frames().get(slice).get(phase).header().source());
                        origins.put(file.toAbsolutePath(), new SliceOrigin("", null, stack.places()[slice], phase));
                    }
                }
            } catch (FormatException | DicomException e) {
                origins.clear();
            }
            return origins;
        }
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
