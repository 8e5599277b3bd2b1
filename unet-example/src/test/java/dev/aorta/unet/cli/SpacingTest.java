package dev.aorta.unet.cli;

import static org.assertj.core.api.Assertions.assertThat;

import dev.aorta.Device;
import dev.aorta.io.Json;
import dev.aorta.unet.imaging.LabelledSlice;
import dev.aorta.unet.imaging.PixelSpacing;
import dev.aorta.unet.imaging.SliceFolder;
import dev.aorta.unet.imaging.SliceOrigin;
import dev.aorta.unet.imaging.SliceSchema;
import dev.aorta.unet.model.ModelConfig;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Random;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * A model remembers how large the pixels of its training were. The scene: a disk of 15 mm among smaller ones that are
 * as bright, so that only who knows the size of pixels can tell which is meant.
 */
class SpacingTest {
    private static final int SIDE = 32;

    @TempDir
    static Path shared;

    @TempDir
    Path folder;

    private static Path run;

    @BeforeAll
    static void train() throws IOException {
        Path data = Files.createDirectory(shared.resolve("data"));
        PixelSpacing[] spacings = {new PixelSpacing(1.2, 1.2), new PixelSpacing(1.25, 1.25), new PixelSpacing(1.3, 1.3)
        };
        write(data.resolve(SliceFolder.TRAIN), 24, i -> scene(SIDE, SIDE, spacings[i % 3], i, true));
        write(data.resolve(SliceFolder.VALIDATION), 4, i -> scene(SIDE, SIDE, spacings[1], 100 + i, true));
        run = shared.resolve("run");
        Unet.Result r = Unet.train(data, run, "--epochs", 15, "--base", 4, "--lr", 0.01);
        assertThat(r.code()).as(r.err()).isZero();
        assertThat(r.out()).contains("pixels 1.25 x 1.25 mm (1.2 to 1.3)");
    }

    @Test
    void theModelSaysIt() throws IOException {
        ModelConfig config = ModelConfig.load(run.resolve("model.safetensors"), Device.cpu(), null)
                .config();
        assertThat(config.spacing()).hasToString("1.25 x 1.25 mm (1.2 to 1.3)");
        assertThat(Files.readString(run.resolve("config.json"))).contains("\"least\": 1.2");
        Path onnx = folder.resolve("model.onnx");
        assertThat(Unet.run("export", run, onnx).code()).isZero();
        assertThat(ModelConfig.load(onnx, Device.cpu(), null).config().spacing())
                .isEqualTo(config.spacing());
    }

    /** At half the pixel size, with a field of view half as large again. */
    @Test
    void slicesOfOtherPixelsAreResampledToThoseOfTheTraining() throws IOException {
        PixelSpacing half = new PixelSpacing(0.625, 0.625);
        double same = dice(scene(SIDE, SIDE, new PixelSpacing(1.25, 1.25), 200, true), "--fit", "exact");
        double known = dice(scene(96, 80, half, 201, true), "--fit", "resample");
        double unknown = dice(scene(96, 80, half, 201, false), "--fit", "resample");
        double tiled = dice(scene(96, 80, half, 201, true), "--fit", "tile");
        String measured =
                "same pixels %.3f, half as large %.3f, unknown %.3f, tiles %.3f".formatted(same, known, unknown, tiled);
        System.out.println("Dice: " + measured);
        assertThat(known).as(measured).isGreaterThan(0.9);
        assertThat(unknown).as(measured).isLessThan(known);
        assertThat(tiled).as(measured).isLessThan(known - 0.2);
    }

    @Test
    void whatIsDoubtfulIsSaid() throws IOException {
        PixelSpacing half = new PixelSpacing(0.625, 0.625);
        String taken = "how large pixels are; the image is taken to show as much of the body as those of the training";
        assertThat(predict(scene(96, 80, half, 1, false), "resample").out()).contains("nothing in it says " + taken);
        assertThat(predict(scene(96, 80, half, 1, true), "resample").out()).doesNotContain(taken);
        assertThat(predict(scene(SIDE, SIDE, half, 1, true), "exact").out())
                .contains("its pixels are 0.625 x 0.625 mm, those of the training were 1.25 x 1.25 mm (1.2 to 1.3);"
                        + " --fit resample makes them alike");
        Unet.Result far = predict(scene(SIDE, SIDE, new PixelSpacing(1000, 1000), 1, true), "resample");
        assertThat(far.code()).isEqualTo(1);
        assertThat(far.err()).contains("25600 pixels of 1.25 mm; 1 to 4096 can be");
    }

    private Unet.Result predict(LabelledSlice slice, String fit) throws IOException {
        Path file = folder.resolve("slice.tfrecords");
        write(file, 1, i -> slice);
        Path out = Files.createTempDirectory(folder, "out");
        return Unet.run("predict", "--model", run, file, "--fit", fit, "--out", out, "--device", "cpu");
    }

    private double dice(LabelledSlice slice, Object... fit) throws IOException {
        Path file = folder.resolve("slice.tfrecords");
        write(file, 1, i -> slice);
        Unet.Result r = Unet.run("evaluate", "--model", run, "--data", file, fit[0], fit[1], "--device", "cpu");
        assertThat(r.code()).as(r.err()).isZero();
        return Json.parse(r.out()).get("dice").asDouble();
    }

    private static void write(Path file, int count, SliceFolder.Source source) throws IOException {
        SliceFolder.writeSlices(file, SliceSchema.B, count, source);
    }

    /** A scene around the middle of the picture, which is the same in mm whatever the pixels. */
    private static LabelledSlice scene(int rows, int columns, PixelSpacing mm, int seed, boolean said) {
        Random random = new Random(seed);
        double[][] disks = new double[4][];
        double angle = 2 * Math.PI * random.nextDouble();
        for (int i = 0; i < disks.length; i++) { // x, y and radius in mm
            double reach = i == 0 ? 3 * random.nextDouble() : 14;
            double turned = angle + i * 2.1;
            disks[i] = new double[] {reach * Math.cos(turned), reach * Math.sin(turned), i == 0 ? 7.5 : 3};
        }
        float[] image = new float[rows * columns];
        byte[] label = new byte[image.length];
        for (int i = 0; i < image.length; i++) {
            int row = i / columns;
            double y = (row + 0.5 - rows / 2.0) * mm.row();
            double x = (i % columns + 0.5 - columns / 2.0) * mm.column();
            image[i] = 100 + random.nextInt(50);
            for (double[] disk : disks) {
                image[i] += Math.hypot(x - disk[0], y - disk[1]) < disk[2] ? 400 : 0;
            }
            label[i] = (byte) (Math.hypot(x - disks[0][0], y - disks[0][1]) < disks[0][2] ? 1 : 0);
        }
        SliceOrigin origin = said ? new SliceOrigin("", mm, Double.NaN, -1) : SliceOrigin.UNKNOWN;
        return new LabelledSlice("scene-" + seed, rows, columns, image, label, origin);
    }
}
