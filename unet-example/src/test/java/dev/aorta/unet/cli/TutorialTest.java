package dev.aorta.unet.cli;

import static org.assertj.core.api.Assertions.assertThat;

import dev.aorta.unet.imaging.Png;
import java.io.IOException;
import java.net.HttpURLConnection;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
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
            "--out maps", "--out maps --methods gradcam",
            "--audit-key lab.key", "--audit-key lab.key --key pseudonyms.key",
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
                boolean path = word.matches(
                        "(data|runs|registry|certificate|masks|maps)(/.*)?|.*\\.(key|pub|yaml|html|jsonl)");
                words.add(path && !words.isEmpty() ? folder.resolve(word).toString() : word);
            }
            if (words.getFirst().equals("serve")) {
                serve(words);
                continue;
            }
            Unet.Result r = Unet.run(words.toArray());
            assertThat(r.code()).as(command + "\n" + r.err() + r.out()).isZero();
            if (words.getFirst().equals("prepare")) {
                Path data = Unet.data(folder.resolve("data/heart")); // smaller than a phantom
                Unet.records(data.resolve("val_images.tfrecords"), 12, Unet.SIDE, 100); // enough to tell a shift
            }
        }
        assertThat(folder.resolve("served.jsonl")).content().hasLineCount(1).contains("\"estimated_dice\":");
        assertThat(Unet.run("models", "--registry", folder.resolve("registry"), "log")
                        .out())
                .contains(" register ", " alias ", " access ", " attest ");
    }

    /** Serves until one image is answered. */
    private static void serve(List<Object> words) throws Exception {
        words.addAll(List.of("--port", 0));
        CompletableFuture<URI> ready = new CompletableFuture<>();
        StringBuilder said = new StringBuilder();
        Thread server = new Thread(() -> {
            Unet.Result r = Unet.run(
                    part -> {
                        Matcher at = Pattern.compile("at (http://\\S+);").matcher(said.append(part));
                        if (at.find()) {
                            ready.complete(URI.create(at.group(1)));
                        }
                    },
                    words.toArray());
            ready.completeExceptionally(new IllegalStateException(r.err()));
        });
        server.start();
        int[] grey = new int[Unet.SIDE * Unet.SIDE];
        Arrays.setAll(grey, i -> i % 256);
        assertThat(post(ready.get(), Png.grey8(Unet.SIDE, Unet.SIDE, grey))).isEqualTo(200);
        server.interrupt();
        server.join();
    }

    private static int post(URI server, byte[] png) throws IOException {
        HttpURLConnection http = (HttpURLConnection)
                server.resolve("/v1/segment?uncertainty=false").toURL().openConnection();
        http.setDoOutput(true);
        http.getOutputStream().write(png);
        return http.getResponseCode();
    }
}
