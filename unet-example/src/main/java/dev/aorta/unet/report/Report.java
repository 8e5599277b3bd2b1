package dev.aorta.unet.report;

import dev.aorta.Device;
import dev.aorta.io.AtomicFile;
import dev.aorta.io.EventFile;
import dev.aorta.io.Json;
import dev.aorta.metric.Scores;
import dev.aorta.train.EpochScores;
import dev.aorta.train.History;
import dev.aorta.unet.imaging.SliceFolder;
import dev.aorta.unet.report.Pictures.Rank;
import dev.aorta.unet.train.RunFolder;
import dev.aorta.unet.train.Scoring;
import dev.aorta.unet.train.Segmenter;
import dev.aorta.unet.train.SliceDataset;
import dev.aorta.unet.train.SliceResult;
import dev.aorta.unet.train.TrainingConfig;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.InstantSource;
import java.time.ZonedDateTime;
import java.time.format.DateTimeFormatter;
import java.util.ArrayList;
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
    private static final int MOST_MEMBERS = 20;
    private static final int MOST_ELEMENTS = 12;

    private final TrainingConfig config;
    private final Device device;
    private final History history;
    private final List<SliceResult> ranked;
    private final long parameters;
    private final int trainingImages;

    private Report(
            TrainingConfig config,
            Device device,
            History history,
            List<SliceResult> ranked,
            long parameters,
            int trainingImages) {
        this.config = config;
        this.device = device;
        this.history = history;
        this.ranked = ranked;
        this.parameters = parameters;
        this.trainingImages = trainingImages;
    }

    /** Why pages written here have no charts, and what to install; empty where they have. */
    public static String chartlessBecause() {
        return Charts.unusableBecause();
    }

    /**
     * Runs the best network of {@code run} over the validation slices, writes the page, and adds the pictures to the run's
     * TensorBoard events.
     *
     * @param history of the training
     * @param args of the command that trained
     * @return the page
     */
    public static Path write(RunFolder run, TrainingConfig config, Device device, History history, List<String> args)
            throws IOException {
        int classes = config.model().classes();
        try (Segmenter segmenter = Segmenter.load(run.model(), device, null);
                SliceDataset training = SliceDataset.open(config.data().resolve(SliceFolder.TRAIN), classes);
                SliceDataset validation = SliceDataset.open(config.data().resolve(SliceFolder.VALIDATION), classes)) {
            long parameters = config.model().summary(segmenter.network()).total();
            Report report = new Report(
                    config, device, history, SliceResult.ranked(segmenter, validation), parameters, training.size());
            byte[] page = report.page(run, args).getBytes(StandardCharsets.UTF_8);
            AtomicFile.write(run.report(), out -> out.write(page));
            report.recordPictures(run);
            return run.report();
        }
    }

    private void recordPictures(RunFolder run) throws IOException {
        try (EventFile events = EventFile.create(run.folder(), InstantSource.system())) {
            for (Rank rank : Rank.values()) {
                List<SliceResult> results = rank.of(ranked);
                for (int i = 0; i < results.size(); i++) {
                    String tag = "validation/" + rank.title().toLowerCase(Locale.ROOT) + "/" + i;
                    events.image(tag, history.best(Scoring.BEST).epoch(), Pictures.png(results.get(i)));
                }
            }
        }
    }

    private String page(RunFolder run, List<String> args) throws IOException {
        EpochScores best = history.best(Scoring.BEST);
        Scores scores = best.judged();
        Map<String, String> parts = new LinkedHashMap<>();
        parts.put("run", escape(run.folder().toAbsolutePath().getFileName().toString()));
        parts.put(
                "written",
                DateTimeFormatter.ofPattern("d MMMM uuuu, HH:mm", Locale.ENGLISH)
                        .format(ZonedDateTime.now(java.time.ZoneId.systemDefault())));
        parts.put("dice", number(scores.get(DICE), 3));
        parts.put("epoch", Integer.toString(best.epoch()));
        parts.put("epochs", Integer.toString(history.epochs().size()));
        SequencedMap<String, String> all = new LinkedHashMap<>();
        scores.values().forEach((name, score) -> all.put(name, number(score, 4)));
        parts.put("scores", definitions(all));
        parts.put("parameters", String.format(Locale.ROOT, "%,d", parameters));
        parts.put("training", Integer.toString(trainingImages));
        parts.put("validation", Integer.toString(ranked.size()));
        parts.put("median", number(median(ranked), 3));
        parts.put("lowest", number(ranked.getLast().dice(), 3));
        parts.put("loss_curve", curve("loss (" + config.loss() + ")", Scores.LOSS));
        parts.put("dice_curve", curve(DICE, DICE));
        parts.put("histogram", chart("Histogram of the dice of the validation images", () -> Charts.histogram(ranked)));
        for (Rank rank : Rank.values()) {
            parts.put("pictures_" + rank.name().toLowerCase(Locale.ROOT), Pictures.figures(rank, ranked));
        }
        parts.put("images", imageRows());
        parts.put("heads", heads(scores));
        parts.put("rows", epochRows(best));
        parts.put("configuration", definitions(flatten(config.toJson(device.toString()))));
        parts.put("data", definitions(manifest()));
        parts.put("environment", definitions(environment()));
        parts.put("command", escape(command(args)));
        return fill(template(), parts);
    }

    /** The middle dice, of an even number of images the mean of the two in the middle. */
    static double median(List<SliceResult> ranked) {
        int n = ranked.size();
        return (ranked.get((n - 1) / 2).dice() + ranked.get(n / 2).dice()) / 2;
    }

    private interface Drawing {
        byte[] png() throws IOException;
    }

    private static String chart(String what, Drawing drawing) throws IOException {
        String reason = Charts.unusableBecause();
        return reason.isEmpty()
                ? "<img src=\"%s\" width=\"%d\" height=\"%d\" alt=\"%s\">"
                        .formatted(Pictures.dataUri(drawing.png()), Charts.WIDTH, Charts.HEIGHT, what)
                : "<p class=\"note\">%s: no chart. %s.</p>".formatted(what, escape(reason));
    }

    private String curve(String title, String score) throws IOException {
        return chart(
                Character.toUpperCase(score.charAt(0)) + score.substring(1)
                        + " of training and validation against the epoch",
                () -> Charts.curve(title, history.epochs(), score));
    }

    private static String heads(Scores validation) {
        return validation.values().keySet().stream()
                .map(name -> "<th>" + (name.equals(Scores.LOSS) ? "validation loss" : escape(name)) + "</th>")
                .collect(Collectors.joining("", "<th>epoch</th><th>loss</th><th>dice</th>", ""));
    }

    private String epochRows(EpochScores best) {
        StringBuilder html = new StringBuilder();
        for (EpochScores e : history.epochs()) {
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
        for (SliceResult r : ranked) {
            html.append("<tr><td>%s</td><td>%s</td><td>%d</td><td>%d</td></tr>%n"
                    .formatted(
                            escape(r.name()),
                            number(r.dice(), 4),
                            Pictures.area(r.slice().label()),
                            Pictures.area(r.mask())));
        }
        return html.toString();
    }

    private SequencedMap<String, String> manifest() throws IOException {
        Path file = config.data().resolve(SliceFolder.MANIFEST);
        if (Files.isRegularFile(file)) {
            return flatten(Json.parse(Files.readAllBytes(file)));
        }
        SequencedMap<String, String> none = new LinkedHashMap<>();
        none.put("folder", config.data().toString());
        none.put("manifest", "none");
        return none;
    }

    private SequencedMap<String, String> environment() {
        SequencedMap<String, String> m = new LinkedHashMap<>();
        m.put("device", device + ", " + device.backend().description());
        m.put("processors", Integer.toString(Runtime.getRuntime().availableProcessors()));
        m.put("memory", (Runtime.getRuntime().maxMemory() >> 20) + " MiB of heap at most");
        m.put("java", System.getProperty("java.runtime.version") + ", " + System.getProperty("java.vendor"));
        m.put(
                "system",
                System.getProperty("os.name") + " " + System.getProperty("os.version") + ", "
                        + System.getProperty("os.arch"));
        return m;
    }

    /** Values by their path; of lists only a few, of objects of many members only how many. */
    private static SequencedMap<String, String> flatten(Json json) {
        SequencedMap<String, String> flat = new LinkedHashMap<>();
        flatten("", json, flat);
        return flat;
    }

    private static void flatten(String path, Json json, SequencedMap<String, String> flat) {
        if (json instanceof Json.Obj object && object.members().size() <= MOST_MEMBERS) {
            object.members().forEach((name, value) -> flatten(path.isEmpty() ? name : path + "." + name, value, flat));
        } else if (json instanceof Json.Obj object) {
            flat.put(path, object.members().size() + " entries");
        } else if (json instanceof Json.Arr array && array.elements().size() <= MOST_ELEMENTS) {
            flat.put(path, array.elements().stream().map(Report::text).collect(Collectors.joining(", ")));
        } else if (json instanceof Json.Arr array) {
            flat.put(path, array.elements().size() + " entries");
        } else {
            flat.put(path, text(json));
        }
    }

    private static String text(Json json) {
        return json instanceof Json.Text t ? t.value() : json.compact();
    }

    private static String definitions(SequencedMap<String, String> values) {
        return values.entrySet().stream()
                .map(e ->
                        "<dt>%s</dt><dd>%s</dd>".formatted(escape(e.getKey().replace('_', ' ')), escape(e.getValue())))
                .collect(Collectors.joining("\n"));
    }

    private static String command(List<String> args) {
        return args.stream()
                .map(a -> a.matches("[\\w./:=,+-]+") ? a : "'" + a.replace("'", "'\\''") + "'")
                .collect(Collectors.joining(" ", "unet ", ""));
    }

    private static String number(double value, int digits) {
        return Double.isFinite(value) ? String.format(Locale.ROOT, "%." + digits + "f", value) : "–";
    }

    static String escape(String text) {
        return text.replace("&", "&amp;")
                .replace("<", "&lt;")
                .replace(">", "&gt;")
                .replace("\"", "&quot;")
                .replace("'", "&#39;");
    }

    private static String fill(String template, Map<String, String> parts) {
        return PLACE.matcher(template)
                .replaceAll(place -> Matcher.quoteReplacement(
                        Objects.requireNonNull(parts.get(place.group(1)), () -> "no part " + place.group(1))));
    }

    private static String template() throws IOException {
        try (InputStream in = Objects.requireNonNull(Report.class.getResourceAsStream("report.html"))) {
            return new String(in.readAllBytes(), StandardCharsets.UTF_8);
        }
    }
}
