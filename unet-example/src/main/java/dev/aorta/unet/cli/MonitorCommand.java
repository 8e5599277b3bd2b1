package dev.aorta.unet.cli;

import dev.aorta.Device;
import dev.aorta.io.AtomicFile;
import dev.aorta.io.FormatException;
import dev.aorta.io.Json;
import dev.aorta.serve.Metrics;
import dev.aorta.unet.imaging.Fit;
import dev.aorta.unet.imaging.InputSlice;
import dev.aorta.unet.imaging.PlainText;
import dev.aorta.unet.imaging.SliceFolder;
import dev.aorta.unet.monitor.Drift;
import dev.aorta.unet.monitor.Feature;
import dev.aorta.unet.monitor.FeatureExtractor;
import dev.aorta.unet.monitor.Gauges;
import dev.aorta.unet.monitor.Monitor;
import dev.aorta.unet.monitor.MonitorPage;
import dev.aorta.unet.monitor.Observation;
import dev.aorta.unet.monitor.ObservationLog;
import dev.aorta.unet.monitor.Reference;
import dev.aorta.unet.monitor.Verdict;
import dev.aorta.unet.signing.ModelSignature;
import dev.aorta.unet.train.Segmenter;
import java.io.IOException;
import java.io.PrintWriter;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Objects;
import java.util.SequencedMap;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

@Command(
        name = "monitor",
        mixinStandardHelpOptions = true,
        sortOptions = false,
        description =
                "Says whether images are still like those on which a model was validated, and whether its masks are still as good."
                        + " Exit code 0: fine; 3: watch, something has shifted; 4: retrain, masks have become worse, or without"
                        + " experts' masks the shift is too large to trust them; of several windows that of the last.")
final class MonitorCommand implements Callable<Integer> {
    private static final int WATCH = 3;
    private static final int RETRAIN = 4;
    private static final int LARGEST = 2000;
    private static final String LOG = ".jsonl";

    @Mixin
    private ModelOptions model = new ModelOptions();

    @Parameters(
            arity = "0..*",
            paramLabel = "INPUT",
            description =
                    "DICOM, PNG, NIfTI or TFRecord files, told apart by their contents, with experts' masks or without; and files"
                            + " of 'unet serve --monitor', whose names end in .jsonl.")
    private List<Path> inputs = List.of();

    @Option(
            names = "--reference",
            paramLabel = "DATA",
            description =
                    "Folder with val_images.tfrecords, or a TFRecord file, of the images on which the model was validated: first"
                            + " write reference.safetensors beside the model. 'unet train' has done so.")
    private @Nullable Path reference;

    @Option(
            names = "--window",
            paramLabel = "N",
            defaultValue = "0",
            description =
                    "Judge N images at a time, in their order; fewer that are left over are not judged. Default: all at once")
    private int size;

    @Option(
            names = "--alpha",
            paramLabel = "P",
            defaultValue = "" + Monitor.ALPHA,
            description =
                    "Largest probability of an alarm in a window in which nothing has shifted. Default: ${DEFAULT-VALUE}")
    private double alpha;

    @Option(
            names = "--permutations",
            paramLabel = "N",
            defaultValue = "" + Monitor.PERMUTATIONS,
            description = "Permutations of each test. Default: ${DEFAULT-VALUE}")
    private int permutations;

    @Option(
            names = "--tolerance",
            paramLabel = "DICE",
            defaultValue = "" + Monitor.TOLERANCE,
            description =
                    "By how much the mean Dice may fall below that of the reference before it says retrain. Default: ${DEFAULT-VALUE}")
    private double tolerance;

    @Mixin
    private PixelOptions pixels = new PixelOptions();

    @Option(
            names = "--fit",
            paramLabel = "HOW",
            defaultValue = "resample",
            description =
                    "What becomes of slices of another size: exact, tile or resample, as in predict. Default: ${DEFAULT-VALUE}")
    private Fit fit = Fit.RESAMPLE;

    @Option(names = "--json", paramLabel = "FILE", description = "Also write everything to this file.")
    private @Nullable Path json;

    @Option(names = "--html", paramLabel = "FILE", description = "Also write a page with curves.")
    private @Nullable Path html;

    @Option(
            names = "--prometheus",
            paramLabel = "FILE",
            description =
                    "Also write the last window as gauges, for the textfile collector of Prometheus' node exporter.")
    private @Nullable Path prometheus;

    @Option(
            names = "--retrain-when",
            paramLabel = "VERDICT",
            defaultValue = "retrain",
            description = "With --run: run it from this verdict on, watch or retrain. Default: ${DEFAULT-VALUE}")
    private Verdict retrainWhen = Verdict.RETRAIN;

    @Option(
            names = "--run",
            paramLabel = "COMMAND",
            description =
                    "Command for the shell sh, such as 'snakemake --forceall --cores all'. It gets the verdict in AORTA_VERDICT and the"
                            + " reasons, a line each, in AORTA_REASONS; when it fails the exit code is 1.")
    private @Nullable String run;

    @Mixin
    private DeviceOptions device = new DeviceOptions();

    @Spec
    private @Nullable CommandSpec spec;

    @Override
    public Integer call() throws IOException, InterruptedException {
        if (inputs.isEmpty() && reference == null || size < 0 || size > LARGEST || retrainWhen == Verdict.FINE) {
            throw new ParameterException(
                    spec().commandLine(),
                    "monitor needs INPUT or --reference, a --window of at most " + LARGEST
                            + ", and --retrain-when watch or retrain");
        }
        Path file = model.file();
        try (Device on = device.open()) {
            if (reference != null) {
                makeReference(file, reference, on);
            }
            return inputs.isEmpty() ? 0 : judge(file, on);
        }
    }

    private void makeReference(Path file, Path data, Device on) throws IOException {
        if (Files.exists(file.resolveSibling(ModelSignature.FILE))) {
            throw new FormatException(file.resolveSibling(ModelSignature.FILE)
                    + ": the folder is signed, and a new file would break the signature; make the reference of the run, then"
                    + " sign or register it again");
        }
        Path records = Files.isDirectory(data) ? data.resolve(SliceFolder.VALIDATION) : data;
        Reference made = Reference.write(file, records, pixels.type(), on);
        print("%s: reference of %d images"
                .formatted(file.resolveSibling(Reference.FILE), made.images().size()));
    }

    private int judge(Path file, Device on) throws IOException, InterruptedException {
        Monitor monitor = new Monitor(Reference.of(file), alpha, permutations, tolerance, device.seed());
        List<Observation> images = observe(monitor.reference(), on);
        int step = size == 0 ? images.size() : size;
        if (images.size() < step || step > LARGEST) {
            throw new FormatException("%d images: a window of %s was expected; set it with --window"
                    .formatted(images.size(), size == 0 ? "at most " + LARGEST : size));
        }
        List<Monitor.Window> windows = new ArrayList<>();
        for (int from = 0; from + step <= images.size(); from += step) {
            windows.add(monitor.judge(windows.size() + 1, images.subList(from, from + step)));
            say(monitor, windows.getLast());
        }
        if (images.size() % step != 0) {
            print("%d more images do not fill a window".formatted(images.size() % step));
        }
        Monitor.Window last = windows.getLast();
        write(json, Json.of(json(monitor, windows)).pretty());
        if (html != null) {
            write(html, MonitorPage.of(monitor, windows));
        }
        Metrics metrics = new Metrics();
        Gauges.show(metrics, monitor, last);
        write(prometheus, metrics.text());
        if (run != null && last.verdict().compareTo(retrainWhen) >= 0 && !succeeds(run, last)) {
            return 1;
        }
        return switch (last.verdict()) {
            case FINE -> 0;
            case WATCH -> WATCH;
            case RETRAIN -> RETRAIN;
        };
    }

    private List<Observation> observe(Reference seen, Device on) throws IOException {
        List<Observation> images = new ArrayList<>();
        try (Segmenter segmenter = model.load(on)) {
            FeatureExtractor extractor = FeatureExtractor.of(segmenter, fit);
            for (Path input : inputs) {
                if (input.toString().endsWith(LOG)) {
                    images.addAll(ObservationLog.read(input, seen.model()));
                } else {
                    InputSlice.read(input, pixels.type(), slice -> {
                        String group = slice.patient().isEmpty() ? slice.source() : slice.patient();
                        images.add(extractor.observe(slice, group, seen.temperature()));
                    });
                }
            }
        }
        return images;
    }

    /** Runs a command of the operator's; what it prints goes where this command's own output goes. */
    private boolean succeeds(String command, Monitor.Window last) throws IOException, InterruptedException {
        print("running: " + command);
        ProcessBuilder shell = new ProcessBuilder("sh", "-c", command).inheritIO();
        shell.environment().put("AORTA_VERDICT", last.verdict().toString());
        shell.environment().put("AORTA_REASONS", String.join("\n", last.reasons()));
        int code = shell.start().waitFor();
        if (code != 0) {
            spec().commandLine().getErr().println("unet: the command of --run ended with exit code " + code);
        }
        return code == 0;
    }

    private static void write(@Nullable Path file, String text) throws IOException {
        if (file != null) {
            AtomicFile.write(file, o -> o.write(text.getBytes(StandardCharsets.UTF_8)));
        }
    }

    private void say(Monitor monitor, Monitor.Window w) {
        Feature estimated = Feature.ESTIMATED_DICE;
        Feature measured = Feature.DICE;
        print(String.format(
                Locale.ROOT,
                "window %d: %s; %d images of %d patients; Dice estimated %.3f (reference %.3f)%s",
                w.number(),
                w.verdict(),
                w.images().size(),
                w.patients(),
                w.means().get(estimated),
                monitor.referenceMean(estimated),
                w.means().containsKey(measured)
                        ? String.format(
                                Locale.ROOT,
                                ", measured %.3f (reference %.3f)",
                                w.means().get(measured),
                                monitor.referenceMean(measured))
                        : ""));
        w.reasons().forEach(reason -> print("  " + reason));
        if (size == 0) {
            table(monitor, w);
        }
    }

    private void table(Monitor monitor, Monitor.Window w) {
        print(String.format(
                "%-15s %11s %11s   %-4s %9s %9s", "feature", "reference", "window", "test", "statistic", "p"));
        for (Drift d : w.drifts()) {
            Feature f = d.feature().equals(Monitor.EMBEDDING) ? null : Feature.of(d.feature());
            print(String.format(
                    Locale.ROOT,
                    "%-15s %11s %11s   %-4s %9.3g %9.2g",
                    d.feature(),
                    f == null ? "" : String.format(Locale.ROOT, "%.4g", monitor.referenceMean(f)),
                    f == null
                            ? ""
                            : String.format(Locale.ROOT, "%.4g", w.means().get(f)),
                    d.test(),
                    d.statistic(),
                    d.adjusted()));
        }
    }

    private static SequencedMap<String, Object> json(Monitor monitor, List<Monitor.Window> windows) {
        SequencedMap<String, Object> reference = new LinkedHashMap<>();
        reference.put("images", monitor.reference().images().size());
        reference.put("temperature", monitor.reference().temperature());
        SequencedMap<String, Object> m = new LinkedHashMap<>();
        m.put("model_sha256", monitor.reference().model());
        m.put("reference", reference);
        m.put("alpha", monitor.alpha());
        m.put("permutations", monitor.permutations());
        m.put("verdict", windows.getLast().verdict().toString());
        m.put("windows", windows.stream().map(w -> json(monitor, w)).toList());
        return m;
    }

    private static SequencedMap<String, Object> json(Monitor monitor, Monitor.Window w) {
        SequencedMap<String, Object> features = new LinkedHashMap<>();
        w.means().forEach((f, mean) -> {
            SequencedMap<String, Object> both = new LinkedHashMap<>();
            double known = monitor.referenceMean(f);
            both.put("reference", Double.isNaN(known) ? null : known);
            both.put("window", mean);
            features.put(f.toString(), both);
        });
        List<Object> tests = new ArrayList<>();
        for (Drift d : w.drifts()) {
            SequencedMap<String, Object> test = new LinkedHashMap<>();
            test.put("feature", d.feature());
            test.put("test", d.test());
            test.put("statistic", d.statistic());
            test.put("p", d.p());
            test.put("p_adjusted", d.adjusted());
            tests.add(test);
        }
        SequencedMap<String, Object> m = new LinkedHashMap<>();
        m.put("window", w.number());
        m.put("verdict", w.verdict().toString());
        m.put("reasons", w.reasons());
        m.put("images", w.images().size());
        m.put("patients", w.patients());
        m.put("means", features);
        m.put("tests", tests);
        return m;
    }

    private void print(String line) {
        PrintWriter out = spec().commandLine().getOut();
        out.println(PlainText.line(line));
        out.flush();
    }

    private CommandSpec spec() {
        return Objects.requireNonNull(spec);
    }
}
