package dev.aorta.unet.cli;

import dev.aorta.Device;
import dev.aorta.data.DataLoader;
import dev.aorta.io.AtomicFile;
import dev.aorta.io.FormatException;
import dev.aorta.io.Json;
import dev.aorta.loss.Loss;
import dev.aorta.metric.Scores;
import dev.aorta.train.Evaluator;
import dev.aorta.unet.clinical.ClinicalEvaluation;
import dev.aorta.unet.clinical.Evaluation;
import dev.aorta.unet.clinical.PatientScores;
import dev.aorta.unet.clinical.Tracing;
import dev.aorta.unet.imaging.CineStack;
import dev.aorta.unet.imaging.Fit;
import dev.aorta.unet.imaging.PlainText;
import dev.aorta.unet.imaging.SliceFolder;
import dev.aorta.unet.train.Scoring;
import dev.aorta.unet.train.Segmenter;
import dev.aorta.unet.train.SliceDataset;
import java.io.IOException;
import java.io.PrintWriter;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Objects;
import java.util.OptionalInt;
import java.util.SequencedMap;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

@Command(
        name = "evaluate",
        mixinStandardHelpOptions = true,
        sortOptions = false,
        description =
                "Scores a model on labelled slices. dice and iou are means over images (hard masks, smooth 1: an image"
                        + " whose masks are both empty counts 1); the other scores pool all pixels. loss is the cross-entropy. With"
                        + " --clinical it scores contours and volumes of patients as cardiologists do.")
final class EvaluateCommand implements Callable<Integer> {
    @Mixin
    private ModelOptions model = new ModelOptions();

    @Option(
            names = "--data",
            required = true,
            paramLabel = "DIR",
            description =
                    "Folder with val_images.tfrecords, or a TFRecord file, or several: NAME of NAME-00000-of-00003 and so on,"
                            + " or a pattern with * in quotes.")
    private @Nullable Path data;

    @Option(
            names = "--clinical",
            description =
                    "Scores of patients: DIR holds DICOM cines and the experts' contours, as the Sunnybrook data do, or slices"
                            + " that 'unet prepare' made of such: the 2009 challenge's scores, distances in mm, volumes and ejection fraction against the expert's, with confidence intervals. A patient who cannot be scored is reported, the others go on, and the exit"
                            + " code is 1.")
    private boolean clinical;

    @Option(
            names = "--patients",
            split = ",",
            paramLabel = "ID",
            description = "With --clinical: patients to score, such as SC-HF-I-01. Default: all of them")
    private List<String> patients = List.of();

    @Option(names = "--cavity", paramLabel = "CLASS", description = "With --clinical: as in volumes.")
    private @Nullable Integer cavity;

    @Mixin
    private IdentityOptions identity = new IdentityOptions();

    @Mixin
    private PixelOptions pixels = new PixelOptions();

    @Mixin
    private FitOptions fit = new FitOptions();

    @Option(names = "--json", paramLabel = "FILE", description = "Also write the scores to this file.")
    private @Nullable Path json;

    @Mixin
    private DeviceOptions device = new DeviceOptions();

    @Spec
    private @Nullable CommandSpec spec;

    @Override
    public Integer call() throws IOException {
        Path file = Objects.requireNonNull(data);
        boolean isCines = Files.isDirectory(file) && !Files.exists(file.resolve(SliceFolder.VALIDATION));
        if (clinical && isCines) {
            return evaluateCines(file);
        }
        Path records = Files.isDirectory(file) ? file.resolve(SliceFolder.VALIDATION) : file;
        try (Device on = device.open();
                Segmenter segmenter = model.load(on);
                SliceDataset slices =
                        SliceDataset.open(records, segmenter.config().classes(), pixels.type())) {
            String note = fit.note(segmenter.config(), slices.slice(0).toSegment(records.toString()));
            if (!note.isEmpty()) {
                err().println("unet: note: " + PlainText.line(records + ": " + note));
            }
            if (clinical) {
                segmenter.requireSize(records.toString(), slices.rows(), slices.columns());
                print(contours(segmenter, slices));
            } else if (fit.how() == Fit.EXACT) {
                segmenter.requireSize(records.toString(), slices.rows(), slices.columns());
                Scores scores = scores(segmenter, slices, on);
                print(json(scores.samples(), scores.values()));
            } else {
                print(json(slices.size(), Scoring.scores(segmenter, slices, fit.how())));
            }
        }
        return 0;
    }

    /** The contours of slices that say whom they show and how large their pixels are. */
    private Json contours(Segmenter segmenter, SliceDataset slices) throws IOException {
        if (!patients.isEmpty()) {
            throw new IllegalArgumentException(
                    "--patients is for DICOM cines; prepare a folder of the patients you want");
        }
        int depth = segmenter.config().classes();
        Evaluation evaluation = Evaluation.of(
                segmenter, slices, Tracing.Classes.of(depth, cavity, null).cavity(), (slice, index) -> slice);
        try {
            return evaluation.clinical(device.seed()).json();
        } catch (FormatException e) {
            throw new FormatException(slices.file() + ": " + e.getMessage(), e);
        }
    }

    private PrintWriter err() {
        return Objects.requireNonNull(spec).commandLine().getErr();
    }

    private int evaluateCines(Path folder) throws IOException {
        ClinicalPatients found = ClinicalPatients.of(folder, patients, identity.pseudonyms());
        found.notes().forEach(note -> err().println("unet: note: " + PlainText.line(note)));
        try (Device on = device.open();
                Segmenter segmenter = model.load(on)) {
            Tracing.Classes classes = Tracing.Classes.of(segmenter.config().classes(), cavity, null);
            List<PatientScores> scores = new ArrayList<>();
            for (ClinicalPatients.Patient patient : found.patients()) {
                try {
                    scores.add(PatientScores.of(
                            patient.name(),
                            CineStack.read(patient.images(), OptionalInt.empty()),
                            patient.contours(),
                            classes,
                            segmenter.config().classes(),
                            new Tracer(segmenter, fit.how())));
                } catch (IOException e) {
                    Main.report(e, err());
                }
            }
            if (scores.isEmpty()) {
                throw new FormatException(folder + ": no patient could be scored");
            }
            print(new ClinicalEvaluation(scores, device.seed()).json());
            return scores.size() == found.patients().size() ? 0 : 1;
        }
    }

    private void print(Json result) throws IOException {
        String text = result.pretty();
        if (json != null) {
            AtomicFile.write(json, out -> out.write(text.getBytes(StandardCharsets.UTF_8)));
        }
        PrintWriter out = Objects.requireNonNull(spec).commandLine().getOut();
        out.print(text);
        out.flush();
    }

    private static Scores scores(Segmenter segmenter, SliceDataset slices, Device on) {
        DataLoader loader = new DataLoader(slices, 1)
                .transform((input, label, epoch, index) ->
                        segmenter.config().input().apply(input));
        return new Evaluator(segmenter.finished(), on, Loss.crossEntropy())
                .evaluate(loader, Scoring.meter(segmenter.config().classes()));
    }

    private static Json json(long images, SequencedMap<String, Double> scores) {
        SequencedMap<String, Object> m = new LinkedHashMap<>();
        m.put("images", images);
        scores.forEach((name, score) -> m.put(name, finite(score)));
        return Json.of(m);
    }

    /** A score that is not defined, such as the precision of a model that finds nothing, is null. */
    private static Json finite(double score) {
        return Double.isFinite(score) ? Json.of(score) : Json.of(null);
    }
}
