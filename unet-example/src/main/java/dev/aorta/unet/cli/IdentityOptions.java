package dev.aorta.unet.cli;

import dev.aorta.unet.imaging.Pseudonyms;
import java.io.IOException;
import java.nio.file.Path;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Option;

/** The options that say what becomes of patients' names. */
final class IdentityOptions {
    @Option(
            names = "--keep-ids",
            description = "Keep the patients' names in records and manifest, which only you may then read."
                    + " By default pseudonyms take their place.")
    private boolean keep;

    @Option(
            names = "--key",
            paramLabel = "FILE",
            description = "The secret key of the pseudonyms, made where it is not there; keep it apart from the data."
                    + " Default: ~/.config/aorta/pseudonyms.key")
    private @Nullable Path key;

    /** The names that patients get. */
    Pseudonyms pseudonyms() throws IOException {
        return keep ? Pseudonyms.none() : Pseudonyms.of(key != null ? key : Pseudonyms.defaultKey(System::getenv));
    }
}
