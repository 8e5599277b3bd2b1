package dev.aorta.unet.cli;

import dev.aorta.io.Safetensors;
import dev.aorta.unet.imaging.DicomImage;
import dev.aorta.unet.imaging.DicomReader;
import dev.aorta.unet.imaging.FileKind;
import dev.aorta.unet.imaging.Png;
import java.io.IOException;
import java.io.PrintWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.Locale;
import java.util.Map;
import java.util.Objects;
import java.util.OptionalDouble;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

@Command(
        name = "inspect",
        mixinStandardHelpOptions = true,
        description =
                "Says what is in a TFRecord, safetensors, DICOM, PNG or ONNX file. A damaged TFRecord file, and an ONNX file"
                        + " that cannot be run, give exit code 1.")
final class InspectCommand implements Callable<Integer> {
    @Parameters(paramLabel = "FILE", description = "The file, whatever its name.")
    private @Nullable Path file;

    @Spec
    private @Nullable CommandSpec spec;

    @Override
    public Integer call() throws IOException {
        Path path = Objects.requireNonNull(file);
        FileKind kind = FileKind.of(path);
        line("file", "%s, %,d bytes", path, Files.size(path));
        boolean sound = true;
        switch (kind) {
            case DICOM -> dicom(DicomReader.read(path));
            case PNG -> png(Png.read(path));
            case SAFETENSORS -> safetensors(Safetensors.read(path));
            case ONNX -> sound = OnnxInspection.print(path, this::line);
            case TFRECORD -> sound = new RecordInspection(path).print(this::line);
        }
        return sound ? 0 : 1;
    }

    private void dicom(DicomImage d) {
        line("kind", "DICOM");
        line("size", "%d rows x %d columns", d.rows(), d.columns());
        line("stored values", "%s", range(d.pixels()));
        line("rescale", "%s · stored + %s", d.slope(), d.intercept());
        line("pixel spacing", "%s x %s mm", known(d.rowSpacing()), known(d.columnSpacing()));
        line("slice thickness", "%s mm", known(d.sliceThickness()));
        line("between slices", "%s mm", known(d.spacingBetweenSlices()));
        line("modality", "%s", d.modality().isEmpty() ? "unknown" : d.modality());
        line("patient", "%s", d.patientId());
        line("series", "%s", d.seriesUid());
        line(
                "instance",
                "%s",
                d.instanceNumber().isPresent()
                        ? Integer.toString(d.instanceNumber().getAsInt())
                        : "unknown");
    }

    private void png(Png.Grey image) {
        line("kind", "PNG");
        line("size", "%d rows x %d columns", image.rows(), image.columns());
        line("values", "%s", range(image.pixels()));
    }

    private void safetensors(Safetensors saved) throws IOException {
        line("kind", "safetensors");
        saved.metadata().forEach((key, value) -> line("metadata", "%s = %s", key, value));
        long values = 0;
        for (Map.Entry<String, Safetensors.Entry> tensor : saved.tensors().entrySet()) {
            Safetensors.Entry t = tensor.getValue();
            values += t.bytes().remaining() / t.dtype().bytes();
            line("tensor", "%-24s %-4s %-18s %s", tensor.getKey(), t.dtype(), Arrays.toString(t.shape()), range(t));
        }
        line("tensors", "%,d with %,d values", saved.tensors().size(), values);
    }

    private static String range(Safetensors.Entry tensor) throws IOException {
        return switch (tensor.dtype()) {
            case F32, F16, BF16 -> {
                double low = Double.POSITIVE_INFINITY;
                double high = Double.NEGATIVE_INFINITY;
                boolean finite = true;
                for (float v : tensor.floats()) {
                    low = Math.min(low, v);
                    high = Math.max(high, v);
                    finite &= Float.isFinite(v);
                }
                yield String.format(Locale.ROOT, "%.4g … %.4g%s", low, high, finite ? "" : ", not all finite");
            }
            default -> "";
        };
    }

    private static String range(int[] values) {
        return Arrays.stream(values).min().orElseThrow() + " … "
                + Arrays.stream(values).max().orElseThrow();
    }

    private static String known(OptionalDouble value) {
        return value.isPresent() ? Double.toString(value.getAsDouble()) : "unknown";
    }

    private void line(String what, String format, Object... values) {
        PrintWriter print = Objects.requireNonNull(spec).commandLine().getOut();
        print.printf(Locale.ROOT, "%-16s %s%n", what, String.format(Locale.ROOT, format, values));
    }
}
