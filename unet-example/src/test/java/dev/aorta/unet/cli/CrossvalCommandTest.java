package dev.aorta.unet.cli;

import static org.assertj.core.api.Assertions.assertThat;

import dev.aorta.io.Json;
import dev.aorta.unet.imaging.LabelledSlice;
import dev.aorta.unet.imaging.Png;
import dev.aorta.unet.imaging.SliceFiles;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** From a tree of pictures to scores of patients whom no network has seen. */
class CrossvalCommandTest {
    @TempDir
    Path folder;

    @Test
    void foldersOfPicturesAreCrossValidatedByPatient() throws IOException {
        Path source = folder.resolve("source");
        for (int i = 0; i < 8; i++) {
            LabelledSlice slice = SliceFiles.disk(32, i);
            String name =
                    "Part%d/C-%d-IM-%04d.png".formatted(1 + i / 6, 1 + i / 2 * 9, i); // C-1 is how C-10 and C-19 begin
            write(source.resolve("images/" + name), Png.grey16(32, 32, Unet.whole(slice.image())));
            write(source.resolve("labels/" + name), Png.mask(32, 32, slice.label(), 2));
        }
        Path data = folder.resolve("data");
        Object[] prepare = {"prepare", "folder", source, "--patient-of", "(C-\\d+)-IM", "--keep-ids", "--out", data};
        assertThat(Unet.run(with(prepare, "--val", "Part3")).err())
                .contains("there is no image in a folder 'Part3'; the first is Part1/C-1-IM-0000");
        assertThat(Unet.run(with(prepare, "--train", "Part1")).err()).contains("--train needs --val or --split lab");
        assertThat(Unet.run("prepare", "folder", source, "--patient-of", "(C)-", "--val=Part2", "--out", data)
                        .err())
                .contains("the patient 'C' lies on both sides: Part1/C-19-IM-0005 and Part2/C-28-IM-0006");
        Path lab = folder.resolve("lab");
        assertThat(Unet.run("prepare", "folder", source, "--split=lab", "--train=Part2", "--out", lab)
                        .out())
                .contains("1 + 1 slices");
        Unet.Result prepared = Unet.run(with(prepare, "--val", "Part2"));
        assertThat(prepared.out()).as(prepared.err()).contains("6 + 2 slices");

        Path out = folder.resolve("folds");
        Object[] crossval = {
            "crossval",
            "--data",
            data,
            "--out",
            out,
            "--folds",
            2,
            "--recipe",
            "patients",
            "--base",
            2,
            "--depth=2",
            "--epochs",
            2,
            "--patch",
            16,
            "--centre",
            24,
            "--device",
            "cpu"
        };
        Unet.Result r = Unet.run(crossval);
        assertThat(r.code()).as(r.err()).isZero();
        assertThat(r.out())
                .contains("recipe patients: --norm=batch", "fold 2 of 2: ", "| fold | mean dice | worst patient |");
        Json scores = Json.parse(Files.readAllBytes(out.resolve("crossval.json")));
        List<Json> folds = scores.get("folds").asList();
        double sum = 0;
        StringBuilder patients = new StringBuilder();
        for (Json fold : folds) {
            assertThat(fold.asList()).hasSize(2);
            for (Json patient : fold.asList()) {
                assertThat(patient.get("images").asInt()).isEqualTo(2);
                sum += patient.get("dice").asDouble() / 4;
                patients.append(patient.get("patient").asText()).append(' ');
            }
        }
        assertThat(patients.toString().split(" ")).containsExactlyInAnyOrder("C-1", "C-10", "C-19", "C-28");
        assertThat(scores.get("dice").asDouble()).isCloseTo(sum, org.assertj.core.api.Assertions.within(1e-12));

        assertThat(Files.getPosixFilePermissions(out)).as("it names patients").hasSize(3);
        Json manifest = Json.parse(Files.readAllBytes(out.resolve("fold-1/data/manifest.json")));
        assertThat(manifest.get("validation").get("patients").toString())
                .isEqualTo(Json.of(folds.getFirst().asList().stream()
                                .map(CrossvalCommandTest::patient)
                                .toList())
                        .toString());
        Json config = Json.parse(Files.readAllBytes(out.resolve("fold-1/run/config.json")));
        assertThat(config.get("keep").asText()).isEqualTo("last");
        assertThat(config.get("patch").asInt()).as("given beside the recipe").isEqualTo(16);
        assertThat(config.get("model").get("largest").asBoolean()).isTrue();
        Json evaluated = Json.parse(Unet.run(
                        "evaluate",
                        "--device=cpu",
                        "--model",
                        out.resolve("fold-1/run"),
                        "--data",
                        out.resolve("fold-1/data"))
                .out());
        assertThat(evaluated.get("dice").asDouble())
                .as("the same network, the same slices")
                .isCloseTo(
                        (folds.getFirst().asList().get(0).get("dice").asDouble()
                                        + folds.getFirst()
                                                .asList()
                                                .get(1)
                                                .get("dice")
                                                .asDouble())
                                / 2,
                        org.assertj.core.api.Assertions.within(1e-9));

        // a fold that has no scores goes on, the other is not trained again
        Files.delete(out.resolve("fold-2/scores.json"));
        byte[] first = Files.readAllBytes(out.resolve("crossval.json"));
        Unet.Result again = Unet.run(crossval);
        assertThat(again.code()).as(again.err()).isZero();
        assertThat(again.out()).contains("going on from").doesNotContain("epoch 1/2");
        assertThat(Files.readAllBytes(out.resolve("crossval.json"))).isEqualTo(first);
        Files.delete(out.resolve("fold-2/scores.json"));
        assertThat(Unet.run(with(crossval, "--average", "0.5")).err())
                .contains("the fold was begun with other options");
        Object[] more = crossval.clone();
        more[6] = 5;
        assertThat(Unet.run(more).err()).contains("it names 4 patients, which do not fill 5 folds");
    }

    private static String patient(Json score) {
        try {
            return score.get("patient").asText();
        } catch (IOException e) {
            throw new AssertionError(e);
        }
    }

    private static void write(Path file, byte[] bytes) throws IOException {
        Files.createDirectories(file.getParent());
        Files.write(file, bytes);
    }

    private static Object[] with(Object[] command, Object... more) {
        return Stream.concat(Arrays.stream(command), Arrays.stream(more)).toArray();
    }
}
