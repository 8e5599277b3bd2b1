package dev.aorta.unet.cli;

import java.nio.file.Path;
import java.util.Objects;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Option;

/** The option that says where models are kept. */
final class RegistryOptions {
    @Option(
            names = "--registry",
            paramLabel = "DIR",
            defaultValue = "registry",
            description = "Folder in which models are kept. Default: registry")
    private @Nullable Path folder;

    Path folder() {
        return Objects.requireNonNull(folder);
    }
}
