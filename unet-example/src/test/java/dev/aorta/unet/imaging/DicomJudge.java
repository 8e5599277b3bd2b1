package dev.aorta.unet.imaging;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;

/** The program {@code dciodvfy} of dicom3tools, which knows what the standard wants of each kind of DICOM object. */
public final class DicomJudge {
    private static final Path PROGRAM = Path.of("/usr/bin/dciodvfy");

    private DicomJudge() {}

    /** Fails where it finds an error; says so where it is not installed. */
    public static void accepts(Path file) throws IOException, InterruptedException {
        if (!Files.isExecutable(PROGRAM)) {
            System.out.println("skipped: " + PROGRAM + " is not there to judge DICOM files; it is in dicom3tools");
            return;
        }
        Process process = new ProcessBuilder(PROGRAM.toString(), file.toString())
                .redirectErrorStream(true)
                .start();
        String said = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
        assertThat(process.waitFor()).as(said).isZero();
        assertThat(said.lines().filter(line -> line.startsWith("Error"))).isEmpty();
        assertThat(said).as("the kind of object").containsAnyOf("Segmentation", "EnhancedSR");
    }
}
