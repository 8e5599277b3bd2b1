package dev.aorta.unet.cli;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import dev.aorta.io.Json;
import dev.aorta.unet.imaging.DicomJudge;
import dev.aorta.unet.imaging.LabelledSlice;
import dev.aorta.unet.imaging.Nifti;
import dev.aorta.unet.imaging.RealPatients;
import dev.aorta.unet.imaging.SliceFiles;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A cine of disks, measured by a network that was trained on few disks for seconds, and so not well. */
class VolumesCommandTest {
    private static final double[] RADII = {8, 6.5, 5.5, 7};

    @TempDir
    static Path folder;

    static Path cine;
    static Path key;
    static Path run;

    @BeforeAll
    static void prepare() throws Exception {
        cine = folder.resolve("SCD0000101");
        key = folder.resolve("key");
        SliceFiles.writeCine(cine, 3, RADII.length, Unet.SIDE, (slice, phase) -> RADII[phase]);
        run = folder.resolve("run");
        Unet.Result trained = Unet.train(
                Unet.data(folder.resolve("data")), run, "--base", 4, "--epochs", 25, "--lr", 0.01, "--norm", "batch");
        assertThat(trained.code()).as(trained.err()).isZero();
    }

    private static Unet.Result volumes(Object... more) {
        List<Object> args = new ArrayList<>(List.of("volumes", "--key", key, "--device", "cpu"));
        args.addAll(List.of(more));
        return Unet.run(args.toArray());
    }

    private static double number(Json series, String name) throws Exception {
        return series.get(name).get("value").asDouble();
    }

    @Test
    void measuresByAModel() throws Exception {
        Path out = folder.resolve("by-model");
        Unet.Result result = volumes(cine, "--model", run, "--out", out);
        assertThat(result.code()).as(result.err()).isZero();
        Json series = Json.parse(result.out()).get("series").asList().getFirst();
        double edv = 3 * Math.PI * 8 * 8 * 1.25 * 1.5 * 8 / 1000;
        assertThat(number(series, "edv_ml")).isCloseTo(edv, within(0.1 * edv));
        assertThat(number(series, "ef_percent")).isCloseTo(100 * (1 - 5.5 * 5.5 / (8 * 8)), within(12.0));
        assertThat(series.get("ef_percent").get("sd").asDouble()).isBetween(0.0, 20.0);
        assertThat(series.get("end_diastole").asInt()).isZero();
        assertThat(series.get("end_systole").asInt()).isEqualTo(2);

        String name = series.get("patient").asText();
        assertThat(name).startsWith("P-");
        assertThat(Unet.names(out))
                .containsExactly(
                        name + ".areas.csv",
                        name + ".html",
                        name + ".mask.nii.gz",
                        name + ".seg.dcm",
                        name + ".sr.dcm",
                        "volumes.csv");
        assertThat(Files.readAllLines(out.resolve("volumes.csv")))
                .hasSize(2)
                .last()
                .asString()
                .startsWith(name + ",3,4,0,2,");
        assertThat(Files.readAllLines(out.resolve(name + ".areas.csv"))).hasSize(1 + 3 * 4);
        String page = Files.readString(out.resolve(name + ".html"));
        assertThat(page)
                .contains("ejection fraction", "called by a pseudonym", "end-systole")
                .doesNotContain("{{");
        for (String file : Unet.names(out)) {
            assertThat(new String(Files.readAllBytes(out.resolve(file)), StandardCharsets.ISO_8859_1))
                    .as(file)
                    .doesNotContain("P1^", "SCD0000101", "1.2.3.4.", "1.2.3.1");
        }
        DicomJudge.accepts(out.resolve(name + ".seg.dcm"));
        DicomJudge.accepts(out.resolve(name + ".sr.dcm"));

        Nifti mask = Nifti.read(out.resolve(name + ".mask.nii.gz"));
        assertThat(mask.orientation()).isEqualTo("LPS");
        Unet.Result again =
                volumes(cine, "--masks", out.resolve(name + ".mask.nii.gz"), "--out", folder.resolve("by-mask"));
        Json same = Json.parse(again.out()).get("series").asList().getFirst();
        assertThat(same.get("curve_ml").compact())
                .isEqualTo(series.get("curve_ml").compact());
        assertThat(same.get("edv_ml").get("sd").compact()).isEqualTo("null");
    }

    @Test
    void keepsNamesWhenToldTo() throws Exception {
        Path contours = Files.createDirectory(folder.resolve("contours"));
        for (int number : new int[] {1, 3, 5, 7}) { // phases 0 and 2 of the first two slices
            int side = number % 4 == 1 ? 12 : 6;
            Files.writeString(
                    contours.resolve("IM-0001-%04d-icontour-manual.txt".formatted(number)),
                    "10 10%n%1$d 10%n%1$d %1$d%n10 %1$d%n".formatted(10 + side));
        }
        Files.writeString(contours.resolve("IM-0001-0001-ocontour-manual.txt"), "8 8\n24 8\n24 24\n8 24\n");
        Path out = folder.resolve("by-contours");
        Unet.Result result = volumes(cine, "--contours", contours, "--keep-ids", "--out", out);
        assertThat(result.code()).as(result.err()).isZero();
        Json series = Json.parse(result.out()).get("series").asList().getFirst();
        assertThat(number(series, "edv_ml")).isCloseTo(2 * 144 * 1.875 * 8e-3, within(0.01));
        assertThat(number(series, "ef_percent")).isEqualTo(75);
        assertThat(series.get("mass_g").asDouble()).isCloseTo((256 - 144) * 1.875 * 8e-3 * 1.05, within(0.01));
        assertThat(Files.readString(out.resolve("P1.html"))).contains("--keep-ids");
        assertThat(new String(Files.readAllBytes(out.resolve("P1.seg.dcm")), StandardCharsets.ISO_8859_1))
                .contains("P1^", "1.2.3.4.1", "1.2.3.1");
        for (String file : Unet.names(out)) {
            assertThat(PosixFilePermissions.toString(Files.getPosixFilePermissions(out.resolve(file))))
                    .isEqualTo("rw-------");
        }
        DicomJudge.accepts(out.resolve("P1.seg.dcm"));
        DicomJudge.accepts(out.resolve("P1.sr.dcm"));

        Files.writeString(contours.resolve("IM-0001-0003-icontour-manual.txt"), "10 10\n90 10\n90 90\n");
        assertThat(volumes(cine, "--contours", contours, "--out", folder.resolve("no"))
                        .err())
                .contains("the contour leaves the image");
        assertThat(folder.resolve("no")).doesNotExist();
    }

    /** Two patients in the layout of the Sunnybrook data, of whom the expert drew every slice but the first at phases 0 and 2. */
    private static Path sunnybrook(String to) throws Exception {
        Path data = folder.resolve(to);
        for (String name : List.of("SC-HF-I-01", "SC-N-02")) {
            Path images = Files.createDirectories(
                    data.resolve("SCD_IMAGES").resolve(name).resolve("CINESAX_1"));
            Path contours = Files.createDirectories(
                    data.resolve("SCD_ManualContours").resolve(name).resolve("contours-manual"));
            Path shuffled = folder.resolve(to + name);
            SliceFiles.writeCine(shuffled, 3, RADII.length, Unet.SIDE, (slice, phase) -> RADII[phase]);
            for (int number = 1; number <= 12; number++) {
                Files.copy(
                        shuffled.resolve("%08x.dcm".formatted(number * 0x9E3779B1)),
                        images.resolve("IM-0001-%04d.dcm".formatted(number)));
            }
            for (int number : new int[] {5, 7, 9, 11}) {
                StringBuilder circle = new StringBuilder();
                for (int i = 0; i < 60; i++) {
                    double radius = RADII[(number - 1) % 4];
                    double a = 2 * Math.PI * i / 60;
                    circle.append("%s %s%n".formatted(16 + radius * Math.cos(a), 16 + radius * Math.sin(a)));
                }
                Files.writeString(
                        contours.resolve("IM-0001-%04d-icontour-manual.txt".formatted(number)), circle.toString());
            }
        }
        return data;
    }

    @Test
    void evaluatesClinically() throws Exception {
        Path data = sunnybrook("sunnybrook");
        Path file = folder.resolve("clinical.json");
        Unet.Result result = Unet.run(
                "evaluate",
                "--clinical",
                "--data",
                data,
                "--model",
                run,
                "--device",
                "cpu",
                "--key",
                key,
                "--json",
                file);
        assertThat(result.code()).as(result.err()).isZero();
        assertThat(result.out()).isEqualTo(Files.readString(file)).doesNotContain("SC-HF", "SC-N");
        Json m = Json.parse(result.out());
        assertThat(m.get("patients").asInt()).isEqualTo(2);
        assertThat(m.get("contours").asInt()).isEqualTo(8);
        assertThat(m.get("missed").asInt()).isZero();
        assertThat(m.get("spurious").asInt())
                .as("the first slice, in which the expert drew nothing")
                .isEqualTo(4);
        assertThat(m.get("dice").get("value").asDouble()).isBetween(0.5, 0.667);
        assertThat(m.get("dice_of_good").get("value").asDouble()).isGreaterThan(0.85);
        assertThat(m.get("good_5mm_percent").get("value").asDouble()).isEqualTo(100);
        assertThat(m.get("apd_mm").get("value").asDouble()).isLessThan(1.5);
        assertThat(m.get("by_patient")
                        .asList()
                        .getFirst()
                        .get("expert_ef_percent")
                        .asDouble())
                .isCloseTo(100 * (1 - 5.5 * 5.5 / 64), within(0.1));
        Path images = Files.createDirectories(data.resolve("SCD_IMAGES/SC-N-03/CINESAX_1"));
        for (int number = 5; number <= 8; number++) {
            String name = "IM-0001-%04d.dcm".formatted(number);
            Files.copy(data.resolve("SCD_IMAGES/SC-N-02/CINESAX_1").resolve(name), images.resolve(name));
        }
        Path one = Files.createDirectories(data.resolve("SCD_ManualContours/SC-N-03/contours-manual"));
        String contour = "IM-0001-0005-icontour-manual.txt";
        Files.copy(data.resolve("SCD_ManualContours/SC-N-02/contours-manual").resolve(contour), one.resolve(contour));
        Unet.Result some =
                Unet.run("evaluate", "--clinical", "--data", data, "--model", run, "--device", "cpu", "--key", key);
        assertThat(some.code()).isEqualTo(1);
        assertThat(some.err()).contains("contours of one phase; end-diastole and end-systole are needed");
        assertThat(some.out()).isEqualTo(result.out());
        assertThat(Unet.run(
                                "evaluate",
                                "--clinical",
                                "--data",
                                data,
                                "--model",
                                run,
                                "--patients",
                                "SC-N-9",
                                "--key",
                                key)
                        .err())
                .contains("there is no 'SC-N-9'");
    }

    /** What was prepared of the cines says enough for contours and volumes; the certificate follows from its evidence. */
    @Test
    void preparedSlicesAreScoredAndCertifiedInMillimetres() throws Exception {
        Path prepared = folder.resolve("prepared");
        Unet.Result made = Unet.run(
                "prepare",
                "sunnybrook",
                sunnybrook("source"),
                "--out",
                prepared,
                "--val-patients",
                "SC-N-02",
                "--key",
                key);
        assertThat(made.code()).as(made.err()).isZero();
        Unet.Result scored = Unet.run("evaluate", "--clinical", "--data", prepared, "--model", run, "--device", "cpu");
        assertThat(scored.code()).as(scored.err()).isZero();
        Json m = Json.parse(scored.out());
        Json patient = m.get("by_patient").asList().getFirst();
        assertThat(m.get("contours").asInt()).isEqualTo(4);
        assertThat(m.get("spurious").asInt()).isZero();
        assertThat(m.get("apd_mm").get("value").asDouble()).isBetween(0.1, 2.0);
        assertThat(m.get("levels").get("base").get("contours").asInt()).isEqualTo(2);
        assertThat(patient.get("patient").asText()).startsWith("P-");
        int[] pixels = new int[3];
        for (LabelledSlice slice : SliceFiles.read(prepared.resolve("val_images.tfrecords"))) {
            for (byte inside : slice.label()) {
                pixels[slice.origin().phase()] += inside;
            }
        }
        assertThat(patient.get("expert_ef_percent").asDouble())
                .as("slices of one height")
                .isCloseTo(100 * (1 - (double) pixels[2] / pixels[0]), within(1e-3));
        double error = Math.abs(patient.get("ef_percent").asDouble()
                - patient.get("expert_ef_percent").asDouble());

        Path requirements = folder.resolve("clinical.yaml");
        Files.writeString(requirements, """
                name: clinical
                requirements:
                - {id: C1, measure: apd_mm, max: 5}
                - {id: C2, measure: hd95_mm, max: 10}
                - {id: C3, measure: surface_dice, min: 0.5}
                - {id: C4, measure: good_contours_percent, min: 100}
                - {id: C5, measure: missed, max: 0}
                - {id: C6, measure: spurious, max: 0}
                - {id: C7, measure: dice_base, min: 0.5}
                - {id: C8, measure: dice_apex, min: 0.5}
                - {id: V1, measure: ef_error, max: 30}
                - {id: V2, measure: worst_patient_ef_error, max: 30}
                - {id: V3, measure: edv_error_ml, max: 5}
                - {id: V4, measure: esv_error_ml, max: 5}
                - {id: V5, measure: ef_error, under: noise, strength: 0.05, max: 100}
                """);
        Path certificate = folder.resolve("certificate");
        Unet.Result certified = Unet.run(
                "certify",
                run,
                "--data",
                prepared,
                "--requirements",
                requirements,
                "--out",
                certificate,
                "--device",
                "cpu");
        assertThat(certified.err()).isEmpty();
        assertThat(certified.out())
                .as("two slices are a base and a middle")
                .containsPattern("FAILED C8 +dice_apex +none +nothing ")
                .contains("not all requirements are met");
        assertThat(certified.out().lines().filter(l -> l.startsWith("passed"))).hasSize(12);
        Path report = certificate.resolve("certificate.json");
        Json rows = Json.parse(Files.readAllBytes(report)).get("rows");
        assertThat(rows.asList().get(8).get("measured").asDouble()).isCloseTo(error, within(1e-4));
        assertThat(rows.asList().get(0).get("measured").asDouble())
                .isCloseTo(m.get("apd_mm").get("value").asDouble(), within(1e-4));
        assertThat(Files.readString(certificate.resolve("certificate.html")))
                .contains("<th>expert&#39;s ef, %</th>", "<td>base</td>");
        assertThat(Unet.run("certify", "--recheck", report).err()).isEmpty();
        for (String changed : List.of("network_mm2", "hd95_mm", "place_mm")) {
            String text = Files.readString(report);
            Path forged = folder.resolve("forged-" + changed + ".json");
            Files.writeString(forged, text.replaceFirst("\"" + changed + "\": [\\d.E-]+", "\"" + changed + "\": 3.5"));
            assertThat(Unet.run("certify", "--recheck", forged).err())
                    .as(changed)
                    .contains("does not follow from the evidence");
        }
        assertThat(Unet.run(
                                "certify",
                                run,
                                "--data",
                                folder.resolve("data"),
                                "--requirements",
                                requirements,
                                "--out",
                                folder.resolve("refused"))
                        .err())
                .contains("apd_mm: the slice 'disk-100' does not say how large its pixels are");
    }

    @Test
    void saysWhatIsWrong() throws Exception {
        Path out = folder.resolve("wrong");
        assertThat(volumes(cine, "--out", out).code()).isEqualTo(2);
        assertThat(volumes(cine, "--model", run, "--cavity", 2, "--out", out).err())
                .contains("class 2 of a model whose classes are 0, the background, to 1");
        Path empty = Files.createDirectory(folder.resolve("empty"));
        assertThat(volumes(empty, "--model", run, "--out", out).err()).contains("there is no DICOM image in it");
        Path large = folder.resolve("large");
        SliceFiles.writeCine(large, 2, 1, 48, (slice, phase) -> 5);
        assertThat(volumes(large, "--model", run, "--out", out).err()).contains("the image is 48 x 48 pixels");
        assertThat(out).doesNotExist();
        Unet.Result some = volumes(empty, large, "--model", run, "--fit", "tile", "--out", out);
        assertThat(some.code()).isEqualTo(1);
        assertThat(Json.parse(some.out()).get("series").asList()).hasSize(1);
    }

    /** The experts' own volumes, which an independent program computes the same from the same contours. */
    @Test
    void expertsOfRealPatients() throws Exception {
        Path data = RealPatients.folder();
        String[] cases = {"01", "05"};
        int[] patients = {101, 401};
        double[][] expected = {{191.32, 141.27, 26.16}, {202.10, 135.35, 33.03}};
        for (int i = 0; i < cases.length; i++) {
            Unet.Result result = volumes(
                    data.resolve("SCD_IMAGES_01/SCD0000" + patients[i]),
                    "--contours",
                    data.resolve("SCD_ManualContours/SC-HF-I-" + cases[i]),
                    "--out",
                    folder.resolve("expert-" + i));
            Json series = Json.parse(result.out()).get("series").asList().getFirst();
            assertThat(number(series, "edv_ml")).isCloseTo(expected[i][0], within(0.02));
            assertThat(number(series, "esv_ml")).isCloseTo(expected[i][1], within(0.02));
            assertThat(number(series, "ef_percent")).isCloseTo(expected[i][2], within(0.02));
        }
    }
}
