package dev.aorta.unet.cli;

import dev.aorta.unet.registry.Registry;
import dev.aorta.unet.signing.SigningKey;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Option;

/** The option that has the use of a model written down. */
final class AuditOptions {
    @Option(
            names = "--audit",
            paramLabel = "DIR",
            description =
                    "Registry in whose log it is written, before anything is computed, that the model is used, by whom,"
                            + " and the SHA-256 of the inputs; nothing is computed where it cannot be written.")
    private @Nullable Path registry;

    /** The registry, or null where none is named. */
    @Nullable
    Registry open() throws IOException {
        return registry == null ? null : Registry.open(registry);
    }

    void record(String command, Path model, List<Path> inputs, @Nullable SigningKey key) throws IOException {
        Registry log = open();
        if (log != null) {
            log.access(command, model, inputs, key);
        }
    }
}
