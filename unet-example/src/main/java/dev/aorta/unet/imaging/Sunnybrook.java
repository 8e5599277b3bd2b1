package dev.aorta.unet.imaging;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;

/**
 * Finds the contoured slices in a copy of the Sunnybrook Cardiac Data, laid out as it is published:
 *
 * <pre>
 * scd_patientdata.csv                                                      PatientID → OriginalID
 * SCD_IMAGES_xx/PATIENT/CINESAX_n/IM-series-frame.dcm
 * SCD_ManualContours/CASE/contours-manual/IRCCI-expert/IM-0001-frame-icontour-manual.txt
 * </pre>
 *
 * <p>A case folder is the OriginalID with its number padded to two digits. A patient may lie in any of the image folders and have
 * several series; the one with the most contoured frames is taken.
 *
 * @see <a href="http://hdl.handle.net/10380/3070">Radau et al. 2009: Evaluation framework for algorithms segmenting short axis
 *     cardiac MRI</a>
 */
public final class Sunnybrook {
    private static final String TABLE = "scd_patientdata.csv";
    private static final Pattern IMAGE = Pattern.compile("IM-\\d+-(\\d{1,9})\\.dcm");
    private static final Pattern CONTOUR = Pattern.compile("IM-\\d+-(\\d{1,9})-icontour-manual\\.txt");
    private static final Pattern CASE = Pattern.compile("(.+)-(\\d{1,9})");

    private final Path root;
    private final List<SunnybrookFrame> frames = new ArrayList<>();
    private final List<String> notes = new ArrayList<>();

    private Sunnybrook(Path root) {
        this.root = root;
    }

    /**
     * What was found.
     *
     * @param frames slices with an endocardial contour, by patient and frame
     * @param notes what is missing or was doubtful, a sentence each
     */
    public record Survey(Path root, List<SunnybrookFrame> frames, List<String> notes) {
        /** The patients that have frames, in order. */
        public List<String> patients() {
            return frames.stream().map(SunnybrookFrame::patient).distinct().toList();
        }
    }

    /**
     * Looks through {@code root}; opens no image.
     *
     * @throws IOException if {@code root} is not laid out as above or has no slice with both image and contour
     */
    public static Survey survey(Path root) throws IOException {
        Path table = root.resolve(TABLE);
        if (!Files.isRegularFile(table)) {
            throw new IOException(
                    "%s: there is no %s; give the folder that holds it beside SCD_IMAGES_xx and SCD_ManualContours"
                            .formatted(root, TABLE));
        }
        Sunnybrook sunnybrook = new Sunnybrook(root);
        for (Map.Entry<String, String> patient : patients(table).entrySet()) {
            sunnybrook.add(patient.getKey(), patient.getValue());
        }
        if (sunnybrook.frames.isEmpty()) {
            throw new IOException("%s: no slice has both an image and a contour. %s"
                    .formatted(root, String.join("; ", sunnybrook.notes)));
        }
        return new Survey(root, List.copyOf(sunnybrook.frames), List.copyOf(sunnybrook.notes));
    }

    /** PatientID → name of the case folder. */
    private static SortedMap<String, String> patients(Path table) throws IOException {
        List<String> lines = Files.readAllLines(table);
        List<String> header = lines.isEmpty() ? List.of() : columns(lines.getFirst());
        int patient = header.indexOf("PatientID");
        int original = header.indexOf("OriginalID");
        if (patient < 0 || original < 0) {
            throw new IOException(
                    "%s: line 1: the columns PatientID and OriginalID are not both there".formatted(table));
        }
        SortedMap<String, String> patients = new TreeMap<>();
        for (int i = 1; i < lines.size(); i++) {
            List<String> cells = columns(lines.get(i));
            if (cells.size() > Math.max(patient, original)) {
                patients.put(cells.get(patient), caseFolder(cells.get(original)));
            } else if (!lines.get(i).isBlank()) {
                throw new IOException("%s: line %d has %d columns, the header %d"
                        .formatted(table, i + 1, cells.size(), header.size()));
            }
        }
        return patients;
    }

    private static List<String> columns(String line) {
        return Stream.of(line.split(",", -1)).map(String::strip).toList();
    }

    /** The case folder of an OriginalID: SC-HF-I-1 → SC-HF-I-01. */
    static String caseFolder(String original) {
        Matcher name = CASE.matcher(original);
        return name.matches() ? "%s-%02d".formatted(name.group(1), Integer.parseInt(name.group(2))) : original;
    }

    private void add(String patient, String caseName) throws IOException {
        Path folder = root.resolve("SCD_ManualContours", caseName, "contours-manual", "IRCCI-expert");
        SortedMap<Integer, Path> contours = byFrame(folder, CONTOUR);
        if (contours.isEmpty()) {
            notes.add("%s: no endocardial contours in %s".formatted(patient, root.relativize(folder)));
            return;
        }
        SortedMap<Path, SortedMap<Integer, Path>> series = series(patient);
        Path chosen = null;
        long most = 0;
        for (Map.Entry<Path, SortedMap<Integer, Path>> candidate : series.entrySet()) {
            long found = contours.keySet().stream()
                    .filter(candidate.getValue()::containsKey)
                    .count();
            if (found > 0 && found == most) {
                notes.add("%s: %s and %s hold equally many contoured frames; took the first"
                        .formatted(patient, chosen, candidate.getKey()));
            }
            if (found > most) {
                most = found;
                chosen = candidate.getKey();
            }
        }
        SortedMap<Integer, Path> images =
                chosen == null ? new TreeMap<>() : series.getOrDefault(chosen, new TreeMap<>());
        contours.forEach((frame, contour) -> {
            Path image = images.get(frame);
            if (image != null) {
                frames.add(new SunnybrookFrame(patient, caseName, frame, image, contour));
            } else {
                notes.add("%s: frame %d has a contour but no image".formatted(patient, frame));
            }
        });
    }

    /** The images of each series of {@code patient}, by frame. */
    private SortedMap<Path, SortedMap<Integer, Path>> series(String patient) throws IOException {
        SortedMap<Path, SortedMap<Integer, Path>> series = new TreeMap<>();
        for (Path images : children(root, "SCD_IMAGES_*")) {
            for (Path folder : children(images.resolve(patient), "CINESAX_*")) {
                series.put(root.relativize(folder), byFrame(folder, IMAGE));
            }
        }
        return series;
    }

    private static List<Path> children(Path parent, String glob) throws IOException {
        List<Path> children = new ArrayList<>();
        if (Files.isDirectory(parent)) {
            try (var files = Files.newDirectoryStream(parent, glob)) {
                files.forEach(children::add);
            }
        }
        children.sort(null);
        return children;
    }

    /** The files of {@code folder} whose names match, by the frame in the name. */
    private static SortedMap<Integer, Path> byFrame(Path folder, Pattern names) throws IOException {
        SortedMap<Integer, Path> files = new TreeMap<>();
        for (Path file : children(folder, "*")) {
            Matcher name = names.matcher(file.getFileName().toString());
            if (name.matches()) {
                files.put(Integer.parseInt(name.group(1)), file);
            }
        }
        return files;
    }
}
