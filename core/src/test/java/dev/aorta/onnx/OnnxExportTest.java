package dev.aorta.onnx;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import ai.onnxruntime.OrtException;
import dev.aorta.Conv2dOptions;
import dev.aorta.Device;
import dev.aorta.Padding;
import dev.aorta.Parameter;
import dev.aorta.Pool2dOptions;
import dev.aorta.Scope;
import dev.aorta.Shape;
import dev.aorta.ShapeException;
import dev.aorta.Tensor;
import dev.aorta.backend.Unary;
import dev.aorta.nn.BatchNormLayer;
import dev.aorta.nn.Layer;
import dev.aorta.nn.Layers;
import dev.aorta.nn.Pass;
import dev.aorta.onnx.export.ExportJudge;
import dev.aorta.onnx.export.OnnxRuntime;
import dev.aorta.onnx.proto.Model;
import dev.aorta.onnx.proto.ModelReader;
import dev.aorta.onnx.proto.ModelWriter;
import dev.aorta.onnx.proto.Node;
import dev.aorta.onnx.proto.TensorProto;
import dev.aorta.op.CustomOp;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Random;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class OnnxExportTest {
    private static final long SEED = 20261128;

    @TempDir
    Path folder;

    private final Layers net = new Layers(Device.cpu(), SEED);

    /** Layers of images of 4 channels that take any size. */
    List<Layer> ofImages() {
        Conv2dOptions same2 = Conv2dOptions.SAME.withStride(2);
        return List.of(
                net.conv2d(4, 3, 3),
                net.conv2d(4, 3, 3, 1, Conv2dOptions.VALID).withoutBias().withRelu(),
                net.conv2d(4, 6, 3, Conv2dOptions.VALID.withDilation(2).withGroups(2)),
                net.conv2d(4, 3, 5, same2),
                net.conv2d(4, 3, 3, same2.withPadding(Padding.of(1))),
                net.depthwiseConv2d(4, 5),
                net.convTranspose2d(4, 2, 2, same2).withoutBias(),
                net.convTranspose2d(4, 2, 3, same2.withPadding(Padding.of(1))),
                net.convTranspose2d(4, 2, 31, Conv2dOptions.SAME.withStride(16)),
                net.avgPool2d(new Pool2dOptions(3, 3, 2, 2, Padding.SAME)),
                net.maxPool2d(new Pool2dOptions(3, 3, 2, 2, Padding.of(1))),
                net.maxPool2d(2),
                net.globalAvgPool2d(),
                net.globalMaxPool2d(),
                net.adaptiveAvgPool2d(1, 1),
                net.upsampleNearest(2),
                net.upsampleBilinear(3),
                net.concat(net.identity(), net.conv2d(4, 3, 1)),
                statistics(net.batchNorm(4)),
                statistics(net.batchNorm(4)).then(Unary.RELU6),
                net.sequential(net.conv2d(4, 4, 3), statistics(net.batchNorm(4)), net.relu()),
                net.groupNorm(4, 2),
                net.groupNorm(4, 1),
                net.instanceNorm(4),
                net.layerNorm(4),
                net.dropout(0.5f),
                net.softmax(),
                net.gelu(),
                net.silu(),
                net.leakyRelu(0.1f),
                net.activation(Unary.TANH),
                net.prelu(4),
                net.identity(),
                net.function(x -> x.mul(2).add(1)),
                net.function(x -> x.where(x.square(), x.mul(3))),
                net.function(x -> x.greater(x.mean(-1).unsqueeze(-1))),
                net.function(x -> x.padEdge(1, 2, 1).padReflect(2, 1, 3).pad(3, 1, 0, 0.5f)),
                net.function(x -> x.flip(1).slice(2, 1, 5, 2).transpose(1, 2)),
                net.function(x -> x.logSoftmax().argmax()),
                net.linear(4, 5),
                net.residual(net.conv2d(4, 4, 3)),
                squeezeAndExcite(),
                net.sum(net.identity(), net.identity()));
    }

    private Layer squeezeAndExcite() {
        Layer gate = net.sequential(net.linear(4, 2), net.relu(), net.linear(2, 4), net.activation(Unary.SIGMOID));
        return net.function(
                x -> x.mul(
                        gate.forward(x.mean(1, 2), Pass.INFERENCE).unsqueeze(1).unsqueeze(1)),
                gate.parameters().toArray(Parameter[]::new));
    }

    private BatchNormLayer statistics(BatchNormLayer norm) {
        Random random = new Random(SEED);
        for (Parameter p : norm.parameters()) {
            float[] values = new float[p.shape().size()];
            for (int i = 0; i < values.length; i++) {
                values[i] = 0.5f + random.nextFloat();
            }
            p.set(values);
        }
        return norm;
    }

    @ParameterizedTest
    @ValueSource(ints = {17, 20})
    void everyLayerOfImagesIsFreeInBatchAndSize(int opset) throws IOException, OrtException {
        for (Layer layer : ofImages()) {
            OnnxExport.Report report = ExportJudge.check(
                    layer,
                    folder.resolve("layer.onnx"),
                    OnnxExport.Options.DEFAULT.withOpset(opset),
                    SEED,
                    Shape.of(2, 8, 6, 4),
                    Shape.of(1, 9, 7, 4),
                    Shape.of(3, 16, 5, 4));
            assertThat(report.fixed()).as(layer.name()).isEmpty();
            assertThat(report.inputs()).as(layer.name()).containsExactly("input float [batch, 4, height, width]");
        }
    }

    @ParameterizedTest
    @ValueSource(ints = {17, 20})
    void everyLayerOfSequencesIsFreeInTheBatch(int opset) throws IOException, OrtException {
        for (Layer layer : ofSequences()) {
            OnnxExport.Report report = ExportJudge.check(
                    layer,
                    folder.resolve("layer.onnx"),
                    OnnxExport.Options.DEFAULT.withOpset(opset),
                    SEED,
                    Shape.of(2, 5, 4),
                    Shape.of(1, 5, 4),
                    Shape.of(3, 5, 4));
            assertThat(report.fixed().keySet()).as(layer.name()).doesNotContain("batch");
        }
    }

    List<Layer> ofSequences() {
        Parameter token = new Parameter("token", Device.cpu(), Shape.of(1, 1, 4), new float[] {1, 2, 3, 4}, true);
        return List.of(
                net.conv1d(4, 7, 3).withRelu(),
                net.conv1d(4, 7, 3, Conv2dOptions.SAME.withStride(2)),
                net.positions(5, 4),
                net.attention(4, 2),
                net.linear(4, 3),
                net.layerNorm(4),
                net.function(x -> x.softmax().mean(1)),
                net.function(
                        x -> Tensor.concat(1, token.expand(Shape.of(x.shape().dim(0), 1, 4)), x), token));
    }

    @Test
    void wholeNumbersAreIndices() throws IOException, OrtException {
        Layer embedding = net.embedding(9, 3);
        Path file = folder.resolve("embedding.onnx");
        OnnxExport.save(embedding, file, Shape.of(2, 3));
        try (OnnxRuntime runtime = new OnnxRuntime(file);
                Scope run = Scope.noGrad()) {
            float[] index = {0, 8, 3};
            Tensor want = embedding.forward(Tensor.of(Device.cpu(), index, 1, 3), Pass.INFERENCE);
            var got = runtime.run(Map.of("input", OnnxRuntime.Array.of(index, new int[] {1, 3})));
            ExportJudge.compare("embedding", ExportJudge.fromFile(got), want);
        }
    }

    /** A network for images of one size: convolutions, then a flattened image, whose weight takes over the exchange of axes. */
    Layer classifier() {
        return net.sequential(
                net.conv2d(1, 6, 5).withRelu(),
                net.maxPool2d(2),
                net.conv2d(6, 8, 3, Conv2dOptions.VALID).withoutBias(),
                statistics(net.batchNorm(8)),
                net.relu(),
                net.residual(net.sequential(net.conv2d(8, 8, 3), net.relu())),
                net.avgPool2d(Pool2dOptions.of(2)),
                net.flatten(),
                net.linear(8 * 6 * 6, 20),
                net.relu(),
                net.linear(20, 10),
                net.softmax());
    }

    @Test
    void aPlainNetworkHasNoTransposes() throws IOException, OrtException {
        Path file = folder.resolve("classifier.onnx");
        OnnxExport.Report report = ExportJudge.check(
                classifier(),
                file,
                OnnxExport.Options.DEFAULT,
                SEED,
                Shape.of(1, 28, 28, 1),
                Shape.of(2, 28, 28, 1),
                Shape.of(5, 28, 28, 1));
        assertThat(report.inputs()).containsExactly("input float [batch, 1, 28, 28]");
        assertThat(report.outputs()).containsExactly("output float [batch, 10]");
        assertThat(report.fixed().keySet()).containsExactly("height", "width");
        assertThat(report.fixed().get("height")).contains("the inner dimensions must match");
        assertThat(operators(file))
                .containsExactly(
                        "Conv",
                        "Relu",
                        "MaxPool",
                        "Conv",
                        "Relu",
                        "Conv",
                        "Relu",
                        "Add",
                        "AveragePool",
                        "Reshape",
                        "Gemm",
                        "Relu",
                        "Gemm",
                        "Softmax");
    }

    private static List<String> operators(Path file) throws IOException {
        return ModelReader.read(file).graph().nodes().stream().map(Node::opType).toList();
    }

    @Test
    void weightsKeepTheirNames() throws IOException {
        Path file = folder.resolve("named.onnx");
        Layer layer = net.sequential(
                net.named("stem").conv2d(1, 6, 5),
                net.batchNorm(6),
                net.named("up").convTranspose2d(6, 2, 3, Conv2dOptions.SAME),
                net.named("head").linear(2, 3));
        OnnxExport.save(layer, file, Shape.of(1, 8, 8, 1));
        assertThat(ModelReader.read(file).graph().initializers())
                .extracting(TensorProto::toString)
                .containsExactly(
                        "float stem.weight [6, 1, 5, 5]",
                        "float stem.bias [6]",
                        "float up.weight [6, 2, 3, 3]",
                        "float up.bias [2]",
                        "float head.weight [2, 3]",
                        "float head.bias [3]");
    }

    @Test
    void theSameNetworkGivesTheSameBytes() throws IOException {
        List<byte[]> files = new ArrayList<>();
        for (int i = 0; i < 2; i++) {
            Path file = folder.resolve(i + ".onnx");
            OnnxExport.save(new OnnxExportTest().classifier(), file, Shape.of(1, 28, 28, 1));
            files.add(Files.readAllBytes(file));
        }
        assertThat(files.getFirst()).isEqualTo(files.getLast());
    }

    @Test
    void namesAndMetadataAreKept() throws IOException, OrtException {
        Path file = folder.resolve("named.onnx");
        OnnxExport.Options options = OnnxExport.Options.DEFAULT
                .withOpset(20)
                .withNames("image", "scores")
                .withMetadata("classes", "cat,dog");
        OnnxExport.Report report = OnnxExport.save(net.conv2d(1, 1, 1), file, options, Shape.of(1, 4, 4, 1));
        assertThat(report)
                .hasToString(String.join(
                        System.lineSeparator(),
                        "input   image float [batch, 1, height, width]",
                        "output  scores float [batch, 1, height, width]",
                        "nodes   1"));
        try (OnnxRuntime runtime = new OnnxRuntime(file)) {
            assertThat(runtime.metadata()).containsEntry("classes", "cat,dog");
        }
        Model model = ModelReader.read(file);
        assertThat(model.opset()).isEqualTo(20);
        assertThat(model.irVersion()).isEqualTo(9);
        assertThatThrownBy(() -> options.withOpset(21)).hasMessage("[onnx] opset 21 is not written: choose 17 or 20");
        assertThatThrownBy(() -> options.withNames("x", "x"))
                .hasMessage("[onnx] each input and output needs a name of its own, got [x, x]");
    }

    /** Its constant is made of the size, as a position would be. */
    @Test
    void whatDependsOnTheSizeIsFixedAndSaysWhy() throws IOException, OrtException {
        Path file = folder.resolve("scaled.onnx");
        OnnxExport.Report report = ExportJudge.check(
                net.function(x -> x.mul(1f / x.shape().dim(1))),
                file,
                OnnxExport.Options.DEFAULT,
                SEED,
                Shape.of(1, 4, 4, 1),
                Shape.of(2, 4, 4, 1),
                Shape.of(1, 4, 6, 1));
        assertThat(report.inputs()).containsExactly("input float [batch, 1, 4, width]");
        assertThat(report.fixed().keySet()).containsExactly("height");
        assertThat(report.fixed().get("height")).startsWith("[affine]: its constants depend on the size");
    }

    @Test
    void otherOperationsAtOtherSizesAreNamed() throws IOException {
        OnnxExport.Report report = OnnxExport.save(
                net.function(x -> x.shape().dim(1) == 4 ? x.relu() : x.relu().mul(2)),
                folder.resolve("other.onnx"),
                Shape.of(1, 4, 4, 1));
        assertThat(report.fixed())
                .containsOnly(Map.entry(
                        "height",
                        "the network runs other operations at other sizes: at operation 1 nothing, and elsewhere [affine]"
                                + " to [2, 8, 4, 1]"));
    }

    @Test
    void largeWeightsStandBesideTheFile() throws IOException, OrtException {
        Path inside = folder.resolve("inside.onnx");
        Path outside = folder.resolve("outside.onnx");
        OnnxExport.save(classifier(), inside, Shape.of(1, 28, 28, 1));
        ModelWriter.write(ModelReader.read(inside), outside, 1 << 10);
        assertThat(folder.resolve("outside.onnx.data")).isNotEmptyFile();
        assertThat(Files.size(outside)).isLessThan(1 << 13);
        OnnxRuntime.Array image =
                OnnxRuntime.Array.of(ExportJudge.random(Shape.of(784), SEED), new int[] {1, 1, 28, 28});
        try (OnnxRuntime one = new OnnxRuntime(inside);
                OnnxRuntime other = new OnnxRuntime(outside)) {
            assertThat(other.run(Map.of("input", image)).values())
                    .isEqualTo(one.run(Map.of("input", image)).values());
        }
    }

    private record Own(Shape outputShape) implements CustomOp {
        @Override
        public String name() {
            return "own";
        }

        @Override
        public void forward(Call c) {
            throw new UnsupportedOperationException();
        }

        @Override
        public void backward(Call c, dev.aorta.backend.Buffer dy, dev.aorta.backend.@Nullable Buffer[] dx) {
            throw new UnsupportedOperationException();
        }
    }

    @Test
    void anOperationWithoutACounterpartIsNamed() {
        Path file = folder.resolve("own.onnx");
        Layer own = net.sequential(
                net.conv2d(1, 2, 3), net.function(x -> Tensor.apply(new Own(x.shape()), x.mul(2))), net.relu());
        assertThatThrownBy(() -> OnnxExport.save(own, file, Shape.of(1, 4, 4, 1)))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessage(
                        "[onnx] [own]: Own is an operation of your own, which has no counterpart in ONNX; for the export"
                                + " put it together from the operations of Tensor");
        assertThatThrownBy(() -> OnnxExport.save(net.conv2d(3, 2, 3), file, Shape.of(1, 4, 4, 1)))
                .isInstanceOf(ShapeException.class)
                .hasMessageContaining("input channels do not match the weight");
        assertThat(file).doesNotExist();
    }
}
