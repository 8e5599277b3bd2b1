package dev.aorta.unet.cli;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.regex.MatchResult;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.snakeyaml.engine.v2.api.Load;
import org.snakeyaml.engine.v2.api.LoadSettings;

/** The pipelines that are shipped: their commands are ours, and what they need and make are paths that the commands name. */
class PipelinesTest {
    private static final Path FOLDER = Path.of("pipelines");
    private static final String PROGRAM = "unet-example/unet ";

    private record Stage(String command, List<String> inputs, List<String> outputs) {}

    @Test
    void dvcStagesAreOurCommands() throws IOException {
        Map<?, ?> file = (Map<?, ?>)
                new Load(LoadSettings.builder().build()).loadFromString(Files.readString(FOLDER.resolve("dvc.yaml")));
        Map<String, Stage> stages = new LinkedHashMap<>();
        ((Map<?, ?>) Objects.requireNonNull(file.get("stages"))).forEach((name, content) -> {
            Map<?, ?> stage = (Map<?, ?>) content;
            assertThat(FOLDER.resolve(String.valueOf(stage.get("wdir"))).resolve("mvnw"))
                    .as("the folder of the project")
                    .exists();
            stages.put(
                    (String) name,
                    new Stage(String.valueOf(stage.get("cmd")), texts(stage.get("deps")), texts(stage.get("outs"))));
        });
        check(stages);
    }

    private static List<String> texts(@Nullable Object list) {
        return list == null
                ? List.of()
                : ((List<?>) list).stream().map(String.class::cast).toList();
    }

    @Test
    void snakemakeRulesAreOurCommands() throws IOException {
        String text = Files.readString(FOLDER.resolve("Snakefile"));
        Map<String, Stage> stages = new LinkedHashMap<>();
        for (MatchResult rule : all("(?ms)^rule (\\w+):\\n(.*?)(?=^rule |\\z)", text)) {
            Map<String, List<String>> parts = new HashMap<>();
            Map<String, String> places = new HashMap<>();
            for (MatchResult part : all("(?ms)^    (\\w+):\\n((?:        .*?\\n)+)", rule.group(2))) {
                for (MatchResult value : all("(?m)^ {8}(?:(\\w+)=)?(?:(\\w+)\\()?\"(.*?)\"", part.group(2))) {
                    boolean made = !"touch".equals(value.group(2)); // what snakemake touches is no command's
                    String name = part.group(1) + (value.group(1) == null ? "" : "." + value.group(1));
                    places.put("{" + name + "}", value.group(3));
                    if (made) {
                        parts.computeIfAbsent(part.group(1), p -> new ArrayList<>())
                                .add(value.group(3));
                    }
                }
            }
            String command = Objects.requireNonNull(parts.get("shell")).getFirst();
            for (Map.Entry<String, String> place : places.entrySet()) {
                command = command.replace(place.getKey(), place.getValue());
            }
            assertThat(command).doesNotContain("{");
            stages.put(
                    rule.group(1),
                    new Stage(
                            command, parts.getOrDefault("input", List.of()), parts.getOrDefault("output", List.of())));
        }
        check(stages);
    }

    private static List<MatchResult> all(String pattern, String text) {
        Matcher matcher = Pattern.compile(pattern).matcher(text);
        return matcher.results().toList();
    }

    private static void check(Map<String, Stage> stages) {
        assertThat(stages.keySet()).containsExactlyInAnyOrder("prepare", "train", "certify", "register");
        List<String> made =
                stages.values().stream().flatMap(s -> s.outputs.stream()).toList();
        stages.forEach((name, stage) -> {
            assertThat(stage.command).startsWith(PROGRAM + name + " ");
            String[] args = stage.command.substring(PROGRAM.length()).split(" ");
            Main.commandLine(null, args).parseArgs(args); // throws where an option is unknown
            List<String> words = List.of(args);
            assertThat(words).as(name).containsAll(stage.outputs);
            for (String input : stage.inputs) {
                assertThat(made.contains(input) || Files.exists(Path.of("..").resolve(input)))
                        .as(name + " needs " + input + ", which nothing makes")
                        .isTrue();
                if (!input.equals("certificate")) { // only has to be passed
                    assertThat(words).as(name).contains(input);
                }
            }
            stage.outputs.forEach(
                    output -> assertThat(words.get(words.indexOf(output) - 1)).isEqualTo("--out"));
        });
    }
}
