package dev.aorta.unet.imaging;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.offset;

import dev.aorta.io.Json;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.List;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class SunnybrookTest {
    @TempDir
    private Path parent;

    private Path root;

    @BeforeEach
    void root() {
        root = parent;
    }

    @Test
    void choosesTheSeriesWithTheContouredFramesInAnyImageFolder() throws Exception {
        table("P1,SC-HF-I-1", "P2,SC-N-10");
        contours("SC-HF-I-01", 7, 20);
        contours("SC-N-10", 5);
        images("SCD_IMAGES_02", "P1", "CINESAX_3", 7);
        images("SCD_IMAGES_02", "P1", "CINESAX_4", 7, 8, 20);
        images("SCD_IMAGES_05", "P2", "CINESAX_9", 5);

        Sunnybrook.Survey survey = Sunnybrook.survey(root);

        assertThat(survey.frames())
                .extracting(SunnybrookFrame::name)
                .containsExactly("P1/CINESAX_4/IM-0001-0007", "P1/CINESAX_4/IM-0001-0020", "P2/CINESAX_9/IM-0001-0005");
        assertThat(survey.notes()).isEmpty();
        assertThat(survey.patients()).containsExactly("P1", "P2");
    }

    @Test
    void saysWhatIsMissing() throws Exception {
        table("P1,SC-HF-I-1", "P2,SC-HF-I-2", "P3,SC-HF-I-3");
        contours("SC-HF-I-01", 7, 20);
        images("SCD_IMAGES_01", "P1", "CINESAX_4", 7);
        images("SCD_IMAGES_01", "P1", "CINESAX_5", 20);
        contours("SC-HF-I-03", 1);

        Sunnybrook.Survey survey = Sunnybrook.survey(root);

        assertThat(survey.frames()).hasSize(1);
        assertThat(survey.notes())
                .satisfiesExactly(
                        n -> assertThat(n)
                                .startsWith("P1: ")
                                .contains("CINESAX_4")
                                .contains("equally many contoured frames"),
                        n -> assertThat(n).isEqualTo("P1: frame 20 has a contour but no image"),
                        n -> assertThat(n).startsWith("P2: no endocardial contours"),
                        n -> assertThat(n).isEqualTo("P3: no images: no folder of that name holds IM-*.dcm"));
    }

    @Test
    void refusesAnotherFolder() throws Exception {
        assertThatThrownBy(() -> Sunnybrook.survey(root))
                .isInstanceOf(IOException.class)
                .hasMessageContaining("there is no scd_patientdata.csv");
        table("P1,SC-HF-I-1");
        assertThatThrownBy(() -> Sunnybrook.survey(root))
                .hasMessageContaining("no slice has both an image and a contour. There are no images");
        Files.writeString(root.resolve("scd_patientdata.csv"), "a,b\n");
        assertThatThrownBy(() -> Sunnybrook.survey(root))
                .hasMessageContaining("line 1: the columns PatientID and OriginalID");
    }

    @Test
    void refusesAnImageOfAnotherPatient() throws Exception {
        table("P2,SC-HF-I-1");
        contours("SC-HF-I-01", 7);
        Path folder = Files.createDirectories(root.resolve("SCD_IMAGES_01/P2/CINESAX_4"));
        Files.write(
                folder.resolve("IM-0001-0007.dcm"),
                DicomFile.image(true, 8, 8, 0).bytes());
        SunnybrookFrame frame = Sunnybrook.survey(root).frames().getFirst();
        assertThatThrownBy(frame::read)
                .isInstanceOf(IOException.class)
                .hasMessageContaining("shows patient P1 but lies in the folder of P2");
    }

    @Test
    void writesFoldersOfBothSchemas() throws Exception {
        table("P1,SC-HF-I-1", "P2,SC-HF-I-2");
        contours("SC-HF-I-01", 7, 20);
        contours("SC-HF-I-02", 5);
        images("SCD_IMAGES_01", "P1", "CINESAX_4", 7, 20);
        images("SCD_IMAGES_01", "P2", "CINESAX_4", 5);
        Sunnybrook.Survey survey = Sunnybrook.survey(root);
        for (SliceSchema schema : SliceSchema.values()) {
            Path out = root.resolve("out" + schema);
            SunnybrookDataset.write(
                    survey,
                    SunnybrookSplit.patients(survey.frames(), List.of("SC-HF-I-2")),
                    schema,
                    Pseudonyms.none(),
                    3,
                    out);

            List<LabelledSlice> train = SliceFiles.read(out.resolve(SliceFolder.TRAIN));
            LabelledSlice expected = survey.frames().getFirst().read();
            assertThat(train).hasSize(2);
            assertThat(train.getFirst().image()).isEqualTo(expected.image());
            assertThat(train.getFirst().label()).isEqualTo(expected.label());
            assertThat(train.getFirst().spacing())
                    .as("a folder that is no cine")
                    .isEqualTo(schema == SliceSchema.B ? new PixelSpacing(1.25, 1.5) : null);
            assertThat(train.getFirst().name()).isEqualTo(schema == SliceSchema.B ? "P1/CINESAX_4/IM-0001-0007" : "");
            assertThat(SliceFiles.read(out.resolve(SliceFolder.VALIDATION))).hasSize(1);
            Json manifest = Json.parse(Files.readAllBytes(out.resolve(SliceFolder.MANIFEST)));
            assertThat(manifest.get("validation").get("patients").asList()).containsExactly(Json.of("P2"));
            assertThat(manifest.get("sha256").asObject())
                    .hasSize(6)
                    .containsKey("SCD_IMAGES_01/P1/CINESAX_4/IM-0001-0007.dcm");
        }
    }

    /** Copies of the data set have other folders around it, other names of cases, and other letters. */
    @Test
    void findsEveryLayoutOfThePublicCopies() throws Exception {
        String right = "P1/CINESAX_4/IM-0001-0007";
        for (String images : List.of("SCD_DeidentifiedImages", ".", "SCD_IMAGES_01/SCD_IMAGES_01", "a/b")) {
            for (String cases : List.of("SC-HF-I-01", "SC-HF-I-1")) {
                root = Files.createTempDirectory(parent, "layout");
                table("P1,SC-HF-I-1");
                contours(cases, 7);
                images(images, "P1", "CINESAX_4", 7);
                assertThat(Sunnybrook.survey(root).frames())
                        .extracting(SunnybrookFrame::name)
                        .containsExactly(right);
                assertThat(Sunnybrook.survey(root).notes()).isEmpty();
            }
        }
        Path image = root.resolve("a/b/P1/CINESAX_4/IM-0001-0007.dcm");
        Files.move(image, image.resolveSibling("IM-0001-0007.DCM"));
        Path contour = root.resolve(
                "SCD_ManualContours/SC-HF-I-1/contours-manual/IRCCI-expert/IM-0001-0007-icontour-manual.txt");
        Files.move(contour, contour.resolveSibling("IM-0001-0007-ICONTOUR-manual.TXT"));
        assertThat(Sunnybrook.survey(root).frames())
                .extracting(SunnybrookFrame::name)
                .containsExactly(right);
    }

    /** The challenge of 2009 had no table: patients are called by their cases. */
    @Test
    void theTableMayBeMissing() throws Exception {
        contours("SC-HF-I-01", 7);
        Path folder = Files.createDirectories(root.resolve("challenge_training/SC-HF-I-1/DICOM"));
        Files.write(
                folder.resolve("IM-0004-0007.dcm"),
                DicomFile.image(true, 8, 8, 0).bytes());
        SunnybrookFrame frame = Sunnybrook.survey(root).frames().getFirst();
        assertThat(frame.name()).isEqualTo("SC-HF-I-01/DICOM/IM-0004-0007");
        assertThat(frame.read().rows()).isEqualTo(8);
    }

    @Test
    void twoSeriesInOneFolderAreTwoSeries() throws Exception {
        table("P1,SC-HF-I-1");
        contours("SC-HF-I-01", 7, 20);
        images("SCD_IMAGES_01", "P1", "CINESAX_4", 7, 20);
        Path folder = root.resolve("SCD_IMAGES_01/P1/CINESAX_4");
        for (int frame : new int[] {7, 20}) {
            Files.copy(
                    folder.resolve("IM-0001-%04d.dcm".formatted(frame)),
                    folder.resolve("IM-0400-%04d.dcm".formatted(frame)));
        }
        Sunnybrook.Survey survey = Sunnybrook.survey(root);
        assertThat(survey.frames())
                .extracting(SunnybrookFrame::name)
                .containsExactly("P1/CINESAX_4/IM-0001-0007", "P1/CINESAX_4/IM-0001-0020");
        assertThat(survey.notes())
                .containsExactly(
                        "P1: SCD_IMAGES_01/P1/CINESAX_4/IM-0001 and SCD_IMAGES_01/P1/CINESAX_4/IM-0400 hold equally many"
                                + " contoured frames; took the first");
        Files.delete(folder.resolve("IM-0001-0020.dcm"));
        assertThat(Sunnybrook.survey(root).frames())
                .extracting(SunnybrookFrame::name)
                .containsExactly("P1/CINESAX_4/IM-0400-0007", "P1/CINESAX_4/IM-0400-0020");
    }

    @Test
    void aContourThatLeavesItsImageIsRefused() throws Exception {
        table("P1,SC-HF-I-1");
        contours("SC-HF-I-01", 7);
        images("SCD_IMAGES_01", "P1", "CINESAX_4", 7);
        Path contour = root.resolve(
                "SCD_ManualContours/SC-HF-I-01/contours-manual/IRCCI-expert/IM-0001-0007-icontour-manual.txt");
        SunnybrookFrame frame = Sunnybrook.survey(root).frames().getFirst();
        for (String points : List.of("500 500\n900 500\n900 900\n", "4 4\n8 4\n8 8\n", "-1.5 2\n3 2\n3 4\n")) {
            Files.writeString(contour, points);
            assertThatThrownBy(frame::read)
                    .isInstanceOf(IOException.class)
                    .hasMessageContaining(
                            "IM-0001-0007-icontour-manual.txt: the contour leaves the image: it reaches x ")
                    .hasMessageContaining("has 8 columns and 8 rows");
        }
        Files.writeString(contour, "-0.5 0\n7.9 0\n7.9 7.9\n");
        assertThat(frame.read().label()).contains(1);
    }

    @Test
    void readsTheTableAsSpreadsheetsSaveIt() throws Exception {
        contours("SC-HF-I-01", 7);
        images("SCD_IMAGES_01", "P1", "CINESAX_4", 7);
        String plain = "PatientID,OriginalID\nP1,SC-HF-I-1\n";
        Path table = root.resolve("scd_patientdata.csv");
        for (String text : List.of(
                plain,
                "\uFEFF" + plain,
                "\"PatientID\",\"Note, \"\"x\"\"\",\"OriginalID\"\r\n\"P1\",\"a,b\",\"SC-HF-I-1\"\r\n",
                plain.replace(',', ';'),
                plain.replace(',', '\t'),
                plain + ",\n,SC-HF-I-9\n\n")) {
            Files.writeString(table, text);
            assertThat(Sunnybrook.survey(root).patients()).as(text).containsExactly("P1");
        }
        Files.write(table, plain.getBytes(StandardCharsets.UTF_16));
        assertThat(Sunnybrook.survey(root).patients()).containsExactly("P1");
        Files.write(table, "PatientID,OriginalID,Pathologie h\u00e4ufig\n".getBytes(StandardCharsets.ISO_8859_1));
        assertThatThrownBy(() -> Sunnybrook.survey(root))
                .hasMessage(table + ": neither UTF-8 nor UTF-16 text; save the table as CSV in UTF-8");
    }

    /** Neither records nor manifest name a patient, under any of the names; with {@code --keep-ids} only their owner may read them. */
    @Test
    void patientsGetPseudonyms() throws Exception {
        table("SCD0000101,SC-HF-I-1", "SCD0000201,SC-HF-I-2", "SCD0000301,SC-HF-I-3");
        contours("SC-HF-I-01", 7, 20);
        contours("SC-HF-I-02", 5);
        images("SCD_IMAGES_01", "SCD0000101", "CINESAX_4", 7, 20);
        images("SCD_IMAGES_01", "SCD0000201", "CINESAX_4", 5);
        Sunnybrook.Survey survey = Sunnybrook.survey(root);
        assertThat(survey.notes()).isNotEmpty();
        SunnybrookSplit split = SunnybrookSplit.patients(survey.frames(), List.of("SC-HF-I-2"));
        Pseudonyms pseudonyms = Pseudonyms.of(new byte[32]);
        Path hidden = root.resolve("hidden");
        SunnybrookDataset.write(survey, split, SliceSchema.B, pseudonyms, 3, hidden);
        for (String file : List.of(SliceFolder.TRAIN, SliceFolder.VALIDATION, SliceFolder.MANIFEST)) {
            String bytes = Files.readString(hidden.resolve(file), StandardCharsets.ISO_8859_1);
            assertThat(bytes)
                    .doesNotContain("SCD0000")
                    .doesNotContain("SC-HF")
                    .contains(pseudonyms.of(file.equals(SliceFolder.VALIDATION) ? "SCD0000201" : "SCD0000101"));
        }
        Path kept = root.resolve("kept");
        SunnybrookDataset.write(survey, split, SliceSchema.B, Pseudonyms.none(), 3, kept);
        for (String file : List.of(SliceFolder.TRAIN, SliceFolder.VALIDATION, SliceFolder.MANIFEST)) {
            assertThat(PosixFilePermissions.toString(Files.getPosixFilePermissions(kept.resolve(file))))
                    .isEqualTo("rw-------");
        }
        assertThat(Files.readString(kept.resolve(SliceFolder.MANIFEST)))
                .contains("SCD0000101", "kept as in the source");
    }

    @Test
    void realPatientsHave74Frames() throws Exception {
        Sunnybrook.Survey survey = Sunnybrook.survey(RealPatients.folder());
        assertThat(survey.notes()).isEmpty();
        assertThat(survey.patients()).hasSize(4);
        assertThat(survey.frames()).hasSize(74);
        long area = 0;
        double enclosed = 0;
        for (SunnybrookFrame frame : survey.frames()) {
            for (byte b : frame.read().label()) {
                area += b;
            }
            enclosed += area(Contour.read(frame.contour()).points());
        }
        assertThat(area).isEqualTo(98_804); // by cv2.fillPoly of OpenCV 5.0.0
        assertThat(area / enclosed).as("masks hold the contours' pixels").isCloseTo(1.054, offset(5e-4));
    }

    /** Gauss's area of a polygon. */
    private static double area(List<Contour.Point> points) {
        double twice = 0;
        Contour.Point last = points.getLast();
        for (Contour.Point p : points) {
            twice += last.x() * p.y() - p.x() * last.y();
            last = p;
        }
        return Math.abs(twice) / 2;
    }

    private void table(String... rows) throws IOException {
        Files.writeString(
                root.resolve("scd_patientdata.csv"), "PatientID,OriginalID\n" + String.join("\n", rows) + "\n");
    }

    private void contours(String caseName, int... frames) throws IOException {
        Path folder = Files.createDirectories(
                root.resolve("SCD_ManualContours/" + caseName + "/contours-manual/IRCCI-expert"));
        for (int frame : frames) {
            Files.writeString(folder.resolve("IM-0001-%04d-icontour-manual.txt".formatted(frame)), "1 1\n5 1\n5 6\n");
            Files.writeString(folder.resolve("IM-0001-%04d-ocontour-manual.txt".formatted(frame)), "0 0\n7 0\n7 7\n");
        }
    }

    private void images(String images, String patient, String series, int... frames) throws IOException {
        Path folder =
                Files.createDirectories(root.resolve(images).resolve(patient).resolve(series));
        for (int frame : frames) {
            byte[] dicom = DicomFile.image(true, 8, 8, frame)
                    .text(0x00100020, "LO", patient)
                    .bytes();
            Files.write(folder.resolve("IM-0001-%04d.dcm".formatted(frame)), dicom);
        }
    }
}
