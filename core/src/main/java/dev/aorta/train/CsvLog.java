package dev.aorta.train;

import dev.aorta.io.AtomicFile;
import dev.aorta.io.FormatException;
import dev.aorta.metric.Scores;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collection;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.NoSuchElementException;
import java.util.SequencedMap;

/**
 * A table of a training: a line for each epoch with {@code epoch}, {@code learning_rate}, and each score as {@code train_NAME} and
 * {@code val_NAME}. The file is replaced, whole, after each epoch.
 */
public final class CsvLog implements Callback {
    private static final String TRAINING = "train_";
    private static final String VALIDATION = "val_";

    private final Path file;
    private final List<String> training;

    /**
     * Makes the callback.
     *
     * @param file replaced or created, in a folder that exists
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

    /**
     * The epochs of a table; their scores have the digits of the table, and no number of samples.
     *
     * @param file as this callback writes it
     * @return the epochs in the order of the lines
     * @throws IOException if the file cannot be read
     * @throws FormatException if it is not such a table
     */
    public static List<EpochScores> read(Path file) throws IOException {
        List<String> lines = Files.readAllLines(file);
        List<EpochScores> epochs = new ArrayList<>();
        try {
            List<String> names = List.of(lines.getFirst().split(",", -1));
            for (String line : lines.subList(1, lines.size())) {
                String[] cells = line.split(",", -1);
                SequencedMap<String, Double> training = new LinkedHashMap<>();
                SequencedMap<String, Double> validation = new LinkedHashMap<>();
                for (int i = 2; i < names.size(); i++) {
                    String name = names.get(i);
                    SequencedMap<String, Double> scores = name.startsWith(VALIDATION) ? validation : training;
                    scores.put(name.substring(name.indexOf('_') + 1), Double.valueOf(cells[i]));
                }
                epochs.add(new EpochScores(
                        Integer.parseInt(cells[0]),
                        Double.parseDouble(cells[1]),
                        new Scores(0, training),
                        validation.isEmpty() ? null : new Scores(0, validation)));
            }
        } catch (NumberFormatException | IndexOutOfBoundsException | NoSuchElementException e) {
            throw new FormatException(
                    file + ": line " + (epochs.size() + 2) + " is not of the table of a training: " + e.getMessage(),
                    e);
        }
        return epochs;
    }

    private String header(EpochScores epoch) {
        List<String> cells = new ArrayList<>(List.of("epoch", "learning_rate"));
        trainingNames(epoch).forEach(name -> cells.add(TRAINING + name));
        if (epoch.validation() != null) {
            epoch.validation().values().keySet().forEach(name -> cells.add(VALIDATION + name));
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
