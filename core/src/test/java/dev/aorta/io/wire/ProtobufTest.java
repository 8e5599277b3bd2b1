package dev.aorta.io.wire;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.aorta.io.FormatException;
import java.util.HexFormat;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class ProtobufTest {
    /** The examples of protobuf's encoding guide. */
    @Test
    void writesTheGuidesExamples() {
        assertThat(hex(new ProtobufWriter().varint(1, 150))).isEqualTo("089601");
        assertThat(hex(new ProtobufWriter().text(2, "testing"))).isEqualTo("120774657374696e67");
        assertThat(hex(new ProtobufWriter().message(3, new ProtobufWriter().varint(1, 150))))
                .isEqualTo("1a03089601");
        assertThat(hex(new ProtobufWriter().packed(6, new long[] {3, 270, 86942})))
                .isEqualTo("3206038e029ea705");
        assertThat(hex(new ProtobufWriter().varint(1, -2))).isEqualTo("08feffffffffffffffff01");
    }

    @Test
    void writesFixedNumbersLittleEndian() {
        assertThat(hex(new ProtobufWriter().float32(1, 1).float64(2, -2))).isEqualTo("0d0000803f1100000000000000c0");
        assertThat(hex(new ProtobufWriter().packed(1, new float[] {1, -2}))).isEqualTo("0a080000803f000000c0");
    }

    @ParameterizedTest
    @ValueSource(longs = {0, 1, 127, 128, 16383, 16384, Integer.MAX_VALUE, Long.MAX_VALUE, Long.MIN_VALUE, -1})
    void varintsSurviveARoundTrip(long value) throws FormatException {
        ProtobufReader in = new ProtobufReader(
                new ProtobufWriter().varint(536_870_911, value).toByteArray());
        assertThat(in.tag() >>> 3).isEqualTo(536_870_911);
        assertThat(in.varint()).isEqualTo(value);
        assertThat(in.tag()).isZero();
    }

    @Test
    void readsOverlongVarints() throws FormatException {
        assertThat(new ProtobufReader(HexFormat.of().parseHex("81808000")).varint())
                .isEqualTo(1);
    }

    @ParameterizedTest
    @CsvSource({
        "08, the message ends inside a varint",
        "0880, the message ends inside a varint",
        "08ffffffffffffffffff02, varint is longer than 64 bits",
        "08ffffffffffffffffffff01, varint is longer than 64 bits",
        "00, field number 0 is outside",
        "07, field number 0 is outside",
        "808080801000, field number 536870912 is outside",
        "0900000000000000, the message ends inside a fixed64",
        "0d000000, the message ends inside a fixed32",
        "0a, the message ends inside a varint",
        "0a01, 'a value of 1 bytes, but 0 are left'",
        "0affffffff0f, 'a value of 4294967295 bytes, but 0 are left'",
        "0affffffffffffffffff01, 'a value of 18446744073709551615 bytes, but 0 are left'",
        "0b, field 1 is a group",
        "0c, field 1 is a group",
        "0e, field 1 has the unknown wire type 6",
        "0f, field 1 has the unknown wire type 7",
    })
    void malformedMessagesAreNamed(String message, String error) {
        assertThatThrownBy(() -> {
                    ProtobufReader in = new ProtobufReader(HexFormat.of().parseHex(message));
                    for (int tag = in.tag(); tag != 0; tag = in.tag()) {
                        in.skip(tag);
                    }
                })
                .isInstanceOf(FormatException.class)
                .hasMessageStartingWith("malformed protobuf at byte ")
                .hasMessageContaining(error);
    }

    @Test
    void positionsCountFromTheOutermostMessage() throws FormatException {
        ProtobufReader in = new ProtobufReader(HexFormat.of().parseHex("0801" + "12040a02" + "0aff"));
        in.skip(in.tag());
        in.tag();
        ProtobufReader middle = in.message();
        middle.tag();
        ProtobufReader inner = middle.message();
        inner.tag();
        assertThatThrownBy(inner::bytes).hasMessageStartingWith("malformed protobuf at byte 8: ");
    }

    @Test
    void textMustBeUtf8() throws FormatException {
        ProtobufReader in = new ProtobufReader(HexFormat.of().parseHex("0a02c328"));
        in.tag();
        assertThatThrownBy(in::text).isInstanceOf(FormatException.class).hasMessageContaining("not UTF-8");
    }

    private static String hex(ProtobufWriter writer) {
        return HexFormat.of().formatHex(writer.toByteArray());
    }
}
