package dev.aorta.onnx;

import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Assumptions;

/** Where tests find cases that others wrote: the folder that the property {@code aorta.onnx} names. */
final class StandardCases {
    private StandardCases() {}

    /** Its folder, or the test is skipped. */
    static Path folder(String name) {
        Path folder = Path.of(System.getProperty("aorta.onnx", "../../shared/data/onnx"))
                .resolve(name);
        if (!Files.isDirectory(folder)) {
            String reason = "skipped: no ONNX cases in %s; set aorta.onnx to a folder with models/ and node/"
                    .formatted(folder.toAbsolutePath().normalize());
            System.out.println(reason);
            Assumptions.abort(reason);
        }
        return folder;
    }
}
