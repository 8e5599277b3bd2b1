package dev.aorta.unet.cli;

import dev.aorta.unet.signing.SigningKey;
import java.io.IOException;
import java.nio.file.Path;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Option;

/** The option that says who signs. */
final class KeyOptions {
    @Option(names = "--key", paramLabel = "FILE", description = "Sign with this private key of 'unet key'.")
    private @Nullable Path key;

    /** The key, or null where none is named. */
    @Nullable
    SigningKey read() throws IOException {
        return key == null ? null : SigningKey.read(key);
    }
}
