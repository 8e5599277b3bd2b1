package dev.aorta.unet.imaging;

import static org.assertj.core.api.Assertions.assertThat;

import dev.aorta.data.TfRecordCompression;
import dev.aorta.data.TfRecordWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class FileKindTest {
    @TempDir
    Path folder;

    /** The checksum of a record's length stands where the brace of a safetensors file does, and is one for one length in 256. */
    @Test
    void aRecordOfAnyLengthIsNoModel() throws Exception {
        Path file = folder.resolve("scans");
        int braces = 0;
        for (int length = 1; length <= 1024; length++) {
            byte[] record = new byte[length];
            TfRecordWriter.write(file, TfRecordCompression.NONE, writer -> writer.write(record));
            if (Files.readAllBytes(file)[Long.BYTES] == '{') {
                braces++;
                assertThat(FileKind.of(file)).as("a record of %d bytes", length).isEqualTo(FileKind.TFRECORD);
            }
        }
        assertThat(braces).isPositive();
    }
}
