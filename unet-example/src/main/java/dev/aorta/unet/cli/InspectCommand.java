package dev.aorta.unet.cli;

import dev.aorta.data.TfRecordFiles;
import dev.aorta.io.Safetensors;
import dev.aorta.unet.imaging.DicomFolder;
import dev.aorta.unet.imaging.DicomReader;
import dev.aorta.unet.imaging.FileKind;
import dev.aorta.unet.imaging.GreyArray;
import dev.aorta.unet.imaging.Nifti;
import dev.aorta.unet.imaging.PlainText;
import dev.aorta.unet.imaging.Png;
import java.io.IOException;
import java.io.PrintWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

@Command(
        name = "inspect",
        mixinStandardHelpOptions = true,
        description =
                "Says what is in a TFRecord, safetensors, DICOM, PNG, NIfTI or ONNX file, and what its values are taken for. A"
                        + " damaged TFRecord file, one whose images cannot be read, and an ONNX file"
                        + " that cannot be run, give exit code 1.")
final class InspectCommand implements Callable<Integer> {
    @Parameters(
            paramLabel = "FILE",
            description =
                    "The file, whatever its name; or a folder of DICOM files, which is sorted into series, slices and phases.")
    private @Nullable Path file;

    @Spec
    private @Nullable CommandSpec spec;

    @Mixin
    private PixelOptions pixels = new PixelOptions();

    @Override
    public Integer call() throws IOException {
        Path path = Objects.requireNonNull(file);
        if (Files.isDirectory(path)) {
            ImageInspection.folder(DicomFolder.survey(path), this::line);
            return 0;
        }
        boolean sound = true;
        List<Path> shards = Files.exists(path) ? List.of() : TfRecordFiles.find(path);
        for (Path one : shards.isEmpty() ? List.of(path) : shards) {
            sound &= inspect(one);
        }
        return sound ? 0 : 1;
    }

    private boolean inspect(Path path) throws IOException {
        FileKind kind = FileKind.of(path);
        line("file", "%s, %,d bytes", path, Files.size(path));
        boolean sound = true;
        switch (kind) {
            case DICOM -> ImageInspection.dicom(DicomReader.open(path), this::line);
            case PNG -> ImageInspection.png(Png.read(path), this::line);
            case NIFTI -> ImageInspection.nifti(Nifti.read(path), this::line);
            case NPY -> ImageInspection.array(GreyArray.read(path), this::line);
            case SAFETENSORS -> safetensors(Safetensors.read(path));
            case ONNX -> sound = OnnxInspection.print(path, this::line);
            case TFRECORD -> sound = new RecordInspection(path, pixels.type()).print(this::line);
        }
        return sound;
    }

    private void safetensors(Safetensors saved) throws IOException {
        line("kind", "safetensors");
        saved.metadata().forEach((key, value) -> line("metadata", "%s = %s", key, value));
        long values = 0;
        for (Map.Entry<String, Safetensors.Entry> tensor : saved.tensors().entrySet()) {
            Safetensors.Entry t = tensor.getValue();
            values += 8L * t.bytes().remaining() / t.dtype().bits();
            line("tensor", "%-24s %-4s %-18s %s", tensor.getKey(), t.dtype(), Arrays.toString(t.shape()), range(t));
        }
        line("tensors", "%,d with %,d values", saved.tensors().size(), values);
    }

    private static String range(Safetensors.Entry tensor) throws IOException {
        return switch (tensor.dtype()) {
            case F32, F16, BF16, F64 -> {
                if (!tensor.bytes().hasRemaining()) {
                    yield "no values";
                }
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

    private void line(String what, String format, Object... values) {
        PrintWriter print = Objects.requireNonNull(spec).commandLine().getOut();
        String text = String.format(Locale.ROOT, format, values);
        print.printf(Locale.ROOT, "%-16s %s%n", PlainText.line(what), PlainText.line(text));
    }
}
