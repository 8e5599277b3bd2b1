package dev.aorta.data;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.aorta.io.FormatException;
import dev.aorta.io.wire.ProtobufWriter;
import java.util.ArrayList;
import java.util.Collections;
import java.util.HexFormat;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;

class ExampleTest {
    @Test
    void everyKindSurvivesARoundTrip() throws FormatException {
        Example example = Example.builder()
                .bytes("image_raw", new byte[] {1, 2, 3})
                .bytes("parts", new byte[0], new byte[] {4})
                .text("name", "Herz ♥")
                .ints("height", 256)
                .ints("extremes", Long.MIN_VALUE, -1, 0, Long.MAX_VALUE)
                .floats("spacing", 1.25f, -0f, Float.NaN)
                .floats("none")
                .build();
        Example read = Example.parse(example.toByteArray());
        assertThat(read.names()).containsExactly("extremes", "height", "image_raw", "name", "none", "parts", "spacing");
        assertThat(read.bytes("image_raw")).containsExactly(1, 2, 3);
        assertThat(read.bytesList("parts")).containsExactly(new byte[0], new byte[] {4});
        assertThat(read.text("name")).isEqualTo("Herz ♥");
        assertThat(read.ints("height")).containsExactly(256);
        assertThat(read.ints("extremes")).containsExactly(Long.MIN_VALUE, -1, 0, Long.MAX_VALUE);
        assertThat(read.floats("spacing")).containsExactly(1.25f, -0f, Float.NaN);
        assertThat(read.floats("none")).isEmpty();
        assertThat(read.toByteArray()).isEqualTo(example.toByteArray());
        assertThat(read)
                .hasToString("extremes int64[4], height int64[1], image_raw bytes[3], name bytes[8], none float[0],"
                        + " parts bytes[0, 1], spacing float[3]");
    }

    @Test
    void buildingTakesCopiesAndTheLaterOfTwoValues() throws FormatException {
        byte[] pixels = {1};
        Example.Builder builder = Example.builder().ints("x", 1).bytes("x", pixels);
        Example example = builder.build();
        pixels[0] = 9;
        builder.ints("y", 1);
        example.bytes("x")[0] = 9;
        assertThat(example.bytes("x")).containsExactly(1);
        assertThat(example.names()).containsExactly("x");
    }

    @Test
    void orderOfTheCallsDoesNotShowInTheBytes() {
        Example forward =
                Example.builder().ints("a", 1).ints("b", 2).text("c", "3").build();
        Example backward =
                Example.builder().text("c", "3").ints("b", 2).ints("a", 1).build();
        assertThat(backward.toByteArray()).isEqualTo(forward.toByteArray());
    }

    @Test
    void bytesAreThoseOfProtoc() {
        // features { feature { key: "h" value { int64_list { value: 256 } } } }
        assertThat(hex(Example.builder().ints("h", 256).build().toByteArray()))
                .isEqualTo("0a0d" + "0a0b" + "0a0168" + "1206" + "1a04" + "0a028002");
        assertThat(hex(Example.builder().build().toByteArray())).isEqualTo("0a00");
    }

    @Test
    void featuresMayComeInAnyOrder() throws FormatException {
        List<ProtobufWriter> entries = new ArrayList<>();
        for (int i = 0; i < 6; i++) {
            entries.add(entry("f" + i, ints(new ProtobufWriter().varint(1, i))));
        }
        byte[] sorted = example(entries);
        for (long seed = 0; seed < 20; seed++) {
            Collections.shuffle(entries, new Random(seed));
            assertThat(Example.parse(example(entries)).toByteArray())
                    .as("seed %d", seed)
                    .isEqualTo(Example.parse(sorted).toByteArray());
        }
    }

    @Test
    void packedUnpackedAndSplitListsAreTheSame() throws FormatException {
        ProtobufWriter mixed =
                new ProtobufWriter().varint(1, 1).packed(1, new long[] {2, 300}).varint(1, -4);
        assertThat(read(ints(mixed)).ints("x")).containsExactly(1, 2, 300, -4);
        ProtobufWriter floats =
                new ProtobufWriter().float32(1, 1).packed(1, new float[] {2, 3}).float32(1, 4);
        assertThat(read(new ProtobufWriter().message(2, floats)).floats("x")).containsExactly(1, 2, 3, 4);
        ProtobufWriter twoLists = ints(new ProtobufWriter().varint(1, 1)).message(3, new ProtobufWriter().varint(1, 2));
        assertThat(read(twoLists).ints("x")).containsExactly(1, 2);
    }

    @Test
    void laterOfTwoKindsWins() throws FormatException {
        ProtobufWriter feature =
                ints(new ProtobufWriter().varint(1, 1)).message(1, new ProtobufWriter().text(1, "late"));
        Example example = read(feature);
        assertThat(example.text("x")).isEqualTo("late");
        assertThatThrownBy(() -> example.ints("x")).isInstanceOf(FormatException.class);
    }

    @Test
    void laterOfTwoEqualKeysWins() throws FormatException {
        Example example = Example.parse(example(List.of(
                entry("x", ints(new ProtobufWriter().varint(1, 1))),
                entry("x", ints(new ProtobufWriter().varint(1, 2))))));
        assertThat(example.ints("x")).containsExactly(2);
    }

    @Test
    void repeatedFeaturesMessagesAreMerged() throws FormatException {
        ProtobufWriter first = new ProtobufWriter().message(1, entry("a", ints(new ProtobufWriter().varint(1, 1))));
        ProtobufWriter second = new ProtobufWriter().message(1, entry("b", ints(new ProtobufWriter().varint(1, 2))));
        Example example = Example.parse(
                new ProtobufWriter().message(1, first).message(1, second).toByteArray());
        assertThat(example.names()).containsExactly("a", "b");
    }

    @Test
    void unknownFieldsAreIgnoredAtEveryLevel() throws FormatException {
        ProtobufWriter list = noise().message(1, new ProtobufWriter()).varint(1, 7);
        ProtobufWriter feature = noise().message(3, list);
        ProtobufWriter entry = noise().text(1, "x").message(2, feature);
        ProtobufWriter features = noise().message(1, entry);
        assertThat(Example.parse(noise().message(1, features).toByteArray()).ints("x"))
                .containsExactly(7);
    }

    @Test
    void missingKeyAndMissingValueAreTheirDefaults() throws FormatException {
        Example example = Example.parse(example(List.of(new ProtobufWriter(), new ProtobufWriter().text(1, "bare"))));
        assertThat(example.names()).containsExactly("", "bare");
        assertThat(example).hasToString(" empty, bare empty");
        assertThatThrownBy(() -> example.ints("bare")).hasMessage("example: feature 'bare' is empty, not ints");
        assertThat(Example.parse(new byte[0]).names()).isEmpty();
    }

    @Test
    void accessorsNameWhatIsThere() {
        Example example = Example.builder()
                .ints("height", 4)
                .bytes("img_raw", new byte[2], new byte[3])
                .build();
        assertThatThrownBy(() -> example.bytes("image_raw"))
                .isInstanceOf(FormatException.class)
                .hasMessage("example: there is no feature 'image_raw'; it has height int64[1], img_raw bytes[2, 3]");
        assertThatThrownBy(() -> example.floats("height"))
                .hasMessage("example: feature 'height' is int64[1], not floats");
        assertThatThrownBy(() -> example.bytes("img_raw"))
                .hasMessage("example: feature 'img_raw' holds 2 bytes values instead of one");
    }

    @Test
    void malformedExamplesAreNamed() {
        refuses(new ProtobufWriter().message(2, new ProtobufWriter().bytes(1, new byte[3])), "not a multiple of 4");
        refuses(ints(new ProtobufWriter().bytes(1, new byte[] {(byte) 0x80})), "ends inside a varint");
        assertThatThrownBy(() ->
                        Example.parse(example(List.of(new ProtobufWriter().bytes(1, new byte[] {(byte) 0xff})))))
                .isInstanceOf(FormatException.class)
                .hasMessageContaining("not UTF-8");
        assertThatThrownBy(() -> Example.parse("<html>".getBytes(UTF_8))).isInstanceOf(FormatException.class);
    }

    @Test
    void tooManyFeaturesAreRefused() {
        ProtobufWriter features = new ProtobufWriter();
        for (int i = 0; i <= 1 << 16; i++) {
            features.message(1, new ProtobufWriter().text(1, Integer.toString(i)));
        }
        assertThatThrownBy(() ->
                        Example.parse(new ProtobufWriter().message(1, features).toByteArray()))
                .isInstanceOf(FormatException.class)
                .hasMessageContaining("more than 65536 features");
    }

    @Test
    void tooManyBytesValuesAreRefused() {
        ProtobufWriter list = new ProtobufWriter();
        for (int i = 0; i <= 1 << 20; i++) {
            list.bytes(1, new byte[0]);
        }
        refuses(new ProtobufWriter().message(1, list), "more than 1048576 values");
    }

    private static void refuses(ProtobufWriter feature, String message) {
        assertThatThrownBy(() -> read(feature))
                .isInstanceOf(FormatException.class)
                .hasMessageContaining(message);
    }

    /** Fields that {@code tf.train.Example} does not have, of every wire type, and known ones of a wrong type. */
    private static ProtobufWriter noise() {
        return new ProtobufWriter()
                .varint(15, -1)
                .float32(16, 1)
                .float64(1000, 1)
                .text(100, "x")
                .float64(1, 1);
    }

    private static ProtobufWriter ints(ProtobufWriter list) {
        return new ProtobufWriter().message(3, list);
    }

    private static ProtobufWriter entry(String name, ProtobufWriter feature) {
        return new ProtobufWriter().text(1, name).message(2, feature);
    }

    private static byte[] example(List<ProtobufWriter> entries) {
        ProtobufWriter features = new ProtobufWriter();
        entries.forEach(entry -> features.message(1, entry));
        return new ProtobufWriter().message(1, features).toByteArray();
    }

    private static Example read(ProtobufWriter feature) throws FormatException {
        return Example.parse(example(List.of(entry("x", feature))));
    }

    private static String hex(byte[] bytes) {
        return HexFormat.of().formatHex(bytes);
    }
}
