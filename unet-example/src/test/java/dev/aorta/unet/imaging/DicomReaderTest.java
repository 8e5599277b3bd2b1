package dev.aorta.unet.imaging;

import static dev.aorta.unet.imaging.DicomFile.implicitElement;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.util.Arrays;
import java.util.Random;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class DicomReaderTest {
    private static final int UNDEFINED = -1;
    private static final int ITEM = 0xFFFEE000;
    private static final int ITEM_END = 0xFFFEE00D;
    private static final int SEQUENCE_END = 0xFFFEE0DD;

    @ParameterizedTest
    @ValueSource(booleans = {true, false})
    void readsPixelsAndAttributes(boolean explicit) throws Exception {
        DicomImage image = read(DicomFile.image(explicit, 3, 5, -7)
                .text(0x00281052, "DS", "-10")
                .text(0x00281053, "DS", "0.5"));

        assertThat(image.rows()).isEqualTo(3);
        assertThat(image.columns()).isEqualTo(5);
        assertThat(image.pixels()).isEqualTo(IntStream.range(-7, 8).toArray());
        assertThat(image.rescaled(0)).isEqualTo(-13.5);
        assertThat(image.header().rowSpacing()).hasValue(1.25);
        assertThat(image.header().columnSpacing()).hasValue(1.5);
        assertThat(image.header().sliceThickness()).hasValue(8.5);
        assertThat(image.header().spacingBetweenSlices()).isEmpty();
        assertThat(image.header().instanceNumber()).hasValue(48);
        assertThat(image.header().seriesNumber()).hasValue(300);
        assertThat(image.header().seriesUid()).isEqualTo("1.2.3");
        assertThat(image.header().patientId()).isEqualTo("P1");
        assertThat(image.header().modality()).isEqualTo("MR");
    }

    @Test
    void readsUnsignedAndNarrowPixels() throws Exception {
        assertThat(read(DicomFile.image(true, 1, 2, -1).number(0x00280103, 0)).pixels())
                .containsExactly(65535, 0);
        DicomFile twelveBits =
                DicomFile.image(true, 1, 2, 0x0FFF).number(0x00280101, 12).number(0x00280102, 11);
        assertThat(read(twelveBits).pixels()).containsExactly(-1, 0);
        DicomFile eightBits = DicomFile.image(true, 1, 3, 0)
                .number(0x00280100, 8)
                .number(0x00280101, 8)
                .number(0x00280102, 7)
                .value(0x7FE00010, "OB", new byte[] {1, -1, 3, 0}); // padded to an even length
        assertThat(read(eightBits).pixels()).containsExactly(1, -1, 3);
        assertThat(read(eightBits.number(0x00280103, 0)).pixels()).containsExactly(1, 255, 3);
    }

    @Test
    void stepsOverSequences() throws Exception {
        byte[] inner = join(
                implicitElement(ITEM, 4, (byte) 9, (byte) 9, (byte) 9, (byte) 9), implicitElement(SEQUENCE_END, 0));
        byte[] nested = join(
                implicitElement(ITEM, UNDEFINED),
                implicitElement(0x00081199, UNDEFINED, inner),
                implicitElement(ITEM_END, 0),
                implicitElement(SEQUENCE_END, 0));
        assertThat(read(DicomFile.image(true, 2, 2, 0).value(0x00081140, "SQ", implicitElement(ITEM, 0)))
                        .pixels())
                .hasSize(4);
        assertThat(read(DicomFile.image(false, 2, 2, 0).claiming(0x00081140, "SQ", UNDEFINED, nested))
                        .pixels())
                .hasSize(4);
        assertThat(read(DicomFile.image(true, 2, 2, 0).claiming(0x00081140, "SQ", UNDEFINED, inner))
                        .pixels())
                .hasSize(4);
        // an unknown element of undefined length holds Implicit VR, even in an Explicit VR file
        assertThat(read(DicomFile.image(true, 2, 2, 0).claiming(0x00091001, "UN", UNDEFINED, nested))
                        .pixels())
                .hasSize(4);
    }

    @Test
    void refusesEndlessNesting() {
        byte[] level = join(implicitElement(ITEM, UNDEFINED), implicitElement(0x00081140, UNDEFINED));
        ByteArrayOutputStream deep = new ByteArrayOutputStream();
        for (int i = 0; i < 5000; i++) {
            deep.writeBytes(level);
        }
        assertRefused(
                DicomFile.image(false, 2, 2, 0).claiming(0x00081140, "SQ", UNDEFINED, deep.toByteArray()),
                "nested more than 16 deep");
    }

    @ParameterizedTest
    @CsvSource({
        "1.2.840.10008.1.2.4.50, JPEG Baseline",
        "1.2.840.10008.1.2.4.90, JPEG 2000 Lossless",
        "1.2.840.10008.1.2.4.80, JPEG-LS Lossless",
        "1.2.840.10008.1.2.4.110, JPEG XL Lossless",
        "1.2.3.4, unknown to this reader"
    })
    void refusesOtherTransferSyntaxesByName(String uid, String name) {
        DicomFile file = DicomFile.image(true, 2, 2, 0)
                .syntax(uid)
                .claiming(
                        0x7FE00010,
                        "OB",
                        UNDEFINED,
                        join(implicitElement(ITEM, 0), implicitElement(ITEM, 2, (byte) 1, (byte) 2)));
        assertRefused(file, "compressed as " + name + " (" + uid + "), which is not read");
    }

    @Test
    void refusesOtherKindsOfImageByName() {
        assertRefused(DicomFile.image(true, 2, 2, 0).text(0x00280008, "IS", "20"), "a multi-frame image of 20 frames");
        assertRefused(DicomFile.image(true, 2, 2, 0).number(0x00280002, 3), "a colour image of 3 samples per pixel");
        assertRefused(
                DicomFile.image(true, 2, 2, 0).text(0x00280004, "CS", "PALETTE COLOR"), "'PALETTE COLOR' is not read");
        assertRefused(DicomFile.image(true, 2, 2, 0).number(0x00280100, 32), "32 bits allocated");
    }

    @Test
    void refusesWrongSizes() {
        assertRefused(
                DicomFile.image(true, 2, 2, 0).number(0x00280010, 3),
                "8 bytes of pixels, but 3 rows x 2 columns x 2 bytes are 12");
        assertRefused(DicomFile.image(true, 2, 2, 0).number(0x00280011, 5000), "5000 columns; 1 to 4096 are read");
        assertRefused(DicomFile.image(true, 2, 2, 0).number(0x00280010, 0), "0 rows");
        assertRefused(DicomFile.image(true, 2, 2, 0).without(0x00280010), "the file has no rows (0028,0010)");
        assertRefused(DicomFile.image(true, 2, 2, 0).without(0x7FE00010), "the file has no pixel data (7FE0,0010)");
        assertRefused(
                DicomFile.image(true, 2, 2, 0).claiming(0x7FE00010, "OW", 0x7FFFFFFF, new byte[8]),
                "claims 2147483647 bytes");
        assertRefused(
                DicomFile.image(true, 2, 2, 0).claiming(0x00091001, "UT", UNDEFINED, new byte[8]),
                "(0000,0000) stands where an item of sequence (0009,1001) should");
    }

    @Test
    void refusesWhatIsNoDicomFile() {
        assertThatThrownBy(() -> DicomReader.parse("picture.png", new byte[400]))
                .isInstanceOf(DicomException.class)
                .hasMessage("picture.png: at byte 128: not a DICOM file: the letters DICM are not there");
    }

    @Test
    void truncationAnywhereIsNamed() {
        byte[] whole = DicomFile.image(true, 4, 4, 0).bytes();
        for (int length = 0; length < whole.length; length++) {
            byte[] part = Arrays.copyOf(whole, length);
            assertThatThrownBy(() -> DicomReader.parse("cut", part))
                    .as("%d bytes", length)
                    .isInstanceOf(DicomException.class);
        }
    }

    @ParameterizedTest
    @ValueSource(booleans = {true, false})
    void mutationsGiveAnImageOrANamedError(boolean explicit) throws IOException {
        long seed = 20261123;
        Random random = new Random(seed);
        byte[] whole = DicomFile.image(explicit, 4, 4, 0).bytes();
        int refused = 0;
        for (int trial = 0; trial < 5000; trial++) {
            byte[] mutated = whole.clone();
            for (int i = 1 + random.nextInt(3); i > 0; i--) {
                mutated[DicomFile.PREAMBLE + random.nextInt(mutated.length - DicomFile.PREAMBLE)] =
                        (byte) random.nextInt(256);
            }
            try {
                DicomImage image = DicomReader.parse("mutated", mutated);
                assertThat(image.pixels()).hasSize(image.rows() * image.columns());
            } catch (DicomException e) {
                refused++;
            } catch (RuntimeException e) {
                throw new AssertionError("seed %d, trial %d".formatted(seed, trial), e);
            }
        }
        assertThat(refused).isBetween(1000, 4999);
    }

    private static DicomImage read(DicomFile file) throws IOException {
        return DicomReader.parse("test", file.bytes());
    }

    private static void assertRefused(DicomFile file, String message) {
        assertThatThrownBy(() -> read(file))
                .isInstanceOf(DicomException.class)
                .hasMessageStartingWith("test: at byte ")
                .hasMessageContaining(message);
    }

    private static byte[] join(byte[]... parts) {
        ByteArrayOutputStream out = new ByteArrayOutputStream();
        for (byte[] part : parts) {
            out.writeBytes(part);
        }
        return out.toByteArray();
    }
}
