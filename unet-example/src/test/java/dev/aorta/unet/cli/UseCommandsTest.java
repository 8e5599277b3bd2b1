package dev.aorta.unet.cli;

import static dev.aorta.unet.cli.CommandLineTest.failed;
import static org.assertj.core.api.Assertions.assertThat;

import dev.aorta.Device;
import dev.aorta.Scope;
import dev.aorta.Tensor;
import dev.aorta.data.Example;
import dev.aorta.data.TfRecordCompression;
import dev.aorta.data.TfRecordWriter;
import dev.aorta.io.Json;
import dev.aorta.io.Safetensors;
import dev.aorta.nn.Pass;
import dev.aorta.onnx.export.ExportJudge;
import dev.aorta.onnx.export.OnnxRuntime;
import dev.aorta.unet.imaging.LabelledSlice;
import dev.aorta.unet.imaging.NiftiTest;
import dev.aorta.unet.imaging.Png;
import dev.aorta.unet.imaging.SliceFiles;
import dev.aorta.unet.imaging.SliceFolder;
import dev.aorta.unet.imaging.SliceSchema;
import dev.aorta.unet.model.ModelConfig;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.stream.Stream;
import org.assertj.core.api.Assertions;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What can be done with a trained model: evaluate, predict, inspect. */
class UseCommandsTest {
    @TempDir
    static Path shared;

    @TempDir
    Path folder;

    private static Path data;
    private static Path run;
    private Path out;

    @BeforeAll
    static void train() throws IOException {
        data = Unet.data(shared.resolve("data"));
        run = shared.resolve("run");
        Unet.Result r = Unet.train(data, run, "--epochs", 12, "--batch", 1, "--base", 4, "--lr", 0.01);
        assertThat(r.code()).as(r.err()).isZero();
    }

    @BeforeEach
    void names() {
        out = folder.resolve("out");
    }

    /** Also as an ONNX file, which is compared with ONNX Runtime elsewhere. */
    @Test
    void anEnsembleIsAModelAsOthersAre() throws IOException {
        Path other = folder.resolve("other");
        Unet.train(data, other, "--epochs", 1, "--base", 4, "--seed", 7);
        Path file = folder.resolve("ensemble.safetensors");
        Unet.Result r = Unet.run("ensemble", run, other, "--out", file);
        assertThat(r.code()).as(r.err()).isZero();
        assertThat(r.out()).startsWith(file + ": 2 networks, ");
        assertThat(Safetensors.read(file).metadata()).containsKey("aorta.members");
        Unet.Result scores = Unet.run("evaluate", "--model", file, "--data", data, "--device", "cpu");
        assertThat(scores.code()).as(scores.err()).isZero();
        assertThat(Json.parse(scores.out()).get("images").asInt()).isEqualTo(3);
        assertThat(Unet.run("export", file, folder.resolve("ensemble.onnx")).code())
                .isZero();
        failed(
                file + ": it is there already; name another file with --out",
                Unet.run("ensemble", run, other, "--out", file));
        failed(
                run.resolve("model.safetensors") + ": it is the same model as one before it; name each once",
                Unet.run("ensemble", run, run, "--out", folder.resolve("twice")));
    }

    @Test
    void evaluateScoresAsTheTrainingDid() throws IOException {
        Path json = folder.resolve("scores.json");
        Unet.Result r = Unet.run("evaluate", "--model", run, "--data", data, "--json", json, "--device", "cpu");
        assertThat(r.code()).as(r.err()).isZero();
        Json scores = Json.parse(Files.readString(json));
        assertThat(Json.parse(r.out())).isEqualTo(scores);
        assertThat(scores.asObject().sequencedKeySet())
                .containsExactly("images", "loss", "dice", "iou", "accuracy", "precision", "recall", "f1");
        assertThat(scores.get("images").asInt()).isEqualTo(3);
        double best = Files.readAllLines(run.resolve("metrics.csv")).stream()
                .skip(1)
                .mapToDouble(line -> Double.parseDouble(line.split(",")[5]))
                .max()
                .orElseThrow();
        assertThat(best).as("the disks are learnt").isGreaterThan(0.8);
        assertThat(scores.get("dice").asDouble()).isCloseTo(best, org.assertj.core.data.Offset.offset(1e-6));
    }

    @Test
    void explainWritesMapsPicturesAndAPage() throws IOException {
        Path records = data.resolve(SliceFolder.VALIDATION);
        Unet.Result r = Unet.run("explain", "--model", run, records, "--steps", 8, "--out", out, "--device", "cpu");
        assertThat(r.code()).as(r.err()).isZero();
        assertThat(r.out()).contains("3 slices explained in " + out.resolve("index.html"));
        assertThat(r.out()).containsPattern("expected calibration error 0\\.\\d{4} over 3 slices");
        assertThat(Unet.names(out)).hasSize(3 * (1 + 1 + 5) + 1).contains("val_images-00000.gradcam.png");
        Safetensors maps = Safetensors.read(out.resolve("val_images-00000.maps.safetensors"));
        assertThat(maps.tensors().sequencedKeySet())
                .containsExactly(
                        "image",
                        "mask",
                        "probabilities",
                        "gradcam",
                        "integrated",
                        "smoothgrad",
                        "occlusion",
                        "uncertainty");
        float[] mask = maps.tensor("mask").floats();
        float[] occlusion = maps.tensor("occlusion").floats();
        double in = 0;
        double all = 0;
        for (int i = 0; i < mask.length; i++) {
            in += Math.max(0, occlusion[i]) * mask[i];
            all += Math.max(0, occlusion[i]);
        }
        double share = Stream.iterate(0, i -> i + 1)
                .limit(mask.length)
                .mapToDouble(i -> mask[i])
                .average()
                .orElseThrow();
        assertThat(in / all).as("the disk is what the network looks at").isGreaterThan(share);
        assertThat(Files.readString(out.resolve("index.html")))
                .contains("Grad-CAM", "<h2>Calibration</h2>", "the sum misses the score")
                .doesNotContain("<script");
        Map.of(
                        "--layer buttom: the network has enc1.conv1, ", List.of("--layer", "buttom"),
                        "--class 2: the network has the classes 0 to 1", List.of("--class", 2),
                        "it has no dropout", List.of("--methods", "uncertainty", "--dropout", 3))
                .forEach((message, options) -> {
                    List<Object> args = new ArrayList<>(List.of("explain", "--model", run, records, "--device", "cpu"));
                    args.addAll(List.of("--out", folder.resolve("other")));
                    args.addAll(options);
                    Unet.Result refused = Unet.run(args.toArray());
                    assertThat(refused.err()).contains(message);
                    assertThat(refused.code()).isEqualTo(1);
                });
        assertThat(folder.resolve("other")).doesNotExist();
    }

    @Test
    void evaluateRefusesWhatDoesNotFit() throws IOException {
        Path large = Unet.records(folder.resolve("large.tfrecords"), 1, 48, 0);
        failed(
                large + ": the image is 48 x 48 pixels, the model was trained on 32 x 32; bring it there with --fit",
                Unet.run("evaluate", "--model", run, "--data", large));
        Path strange = folder.resolve("strange.tfrecords");
        SliceFolder.writeSlices(strange, SliceSchema.A, 1, i -> Unet.labelled(2));
        failed(
                strange + ": record 0: label 2 at row 3, column 5 is not a class; expected 0 to 1",
                Unet.run("evaluate", "--model", run, "--data", strange));
        Path noModel = data.resolve(SliceFolder.TRAIN);
        Unet.Result r = Unet.run("evaluate", "--model", noModel, "--data", data);
        assertThat(r.code()).isEqualTo(1);
        assertThat(r.err()).startsWith("unet: " + noModel + " is not a sound safetensors file");
        Path json = folder.resolve("no").resolve("scores.json");
        failed(
                json + ": its directory does not exist; create it first",
                Unet.run("evaluate", "--model", run, "--data", data, "--json", json));
    }

    @Test
    void predictReadsEveryKindOfImage() throws IOException {
        Path dicom = SliceFiles.writeDicom(folder.resolve("scan"), Unet.SIDE, Unet.SIDE);
        Path png = folder.resolve("disk.dat");
        Files.write(
                png,
                Png.grey16(
                        Unet.SIDE,
                        Unet.SIDE,
                        Unet.whole(SliceFiles.disk(Unet.SIDE, 100).image())));
        Path records = data.resolve(SliceFolder.VALIDATION);
        Unet.Result r = Unet.run("predict", "--model", run, dicom, png, records, png, "--out", out);
        assertThat(r.code()).as(r.err()).isZero();
        assertThat(r.out()).isEqualTo("6 masks in " + out + System.lineSeparator());
        List<String> names =
                List.of("scan", "disk", "val_images-00000", "val_images-00001", "val_images-00002", "disk-2");
        List<String> table = Files.readAllLines(out.resolve("predictions.csv"));
        assertThat(table).hasSize(7).startsWith("input,mask,pixels,area_mm2");
        for (int i = 0; i < names.size(); i++) {
            Png.Grey mask = Png.read(out.resolve(names.get(i) + ".mask.png"));
            assertThat(mask.rows()).isEqualTo(Unet.SIDE);
            assertThat(mask.pixels()).containsOnly(0, 255);
            long inside = Arrays.stream(mask.pixels()).filter(p -> p == 255).count();
            String area = i == 0 ? "%.1f".formatted(inside * 1.25 * 1.5) : "";
            assertThat(table.get(i + 1)).endsWith("," + names.get(i) + ".mask.png," + inside + "," + area);
            assertThat(out.resolve(names.get(i) + ".overlay.png")).isNotEmptyFile();
        }
        assertThat(Unet.names(out)).hasSize(13);
        assertThat(out.resolve("disk.mask.png"))
                .as("the same slice as a PNG file and as a record")
                .hasSameBinaryContentAs(out.resolve("val_images-00000.mask.png"));
    }

    @Test
    void predictNeedsNoLabels() throws IOException {
        Path records = folder.resolve("new.tfrecords");
        TfRecordWriter.write(records, TfRecordCompression.NONE, writer -> {
            for (int i = 0; i < 2; i++) {
                LabelledSlice slice = SliceFiles.disk(Unet.SIDE, 100 + i);
                ByteBuffer image = ByteBuffer.allocate(2 * slice.image().length).order(ByteOrder.LITTLE_ENDIAN);
                for (float grey : slice.image()) {
                    image.putShort((short) grey);
                }
                writer.write(Example.builder()
                        .ints("height", Unet.SIDE)
                        .ints("width", Unet.SIDE)
                        .bytes("image_raw", image.array())
                        .build());
            }
        });
        Unet.Result r = Unet.run("predict", "--model", run, records, "--out", out);
        assertThat(r.code()).as(r.err()).isZero();
        assertThat(r.out().lines())
                .containsExactly(
                        records
                                + ": 2 records hold no label; without an expert's mask their overlays show the network's"
                                + " alone",
                        "2 masks in " + out);
        Path labelled = folder.resolve("labelled");
        Unet.run("predict", "--model", run, data.resolve(SliceFolder.VALIDATION), "--out", labelled);
        assertThat(out.resolve("new-00001.mask.png"))
                .as("the same slice with a label and without")
                .hasSameBinaryContentAs(labelled.resolve("val_images-00001.mask.png"));
        assertThat(Files.mismatch(
                        out.resolve("new-00001.overlay.png"), labelled.resolve("val_images-00001.overlay.png")))
                .as("the expert's contour")
                .isNotNegative();
        failed(
                records
                        + ": record 0 at byte 0: there is no feature 'label_raw'; it has height int64[1], image_raw bytes[2048],"
                        + " width int64[1]",
                Unet.run("evaluate", "--model", run, "--data", records));
    }

    @Test
    void predictReportsWhatItCannotReadAndGoesOn() throws IOException {
        Path text = Files.writeString(folder.resolve("notes.txt"), "no image");
        Path png = Files.write(folder.resolve("ok.png"), Png.grey8(32, 32, new int[32 * 32]));
        Path file = run.resolve("model.safetensors");
        Path ct = SliceFiles.writeDicom(folder.resolve("ct.dcm"), Unet.SIDE, "CT");
        Path empty = Files.createFile(folder.resolve("train-00000-of-00002"));
        Unet.Result r = Unet.run("predict", "--model", run, text, folder, png, file, ct, empty, "--out", out);
        assertThat(r.err().lines())
                .containsExactly(
                        "unet: " + text
                                + ": neither a DICOM, a PNG, a NIfTI, a NumPy, a TFRecord nor a safetensors file",
                        "unet: " + folder + ": not a file; name the files one by one",
                        "unet: " + file + ": a model, not an image",
                        "unet: " + ct + ": an image of modality CT; only magnetic resonance, MR, is segmented");
        assertThat(r.out().lines()).containsExactly(empty + ": there is no record in it", "1 masks in " + out);
        assertThat(r.code()).isEqualTo(1);
        assertThat(Unet.names(out)).containsExactly("ok.mask.png", "ok.overlay.png", "predictions.csv");
        Path none = folder.resolve("none");
        failed(empty + ": there is no record in it", Unet.run("predict", "--model", run, empty, "--out", none));
        assertThat(none).doesNotExist();
    }

    /** 186 bytes took 4.7 GiB: the network was built before anybody looked whether the file holds it. */
    @Test
    void aModelThatOnlySaysToBeLargeIsRefused() throws IOException {
        Path large = folder.resolve("large.safetensors");
        String description =
                "{\"kind\":\"unet\",\"base\":%d,\"depth\":%d,\"norm\":\"none\",\"classes\":2,\"rows\":32,\"columns\":32,"
                        + "\"input\":\"standard\"}";
        new Safetensors(Map.of("aorta.model", description.formatted(512, 6)), new LinkedHashMap<>()).write(large);
        Unet.Result none = Unet.run("evaluate", "--device", "cpu", "--model", large, "--data", data);
        assertThat(none.code()).isEqualTo(1);
        assertThat(none.err())
                .contains("there is no tensor 'bottom.conv2.weight'")
                .hasLineCount(1);
        Safetensors small = Safetensors.read(run.resolve("model.safetensors"));
        new Safetensors(Map.of("aorta.model", description.formatted(2000, 4)), small.tensors()).write(large);
        assertThat(Unet.run("evaluate", "--device", "cpu", "--model", large, "--data", data)
                        .err())
                .contains("bottom.conv2.weight is ", "but the description names 32000 channels there");
    }

    @Test
    void aNetworkOfNaNIsNoResult() throws IOException {
        Path broken = folder.resolve("broken");
        byte[] model = Files.readAllBytes(run.resolve("model.safetensors"));
        for (int i = model.length - 4; i > model.length - 4000; i -= 4) {
            ByteBuffer.wrap(model).order(ByteOrder.LITTLE_ENDIAN).putFloat(i, Float.NaN);
        }
        Files.write(broken, model);
        Path png = Files.write(folder.resolve("ok.png"), Png.grey8(32, 32, new int[32 * 32]));
        Unet.Result r = Unet.run("predict", "--device", "cpu", "--model", broken, png, "--out", out);
        assertThat(r.code()).isEqualTo(1);
        assertThat(r.err()).contains("its content has another SHA-256 than it had");
        assertThat(out).doesNotExist();
    }

    /** What stands in a file or in its name commands neither the terminal nor a spreadsheet. */
    @Test
    void textsOfFilesAreOnlyShown() throws IOException {
        Path scan = SliceFiles.writeDicomOf(
                folder.resolve("scan"), "\u001b]0;pwned\u0007\u009b2J\r\nunet: forged line\u202e", Unet.SIDE);
        String shown = Unet.run("inspect", scan).out();
        assertThat(shown.lines().filter(l -> l.startsWith("patient")))
                .containsExactly("patient          \\x1B]0;pwned\\x07\\x9B2J\\x0D\\x0Aunet: forged line?");
        Path strange = folder.resolve("a\u001b[31m\nunet: forged");
        assertThat(Unet.run("inspect", strange).err())
                .isEqualTo("unet: " + folder + "/a\\x1B[31m\\x0Aunet: forged: there is no such file"
                        + System.lineSeparator());
        Path formula = Files.write(folder.resolve("=cmd|'calc'!A1.png"), Png.grey8(32, 32, new int[32 * 32]));
        assertThat(Unet.run("predict", "--model", run, formula, "--out", out).code())
                .isZero();
        assertThat(Files.readAllLines(out.resolve("predictions.csv")).get(1)).contains(",'=cmd|'calc'!A1.mask.png,");
    }

    @Test
    void namesMayBeLong() throws IOException {
        Path scan = SliceFiles.writeDicom(folder.resolve("ä".repeat(120) + ".dcm"), Unet.SIDE, Unet.SIDE);
        Path other = SliceFiles.writeDicom(folder.resolve("ä".repeat(121) + ".dcm"), Unet.SIDE, Unet.SIDE);
        Unet.Result r = Unet.run("predict", "--device", "cpu", "--model", run, scan, other, "--out", out);
        assertThat(r.code()).as(r.err()).isZero();
        assertThat(Unet.names(out)).hasSize(5);
    }

    @Test
    void predictWritesTheMasksOfAVolume() throws IOException {
        Path volume = folder.resolve("heart.nii");
        Files.write(volume, NiftiTest.volume(Unet.SIDE, Unet.SIDE, 2, 3));
        Unet.Result r = Unet.run("predict", "--device", "cpu", "--model", run, volume, "--out", out);
        assertThat(r.code()).as(r.err()).isZero();
        assertThat(Unet.names(out)).hasSize(2 * 6 + 2).contains("heart-s001-t002.mask.png", "heart.mask.nii.gz");
        Unet.Result mask = Unet.run("inspect", out.resolve("heart.mask.nii.gz"));
        assertThat(mask.out())
                .contains("32 rows x 32 columns x 2 slices x 3 times", "uint8, NIfTI-1", "1.25 x 1.5 mm", "LPS");
    }

    @Test
    void aPredictionThatFailsLeavesNothingBehind() throws IOException {
        Path png = Files.write(folder.resolve("ok.png"), Png.grey8(32, 32, new int[32 * 32]));
        assertThat(Files.createDirectory(out)).isEmptyDirectory();
        Assertions.assertThatThrownBy(() -> OutputFolder.fill(out, () -> {
                    Files.copy(png, out.resolve("a"));
                    throw new IOException("full");
                }))
                .hasMessage("full");
        assertThat(out).isEmptyDirectory();
        Path made = folder.resolve("made");
        Assertions.assertThatThrownBy(() -> OutputFolder.fill(made, () -> {
                    throw new OutOfMemoryError("heap");
                }))
                .hasMessage("heap");
        assertThat(made).doesNotExist();
    }

    @Test
    void shardsAndCompressedFilesAreScoredAsOne() throws IOException {
        Path plain = data.resolve(SliceFolder.VALIDATION);
        List<LabelledSlice> slices = SliceFiles.read(plain);
        for (int i = 0; i < 3; i++) {
            int shard = i;
            TfRecordWriter.write(
                    folder.resolve("val_images.tfrecords-%05d-of-00003".formatted(i)),
                    TfRecordCompression.GZIP,
                    writer -> {
                        if (shard < 2) { // the last one is empty
                            writer.write(SliceSchema.B.encode(slices.get(shard)));
                        }
                        if (shard == 1) {
                            writer.write(SliceSchema.B.encode(slices.get(2)));
                        }
                    });
        }
        String whole = Unet.run("evaluate", "--device", "cpu", "--model", run, "--data", plain)
                .out();
        for (Path name : List.of(folder, folder.resolve("val_images.tfrecords"), folder.resolve("val_*"))) {
            Unet.Result r = Unet.run("evaluate", "--device", "cpu", "--model", run, "--data", name);
            assertThat(r.err()).isEmpty();
            assertThat(r.out()).isEqualTo(whole);
        }
        Files.delete(folder.resolve("val_images.tfrecords-00001-of-00003"));
        failed(
                folder.resolve("val_images.tfrecords-00001-of-00003")
                        + ": this shard is missing; val_images.tfrecords-00000-of-00003 is there",
                Unet.run("evaluate", "--device", "cpu", "--model", run, "--data", folder));
    }

    @Test
    void aFileThatIsCalledByItsDicomIdentifierKeepsItsName() throws IOException {
        Path first = SliceFiles.writeDicom(folder.resolve("1.2.840.17"), Unet.SIDE, Unet.SIDE);
        Path second = SliceFiles.writeDicom(folder.resolve("1.2.840.18"), Unet.SIDE, Unet.SIDE);
        Path third = SliceFiles.writeDicom(folder.resolve("1.2.840.19.dcm"), Unet.SIDE, Unet.SIDE);
        assertThat(Unet.run("predict", "--model", run, first, second, third, "--out", out)
                        .code())
                .isZero();
        assertThat(Unet.names(out)).contains("1.2.840.17.mask.png", "1.2.840.18.mask.png", "1.2.840.19.mask.png");
    }

    @Test
    void exportWritesWhatOtherProgramsRun() throws Exception {
        Path file = folder.resolve("model.onnx");
        Unet.Result r = Unet.run("export", run, file, "--opset", 20);
        assertThat(r.code()).as(r.err()).isZero();
        assertThat(r.out().lines().limit(2))
                .containsExactly(
                        "input   input float [batch, 1, height, width]",
                        "output  output float [batch, 2, height, width]");
        float[] image = new float[Unet.SIDE * Unet.SIDE];
        for (int i = 0; i < image.length; i++) {
            image[i] = i % 7 - 3;
        }
        var saved = ModelConfig.load(run.resolve("model.safetensors"), Device.cpu(), null);
        try (OnnxRuntime runtime = new OnnxRuntime(file);
                Scope scope = Scope.noGrad()) {
            assertThat(Json.parse(Objects.requireNonNull(runtime.metadata().get("aorta.model"))))
                    .isEqualTo(saved.config().toJson());
            Tensor x = Tensor.of(Device.cpu(), image, 1, Unet.SIDE, Unet.SIDE, 1);
            Tensor got = ExportJudge.fromFile(runtime.run(Map.of("input", ExportJudge.toFile(x))));
            ExportJudge.compare("the model", got, saved.network().forward(x, Pass.INFERENCE));
        }
        failed("[onnx] opset 9 is not written: choose 17 or 20", Unet.run("export", run, file, "--opset", 9));
    }

    /** Every bit of a model could change, and it was used all the same. */
    @Test
    void aDamagedModelIsNotUsed() throws IOException {
        Path damaged = folder.resolve("damaged.safetensors");
        byte[] bytes = Files.readAllBytes(run.resolve("model.safetensors"));
        bytes[bytes.length - 2] ^= 1;
        Files.write(damaged, bytes);
        Unet.Result r = Unet.run("evaluate", "--model", damaged, "--data", data);
        assertThat(r.code()).isEqualTo(1);
        assertThat(r.err())
                .startsWith(
                        "unet: " + damaged + " is not a sound safetensors file: its content has another SHA-256 than");
    }

    @Test
    void aModelWithoutADigestIsUsedWithANote() throws IOException {
        Safetensors saved = Safetensors.read(run.resolve("model.safetensors"));
        Map<String, String> metadata = new HashMap<>(saved.metadata());
        metadata.remove("aorta.sha256");
        Path foreign = folder.resolve("foreign.safetensors");
        new Safetensors(metadata, saved.tensors()).write(foreign);
        Unet.Result r = Unet.run("evaluate", "--model", foreign, "--data", data);
        assertThat(r.code()).isZero();
        assertThat(r.err())
                .isEqualToIgnoringNewLines(
                        "unet: note: " + foreign + " carries no digest, so that damage to it would not be seen");
    }

    /** Weights that are numbers and too large for the network to compute with: the masks were empty. */
    @Test
    void outputThatIsNoNumberIsAnError() throws IOException {
        Path model = folder.resolve("large.safetensors");
        try (Scope scope = Scope.open()) {
            var loaded = ModelConfig.load(run.resolve("model.safetensors"), Device.cpu(), null);
            loaded.network().parameters().forEach(p -> {
                float[] values = p.toArray();
                Arrays.fill(values, 1e30f);
                p.set(values);
            });
            loaded.config().save(model, loaded.network(), Map.of());
        }
        Path records = data.resolve(SliceFolder.VALIDATION);
        Unet.Result r = Unet.run("predict", "--model", model, records, "--out", out);
        assertThat(r.code()).isEqualTo(1);
        assertThat(r.err()).contains("the network gives ", "its weights are damaged");
        assertThat(Unet.run("evaluate", "--model", model, "--data", data).err()).contains("[evaluate] the loss is ");
    }

    @Test
    void inspectSaysWhatIsInAFile() throws IOException {
        Unet.Result records = Unet.run("inspect", data.resolve(SliceFolder.VALIDATION));
        assertThat(records.code()).isZero();
        assertThat(records.out())
                .contains("TFRecord, compression NONE", "checksums        all right", "3 of 32 x 32 pixels")
                .contains("label_raw        bytes[1024]", "grey levels      100 … 699");
        Unet.Result model = Unet.run("inspect", run.resolve("model.safetensors"));
        assertThat(model.out()).contains("aorta.model = ", "enc1.conv1.weight", "[4, 3, 3, 1]");
        Unet.Result dicom = Unet.run("inspect", SliceFiles.writeDicom(folder.resolve("d"), 4, 6));
        assertThat(dicom.out()).contains("4 rows x 6 columns", "0 … 23", "1.25 x 1.5 mm", "P1");
        Unet.Result mask =
                Unet.run("inspect", Files.write(folder.resolve("p"), Png.grey8(2, 2, new int[] {1, 2, 3, 9})));
        assertThat(mask.out()).contains("2 rows x 2 columns", "1 … 9");
    }

    @Test
    void inspectFindsDamage() throws IOException {
        byte[] sound = Files.readAllBytes(data.resolve(SliceFolder.VALIDATION));
        byte[] flipped = sound.clone();
        flipped[sound.length / 2] ^= 1;
        Unet.Result wrong = Unet.run("inspect", Files.write(folder.resolve("flipped.tfrecords"), flipped));
        assertThat(wrong.code()).isEqualTo(1);
        assertThat(wrong.out()).contains("records          3", "1 records do not match theirs", "2 of 32 x 32 pixels");
        Unet.Result cut = Unet.run(
                "inspect", Files.write(folder.resolve("cut.tfrecords"), Arrays.copyOf(sound, sound.length / 2)));
        assertThat(cut.code()).isEqualTo(1);
        assertThat(cut.out()).contains("damage", "record 1 at byte", "the file ends inside the record");
    }

    @Test
    void preparePhantomMakesWhatTrainNeeds() throws IOException {
        Unet.Result r = Unet.run("prepare", "phantom", "--out", out, "--train", 2, "--val", 1, "--seed", 3);
        assertThat(r.code()).as(r.err()).isZero();
        assertThat(r.out()).isEqualTo("2 + 1 phantom slices in " + out + System.lineSeparator());
        assertThat(Unet.names(out)).containsExactly("manifest.json", "train_images.tfrecords", "val_images.tfrecords");
        assertThat(SliceFiles.read(out.resolve(SliceFolder.TRAIN))).hasSize(2);
    }

    @Test
    void preparesAFolderOfImagesAndMasks() throws IOException {
        Path source = folder.resolve("source");
        for (int i = 0; i < 6; i++) {
            LabelledSlice slice = SliceFiles.disk(Unet.SIDE, i);
            String name = "Part1/CASE-%d-IM-%04d".formatted(i / 2, i);
            write(source.resolve("Images/" + name + ".dcm.png"), Png.grey16(32, 32, Unet.whole(slice.image())));
            write(source.resolve("Labels/" + name + ".dcm_mask.png"), Png.mask(32, 32, slice.label(), 2));
        }
        write(source.resolve("Images/Part1/CASE-9-IM-0001.dcm.png"), Png.grey8(32, 32, new int[1024]));
        Object[] command = {"prepare", "folder", source, "--out", out, "--key", folder.resolve("key")};
        Unet.Result unsaid = Unet.run(command);
        assertThat(unsaid.code()).isEqualTo(2);
        assertThat(unsaid.err()).contains("--split patient needs --patient-of");
        Unet.Result r = Unet.run(with(command, "--patient-of", "(CASE-\\d+)-IM", "--val-patients", "CASE-1"));
        assertThat(r.err()).isEmpty();
        assertThat(r.out().lines())
                .containsExactly(
                        "note: 1 images without a mask: Part1/CASE-9-IM-0001.dcm",
                        "of the masks' values, 0 is class 0, 255 is class 1",
                        "4 + 2 slices in " + out);
        LabelledSlice read =
                SliceFiles.read(out.resolve(SliceFolder.VALIDATION)).getFirst();
        assertThat(read.image()).isEqualTo(SliceFiles.disk(Unet.SIDE, 2).image());
        assertThat(read.label()).isEqualTo(SliceFiles.disk(Unet.SIDE, 2).label());
        String manifest = Files.readString(out.resolve(SliceFolder.MANIFEST));
        assertThat(read.name()).matches("Part1/P-[0-9a-f]{12}-IM-0002.dcm");
        assertThat(manifest).contains(read.name()).doesNotContain("CASE");
    }

    @Test
    void masksOfSeveralValuesAreAskedFor() throws IOException {
        Path source = folder.resolve("source");
        for (int i = 0; i < 2; i++) {
            write(source.resolve("images/" + i + ".png"), Png.grey8(1, 4, new int[] {1, 2, 3, 4}));
            write(source.resolve("masks/" + i + ".png"), Png.grey8(1, 4, new int[] {0, 85, 170, 85}));
        }
        Object[] command = {"prepare", "folder", source, "--out", out, "--split", "lab", "--key", folder.resolve("key")
        };
        failed(
                "the masks have the values [0, 85, 170], and nothing says which class each is; say it with --classes, the"
                        + " background first, as in --classes 0,85,170,255",
                Unet.run(command));
        assertThat(Unet.run(with(command, "--classes", "0,170,85")).code()).isZero();
        assertThat(SliceFiles.read(out.resolve(SliceFolder.TRAIN)).getFirst().label())
                .containsExactly(0, 2, 1, 2);
    }

    @Test
    void masksMayBeDrawnInColoursOfAPalette() throws IOException {
        Path source = folder.resolve("source");
        for (int i = 0; i < 2; i++) {
            write(source.resolve("images/" + i + ".png"), Png.grey8(1, 4, new int[] {1, 2, 3, 4}));
            write(source.resolve("masks/" + i + ".png"), Png.mask(1, 4, new byte[] {0, 2, 1, 2}, 3));
        }
        Unet.Result r =
                Unet.run("prepare", "folder", source, "--out", out, "--split", "lab", "--key", folder.resolve("key"));
        assertThat(r.code()).as(r.err()).isZero();
        assertThat(SliceFiles.read(out.resolve(SliceFolder.TRAIN)).getFirst().label())
                .containsExactly(0, 2, 1, 2);
    }

    /** As in ACDC and M&Ms: the mask beside the volume, moments without a label left out, sizes that differ. */
    @Test
    void preparesVolumesWithTheirMasksBesideThem() throws IOException {
        Path source = folder.resolve("source");
        for (int p = 1; p <= 2; p++) {
            byte[] volume = NiftiTest.volume(8 + p, 6, 2, 2);
            byte[] mask = NiftiTest.volume(8 + p, 6, 2, 2);
            Arrays.fill(mask, 352, mask.length, (byte) 0);
            mask[352 + 2 * (3 * (8 + p) * 6 + 3 * (8 + p) + 4)] = 2; // row 3, column 4 of slice 1 at time 1
            mask[352 + 2 * (2 * (8 + p) * 6)] = 1;
            write(source.resolve("patient00" + p + "/patient00" + p + "_sa.nii"), volume);
            write(source.resolve("patient00" + p + "/patient00" + p + "_sa_gt.nii"), mask);
            write(source.resolve("patient00" + p + "/Info.cfg"), new byte[] {'E', 'D'});
        }
        Object[] command = {
            "prepare", "folder", source, "--out", out, "--patient-of", "(patient\\d+)/", "--key", folder.resolve("key")
        };
        assertThat(Unet.run(command).err()).contains("all must have one size, which --size ROWSxCOLUMNS gives them");
        Unet.Result r = Unet.run(with(command, "--size", "4x4", "--val-patients", "patient002"));
        assertThat(r.err()).isEmpty();
        assertThat(r.out()).contains("2 + 2 slices");
        LabelledSlice second = SliceFiles.read(out.resolve(SliceFolder.TRAIN)).get(1);
        assertThat(second.name()).endsWith("_sa-00003");
        assertThat(second.label()[2 * 4 + 2]).as("row 3 - 1, column 4 - 2").isEqualTo((byte) 2);
        assertThat(second.image()[2 * 4 + 2]).isEqualTo(3 * 54 + 3 * 9 + 4);
        Path three = folder.resolve("three");
        r = Unet.train(out, three, "--depth", 1);
        assertThat(r.code()).as(r.err()).isZero();
        assertThat(ModelConfig.load(three.resolve("model.safetensors"), Device.cpu(), null)
                        .config()
                        .classes())
                .isEqualTo(3);
        Path masks = folder.resolve("masks");
        r = Unet.run("predict", "--model", three, "--out", masks, out.resolve(SliceFolder.TRAIN));
        assertThat(r.code()).as(r.err()).isZero();
        int[] sizes = new int[3];
        for (int type :
                Png.readMask(masks.resolve("train_images-00000.mask.png")).pixels()) {
            sizes[type]++;
        }
        assertThat(Files.readAllLines(masks.resolve(PredictCommand.TABLE)).subList(0, 2))
                .satisfiesExactly(
                        names -> assertThat(names).endsWith(",area_mm2,pixels_of_class_1,pixels_of_class_2"),
                        row -> assertThat(row)
                                .contains(".mask.png," + (sizes[1] + sizes[2]) + ",")
                                .endsWith("," + sizes[1] + "," + sizes[2]));
        Path wide = folder.resolve("wide");
        assertThat(Unet.run(with(command, "--out", wide, "--spacing", "3", "--size", "4x4"))
                        .code())
                .isEqualTo(2);
        Object[] other = command.clone();
        other[4] = wide;
        assertThat(Unet.run(with(other, "--spacing", "3", "--size", "4x4")).err())
                .isEmpty();
        assertThat(SliceFiles.read(wide.resolve(SliceFolder.TRAIN))).hasSize(2);
    }

    private static Object[] with(Object[] command, Object... more) {
        return Stream.concat(Arrays.stream(command), Arrays.stream(more)).toArray();
    }

    private static void write(Path file, byte[] bytes) throws IOException {
        Files.createDirectories(file.resolveSibling(""));
        Files.write(file, bytes);
    }
}
