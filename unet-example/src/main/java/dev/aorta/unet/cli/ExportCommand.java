package dev.aorta.unet.cli;

import dev.aorta.Device;
import dev.aorta.Shape;
import dev.aorta.io.FormatException;
import dev.aorta.onnx.OnnxExport;
import dev.aorta.unet.model.ModelConfig;
import dev.aorta.unet.train.RunFolder;
import java.io.IOException;
import java.io.PrintWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

@Command(
        name = "export",
        mixinStandardHelpOptions = true,
        description =
                "Writes a trained network as an ONNX file: images (N, 1, rows, columns), scaled as its metadata say, to"
                        + " logits (N, classes, rows, columns).")
final class ExportCommand implements Callable<Integer> {
    @Parameters(index = "0", paramLabel = "RUN", description = "Run folder or model file.")
    private @Nullable Path model;

    @Parameters(index = "1", paramLabel = "FILE", description = "The ONNX file to write.")
    private @Nullable Path file;

    @Option(
            names = "--opset",
            defaultValue = "17",
            paramLabel = "N",
            description = "Version of the operators, 17 or 20 (default: ${DEFAULT-VALUE}).")
    private int opset;

    @Spec
    private @Nullable CommandSpec spec;

    @Override
    public Integer call() throws IOException {
        ModelConfig.Loaded loaded =
                ModelConfig.load(RunFolder.modelOf(Objects.requireNonNull(model)), Device.cpu(), null);
        ModelConfig config = loaded.config();
        if (config.kind() == ModelConfig.Kind.ONNX) {
            throw new FormatException(model + ": it is an ONNX file already");
        }
        OnnxExport.Options options = OnnxExport.Options.DEFAULT.withOpset(opset);
        for (Map.Entry<String, String> entry : config.metadata().entrySet()) {
            options = options.withMetadata(entry.getKey(), entry.getValue());
        }
        Path target = Objects.requireNonNull(file);
        Shape example = Shape.of(1, config.rows(), config.columns(), 1);
        OnnxExport.Report report = OnnxExport.save(loaded.network(), target, options, example);
        PrintWriter out = Objects.requireNonNull(spec).commandLine().getOut();
        out.println(report);
        out.printf("%s, %,d bytes%n", target, Files.size(target));
        return 0;
    }
}
