package dev.aorta.unet.imaging;

import dev.aorta.io.FormatException;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Objects;
import java.util.Set;
import java.util.SortedMap;
import java.util.SortedSet;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * Pictures in one folder and their masks in another, such as {@code images/} and {@code masks/}: a mask has the path and the name of
 * its picture, endings apart, perhaps with {@code _mask}, {@code _label}, {@code _seg} or {@code _gt} behind it or {@code label_}
 * before it. Without such folders both lie together and masks are known by these marks, as in ACDC, M&amp;Ms and the UK Biobank.
 *
 * @param pairs by name
 * @param notes pictures without a mask and masks without a picture, in few words
 */
public record ImagesAndMasks(List<Pair> pairs, List<String> notes) {
    private static final Set<String> IMAGES = Set.of("images", "image", "imgs", "img");
    private static final Set<String> MASKS = Set.of("masks", "mask", "labels", "label", "annotations", "segmentations");
    private static final Pattern MARK = Pattern.compile("[-_.](mask|label|seg|gt)$|^label_");
    private static final int MAX_DEPTH = 8;
    private static final int FEW = 3;

    /**
     * A picture and its mask.
     *
     * @param name path of the picture in its folder without the ending, with slashes
     * @param patient whom it shows; empty when nobody says it
     */
    public record Pair(String name, String patient, Path image, Path mask) {
        /**
         * Reads the slices: one, or those of a volume, of which moments that have no label at all are left out.
         *
         * @param classes of the masks' values
         * @param grid of the slices
         */
        public List<LabelledSlice> read(MaskClasses classes, Grid grid) throws IOException {
            List<InputSlice> pictures = new ArrayList<>();
            InputSlice.read(image, null, pictures::add);
            List<InputSlice> masks = masks();
            if (pictures.size() != masks.size()) {
                throw new FormatException(
                        "%s holds %d slices, its mask %s %d".formatted(image, pictures.size(), mask, masks.size()));
            }
            int moment = FileKind.of(mask) == FileKind.NIFTI ? Nifti.read(mask).slices() : pictures.size();
            List<LabelledSlice> slices = new ArrayList<>();
            for (int i = 0; i < pictures.size(); i++) {
                InputSlice picture = pictures.get(i);
                InputSlice drawn = masks.get(i);
                if (picture.rows() != drawn.rows() || picture.columns() != drawn.columns()) {
                    throw new FormatException("%s is %d x %d pixels, its mask %s %d x %d"
                            .formatted(image, picture.rows(), picture.columns(), mask, drawn.rows(), drawn.columns()));
                }
                int first = i - i % moment;
                if (pictures.size() == moment
                        || masks.subList(first, first + moment).stream().anyMatch(Pair::isDrawn)) {
                    String number = pictures.size() == 1 ? "" : "-%05d".formatted(i);
                    slices.add(grid.fit(name + number, picture, classes.of(drawn)));
                }
            }
            return slices;
        }

        private static boolean isDrawn(InputSlice mask) {
            for (float v : mask.grey()) {
                if (v != 0) {
                    return true;
                }
            }
            return false;
        }

        private List<InputSlice> masks() throws IOException {
            List<InputSlice> masks = new ArrayList<>();
            InputSlice.readMask(mask, masks::add);
            return masks;
        }
    }

    /**
     * Finds the pairs.
     *
     * @param patientOf whose first group in a picture's name is the patient, or null
     * @throws IOException if a folder is missing, a name does not match, or there is no pair
     */
    public static ImagesAndMasks find(Path root, @Nullable Pattern patientOf) throws IOException {
        Path pictures = child(root, IMAGES);
        Path drawings = child(root, MASKS);
        if ((pictures == null) != (drawings == null)) {
            throw new FormatException("%s: there is a folder of %s, but none of %s"
                    .formatted(
                            root,
                            pictures == null ? "masks" : "images",
                            pictures == null ? new TreeSet<>(IMAGES) : new TreeSet<>(MASKS)));
        }
        boolean together = pictures == null;
        SortedMap<String, Path> images = byName(Objects.requireNonNullElse(pictures, root), false, together);
        SortedMap<String, Path> masks = byName(Objects.requireNonNullElse(drawings, root), true, together);
        List<Pair> pairs = new ArrayList<>();
        List<String> lonely = new ArrayList<>();
        for (var image : images.entrySet()) {
            Path mask = masks.remove(image.getKey());
            if (mask == null) {
                lonely.add(image.getKey());
            } else {
                pairs.add(new Pair(image.getKey(), patient(image.getKey(), patientOf), image.getValue(), mask));
            }
        }
        if (pairs.isEmpty()) {
            throw new FormatException(
                    "%s: none of %d images has a mask of the same name; the first is %s, the first mask %s"
                            .formatted(
                                    root,
                                    images.size(),
                                    images.isEmpty() ? "missing" : images.firstKey(),
                                    masks.isEmpty() ? "missing" : masks.firstKey()));
        }
        List<String> notes = new ArrayList<>();
        note(notes, lonely, "images without a mask");
        note(notes, List.copyOf(masks.keySet()), "masks without an image");
        return new ImagesAndMasks(List.copyOf(pairs), List.copyOf(notes));
    }

    private static void note(List<String> notes, List<String> names, String what) {
        if (!names.isEmpty()) {
            notes.add("%d %s: %s%s"
                    .formatted(
                            names.size(),
                            what,
                            names.stream().limit(FEW).collect(Collectors.joining(", ")),
                            names.size() > FEW ? ", …" : ""));
        }
    }

    private static String patient(String name, @Nullable Pattern patientOf) throws FormatException {
        if (patientOf == null) {
            return "";
        }
        Matcher matcher = patientOf.matcher(name);
        if (!matcher.find() || matcher.groupCount() < 1 || matcher.group(1) == null) {
            throw new FormatException("'%s' has no patient by the pattern %s, whose first group should be one"
                    .formatted(name, patientOf));
        }
        return matcher.group(1);
    }

    private static @Nullable Path child(Path root, Set<String> names) throws IOException {
        try (Stream<Path> children = Files.list(root)) {
            List<Path> found = children.filter(Files::isDirectory)
                    .filter(c -> names.contains(String.valueOf(c.getFileName()).toLowerCase(Locale.ROOT)))
                    .toList();
            if (found.size() > 1) {
                throw new FormatException("%s: which of the folders %s is it?".formatted(root, found));
            }
            return found.isEmpty() ? null : found.getFirst();
        }
    }

    /**
     * The files below a folder by their names.
     *
     * @param mask whether masks are wanted, whose marks are taken off
     * @param together whether only files with such a mark are masks, and the others pictures
     */
    private static SortedMap<String, Path> byName(Path folder, boolean mask, boolean together) throws IOException {
        SortedMap<String, Path> files = new TreeMap<>();
        try (Stream<Path> all = Files.walk(folder, MAX_DEPTH)) {
            for (Path file : all.filter(Files::isRegularFile).sorted().toList()) {
                String stem = InputSlice.stem(file);
                String plain = MARK.matcher(stem).replaceAll("");
                boolean wanted = !together || mask != plain.equals(stem);
                if (String.valueOf(file.getFileName()).startsWith(".") || !wanted || !isPicture(file)) {
                    continue;
                }
                Path parent = folder.relativize(file).getParent();
                String name =
                        (parent == null ? "" : parent.toString().replace('\\', '/') + "/") + (mask ? plain : stem);
                Path other = files.put(name, file);
                if (other != null) {
                    throw new FormatException("%s and %s have the same name".formatted(other, file));
                }
            }
        }
        return files;
    }

    /** Whether a file is one of those that can be pictures, and not a text or a table beside them. */
    private static boolean isPicture(Path file) throws IOException {
        try {
            FileKind kind = FileKind.of(file);
            return kind != FileKind.TFRECORD && kind != FileKind.SAFETENSORS && kind != FileKind.ONNX;
        } catch (FormatException other) {
            return false;
        }
    }

    /** Every value that stands in the masks. */
    public SortedSet<Integer> values() throws IOException {
        SortedSet<Integer> values = new TreeSet<>();
        for (Pair pair : pairs) {
            for (InputSlice mask : pair.masks()) {
                for (float v : mask.grey()) {
                    if (v != (int) v || v < 0) {
                        throw new FormatException(
                                "%s: a mask has the value %s, which is no class".formatted(pair.mask(), v));
                    }
                    values.add((int) v);
                }
            }
        }
        return values;
    }
}
