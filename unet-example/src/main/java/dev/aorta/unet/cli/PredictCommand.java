package dev.aorta.unet.cli;

import dev.aorta.Device;
import dev.aorta.data.TfRecordFiles;
import dev.aorta.io.AtomicFile;
import dev.aorta.io.FormatException;
import dev.aorta.unet.imaging.FileKind;
import dev.aorta.unet.imaging.Fit;
import dev.aorta.unet.imaging.InputSlice;
import dev.aorta.unet.imaging.Nifti;
import dev.aorta.unet.imaging.Overlay;
import dev.aorta.unet.imaging.PlainText;
import dev.aorta.unet.imaging.Png;
import dev.aorta.unet.imaging.Pseudonyms;
import dev.aorta.unet.train.Segmenter;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Locale;
import java.util.Objects;
import java.util.Set;
import java.util.concurrent.Callable;
import java.util.function.IntFunction;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

@Command(
        name = "predict",
        mixinStandardHelpOptions = true,
        sortOptions = false,
        description =
                "Segments images. For each it writes NAME.mask.png (0 and 255; of more than two classes a palette of"
                        + " colours whose numbers are the classes) and NAME.overlay.png (the network's contour in magenta,"
                        + " the expert's in green where there is one), and for a NIfTI file FILE.mask.nii.gz;"
                        + " predictions.csv says how large the masks are. A file that cannot be read is reported, the others go"
                        + " on, and the exit code is 1.")
final class PredictCommand implements Callable<Integer> {
    static final String TABLE = "predictions.csv";

    @Mixin
    private ModelOptions model = new ModelOptions();

    @Parameters(
            arity = "1..*",
            paramLabel = "INPUT",
            description = "DICOM, PNG, NIfTI or TFRecord files, told apart by their contents.")
    private List<Path> inputs = List.of();

    @Mixin
    private PixelOptions pixels = new PixelOptions();

    @Mixin
    private FitOptions fit = new FitOptions();

    @Option(names = "--out", required = true, paramLabel = "DIR", description = "Folder to make.")
    private @Nullable Path out;

    @Mixin
    private AuditOptions audit = new AuditOptions();

    @Mixin
    private KeyOptions key = new KeyOptions();

    @Mixin
    private SparkOptions spark = new SparkOptions();

    @Mixin
    private DeviceOptions device = new DeviceOptions();

    @Spec
    private @Nullable CommandSpec spec;

    private final List<String> table = new ArrayList<>();
    private final FreeNames names = new FreeNames();
    private int failed;
    private int unlabelled;
    private String labelProblem = "";

    @Override
    public Integer call() throws IOException {
        if (spark.given()) {
            return spark.submit(List.of(), Set.of("--model", "--fit", "--out"), false);
        }
        try (Device on = device.open();
                Segmenter segmenter = model.load(on)) {
            List<Path> sound = new ArrayList<>();
            List<Path> files = files();
            for (Path input : files) {
                if (reads(input, files.size() == 1, slice -> requireSize(segmenter, slice))) {
                    sound.add(input);
                }
            }
            if (!sound.isEmpty()) {
                audit.record("predict", model.file(), sound, key.read());
                Path folder = Objects.requireNonNull(out);
                OutputFolder.fill(folder, () -> predict(segmenter, sound, folder));
            }
        }
        return failed == 0 ? 0 : 1;
    }

    /** The inputs, with the files that a name or a pattern stands for in their place. */
    private List<Path> files() throws IOException {
        List<Path> files = new ArrayList<>();
        for (Path input : inputs) {
            try {
                List<Path> shards = Files.exists(input) ? List.of() : TfRecordFiles.find(input);
                files.addAll(shards.isEmpty() ? List.of(input) : shards);
            } catch (FormatException e) {
                report(e);
            }
        }
        return files;
    }

    private void report(IOException e) {
        Main.report(e, Objects.requireNonNull(spec).commandLine().getErr());
        failed++;
    }

    private void requireSize(Segmenter segmenter, InputSlice slice) throws FormatException {
        if (fit.how() == Fit.EXACT) {
            segmenter.requireSize(slice.source(), slice.rows(), slice.columns());
        }
    }

    /** Whether a file holds slices that fit; one that cannot be read is reported, and the others go on. */
    private boolean reads(Path input, boolean alone, InputSlice.Sink sink) {
        int[] count = {0};
        try {
            InputSlice.read(input, pixels.type(), slice -> {
                sink.accept(slice);
                count[0]++;
            });
            if (count[0] == 0 && alone) {
                throw new FormatException(input + ": there is no record in it");
            }
            if (count[0] == 0) {
                print("%s: there is no record in it".formatted(input));
            }
            return count[0] > 0;
        } catch (IOException e) {
            report(e);
            return false;
        }
    }

    private void predict(Segmenter segmenter, List<Path> sound, Path folder) throws IOException {
        table.add("input,mask,pixels,area_mm2" + perClass(segmenter.config().classes(), c -> ",pixels_of_class_" + c));
        for (Path input : sound) {
            unlabelled = 0;
            labelProblem = "";
            Set<String> notes = new LinkedHashSet<>();
            FileKind kind = FileKind.of(input);
            ByteArrayOutputStream masks = new ByteArrayOutputStream();
            InputSlice.read(input, pixels.type(), slice -> {
                byte[] mask = segment(segmenter, slice, folder);
                notes.add(fit.note(segmenter.config(), slice));
                if (kind == FileKind.NIFTI) {
                    masks.writeBytes(mask);
                }
            });
            if (kind == FileKind.NIFTI) {
                Path volume = folder.resolve(names.take(InputSlice.stem(input)) + ".mask.nii.gz");
                Nifti.read(input).writeMask(volume, masks.toByteArray());
            }
            notes.remove("");
            notes.forEach(note -> print("%s: %s".formatted(input, note)));
            if (!labelProblem.isEmpty()) {
                print("%s: a label was not read, so overlays show the network's contour alone: %s"
                        .formatted(input, labelProblem));
            } else if (unlabelled > 0 && kind == FileKind.TFRECORD) {
                print("%s: %d records hold no label; without an expert's mask their overlays show the network's alone"
                        .formatted(input, unlabelled));
            }
        }
        String text = String.join("\n", table) + "\n";
        Path list = folder.resolve(TABLE);
        Pseudonyms.createForOwner(list); // paths of inputs may name patients
        AtomicFile.write(list, o -> o.write(text.getBytes(StandardCharsets.UTF_8)));
        print("%d masks in %s".formatted(table.size() - 1, folder));
    }

    private void print(String line) {
        Objects.requireNonNull(spec).commandLine().getOut().println(PlainText.line(line));
    }

    private byte[] segment(Segmenter segmenter, InputSlice slice, Path folder) throws IOException {
        byte[] mask = segmenter.segment(slice, fit.how());
        unlabelled += slice.label() == null ? 1 : 0;
        labelProblem = labelProblem.isEmpty() ? slice.labelProblem() : labelProblem;
        String name = names.take(slice.name());
        int classes = segmenter.config().classes();
        write(folder.resolve(name + ".mask.png"), Png.mask(slice.rows(), slice.columns(), mask, classes));
        write(
                folder.resolve(name + ".overlay.png"),
                Overlay.png(slice.rows(), slice.columns(), slice.grey(), slice.label(), mask));
        int[] sizes = new int[classes];
        for (byte c : mask) {
            sizes[c & 0xFF]++;
        }
        int inside = mask.length - sizes[0];
        String area = slice.pixelArea().isPresent()
                ? String.format(Locale.ROOT, "%.1f", inside * slice.pixelArea().getAsDouble())
                : "";
        table.add("%s,%s,%d,%s"
                        .formatted(PlainText.cell(slice.source()), PlainText.cell(name + ".mask.png"), inside, area)
                + perClass(classes, c -> "," + sizes[c]));
        return mask;
    }

    /** Cells for each class that is not the background; none where there is but one. */
    private static String perClass(int classes, IntFunction<String> cell) {
        return classes == 2 ? "" : IntStream.range(1, classes).mapToObj(cell).collect(Collectors.joining());
    }

    private static void write(Path file, byte[] png) throws IOException {
        AtomicFile.write(file, o -> o.write(png));
    }
}
