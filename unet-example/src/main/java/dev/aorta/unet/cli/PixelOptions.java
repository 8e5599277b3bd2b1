package dev.aorta.unet.cli;

import dev.aorta.unet.imaging.PixelType;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Option;

/** The option that says what the bytes of images in records are. */
final class PixelOptions {
    @Option(
            names = "--pixels",
            paramLabel = "TYPE",
            description =
                    "What the plain bytes of images in TFRecords are, where nothing in them says it: ${COMPLETION-CANDIDATES}.")
    private @Nullable PixelType type;

    @Nullable
    PixelType type() {
        return type;
    }
}
