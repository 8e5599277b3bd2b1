package dev.aorta.dicom.codecs;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.aorta.unet.imaging.DicomImage;
import dev.aorta.unet.imaging.DicomReader;
import java.io.IOException;
import java.io.InputStream;
import java.nio.ByteBuffer;
import java.util.Objects;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/**
 * Pictures of 24 x 20 pixels, 12 bits unsigned and 16 bits signed, compressed by others: JPEG Lossless by DCMTK's {@code dcmcjpeg}
 * 3.6.7 (process 14 with selection value 6, and with first-order prediction), JPEG-LS by its
 * {@code dcmcjpls} (near-lossless by at most 2), JPEG 2000 by OpenJPEG's {@code opj_compress}.
 */
class CodecsTest {
    @ParameterizedTest
    @CsvSource({
        "unsigned-57, JPEG Lossless",
        "unsigned-70, JPEG Lossless",
        "unsigned-80, JPEG-LS Lossless",
        "unsigned-90, JPEG 2000",
        "signed-57, JPEG Lossless",
        "signed-70, JPEG Lossless",
        "signed-80, JPEG-LS Lossless",
        "signed-90, JPEG 2000"
    })
    void everyPixelIsThatOfTheUncompressedFile(String name, String syntax) throws Exception {
        DicomImage plain = DicomReader.parse("plain", bytes(name.substring(0, name.indexOf('-'))));
        DicomImage compressed = DicomReader.parse(name, bytes(name));
        assertThat(compressed.pixels()).isEqualTo(plain.pixels());
        assertThat(compressed.header().transferSyntax()).contains(syntax);
    }

    @Test
    void nearLosslessKeepsItsPromise() throws Exception {
        int[] plain = DicomReader.parse("plain", bytes("unsigned")).pixels();
        int[] near = DicomReader.parse("near", bytes("unsigned-81")).pixels();
        int largest = 0;
        for (int i = 0; i < plain.length; i++) {
            largest = Math.max(largest, Math.abs(plain[i] - near[i]));
        }
        assertThat(largest).isBetween(1, 2);
    }

    @ParameterizedTest
    @CsvSource({"unsigned-57", "unsigned-70", "unsigned-80", "unsigned-90"})
    void damageIsAnErrorOfTheFile(String name) throws Exception {
        byte[] whole = bytes(name);
        long seed = 20261128;
        Random random = new Random(seed);
        for (int trial = 0; trial < 300; trial++) {
            byte[] mutated = whole.clone();
            for (int i = 1 + random.nextInt(3); i > 0; i--) {
                mutated[400 + random.nextInt(mutated.length - 400)] = (byte) random.nextInt(256);
            }
            try {
                assertThat(DicomReader.parse("mutated", mutated).pixels()).isNotEmpty();
            } catch (IOException e) {
                assertThat(e).hasMessageStartingWith("mutated: ");
            } catch (RuntimeException | Error e) {
                throw new AssertionError("seed %d, trial %d".formatted(seed, trial), e);
            }
        }
    }

    @Test
    void aTileThatIsTooLongIsAnErrorOfTheFile() throws Exception {
        ByteBuffer file = ByteBuffer.wrap(bytes("unsigned-90"));
        int start = 0;
        while (file.getInt(start) != 0xFF90000A) { // the marker of a tile and the length of what is said of it
            start++;
        }
        file.putInt(start + 6, -1);
        assertThatThrownBy(() -> DicomReader.parse("long", file.array()).pixels())
                .isInstanceOf(IOException.class)
                .hasMessageStartingWith("long: ")
                .hasMessageContaining("Tile length larger than maximum supported");
    }

    private static byte[] bytes(String name) throws IOException {
        try (InputStream in = CodecsTest.class.getResourceAsStream(name + ".dcm")) {
            return Objects.requireNonNull(in, name).readAllBytes();
        }
    }
}
