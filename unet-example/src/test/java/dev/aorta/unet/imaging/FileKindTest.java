package dev.aorta.unet.imaging;

import static org.assertj.core.api.Assertions.assertThat;

import dev.aorta.data.TfRecordCompression;
import dev.aorta.data.TfRecordWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class FileKindTest {
    @TempDir
    Path folder;

    /**
     * The checksum of a record's length stands where the brace of a safetensors file does, and is one for one length in 256; the length
     * 8 looks like the first group of a DICOM file.
     */
    @Test
    void aRecordOfAnyLengthIsNothingElse() throws Exception {
        Path file = folder.resolve("scans");
        int braces = 0;
        for (int length = 1; length <= 1024; length++) {
            byte[] record = new byte[length];
            TfRecordWriter.write(file, TfRecordCompression.NONE, writer -> writer.write(record));
            braces += Files.readAllBytes(file)[Long.BYTES] == '{' ? 1 : 0;
            assertThat(FileKind.of(file)).as("a record of %d bytes", length).isEqualTo(FileKind.TFRECORD);
        }
        assertThat(braces).isPositive();
    }

    @Test
    void dicomIsKnownByItsFirstElementToo() throws Exception {
        byte[] whole = DicomFile.image(true, 2, 2, 0).bytes();
        byte[] implicit = DicomFile.image(false, 2, 2, 0).bytes();
        Path file = folder.resolve("scan");
        for (byte[] bytes : new byte[][] {
            whole,
            Arrays.copyOfRange(whole, 128, whole.length),
            Arrays.copyOfRange(whole, 132, whole.length),
            join(new byte[128], Arrays.copyOfRange(whole, 132, whole.length)),
            Arrays.copyOfRange(implicit, 132 + 8 + 18, implicit.length),
        }) {
            Files.write(file, bytes);
            assertThat(FileKind.of(file)).isEqualTo(FileKind.DICOM);
            assertThat(DicomReader.read(file).pixels()).containsExactly(0, 1, 2, 3);
        }
    }

    private static byte[] join(byte[] a, byte[] b) {
        byte[] joined = Arrays.copyOf(a, a.length + b.length);
        System.arraycopy(b, 0, joined, a.length, b.length);
        return joined;
    }
}
