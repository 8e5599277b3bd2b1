package dev.aorta.unet.imaging;

import dev.aorta.io.FormatException;
import dev.aorta.unet.imaging.ImagesAndMasks.Pair;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.SequencedMap;
import java.util.Set;
import java.util.TreeMap;
import java.util.function.UnaryOperator;

/** Turns pictures and masks into a {@link SliceFolder}. */
public final class FolderDataset {
    private FolderDataset() {}

    /**
     * Pairs to train on and pairs to validate on.
     *
     * @param kind "patient" or "lab"
     */
    public record Split(String kind, List<Pair> train, List<Pair> validation) {
        public Split {
            if (train.isEmpty() || validation.isEmpty()) {
                throw new IllegalArgumentException(
                        "the split leaves %d images to train on and %d to validate on; both need at least one"
                                .formatted(train.size(), validation.size()));
            }
        }

        /** One pair in ten at random for validation; a patient may lie on both sides, which flatters the network. */
        public static Split lab(List<Pair> pairs, long seed) {
            List<Pair> shuffled = SunnybrookSplit.shuffled(pairs, seed);
            int held = Math.max(1, Math.round(pairs.size() / 10f));
            return new Split("lab", shuffled.subList(held, shuffled.size()), shuffled.subList(0, held));
        }

        /** A fifth of the patients, at least one, at random for validation. */
        public static Split patients(List<Pair> pairs, long seed) {
            List<String> patients = SunnybrookSplit.shuffled(
                    pairs.stream().map(Pair::patient).distinct().sorted().toList(), seed);
            int held = Math.max(1, Math.round(patients.size() / 5f));
            return patients(pairs, patients.subList(0, held));
        }

        /**
         * The images of some folders to train on, those of others for validation.
         *
         * @param train folders below that of the images; empty for all that are not for validation
         * @throws IllegalArgumentException if a folder has no image, or a patient lies on both sides
         */
        public static Split folders(List<Pair> pairs, Collection<String> train, Collection<String> validation) {
            Map<String, String> sides = new TreeMap<>();
            List<Pair> training = in(pairs, train);
            List<Pair> held = in(pairs, validation);
            if (train.isEmpty()) {
                training = pairs.stream().filter(p -> !held.contains(p)).toList();
            }
            training.forEach(p -> sides.put(p.patient(), p.name()));
            for (Pair pair : held) {
                if (sides.containsKey(pair.patient())) {
                    throw new IllegalArgumentException("the patient '%s' lies on both sides: %s and %s"
                            .formatted(pair.patient(), sides.get(pair.patient()), pair.name()));
                }
            }
            return new Split("patient", training, held);
        }

        /**
         * The images of some folders.
         *
         * @throws IllegalArgumentException if a folder has none
         */
        public static List<Pair> in(List<Pair> pairs, Collection<String> folders) {
            for (String folder : folders) {
                if (pairs.stream().noneMatch(p -> p.name().startsWith(folder + "/"))) {
                    throw new IllegalArgumentException("there is no image in a folder '%s'; the first is %s"
                            .formatted(folder, pairs.getFirst().name()));
                }
            }
            return pairs.stream()
                    .filter(p -> folders.stream().anyMatch(f -> p.name().startsWith(f + "/")))
                    .toList();
        }

        /** The named patients for validation. */
        public static Split patients(List<Pair> pairs, Collection<String> validation) {
            Set<String> held = new HashSet<>(validation);
            for (String name : held) {
                if (pairs.stream().noneMatch(p -> p.patient().equals(name))) {
                    throw new IllegalArgumentException("there is no patient '%s'; there are %s"
                            .formatted(
                                    name,
                                    pairs.stream().map(Pair::patient).distinct().toList()));
                }
            }
            return new Split(
                    "patient",
                    pairs.stream().filter(p -> !held.contains(p.patient())).toList(),
                    pairs.stream().filter(p -> held.contains(p.patient())).toList());
        }
    }

    /**
     * Writes both sides and a manifest.
     *
     * @param pseudonyms in place of the patients' names; where they are kept, nobody but the owner may read the files
     * @return slices written on either side
     * @throws IOException if a picture cannot be read, or slices differ in size
     */
    public static int[] write(Split split, MaskClasses classes, Grid grid, Pseudonyms pseudonyms, long seed, Path out)
            throws IOException {
        SliceFolder.create(out);
        if (pseudonyms.keepsNames()) {
            SliceFolder.keepForOwner(out);
        }
        Map<String, String> patients = new TreeMap<>();
        for (List<Pair> side : List.of(split.train(), split.validation())) {
            for (Pair pair : side) {
                if (!pair.patient().isEmpty()) {
                    patients.put(pair.patient(), pair.patient());
                }
            }
        }
        UnaryOperator<String> hidden = text -> pseudonyms.hide(text, patients);
        int[] size = new int[2];
        SequencedMap<String, Object> manifest = new LinkedHashMap<>();
        manifest.put("source", "images and masks");
        manifest.put("schema", SliceSchema.B.name());
        manifest.put("split", split.kind());
        manifest.put("seed", seed);
        manifest.put("classes", classes.values());
        manifest.put("spacing_mm", grid.spacing() == 0 ? "as in the source" : grid.spacing());
        manifest.put("identifiers", patients.isEmpty() ? "the names of the files" : pseudonyms.description());
        SequencedMap<String, Object> train =
                side(out.resolve(SliceFolder.TRAIN), split.train(), classes, grid, hidden, size);
        SequencedMap<String, Object> validation =
                side(out.resolve(SliceFolder.VALIDATION), split.validation(), classes, grid, hidden, size);
        manifest.put("train", train);
        manifest.put("validation", validation);
        SliceFolder.writeManifest(out, manifest);
        return new int[] {records(train), records(validation)};
    }

    private static int records(SequencedMap<String, Object> side) {
        return side.get("records") instanceof Integer records ? records : 0;
    }

    private static SequencedMap<String, Object> side(
            Path file, List<Pair> pairs, MaskClasses classes, Grid grid, UnaryOperator<String> hidden, int[] size)
            throws IOException {
        List<String> names = new ArrayList<>();
        SliceFolder.writeAll(file, SliceSchema.B, sink -> {
            for (Pair pair : pairs) {
                for (LabelledSlice slice : pair.read(classes, grid)) {
                    if (size[0] == 0) {
                        size[0] = slice.rows();
                        size[1] = slice.columns();
                    }
                    if (slice.rows() != size[0] || slice.columns() != size[1]) {
                        throw new FormatException(
                                "%s is %d x %d pixels, the first image %d x %d; all must have one size, which --size ROWSxCOLUMNS gives them"
                                        .formatted(pair.image(), slice.rows(), slice.columns(), size[0], size[1]));
                    }
                    String name = hidden.apply(slice.name());
                    names.add(name);
                    sink.accept(slice.called(name));
                }
            }
        });
        SequencedMap<String, Object> side = new LinkedHashMap<>();
        side.put("file", String.valueOf(file.getFileName()));
        side.put("records", names.size());
        side.put(
                "patients",
                pairs.stream()
                        .map(Pair::patient)
                        .filter(p -> !p.isEmpty())
                        .distinct()
                        .map(hidden)
                        .sorted()
                        .toList());
        side.put("frames", names);
        return side;
    }
}
