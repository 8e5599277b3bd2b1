package dev.aorta.unet.certify;

import java.io.IOException;
import java.nio.file.Path;

/** Requirements for tests outside this package. */
public final class RequirementsFile {
    /** Some that are sound. */
    public static final String SOUND = """
            name: some
            requirements:
              - {id: A, measure: dice, min: 0.9}
              - {id: B, measure: dice, under: noise, strength: 0.1, min: 0.8}
            """;

    private RequirementsFile() {}

    /** Reads requirements or says why not. */
    public static void read(Path file) throws IOException {
        Requirements.read(file);
    }
}
