package dev.aorta.unet.cli;

import dev.aorta.unet.imaging.FolderDataset;
import dev.aorta.unet.imaging.Grid;
import dev.aorta.unet.imaging.ImagesAndMasks;
import dev.aorta.unet.imaging.MaskClasses;
import dev.aorta.unet.imaging.PlainText;
import dev.aorta.unet.imaging.Pseudonyms;
import dev.aorta.unet.imaging.RecordDataset;
import dev.aorta.unet.imaging.SliceFolder;
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
import java.util.regex.Pattern;
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
                Objects.requireNonNull(spec).commandLine(),
                "Missing what to prepare: phantom, sunnybrook, folder or records");
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
        require(train >= 1 && val >= 1, "--train and --val must be at least 1");
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
        require(split == Split.PATIENT || patients == null, "--val-patients needs --split patient");
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

    @Command(
            name = "folder",
            mixinStandardHelpOptions = true,
            description =
                    "Pictures and masks of the same names in two folders, images/ and masks/ (or labels/), or together,"
                            + " masks marked as in NAME_gt: PNG, DICOM or NIfTI files.")
    int folder(
            @Parameters(paramLabel = "DIR", description = "Folder with images and masks.") Path source,
            @Option(names = "--out", required = true, paramLabel = "DIR", description = "Folder to make.") Path out,
            @Option(
                            names = "--patient-of",
                            paramLabel = "REGEX",
                            description = "Whose first group in an image's path is its patient, as in '([^/]+)-IM-'.")
                    @Nullable
                    Pattern patientOf,
            @Option(
                            names = "--split",
                            defaultValue = "patient",
                            description =
                                    "patient: no patient on both sides; lab: one image in ten at random. Default: patient")
                    Split split,
            @Option(
                            names = "--val-patients",
                            split = ",",
                            paramLabel = "ID",
                            description = "Patients to validate on. Default: a fifth of them at random.")
                    @Nullable
                    List<String> patients,
            @Option(
                            names = "--val",
                            split = ",",
                            paramLabel = "FOLDER",
                            description =
                                    "Folders of the images, below images/, to validate on, in place of patients chosen one by one.")
                    @Nullable
                    List<String> validation,
            @Option(
                            names = "--train",
                            split = ",",
                            paramLabel = "FOLDER",
                            description =
                                    "Folders of the images to train on, or that --split lab cuts. Default: all that are not in --val")
                    @Nullable
                    List<String> train,
            @Option(
                            names = "--classes",
                            split = ",",
                            paramLabel = "VALUE",
                            description =
                                    "Values of the masks, the background first, where they are not 0 and one other, or 0, 1, 2 …")
                    @Nullable
                    List<Integer> values,
            @Option(
                            names = "--spacing",
                            paramLabel = "MM",
                            description = "Resample slices to pixels of so many mm. Default: as they are")
                    @Nullable
                    Double spacing,
            @Option(
                            names = "--size",
                            paramLabel = "ROWSxCOLUMNS",
                            description = "Cut or pad slices to this size around their middle. Default: as they are")
                    @Nullable
                    String size,
            @Option(names = "--seed", paramLabel = "S", defaultValue = "1", description = "Default: ${DEFAULT-VALUE}")
                    long seed,
            @Mixin IdentityOptions identity)
            throws IOException {
        require(
                split == Split.LAB || patientOf != null,
                "--split patient needs --patient-of, which says whom an image shows");
        require(split == Split.PATIENT || patients == null, "--val-patients needs --split patient");
        require(split == Split.PATIENT || validation == null, "--val needs --split patient");
        require(patients == null || validation == null, "--val-patients and --val are two ways to say the same");
        require(train == null || validation != null || split == Split.LAB, "--train needs --val or --split lab");
        Grid grid = Grid.of(spacing, size);
        ImagesAndMasks found = ImagesAndMasks.find(source, patientOf);
        MaskClasses classes = values != null ? new MaskClasses(values) : MaskClasses.of(found.values());
        FolderDataset.Split sides;
        if (split == Split.LAB) {
            sides = FolderDataset.Split.lab(
                    train == null ? found.pairs() : FolderDataset.Split.in(found.pairs(), train), seed);
        } else if (validation != null) {
            sides = FolderDataset.Split.folders(found.pairs(), train == null ? List.of() : train, validation);
        } else if (patients != null) {
            sides = FolderDataset.Split.patients(found.pairs(), patients);
        } else {
            sides = FolderDataset.Split.patients(found.pairs(), seed);
        }
        Pseudonyms pseudonyms = identity.pseudonyms();
        int[] slices = new int[2];
        OutputFolder.fill(out, () -> {
            int[] written = FolderDataset.write(sides, classes, grid, pseudonyms, seed, out);
            slices[0] = written[0];
            slices[1] = written[1];
        });
        found.notes().forEach(note -> say("note: %s", note));
        say("of the masks' values, %s", classes);
        say("%d + %d slices in %s", slices[0], slices[1], out);
        return 0;
    }

    @Command(
            name = "records",
            mixinStandardHelpOptions = true,
            description = "TFRecord files of other layouts, as ours, whose pixels say what they are.")
    int records(
            @Option(
                            names = "--train",
                            required = true,
                            paramLabel = "FILE",
                            description = "Records to train on: a file, NAME of NAME-00000-of-00003, or a pattern.")
                    Path train,
            @Option(names = "--val", required = true, paramLabel = "FILE", description = "Records to validate on.")
                    Path validation,
            @Option(names = "--out", required = true, paramLabel = "DIR", description = "Folder to make.") Path out,
            @Mixin PixelOptions pixels)
            throws IOException {
        int[] records = new int[2];
        OutputFolder.fill(out, () -> {
            records[0] = RecordDataset.write(train, pixels.type(), out.resolve(SliceFolder.TRAIN));
            records[1] = RecordDataset.write(validation, pixels.type(), out.resolve(SliceFolder.VALIDATION));
            RecordDataset.writeManifest(List.of(train, validation), records, out);
        });
        say("%d + %d slices in %s", records[0], records[1], out);
        return 0;
    }

    private void require(boolean holds, String rule) {
        if (!holds) {
            throw new ParameterException(Objects.requireNonNull(spec).commandLine(), rule);
        }
    }

    private void say(String format, Object... values) {
        PrintWriter print = Objects.requireNonNull(spec).commandLine().getOut();
        print.println(PlainText.line(format.formatted(values)));
    }
}
