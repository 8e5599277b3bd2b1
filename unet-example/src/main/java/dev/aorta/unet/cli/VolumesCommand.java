package dev.aorta.unet.cli;

import dev.aorta.Device;
import dev.aorta.io.Json;
import dev.aorta.unet.clinical.BullsEye;
import dev.aorta.unet.clinical.LeftVentricle;
import dev.aorta.unet.clinical.Tracing;
import dev.aorta.unet.clinical.VolumeResult;
import dev.aorta.unet.imaging.CineStack;
import dev.aorta.unet.imaging.PlainText;
import dev.aorta.unet.imaging.Pseudonyms;
import dev.aorta.unet.model.InputScaling;
import dev.aorta.unet.train.Segmenter;
import java.io.IOException;
import java.io.PrintWriter;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Objects;
import java.util.SequencedMap;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.ArgGroup;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

@Command(
        name = "volumes",
        mixinStandardHelpOptions = true,
        sortOptions = false,
        description =
                "Measures the left ventricle in short-axis cines: volumes at end-diastole and end-systole, stroke volume,"
                        + " ejection fraction, mass where the wall is segmented. Prints JSON and writes volumes.csv and, for each"
                        + " series, a report page, areas, a NIfTI mask, a DICOM segmentation and a DICOM structured report. For"
                        + " research only. A series that cannot be measured is reported, the others go on, and the exit code is 1.")
final class VolumesCommand implements Callable<Integer> {
    @Parameters(
            arity = "1..*",
            paramLabel = "SERIES",
            description = "Folder of a patient's or a series' DICOM files, one enhanced DICOM file, or a NIfTI file.")
    private List<Path> sources = List.of();

    @ArgGroup(multiplicity = "1")
    private Contours contours = new Contours();

    private static final class Contours {
        @Option(names = "--model", paramLabel = "RUN", description = "Run folder, model file or ONNX file.")
        private @Nullable Path model;

        @Option(
                names = "--masks",
                paramLabel = "FILE",
                description = "NIfTI file of masks on the same grid, as this command writes it.")
        private @Nullable Path masks;

        @Option(
                names = "--contours",
                paramLabel = "DIR",
                description = "Folder with contours of the patient, such as IM-0001-0048-icontour-manual.txt.")
        private @Nullable Path drawn;
    }

    @Option(names = "--out", required = true, paramLabel = "DIR", description = "Folder to make.")
    private @Nullable Path out;

    @Option(
            names = "--series",
            paramLabel = "N",
            description = "Number of the series, where a folder holds several stacks of slices.")
    private @Nullable Integer series;

    @Option(
            names = "--cavity",
            paramLabel = "CLASS",
            description =
                    "Class of the left ventricle's cavity. Default: 1 of a model of two classes, else it must be named")
    private @Nullable Integer cavity;

    @Option(names = "--myocardium", paramLabel = "CLASS", description = "Class of its wall, where there is one.")
    private @Nullable Integer myocardium;

    @Mixin
    private FitOptions fit = new FitOptions();

    @Option(names = "--scaling", paramLabel = "NAME", description = "Grey levels for an ONNX file: lab or standard.")
    private @Nullable InputScaling scaling;

    @Mixin
    private IdentityOptions identity = new IdentityOptions();

    @Mixin
    private DeviceOptions device = new DeviceOptions();

    @Spec
    private @Nullable CommandSpec spec;

    private int failed;

    @Override
    public Integer call() throws IOException {
        Pseudonyms names = identity.pseudonyms();
        Path folder = Objects.requireNonNull(out);
        if (contours.model == null) {
            measure(folder, names, null);
        } else {
            try (Device on = device.open();
                    Segmenter segmenter = ModelOptions.load(contours.model, on, scaling, err())) {
                measure(folder, names, segmenter);
            }
        }
        return failed == 0 ? 0 : 1;
    }

    private void measure(Path folder, Pseudonyms names, @Nullable Segmenter segmenter) throws IOException {
        if (segmenter == null && sources.size() > 1) {
            throw new IllegalArgumentException("--masks and --contours are of one patient; name one SERIES");
        }
        Tracing.Classes classes =
                classes(segmenter == null ? 2 : segmenter.config().classes());
        OutputFolder.fill(folder, () -> {
            VolumesOutput output = new VolumesOutput(folder, names, origin(), segmenter != null);
            List<Json> results = new ArrayList<>();
            for (Path source : sources) {
                try {
                    VolumeResult result = measure(source, names, classes, segmenter);
                    output.write(source, result);
                    results.add(result.json());
                } catch (IOException e) {
                    if (sources.size() == 1) {
                        throw e;
                    }
                    Main.report(e, err());
                    failed++;
                }
            }
            output.writeTable();
            SequencedMap<String, Object> all = new LinkedHashMap<>();
            all.put("identifiers", names.description());
            all.put("series", results);
            PrintWriter print = Objects.requireNonNull(spec).commandLine().getOut();
            print.print(Json.of(all).pretty());
            print.flush();
        });
    }

    private VolumeResult measure(Path source, Pseudonyms names, Tracing.Classes classes, @Nullable Segmenter segmenter)
            throws IOException {
        CineStack stack = CineStack.read(source, Tracer.optional(series));
        Tracing tracing;
        if (segmenter != null) {
            int depth = segmenter.config().classes();
            String note = fit.note(segmenter.config(), stack.picture(0, 0));
            if (!note.isEmpty()) {
                err().println("unet: note: " + PlainText.line(source + ": " + note));
            }
            tracing = Tracing.of(stack, classes, depth, new Tracer(segmenter, fit.how()));
        } else if (contours.masks != null) {
            tracing = Tracing.ofMasks(stack, classes, contours.masks);
        } else {
            tracing = Tracing.ofContours(stack, Objects.requireNonNull(contours.drawn));
        }
        LeftVentricle ventricle = LeftVentricle.of(tracing);
        String patient = names.of(stack.patient());
        if (!names.keepsNames()) {
            err().println("unet: note: " + PlainText.line(source.toString()) + " is called " + patient);
        }
        return new VolumeResult(patient, ventricle, BullsEye.of(ventricle));
    }

    private Tracing.Classes classes(int count) {
        if (contours.model == null) {
            return new Tracing.Classes(cavity == null ? 1 : cavity, Tracer.optional(myocardium));
        }
        return Tracing.Classes.of(count, cavity, myocardium);
    }

    /** What the contours come from, for reports; paths of masks and contours may name patients. */
    private String origin() throws IOException {
        return contours.model != null
                ? VolumesOutput.model(contours.model)
                : contours.masks != null ? "masks that were given" : "contours that were given";
    }

    private PrintWriter err() {
        return Objects.requireNonNull(spec).commandLine().getErr();
    }
}
