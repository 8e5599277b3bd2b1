package dev.aorta.unet.cli;

import static org.assertj.core.api.Assertions.assertThat;

import dev.aorta.io.Json;
import dev.aorta.io.Safetensors;
import dev.aorta.onnx.proto.Attribute;
import dev.aorta.onnx.proto.ElementType;
import dev.aorta.onnx.proto.Graph;
import dev.aorta.onnx.proto.Model;
import dev.aorta.onnx.proto.ModelWriter;
import dev.aorta.onnx.proto.Node;
import dev.aorta.onnx.proto.TensorProto;
import dev.aorta.onnx.proto.ValueInfo;
import dev.aorta.onnx.proto.ValueInfo.Dim;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.SequencedMap;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What can be done with an ONNX file: check, inspect, predict, evaluate. */
class OnnxCommandsTest {
    @TempDir
    Path folder;

    private Path model;

    /** Brighter than the mean is the left ventricle: logits (0, x). */
    @BeforeEach
    void write() throws IOException {
        model = folder.resolve("bright.onnx");
        write(model, "Conv");
    }

    private static void write(Path file, String opType) throws IOException {
        SequencedMap<String, Attribute> attributes = new LinkedHashMap<>();
        Node node = Node.of("logits", opType, List.of("image", "weight"), List.of("classes"), attributes);
        Graph graph = new Graph(
                "bright",
                List.of(node),
                List.of(TensorProto.of("weight", new float[] {0, 1}, 2, 1, 1, 1)),
                List.of(new ValueInfo("image", ElementType.FLOAT, axes(1))),
                List.of(new ValueInfo("classes", ElementType.FLOAT, axes(2))));
        ModelWriter.write(Model.of(8, "a test", 17, new LinkedHashMap<>(), graph), file);
    }

    private static List<Dim> axes(long channels) {
        return List.of(new Dim.Symbol("N"), new Dim.Fixed(channels), new Dim.Symbol("H"), new Dim.Symbol("W"));
    }

    private void expect(float... output) throws IOException {
        SequencedMap<String, Safetensors.Entry> tensors = new LinkedHashMap<>();
        tensors.put("input", Safetensors.Entry.of(new float[] {3, 4}, 1, 1, 1, 2));
        tensors.put("output", Safetensors.Entry.of(output, 1, 2, 1, 2));
        new Safetensors(Map.of(), tensors).write(folder.resolve("bright.expected.safetensors"));
    }

    @Test
    void checkComparesWithWhatIsKnown() throws IOException {
        expect(0, 0, 3, 4);
        Unet.Result right = Unet.run("check", folder, "--device", "cpu");
        assertThat(right.code()).as(right.err()).isZero();
        assertThat(right.out())
                .contains("right    0.0e+00")
                .contains("{Conv=1}")
                .contains("1 right, 0 wrong");

        expect(0, 0, 3, 5);
        write(folder.resolve("other.onnx"), "Loop");
        Unet.Result wrong = Unet.run("check", folder, "--json", "--device", "cpu");
        assertThat(wrong.code()).isEqualTo(1);
        List<Json> results = Json.parse(wrong.out()).asList();
        assertThat(results.get(0).get("verdict").asText()).isEqualTo("wrong");
        assertThat(results.get(0).get("difference").asDouble()).isEqualTo(0.2);
        assertThat(results.get(1).get("verdict").asText()).isEqualTo("refused");
        assertThat(results.get(1).get("why").asText()).contains("Loop 'logits'");
    }

    @Test
    void checkWritesTheTable() throws IOException {
        expect(0, 0, 3, 4);
        Path page = folder.resolve("page.md");
        Files.writeString(
                page, "before\n<!-- made by: unet check --table -->\nstale row\n<!-- end of the table -->\nafter\n");
        assertThat(Unet.run("check", model, "--table", page, "--device", "cpu").code())
                .isZero();
        assertThat(Files.readString(page))
                .startsWith("before\n")
                .contains("| Conv | yes | 1 |  |  |")
                .doesNotContain("stale row")
                .endsWith("after\n");
    }

    @Test
    void inspectSaysWhetherItRuns() throws IOException {
        Unet.Result r = Unet.run("inspect", model);
        assertThat(r.code()).as(r.err()).isZero();
        assertThat(r.out())
                .contains("ONNX")
                .contains("image float [N, 1, H, W]")
                .contains("1 with 2 values")
                .containsPattern("runs +yes");
        write(model, "Loop");
        Unet.Result refused = Unet.run("inspect", model);
        assertThat(refused.code()).isEqualTo(1);
        assertThat(refused.out()).containsPattern("runs +no: bright.onnx \\(opset 17\\)");
    }

    @Test
    void predictAndEvaluateTakeIt() throws IOException {
        Path data = Unet.data(folder.resolve("data"));
        Unet.Result unknown = Unet.run("evaluate", "--model", model, "--data", data, "--device", "cpu");
        assertThat(unknown.err()).contains("say it with --scaling");
        Unet.Result scores =
                Unet.run("evaluate", "--model", model, "--data", data, "--scaling", "standard", "--device", "cpu");
        assertThat(scores.code()).as(scores.err()).isZero();
        assertThat(Json.parse(scores.out()).get("dice").asDouble())
                .as("the disks are bright")
                .isGreaterThan(0.5);
        Path out = folder.resolve("out");
        Unet.Result masks = Unet.run(
                "predict",
                "--model",
                model,
                data.resolve("val_images.tfrecords"),
                "--scaling",
                "standard",
                "--out",
                out);
        assertThat(masks.code()).as(masks.err()).isZero();
        assertThat(Unet.names(out)).hasSize(7);
    }
}
