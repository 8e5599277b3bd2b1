package dev.aorta.unet.spark;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import dev.aorta.Device;
import dev.aorta.Scope;
import dev.aorta.io.Json;
import dev.aorta.spark.LocalCluster;
import dev.aorta.unet.imaging.InputSlice;
import dev.aorta.unet.imaging.Png;
import dev.aorta.unet.imaging.Sha256;
import dev.aorta.unet.model.InputScaling;
import dev.aorta.unet.model.ModelConfig;
import dev.aorta.unet.model.Norm;
import dev.aorta.unet.model.Views;
import dev.aorta.unet.phantom.Phantom;
import dev.aorta.unet.phantom.PhantomDataset;
import dev.aorta.unet.train.Segmenter;
import java.io.IOException;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.TreeMap;
import java.util.function.Predicate;
import java.util.stream.Stream;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.SparkSession;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** The program on two executors. */
@Timeout(180)
class MainTest {
    private static final long SEED = 20261129;
    private static final int FILES = 500;
    private static final int BROKEN = 17;
    private static final int SIDE = 32;

    @TempDir
    private static Path folder;

    private static SparkSession spark;

    @BeforeAll
    static void start() throws IOException {
        spark = LocalCluster.start(2);
        System.out.println("seed " + SEED);
    }

    @AfterAll
    static void stop() {
        spark.stop();
    }

    /** A network of 32 x 32 pixels, which has learnt nothing. */
    private static Path model() throws IOException {
        ModelConfig config = new ModelConfig(
                ModelConfig.Kind.UNET, 2, 2, Norm.GROUP, 2, SIDE, SIDE, InputScaling.STANDARD, 0, Views.ONE, false);
        Path file = folder.resolve("model.safetensors");
        try (Device device = Device.cpu(1);
                Scope scope = Scope.noGrad()) {
            config.save(file, config.build(device, SEED), Map.of());
        }
        return file;
    }

    /** Pixels of some phantom, every eighth, with a shade of their own. */
    private static int[] pixels(int[][] phantoms, Random random) {
        int[] all = phantoms[random.nextInt(phantoms.length)];
        int shade = random.nextInt(200);
        int[] pixels = new int[SIDE * SIDE];
        for (int i = 0; i < pixels.length; i++) {
            pixels[i] = all[i / SIDE * 8 * Phantom.SIZE + i % SIDE * 8] + shade;
        }
        return pixels;
    }

    /** The files, the broken ones with what is to be said of them. */
    private static Map<String, String> write(Path scans) throws IOException {
        Random random = new Random(SEED);
        int[][] phantoms = new int[8][];
        for (int i = 0; i < phantoms.length; i++) {
            phantoms[i] = Phantom.slice(SEED, i).image();
        }
        Map<String, String> broken = new TreeMap<>();
        Files.createDirectories(scans);
        for (int i = 0; i < FILES; i++) {
            String name = "scan-%03d.dcm".formatted(i);
            byte[] whole = Dicom.of("MR", SIDE, SIDE, pixels(phantoms, random));
            byte[] content = whole;
            if (i % 29 == 7) { // 17 of them
                String reason;
                switch (broken.size() % 5) {
                    case 0 -> {
                        content = Arrays.copyOf(whole, 200 + random.nextInt(1800));
                        reason = "";
                    }
                    case 1 -> {
                        content = new byte[0];
                        reason = "";
                    }
                    case 2 -> {
                        content = "not a picture at all\n".repeat(30).getBytes(StandardCharsets.US_ASCII);
                        reason = "DICOM";
                    }
                    case 3 -> {
                        content = Dicom.of("CT", SIDE, SIDE, pixels(phantoms, random));
                        reason = "modality CT";
                    }
                    default -> {
                        content = Dicom.of(
                                "MR", SIDE / 2, SIDE, Arrays.copyOf(pixels(phantoms, random), SIDE * SIDE / 2));
                        reason = "the image is 16 x 32 pixels, the model was trained on 32 x 32";
                    }
                }
                broken.put(name, reason);
            }
            Files.write(scans.resolve(name), content);
        }
        return broken;
    }

    private static String name(Row row) {
        String path = row.getAs("path");
        return path.substring(path.lastIndexOf('/') + 1);
    }

    @Test
    void brokenFilesAreRowsAndTheOthersHaveTheMasksOfOneProcess() throws IOException {
        Path model = model();
        Path scans = folder.resolve("scans");
        Map<String, String> broken = write(scans);
        assertThat(broken).hasSize(BROKEN);
        String out = folder.resolve("out").toString();
        predict(model, out, scans.toString());
        List<Row> rows = table(out);
        assertThat(rows).hasSize(FILES);
        predict(model, out, scans + "/scan-00*"); // some of the files once more, among them a broken one
        int masks = 0;
        try (Segmenter alone = Segmenter.load(model, Device.cpu(1), null)) {
            for (Row row : rows) {
                String error = row.getAs("error");
                String expected = broken.get(name(row));
                if (expected != null) {
                    assertThat(error)
                            .as("seed %d, %s", SEED, name(row))
                            .contains(name(row))
                            .contains(expected);
                    assertThat(row.<String>getAs("file")).isNull();
                    continue;
                }
                assertThat(error).as("seed %d, %s", SEED, name(row)).isNull();
                Path scan = scans.resolve(name(row));
                InputSlice slice = InputSlice.dicom(scan, Files.readAllBytes(scan));
                byte[] mask = alone.segment(scan.toString(), SIDE, SIDE, slice.grey());
                String file = row.getAs("file");
                assertThat(file).endsWith("/" + Sha256.of(bytes(row.getAs("path"))) + ".png");
                assertThat(Files.readAllBytes(Path.of(file.substring("file:".length()))))
                        .isEqualTo(Png.mask(SIDE, SIDE, mask, 2));
                int inside = 0;
                for (byte type : mask) {
                    inside += type;
                }
                assertThat(Double.parseDouble(row.getAs("area_mm2"))).isEqualTo(inside * 1.25 * 1.5);
                masks++;
            }
        }
        assertThat(masks).isEqualTo(FILES - BROKEN);
        try (Stream<Path> files = Files.list(Path.of(out, "masks"))) {
            assertThat(files).hasSize(FILES - BROKEN);
        }
        assertThat(table(out))
                .hasSize(10)
                .allSatisfy(row ->
                        assertThat(rows).filteredOn(Predicate.isEqual(row)).hasSize(1));
    }

    private static void predict(Path model, String out, String files) {
        assertThat(Main.run("predict", "--model", model.toString(), "--out", out, files))
                .isEqualTo(1);
    }

    private static List<Row> table(String out) {
        return spark.read().option("header", true).csv(out + "/predictions").collectAsList();
    }

    private static byte[] bytes(String text) {
        return text.getBytes(StandardCharsets.UTF_8);
    }

    @Test
    void seriesAreRowsWithTheVolumesOfTheProgramAloneAndASegmentation() throws IOException {
        Path model = model();
        Path heart = Files.createDirectories(folder.resolve("hearts/heart"));
        int[][] phantoms = {
            Phantom.slice(SEED, 0).image(), Phantom.slice(SEED, 1).image()
        };
        Random random = new Random(SEED);
        for (int slice = 0; slice < 3; slice++) {
            for (int phase = 0; phase < 2; phase++) {
                byte[] picture = Dicom.ofSeries(slice, phase, SIDE, SIDE, pixels(phantoms, random));
                Files.write(heart.resolve("%d-%d.dcm".formatted(slice, phase)), picture);
            }
        }
        Files.writeString(
                Files.createDirectories(folder.resolve("hearts/letter")).resolve("a"), "Dear colleague");
        String[] volumes = {
            "volumes",
            "--segmentations",
            "--model=" + model,
            "--key=" + folder.resolve("key"),
            "--out=" + folder,
            folder + "/hearts/*"
        };
        assertThat(Main.run(volumes)).isEqualTo(1);
        List<Row> rows =
                spark.read().parquet(folder + "/volumes").orderBy("path").collectAsList();
        assertThat(rows).hasSize(2);
        assertThat(rows.get(1).<String>getAs("error")).contains("/hearts/letter");
        assertThat(rows.get(1).<byte[]>getAs("segmentation")).isNull();

        Path alone = folder.resolve("alone-volumes");
        StringWriter out = new StringWriter();
        String[] local = {
            "volumes",
            "--device=cpu",
            "--threads=1",
            "--model=" + model,
            "--key=" + folder.resolve("key"),
            "--out=" + alone,
            heart.toString()
        };
        assertThat(dev.aorta.unet.cli.Main.run(null, new PrintWriter(out), new PrintWriter(out), local))
                .as(out::toString)
                .isZero();
        List<String> lines = Files.readAllLines(alone.resolve("volumes.csv"));
        List<String> names = List.of(lines.getFirst().split(",", -1));
        List<String> values = List.of(lines.getLast().split(",", -1));
        Row row = rows.getFirst();
        assertThat(row.<String>getAs("error")).isNull();
        for (String name : List.of("edv_ml", "esv_ml", "sv_ml", "ef_percent")) {
            assertThat(row.<Double>getAs(name))
                    .as(name)
                    .isCloseTo(Double.parseDouble(values.get(names.indexOf(name))), within(0.005));
        }
        assertThat(row.<Double>getAs("edv_ml")).isPositive();
        assertThat(row.<Double>getAs("mass_g")).isNull();
        byte[] segmentation = row.getAs("segmentation");
        String file = row.getAs("file");
        assertThat(file).endsWith("/segmentations/" + Sha256.of(bytes(row.getAs("path"))) + ".seg.dcm");
        assertThat(Path.of(file.substring("file:".length()))).hasBinaryContent(segmentation);
        assertThat(rows.get(1).<String>getAs("file")).isNull();
        try (Stream<Path> files = Files.list(alone)) {
            Path theirs = files.filter(f -> f.toString().endsWith(".seg.dcm"))
                    .findFirst()
                    .orElseThrow();
            assertThat(bits(segmentation)).isEqualTo(bits(Files.readAllBytes(theirs)));
        }
        assertThat(new String(segmentation, StandardCharsets.ISO_8859_1))
                .contains(values.getFirst()) // the pseudonym
                .doesNotContain("P1 ");
    }

    /** What stands in Pixel Data, the last element. */
    private static byte[] bits(byte[] dicom) {
        String text = new String(dicom, StandardCharsets.ISO_8859_1);
        int at = text.lastIndexOf("\u00e0\u007f\u0010\u0000");
        assertThat(at).isPositive();
        return Arrays.copyOfRange(dicom, at, dicom.length);
    }

    @Test
    void aTrainingHasTheBytesOfTheProgramAlone() throws IOException {
        Path data = folder.resolve("data");
        PhantomDataset.write(data, 6, 2, SEED);
        String[] options = {
            "--shards",
            "2",
            "--batch",
            "4",
            "--base",
            "2",
            "--depth",
            "2",
            "--epochs",
            "2",
            "--seed",
            Long.toString(SEED)
        };
        Path run = folder.resolve("run");
        String[] command = {"train", "--workers=2", "--threads=1", "--data=far://" + data, "--out=" + run, "--"};
        assertThat(Main.run(
                        Stream.concat(Stream.of(command), Stream.of(options)).toArray(String[]::new)))
                .isZero();
        Path alone = folder.resolve("alone");
        String[] local = {"train", "--device=cpu", "--threads=1", "--data=" + data, "--out=" + alone};
        StringWriter err = new StringWriter();
        int code = dev.aorta.unet.cli.Main.run(
                null,
                new PrintWriter(new StringWriter()),
                new PrintWriter(err),
                Stream.concat(Stream.of(local), Stream.of(options)).toArray(String[]::new));
        assertThat(code).as(err::toString).isZero();
        for (String name : List.of("model.safetensors", "metrics.csv")) {
            assertThat(run.resolve(name)).hasSameBinaryContentAs(alone.resolve(name));
        }
        assertThat(digests(run)).isEqualTo(digests(alone));
        assertThat(run.resolve("reference.safetensors")).exists(); // made from far files too
        assertThat(run.resolve("report.html")).exists();
    }

    private static String digests(Path run) throws IOException {
        return Json.parse(Files.readAllBytes(run.resolve("config.json")))
                .get("data_sha256")
                .toString();
    }
}
