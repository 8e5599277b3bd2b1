package dev.aorta.train;

import dev.aorta.io.AtomicFile;
import dev.aorta.metric.Scores;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.Locale;

/**
 * A table of a training: a line for each epoch with {@code epoch}, {@code learning_rate}, and each score as {@code train_NAME} and
 * {@code val_NAME}. The file is replaced, whole, after each epoch.
 */
public final class CsvLog implements Callback {
    private final Path file;
    private final List<String> training;

    /**
     * Makes the callback.
     *
     * @param training the scores of the training that get a column; all where none is named
     */
    public CsvLog(Path file, String... training) {
        this.file = file;
        this.training = List.of(training);
    }

    @Override
    public void epochEnds(Fit fit, EpochScores epoch) throws IOException {
        StringBuilder table = new StringBuilder(header(epoch)).append('\n');
        fit.history().forEach(e -> table.append(line(e)).append('\n'));
        AtomicFile.write(file, out -> out.write(table.toString().getBytes(StandardCharsets.UTF_8)));
    }

    private String header(EpochScores epoch) {
        List<String> cells = new ArrayList<>(List.of("epoch", "learning_rate"));
        trainingNames(epoch).forEach(name -> cells.add("train_" + name));
        if (epoch.validation() != null) {
            epoch.validation().values().keySet().forEach(name -> cells.add("val_" + name));
        }
        return String.join(",", cells);
    }

    private String line(EpochScores epoch) {
        List<String> cells = new ArrayList<>();
        cells.add(Integer.toString(epoch.epoch()));
        cells.add(String.format(Locale.ROOT, "%.6g", epoch.rate()));
        add(cells, epoch.training(), trainingNames(epoch));
        if (epoch.validation() != null) {
            add(cells, epoch.validation(), epoch.validation().values().keySet());
        }
        return String.join(",", cells);
    }

    private static void add(List<String> cells, Scores scores, Collection<String> names) {
        names.forEach(name -> cells.add(String.format(Locale.ROOT, "%.6f", scores.get(name))));
    }

    private Collection<String> trainingNames(EpochScores epoch) {
        return training.isEmpty() ? epoch.training().values().keySet() : training;
    }
}
