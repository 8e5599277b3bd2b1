package dev.aorta.unet.cli;

import dev.aorta.Device;
import dev.aorta.cluster.ProcessGroup;
import dev.aorta.io.AtomicFile;
import dev.aorta.io.FormatException;
import dev.aorta.io.Json;
import dev.aorta.unet.imaging.Pseudonyms;
import dev.aorta.unet.imaging.SliceFolder;
import dev.aorta.unet.train.PatientFolds;
import dev.aorta.unet.train.PatientScore;
import dev.aorta.unet.train.RunFolder;
import dev.aorta.unet.train.RunRecord;
import dev.aorta.unet.train.Segmenter;
import dev.aorta.unet.train.SliceDataset;
import dev.aorta.unet.train.SliceScore;
import dev.aorta.unet.train.TrainingConfig;
import java.io.IOException;
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
import picocli.CommandLine.Spec;

@Command(
        name = "crossval",
        mixinStandardHelpOptions = true,
        sortOptions = false,
        description =
                "Trains a network for each fold of the patients, scores it on them, whom it has not seen, and writes"
                        + " crossval.json and crossval.md. Called again, it goes on where it was stopped.")
final class CrossvalCommand implements Callable<Integer> {
    private static final String SCORES = "scores.json";

    @Option(
            names = "--data",
            required = true,
            paramLabel = "DIR",
            description = "Folder of 'unet prepare', both of whose files are dealt into folds.")
    private @Nullable Path data;

    @Option(names = "--folds", paramLabel = "K", defaultValue = "5", description = "Default: 5")
    private int folds;

    @Mixin
    private TrainingOptions training = new TrainingOptions();

    @Option(
            names = "--out",
            required = true,
            paramLabel = "DIR",
            description =
                    "Folder to make, or one to go on in: fold-1, fold-2 and so on, each with its data and its run.")
    private @Nullable Path out;

    @Mixin
    private DeviceOptions device = new DeviceOptions();

    @Spec
    private @Nullable CommandSpec spec;

    @Override
    public Integer call() throws IOException {
        training.check();
        if (folds < 2 || folds > 1000) {
            throw new ParameterException(spec().commandLine(), "--folds must be from 2 to 1000");
        }
        say(training.recipe());
        PatientFolds patients = PatientFolds.deal(Objects.requireNonNull(data), folds, device.seed());
        Pseudonyms.createFolderForOwner(Objects.requireNonNull(out)); // files in it name patients
        List<List<PatientScore>> scores = new ArrayList<>();
        try (Device on = device.open()) {
            for (int k = 0; k < folds; k++) {
                Path fold = Objects.requireNonNull(out).resolve("fold-" + (k + 1));
                say("fold %d of %d: %s"
                        .formatted(
                                k + 1, folds, String.join(", ", patients.folds().get(k))));
                if (!Files.exists(fold.resolve(SCORES))) {
                    int code = train(patients, k, fold, on);
                    if (code != 0) {
                        return code;
                    }
                    score(patients, fold, on);
                }
                scores.add(read(fold, patients.folds().get(k)));
            }
        }
        write(scores);
        return 0;
    }

    private int train(PatientFolds patients, int k, Path fold, Device on) throws IOException {
        Path slices = fold.resolve("data");
        if (!Files.exists(slices.resolve(SliceFolder.MANIFEST))) {
            patients.write(k, slices); // the manifest is written last
        }
        TrainingConfig config = training.config(slices, null, device.seed(), ProcessGroup.alone());
        config.requireTrainable();
        Path run = fold.resolve("run");
        if (Files.exists(run.resolve("config.json"))) {
            try (RunFolder begun = RunFolder.reopen(run)) {
                RunRecord record = RunRecord.read(begun).with(slices);
                requireSame(record.config().equals(config), begun.config());
                return new Session(spec(), begun, on).train(record, true, ProcessGroup.alone());
            }
        }
        try (RunFolder begun = RunFolder.create(run)) {
            return new Session(spec(), begun, on)
                    .train(RunRecord.begin(config, on, arguments(), ProcessGroup.alone()), false, ProcessGroup.alone());
        }
    }

    private static void requireSame(boolean same, Path file) throws FormatException {
        if (!same) {
            throw new FormatException(file
                    + ": the fold was begun with other options; give the same ones, or name another folder with --out");
        }
    }

    private static void score(PatientFolds patients, Path fold, Device on) throws IOException {
        try (Segmenter segmenter = Segmenter.load(RunFolder.modelOf(fold.resolve("run")), on, null);
                SliceDataset held = SliceDataset.open(
                        fold.resolve("data").resolve(SliceFolder.VALIDATION),
                        segmenter.config().classes())) {
            List<PatientScore> scores = PatientScore.of(SliceScore.ranked(segmenter, held), patients);
            write(
                    fold.resolve(SCORES),
                    Json.of(scores.stream().map(PatientScore::toJson).toList()).pretty());
        }
    }

    private static List<PatientScore> read(Path fold, List<String> patients) throws IOException {
        Path file = fold.resolve(SCORES);
        List<PatientScore> scores = new ArrayList<>();
        try {
            for (Json score : Json.parse(Files.readAllBytes(file)).asList()) {
                scores.add(PatientScore.of(score));
            }
        } catch (FormatException e) {
            throw new FormatException(file + ": these are not the scores of a fold: " + e.getMessage(), e);
        }
        requireSame(
                scores.stream()
                        .map(PatientScore::patient)
                        .sorted()
                        .toList()
                        .equals(patients.stream().sorted().toList()),
                file);
        return scores;
    }

    private void write(List<List<PatientScore>> folds) throws IOException {
        List<PatientScore> all = folds.stream().flatMap(List::stream).toList();
        StringBuilder table =
                new StringBuilder("| fold | patient | images | dice | worst image | missed |%n".formatted()
                        + "| --: | --- | --: | --: | --: | --: |%n".formatted());
        for (int k = 0; k < folds.size(); k++) {
            for (PatientScore s : folds.get(k)) {
                table.append(String.format(
                        Locale.ROOT,
                        "| %d | %s | %d | %.4f | %.4f | %d |%n",
                        k + 1,
                        s.patient(),
                        s.images(),
                        s.dice(),
                        s.worst(),
                        s.missed()));
            }
        }
        table.append(String.format("%n| fold | mean dice | worst patient |%n| --- | --: | --: |%n"));
        for (int k = 0; k <= folds.size(); k++) {
            List<PatientScore> of = k < folds.size() ? folds.get(k) : all;
            table.append(String.format(
                    Locale.ROOT,
                    "| %s | %.4f | %.4f |%n",
                    k < folds.size() ? Integer.toString(k + 1) : "all",
                    PatientScore.mean(of),
                    PatientScore.worst(of).dice()));
        }
        SequencedMap<String, Object> json = new LinkedHashMap<>();
        json.put("command", arguments());
        json.put("dice", PatientScore.mean(all));
        json.put("worst_patient", PatientScore.worst(all).toJson());
        json.put(
                "folds",
                folds.stream()
                        .map(f -> Json.of(f.stream().map(PatientScore::toJson).toList()))
                        .toList());
        Path folder = Objects.requireNonNull(out);
        write(folder.resolve("crossval.json"), Json.of(json).pretty());
        write(folder.resolve("crossval.md"), table.toString());
        spec().commandLine().getOut().print(table);
        spec().commandLine().getOut().flush();
    }

    private static void write(Path file, String text) throws IOException {
        AtomicFile.write(file, o -> o.write(text.getBytes(StandardCharsets.UTF_8)));
    }

    private void say(String line) {
        if (!line.isEmpty()) {
            spec().commandLine().getOut().println(line);
            spec().commandLine().getOut().flush();
        }
    }

    private List<String> arguments() {
        return spec().root().commandLine().getParseResult().originalArgs();
    }

    private CommandSpec spec() {
        return Objects.requireNonNull(spec);
    }
}
