package dev.aorta.unet.train;

import dev.aorta.io.FormatException;
import dev.aorta.io.Json;
import dev.aorta.unet.imaging.LabelledSlice;
import dev.aorta.unet.imaging.RandomStream;
import dev.aorta.unet.imaging.SliceFolder;
import dev.aorta.unet.imaging.SliceSchema;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collections;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.SequencedMap;
import java.util.TreeSet;

/**
 * The slices of a folder, those of both its files, dealt into folds by patient: each patient is scored once, by a network that has
 * seen none of his slices.
 *
 * @param data the folder; its manifest names the patients
 * @param folds patients of each fold
 */
public record PatientFolds(Path data, List<List<String>> folds) {
    /**
     * Deals the patients, shuffled by the seed.
     *
     * @param count of folds, at least 2
     * @throws FormatException if the manifest names fewer patients than that
     */
    public static PatientFolds deal(Path data, int count, long seed) throws IOException {
        List<String> patients = new ArrayList<>(patients(data));
        if (patients.size() < count) {
            throw new FormatException(
                    "%s: it names %d patients, which do not fill %d folds; make the folder with 'unet prepare'"
                            .formatted(data.resolve(SliceFolder.MANIFEST), patients.size(), count));
        }
        RandomStream random = new RandomStream(seed);
        for (int i = patients.size() - 1; i > 0; i--) {
            Collections.swap(patients, i, random.below(i + 1));
        }
        List<List<String>> folds = new ArrayList<>();
        for (int k = 0; k < count; k++) {
            List<String> fold = new ArrayList<>();
            for (int i = k; i < patients.size(); i += count) {
                fold.add(patients.get(i));
            }
            folds.add(List.copyOf(fold));
        }
        return new PatientFolds(data, List.copyOf(folds));
    }

    private static TreeSet<String> patients(Path data) throws IOException {
        Path manifest = data.resolve(SliceFolder.MANIFEST);
        TreeSet<String> patients = new TreeSet<>();
        try {
            Json json = Json.parse(Files.readAllBytes(manifest));
            for (String side : List.of("train", "validation")) {
                Json named = json.get(side).asObject().get("patients");
                for (Json patient : named == null ? List.<Json>of() : named.asList()) {
                    patients.add(patient.asText());
                }
            }
        } catch (FormatException e) {
            throw new FormatException(
                    manifest + ": it is not the manifest of a folder of slices: " + e.getMessage(), e);
        }
        return patients;
    }

    /**
     * Whom a slice shows: the longest name of a patient that stands in the slice's.
     *
     * @throws FormatException if there is none
     */
    public String patientOf(String slice) throws FormatException {
        return folds.stream()
                .flatMap(List::stream)
                .filter(slice::contains)
                .max(Comparator.comparingInt(String::length))
                .orElseThrow(() -> new FormatException(
                        "%s: the slice '%s' names none of the patients of the manifest".formatted(data, slice)));
    }

    /** Writes a fold as a folder of its own: its patients for validation, the others to train on. */
    public void write(int fold, Path folder) throws IOException {
        SliceFolder.create(folder);
        SequencedMap<String, Object> manifest = new LinkedHashMap<>();
        manifest.put("source", data.toString());
        manifest.put("identifiers", "as in the source");
        manifest.put("schema", SliceSchema.B.name());
        manifest.put("split", "fold %d of %d by patient".formatted(fold + 1, folds.size()));
        try (SliceDataset first = SliceDataset.open(data.resolve(SliceFolder.TRAIN), 256);
                SliceDataset second = SliceDataset.open(data.resolve(SliceFolder.VALIDATION), 256)) {
            for (boolean held : new boolean[] {false, true}) {
                List<Place> places = new ArrayList<>();
                List<String> names = new ArrayList<>();
                TreeSet<String> patients = new TreeSet<>();
                for (SliceDataset side : List.of(first, second)) {
                    for (int i = 0; i < side.size(); i++) {
                        String name = side.slice(i).name();
                        String patient = patientOf(name);
                        if (folds.get(fold).contains(patient) == held) {
                            places.add(new Place(side, i));
                            names.add(name);
                            patients.add(patient);
                        }
                    }
                }
                String file = held ? SliceFolder.VALIDATION : SliceFolder.TRAIN;
                SliceFolder.writeSlices(
                        folder.resolve(file),
                        SliceSchema.B,
                        places.size(),
                        i -> places.get(i).read());
                SequencedMap<String, Object> side = new LinkedHashMap<>();
                side.put("file", file);
                side.put("records", names.size());
                side.put("patients", List.copyOf(patients));
                side.put("frames", names);
                manifest.put(held ? "validation" : "train", side);
            }
        }
        SliceFolder.writeManifest(folder, manifest);
    }

    private record Place(SliceDataset data, int index) {
        LabelledSlice read() throws IOException {
            return data.slice(index);
        }
    }
}
