package dev.aorta.unet.imaging;

import static org.junit.jupiter.api.Assumptions.abort;

import java.nio.file.Files;
import java.nio.file.Path;

/** Where tests find real patients: the folder that the property {@code aorta.sunnybrook} names. */
public final class RealPatients {
    private RealPatients() {}

    /** The folder; without one the calling test is skipped. */
    public static Path folder() {
        Path folder = Path.of(System.getProperty("aorta.sunnybrook", "../../shared/data/sunnybrook"))
                .normalize();
        if (!Files.isDirectory(folder)) {
            String reason = "skipped: no real patients in %s; set aorta.sunnybrook to a copy of the Sunnybrook data"
                    .formatted(folder);
            System.out.println(reason);
            return abort(reason);
        }
        return folder;
    }
}
