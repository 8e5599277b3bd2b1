package dev.aorta.io;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.SequencedMap;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class JsonTest {
    @Test
    void readsEveryKindOfValue() throws FormatException {
        Json json = Json.parse("""
                 { "base": 16, "lr" : 1e-3, "augment": true, "name": "LV \\"\\u00e4\\ud83d\\ude00\\n\\/",
                   "none": null, "shape": [1, -2, 3], "empty": {}, "nothing": [ ] }
                """);
        assertThat(json.get("base").asInt()).isEqualTo(16);
        assertThat(json.get("lr").asDouble()).isEqualTo(1e-3);
        assertThat(json.get("augment").asBoolean()).isTrue();
        assertThat(json.get("name").asText()).isEqualTo("LV \"ä😀\n/");
        assertThat(json.get("none")).isEqualTo(new Json.Null());
        assertThat(json.get("shape").asList()).extracting(Json::asLong).containsExactly(1L, -2L, 3L);
        assertThat(json.get("empty").asObject()).isEmpty();
        assertThat(json.get("nothing").asList()).isEmpty();
        assertThat(json.asObject().sequencedKeySet().getFirst()).isEqualTo("base");
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "",
                " ",
                "{",
                "}",
                "[",
                "[1",
                "[1,",
                "[1,]",
                "[,1]",
                "[1 2]",
                "{\"a\"}",
                "{\"a\":}",
                "{\"a\":1,}",
                "{a:1}",
                "{\"a\" 1}",
                "'a'",
                "\"",
                "\"a",
                "\"\\",
                "\"\\x\"",
                "\"\\u12\"",
                "\"\\u12g4\"",
                "\"\\ud800\"",
                "\"\\ude00\\ud83d\"",
                "\"\t\"",
                "tru",
                "nul",
                "True",
                "NaN",
                "Infinity",
                "-Infinity",
                "+1",
                "01",
                "-",
                "-01",
                "1.",
                ".5",
                "1e",
                "1e+",
                "0x10",
                "1 2",
                "{} {}",
                "[]\uffff",
                "[]\u0000",
                "\ufeff{}",
                "// a\n1",
                "\u00a01"
            })
    void refusesWhatIsNotJson(String text) {
        assertThatExceptionOfType(FormatException.class)
                .isThrownBy(() -> Json.parse(text))
                .withMessageStartingWith("JSON at line 1, column ");
    }

    @Test
    void errorsNameLineAndColumn() {
        assertThatThrownBy(() -> Json.parse("{\n  \"a\": 1,\n  \"b\": x\n}"))
                .hasMessage("JSON at line 3, column 8: a value expected");
    }

    @Test
    void refusesTheSameNameTwice() {
        assertThatThrownBy(() -> Json.parse("{\"a\":{\"b\":1,\"\\u0062\":2}}"))
                .isInstanceOf(FormatException.class)
                .hasMessageContaining("the name 'b' stands twice");
    }

    @Test
    void refusesDeepNesting() throws FormatException {
        assertThat(Json.parse("[".repeat(64) + "]".repeat(64))).isInstanceOf(Json.Arr.class);
        for (String deep :
                List.of("[".repeat(1_000_000), "{\"a\":".repeat(1_000_000), "[".repeat(66) + "]".repeat(66))) {
            assertThatThrownBy(() -> Json.parse(deep))
                    .isInstanceOf(FormatException.class)
                    .hasMessageContaining("more than 64 levels");
        }
    }

    @Test
    void refusesWrongUtf8() {
        assertThatThrownBy(() -> Json.parse(new byte[] {'"', (byte) 0xc3, '"'}))
                .isInstanceOf(FormatException.class)
                .hasMessage("JSON is not valid UTF-8");
    }

    @Test
    void mismatchesNameWhatIsThereAndWhatMustBe() throws FormatException {
        Json json = Json.parse("{\"base\":\"big\",\"big\":4294967296,\"half\":0.5}");
        assertThatThrownBy(() -> json.get("base").asInt()).hasMessage("JSON has \"big\" where a whole number must be");
        assertThatThrownBy(() -> json.get("big").asInt()).hasMessageContaining("32 bits");
        assertThatThrownBy(() -> json.get("half").asLong()).hasMessageContaining("64 bits");
        assertThatThrownBy(() -> json.get("depth")).hasMessage("JSON object has no 'depth', only [base, big, half]");
        assertThatThrownBy(() -> json.get("half").get("x")).hasMessage("JSON has 0.5 where an object must be");
    }

    @Test
    void writesCompactAndPretty() {
        SequencedMap<String, Object> value = new LinkedHashMap<>();
        value.put("z", List.of(1, 2.5, 1e-5f));
        value.put("a", Map.of("k", true, "c", "\"\\\u0001\n"));
        value.put("n", null);
        value.put("e", List.of());
        Json json = Json.of(value);
        assertThat(json.compact())
                .isEqualTo(
                        "{\"z\":[1,2.5,1.0E-5],\"a\":{\"c\":\"\\\"\\\\\\u0001\\n\",\"k\":true},\"n\":null,\"e\":[]}");
        assertThat(json.pretty()).isEqualTo("""
                        {
                          "z": [
                            1,
                            2.5,
                            1.0E-5
                          ],
                          "a": {
                            "c": "\\"\\\\\\u0001\\n",
                            "k": true
                          },
                          "n": null,
                          "e": []
                        }
                        """);
    }

    @Test
    void refusesNumbersThatJsonCannotHold() {
        assertThatIllegalArgumentException()
                .isThrownBy(() -> Json.of(Double.NaN))
                .withMessageContaining("NaN");
        assertThatIllegalArgumentException().isThrownBy(() -> Json.of(Float.POSITIVE_INFINITY));
        assertThatIllegalArgumentException().isThrownBy(() -> Json.of(new Object()));
    }

    @Test
    void randomValuesSurviveARoundTrip() throws FormatException {
        for (long seed = 0; seed < 500; seed++) {
            Json value = random(new Random(seed), 4);
            assertThat(Json.parse(value.compact())).as("seed %d", seed).isEqualTo(value);
            assertThat(Json.parse(value.pretty())).as("seed %d", seed).isEqualTo(value);
        }
    }

    private static Json random(Random random, int depth) {
        return switch (random.nextInt(depth == 0 ? 4 : 6)) {
            case 0 -> Json.of(random.nextLong());
            case 1 -> Json.of(random.nextGaussian() * Math.pow(10, random.nextInt(-300, 300)));
            case 2 -> Json.of(random.nextBoolean() ? random.nextBoolean() : null);
            case 3 -> Json.of(text(random));
            case 4 ->
                new Json.Arr(random.ints(random.nextInt(4), 0, 2)
                        .mapToObj(i -> random(random, depth - 1))
                        .toList());
            default -> {
                SequencedMap<String, Json> members = new LinkedHashMap<>();
                for (int i = random.nextInt(4); i > 0; i--) {
                    members.put(text(random), random(random, depth - 1));
                }
                yield new Json.Obj(members);
            }
        };
    }

    private static String text(Random random) {
        StringBuilder text = new StringBuilder();
        for (int i = random.nextInt(6); i > 0; i--) {
            int c = random.nextInt(random.nextBoolean() ? 0x80 : 0x110000);
            text.appendCodePoint(c >= 0xd800 && c < 0xe000 ? '?' : c);
        }
        return text.toString();
    }

    /** Numbers are rounded as Java rounds them, however they are written. */
    @Test
    void numbersAreTheNextDouble() throws FormatException {
        Random random = new Random(3);
        List<String> literals = new ArrayList<>(List.of(
                "0",
                "-0",
                "-0.0",
                "0.1",
                "123456789012345",
                "1234567890123456",
                "0.30000000000000004",
                "1e22",
                "1e23",
                "5e-324",
                "9007199254740993",
                "0.000000000000000000000012",
                "0.00000000000000000000000123",
                "1.7976931348623157e308"));
        for (int i = 0; i < 20_000; i++) {
            int digits = 1 + random.nextInt(18);
            StringBuilder s = new StringBuilder(random.nextBoolean() ? "-" : "")
                    .append(random.nextInt(10))
                    .append('.');
            for (int k = 0; k < digits; k++) {
                s.append(random.nextInt(10));
            }
            literals.add(s.toString());
        }
        double[] all = Json.parse(literals.toString()).asDoubles();
        for (int i = 0; i < all.length; i++) {
            assertThat(all[i]).as(literals.get(i)).isEqualTo(Double.parseDouble(literals.get(i)));
        }
    }

    @Test
    void arraysOfNumbersAreListsLikeOthers() throws FormatException {
        Json numbers = Json.parse("[1, -2.5 ,3e1]");
        assertThat(numbers)
                .isEqualTo(new Json.Arr(List.of(new Json.Num("1"), new Json.Num("-2.5"), new Json.Num("3e1"))));
        assertThat(numbers.asDoubles()).containsExactly(1, -2.5, 30);
        assertThat(numbers.compact()).isEqualTo("[1,-2.5,3e1]");
        assertThat(Json.parse("[1, [2], \"a\"]").asList()).hasSize(3).first().isEqualTo(new Json.Num("1"));
        assertThatThrownBy(() -> Json.parse("[1, \"a\"]").asDoubles())
                .hasMessage("JSON has \"a\" where a number must be");
        assertThatThrownBy(() -> numbers.asList().get(3)).isInstanceOf(IndexOutOfBoundsException.class);
    }
}
