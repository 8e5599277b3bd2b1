package dev.aorta.unet.cli;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.abort;

import dev.aorta.unet.imaging.InputSlice;
import dev.aorta.unet.imaging.PixelType;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * Files as other people have them, each with its right answer: the folder of cases that property {@code aorta.cases} names, as in
 * {@code mvn -pl unet-example -am test -Dtest=CasesTest -Daorta.cases=DIR -Dsurefire.failIfNoSpecifiedTests=false}.
 */
class CasesTest {
    @TempDir
    static Path shared;

    private static Path cases;
    private static Path model;

    @BeforeAll
    static void cases() throws IOException {
        cases = Path.of(System.getProperty("aorta.cases", "../../shared/data/cases"))
                .normalize();
        String reason = "skipped: no folder of cases at %s; set aorta.cases to one".formatted(cases);
        if (!Files.isDirectory(cases)) {
            System.out.println(reason);
            abort(reason);
        }
        Path run = shared.resolve("run");
        Unet.Result r = Unet.train(Unet.data(shared.resolve("data")), run, "--epochs", 1, "--base", 2);
        assertThat(r.code()).as(r.err()).isZero();
        model = run;
    }

    @Test
    void floatAndOtherPixelTypes() throws IOException {
        assertThat(range(file("01", "int16.tfrecords"), null)).containsExactly(100, 530);
        for (String name : List.of("float32.tfrecords", "rgba8-depth4.tfrecords", "uint16-high.tfrecords")) {
            for (Unet.Result r : List.of(inspect("01", name), predict("01", name), evaluate("01", name))) {
                assertThat(r.code()).as(name).isEqualTo(1);
                assertThat(r.out() + r.err())
                        .contains(name.startsWith("rgba") ? "depth is 4" : "--pixels")
                        .doesNotContain("dice");
            }
        }
        assertThat(inspect("01", "float32.tfrecords").out()).contains("float32");
        assertThat(range(file("01", "float32.tfrecords"), PixelType.FLOAT32)).containsExactly(100, 530);
        assertThat(range(file("01", "uint16-high.tfrecords"), PixelType.UINT16)[1])
                .isGreaterThan(32767);
        assertThat(Unet.run(
                                "evaluate",
                                "--model",
                                model,
                                "--pixels",
                                "float32",
                                "--data",
                                file("01", "float32.tfrecords"))
                        .code())
                .isZero();
    }

    @Test
    void greyStoredAsRgbPng() throws IOException {
        float[] grey = only(file("02", "rgb.png"));
        for (String name : List.of("rgba.png", "grey-alpha.png", "palette-grey.png")) {
            assertThat(only(file("02", name))).as(name).containsExactly(grey);
        }
        assertThat(range(file("02", "grey4.png"), null)[1]).isBetween(17f, 255f);
        assertThat(only(file("02", "grey1-mask.png"))).containsOnly(0, 255);
        assertThat(inspect("02", "true-colour.png").err()).contains("a colour image");
    }

    @Test
    void dicomThatHoldsTheRamp() throws IOException {
        List<Path> files = new ArrayList<>();
        for (String folder : List.of("04", "06", "07", "08", "10", "20")) {
            try (Stream<Path> found = Files.list(folder(folder))) {
                found.filter(f -> f.toString().endsWith(".dcm")).sorted().forEach(files::add);
            }
        }
        assertThat(files).hasSizeGreaterThan(25);
        for (Path file : files) {
            String name = String.valueOf(file.getFileName());
            float[] pixels = only(file);
            if (name.startsWith("odd")) {
                assertThat(sum(pixels)).as(name).isEqualTo(720);
            } else if (name.equals("monochrome1.dcm")) {
                assertThat(pixels[0]).as(name).isGreaterThan(pixels[255]);
            } else if (name.startsWith("12-bits")) {
                assertThat(pixels).as(name).hasSize(256);
                assertThat(pixels[255] - pixels[0]).as(name).isBetween(1f, 4095f);
            } else {
                assertThat(pixels).as(name).containsExactly(ramp());
            }
            assertThat(Unet.run("inspect", file).code()).as(name).isZero();
        }
    }

    @Test
    void severalFrames() throws IOException {
        assertThat(only(file("05", "frames-0.dcm"))).containsExactly(ramp());
        List<InputSlice> frames = new ArrayList<>();
        InputSlice.read(file("05", "two-frames.dcm"), null, frames::add);
        assertThat(frames).extracting(InputSlice::name).containsExactly("two-frames-00000", "two-frames-00001");
        assertThat(inspect("05", "two-frames.dcm").out()).contains("x 2 frames", "frame 1");
    }

    @Test
    void attributesThatCannotBeReadAreShown() throws IOException {
        assertThat(inspect("08", "pixel-spacing-comma.dcm").out())
                .contains("pixel spacing    unknown x unknown mm", "note             (0028,0030) pixel spacing '");
        assertThat(inspect("08", "series-number-huge.dcm").out()).contains("(0020,0011)");
    }

    @Test
    void recordsWithoutLabels() throws IOException {
        assertThat(inspect("15", "half-labelled.tfrecords").out())
                .contains(
                        "slices           4 of 32 x 32 pixels",
                        "without a label  2 slices",
                        "empty labels     0 slices");
        assertThat(inspect("15", "none-labelled.tfrecords").out())
                .contains("slices           4 of 32 x 32 pixels", "grey levels ", "without a label  4 slices");
    }

    @Test
    void otherLayouts() throws IOException {
        for (String name : List.of(
                "float-list.tfrecords",
                "label-float32.tfrecords",
                "label-int64.tfrecords",
                "tf-object-detection-keys.tfrecords")) {
            for (Unet.Result r : List.of(inspect("16", name), predict("16", name), evaluate("16", name))) {
                assertThat(r.code()).as(name + ": " + r.err()).isZero();
            }
        }
    }

    @Test
    void dicomWithoutImage() {
        assertThat(inspect("17", "structured-report.dcm").err()).contains("holds no image (modality SR)");
        assertThat(inspect("17", "DICOMDIR").err()).contains("a DICOMDIR, the table of contents of a medium");
    }

    @Test
    void newerTypesOfTensors() throws IOException {
        try (Stream<Path> found = Files.list(folder("18"))) {
            for (Path file :
                    found.filter(f -> f.toString().endsWith(".safetensors")).toList()) {
                Unet.Result r = Unet.run("inspect", file);
                assertThat(r.code()).as(file + r.err()).isZero();
                assertThat(r.out()).contains("tensor ").doesNotContain("Infinity");
            }
        }
    }

    private static Path folder(String number) throws IOException {
        try (Stream<Path> found = Files.list(cases)) {
            return found.filter(f -> String.valueOf(f.getFileName()).startsWith(number + "-"))
                    .findFirst()
                    .orElseThrow();
        }
    }

    private static Path file(String number, String name) {
        try {
            return folder(number).resolve(name);
        } catch (IOException e) {
            throw new AssertionError(e);
        }
    }

    private static Unet.Result inspect(String number, String name) {
        return Unet.run("inspect", file(number, name));
    }

    private static Unet.Result predict(String number, String name) throws IOException {
        Path out = Files.createTempDirectory(shared, "out");
        return Unet.run("predict", "--device", "cpu", "--model", model, file(number, name), "--out", out);
    }

    private static Unet.Result evaluate(String number, String name) {
        return Unet.run("evaluate", "--device", "cpu", "--model", model, "--data", file(number, name));
    }

    private static float[] only(Path file) throws IOException {
        List<InputSlice> slices = new ArrayList<>();
        InputSlice.read(file, null, slices::add);
        assertThat(slices).as(file.toString()).hasSize(1);
        return slices.getFirst().grey();
    }

    private static float[] range(Path file, @Nullable PixelType type) throws IOException {
        float[] range = {Float.POSITIVE_INFINITY, Float.NEGATIVE_INFINITY};
        InputSlice.read(file, type, slice -> {
            for (float v : slice.grey()) {
                range[0] = Math.min(range[0], v);
                range[1] = Math.max(range[1], v);
            }
        });
        return range;
    }

    private static double sum(float[] pixels) {
        double sum = 0;
        for (float pixel : pixels) {
            sum += pixel;
        }
        return sum;
    }

    /** 100 … 355, whose sum is 58,240. */
    private static float[] ramp() {
        float[] ramp = new float[256];
        IntStream.range(0, 256).forEach(i -> ramp[i] = 100 + i);
        return ramp;
    }
}
