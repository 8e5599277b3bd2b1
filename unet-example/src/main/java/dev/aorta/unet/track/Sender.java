package dev.aorta.unet.track;

import dev.aorta.io.FormatException;
import dev.aorta.io.Json;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;

/** Sends what a journal has and the server has not. */
final class Sender {
    private final Journal journal;
    private final Path folder;
    private final Mlflow server;

    Sender(Path folder, String url, Duration patience) {
        this.folder = folder;
        journal = new Journal(folder);
        server = new Mlflow(url, patience);
    }

    /**
     * Sends all of it, and remembers each line that arrived.
     *
     * @return how many lines were sent
     * @throws IOException if the server cannot be reached or does not answer as it should; what arrived stays
     */
    int send() throws IOException, InterruptedException {
        Journal.State state = journal.state();
        if (state == null) {
            throw new FormatException(
                    folder + ": nothing says where this run is tracked; name the server with --track");
        }
        List<Json> lines = journal.read();
        int before = state.sent();
        for (int i = before; i < lines.size(); i++) {
            Journal.State after = sent(lines.get(i), state);
            state = after.with(after.experiment(), after.run(), i + 1);
            journal.write(state);
        }
        return lines.size() - before;
    }

    private Journal.State sent(Json line, Journal.State state) throws IOException, InterruptedException {
        switch (line.get("kind").asText()) {
            case "begin" -> {
                String experiment = server.experiment(line.get("experiment").asText());
                String run = server.run(
                        experiment, line.get("name").asText(), line.get("time").asLong());
                server.parameters(run, line.get("parameters").asObject());
                return state.with(experiment, run, state.sent());
            }
            case "epoch" ->
                server.metrics(
                        state.run(),
                        line.get("epoch").asInt(),
                        line.get("time").asLong(),
                        line.get("metrics").asObject());
            case "end" ->
                server.end(
                        state.run(),
                        line.get("status").asText(),
                        line.get("time").asLong());
            case "artifact" -> {
                Path file = folder.resolve(line.get("file").asText());
                if (Files.isRegularFile(file)) {
                    server.artifact(state.experiment(), state.run(), file);
                }
            }
            default -> throw new FormatException(folder + ": the journal has a line that is not known");
        }
        return state;
    }
}
