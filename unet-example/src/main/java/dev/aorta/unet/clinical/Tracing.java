package dev.aorta.unet.clinical;

import dev.aorta.io.FormatException;
import dev.aorta.unet.imaging.CineStack;
import dev.aorta.unet.imaging.CineStack.Frame;
import dev.aorta.unet.imaging.Contour;
import dev.aorta.unet.imaging.DicomCode;
import dev.aorta.unet.imaging.DicomMaker;
import dev.aorta.unet.imaging.DicomSegmentation;
import dev.aorta.unet.imaging.InputSlice;
import dev.aorta.unet.imaging.Nifti;
import dev.aorta.unet.imaging.Pseudonyms;
import dev.aorta.unet.imaging.Region;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.LocalDateTime;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.OptionalInt;
import java.util.function.IntPredicate;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * What was traced in a stack.
 *
 * @param stack the pictures
 * @param masks [slice][phase] of {@link #CAVITY}, {@link #MYOCARDIUM} or 0 by pixel; null where nobody looked
 * @param cavity [slice][phase], mm²; NaN where nobody looked
 * @param myocardium [slice][phase], mm²; NaN where it was not traced
 * @param quartiles [level][slice][phase], mm²: how large the cavity is where pixels count from the probability 0.25, and from 0.75; no
 *     level where probabilities are not known
 * @param notes what was doubtful, a sentence each
 */
public record Tracing(
        CineStack stack,
        byte[][] @Nullable [] masks,
        double[][] cavity,
        double[][] myocardium,
        double[][][] quartiles,
        List<String> notes) {
    /** The left ventricle's cavity, papillary muscles included. */
    public static final byte CAVITY = 1;

    /** The left ventricle's wall. */
    public static final byte MYOCARDIUM = 2;

    private static final DicomSegmentation.Segment CAVITY_SEGMENT = new DicomSegmentation.Segment(
            CAVITY, "Left ventricular cavity", new DicomCode("87878005", "SCT", "Left ventricle"));
    private static final DicomSegmentation.Segment MYOCARDIUM_SEGMENT = new DicomSegmentation.Segment(
            MYOCARDIUM, "Left ventricular myocardium", new DicomCode("49848007", "SCT", "Left Ventricle Myocardium"));

    private static final double[] LEVELS = {0.25, 0.75};

    private static final Pattern CONTOUR =
            Pattern.compile("IM-\\d{1,9}-(\\d{1,9})-([io])contour-manual\\.txt", Pattern.CASE_INSENSITIVE);
    private static final int MAX_DEPTH = 8;

    /** Which classes of a mask are what. */
    public record Classes(int cavity, OptionalInt myocardium) {
        /**
         * By options; the cavity is the one class beside the background where there are no others.
         *
         * @param count of the classes of a model, the background among them
         * @throws IllegalArgumentException when they are none of the model's, or nothing says which is the cavity
         */
        public static Classes of(int count, @Nullable Integer cavity, @Nullable Integer myocardium) {
            if (cavity == null && count > 2) {
                throw new IllegalArgumentException(
                        "the model has %d classes, and nothing says which is the left ventricle's cavity; name it with --cavity"
                                .formatted(count));
            }
            for (Integer c : new Integer[] {cavity, myocardium}) {
                if (c != null && (c < 1 || c >= count)) {
                    throw new IllegalArgumentException(
                            "class %d of a model whose classes are 0, the background, to %d".formatted(c, count - 1));
                }
            }
            return new Classes(
                    cavity == null ? 1 : cavity, myocardium == null ? OptionalInt.empty() : OptionalInt.of(myocardium));
        }
    }

    /** A network. */
    @FunctionalInterface
    public interface Network {
        /** For each pixel of a slice, its class and then, in parts of 255, how likely it is class 1, 2 … */
        byte[] classAndConfidences(InputSlice slice) throws IOException;

        /**
         * The bytes of {@link #classAndConfidences} for probabilities.
         *
         * @param likely (rows, columns, classes)
         * @param depth number of classes
         */
        static byte[] pixels(float[] likely, int depth) {
            byte[] pixels = new byte[likely.length];
            for (int i = 0; i < likely.length; i += depth) {
                int best = 0;
                for (int c = 1; c < depth; c++) {
                    best = likely[i + c] > likely[i + best] ? c : best;
                    pixels[i + c] = (byte) Math.round(255 * likely[i + c]);
                }
                pixels[i] = (byte) best;
            }
            return pixels;
        }
    }

    private Tracing(CineStack stack, int levels, List<String> notes) {
        this(
                stack,
                new byte[stack.slices()][stack.phases()][],
                unknown(stack),
                unknown(stack),
                Stream.generate(() -> unknown(stack)).limit(levels).toArray(double[][][]::new),
                notes);
    }

    private static double[][] unknown(CineStack stack) {
        double[][] unknown = new double[stack.slices()][stack.phases()];
        for (double[] phases : unknown) {
            Arrays.fill(phases, Double.NaN);
        }
        return unknown;
    }

    /**
     * Traces every picture by a network: the largest region of each slice is the cavity, and other regions are counted in a note.
     *
     * @param depth bytes that the network gives for a pixel: the number of its classes
     */
    public static Tracing of(CineStack stack, Classes classes, int depth, Network network) throws IOException {
        List<Integer> all = IntStream.range(0, stack.phases()).boxed().toList();
        return of(stack, classes, depth, all, network);
    }

    /** As {@link #of(CineStack, Classes, int, Network)}, at some phases alone. */
    static Tracing of(CineStack stack, Classes classes, int depth, List<Integer> phases, Network network)
            throws IOException {
        List<String> notes = new ArrayList<>();
        Tracing tracing = new Tracing(stack, LEVELS.length, notes);
        int dropped = 0;
        for (int slice = 0; slice < stack.slices(); slice++) {
            for (int phase : phases) {
                byte[] given = network.classAndConfidences(stack.picture(slice, phase));
                dropped += tracing.take(slice, phase, given, depth, classes);
            }
        }
        if (dropped > 0) {
            notes.add("in %d of %d pictures the network marked more than one region; the largest counts"
                    .formatted(dropped, stack.slices() * phases.size()));
        }
        return new Tracing(
                stack, tracing.masks, tracing.cavity, tracing.myocardium, tracing.quartiles, List.copyOf(notes));
    }

    /** Takes what a network gives; 1 where it marked more than one region. */
    private int take(int slice, int phase, byte[] given, int depth, Classes classes) {
        int rows = stack.rows();
        int columns = stack.columns();
        boolean[] largest = Region.largest(rows, columns, i -> given[i * depth] == classes.cavity());
        byte[] mask = new byte[rows * columns];
        int other = 0;
        boolean empty = true;
        for (int i = 0; i < mask.length; i++) {
            int value = given[i * depth];
            boolean wall = classes.myocardium().isPresent()
                    && value == classes.myocardium().getAsInt();
            mask[i] = largest[i] ? CAVITY : wall ? MYOCARDIUM : 0;
            other += value == classes.cavity() && !largest[i] ? 1 : 0;
            empty &= !largest[i];
        }
        set(slice, phase, mask, classes.myocardium().isPresent());
        int channel = classes.cavity();
        IntPredicate likely = i -> confidence(given, i * depth + channel) > LEVELS[0];
        boolean[] near = empty ? Region.largest(rows, columns, likely) : Region.around(largest, rows, columns, likely);
        for (int level = 0; level < LEVELS.length; level++) {
            int count = 0;
            for (int i = 0; i < mask.length; i++) {
                count += near[i] && confidence(given, i * depth + channel) > LEVELS[level] ? 1 : 0;
            }
            quartiles[level][slice][phase] = count * stack.pixelArea();
        }
        return other > 0 ? 1 : 0;
    }

    private static double confidence(byte[] given, int index) {
        return Byte.toUnsignedInt(given[index]) / 255.0;
    }

    private void set(int slice, int phase, byte[] mask, boolean wall) {
        int[] counts = new int[3];
        for (byte value : mask) {
            counts[value]++;
        }
        masks[slice][phase] = mask;
        cavity[slice][phase] = counts[CAVITY] * stack.pixelArea();
        myocardium[slice][phase] = wall ? counts[MYOCARDIUM] * stack.pixelArea() : Double.NaN;
    }

    /**
     * Takes masks that are there.
     *
     * @param file a NIfTI file on the stack's grid
     */
    public static Tracing ofMasks(CineStack stack, Classes classes, Path file) throws IOException {
        Nifti masks = Nifti.read(file);
        int[] grid = {masks.rows(), masks.columns(), masks.slices(), masks.times()};
        int[] wanted = {stack.rows(), stack.columns(), stack.slices(), stack.phases()};
        if (!Arrays.equals(grid, wanted)) {
            throw new FormatException("%s: masks of %s rows, columns, slices and phases; %s has %s"
                    .formatted(file, Arrays.toString(grid), stack.source(), Arrays.toString(wanted)));
        }
        Tracing tracing = new Tracing(stack, 0, List.of());
        int size = stack.rows() * stack.columns();
        for (int slice = 0; slice < stack.slices(); slice++) {
            for (int phase = 0; phase < stack.phases(); phase++) {
                byte[] mask = new byte[size];
                float[] values = masks.slice(slice, phase);
                for (int i = 0; i < size; i++) {
                    int value = Math.round(values[i]);
                    boolean wall = classes.myocardium().isPresent()
                            && value == classes.myocardium().getAsInt();
                    mask[i] = value == classes.cavity() ? CAVITY : wall ? MYOCARDIUM : 0;
                }
                tracing.set(slice, phase, mask, classes.myocardium().isPresent());
            }
        }
        return tracing;
    }

    /**
     * Takes contours in files such as IM-0001-0048-icontour-manual.txt, i for the endocardium and o for the epicardium, of which the
     * second number is that of the image in its series. Areas are those that the contours enclose.
     *
     * @throws IOException if there is none, two for one image, or one leaves its image
     */
    public static Tracing ofContours(CineStack stack, Path folder) throws IOException {
        Map<String, Path> files = contourFiles(folder);
        Tracing tracing = new Tracing(stack, 0, List.of());
        int found = 0;
        for (int slice = 0; slice < stack.slices(); slice++) {
            for (int phase = 0; phase < stack.phases() && !stack.frames().isEmpty(); phase++) {
                Frame frame = stack.frames().get(slice).get(phase);
                Path inner = contourFile(files, frame, 'i');
                if (inner != null) {
                    tracing.trace(slice, phase, inner, contourFile(files, frame, 'o'));
                    found++;
                }
            }
        }
        if (found == 0) {
            throw new FormatException(
                    "%s: it holds no contour, such as IM-0001-0048-icontour-manual.txt, of an image in %s"
                            .formatted(folder, stack.source()));
        }
        return tracing;
    }

    /** What a file of a contour is called in short, of its kind and its image's number alone, or null where it is none. */
    public static @Nullable String contourName(String file) {
        Matcher name = CONTOUR.matcher(file);
        return name.matches()
                ? "IM-0001-%04d-%scontour-manual.txt"
                        .formatted(
                                Integer.parseInt(name.group(1)), name.group(2).toLowerCase(Locale.ROOT))
                : null;
    }

    /**
     * The masks as a DICOM segmentation: the cavity, and the wall where it was traced.
     *
     * @throws IllegalArgumentException if nothing is in any mask
     */
    public byte[] dicom(Pseudonyms names, DicomMaker maker, LocalDateTime made, DicomSegmentation.Uids uids) {
        boolean wall = Arrays.stream(myocardium).flatMapToDouble(Arrays::stream).anyMatch(mm2 -> mm2 > 0);
        return DicomSegmentation.file(
                stack,
                masks,
                wall ? List.of(CAVITY_SEGMENT, MYOCARDIUM_SEGMENT) : List.of(CAVITY_SEGMENT),
                names,
                maker,
                made,
                uids);
    }

    /** The files of contours in a folder, for {@link #contourFile}. */
    static Map<String, Path> contourFiles(Path folder) throws IOException {
        Map<String, Path> files = new HashMap<>();
        try (Stream<Path> all = Files.walk(folder, MAX_DEPTH)) {
            for (Path file : all.toList()) {
                Matcher name = CONTOUR.matcher(String.valueOf(file.getFileName()));
                if (name.matches()) {
                    String key = key(name.group(2).charAt(0), Integer.parseInt(name.group(1)));
                    Path other = files.put(key, file);
                    if (other != null) {
                        throw new FormatException(
                                "%s and %s are for one image; name the folder of one patient".formatted(other, file));
                    }
                }
            }
        }
        return files;
    }

    /** The contour of a kind, i or o, of a picture. */
    static @Nullable Path contourFile(Map<String, Path> files, Frame frame, char kind) {
        OptionalInt number = frame.header().instanceNumber();
        return number.isPresent() ? files.get(key(kind, number.getAsInt())) : null;
    }

    private static String key(char kind, int number) {
        return Character.toLowerCase(kind) + " " + number;
    }

    private void trace(int slice, int phase, Path inner, @Nullable Path outer) throws IOException {
        Contour endocardium = contour(inner);
        byte[] mask = endocardium.inside(stack.rows(), stack.columns());
        if (outer != null) {
            Contour epicardium = contour(outer);
            byte[] whole = epicardium.inside(stack.rows(), stack.columns());
            for (int i = 0; i < mask.length; i++) {
                mask[i] = mask[i] != 0 ? CAVITY : whole[i] != 0 ? MYOCARDIUM : 0;
            }
            myocardium[slice][phase] = (epicardium.area() - endocardium.area()) * stack.pixelArea();
        }
        masks[slice][phase] = mask;
        cavity[slice][phase] = endocardium.area() * stack.pixelArea();
    }

    private Contour contour(Path file) throws IOException {
        Contour contour = Contour.read(file);
        if (!contour.liesIn(stack.rows(), stack.columns())) {
            throw new FormatException(
                    "%s: the contour leaves the image: it reaches %s, and the image has %d columns and %d rows"
                            .formatted(file, contour.extent(), stack.columns(), stack.rows()));
        }
        return contour;
    }
}
