package dev.aorta.bench;

import dev.aorta.Device;
import dev.aorta.unet.certify.Disturbance;
import dev.aorta.unet.imaging.Fit;
import dev.aorta.unet.imaging.InputSlice;
import dev.aorta.unet.imaging.LabelledSlice;
import dev.aorta.unet.imaging.RandomStream;
import dev.aorta.unet.imaging.Sha256;
import dev.aorta.unet.monitor.Feature;
import dev.aorta.unet.monitor.FeatureExtractor;
import dev.aorta.unet.monitor.Monitor;
import dev.aorta.unet.monitor.Observation;
import dev.aorta.unet.monitor.ObservationLog;
import dev.aorta.unet.monitor.Reference;
import dev.aorta.unet.monitor.Verdict;
import dev.aorta.unet.phantom.Phantom;
import dev.aorta.unet.train.Segmenter;
import java.io.IOException;
import java.io.PrintWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.EnumMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.Callable;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/**
 * The command {@code bench drift}: how often {@code unet monitor} alarms. Each simulated slice is observed once; windows and
 * references are drawn from these observations.
 */
@Command(
        name = "drift",
        description =
                "Measures how often 'unet monitor' alarms on simulated slices in which nothing has shifted, and on shifted ones.")
final class DriftCommand implements Callable<Integer> {
    @Parameters(paramLabel = "MODEL", description = "model.safetensors of a 'unet train' on the phantom")
    private @Nullable Path model;

    @Option(names = "--images", description = "undisturbed slices to draw from (default: ${DEFAULT-VALUE})")
    private int images = 3000;

    @Option(
            names = "--shifted",
            description =
                    "slices of each shift to draw from (default: ${DEFAULT-VALUE}); of other populations as many as are"
                            + " undisturbed, for patients differ from one another by more than populations")
    private int shifted = 600;

    @Option(names = "--reference", description = "slices of the reference (default: ${DEFAULT-VALUE})")
    private int reference = 1000;

    @Option(names = "--window", description = "slices of a window (default: ${DEFAULT-VALUE})")
    private int window = 200;

    @Option(names = "--windows", description = "undisturbed ones; 0 leaves them out (default: ${DEFAULT-VALUE})")
    private int windows = 1000;

    @Option(names = "--shifted-windows", description = "of each shift; 0 leaves them out (default: ${DEFAULT-VALUE})")
    private int shiftedWindows = 200;

    @Option(names = "--permutations", description = "of each test (default: ${DEFAULT-VALUE})")
    private int permutations = 4999;

    @Option(
            names = "--references",
            description = "fixed ones, each with all undisturbed windows (default: ${DEFAULT-VALUE})")
    private int references = 1;

    @Option(
            names = "--seed",
            description = "of the slices; those of shifts and the draws have the next two (default: ${DEFAULT-VALUE})")
    private int seed = 77;

    @Option(names = "--keep", description = "folder to keep what was observed in, or to take it from (default: none)")
    private @Nullable Path keep;

    @Spec
    private @Nullable CommandSpec spec;

    /** Another slice in the place of one of the phantom. */
    private interface Change {
        InputSlice of(LabelledSlice slice, int record) throws IOException;
    }

    /**
     * What has shifted.
     *
     * @param size of the ventricles
     * @param labelled whether windows come with experts' masks
     */
    private record Shift(String what, double size, boolean labelled, Change change) {
        Shift(String what, Change change) {
            this(what, 1, false, change);
        }
    }

    private static final class Rate {
        private int alarms;
        private int retrain;
        private int all;

        private synchronized void add(Verdict verdict) {
            all++;
            alarms += verdict == Verdict.FINE ? 0 : 1;
            retrain += verdict == Verdict.RETRAIN ? 1 : 0;
        }
    }

    private double temperature;

    @Override
    public Integer call() throws IOException {
        temperature = Reference.of(Objects.requireNonNull(model)).temperature();
        print("%-42s %8s %8s %8s%n", "", "windows", "alarms", "retrain");
        try (Device device = Device.of("cpu");
                Segmenter segmenter = Segmenter.load(Objects.requireNonNull(model), device, null)) {
            Shift nothing = new Shift("nothing", 1, true, (slice, i) -> picture(slice));
            List<Observation> pool = observe(segmenter, nothing, seed, images);
            List<Observation> plain =
                    pool.stream().map(DriftCommand::unlabelled).toList();
            if (windows > 0) {
                undisturbed(pool, plain);
            }
            for (Shift shift : shiftedWindows > 0 ? shifts(segmenter, device) : List.<Shift>of()) {
                List<Observation> seen = observe(segmenter, shift, seed + 1, shift.size() == 1 ? shifted : images);
                report(
                        shift.what(),
                        rate(
                                shift.labelled()
                                        ? seen
                                        : seen.stream()
                                                .map(DriftCommand::unlabelled)
                                                .toList(),
                                shift.labelled() ? pool : plain,
                                shiftedWindows));
            }
        }
        return 0;
    }

    private void undisturbed(List<Observation> pool, List<Observation> plain) {
        report("nothing, a reference for each window", rate(plain, null, windows));
        report("nothing, a reference each, with masks", rate(pool, null, windows));
        for (int r = 1; r <= references; r++) {
            List<Observation> drawn = draw(plain, images, -r);
            List<Observation> fixed = drawn.subList(0, reference);
            report("nothing, fixed reference " + r, rate(drawn.subList(reference, images), fixed, windows));
        }
    }

    private static List<Shift> shifts(Segmenter segmenter, Device device) {
        Change none = (slice, i) -> picture(slice);
        return List.of(
                new Shift("contrast: gamma 1.15", changed(Disturbance.CONTRAST, 1.15, segmenter, device)),
                new Shift("noise: 3 % of the deviation more", changed(Disturbance.NOISE, 0.03, segmenter, device)),
                new Shift("field of view: the middle 90 %", (slice, i) -> middle(slice, 0.9)),
                new Shift(
                        "scanner: smoothed, coil 20 % uneven",
                        (slice, i) -> picture(smooth(Disturbance.BIAS_FIELD
                                .change(0.2, segmenter, device)
                                .of(slice, i)))),
                new Shift("population: ventricles 20 % wider", 1.2, false, none),
                new Shift("population: ventricles 10 % wider", 1.1, false, none),
                new Shift("annotation: masks 1 pixel wider", 1, true, (slice, i) -> picture(wider(slice))));
    }

    private static InputSlice picture(LabelledSlice slice) {
        return slice.toSegment(slice.name());
    }

    private static Change changed(Disturbance how, double strength, Segmenter segmenter, Device device) {
        return (slice, i) -> picture(how.change(strength, segmenter, device).of(slice, i));
    }

    /** What a smaller field of view shows, which the network gets at its own size. */
    private static InputSlice middle(LabelledSlice s, double part) {
        int side = (int) (part * s.rows());
        int from = (s.rows() - side) / 2;
        float[] image = new float[side * side];
        byte[] label = new byte[side * side];
        for (int i = 0; i < image.length; i++) {
            int at = (from + i / side) * s.columns() + from + i % side;
            image[i] = s.image()[at];
            label[i] = s.label()[at];
        }
        return picture(new LabelledSlice(s.name(), side, side, image, label, s.origin()));
    }

    /** Each pixel a half of itself and an eighth of each neighbour. */
    private static LabelledSlice smooth(LabelledSlice s) {
        float[] image = s.image().clone();
        for (int i = s.columns(); i < image.length - s.columns(); i++) {
            float[] v = s.image();
            image[i] = v[i] / 2 + (v[i - 1] + v[i + 1] + v[i - s.columns()] + v[i + s.columns()]) / 8;
        }
        return new LabelledSlice(s.name(), s.rows(), s.columns(), image, s.label());
    }

    private static LabelledSlice wider(LabelledSlice s) {
        byte[] label = s.label().clone();
        for (int i = s.columns(); i < label.length - s.columns(); i++) {
            byte[] l = s.label();
            label[i] = (byte) (l[i] | l[i - 1] | l[i + 1] | l[i - s.columns()] | l[i + s.columns()]);
        }
        return new LabelledSlice(s.name(), s.rows(), s.columns(), s.image(), label);
    }

    private List<Observation> observe(Segmenter segmenter, Shift shift, int slices, int count) throws IOException {
        String name = shift.what().replaceAll("\\W+", "-") + "-" + slices + ".jsonl";
        Path kept = keep == null ? null : keep.resolve(name);
        String sha = Sha256.of(Objects.requireNonNull(model));
        if (kept != null && Files.exists(kept)) {
            return ObservationLog.read(kept, sha).subList(0, count);
        }
        FeatureExtractor extractor = FeatureExtractor.of(segmenter, Fit.RESAMPLE);
        List<Observation> seen = new ArrayList<>();
        for (int i = 0; i < count; i++) {
            Phantom.Slice slice = Phantom.slice(slices, i, shift.size());
            LabelledSlice labelled =
                    new LabelledSlice("p" + i, Phantom.SIZE, Phantom.SIZE, slice.image(), slice.label());
            seen.add(extractor.observe(shift.change().of(labelled, i), "p" + i, temperature));
        }
        if (kept != null) {
            try (ObservationLog log = ObservationLog.append(kept)) {
                for (Observation o : seen) {
                    log.add(sha, o, Instant.EPOCH);
                }
            }
        }
        return seen;
    }

    private static Observation unlabelled(Observation o) {
        Map<Feature, Double> values = new EnumMap<>(o.values());
        values.remove(Feature.DICE);
        values.remove(Feature.LABEL_AREA);
        return new Observation(o.group(), values, o.embedding());
    }

    /** Draws windows, and a reference for each: from others, or where there are none beside the window. */
    private Rate rate(List<Observation> pool, @Nullable List<Observation> others, int count) {
        Rate rate = new Rate();
        IntStream.range(0, count).parallel().forEach(w -> {
            List<Observation> drawn = draw(pool, others == null ? window + reference : window, w);
            List<Observation> against =
                    others == null ? drawn.subList(window, window + reference) : draw(others, reference, w);
            Monitor monitor = new Monitor(new Reference("", 1, against), 0.01, permutations, 0.03, w);
            rate.add(monitor.judge(w + 1, drawn.subList(0, window)).verdict());
        });
        return rate;
    }

    private List<Observation> draw(List<Observation> pool, int count, int number) {
        RandomStream random = new RandomStream(seed + 2, number);
        Observation[] all = pool.toArray(Observation[]::new);
        for (int i = 0; i < count; i++) {
            int other = i + random.below(all.length - i);
            Observation swapped = all[i];
            all[i] = all[other];
            all[other] = swapped;
        }
        return Arrays.asList(all).subList(0, count);
    }

    private void report(String what, Rate rate) {
        print(
                "%-42s %8d %7.1f%% %7.1f%%%n",
                what, rate.all, 100.0 * rate.alarms / rate.all, 100.0 * rate.retrain / rate.all);
    }

    private void print(String format, Object... values) {
        PrintWriter out = Objects.requireNonNull(spec).commandLine().getOut();
        out.printf(Locale.ROOT, format, values);
        out.flush();
    }
}
