package dev.aorta.unet.cli;

import dev.aorta.Device;
import dev.aorta.unet.model.InputScaling;
import dev.aorta.unet.train.RunFolder;
import dev.aorta.unet.train.Segmenter;
import java.io.IOException;
import java.nio.file.Path;
import java.util.Objects;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Option;

/** The options that say which network is used. */
final class ModelOptions {
    @Option(
            names = "--model",
            required = true,
            paramLabel = "RUN",
            description = "Run folder, model file or ONNX file.")
    private @Nullable Path model;

    @Option(
            names = "--scaling",
            paramLabel = "NAME",
            description =
                    "How grey levels become the input of an ONNX file of another program: lab (divided by 1024) or"
                            + " standard (minus the mean, divided by the standard deviation).")
    private @Nullable InputScaling scaling;

    Segmenter load(Device device) throws IOException {
        return Segmenter.load(RunFolder.modelOf(Objects.requireNonNull(model)), device, scaling);
    }
}
