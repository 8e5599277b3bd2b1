package dev.aorta.unet.cli;

import dev.aorta.Device;
import dev.aorta.unet.model.InputScaling;
import dev.aorta.unet.model.ModelConfig;
import dev.aorta.unet.registry.Registry;
import dev.aorta.unet.train.RunFolder;
import dev.aorta.unet.train.Segmenter;
import java.io.IOException;
import java.io.PrintWriter;
import java.nio.file.Path;
import java.util.Objects;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

/** The options that say which network is used. */
final class ModelOptions {
    @Spec(Spec.Target.MIXEE)
    private @Nullable CommandSpec command;

    @Option(
            names = "--model",
            required = true,
            paramLabel = "RUN",
            description = "Run folder, model file, ONNX file, or a model that is kept, as models:/NAME/3 or"
                    + " models:/NAME@champion.")
    private String model = "";

    @Mixin
    private RegistryOptions registry = new RegistryOptions();

    @Option(
            names = "--scaling",
            paramLabel = "NAME",
            description =
                    "How grey levels become the input of an ONNX file of another program: lab (divided by 1024) or"
                            + " standard (minus the mean, divided by the standard deviation).")
    private @Nullable InputScaling scaling;

    /** The file of the model. */
    Path file() throws IOException {
        return RunFolder.modelOf(
                Registry.isUri(model)
                        ? Registry.open(registry.folder()).resolve(model).folder()
                        : Path.of(model));
    }

    /** Loads it, with a note where nothing in the file can tell whether it is whole. */
    Segmenter load(Device device) throws IOException {
        return load(
                file(),
                device,
                scaling,
                Objects.requireNonNull(command).commandLine().getErr());
    }

    /** As {@link #load(Device)}, for a command whose model is one choice of several. */
    static Segmenter load(Path model, Device device, @Nullable InputScaling scaling, PrintWriter err)
            throws IOException {
        Path file = RunFolder.modelOf(model);
        Segmenter segmenter = Segmenter.load(file, device, scaling);
        if (!segmenter.digested() && segmenter.config().kind() != ModelConfig.Kind.ONNX) {
            err.println("unet: note: " + file + " carries no digest, so that damage to it would not be seen");
        }
        return segmenter;
    }
}
