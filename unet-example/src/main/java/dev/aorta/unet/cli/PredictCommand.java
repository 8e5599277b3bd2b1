package dev.aorta.unet.cli;

import dev.aorta.Device;
import dev.aorta.io.AtomicFile;
import dev.aorta.unet.imaging.FileKind;
import dev.aorta.unet.imaging.InputSlice;
import dev.aorta.unet.imaging.Overlay;
import dev.aorta.unet.imaging.Png;
import dev.aorta.unet.train.RunFolder;
import dev.aorta.unet.train.Segmenter;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Locale;
import java.util.Objects;
import java.util.Set;
import java.util.concurrent.Callable;
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
                "Segments images. For each it writes NAME.mask.png (0 and 255) and NAME.overlay.png (the network's contour"
                        + " in magenta, the expert's in green where there is one); predictions.csv says how large the masks are.")
final class PredictCommand implements Callable<Integer> {
    static final String TABLE = "predictions.csv";

    @Mixin
    private ModelOptions model = new ModelOptions();

    @Parameters(
            arity = "1..*",
            paramLabel = "INPUT",
            description = "DICOM, PNG (8 or 16 bit grey) or TFRecord files, told apart by their contents.")
    private List<Path> inputs = List.of();

    @Option(names = "--out", required = true, paramLabel = "DIR", description = "Folder to make.")
    private @Nullable Path out;

    @Mixin
    private DeviceOptions device = new DeviceOptions();

    @Spec
    private @Nullable CommandSpec spec;

    private final List<String> table = new ArrayList<>();
    private final Set<String> names = new HashSet<>();
    private int unlabelled;

    @Override
    public Integer call() throws IOException {
        try (Device on = device.open();
                Segmenter segmenter = model.load(on)) {
            for (Path input : inputs) {
                InputSlice.read(input, slice -> segmenter.requireSize(slice.source(), slice.rows(), slice.columns()));
            }
            Path folder = RunFolder.create(Objects.requireNonNull(out)).folder();
            table.add("input,mask,pixels,area_mm2");
            for (Path input : inputs) {
                int before = unlabelled;
                InputSlice.read(input, slice -> segment(segmenter, slice, folder));
                if (unlabelled > before && FileKind.of(input) == FileKind.TFRECORD) {
                    print(
                            "%s: %d records hold no label; without an expert's mask their overlays show the network's alone"
                                    .formatted(input, unlabelled - before));
                }
            }
            String text = String.join("\n", table) + "\n";
            AtomicFile.write(folder.resolve(TABLE), o -> o.write(text.getBytes(StandardCharsets.UTF_8)));
            print("%d masks in %s".formatted(table.size() - 1, folder));
        }
        return 0;
    }

    private void print(String line) {
        Objects.requireNonNull(spec).commandLine().getOut().println(line);
    }

    private void segment(Segmenter segmenter, InputSlice slice, Path folder) throws IOException {
        byte[] mask = segmenter.segment(slice.source(), slice.rows(), slice.columns(), slice.grey());
        unlabelled += slice.label() == null ? 1 : 0;
        String name = slice.name();
        for (int i = 2; !names.add(name); i++) {
            name = slice.name() + "-" + i;
        }
        write(folder.resolve(name + ".mask.png"), Png.mask(slice.rows(), slice.columns(), mask));
        write(
                folder.resolve(name + ".overlay.png"),
                Overlay.png(slice.rows(), slice.columns(), slice.grey(), slice.label(), mask));
        int pixels = 0;
        for (byte c : mask) {
            pixels += c == 0 ? 0 : 1;
        }
        String area = slice.pixelArea().isPresent()
                ? String.format(Locale.ROOT, "%.1f", pixels * slice.pixelArea().getAsDouble())
                : "";
        table.add("%s,%s,%d,%s".formatted(quoted(slice.source()), quoted(name + ".mask.png"), pixels, area));
    }

    private static void write(Path file, byte[] png) throws IOException {
        AtomicFile.write(file, o -> o.write(png));
    }

    /** A field of a CSV file (RFC 4180). */
    private static String quoted(String field) {
        return field.matches("[^,\"\r\n]*") ? field : '"' + field.replace("\"", "\"\"") + '"';
    }
}
