package dev.aorta.unet.cli;

import dev.aorta.unet.imaging.PlainText;
import dev.aorta.unet.imaging.Pseudonyms;
import dev.aorta.unet.imaging.SliceSchema;
import dev.aorta.unet.imaging.Sunnybrook;
import dev.aorta.unet.imaging.SunnybrookDataset;
import dev.aorta.unet.imaging.SunnybrookSplit;
import dev.aorta.unet.phantom.PhantomDataset;
import java.io.IOException;
import java.io.PrintWriter;
import java.nio.file.Path;
import java.util.List;
import java.util.Objects;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

@Command(
        name = "prepare",
        mixinStandardHelpOptions = true,
        description = "Makes a data set: train_images.tfrecords, val_images.tfrecords and manifest.json.")
final class PrepareCommand implements Runnable {
    @Spec
    private @Nullable CommandSpec spec;

    private enum Split {
        LAB,
        PATIENT
    }

    @Override
    public void run() {
        throw new ParameterException(
                Objects.requireNonNull(spec).commandLine(), "Missing what to prepare: phantom or sunnybrook");
    }

    @Command(
            name = "phantom",
            mixinStandardHelpOptions = true,
            description = "Simulated short-axis slices, for which no patient data is needed.")
    int phantom(
            @Option(names = "--out", required = true, paramLabel = "DIR", description = "Folder to make.") Path out,
            @Option(
                            names = "--train",
                            paramLabel = "N",
                            defaultValue = "234",
                            description = "Default: ${DEFAULT-VALUE}")
                    int train,
            @Option(names = "--val", paramLabel = "N", defaultValue = "26", description = "Default: ${DEFAULT-VALUE}")
                    int val,
            @Option(names = "--seed", paramLabel = "S", defaultValue = "1", description = "Default: ${DEFAULT-VALUE}")
                    long seed)
            throws IOException {
        if (train < 1 || val < 1) {
            throw new ParameterException(
                    Objects.requireNonNull(spec).commandLine(), "--train and --val must be at least 1");
        }
        OutputFolder.fill(out, () -> PhantomDataset.write(out, train, val, seed));
        say("%d + %d phantom slices in %s", train, val, out);
        return 0;
    }

    @Command(
            name = "sunnybrook",
            mixinStandardHelpOptions = true,
            description = "The Sunnybrook Cardiac Data, in the layout of the public download.")
    int sunnybrook(
            @Parameters(
                            paramLabel = "DIR",
                            description = "Folder with SCD_IMAGES_xx, SCD_ManualContours and scd_patientdata.csv.")
                    Path source,
            @Option(names = "--out", required = true, paramLabel = "DIR", description = "Folder to make.") Path out,
            @Option(
                            names = "--split",
                            defaultValue = "patient",
                            description =
                                    "patient: no patient on both sides; lab: one slice in ten at random. Default: patient")
                    Split split,
            @Option(
                            names = "--val-patients",
                            split = ",",
                            paramLabel = "ID",
                            description =
                                    "Patients to validate on, such as SC-HF-I-01. Default: a fifth of them at random.")
                    @Nullable
                    List<String> patients,
            @Option(names = "--schema", defaultValue = "b", description = "a or b. Default: b") SliceSchema schema,
            @Option(names = "--seed", paramLabel = "S", defaultValue = "1", description = "Default: ${DEFAULT-VALUE}")
                    long seed,
            @Mixin IdentityOptions identity)
            throws IOException {
        if (split == Split.LAB && patients != null) {
            throw new ParameterException(
                    Objects.requireNonNull(spec).commandLine(), "--val-patients needs --split patient");
        }
        Sunnybrook.Survey survey = Sunnybrook.survey(source);
        SunnybrookSplit sides = split == Split.LAB
                ? SunnybrookSplit.lab(survey.frames(), seed)
                : patients == null
                        ? SunnybrookSplit.patients(survey.frames(), 0.2, seed)
                        : SunnybrookSplit.patients(survey.frames(), patients);
        Pseudonyms pseudonyms = identity.pseudonyms();
        OutputFolder.fill(out, () -> SunnybrookDataset.write(survey, sides, schema, pseudonyms, seed, out));
        survey.notes().forEach(note -> say("note: %s", note));
        say("%d + %d slices in %s", sides.train().size(), sides.validation().size(), out);
        return 0;
    }

    private void say(String format, Object... values) {
        PrintWriter print = Objects.requireNonNull(spec).commandLine().getOut();
        print.println(PlainText.line(format.formatted(values)));
    }
}
