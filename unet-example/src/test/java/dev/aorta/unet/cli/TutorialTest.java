package dev.aorta.unet.cli;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.regex.Matcher;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The commands of docs/tutorial.md, in their order, on fewer slices, with a smaller network and lower requirements. */
class TutorialTest {
    private static final String PROMPT = "    $ unet-example/unet ";
    private static final Map<String, String> SMALLER = Map.of(
            "--train 234", "--train 1",
            "--val 26", "--val 1",
            "--base 8", "--base 2 --depth 2",
            "--epochs 3", "--epochs 1",
            "--audit-key lab.key", "--audit-key lab.key --port 0 --key pseudonyms.key",
            "unet-example/requirements/phantom.yaml", "requirements.yaml");

    @TempDir
    Path folder;

    @Test
    void eachOfItsCommandsSucceeds() throws Exception {
        Files.writeString(
                folder.resolve("requirements.yaml"),
                "name: low\nrequirements:\n- {id: F1, measure: dice, min: 0}\n- {id: R1, measure: dice, under: fgsm,"
                        + " strength: 0.01, min: 0}\n");
        String tutorial = Files.readString(Path.of("../docs/tutorial.md"));
        List<String> commands =
                tutorial.lines().filter(line -> line.startsWith(PROMPT)).toList();
        assertThat(commands).hasSizeGreaterThan(12);
        for (String command : commands) {
            String smaller = command.substring(PROMPT.length());
            for (var part : SMALLER.entrySet()) {
                smaller = smaller.replace(part.getKey(), part.getValue());
            }
            List<Object> words = new ArrayList<>();
            for (String word : smaller.split(" ")) {
                boolean path = word.matches("(data|runs|registry|certificate|masks)(/.*)?|.*\\.(key|pub|yaml|html)");
                words.add(path && !words.isEmpty() ? folder.resolve(word).toString() : word);
            }
            if (words.getFirst().equals("serve")) {
                CompletableFuture<Matcher> serving = new CompletableFuture<>();
                Thread server = ServeCommandTest.serve(serving, words.toArray());
                assertThat(serving.get(60, TimeUnit.SECONDS).group(1)).isEqualTo("heart");
                server.interrupt();
                server.join();
                continue;
            }
            Unet.Result r = Unet.run(words.toArray());
            assertThat(r.code()).as(command + "\n" + r.err() + r.out()).isZero();
            if (words.getFirst().equals("prepare")) {
                Unet.data(folder.resolve("data/heart")); // smaller than a phantom
            }
        }
        assertThat(Unet.run("models", "--registry", folder.resolve("registry"), "log")
                        .out())
                .contains(" register ", " alias ", " access ", " attest ");
    }
}
