package dev.aorta.data;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.abort;

import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;
import java.util.Objects;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Files of an implementation that shares nothing with ours, and ours read by it; see src/test/node/README.md. */
class NpmTfRecordsTest {
    private static final int PIXELS = 16;
    private static final Path NODE = Path.of("src", "test", "node");

    @TempDir
    Path directory;

    @Test
    void readsSchemaAWithPixelsOfEverySize() throws IOException {
        List<Example> examples = read("npm-schema-a.tfrecords");
        assertThat(examples).hasSize(4);
        for (int n = 0; n < 4; n++) {
            Example example = examples.get(n);
            assertThat(example.names()).containsExactly("depth", "height", "img_raw", "label_raw", "width");
            assertThat(example.ints("height")).containsExactly(4);
            assertThat(example.ints("width")).containsExactly(4);
            assertThat(example.ints("depth")).containsExactly(1);
            assertThat(example.bytes("img_raw")).isEqualTo(pixels(n, 8 >> n));
            assertThat(example.bytes("label_raw")).isEqualTo(label(n));
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"npm-schema-b.tfrecords", "npm-schema-b.tfrecords.gz", "npm-schema-b.tfrecords.zlib"})
    void readsSchemaB(String file) throws IOException {
        List<Example> examples = read(file);
        assertThat(examples).hasSize(3);
        for (int n = 0; n < 3; n++) {
            assertThat(examples.get(n).text("name")).isEqualTo("SC-HF-I-" + n + " Ähre");
            assertThat(examples.get(n).ints("height")).containsExactly(4);
            assertThat(examples.get(n).bytes("image_raw")).isEqualTo(pixels(n, 8));
            assertThat(examples.get(n).bytes("label_raw")).isEqualTo(label(n));
        }
    }

    @Test
    void readsEveryKindOfList() throws IOException {
        Example example = read("npm-kinds.tfrecords").getFirst();
        assertThat(example.ints("ints")).containsExactly(0, 1, -1, 127, 128, 300, Integer.MIN_VALUE, (1L << 53) - 1);
        assertThat(example.floats("floats")).containsExactly(0, -0.5f, 1.5f, Float.MAX_VALUE, Float.POSITIVE_INFINITY);
        assertThat(example.bytesList("texts")).containsExactly("aorta".getBytes(UTF_8), "Herz ♥".getBytes(UTF_8));
        assertThat(example.bytes("empty")).isEmpty();
        assertThat(example.ints("none")).isEmpty();
    }

    /** Both sort the keys and pack the lists, so that even the files are the same. */
    @ParameterizedTest
    @ValueSource(strings = {"npm-schema-a.tfrecords", "npm-schema-b.tfrecords", "npm-kinds.tfrecords"})
    void writesTheSameBytes(String file) throws IOException {
        List<Example> examples = read(file);
        Path ours = write(examples);
        assertThat(ours).hasSameBinaryContentAs(fixture(file));
    }

    @Test
    void isReadByTheOtherImplementation() throws Exception {
        Random random = new Random(5);
        byte[] image = new byte[256 * 256];
        random.nextBytes(image);
        Example kinds = Example.builder()
                .ints("ints", 0, 1, -1, 300, Integer.MIN_VALUE, (1L << 53) - 1)
                .floats("floats", 0, -0.5f, 1.5f, Float.POSITIVE_INFINITY)
                .bytes("texts", new byte[0], "Herz ♥".getBytes(UTF_8))
                .build();
        Example picture =
                Example.builder().ints("height", 256).bytes("image_raw", image).build();
        List<String> lines = readByNode(write(List.of(kinds, picture)));
        assertThat(lines)
                .containsExactlyInAnyOrder(
                        "0 ints ints 0 1 -1 300 -2147483648 9007199254740991",
                        "0 floats floats 0 -0.5 1.5 Infinity",
                        "0 texts bytes - 4865727a20e299a5",
                        "1 height ints 256",
                        "1 image_raw bytes " + HexFormat.of().formatHex(image));
    }

    private static List<String> readByNode(Path file) throws Exception {
        boolean possible = Files.isDirectory(NODE.resolve("node_modules/@roboflow/tfrecords")) && nodeRuns();
        if (!possible) {
            String reason = "skipped: to let @roboflow/tfrecords read our files, install Node and run 'npm install' in "
                    + NODE.toAbsolutePath();
            System.out.println(reason);
            abort(reason);
        }
        Process node = new ProcessBuilder(
                        "node", "read-records.js", file.toAbsolutePath().toString())
                .directory(NODE.toFile())
                .redirectError(ProcessBuilder.Redirect.INHERIT)
                .start();
        String output = new String(node.getInputStream().readAllBytes(), UTF_8);
        assertThat(node.waitFor()).isZero();
        return output.lines().toList();
    }

    private static boolean nodeRuns() throws InterruptedException {
        try {
            return new ProcessBuilder("node", "--version").start().waitFor() == 0;
        } catch (IOException e) {
            return false;
        }
    }

    private static byte[] pixels(int n, int bytesPerPixel) {
        byte[] image = new byte[PIXELS * bytesPerPixel];
        for (int i = 0; i < PIXELS; i++) {
            int value = (n * 131 + i * 97) % (bytesPerPixel == 1 ? 256 : 1801);
            for (int b = 0; b < Math.min(bytesPerPixel, 4); b++) {
                image[i * bytesPerPixel + b] = (byte) (value >> (8 * b));
            }
        }
        return image;
    }

    private static byte[] label(int n) {
        byte[] label = new byte[PIXELS];
        for (int i = 0; i < PIXELS; i++) {
            label[i] = (byte) ((i + n) % 3 == 0 ? 1 : 0);
        }
        return label;
    }

    private Path write(List<Example> examples) throws IOException {
        Path file = directory.resolve("ours.tfrecords");
        TfRecordWriter.write(file, TfRecordCompression.NONE, writer -> {
            for (Example example : examples) {
                writer.write(example);
            }
        });
        return file;
    }

    private List<Example> read(String fixture) throws IOException {
        List<Example> examples = new ArrayList<>();
        try (TfRecordReader reader = TfRecordReader.open(fixture(fixture))) {
            for (Example example = reader.nextExample(); example != null; example = reader.nextExample()) {
                examples.add(example);
            }
        }
        return examples;
    }

    private Path fixture(String name) throws IOException {
        Path file = directory.resolve(name);
        try (InputStream in = Objects.requireNonNull(getClass().getResourceAsStream(name), name)) {
            Files.write(file, in.readAllBytes());
        }
        return file;
    }
}
