package dev.aorta.io;

import static java.nio.charset.StandardCharsets.ISO_8859_1;
import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.junit.jupiter.api.Assertions.assertTimeoutPreemptively;

import dev.aorta.io.Safetensors.DType;
import dev.aorta.io.Safetensors.Entry;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.Charset;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Objects;
import java.util.Random;
import java.util.SequencedMap;
import java.util.TreeMap;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The cases of the format's reference implementation, under its names, and our own. */
class SafetensorsTest {
    @TempDir
    Path directory;

    @Test
    void test_roundtrip() throws IOException {
        SequencedMap<String, Entry> tensors = new LinkedHashMap<>();
        tensors.put("enc1.conv1.weight", Entry.of(new float[] {1, -0f, Float.NaN, 3.5f, Float.MIN_VALUE, 1e38f}, 2, 3));
        tensors.put("größe", Entry.of(new float[] {7}));
        Safetensors written = new Safetensors(Map.of("model", "unet", "änderung", "\"1\"\n"), tensors);
        Path file = directory.resolve("model.safetensors");
        written.write(file);
        Safetensors read = Safetensors.read(file);
        assertThat(read.metadata()).isEqualTo(written.metadata());
        assertThat(read.tensors().sequencedKeySet()).containsExactly("enc1.conv1.weight", "größe");
        Entry weight = read.tensor("enc1.conv1.weight");
        assertThat(weight.dtype()).isEqualTo(DType.F32);
        assertThat(weight.shape()).containsExactly(2, 3);
        assertThat(weight.floats()).containsExactly(1, -0f, Float.NaN, 3.5f, Float.MIN_VALUE, 1e38f);
        assertThat(read.tensor("größe").shape()).isEmpty();
        assertThat(read.tensor("größe").floats()).containsExactly(7);
    }

    /** The bytes that the reference implementation writes for this tensor, from its README and tests. */
    @Test
    void test_serialization() throws IOException {
        SequencedMap<String, Entry> tensors = new LinkedHashMap<>();
        tensors.put("attn.0", Entry.of(new float[] {0, 1, 2, 3, 4, 5}, 1, 2, 3));
        Path file = directory.resolve("one");
        new Safetensors(Map.of(), tensors).write(file);
        String json = "{\"attn.0\":{\"dtype\":\"F32\",\"shape\":[1,2,3],\"data_offsets\":[0,24]}}";
        assertThat(Files.readAllBytes(file))
                .isEqualTo(bytes(
                        64,
                        json + " ".repeat(64 - json.length()),
                        hex("00000000 0000803f 00000040 00004040 00008040 0000a040")));
    }

    /** A file of the reference implementation; see src/test/python/write_safetensors.py. */
    @Test
    void readsAndWritesWhatTheReferenceImplementationWrites() throws IOException {
        Path reference = directory.resolve("reference");
        try (InputStream in = getClass().getResourceAsStream("reference.safetensors")) {
            Files.write(reference, Objects.requireNonNull(in).readAllBytes());
        }
        Safetensors read = Safetensors.read(reference);
        assertThat(read.metadata()).isEqualTo(Map.of("model", "unet \"ä\"\n"));
        assertThat(read.tensors()).containsOnlyKeys("step", "größe", "empty", "enc1.conv1.weight", "half", "mask");
        assertThat(read.tensor("enc1.conv1.weight").shape()).containsExactly(2, 3);
        assertThat(read.tensor("enc1.conv1.weight").floats()).containsExactly(-3, -2, -1, 0, 1, 2);
        assertThat(read.tensor("half").floats()).containsExactly(1.5f, -2);
        assertThat(read.tensor("step").bytes().getLong()).isEqualTo(5);
        assertThat(read.tensor("größe").bytes().getDouble()).isEqualTo(0.1);
        assertThat(read.tensor("empty").shape()).containsExactly(0, 3);
        assertThat(read.tensor("mask").dtype()).isEqualTo(DType.BOOL);
        Path ours = directory.resolve("ours");
        read.write(ours);
        assertThat(ours).hasSameBinaryContentAs(reference);
    }

    @Test
    void test_empty() throws IOException {
        Path file = directory.resolve("empty");
        new Safetensors(Map.of(), new LinkedHashMap<>()).write(file);
        assertThat(Files.readAllBytes(file)).isEqualTo(bytes(8, "{}      ", new byte[0]));
        assertThat(Safetensors.read(file).tensors()).isEmpty();
    }

    @Test
    void test_serialization_forced_alignement() throws IOException {
        SequencedMap<String, Entry> tensors = new LinkedHashMap<>();
        tensors.put("mask", Entry.of(DType.U8, new byte[] {1, 2, 3}, 3));
        tensors.put("weight", Entry.of(new float[] {1, 2}, 2));
        tensors.put("step", Entry.of(DType.I64, new byte[8]));
        Path file = directory.resolve("mixed");
        new Safetensors(Map.of("a", "b"), tensors).write(file);
        ByteBuffer content = ByteBuffer.wrap(Files.readAllBytes(file)).order(ByteOrder.LITTLE_ENDIAN);
        assertThat(content.getLong(0) % 8).isZero();
        assertThat(Safetensors.read(file).tensors().sequencedKeySet()).containsExactly("step", "weight", "mask");
    }

    @Test
    void equalContentsGiveEqualBytes() throws IOException {
        Path first = directory.resolve("first");
        Path second = directory.resolve("second");
        Map<String, String> metadata =
                IntStream.range(0, 50).boxed().collect(Collectors.toMap(i -> "k" + i, i -> "v" + i));
        SequencedMap<String, Entry> tensors = new LinkedHashMap<>();
        tensors.put("w", Entry.of(new float[] {1}, 1));
        new Safetensors(metadata, tensors).write(first);
        new Safetensors(new LinkedHashMap<>(new TreeMap<>(metadata).descendingMap()), tensors).write(second);
        assertThat(second).hasSameBinaryContentAs(first);
    }

    @Test
    void rawTypesKeepTheirBytesAndHalvesWiden() throws IOException {
        Safetensors read = parse(
                "{\"h\":{\"dtype\":\"F16\",\"shape\":[2],\"data_offsets\":[0,4]},"
                        + "\"b\":{\"dtype\":\"BF16\",\"shape\":[2],\"data_offsets\":[4,8]},"
                        + "\"i\":{\"dtype\":\"I64\",\"shape\":[1],\"data_offsets\":[8,16]}}",
                hex("003c00c0 803f80bf 0102030405060708"));
        assertThat(read.tensor("h").floats()).containsExactly(1, -2);
        assertThat(read.tensor("b").floats()).containsExactly(1, -1);
        assertThat(read.tensor("i").bytes().getLong()).isEqualTo(0x0807060504030201L);
        assertThatThrownBy(() -> read.tensor("i").floats())
                .isInstanceOf(FormatException.class)
                .hasMessageContaining("I64");
    }

    @Test
    void test_json_attack() {
        String overlapping = IntStream.range(0, 10)
                .mapToObj(i -> "\"t" + i + "\":{\"dtype\":\"F32\",\"shape\":[2,2],\"data_offsets\":[0,16]}")
                .collect(Collectors.joining(",", "{", "}"));
        refuses(overlapping, new byte[16], "begins at byte 0 of the data, but the one before it ends at 16");
    }

    @Test
    void holeIsRefused() {
        refuses(
                "{\"a\":{\"dtype\":\"U8\",\"shape\":[1],\"data_offsets\":[0,1]},"
                        + "\"b\":{\"dtype\":\"U8\",\"shape\":[1],\"data_offsets\":[2,3]}}",
                new byte[3],
                "'b' begins at byte 2");
    }

    @Test
    void test_metadata_incomplete_buffer() {
        refuses(tensor("F32", "2,2", 0, 16), new byte[17], "the tensors take 16 bytes, but 17 follow");
        refuses(tensor("F32", "2,2", 0, 16), new byte[15], "the tensors take 16 bytes, but 15 follow");
        refuses("{}", new byte[1], "the tensors take 0 bytes, but 1 follow");
    }

    @Test
    void test_header_too_large() {
        refuses(bytes(100_000_001, "{}", new byte[0]), "over the limit of 100000000");
        refuses(bytes(-1, "{}", new byte[0]), "18446744073709551615 bytes is over the limit");
        refuses(bytes(Long.MIN_VALUE, "{}", new byte[0]), "over the limit");
    }

    @Test
    void test_header_too_small() {
        for (int size = 0; size < 8; size++) {
            refuses(new byte[size], size + " bytes are too few");
        }
        refuses(bytes(0, "", new byte[0]), "does not begin with '{'");
    }

    @Test
    void test_invalid_header_length() {
        refuses(bytes(60, "{}", new byte[0]), "a header of 60 bytes does not fit in a file of 10");
        refuses(bytes(99_999_999, "{}", new byte[0]), "does not fit");
    }

    @Test
    void test_invalid_header_non_utf8() {
        refuses(bytes(3, "{\u00ff}", new byte[0], ISO_8859_1), "not valid UTF-8");
        refuses(bytes(1, "\u00ff", new byte[0], ISO_8859_1), "does not begin with '{'");
    }

    @Test
    void test_invalid_header_not_json() {
        refuses("{", new byte[0], "JSON at line 1, column 2");
        refuses("{} x", new byte[0], "something follows the value");
        refuses("{\"a\":" + "[".repeat(100_000), new byte[0], "more than 64 levels");
    }

    @Test
    void test_whitespace_padded_header() throws IOException {
        assertThat(parse("{\"t\":{\"dtype\":\"I32\",\"shape\":[],\"data_offsets\":[0,4]}}   ", new byte[4])
                        .tensors())
                .containsOnlyKeys("t");
    }

    @Test
    void test_whitespace_leading() {
        refuses(" {}", new byte[0], "does not begin with '{'");
    }

    @Test
    void test_zero_sized_tensor() throws IOException {
        Safetensors read = parse(
                "{\"a\":{\"dtype\":\"F32\",\"shape\":[1],\"data_offsets\":[0,4]},"
                        + "\"z\":{\"dtype\":\"I32\",\"shape\":[2,0],\"data_offsets\":[0,0]}}",
                new byte[4]);
        assertThat(read.tensor("z").shape()).containsExactly(2, 0);
        assertThat(read.tensor("z").bytes().remaining()).isZero();
    }

    @Test
    void test_empty_shapes_allowed() throws IOException {
        assertThat(parse(tensor("I32", "", 0, 4), new byte[4]).tensor("t").shape())
                .isEmpty();
    }

    @Test
    void test_invalid_info() {
        refuses(tensor("F32", "2,2", 0, 4), new byte[4], "needs 16 bytes, data_offsets give 4");
        refuses(tensor("F32", "1", 4, 0), new byte[4], "data_offsets give -4");
        refuses(tensor("F32", "1", -4, 0), new byte[4], "outside 0..");
        refuses(tensor("F32", "-1", 0, 4), new byte[4], "-1 is outside 0..2147483647");
        refuses(tensor("F32", "1.0", 0, 4), new byte[4], "whole number");
        refuses(tensor("F31", "1", 0, 4), new byte[4], "unknown dtype 'F31'");
        refuses(
                "{\"t\":{\"dtype\":\"F32\",\"shape\":[1]}}",
                new byte[4],
                "tensor 't': JSON object has no 'data_offsets'");
        refuses("{\"t\":{\"dtype\":\"F32\",\"shape\":[1],\"data_offsets\":[0,2,4]}}", new byte[4], "two numbers");
        refuses("{\"t\":3}", new byte[0], "where an object must be");
    }

    @Test
    void test_validation_overflow() {
        refuses(tensor("F32", "2,18446744073709551614", 0, 16), new byte[16], "64 bits");
        refuses(tensor("F32", "2,9223372036854775807", 0, 16), new byte[16], "outside 0..2147483647");
        refuses(tensor("F32", "2147483647,2147483647,2147483647", 0, 16), new byte[16], "overflows 64 bits");
    }

    @Test
    void missingTensorIsNamed() throws IOException {
        Safetensors read = parse(tensor("I32", "", 0, 4), new byte[4]);
        assertThatThrownBy(() -> read.tensor("u"))
                .isInstanceOf(FormatException.class)
                .hasMessage("there is no tensor 'u', only [t]");
    }

    @Test
    void duplicateKeysAreRefused() {
        String info = "{\"dtype\":\"U8\",\"shape\":[1],\"data_offsets\":[0,1]}";
        refuses("{\"t\":" + info + ",\"t\":" + info + "}", new byte[1], "the name 't' stands twice");
        refuses("{\"__metadata__\":{\"a\":\"1\",\"a\":\"1\"}}", new byte[0], "the name 'a' stands twice");
    }

    @Test
    void metadataHoldsTextOnly() {
        refuses("{\"__metadata__\":{\"a\":1}}", new byte[0], "JSON has 1 where a string must be");
        refuses("{\"__metadata__\":[]}", new byte[0], "where an object must be");
    }

    @Test
    void messageNamesTheFile() throws IOException {
        Path file = Files.write(directory.resolve("cut.safetensors"), new byte[3]);
        assertThatThrownBy(() -> Safetensors.read(file))
                .isInstanceOf(FormatException.class)
                .hasMessage(file + " is not a sound safetensors file: 3 bytes are too few for the header's length");
    }

    @Test
    void wrongArgumentsAreRefused() {
        assertThatIllegalArgumentException()
                .isThrownBy(() -> Entry.of(new float[3], 2, 2))
                .withMessage("12 bytes do not fill shape [2, 2] of F32");
        assertThatIllegalArgumentException().isThrownBy(() -> Entry.of(new float[4], -2, -2));
        SequencedMap<String, Entry> tensors = new LinkedHashMap<>();
        tensors.put("__metadata__", Entry.of(new float[1], 1));
        assertThatIllegalArgumentException().isThrownBy(() -> new Safetensors(Map.of(), tensors));
    }

    @Test
    void everyTruncationAndEveryBitFlipGivesANamedExceptionOrASoundFile() throws IOException {
        SequencedMap<String, Entry> tensors = new LinkedHashMap<>();
        tensors.put("a", Entry.of(new float[] {1, 2, 3, 4}, 2, 2));
        tensors.put("b", Entry.of(new float[] {5}, 1));
        Path file = directory.resolve("small");
        new Safetensors(Map.of("k", "v"), tensors).write(file);
        byte[] sound = Files.readAllBytes(file);
        assertTimeoutPreemptively(Duration.ofSeconds(20), () -> {
            for (int size = 0; size < sound.length; size++) {
                refuses(Arrays.copyOf(sound, size), "");
            }
            for (int bit = 0; bit < 8 * sound.length; bit++) {
                byte[] flipped = sound.clone();
                flipped[bit / 8] ^= (byte) (1 << bit % 8);
                try {
                    assertThat(parse(flipped).tensors()).as("bit %d", bit).hasSize(2);
                } catch (FormatException named) {
                    assertThat(named).hasMessageNotContaining("null");
                }
            }
        });
    }

    @Test
    void randomHeadersGiveANamedException() {
        assertTimeoutPreemptively(Duration.ofSeconds(20), () -> {
            for (long seed = 0; seed < 1000; seed++) {
                Random random = new Random(seed);
                byte[] json = tensor("F32", "2,2", 0, 16).getBytes(UTF_8);
                for (int i = random.nextInt(1, 4); i > 0; i--) {
                    json[random.nextInt(json.length)] =
                            (byte) "{}[]\",:0123456789-eE. \\u\0".charAt(random.nextInt(25));
                }
                try {
                    Safetensors read = parse(bytes(json.length, new String(json, UTF_8), new byte[16]));
                    assertThat(read.tensors().size()).as("seed %d", seed).isEqualTo(1);
                } catch (FormatException named) {
                    assertThat(named).hasMessageNotContaining("null");
                }
            }
        });
    }

    private static String tensor(String dtype, String shape, long begin, long end) {
        return "{\"t\":{\"dtype\":\"" + dtype + "\",\"shape\":[" + shape + "],\"data_offsets\":[" + begin + "," + end
                + "]}}";
    }

    private static byte[] hex(String digits) {
        return HexFormat.of().parseHex(digits.replace(" ", ""));
    }

    private static byte[] bytes(long length, String json, byte[] data) {
        return bytes(length, json, data, UTF_8);
    }

    private static byte[] bytes(long length, String json, byte[] data, Charset charset) {
        byte[] header = json.getBytes(charset);
        return ByteBuffer.allocate(8 + header.length + data.length)
                .order(ByteOrder.LITTLE_ENDIAN)
                .putLong(length)
                .put(header)
                .put(data)
                .array();
    }

    private static Safetensors parse(byte[] file) throws IOException {
        return Safetensors.read(new ByteArrayInputStream(file), file.length);
    }

    private static Safetensors parse(String json, byte[] data) throws IOException {
        return parse(bytes(json.getBytes(UTF_8).length, json, data));
    }

    private static void refuses(String json, byte[] data, String message) {
        refuses(bytes(json.getBytes(UTF_8).length, json, data), message);
    }

    private static void refuses(byte[] file, String message) {
        assertThatThrownBy(() -> parse(file))
                .isInstanceOf(FormatException.class)
                .hasMessageContaining(message);
    }
}
