package dev.aorta.onnx.proto;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.aorta.io.FormatException;
import dev.aorta.io.wire.ProtobufWriter;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.SequencedMap;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class ModelFileTest {
    @TempDir
    private Path folder;

    private static Model model() {
        SequencedMap<String, Attribute> attributes = new LinkedHashMap<>();
        attributes.put("f", new Attribute.OfFloat(1.5f));
        attributes.put("i", new Attribute.OfInt(-3));
        attributes.put("s", new Attribute.OfString("grün"));
        attributes.put("t", new Attribute.OfTensor(TensorProto.of("inner", new long[] {1, -2}, 2)));
        attributes.put("g", new Attribute.OfGraph(new Graph("sub", List.of(), List.of(), List.of(), List.of())));
        attributes.put("fs", new Attribute.OfFloats(1, 2));
        attributes.put("is", new Attribute.OfInts(4, -5));
        attributes.put("ss", new Attribute.OfStrings(List.of("a", "b")));
        Node node = new Node("n", "my.domain", "Op", List.of("x", "", "w"), List.of("y"), attributes);
        List<ValueInfo.Dim> dims =
                List.of(new ValueInfo.Dim.Symbol("N"), new ValueInfo.Dim.Fixed(3), new ValueInfo.Dim.Unknown());
        Graph graph = new Graph(
                "g",
                List.of(node),
                List.of(TensorProto.of("w", new float[] {1, 2, 3, 4, 5, 6}, 2, 3)),
                List.of(new ValueInfo("x", ElementType.FLOAT, dims)),
                List.of(new ValueInfo("y", ElementType.INT64, null)));
        SequencedMap<String, Long> opsets = new LinkedHashMap<>();
        opsets.put("", 17L);
        opsets.put("my.domain", 1L);
        SequencedMap<String, String> metadata = new LinkedHashMap<>();
        metadata.put("key", "value");
        return new Model(8, "me", "1.0", "org.me", 3, "a text", opsets, metadata, graph);
    }

    private static byte[] bytes(Model m) {
        return ModelWriter.toByteArray(m);
    }

    @Test
    void whatIsWrittenIsReadAndWrittenAgainTheSame() throws Exception {
        byte[] bytes = bytes(model());
        Model read = ModelReader.read(ByteBuffer.wrap(bytes), null);
        assertThat(bytes(read)).isEqualTo(bytes);
        assertThat(read.opsets()).containsEntry("", 17L).containsEntry("my.domain", 1L);
        assertThat(read.graph().initializers().getFirst().floats()).containsExactly(1, 2, 3, 4, 5, 6);
        assertThat(read.graph().inputs().getFirst().description()).isEqualTo("float [N, 3, ?]");
        Node node = read.graph().nodes().getFirst();
        assertThat(node.inputs()).containsExactly("x", "", "w");
        assertThat(node.attributes().get("s")).isEqualTo(new Attribute.OfString("grün"));
        assertThat(node.attributes().get("is"))
                .isInstanceOfSatisfying(
                        Attribute.OfInts.class, a -> assertThat(a.value()).containsExactly(4, -5));
    }

    @Test
    void everyFieldOfElementsIsRead() throws Exception {
        assertThat(tensor(1, new ProtobufWriter().packed(4, new float[] {1.5f, -2}))
                        .floats())
                .containsExactly(1.5f, -2);
        assertThat(tensor(1, new ProtobufWriter().float32(4, 1.5f).float32(4, -2))
                        .floats())
                .containsExactly(1.5f, -2);
        assertThat(tensor(6, new ProtobufWriter().packed(5, new long[] {7, -8})).longs())
                .containsExactly(7, -8);
        assertThat(tensor(3, new ProtobufWriter().packed(5, new long[] {7, -8})).longs())
                .containsExactly(7, -8);
        assertThat(tensor(9, new ProtobufWriter().varint(5, 1).varint(5, 0)).longs())
                .containsExactly(1, 0);
        assertThat(tensor(10, new ProtobufWriter().packed(5, new long[] {0x3c00, 0xc000}))
                        .floats())
                .containsExactly(1, -2);
        assertThat(tensor(16, new ProtobufWriter().packed(5, new long[] {0x3f80, 0xc000}))
                        .floats())
                .containsExactly(1, -2);
        assertThat(tensor(7, new ProtobufWriter().packed(7, new long[] {7, -8})).longs())
                .containsExactly(7, -8);
        assertThat(tensor(11, new ProtobufWriter().float64(10, 0.5).float64(10, 3))
                        .floats())
                .containsExactly(0.5f, 3);
        assertThat(tensor(12, new ProtobufWriter().packed(11, new long[] {7, 0xffffffffL}))
                        .longs())
                .containsExactly(7, 0xffffffffL);
        byte[] raw = ByteBuffer.allocate(16)
                .order(ByteOrder.LITTLE_ENDIAN)
                .putLong(3)
                .putLong(-4)
                .array();
        assertThat(tensor(7, new ProtobufWriter().bytes(9, raw)).longs()).containsExactly(3, -4);
    }

    /** A tensor of two elements. */
    private TensorProto tensor(int type, ProtobufWriter elements) throws Exception {
        Path file = folder.resolve("t.pb");
        byte[] head = new ProtobufWriter().varint(1, 2).varint(2, type).toByteArray();
        byte[] body = elements.toByteArray();
        byte[] all = ByteBuffer.allocate(head.length + body.length)
                .put(body)
                .put(head)
                .array();
        Files.write(file, all);
        return ModelReader.readTensor(file);
    }

    @Test
    void aShapeThatTheBytesDoNotFillIsRefused() {
        assertThatThrownBy(() -> tensor(1, new ProtobufWriter().packed(4, new float[] {1})))
                .isInstanceOf(FormatException.class)
                .hasMessageContaining("t.pb")
                .hasMessageContaining("4 bytes of data instead of 8");
        for (long extent : new long[] {1 << 30, -2}) {
            assertThatThrownBy(() ->
                            tensor(1, new ProtobufWriter().varint(1, 1 << 30).varint(1, extent)))
                    .hasMessageContaining("impossible shape");
        }
        assertThatThrownBy(() -> tensor(1, new ProtobufWriter().varint(1, 1L << 40)))
                .hasMessageContaining("more than 2^31 - 1");
    }

    @Test
    void graphsThatAreNestedTooDeepAreRefused() {
        ProtobufWriter graph = new ProtobufWriter();
        for (int i = 0; i < 1000; i++) {
            ProtobufWriter attribute =
                    new ProtobufWriter().text(1, "body").message(6, graph).varint(20, 5);
            graph = new ProtobufWriter()
                    .message(1, new ProtobufWriter().text(4, "If").message(5, attribute));
        }
        byte[] bytes = new ProtobufWriter().message(7, graph).toByteArray();
        assertThatThrownBy(() -> ModelReader.read(ByteBuffer.wrap(bytes), null))
                .isInstanceOf(FormatException.class)
                .hasMessageContaining("nested more than 16 deep");
    }

    @Test
    void weightsBesideTheModelAreReadAndNeverThoseOfAnotherFolder() throws Exception {
        Path file = folder.resolve("m.onnx");
        ModelWriter.write(model(), file, 8);
        assertThat(folder.resolve("m.onnx.data")).isNotEmptyFile();
        assertThat(bytes(ModelReader.read(file))).isEqualTo(bytes(model()));

        Files.writeString(folder.resolveSibling("secret.bin"), "x".repeat(24));
        for (String location :
                List.of("../secret.bin", folder.resolveSibling("secret.bin").toString())) {
            assertThatThrownBy(() -> ModelReader.read(ByteBuffer.wrap(external(location, "0", "24")), folder))
                    .isInstanceOf(FormatException.class)
                    .hasMessageContaining("outside the folder");
        }
        Files.createSymbolicLink(folder.resolve("link.bin"), folder.resolveSibling("secret.bin"));
        assertThatThrownBy(() -> ModelReader.read(ByteBuffer.wrap(external("link.bin", "0", "24")), folder))
                .hasMessageContaining("outside the folder");
        Files.writeString(folder.resolve("data.bin"), "x".repeat(24));
        for (String[] range :
                List.of(new String[] {"1", "24"}, new String[] {"0", "23"}, new String[] {"-1", "24"}, new String[] {
                    "0", "9999999999"
                })) {
            assertThatThrownBy(
                            () -> ModelReader.read(ByteBuffer.wrap(external("data.bin", range[0], range[1])), folder))
                    .as("%s + %s", range[0], range[1])
                    .isInstanceOf(FormatException.class)
                    .hasMessageContaining("'w'");
        }
        assertThatThrownBy(() -> ModelReader.read(ByteBuffer.wrap(external("gone.bin", "0", "24")), folder))
                .hasMessageContaining("is not there");
        Files.delete(folder.resolveSibling("secret.bin"));
    }

    private static byte[] external(String location, String offset, String length) {
        ProtobufWriter tensor =
                new ProtobufWriter().packed(1, new long[] {6}).varint(2, 1).text(8, "w");
        for (String[] entry : List.of(
                new String[] {"location", location}, new String[] {"offset", offset}, new String[] {"length", length
                })) {
            tensor.message(13, new ProtobufWriter().text(1, entry[0]).text(2, entry[1]));
        }
        tensor.varint(14, 1);
        return new ProtobufWriter()
                .message(7, new ProtobufWriter().message(5, tensor))
                .toByteArray();
    }
}
