package dev.aorta.unet.report;

import dev.aorta.io.Json;
import dev.aorta.train.CsvLog;
import dev.aorta.train.EpochScores;
import dev.aorta.train.History;
import dev.aorta.unet.train.RunFolder;
import dev.aorta.unet.train.RunRecord;
import dev.aorta.unet.train.Scoring;
import java.io.IOException;
import java.nio.file.FileVisitOption;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.SequencedMap;
import java.util.stream.Stream;

/**
 * A training in a line.
 *
 * @param facts what is known of it by name: {@code run}, {@code state} (ended, or how many epochs of how many), {@code minutes}, the
 *     scores of the best epoch as in its metrics ({@code val_dice}), and what {@code config.json} says ({@code model.depth})
 * @param history its epochs
 */
public record RunSummary(SequencedMap<String, String> facts, List<EpochScores> history) {
    private static final int DEEPEST = 3;

    /** Run folders at or below a folder, by name. */
    public static List<Path> folders(Path root) throws IOException {
        try (Stream<Path> files = Files.walk(root, DEEPEST, FileVisitOption.FOLLOW_LINKS)) {
            return files.filter(f -> f.endsWith("config.json") && Files.isRegularFile(f))
                    .map(Path::getParent)
                    .sorted()
                    .toList();
        }
    }

    /**
     * Reads a run folder, whose training may be going on.
     *
     * @throws dev.aorta.io.FormatException if it is none of this version
     */
    public static RunSummary read(Path folder) throws IOException {
        RunFolder run = RunFolder.at(folder);
        RunRecord record = RunRecord.read(run);
        List<EpochScores> history = Files.exists(run.metrics()) ? CsvLog.read(run.metrics()) : List.of();
        int epochs = record.config().epochs();
        SequencedMap<String, String> facts = new LinkedHashMap<>();
        facts.put("run", folder.toString());
        facts.put("state", history.size() >= epochs ? "ended" : history.size() + " of " + epochs + " epochs");
        if (!history.isEmpty()) {
            EpochScores best = new History(history, null).best(Scoring.BEST);
            best.judged().values().forEach((name, score) -> facts.put("val_" + name, decimal("%.4f", score)));
            facts.put("best_epoch", Integer.toString(best.epoch()));
            facts.put("minutes", decimal("%.1f", run.seconds() / 60));
        }
        Flat.of(Json.parse(Files.readAllBytes(run.config()))).forEach(facts::putIfAbsent);
        return new RunSummary(facts, history);
    }

    /** A fact, or nothing where it is not known. */
    public String fact(String name) {
        return facts.getOrDefault(name, "");
    }

    private static String decimal(String format, double value) {
        return String.format(Locale.ROOT, format, value);
    }
}
