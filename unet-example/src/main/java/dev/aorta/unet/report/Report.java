package dev.aorta.unet.report;

import dev.aorta.Device;
import dev.aorta.io.AtomicFile;
import dev.aorta.io.EventFile;
import dev.aorta.io.FormatException;
import dev.aorta.io.Json;
import dev.aorta.io.Safetensors;
import dev.aorta.metric.Scores;
import dev.aorta.train.CsvLog;
import dev.aorta.train.EpochScores;
import dev.aorta.unet.imaging.PlainText;
import dev.aorta.unet.imaging.Png;
import dev.aorta.unet.imaging.SliceFolder;
import dev.aorta.unet.report.Pictures.Rank;
import dev.aorta.unet.train.RunFolder;
import dev.aorta.unet.train.RunRecord;
import dev.aorta.unet.train.Scoring;
import dev.aorta.unet.train.Segmenter;
import dev.aorta.unet.train.SliceDataset;
import dev.aorta.unet.train.SliceResult;
import dev.aorta.unet.train.SliceScore;
import dev.aorta.unet.train.TrainingRun;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.InstantSource;
import java.time.ZonedDateTime;
import java.time.format.DateTimeFormatter;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Objects;
import java.util.SequencedMap;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;

/** The page {@code report.html} of a run: all that it shows is in the one file. */
public final class Report {
    private static final Pattern PLACE = Pattern.compile("\\{\\{(\\w+)}}");
    private static final String DICE = Scoring.BEST.score();
    private static final int MOST_MANIFEST_BYTES = 1 << 20;

    private final RunFolder run;
    private final RunRecord record;
    private final List<EpochScores> history;
    private final EpochScores best;
    private final List<SliceScore> ranked;
    private final Map<Integer, SliceResult> shown = new HashMap<>(); // by index
    private final long parameters;
    private final int trainingImages;

    private Report(RunFolder run, RunRecord record, Segmenter segmenter, SliceDataset training, SliceDataset validation)
            throws IOException {
        this.run = run;
        this.record = record;
        history = CsvLog.read(run.metrics());
        best = best();
        ranked = SliceScore.ranked(segmenter, validation);
        for (Rank rank : Rank.values()) {
            for (SliceScore score : rank.of(ranked)) {
                shown.put(score.index(), SliceResult.of(segmenter, validation, score.index()));
            }
        }
        parameters = record.config().model().summary(segmenter.network()).total();
        trainingImages = training.size();
    }

    /** Why pages written here have no charts, and what to install; empty where they have. */
    public static String chartlessBecause() {
        return Charts.unusableBecause();
    }

    /**
     * Runs the best network of {@code run} over the validation slices, writes the page, and adds the pictures to the run's
     * TensorBoard events. All else is read from the folder, so that it can be done at any time, also while the training goes on.
     *
     * @param record of the run, with the folder where the data are now
     * @return the page
     * @throws FormatException if no epoch was trained yet, or a file is not what it should be
     */
    public static Path write(RunFolder run, RunRecord record, Device device) throws IOException {
        if (!Files.isRegularFile(run.model()) || !Files.isRegularFile(run.metrics())) {
            throw new FormatException(
                    run.folder() + ": there is nothing to report yet: no epoch was trained to its end");
        }
        try (Segmenter segmenter = Segmenter.load(run.model(), device, null);
                SliceDataset training = record.config().open(SliceFolder.TRAIN);
                SliceDataset validation = record.config().open(SliceFolder.VALIDATION)) {
            Report report = new Report(run, record, segmenter, training, validation);
            byte[] page = report.page().getBytes(StandardCharsets.UTF_8);
            AtomicFile.write(run.report(), out -> out.write(page));
            report.recordPictures();
            return run.report();
        }
    }

    /** The epoch that the model is of. */
    private EpochScores best() throws IOException {
        String epoch = Safetensors.read(run.model()).metadata().getOrDefault(TrainingRun.EPOCH, "");
        return history.stream()
                .filter(e -> Integer.toString(e.epoch()).equals(epoch))
                .findFirst()
                .orElseThrow(() -> new FormatException(
                        run.model() + ": it is of epoch '" + epoch + "', which is not in " + run.metrics()));
    }

    private SliceResult shown(SliceScore score) {
        return Objects.requireNonNull(shown.get(score.index()));
    }

    private void recordPictures() throws IOException {
        try (EventFile events = EventFile.create(run.folder(), InstantSource.system())) {
            for (Rank rank : Rank.values()) {
                List<SliceScore> scores = rank.of(ranked);
                for (int i = 0; i < scores.size(); i++) {
                    String tag = "validation/" + rank.title().toLowerCase(Locale.ROOT) + "/" + i;
                    events.image(tag, best.epoch(), Pictures.png(shown(scores.get(i))));
                }
            }
        }
    }

    private String page() throws IOException {
        Scores scores = best.judged();
        Map<String, String> parts = new LinkedHashMap<>();
        parts.put(
                "run",
                PlainText.html(run.folder().toAbsolutePath().getFileName().toString()));
        parts.put(
                "written",
                DateTimeFormatter.ofPattern("d MMMM uuuu, HH:mm", Locale.ENGLISH)
                        .format(ZonedDateTime.now(java.time.ZoneId.systemDefault())));
        parts.put("dice", number(scores.get(DICE), 3));
        parts.put("epoch", Integer.toString(best.epoch()));
        parts.put("epochs", Integer.toString(history.size()));
        SequencedMap<String, String> all = new LinkedHashMap<>();
        scores.values().forEach((name, score) -> all.put(name, number(score, 4)));
        parts.put("scores", definitions(all));
        parts.put("parameters", String.format(Locale.ROOT, "%,d", parameters));
        parts.put("training", Integer.toString(trainingImages));
        parts.put("validation", Integer.toString(ranked.size()));
        parts.put("median", number(median(ranked), 3));
        parts.put("lowest", number(ranked.getLast().dice(), 3));
        parts.put("loss_curve", curve("loss (" + record.config().loss() + ")", Scores.LOSS));
        parts.put("dice_curve", curve(DICE, DICE));
        parts.put("histogram", chart("Histogram of the dice of the validation images", () -> Charts.histogram(ranked)));
        for (Rank rank : Rank.values()) {
            parts.put("pictures_" + rank.name().toLowerCase(Locale.ROOT), figures(rank));
        }
        parts.put("images", imageRows());
        parts.put("heads", heads(scores));
        parts.put("rows", epochRows());
        parts.put("configuration", definitions(configuration()));
        parts.put("data", definitions(manifest()));
        parts.put("environment", definitions(record.environment()));
        parts.put("command", PlainText.html(command(record.command())));
        return fill("report.html", parts);
    }

    /** The middle dice, of an even number of images the mean of the two in the middle. */
    static double median(List<SliceScore> ranked) {
        int n = ranked.size();
        return (ranked.get((n - 1) / 2).dice() + ranked.get(n / 2).dice()) / 2;
    }

    interface Drawing {
        byte[] png() throws IOException;
    }

    static String chart(String what, Drawing drawing) throws IOException {
        String reason = Charts.unusableBecause();
        return reason.isEmpty()
                ? "<img src=\"%s\" width=\"%d\" height=\"%d\" alt=\"%s\">"
                        .formatted(Png.dataUri(drawing.png()), Charts.WIDTH, Charts.HEIGHT, what)
                : "<p class=\"note\">%s: no chart. %s.</p>".formatted(what, PlainText.html(reason));
    }

    private String curve(String title, String score) throws IOException {
        return chart(
                Character.toUpperCase(score.charAt(0)) + score.substring(1)
                        + " of training and validation against the epoch",
                () -> Charts.curve(title, history, score));
    }

    private static String heads(Scores validation) {
        return validation.values().keySet().stream()
                .map(name -> "<th>" + (name.equals(Scores.LOSS) ? "validation loss" : PlainText.html(name)) + "</th>")
                .collect(Collectors.joining("", "<th>epoch</th><th>loss</th><th>dice</th>", ""));
    }

    private String epochRows() {
        StringBuilder html = new StringBuilder();
        for (EpochScores e : history) {
            html.append(e == best ? "<tr class=\"best\"><td>" : "<tr><td>").append(e.epoch());
            List<Double> cells = new ArrayList<>(
                    List.of(e.training().get(Scores.LOSS), e.training().get(DICE)));
            cells.addAll(e.judged().values().values());
            cells.forEach(score -> html.append("</td><td>").append(number(score, 4)));
            html.append("</td></tr>\n");
        }
        return html.toString();
    }

    private String imageRows() {
        StringBuilder html = new StringBuilder();
        for (SliceScore r : ranked) {
            html.append("<tr><td>%s</td><td>%s</td><td>%d</td><td>%d</td></tr>%n"
                    .formatted(PlainText.html(r.name()), number(r.dice(), 4), r.expert(), r.network()));
        }
        return html.toString();
    }

    private String figures(Rank rank) {
        StringBuilder html = new StringBuilder();
        for (SliceScore score : rank.of(ranked)) {
            html.append(Pictures.figure(shown(score), "slice-" + rank.ordinal() + "-" + score.index()));
        }
        return html.toString();
    }

    private SequencedMap<String, String> configuration() throws IOException {
        SequencedMap<String, String> all = Flat.of(Json.parse(Files.readAllBytes(run.config())));
        all.keySet().removeIf(name -> name.startsWith("environment") || name.equals("command"));
        return all;
    }

    /** What the data say of themselves; they need not say anything, and what cannot be read is no reason to have no report. */
    private SequencedMap<String, String> manifest() {
        Path file = record.config().data().resolve(SliceFolder.MANIFEST);
        SequencedMap<String, String> reason = new LinkedHashMap<>();
        reason.put("folder", record.config().data().toString());
        try {
            if (!Files.isRegularFile(file)) {
                reason.put("manifest", "none");
            } else if (Files.size(file) > MOST_MANIFEST_BYTES) {
                reason.put("manifest", "not shown, it has %,d bytes".formatted(Files.size(file)));
            } else {
                return Flat.of(Json.parse(Files.readAllBytes(file)));
            }
        } catch (IOException e) {
            reason.put("manifest", "cannot be read: " + e.getMessage());
        }
        return reason;
    }

    static String definitions(Map<String, String> values) {
        return values.entrySet().stream()
                .map(e -> "<dt>%s</dt><dd>%s</dd>"
                        .formatted(PlainText.html(e.getKey().replace('_', ' ')), PlainText.html(e.getValue())))
                .collect(Collectors.joining("\n"));
    }

    private static String command(List<String> args) {
        return args.stream().map(Report::word).collect(Collectors.joining(" ", "unet ", ""));
    }

    /** An argument as a shell takes it. */
    public static String word(String argument) {
        return argument.matches("[\\w./:=,+-]+") ? argument : "'" + argument.replace("'", "'\\''") + "'";
    }

    static String number(double value, int digits) {
        return Double.isFinite(value) ? String.format(Locale.ROOT, "%." + digits + "f", value) : "–";
    }

    /** A page of this folder, its places filled, and the style that all pages share. */
    static String fill(String page, Map<String, String> parts) throws IOException {
        Map<String, String> all = new HashMap<>(parts);
        all.put("style", resource("page.css"));
        return PLACE.matcher(resource(page))
                .replaceAll(place -> Matcher.quoteReplacement(
                        Objects.requireNonNull(all.get(place.group(1)), () -> "no part " + place.group(1))));
    }

    static String resource(String name) throws IOException {
        try (InputStream in = Objects.requireNonNull(Report.class.getResourceAsStream(name))) {
            return new String(in.readAllBytes(), StandardCharsets.UTF_8);
        }
    }
}
