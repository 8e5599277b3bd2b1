package dev.aorta.unet.imaging;

import java.io.File;
import java.io.IOException;
import java.nio.file.FileVisitOption;
import java.nio.file.FileVisitResult;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.SimpleFileVisitor;
import java.nio.file.attribute.BasicFileAttributes;
import java.util.ArrayList;
import java.util.EnumSet;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;

/**
 * Finds the contoured slices in a copy of the Sunnybrook Cardiac Data. The public download is laid out as
 *
 * <pre>
 * scd_patientdata.csv                                                      PatientID → OriginalID
 * SCD_IMAGES_xx/PATIENT/CINESAX_n/IM-series-frame.dcm
 * SCD_ManualContours/CASE/contours-manual/IRCCI-expert/IM-0001-frame-icontour-manual.txt
 * </pre>
 *
 * <p>Other copies have other folders around and between these, so that any folder counts whose path names a patient and that holds
 * such images or contours. A case is the OriginalID with its number padded to two digits or not. Without the table, patients are
 * called by their cases. A patient may have several series, in folders of their own or by the numbers in the files' names; the one
 * with the most contoured frames is taken.
 *
 * @see <a href="http://hdl.handle.net/10380/3070">Radau et al. 2009: Evaluation framework for algorithms segmenting short axis
 *     cardiac MRI</a>
 */
public final class Sunnybrook {
    private static final Pattern IMAGE = Pattern.compile("IM-(\\d{1,9})-(\\d{1,9})\\.dcm", Pattern.CASE_INSENSITIVE);
    private static final Pattern CONTOUR =
            Pattern.compile("IM-(\\d{1,9})-(\\d{1,9})-icontour-manual\\.txt", Pattern.CASE_INSENSITIVE);
    private static final int MAX_DEPTH = 9;
    private static final int MAX_FILES = 1_000_000;
    private static final int FEW = 4;

    private final Path root;
    /** By folder relative to the root and series number: images by frame. */
    private final SortedMap<String, SortedMap<Integer, Path>> images = new TreeMap<>();
    /** By case: contours by frame. */
    private final SortedMap<String, SortedMap<Integer, Path>> contours = new TreeMap<>();

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
     * @param names the patients by every name that may stand in a path or a note
     */
    public record Survey(Path root, List<SunnybrookFrame> frames, List<String> notes, SortedMap<String, String> names) {
        /** The patients that have frames, in order. */
        public List<String> patients() {
            return frames.stream().map(SunnybrookFrame::patient).distinct().toList();
        }
    }

    /**
     * Looks through {@code root}; opens no image.
     *
     * @throws IOException if there is neither table nor contour, or no slice with both image and contour
     */
    public static Survey survey(Path root) throws IOException {
        Sunnybrook sunnybrook = new Sunnybrook(root);
        Path table = root.resolve(PatientTable.NAME);
        sunnybrook.find();
        SortedMap<String, String> patients = new TreeMap<>();
        if (Files.isRegularFile(table)) {
            patients = PatientTable.read(table);
        } else if (sunnybrook.contours.isEmpty()) {
            throw new IOException(
                    "%s: there is no %s; give the folder that holds it beside SCD_IMAGES_xx and SCD_ManualContours"
                            .formatted(root, PatientTable.NAME));
        } else {
            for (String name : sunnybrook.contours.keySet()) {
                patients.put(name, name);
            }
        }
        for (Map.Entry<String, String> patient : patients.entrySet()) {
            sunnybrook.add(patient.getKey(), patient.getValue());
        }
        if (sunnybrook.frames.isEmpty()) {
            throw new IOException(
                    "%s: no slice has both an image and a contour. %s".formatted(root, sunnybrook.missing()));
        }
        SortedMap<String, String> names = new TreeMap<>();
        patients.forEach((id, name) -> {
            for (String called : List.of(id, name, unpadded(name))) {
                names.put(called, id);
            }
        });
        return new Survey(root, List.copyOf(sunnybrook.frames), List.copyOf(sunnybrook.notes), names);
    }

    private String missing() {
        if (images.isEmpty()) {
            return "There are no images: no folder holds files such as IM-0001-0048.dcm (SCD_IMAGES_xx/PATIENT/CINESAX_n)";
        }
        if (contours.isEmpty()) {
            return "There are no contours: no folder holds files such as IM-0001-0048-icontour-manual.txt"
                    + " (SCD_ManualContours/CASE/contours-manual/IRCCI-expert)";
        }
        return notes.stream().limit(FEW).collect(Collectors.joining("; ", "", notes.size() > FEW ? "; …" : ""));
    }

    /** Sorts all images and contours by their folders. */
    private void find() throws IOException {
        int[] count = {0};
        Files.walkFileTree(root, EnumSet.of(FileVisitOption.FOLLOW_LINKS), MAX_DEPTH, new SimpleFileVisitor<>() {
            @Override
            public FileVisitResult visitFile(Path file, BasicFileAttributes attributes) throws IOException {
                if (++count[0] > MAX_FILES) {
                    throw new IOException("%s: more than %,d files; name the folder of the data set itself"
                            .formatted(root, MAX_FILES));
                }
                String name = String.valueOf(file.getFileName());
                String folder = String.valueOf(root.relativize(file).getParent());
                Matcher image = IMAGE.matcher(name);
                Matcher contour = CONTOUR.matcher(name);
                if (image.matches()) {
                    String series = folder + File.separator + "IM-" + image.group(1);
                    images.computeIfAbsent(series, s -> new TreeMap<>()).put(Integer.parseInt(image.group(2)), file);
                } else if (contour.matches()) {
                    contours.computeIfAbsent(caseOf(folder), c -> new TreeMap<>())
                            .put(Integer.parseInt(contour.group(2)), file);
                }
                return FileVisitResult.CONTINUE;
            }

            @Override
            public FileVisitResult visitFileFailed(Path file, IOException e) {
                return FileVisitResult.CONTINUE; // a loop of links, or no permission: nothing to find there
            }
        });
    }

    /** The case that a folder of contours belongs to: the one above contours-manual, or else the folder itself. */
    private static String caseOf(String folder) {
        List<String> parts = parts(folder);
        int manual =
                parts.stream().map(p -> p.toLowerCase(Locale.ROOT)).toList().indexOf("contours-manual");
        String name = manual > 0 ? parts.get(manual - 1) : parts.getLast();
        return PatientTable.caseFolder(name);
    }

    private static List<String> parts(String path) {
        List<String> parts = new ArrayList<>();
        Path.of(path).forEach(part -> parts.add(part.toString()));
        return parts;
    }

    private static String unpadded(String caseName) {
        return caseName.replaceFirst("-0(\\d)$", "-$1");
    }

    private void add(String patient, String caseName) {
        SortedMap<Integer, Path> contoured = contours.getOrDefault(caseName, new TreeMap<>());
        if (contoured.isEmpty()) {
            notes.add("%s: no endocardial contours of case %s".formatted(patient, caseName));
            return;
        }
        String chosen = null;
        long most = 0;
        int candidates = 0;
        for (Map.Entry<String, SortedMap<Integer, Path>> series : images.entrySet()) {
            List<String> parts = parts(series.getKey());
            if (parts.stream()
                    .noneMatch(p -> p.equalsIgnoreCase(patient)
                            || PatientTable.caseFolder(p).equalsIgnoreCase(caseName))) {
                continue;
            }
            candidates++;
            long found = contoured.keySet().stream()
                    .filter(series.getValue()::containsKey)
                    .count();
            if (found > 0 && found == most) {
                notes.add("%s: %s and %s hold equally many contoured frames; took the first"
                        .formatted(patient, chosen, series.getKey()));
            }
            if (found > most) {
                most = found;
                chosen = series.getKey();
            }
        }
        if (candidates == 0) {
            notes.add("%s: no images: no folder of that name holds IM-*.dcm".formatted(patient));
            return;
        }
        SortedMap<Integer, Path> taken =
                chosen == null ? new TreeMap<>() : images.getOrDefault(chosen, new TreeMap<>());
        List<Integer> without = new ArrayList<>();
        contoured.forEach((frame, contour) -> {
            Path image = taken.get(frame);
            if (image == null) {
                without.add(frame);
            } else {
                frames.add(new SunnybrookFrame(patient, caseName, frame, image, contour));
            }
        });
        if (!without.isEmpty()) {
            String few = without.stream().limit(FEW).map(String::valueOf).collect(Collectors.joining(", "));
            String more = without.size() > FEW ? " and %d more".formatted(without.size() - FEW) : "";
            notes.add(
                    without.size() == 1
                            ? "%s: frame %s has a contour but no image".formatted(patient, few)
                            : "%s: frames %s%s have a contour but no image".formatted(patient, few, more));
        }
    }
}
